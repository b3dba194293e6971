package stream_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/overview"
	"purser/internal/stream"
	"purser/processors/core"
	"purser/state"
	"purser/state/inmem"
	"purser/topics"
)

// faulty is a checkpoint store that can be taken away, or only its reads of cells and identities, or be set back.
type faulty struct {
	state.Checkpoint
	away, blind, behind atomic.Bool
	found               atomic.Int64 // identities that were asked for
}

var errAway = errors.New("the test has taken the store away")

func (f *faulty) Positions(ctx context.Context, ps []int32) (map[int32]state.Position, error) {
	if f.away.Load() {
		return nil, errAway
	}
	positions, err := f.Checkpoint.Positions(ctx, ps)
	return positions, err
}

func (f *faulty) Load(ctx context.Context, p int32, keys []string) ([][]byte, int64, error) {
	if f.away.Load() || f.blind.Load() {
		return nil, 0, errAway
	}
	values, at, err := f.Checkpoint.Load(ctx, p, keys)
	if f.behind.Load() {
		at = 1
	}
	return values, at, err
}

func (f *faulty) Due(ctx context.Context, p int32, each func(string, core.Time) error) (int64, error) {
	if f.away.Load() {
		return 0, errAway
	}
	return f.Checkpoint.Due(ctx, p, each)
}

func (f *faulty) Pieces(ctx context.Context, p int32, after uint64) ([]state.Piece, error) {
	if f.away.Load() {
		return nil, errAway
	}
	return f.Checkpoint.Pieces(ctx, p, after)
}

func (f *faulty) Find(ctx context.Context, p int32, probes []state.Probe) ([]state.Known, error) {
	if f.away.Load() || f.blind.Load() {
		return nil, errAway
	}
	f.found.Add(int64(len(probes)))
	return f.Checkpoint.Find(ctx, p, probes)
}

func (f *faulty) Save(ctx context.Context, s *state.Save) error {
	if f.away.Load() {
		return errAway
	}
	return f.Checkpoint.Save(ctx, s)
}

// together returns n orgs of one partition, and one org of each other partition.
func (r *rig) together(n int) (same, elsewhere []string) {
	p := topics.PartitionOf("org0", r.partitions)
	others := map[int32]bool{}
	for i := 0; len(same) < n || len(elsewhere) < int(r.partitions)-1; i++ {
		org := fmt.Sprint("org", i)
		switch at := topics.PartitionOf(org, r.partitions); {
		case at == p && len(same) < n:
			same = append(same, org)
		case at != p && !others[at]:
			others[at] = true
			elsewhere = append(elsewhere, org)
		}
	}
	return same, elsewhere
}

// coldRig is a rig on a faulty store that holds the given orgs, each with a wallet w, all of it cold in the process that runs.
func coldRig(t *testing.T, tune func(*stream.Config), prepare func(r *rig, orgs []string)) (r *rig, store *faulty, p *process, orgs, elsewhere []string) {
	t.Helper()
	r = newRig(t)
	store = &faulty{Checkpoint: new(inmem.Checkpoint)}
	r.store = store
	r.tune = func(c *stream.Config) {
		c.Workers = 1 // a second one may join late and take partitions over, which needs the store
		if tune != nil {
			tune(c)
		}
	}
	orgs, elsewhere = r.together(3)
	stop := r.run("before")
	for _, org := range slices.Concat(orgs, elsewhere) {
		r.define(org, "w")
	}
	r.drained()
	if prepare != nil {
		prepare(r, orgs)
		r.drained()
	}
	r.checkpoint()
	r.saved()
	stop()
	p = r.process("cold")
	r.runs(p)
	return r, store, p, orgs, elsewhere
}

// runs waits until a process runs all partitions.
func (r *rig) runs(p *process) {
	r.t.Helper()
	r.eventually("all partitions run", func() bool {
		return p.metric("purser_partition_state") == float64(r.partitions)*float64(stream.Running)
	})
}

