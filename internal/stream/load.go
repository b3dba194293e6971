package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"purser/processors"
)

// errStoreAway says that the checkpoint store does not answer: what needs it is held (held.go).
var errStoreAway = errors.New("the checkpoint store does not answer")

// errStoreBehind says that the store answered with less than this task knows it to have had: it was set back.
var errStoreBehind = errors.New("the checkpoint store was set back to an earlier state: restore it from the ledger and changelog topics")

// load brings cells into memory: from the cache, where it is far enough, and otherwise from the checkpoint.
func (t *task) load(ctx context.Context, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	m := t.w.cfg.Metrics
	if t.cache != nil {
		began := time.Now()
		values, ok := t.cache.load(ctx, keys, t.safe)
		m.CacheReadSeconds.Observe(time.Since(began).Seconds())
		if ok {
			rest := keys[:0:0]
			var hitKeys []string
			var hits [][]byte
			for i, key := range keys {
				if values[i] == nil {
					rest = append(rest, key) // not cached: whether it exists only the checkpoint knows
					continue
				}
				hitKeys, hits = append(hitKeys, key), append(hits, values[i])
			}
			if err := t.loaded(hitKeys, hits); err != nil {
				return err
			}
			m.Lookups.WithLabelValues("cache").Add(float64(len(hits)))
			keys = rest
		}
	}
	if len(keys) == 0 {
		return nil
	}
	type answer struct {
		values [][]byte
		at     int64
	}
	a, err := onStore(ctx, t, func(ctx context.Context) (answer, error) {
		values, at, err := t.w.cfg.Store.Load(ctx, t.partition, keys)
		return answer{values, at}, err
	})
	if err != nil {
		for _, k := range keys { // still wanted when it answers again
			t.memory.Want(k)
		}
		return err
	}
	if a.at < t.safe {
		return t.corrupt(fmt.Errorf("%w: it is at changelog offset %d, and was at %d", errStoreBehind, a.at, t.safe))
	}
	m.Lookups.WithLabelValues("checkpoint").Add(float64(len(keys)))
	return t.loaded(keys, a.values)
}

// onStore asks the checkpoint store, twice at most; an error that is not about this task is errStoreAway.
func onStore[T any](ctx context.Context, t *task, f func(context.Context) (T, error)) (v T, err error) {
	began := time.Now()
	for range 2 {
		if t.w.stores.isAway() {
			err = errStoreAway
			break
		}
		limited, cancel := context.WithTimeout(ctx, 2*time.Second)
		v, err = f(limited)
		cancel()
		if err == nil {
			t.w.cfg.Metrics.StoreReadSeconds.Observe(time.Since(began).Seconds())
			return v, nil
		}
	}
	if ctx.Err() != nil {
		return v, ctx.Err()
	}
	if !errors.Is(err, errStoreAway) {
		t.w.stores.setAway(true, err)
	}
	return v, errStoreAway
}

// runSlice runs due work at the end of a batch, at most SliceMax pieces, and sees to it that the rest is driven on.
// A partition has a slice only in batches that commit an input offset of it.
func (t *task) runSlice(ctx context.Context) error {
	left := t.w.cfg.SliceMax
	t.enterChanged()
	for left > 0 && t.due.upTo(t.until()) {
		ran, err := t.sliceRound(ctx, left)
		if err != nil {
			return err
		}
		if ran == 0 {
			break // what is due waits for the store
		}
		left -= ran
	}
	if !t.due.upTo(t.until()) && t.progress.LastTick < t.progress.Target {
		t.progress.LastTick = t.progress.Target
		t.memory.Touch(t.progress)
	}
	if t.due.upTo(t.until()) && !t.driven && !t.away {
		t.w.encoder.Continue(t.partition, t.progress.Txn)
		t.driven = true
	}
	return nil
}

// sliceRound takes up to n due entries, loads their cells in one go, and runs them in due order.
func (t *task) sliceRound(ctx context.Context, n int) (ran int, err error) {
	var entries []dueEntry
	for len(entries) < n && t.due.upTo(t.until()) {
		e := t.due.take()
		entries = append(entries, e)
		t.memory.Want(e.key)
	}
	for done := 0; done < len(entries); {
		if err := t.load(ctx, t.memory.Missing()); err != nil {
			t.putBack(entries[done:])
			if errors.Is(err, errStoreAway) {
				t.away = true
				return ran, nil
			}
			return ran, err
		}
		for done < len(entries) {
			pieces, ok := t.runEntry(entries[done], n-ran)
			ran += pieces
			if !ok {
				break // load and go on from here
			}
			done++
			if ran >= n {
				t.putBack(entries[done:])
				return ran, nil
			}
		}
	}
	return max(ran, 1), nil
}

// enterChanged enters the due times of what the batch has changed so far.
func (t *task) enterChanged() {
	cells, _ := t.memory.Changes()
	for _, c := range cells {
		t.schedule(c)
	}
}

func (t *task) putBack(entries []dueEntry) {
	for _, e := range entries {
		t.due.add(e.at, e.key)
	}
}

// runEntry runs the due work of one cell, at most n pieces; what is left of it is entered again. ok is false where
// something has to be loaded first.
func (t *task) runEntry(e dueEntry, n int) (pieces int, ok bool) {
	for {
		c, known := t.memory.Cell(e.key)
		if !known {
			t.memory.Want(e.key)
			return pieces, false
		}
		if c == nil {
			return pieces, true // gone
		}
		h := c.Head()
		if h.Entered == e.at {
			h.Entered = 0
		}
		if h.NextDue == 0 || h.NextDue > t.until() || pieces >= n {
			t.schedule(c)
			return pieces, true
		}
		t.wantAhead(c)
		if q, isQueue := c.(*processors.Queue); isQueue && q.Account == "" {
			if !t.releaseOne(q) {
				return pieces, false
			}
		} else if !t.duePiece(c) {
			return pieces, false
		}
		pieces++
	}
}

// wantAhead asks for the next events of a queue together, so that working it off costs a load each few hundred.
func (t *task) wantAhead(c processors.Cell) {
	q, ok := c.(*processors.Queue)
	if !ok {
		return
	}
	if _, known := t.memory.Cell(string(processors.AppendParkedKey(nil, q.Org, q.Account, q.First))); known {
		return
	}
	for n := q.First; n < q.Next && n < q.First+512; n++ {
		t.memory.Want(string(processors.AppendParkedKey(nil, q.Org, q.Account, n)))
	}
}
