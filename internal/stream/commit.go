package stream

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/access"
	"purser/internal/failpoint"
	"purser/processors/core"
	"purser/state"
)

// commit writes the batch in one transaction (R9.6): outputs, ledger, the after-image of every cell that changed, each
// partition's progress, and the offsets of what was polled. Memory is ahead of Kafka from the first decision on; unless
// the answer is a plain "committed", the worker ends and memory with it.
//
// A join that is under way is waited for before anything is begun, because one that others hold up may take longer than a
// transaction may be open. Whatever the new generation takes away is still this member's until it has given it up, and it
// gives nothing up while a batch is open; but only if it is still the same member (sameMember).
func (w *worker) commit() error {
	if err := w.awaitSync(w.grace, w.cfg.RebalanceTimeout+w.cfg.SessionTimeout); err != nil {
		return err
	}
	// A broker that is away must not hold the worker for ever.
	ctx, cancel := context.WithTimeout(kgo.PreTxnCommitFnContext(w.grace, w.sameMember), w.cfg.TransactionTimeout)
	defer cancel()
	began := time.Now()
	if !failpoint.Off("decide-first") {
		if err := w.session.Begin(); err != nil {
			return fmt.Errorf("beginning a transaction: %w", err)
		}
	}
	produced := w.produce(ctx)
	w.cfg.fail("after-produce")
	flushErr := w.client.Flush(ctx)
	if err := produced.unwritable(w.cfg.Names); err != nil {
		w.aside.put(err.partition, err)
		if access.Refused(err) {
			w.aside.resumeLater(err.partition) // a right that was taken away can be given back
		}
		return err
	}
	if flushErr != nil {
		return fmt.Errorf("flushing a batch: %w: %w", flushErr, errDoubt)
	}
	if err := produced.err(); err != nil {
		return fmt.Errorf("producing a batch: %w: %w", err, errDoubt)
	}
	if err := w.awaitSync(ctx, w.cfg.TransactionTimeout); err != nil { // it may have begun since
		return err
	}
	w.cfg.fail("before-end")
	committed, err := w.session.End(ctx, kgo.TryCommit)
	w.cfg.fail("after-end")
	if (err != nil || !committed) && !failpoint.Off("doubt") {
		w.cfg.Metrics.Transactions.WithLabelValues("unknown").Inc()
		return fmt.Errorf("ending a transaction: committed=%v %w: %w", committed, orNone(err), errDoubt)
	}
	w.cfg.Metrics.Transactions.WithLabelValues("committed").Inc()
	w.cfg.Metrics.TransactionSeconds.Observe(time.Since(began).Seconds())
	w.cfg.Metrics.BatchEvents.Observe(float64(w.batch.len()))
	w.batch.observeLatency()
	for _, t := range w.batch.order {
		t.committed()
	}
	w.cfg.fail("after-cache")
	w.encoder.Reset()
	w.batch.sent = w.batch.sent[:0]
	return nil
}

// beginEarly opens a transaction before anything is decided, for the proof that it must not.
func (w *worker) beginEarly() error {
	if err := w.session.Begin(); err != nil {
		return err
	}
	_, record := w.encoder.Ownership(w.batch.records[0].task.partition, w.id)
	return w.client.ProduceSync(w.grace, record).FirstErr()
}

func orNone(err error) error {
	if err == nil {
		return fmt.Errorf("no error")
	}
	return err
}

func (w *worker) produce(ctx context.Context) *production {
	p := &production{}
	for _, r := range w.batch.sent {
		w.client.Produce(ctx, r, p.done)
	}
	return p
}

// finish adds a task's changelog records to the batch: each cell that changed once, then its progress, always.
func (t *task) finish() {
	p := t.progress
	for input, end := range t.ends {
		if end > 0 {
			p.Offsets[input] = end
		}
	}
	p.Txn = t.memory.Txn()
	t.memory.Touch(p)
	cells, deleted := t.memory.Changes()
	t.images = t.images[:0]
	for _, c := range cells {
		h := c.Head()
		if c == core.Cell(p) {
			continue
		}
		if h.Gone {
			continue // deleted since, perhaps made anew
		}
		t.schedule(c)
		t.raise(h)
		t.image(h.Key, state.AppendCell(t.room(), c), h.NextDue)
	}
	for _, key := range deleted {
		if now, _ := t.memory.Cell(key); now == nil {
			t.image(key, state.AppendDeleted(t.room()), 0)
		}
	}
	for _, key := range t.tombs {
		if now, known := t.memory.Cell(key); known && now != nil {
			continue
		}
		t.w.batch.out(t.w.encoder.Changelog(t.partition, key, nil))
	}
	t.tombs = t.tombs[:0]
	t.raise(&p.Meta)
	t.mark = t.w.encoder.Progress(t.partition, t.keepImage(core.ProgressKey, state.AppendCell(t.room(), p), 0), t.safe)
	t.w.batch.out(t.mark)
}

// raise sets the version in which a cell is written: the one that is configured, and never one below that in which it was
// read, which might have no room for what it holds.
func (t *task) raise(h *core.Meta) {
	h.Form = max(h.Form, uint8(t.w.cfg.ChangelogVersion))
	addExtra(h)
}

// room returns an empty slice with space for a cell. Values are not reused: the cache's writer keeps them for a while.
func (t *task) room() []byte {
	const chunk, most = 256 << 10, 4 << 10
	if cap(t.chunk)-len(t.chunk) < most {
		t.chunk = make([]byte, 0, chunk)
	}
	return t.chunk[len(t.chunk):len(t.chunk):cap(t.chunk)]
}

func (t *task) image(key string, value []byte, due core.Time) {
	t.w.batch.out(t.w.encoder.Changelog(t.partition, key, t.keepImage(key, value, due)))
}

// keepImage notes a cell's image for the cache, and returns its value.
func (t *task) keepImage(key string, value []byte, due core.Time) []byte {
	if len(value) <= cap(t.chunk)-len(t.chunk) {
		t.chunk = t.chunk[:len(t.chunk)+len(value)]
	}
	t.images = append(t.images, imageOf(key, value, due))
	return value
}

// committed takes note that the transaction is the truth now, and sends its images on to the cache.
func (t *task) committed() {
	t.memory.Committed()
	t.offsets = append(t.offsets[:0], t.progress.Offsets...)
	if t.cache != nil {
		t.cache.add(t.images, t.mark.Offset+1)
	}
	t.mark = nil
	t.w.cfg.Metrics.ChangelogCells.Add(float64(len(t.images)))
}

// byPartition returns the batch's tasks in partition order.
func (b *batch) byPartition() []*task {
	b.order = b.order[:0]
	for _, t := range b.worker.tasks {
		if _, ok := b.tasks[t]; ok {
			b.order = append(b.order, t)
		}
	}
	for i := 1; i < len(b.order); i++ {
		for j := i; j > 0 && b.order[j].partition < b.order[j-1].partition; j-- {
			b.order[j], b.order[j-1] = b.order[j-1], b.order[j]
		}
	}
	return b.order
}

// out adds a record to what the transaction will produce.
func (b *batch) out(r *kgo.Record) { b.sent = append(b.sent, r) }

// observeLatency tells how long the batch's oldest and newest records took from the broker's clock to the commit.
func (b *batch) observeLatency() {
	now := time.Now()
	for _, i := range []int{0, len(b.records) - 1} {
		b.worker.cfg.Metrics.RecordToCommit.Observe(now.Sub(b.records[i].rec.Timestamp).Seconds())
	}
}
