package stream

import (
	"container/heap"

	"purser/processors"
)

// dueHeap is when which cell has work of its own to do, earliest first, ties by key. Entries go stale when a cell changes
// its mind: they are dropped when they surface. A cell may have several entries, of which the true one is among them.
type dueHeap []dueEntry

type dueEntry struct {
	at  processors.Time
	key string
}

func (e dueEntry) before(o dueEntry) bool {
	if e.at != o.at {
		return e.at < o.at
	}
	return e.key < o.key
}

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].before(h[j]) }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(x any)        { *h = append(*h, x.(dueEntry)) } //nolint:forcetypeassert // only add pushes
func (h *dueHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = dueEntry{}
	*h = old[:len(old)-1]
	return e
}

func (h *dueHeap) add(at processors.Time, key string) { heap.Push(h, dueEntry{at, key}) }

// upTo reports whether something may be due by a time.
func (h dueHeap) upTo(until processors.Time) bool { return len(h) > 0 && h[0].at <= until }

func (h *dueHeap) take() dueEntry { return heap.Pop(h).(dueEntry) } //nolint:forcetypeassert // Pop takes from this heap
