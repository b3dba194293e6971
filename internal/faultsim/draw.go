package faultsim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// PlanOf draws the plan of a seed.
func PlanOf(seed uint64) *Plan {
	d := dice{rand.New(rand.NewPCG(seed, 0x70757273))}
	p := &Plan{
		Seed: seed, Processes: 2 + d.IntN(2), Partitions: int32(2 + d.IntN(4)), Brokers: 1, Cache: !d.one(5),
		Latency: d.between(200*time.Microsecond, 8*time.Millisecond),
		Load: Load{
			Events: 60 + d.Int64N(100), Rate: 10 + d.IntN(40), Orgs: 2 + d.IntN(4), Accounts: 8 + d.IntN(16),
			Ticks: d.between(time.Second, 4*time.Second),
		},
		Engine: Engine{
			BatchMax: 1 + d.IntN(40), BatchInterval: d.between(5*time.Millisecond, 300*time.Millisecond),
			SliceMax: 1 + d.IntN(8), PinnedMax: 20 + d.IntN(400), HeldMax: uint64(4 + d.IntN(60)), CellsMax: 1 + d.IntN(12), CacheBytes: d.IntN(3000),
			PositionInterval: d.between(200*time.Millisecond, 2*time.Second),
			RowsEvery:        d.between(100*time.Millisecond, time.Second), CellsEvery: d.between(200*time.Millisecond, 3*time.Second),
			StandBy: d.between(2*time.Second, 8*time.Second), PieceSize: 32,
		},
	}
	if d.one(3) {
		p.Brokers = 2
	}
	horizon := time.Duration(p.Load.Events)*time.Second/time.Duration(p.Load.Rate) + 10*time.Second
	for range 2 + d.IntN(9) {
		if d.one(4) {
			p.Faults = append(p.Faults, d.timed(p, horizon))
		} else {
			p.Faults = append(p.Faults, d.bound(p))
		}
	}
	return p
}

type dice struct{ *rand.Rand }

func (d dice) one(in int) bool { return d.IntN(in) == 0 }

func (d dice) between(low, high time.Duration) time.Duration {
	return (low + time.Duration(d.Int64N(int64(high-low)))).Round(10 * time.Microsecond)
}

func pick[T any](d dice, from ...T) T { return from[d.IntN(len(from))] }

// outage is how long something is away: below, around and above the session and transaction timeouts.
func (d dice) outage() time.Duration {
	return pick(d, d.between(100*time.Millisecond, 2*time.Second), d.between(2*time.Second, 8*time.Second), d.between(8*time.Second, 25*time.Second))
}

func (d dice) timed(p *Plan, horizon time.Duration) Fault {
	kinds := []Action{BrokerAway, StoreAway, StoreAway, StoreHangs, SecondSaver, Freeze, Freeze, KillBefore, Leave}
	if p.Cache {
		kinds = append(kinds, CacheAway, CacheHangs, CacheFull, CacheFlush, CacheBack, CacheBack)
	}
	if p.Brokers > 1 {
		kinds = append(kinds, Coordinators, Coordinators)
	}
	if d.one(6) {
		kinds = []Action{StoreBack}
	}
	f := Fault{At: d.between(0, horizon).Round(time.Millisecond), Do: pick(d, kinds...), For: d.outage().Round(time.Millisecond)}
	if f.Do == Freeze || f.Do == KillBefore || f.Do == Leave {
		f.Who = fmt.Sprintf("p%d", 1+d.IntN(p.Processes))
	}
	if f.Do == CacheFlush || f.Do == Coordinators || f.Do == KillBefore || f.Do == Leave {
		f.For = 0
	}
	return f
}

// requests of a worker, with how far into their sequence faults reach.
var requests = []struct {
	step  string
	reach int
}{
	{"EndTxn", 12}, {"EndTxn", 30}, {"TxnOffsetCommit", 12}, {"TxnOffsetCommit", 30}, {"Produce", 20}, {"InitProducerID", 8},
	{"AddPartitionsToTxn", 10}, {"JoinGroup", 6}, {"SyncGroup", 5}, {"Heartbeat", 60}, {"Fetch", 120}, {"OffsetFetch", 12},
	{"DescribeProducers", 5}, {"ListTransactions", 3}, {"DescribeGroups", 3}, {"FindCoordinator", 8}, {"Metadata", 12}, {"LeaveGroup", 2},
}

var failpoints = []struct {
	step  string
	reach int
}{
	{"after-poll", 25}, {"after-decide", 25}, {"after-produce", 25}, {"before-end", 25}, {"after-end", 25}, {"after-cache", 25},
	{"restore-begin", 5}, {"restore-offsets", 5}, {"restore-owned", 5}, {"restore-read", 5},
}