// charged returns the ids of an org's usage events in the order in which they were applied.
func (r *rig) charged(org string) (ids []string) {
	r.t.Helper()
	for _, e := range r.entries()[topics.PartitionOf(org, r.partitions)] {
		if e.Org == org && e.Type == topics.TypeUsageRecorded && e.Result == "applied" {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

func (r *rig) expectCharged(org string, ids ...string) {
	r.t.Helper()
	if got := r.charged(org); !slices.Equal(got, ids) {
		r.t.Errorf("%s was charged for %v, not %v", org, got, ids)
	}
}

func held(p *process) float64 { return p.metric("purser_held_events") }

func TestWhatNeedsAStoreThatIsAwayIsHeld(t *testing.T) {
	r, store, p, orgs, _ := coldRig(t, nil, nil)
	cold, hot := orgs[0], orgs[1]
	r.send(r.usage(hot, "w", "h1"))
	r.drained()
	store.away.Store(true)
	r.send(r.usage(cold, "w", "c1"), r.usage(cold, "w", "c2"), r.usage(cold, "w", "c1"), r.usage(hot, "w", "h2"))
	r.drained()
	r.send(r.usage(cold, "nobody", "c3"), r.usage(hot, "w", "h3"))
	r.drained()
	r.send(r.walletDefined(cold, "nobody"), r.event(topics.Usage, cold, "c2", topics.TypeUsageRecorded, topics.UsageRecordedBody{Account: "w", Channel: "message", Quantity: "7", UnitCost: "1", Currency: "USD"}))
	r.drained()
	r.expectCharged(hot, "h1", "h2", "h3")
	r.expectCharged(cold)
	if n := held(p); n != 6 {
		t.Fatalf("%v events are held, not 6", n)
	}
	store.away.Store(false)
	r.eventually("what was held has run, without any tick", func() bool { return held(p) == 0 })
	r.drained()
	r.expectCharged(cold, "c1", "c2", "c3")
	if n := p.metric("purser_events_total", "duplicate", topics.Usage); n != 1 {
		t.Errorf("%v duplicates were counted, not 1", n)
	}
	if n := p.metric("purser_refused_total", "identity_conflict"); n != 1 {
		t.Errorf("%v conflicts were counted, not 1", n)
	}
}

// TestHeldDuplicatesOfLongAgo: the identities are in sealed pieces, so whether the held events are new only the store knows.
func TestHeldDuplicatesOfLongAgo(t *testing.T) {
	r, store, p, orgs, _ := coldRig(t, nil, func(r *rig, orgs []string) {
		var old []*kgo.Record
		for n := range 3 * pieceSize {
			old = append(old, r.usage(orgs[0], "w", fmt.Sprint("old", n)))
		}
		r.send(old...)
	})
	cold := orgs[0]
	before := len(r.charged(cold))
	r.send(r.usage(cold, "w", "warm"))
	r.drained()
	store.away.Store(true)
	r.send(r.usage(cold, "w", "old0"), r.usage(cold, "w", "new"), r.usage(cold, "w", "old1"), r.usage(cold, "w", "new"))
	r.drained()
	if n := held(p); n < 3 {
		t.Fatalf("%v events are held", n)
	}
	store.away.Store(false)
	r.eventually("what was held has run", func() bool { return held(p) == 0 })
	r.drained() // the gauge moves with the decision, before its commit
	got := r.charged(cold)
	if want := []string{"warm", "new"}; len(got) < before || !slices.Equal(got[before:], want) {
		t.Errorf("charged for %v", got[min(before, len(got)):])
	}
	if store.found.Load() == 0 {
		t.Error("the store was never asked about an identity")
	}
}

func TestHeldEventsSurviveARestart(t *testing.T) {
	t.Run("in the changelog", func(t *testing.T) {
		r, store, p, orgs, _ := coldRig(t, nil, nil)
		store.away.Store(true)
		r.holdAndRestart(p, store, orgs[0])
	})
	t.Run("in the checkpoint", func(t *testing.T) {
		r, store, p, orgs, _ := coldRig(t, func(c *stream.Config) { c.CellsMax, c.CacheBytes = 1, 1 }, nil)
		store.blind.Store(true)
		r.send(r.usage(orgs[0], "w", "c0"))
		r.drained()
		r.saved()
		r.eventually("nothing is pinned", func() bool { return p.metric("purser_pinned_cells") == 0 })
		for n := range 4 { // each is a look at what may be forgotten: the queue may not
			r.tick(time.Now().Add(time.Duration(n) * time.Second))
			r.drained()
		}
		r.holdAndRestart(p, store, orgs[0])
	})
}

func (r *rig) holdAndRestart(p *process, store *faulty, org string) {
	r.t.Helper()
	want := []string{"c1", "c2", "c3", "c4"}
	if store.blind.Load() {
		want = append([]string{"c0"}, want...)
	}
	r.send(r.usage(org, "w", "c1"), r.usage(org, "w", "c2"), r.usage(org, "w", "c2"))
	r.drained()
	if store.blind.Load() {
		r.saved()
	}
	p.stop()
	next := r.process("next")
	r.send(r.usage(org, "w", "c3"))
	store.away.Store(false)
	store.blind.Store(false)
	r.runs(next)
	r.eventually("what was held has run", func() bool { return len(r.charged(org)) == len(want)-1 && held(next) == 0 })
	r.send(r.usage(org, "w", "c4"))
	r.drained()
	r.expectCharged(org, want...)
}

func TestSoManyAreHeldAndThenInputsPause(t *testing.T) {
	r, store, p, orgs, elsewhere := coldRig(t, func(c *stream.Config) { c.HeldMax, c.BatchMax = 10, 5 }, nil)
	cold, partition := orgs[0], topics.PartitionOf(orgs[0], r.partitions)
	r.send(r.usage(elsewhere[0], "w", "e0"))
	r.drained()
	store.away.Store(true)
	var usage []*kgo.Record
	var ids []string
	for n := range 60 {
		ids = append(ids, fmt.Sprintf("c%02d", n))
		usage = append(usage, r.usage(cold, "w", ids[n]))
	}
	r.send(usage...)
	state := func() float64 { return p.metric("purser_partition_state", fmt.Sprint(partition)) }
	r.eventually("the partition pauses", func() bool { return state() == float64(stream.Full) })
	now := time.Now()
	r.tick(now)
	r.eventually("the tick is read all the same", func() bool { return r.progress(partition).Target == topics.TimeOf(now) })
	r.send(r.usage(elsewhere[0], "w", "e1"))
	r.eventually("other partitions go on", func() bool { return len(r.charged(elsewhere[0])) == 2 })
	if n := held(p); n < 10 || n > 20 {
		t.Errorf("%v events are held", n)
	}
	store.away.Store(false)
	r.drained()
	r.eventually("the partition runs", func() bool { return state() == float64(stream.Running) && held(p) == 0 })
	r.expectCharged(cold, ids...)
}

func TestDueWorkThatNeedsAStoreThatIsAwayGoesOnAfterwards(t *testing.T) {
	expires := time.Now().Add(day).Truncate(time.Second)
	r, store, _, orgs, _ := coldRig(t, func(c *stream.Config) { c.MaxTickAhead = 0 }, func(r *rig, orgs []string) {
		for _, org := range orgs {
			r.send(r.grant(org, "w", "g", "5", expires))
		}
	})
	store.away.Store(true)
	r.tick(expires)
	r.drained()
	p := topics.PartitionOf(orgs[0], r.partitions)
	if progress := r.progress(p); progress.LastTick != 0 || progress.Target != topics.TimeOf(expires) {
		t.Errorf("while its cells are out of reach the tick is at %+v", progress)
	}
	store.away.Store(false)
	r.eventually("the tick is worked off, without another one", func() bool { return r.progress(p).LastTick == topics.TimeOf(expires) })
	r.eachExpiredOnce(len(orgs), expires)
}

func TestAStoreThatIsSetBackStopsThePartition(t *testing.T) {
	r, store, p, orgs, elsewhere := coldRig(t, nil, nil)
	for _, org := range elsewhere {
		r.send(r.usage(org, "w", "warm"))
	}
	r.drained()
	store.behind.Store(true)
	r.send(r.usage(orgs[0], "w", "u"))
	stopped := fmt.Sprint(topics.PartitionOf(orgs[0], r.partitions))
	r.eventually("the partition is stopped", func() bool { return p.metric("purser_partition_state", stopped) == float64(stream.Stopped) })
	store.behind.Store(false) // the others restore, which is their right: what they read then is far enough
	for _, org := range elsewhere {
		r.send(r.usage(org, "w", "after"))
		r.eventually("other partitions go on", func() bool { return len(r.charged(org)) == 2 })
	}
	r.expectCharged(orgs[0])
	if got := r.resume(topics.PartitionOf(orgs[0], r.partitions))[0]; got.Outcome != overview.Runs {
		t.Errorf("resumed once the store is whole again: %+v", got)
	}
	r.drained()
	r.expectCharged(orgs[0], "u")
}
