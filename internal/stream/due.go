package stream

import "purser/processors/core"

// dueHeap is when which cell has work of its own to do, earliest first, ties by key. Entries go stale when a cell changes
// its mind: they are dropped when they surface. A cell may have several entries, of which the true one is among them.
//
// It is a binary heap as container/heap has it, without the interface, which would box each of a million entries twice.
type dueHeap []dueEntry

type dueEntry struct {
	at  core.Time
	key string
}

func (e *dueEntry) before(o *dueEntry) bool {
	if e.at != o.at {
		return e.at < o.at
	}
	return e.key < o.key
}

// upTo reports whether something may be due by a time.
func (h dueHeap) upTo(until core.Time) bool { return len(h) > 0 && h[0].at <= until }

func (h *dueHeap) add(at core.Time, key string) {
	*h = append(*h, dueEntry{})
	all := *h
	e := dueEntry{at, key}
	i := len(all) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(&all[parent]) {
			break
		}
		all[i] = all[parent]
		i = parent
	}
	all[i] = e
}

// take takes the earliest entry of a heap that is not empty.
func (h *dueHeap) take() dueEntry {
	all := *h
	first, n := all[0], len(all)-1
	last := all[n]
	all[n] = dueEntry{}
	*h = all[:n]
	if n > 0 {
		all[:n].sink(last)
	}
	return first
}

// sink puts an entry where it belongs, from the top down, where there is a gap.
func (h dueHeap) sink(e dueEntry) {
	i := 0
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if other := child + 1; other < len(h) && h[other].before(&h[child]) {
			child = other
		}
		if !h[child].before(&e) {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = e
}
