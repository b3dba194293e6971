package faultsim

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Plan is what a seed stands for.
type Plan struct {
	Seed       uint64
	Processes  int
	Partitions int32
	Brokers    int
	Cache      bool
	Latency    time.Duration // the longest that a request, an answer or a call of a store takes by itself
	Load       Load
	Engine     Engine
	Faults     []Fault
}

// Load is what is produced, and how fast.
type Load struct {
	Events   int64
	Rate     int
	Orgs     int
	Accounts int
	Ticks    time.Duration // between two ticks
}

// Engine is what the engine is set to: small, so that everything happens with few events.
type Engine struct {
	BatchMax         int
	BatchInterval    time.Duration
	SliceMax         int
	PinnedMax        int
	HeldMax          uint64
	CellsMax         int
	CacheBytes       int
	PositionInterval time.Duration
	RowsEvery        time.Duration
	CellsEvery       time.Duration
	StandBy          time.Duration
	PieceSize        int
}

// Fault strikes at a step of a process or, where it has none, at a time.
type Fault struct {
	Who   string // place of the process: p1, p2, …, checkpoint
	Step  string // request, call of a store, or failpoint; "": it strikes at a time
	Nth   int    // which of its kind, counted over all lives of the place, from 1
	At    time.Duration
	Do    Action
	For   time.Duration // of what lasts
	Err   *kerr.Error   // of Answer
	Times int           // of Answer: how many requests get it
}

// Action is what a fault does.
type Action int

// The actions. At a call of a store, lost means refused, and a lost answer that of a call that was done.
const (
	KillBefore   Action = iota // the process dies, the request does not arrive
	KillAfter                  // the process dies, the request arrives
	LoseRequest                // the connection breaks before the request arrives
	LoseAnswer                 // the request arrives, the connection breaks before the answer does
	DelayRequest               // the request arrives later
	DelayAnswer                // the answer arrives later
	Freeze                     // the process stands still
	Unplug                     // the process has no network
	Leave                      // the process stops as it should, and starts again
	Answer                     // the broker answers with an error
	// At a time:
	BrokerAway   // no process reaches the broker
	StoreAway    // the checkpoint store refuses everything
	StoreHangs   // the checkpoint store does not answer
	StoreBack    // the checkpoint store is set back to what it held For ago
	CacheAway    // the cache refuses everything
	CacheHangs   // the cache does not answer
	CacheFull    // the cache takes nothing more
	CacheFlush   // the cache loses everything
	CacheBack    // the cache is set back to what it held For ago
	Coordinators // all groups and transactions get another coordinator
	SecondSaver  // a second checkpointer works for a while
	actions
)

var actionNames = [actions]string{
	"killed, the request does not arrive", "killed, the request arrives", "the request is lost", "the answer is lost",
	"the request is late by", "the answer is late by", "frozen for", "without network for", "stopped gracefully", "answered with",
	"the broker is away for", "the checkpoint store refuses for", "the checkpoint store hangs for", "the checkpoint store is set back by",
	"the cache refuses for", "the cache hangs for", "the cache is full for", "the cache is flushed", "the cache is set back by",
	"coordinators move", "a second checkpointer for",
}

// String is what happened, without how long or how often.
func (a Action) String() string {
	name := actionNames[a]
	for _, tail := range []string{" for", " by", " with"} {
		name = strings.TrimSuffix(name, tail)
	}
	return name
}

func (f Fault) String() string {
	var b strings.Builder
	switch {
	case f.Step == "" && f.Who == "":
		fmt.Fprintf(&b, "after %v", f.At)
	case f.Step == "":
		fmt.Fprintf(&b, "%s: after %v", f.Who, f.At)
	default:
		fmt.Fprintf(&b, "%s: at %s number %d", f.Who, f.Step, f.Nth)
	}
	b.WriteString(": " + actionNames[f.Do])
	if f.Do == Answer {
		fmt.Fprintf(&b, " %s, %d times", f.Err.Message, f.Times)
	}
	if f.For > 0 {
		fmt.Fprintf(&b, " %v", f.For)
	}
	return b.String()
}

// Write prints the plan.
func (p *Plan) Write(w io.Writer) {
	fmt.Fprintf(w, "seed %d: %d processes of two workers, %d partitions, %d brokers, cache %v, latency up to %v\n",
		p.Seed, p.Processes, p.Partitions, p.Brokers, p.Cache, p.Latency)
	fmt.Fprintf(w, "  load %+v\n  engine %+v\n", p.Load, p.Engine)
	for _, f := range p.Faults {
		fmt.Fprintf(w, "  %s\n", f)
	}
}

// setsBack says whether the checkpoint store loses what it had: the only fault that partitions may stop for.
func (p *Plan) setsBack() bool {
	for _, f := range p.Faults {
		if f.Do == StoreBack {
			return true
		}
	}
	return false
}