var calls = []struct {
	step  string
	reach int
}{
	{"store.Positions", 30}, {"store.Load", 15}, {"store.Find", 6}, {"store.Due", 4}, {"store.Pieces", 6}, {"cache.Load", 15}, {"cache.Store", 20}, {"cache.Store", 6},
}

// errorsOf are what a broker may answer to a request.
var errorsOf = map[string][]*kerr.Error{
	"EndTxn":             {kerr.CoordinatorLoadInProgress, kerr.NotCoordinator, kerr.ConcurrentTransactions, kerr.UnknownServerError, kerr.ProducerFenced},
	"TxnOffsetCommit":    {kerr.CoordinatorLoadInProgress, kerr.NotCoordinator, kerr.UnknownServerError, kerr.RequestTimedOut, kerr.UnknownMemberID, kerr.IllegalGeneration},
	"InitProducerID":     {kerr.CoordinatorLoadInProgress, kerr.NotCoordinator, kerr.ConcurrentTransactions, kerr.UnknownServerError},
	"Produce":            {kerr.NotLeaderForPartition, kerr.RequestTimedOut, kerr.NotEnoughReplicasAfterAppend, kerr.UnknownServerError, kerr.KafkaStorageError},
	"AddPartitionsToTxn": {kerr.CoordinatorLoadInProgress, kerr.ConcurrentTransactions},
	"Heartbeat":          {kerr.UnknownMemberID, kerr.RebalanceInProgress, kerr.NotCoordinator, kerr.IllegalGeneration, kerr.CoordinatorLoadInProgress},
	"JoinGroup":          {kerr.UnknownMemberID, kerr.NotCoordinator, kerr.CoordinatorLoadInProgress},
	"SyncGroup":          {kerr.UnknownMemberID, kerr.RebalanceInProgress, kerr.NotCoordinator},
	"OffsetFetch":        {kerr.UnstableOffsetCommit, kerr.NotCoordinator, kerr.CoordinatorLoadInProgress},
	"Fetch":              {kerr.NotLeaderForPartition, kerr.KafkaStorageError},
	"FindCoordinator":    {kerr.CoordinatorNotAvailable},
	"DescribeProducers":  {kerr.NotLeaderForPartition},
	"ListTransactions":   {kerr.CoordinatorLoadInProgress},
	"DescribeGroups":     {kerr.CoordinatorLoadInProgress, kerr.NotCoordinator},
}

// bound draws a fault that is bound to a step.
func (d dice) bound(p *Plan) Fault {
	f := Fault{Who: fmt.Sprintf("p%d", 1+d.IntN(p.Processes))}
	switch n := d.IntN(20); {
	case n < 9:
		r := pick(d, requests...)
		f.Step, f.Nth = r.step, 1+d.IntN(r.reach)
		d.atRequest(&f)
	case n < 14:
		r := pick(d, failpoints...)
		f.Step, f.Nth, f.Do = r.step, 1+d.IntN(r.reach), pick(d, KillBefore, KillBefore, KillBefore, Freeze, Freeze, Leave)
	case n < 17 && (p.Cache || n < 16):
		r := pick(d, calls...)
		if !p.Cache {
			r = pick(d, calls[:5]...)
		}
		f.Step, f.Nth, f.Do = r.step, 1+d.IntN(r.reach), pick(d, KillBefore, KillAfter, LoseRequest, LoseAnswer, LoseAnswer, DelayRequest, DelayAnswer, Freeze)
	default:
		f.Who = "checkpoint"
		f.Step, f.Nth = pick(d, "store.Save", "store.Save", "store.Save", "Fetch", "checkpoint-before-save", "checkpoint-after-save"), 1+d.IntN(20)
		f.Do = pick(d, KillBefore, KillAfter, LoseRequest, LoseAnswer, LoseAnswer, DelayRequest, DelayAnswer, Freeze)
		if f.Step != "store.Save" && f.Step != "Fetch" {
			f.Do = pick(d, KillBefore, Freeze)
		}
	}
	if f.Do == DelayRequest || f.Do == DelayAnswer || f.Do == Freeze || f.Do == Unplug {
		f.For = d.outage().Round(time.Millisecond)
	}
	return f
}

func (d dice) atRequest(f *Fault) {
	f.Do = pick(d, KillBefore, KillAfter, LoseRequest, LoseAnswer, LoseAnswer, LoseAnswer, DelayRequest, DelayRequest, DelayAnswer, Freeze, Freeze, Unplug, Leave, Answer, Answer, Answer)
	if f.Do != Answer {
		return
	}
	if possible := errorsOf[f.Step]; len(possible) > 0 {
		f.Err, f.Times = pick(d, possible...), pick(d, 1, 1, 2, 5)
		return
	}
	f.Do = LoseAnswer
}
