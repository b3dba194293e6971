package stream_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"purser/internal/stream"
	"purser/state"
	"purser/state/inmem"
)

// slow is a checkpoint store whose cells take their time, once it is asked to be slow.
type slow struct {
	state.Checkpoint
	takes func() time.Duration
}

func (s *slow) Load(ctx context.Context, p int32, keys []string) ([][]byte, int64, error) {
	select {
	case <-time.After(s.takes()):
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
	return s.Checkpoint.Load(ctx, p, keys)
}

// TestATransactionIsBegunWhenAllIsDecided: what a batch needs takes the store longer than a transaction may be open. Nothing is
// open meanwhile, and so nothing times out.
func TestATransactionIsBegunWhenAllIsDecided(t *testing.T) {
	r := newRig(t)
	var takes time.Duration
	r.store = &slow{new(inmem.Checkpoint), func() time.Duration { return takes }}
	stop := r.run("before")
	r.define("org", "w")
	r.drained()
	r.checkpoint()
	r.saved()
	stop()
	takes = 1500 * time.Millisecond
	r.tune = func(c *stream.Config) { c.Workers, c.TransactionTimeout = 1, time.Second }
	p := r.process("cold")
	r.runs(p)
	r.usages("org", 0, 5)
	r.drained()
	r.eachUsageOnce(5)
	if unknown := p.metric("purser_transactions_total", "unknown"); unknown > 0 {
		t.Errorf("%v transactions ended in doubt", unknown)
	}
	if cold := p.metric("purser_cold_lookups_total", "checkpoint"); cold == 0 {
		t.Error("nothing was cold: this proves nothing")
	}
}

// TestNothingIsPolledBeforeItsPartitionRuns: records are there from the start, and the store takes its time for the restore. A
// session commits everything that it has polled.
func TestNothingIsPolledBeforeItsPartitionRuns(t *testing.T) {
	r := newRig(t)
	stop := r.run("before")
	const orgs = 20
	for n := range orgs {
		r.define(fmt.Sprint("org", n), "w")
	}
	r.drained()
	stop()
	for n := range orgs {
		r.send(r.usage(fmt.Sprint("org", n), "w", fmt.Sprint("u", n)))
	}
	p := r.process("a")
	r.runs(p)
	r.drained()
	r.eachUsageOnce(orgs)
	if restarts := p.metric("purser_worker_restarts_total"); restarts > 0 {
		t.Errorf("%v workers began anew", restarts)
	}
}
