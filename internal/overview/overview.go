// Package overview shows where each partition stands: who owns it, whether its owner has set it aside, what waits in its
// inputs, and how far the checkpoint and the cache are behind. It asks Kafka and the stores, and no process of the engine.
// It also starts again what is set aside.
package overview

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"purser/processors/core"
	"purser/state"
	"purser/topics"
)

// Sources are what is asked; Checkpoint and Cache may be nil.
type Sources struct {
	Admin      *kadm.Client
	Names      topics.Names
	Group      string
	Checkpoint state.Checkpoint
	Cache      state.Cache
}

// State is what is known from outside of how a partition is served.
type State string

// The states of a partition. Whether its owner restores it, decides events or waits for the checkpoint is only known to
// the owner, which tells it in the metric purser_partition_state.
const (
	Owned    State = "owned"
	SetAside State = "set aside" // its owner does not serve it until it is resumed
	Nobody   State = "nobody"    // no member has it
	Moving   State = "moving"    // the group is between two generations and shows nothing
)

// Aside is that a member's process has set the partition aside.
type Aside struct {
	Member string // client id
	Reason string
	Since  time.Time
}

// Partition is one of them. Numbers that nobody could tell are -1.
type Partition struct {
	Number int32
	State  State
	Owner  string  // client id of the member that holds all its inputs; "" where there is none
	Aside  []Aside // who has set it aside, the owner first; others would not serve it if it came to be theirs
	Lag    int64   // records of the inputs that are not committed yet; a transaction's marker counts as one
	Ledger int64   // end of the ledger
	// Behind are how many offsets of ledger and changelog the checkpoint, and of the changelog the cache, have to go.
	CheckpointLedger    int64
	CheckpointChangelog int64
	CacheChangelog      int64
	Entry               uint64    // number of the last ledger record, as of the store that knows more
	LastTick            core.Time // as of that store
}

// Overview is all of it.
type Overview struct {
	GroupState string
	Members    int
	Partitions []Partition
	Notes      []string // what did not answer
}

// standing is of so many partitions of which nothing is known yet.
func standing(partitions int) *Overview {
	o := &Overview{Partitions: make([]Partition, partitions)}
	for i := range o.Partitions {
		o.Partitions[i] = Partition{Number: int32(i), State: Nobody, CheckpointLedger: -1, CheckpointChangelog: -1, CacheChangelog: -1}
	}
	return o
}

// Gather asks everyone once.
func Gather(ctx context.Context, s Sources) (*Overview, error) {
	ends, err := s.Admin.ListCommittedOffsets(ctx, append(s.Names.Inputs(), s.Names.Of(topics.Ledger), s.Names.Of(topics.Changelog))...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list the topics' ends: %w", err)
	}
	o := standing(len(ends[s.Names.Of(topics.Ledger)]))
	if err := o.group(ctx, &s); err != nil {
		return nil, err
	}
	if err := o.lags(ctx, &s, ends); err != nil {
		return nil, err
	}
	o.checkpoint(ctx, &s, ends)
	o.cache(ctx, &s, ends)
	return o, nil
}

func (o *Overview) lags(ctx context.Context, s *Sources, ends kadm.ListedOffsets) error {
	offsets, err := s.Admin.FetchOffsets(ctx, s.Group)
	if errors.Is(err, kerr.GroupIDNotFound) {
		offsets, err = nil, nil
	}
	if err != nil {
		return fmt.Errorf("read the offsets of group %s: %w", s.Group, err)
	}
	for i := range o.Partitions {
		p := &o.Partitions[i]
		for _, topic := range s.Names.Inputs() {
			end, _ := ends.Lookup(topic, p.Number)
			at, ok := offsets.Lookup(topic, p.Number)
			if !ok || at.At < 0 {
				o.note("group %s has no offset on %s/%d", s.Group, topic, p.Number)
				p.Lag = -1
				break
			}
			p.Lag += max(0, end.Offset-at.At)
		}
		end, _ := ends.Lookup(s.Names.Of(topics.Ledger), p.Number)
		p.Ledger = end.Offset
	}
	return nil
}

func (o *Overview) checkpoint(ctx context.Context, s *Sources, ends kadm.ListedOffsets) {
	if s.Checkpoint == nil {
		return
	}
	numbers := make([]int32, len(o.Partitions))
	for i := range numbers {
		numbers[i] = int32(i)
	}
	positions, err := s.Checkpoint.Positions(ctx, numbers)
	if err != nil {
		o.note("the checkpoint did not answer: %v", err)
		return
	}
	for i := range o.Partitions {
		p := &o.Partitions[i]
		at := positions[p.Number]
		ledger, _ := ends.Lookup(s.Names.Of(topics.Ledger), p.Number)
		changelog, _ := ends.Lookup(s.Names.Of(topics.Changelog), p.Number)
		p.CheckpointLedger, p.CheckpointChangelog = max(0, ledger.Offset-at.Ledger), max(0, changelog.Offset-at.Changelog)
		values, _, err := s.Checkpoint.Load(ctx, p.Number, []string{core.ProgressKey})
		if err != nil {
			o.note("the checkpoint did not answer: %v", err)
			return
		}
		p.progress(values[0])
	}
}

func (o *Overview) cache(ctx context.Context, s *Sources, ends kadm.ListedOffsets) {
	if s.Cache == nil {
		return
	}
	for i := range o.Partitions {
		p := &o.Partitions[i]
		values, at, ok, err := s.Cache.Load(ctx, p.Number, []string{core.ProgressKey})
		if err != nil {
			o.note("Redis did not answer: %v", err)
			return
		}
		if !ok {
			continue
		}
		changelog, _ := ends.Lookup(s.Names.Of(topics.Changelog), p.Number)
		p.CacheChangelog = max(0, changelog.Offset-at)
		p.progress(values[0])
	}
}

// progress takes over what a store knows, where it is newer.
func (p *Partition) progress(value []byte) {
	if value == nil {
		return
	}
	cell, err := state.DecodeCell(core.ProgressKey, value, nil)
	if err != nil {
		return // verify is there to complain; here it is only not known
	}
	if c, ok := cell.(*core.Progress); ok && c.Entry >= p.Entry {
		p.Entry, p.LastTick = c.Entry, max(p.LastTick, c.LastTick)
	}
}

func (o *Overview) note(format string, args ...any) {
	if note := fmt.Sprintf(format, args...); !slices.Contains(o.Notes, note) {
		o.Notes = append(o.Notes, note)
	}
}
