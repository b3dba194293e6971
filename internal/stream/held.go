package stream

import (
	"context"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/state"
	"purser/topics"
)

// While the checkpoint store is away, an event that needs it is held: written into cells of its own like any other state,
// so that its input offset can be committed and nothing else has to wait. Later events of the same org queue up behind it,
// because they may depend on it. Whether a held event is a duplicate is only judged when its turn comes; until then it has
// no ledger record.
//
// The queue is a Queue cell whose account is empty; which orgs have one is always in memory.

// noteHeld remembers a queue of held events that was restored.
func (t *task) noteHeld(c core.Cell) {
	q, ok := c.(*core.Queue)
	if !ok || q.Account != "" || t.held[q.Org] != nil {
		return
	}
	t.held[q.Org] = q
	t.heldEvents += q.Next - q.First
}

// hold puts a record at the end of its org's queue.
func (t *task) hold(in *inputRecord) bool {
	org := in.event.Org
	q := t.held[org]
	if q == nil {
		q = t.memory.NewQueue(org, "")
		q.NextDue = core.DueNow
		t.held[q.Org] = q
	}
	p := t.memory.NewParked(q.Org, "", q.Next)
	t.memory.NewlyParked()
	p.Record = topics.AppendRecord(nil, in.rec)
	q.Next++
	t.memory.Touch(q)
	t.heldEvents++
	t.w.cfg.Metrics.Held.WithLabelValues(label(t.partition)).Set(float64(t.heldEvents))
	t.count(in.input, "held")
	return true
}

// releaseOne decides the first event of a queue as if it came now; false: something has to be loaded first.
func (t *task) releaseOne(q *core.Queue) (bool, error) {
	p, known := t.memory.Parked(q.Org, "", q.First)
	if !known {
		return false, nil
	}
	if p == nil {
		panic("a held event is missing from its queue")
	}
	rec, err := topics.ReadRecord(p.Record)
	if err != nil {
		panic("a held event cannot be read back: " + err.Error())
	}
	in := inputRecord{rec: rec, task: t, input: t.inputOf(rec.Topic), held: true}
	t.lastRecord = &in
	if t.admit(&in) {
		done, err := t.settleHeld(&in)
		if err != nil || !done {
			return false, err
		}
	}
	t.memory.Delete(p)
	q.First++
	t.heldEvents--
	t.w.cfg.Metrics.Held.WithLabelValues(label(t.partition)).Set(float64(t.heldEvents))
	if q.First == q.Next {
		delete(t.held, q.Org)
		t.memory.Delete(q)
	} else {
		t.memory.Touch(q)
	}
	return true, nil
}

// settleHeld judges and decides a held event; it asks the store by itself, one at a time: this is the road back from a failure.
func (t *task) settleHeld(in *inputRecord) (bool, error) {
	if _, inTail, pieces := t.index.Lookup(&in.event.Identity); !inTail && len(pieces) > 0 {
		found, err := t.find(t.w.grace, []state.Probe{{Identity: in.event.Identity, Pieces: pieces}})
		if err != nil {
			return false, err
		}
		in.probed = true
		for _, k := range found {
			in.found, in.known = true, k
		}
	}
	verdict, _ := t.judge(&t.w.batch, in)
	switch verdict {
	case core.Duplicate:
		t.count(in.input, "duplicate")
		return true, nil
	case core.Conflict:
		t.conflict(in)
		return true, nil
	}
	return t.settle(&in.event, in.rec), nil
}

// nudge wakes a partition whose due work, what is held among it, stood still because the store did not answer, now that it
// does: it writes a continuation, an input like any other, from outside the worker's own transactions. One too many does
// no harm, so it is in no transaction either: one that its owner leaves open would hide the ticks behind it.
func (t *task) nudge() {
	const limit = 2 * time.Second
	if !t.stuck || t.w.stores.isAway() || time.Since(t.nudged) < limit {
		return
	}
	t.nudged = time.Now()
	go func() {
		ctx, cancel := context.WithTimeout(t.w.grace, limit)
		defer cancel()
		if err := t.w.writeContinue(ctx, t.partition); err != nil {
			t.w.log.Warn("waking a partition; it is tried again", "partition", t.partition, "error", err)
		}
	}()
}

func (w *worker) writeContinue(ctx context.Context, p int32) error {
	client, err := kgo.NewClient(append(slices.Clone(w.cfg.Client), kgo.ClientID(w.id+"-nudge"), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		return err
	}
	defer client.Close()
	return client.ProduceSync(ctx, topics.NewContinue(w.cfg.Names, p, 0)).FirstErr()
}
