package stream

import (
	"context"
	"errors"

	"purser/internal/failpoint"
	"purser/processors"
	"purser/processors/core"
)

// waitedFor is the part of SliceMax that a transaction runs where events wait for it: one over this.
const waitedFor = 8

// pieces is how much due work the transaction may run. Where it brings nothing but time nobody waits for it, and there may be more.
func (b *batch) pieces() int {
	most := b.worker.cfg.SliceMax
	for i := range b.records {
		if b.records[i].input != tickInput {
			return max(1, most/waitedFor)
		}
	}
	return most
}

// runSlices runs due work of the batch's partitions: at most so many pieces in all, because all of the transaction's usage
// waits for them. What one partition does not need of its share goes to those after it; no partition is always the first.
func (b *batch) runSlices(ctx context.Context) error {
	left, tasks := b.pieces(), len(b.tasks)
	for t := range b.tasks {
		b.current = t
		pieces, err := t.runSlice(ctx, (left+tasks-1)/tasks)
		if err != nil {
			return err
		}
		left -= pieces
		tasks--
	}
	return nil
}

// slice is the due work that is done for one partition at the end of a batch, in due order (R1.7).
type slice struct {
	t      *task
	left   int          // pieces
	looked bool         // what it needs was looked ahead for
	ahead  []aheadEntry // taken from the heap so that their cells could be loaded together, in due order
}

// aheadEntry is an entry and its cell, which stays where it is in memory until the batch ends; nil: not loaded, or gone.
type aheadEntry struct {
	dueEntry
	cell core.Cell
}

// runSlice runs due work, at most so many pieces, and sees to it that the rest is driven on. A partition has a slice only in
// batches that commit an input offset of it.
func (t *task) runSlice(ctx context.Context, most int) (pieces int, err error) {
	t.enterChanged()
	s := slice{t: t, left: most}
	err = s.runOrWait(ctx)
	s.putBack()
	if errors.Is(err, errStoreAway) {
		t.away = true
	} else if err != nil {
		return 0, err
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
	return most - s.left, nil
}

// runOrWait runs the slice where its cells are there, and looks ahead for those of the next one.
func (s *slice) runOrWait(ctx context.Context) error {
	entries, waits, err := s.t.takeAhead()
	if err != nil || waits {
		return err
	}
	most := s.left
	if s.looked = entries > 0; s.looked {
		s.left = min(s.left, entries)
	}
	// What is not run of the share is not used up, also where fewer entries were looked ahead for.
	unused := most - s.left
	err = s.run(ctx)
	if err == nil {
		s.lookAhead(most)
	}
	s.left += unused
	return err
}

func (s *slice) run(ctx context.Context) error {
	for {
		s.t.enterChanged() // also what the round before has made due
		if s.left <= 0 || len(s.ahead) == 0 && !s.t.due.upTo(s.t.until()) {
			return nil
		}
		if there, err := s.prefetch(ctx); err != nil || !there {
			return err
		}
		if err := s.round(); err != nil {
			return err
		}
	}
}

// prefetch finds the cells that are due next, and what their work needs. Where cells that are due are not in memory, they are
// looked ahead for and the slice ends here: usage does not wait for them. Where that was done before, what is still missing is
// loaded at once, or due work might never get on: in one go, and in a second one what the work of those needs that had to be
// loaded.
func (s *slice) prefetch(ctx context.Context) (there bool, err error) {
	t := s.t
	fresh, all := len(s.ahead) == 0, true
	if fresh {
		s.take(s.left)
		all = s.foresee()
	}
	missing := t.memory.Missing()
	if !all && !s.looked {
		t.lookAhead(missing, len(s.ahead))
		return false, nil
	}
	if err := t.load(ctx, missing); err != nil || all {
		return err == nil, err
	}
	s.foresee()
	err = t.load(ctx, t.memory.Missing())
	return err == nil, err
}

// foresee finds the cells that were not found yet, and asks for what is not in memory; all says that every cell is.
func (s *slice) foresee() (all bool) {
	all = true
	for i := range s.ahead {
		if e := &s.ahead[i]; e.cell == nil && !e.foresee(s.t) {
			all = false
		}
	}
	return all
}

// take takes what is due next from the heap, so many entries at most.
func (s *slice) take(most int) {
	t := s.t
	for len(s.ahead) < most && t.due.upTo(t.until()) {
		s.ahead = append(s.ahead, aheadEntry{dueEntry: t.due.take()})
	}
}

// foresee finds the entry's cell, and asks for what its work will need, or for the cell where it is not in memory.
func (e *aheadEntry) foresee(t *task) (known bool) {
	c, known := t.memory.Cell(e.key)
	if !known {
		t.memory.Want(e.key)
	}
	if c != nil {
		e.cell = c
		processors.PrefetchDue(t.memory, c)
	}
	return known
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

func (t *task) runPiece(c core.Cell) (bool, error) {
	if q, isQueue := c.(*core.Queue); isQueue && q.Account == "" {
		return t.releaseOne(q)
	}
	return t.duePiece(c), nil
}

// wantAhead asks for the next events of a queue together, so that working it off costs a load each few hundred.
func (t *task) wantAhead(c core.Cell) {
	q, ok := c.(*core.Queue)
	if !ok {
		return
	}
	if _, known := t.memory.Cell(string(core.AppendParkedKey(nil, q.Org, q.Account, q.First))); known {
		return
	}
	for n := q.First; n < q.Next && n < q.First+512; n++ {
		t.memory.Want(string(core.AppendParkedKey(nil, q.Org, q.Account, n)))
	}
}
