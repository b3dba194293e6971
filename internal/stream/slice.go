package stream

import (
	"context"
	"errors"

	"purser/internal/failpoint"
	"purser/processors"
)

// slice is the due work that is done at the end of a batch: at most SliceMax pieces, in due order (R1.7).
type slice struct {
	t     *task
	left  int
	ahead []aheadEntry // taken from the heap so that their cells could be loaded together, in due order
}

// aheadEntry is an entry and its cell, which stays where it is in memory until the batch ends; nil: not loaded, or gone.
type aheadEntry struct {
	dueEntry
	cell processors.Cell
}

// runSlice runs due work at the end of a batch and sees to it that the rest is driven on. A partition has a slice only in
// batches that commit an input offset of it.
func (t *task) runSlice(ctx context.Context) error {
	s := slice{t: t, left: t.w.cfg.SliceMax}
	err := s.run(ctx)
	s.putBack()
	if errors.Is(err, errStoreAway) {
		t.away = true
	} else if err != nil {
		return err
	}
	unfinished := t.due.upTo(t.until())
	if !unfinished && t.progress.LastTick < t.progress.Target {
		t.progress.LastTick = t.progress.Target
		t.memory.Touch(t.progress)
	}
	if unfinished && !t.driven && !t.away && !failpoint.Off("continuation") {
		t.w.batch.out(t.w.encoder.Continue(t.partition, t.memory.Txn()))
		t.driven = true
	}
	t.stuck = unfinished && !t.driven
	return nil
}

func (s *slice) run(ctx context.Context) error {
	for {
		s.t.enterChanged() // also what the round before has made due
		if s.left <= 0 || len(s.ahead) == 0 && !s.t.due.upTo(s.t.until()) {
			return nil
		}
		if err := s.prefetch(ctx); err != nil {
			return err
		}
		if err := s.round(); err != nil {
			return err
		}
	}
}

// prefetch loads the cells that are due next in one go, and in a second one what the work of those needs that had to be
// loaded.
func (s *slice) prefetch(ctx context.Context) error {
	t := s.t
	fresh := len(s.ahead) == 0
	for fresh && len(s.ahead) < s.left && t.due.upTo(t.until()) {
		e := aheadEntry{dueEntry: t.due.take()}
		e.foresee(t)
		s.ahead = append(s.ahead, e)
	}
	missing := t.memory.Missing()
	if err := t.load(ctx, missing); err != nil || !fresh || len(missing) == 0 {
		return err
	}
	for i := range s.ahead {
		if e := &s.ahead[i]; e.cell == nil {
			e.foresee(t)
		}
	}
	return t.load(ctx, t.memory.Missing())
}

// foresee finds the entry's cell, and asks for what its work will need, or for the cell.
func (e *aheadEntry) foresee(t *task) {
	c, known := t.memory.Cell(e.key)
	if !known {
		t.memory.Want(e.key)
	}
	if c != nil {
		e.cell = c
		processors.PrefetchDue(t.memory, c)
	}
}

// round runs what is due until the slice is full, nothing is left, or something has to be loaded first.
func (s *slice) round() error {
	for s.left > 0 {
		e, found := s.next()
		if !found {
			return nil
		}
		pieces, ok, err := s.t.runEntry(e, s.left)
		s.left -= pieces
		if err != nil || !ok {
			s.t.due.add(e.at, e.key) // it is still the earliest
			return err
		}
	}
	return nil
}

// next takes the earliest entry: a cell that was run may be due again before those that were taken ahead.
func (s *slice) next() (e aheadEntry, found bool) {
	h := &s.t.due
	inHeap := h.upTo(s.t.until())
	switch {
	case len(s.ahead) > 0 && (!inHeap || !(*h)[0].before(&s.ahead[0].dueEntry)):
		e, s.ahead = s.ahead[0], s.ahead[1:]
		return e, true
	case inHeap:
		return aheadEntry{dueEntry: h.take()}, true
	}
	return e, false
}

func (s *slice) putBack() {
	for i := range s.ahead {
		s.t.due.add(s.ahead[i].at, s.ahead[i].key)
	}
}

// enterChanged enters the due times of what the batch has changed so far.
func (t *task) enterChanged() {
	cells, _ := t.memory.Changes()
	for _, c := range cells {
		t.schedule(c)
	}
}

// runEntry runs what a cell has to do at the time of its entry, at most n pieces; what is left of it is entered again. ok
// is false where something has to be loaded first.
func (t *task) runEntry(e aheadEntry, n int) (pieces int, ok bool, err error) {
	c := e.cell
	if c == nil || c.Head().Gone {
		var known bool
		if c, known = t.memory.Cell(e.key); !known {
			t.memory.Want(e.key)
			return 0, false, nil
		}
	}
	if c == nil {
		return 0, true, nil // gone
	}
	h := c.Head()
	for h.NextDue == e.at && pieces < n {
		t.wantAhead(c)
		if ok, err := t.runPiece(c); err != nil || !ok {
			return pieces, false, err
		}
		pieces++
		if h.Gone {
			return pieces, true, nil // that was its last work
		}
	}
	if h.Entered == e.at {
		h.Entered = 0
	}
	t.schedule(c)
	return pieces, true, nil
}

func (t *task) runPiece(c processors.Cell) (bool, error) {
	if q, isQueue := c.(*processors.Queue); isQueue && q.Account == "" {
		return t.releaseOne(q)
	}
	return t.duePiece(c), nil
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
