package stream_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"purser/internal/stream"
	"purser/state"
	"purser/state/inmem"
	"purser/topics"
)

// TestSliceMaxIsOfATransaction: a worker serves every partition, and each has more to do than a slice.
func TestSliceMaxIsOfATransaction(t *testing.T) {
	r := newRig(t)
	const orgs, wallets, most = 12, 50, 30
	var largest, transactions atomic.Int64
	r.tune = func(c *stream.Config) {
		c.Workers, c.SliceMax, c.MaxTickAhead = 1, most, 0
		due, before := c.Metrics.Events.WithLabelValues(topics.RefillTick, "due_applied"), int64(0)
		c.Failpoint = func(step string) {
			if step != "after-decide" {
				return
			}
			now := int64(testutil.ToFloat64(due))
			largest.Store(max(largest.Load(), now-before))
			if now > before {
				transactions.Add(1)
			}
			before = now
		}
	}
	expires := time.Now().Add(day).Truncate(time.Second)
	r.run("a")
	r.manyWallets(orgs, wallets, expires)
	r.tick(expires)
	r.drained()
	r.eachExpiredOnce(orgs*wallets, expires)
	if largest.Load() != most {
		t.Errorf("up to %d pieces ran in a transaction, not %d", largest.Load(), most)
	}
	if least := int64(orgs * wallets / most); transactions.Load() < least {
		t.Errorf("%d pieces ran in %d transactions", orgs*wallets, transactions.Load())
	}
}

// TestLessDueWorkWhereEventsWait: a transaction that brings usage runs an eighth of a slice, so that usage hardly waits.
func TestLessDueWorkWhereEventsWait(t *testing.T) {
	r := newRig(t)
	const orgs, wallets, most = 12, 100, 40
	var alone, shared atomic.Int64 // the largest slices without and with usage
	more := make(chan struct{}, 1)
	r.tune = func(c *stream.Config) {
		c.Workers, c.SliceMax, c.MaxTickAhead = 1, most, 0
		due, used := c.Metrics.Events.WithLabelValues(topics.RefillTick, "due_applied"), c.Metrics.Events.WithLabelValues(topics.Usage, "applied")
		var dueBefore, usedBefore int64
		c.Failpoint = func(step string) {
			if step != "after-decide" {
				return
			}
			pieces, usage := int64(testutil.ToFloat64(due)), int64(testutil.ToFloat64(used))
			largest := &alone
			if usage > usedBefore {
				largest = &shared
			}
			largest.Store(max(largest.Load(), pieces-dueBefore))
			if pieces > dueBefore {
				select {
				case more <- struct{}{}:
				default:
				}
			}
			dueBefore, usedBefore = pieces, usage
		}
	}
	expires := time.Now().Add(day).Truncate(time.Second)
	r.run("a")
	r.manyWallets(orgs, wallets, expires)
	r.send(r.orgDefined("busy"), r.walletDefined("busy", "w"))
	r.tick(expires)
	for n := range 20 {
		select {
		case <-more:
		case <-time.After(time.Minute):
			t.Fatal("no more due work runs")
		}
		r.send(r.usage("busy", "w", fmt.Sprint("u", n)))
		if shared.Load() > 0 && alone.Load() > 0 {
			break
		}
	}
	r.drained()
	r.eachExpiredOnce(orgs*wallets, expires)
	if alone.Load() != most || shared.Load() != most/8 {
		t.Errorf("up to %d pieces ran in a transaction of its own, %d beside usage: want %d and %d", alone.Load(), shared.Load(), most, most/8)
	}
}

// gated is a checkpoint store whose cells come only while its gate is open, whatever becomes of who waits for them.
type gated struct {
	state.Checkpoint
	gate  atomic.Pointer[chan struct{}] // nil: open
	asked atomic.Int64                  // cells that were asked for at a closed gate
}

func (g *gated) Load(ctx context.Context, p int32, keys []string) ([][]byte, int64, error) {
	if gate := g.gate.Load(); gate != nil {
		g.asked.Add(int64(len(keys)))
		<-*gate
	}
	return g.Checkpoint.Load(context.WithoutCancel(ctx), p, keys)
}

// TestUsageDoesNotWaitForTheCellsOfDueWork: every wallet that falls due is cold, and the store does not give its cell away.
// Usage of a wallet that is in memory is charged meanwhile, and when the store answers each grant expires once.
func TestUsageDoesNotWaitForTheCellsOfDueWork(t *testing.T) {
	r := newRig(t)
	store := &gated{Checkpoint: new(inmem.Checkpoint)}
	r.store = store
	expires := time.Now().Add(day).Truncate(time.Second)
	stop := r.run("before")
	const wallets = 300
	r.manyWallets(1, wallets, expires)
	r.send(r.walletDefined("org0", "hot"))
	r.drained()
	r.checkpoint()
	r.saved()
	stop()

	r.tune = func(c *stream.Config) { c.Workers, c.MaxTickAhead, c.SliceMax = 1, 0, 5 }
	r.run("cold")
	r.send(r.usage("org0", "hot", "u-warm"))
	r.drained()
	gate := make(chan struct{})
	store.gate.Store(&gate)
	open := func() {
		if store.gate.Swap(nil) != nil {
			close(gate)
		}
	}
	t.Cleanup(open) // before the process is stopped, which would wait
	r.tick(expires)
	r.eventually("the cells of due work are asked for", func() bool { return store.asked.Load() > 0 })
	want := []string{"u-warm"}
	for n := range 5 {
		id := fmt.Sprint("u", n)
		want = append(want, id)
		r.send(r.usage("org0", "hot", id))
		r.eventually("usage is charged", func() bool { return len(r.charged("org0")) == len(want) })
	}
	for _, e := range r.entries()[topics.PartitionOf("org0", r.partitions)] {
		if e.Type == grantExpired {
			t.Fatal("a grant has expired whose cell nobody could read")
		}
	}
	open()
	r.drained()
	r.expectCharged("org0", want...)
	r.eachExpiredOnce(wallets, expires)
	r.lastTickMovesAtTheEnd(topics.TimeOf(expires))
}
