package gateway

import (
	"container/heap"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// waiting are the attempts that were taken and are not answered, by when they are due, and by their order on each partition.
//
// No offset is committed past one of them: after a restart, or by another process, they are taken from the topic again. That is
// all that is kept of a late answer, and all that it needs.
type waiting struct {
	mu    sync.Mutex // the client's callbacks forget partitions while others are answered
	queue byDue
	lines map[int32][]*attempt
}

func (w *waiting) add(a *attempt) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lines == nil {
		w.lines = map[int32][]*attempt{}
	}
	w.lines[a.record.Partition] = append(w.lines[a.record.Partition], a)
	heap.Push(&w.queue, a)
}

// len counts those in the queue.
func (w *waiting) len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.queue.Len()
}

// next is when the first one is due.
func (w *waiting) next() (at time.Time, something bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.queue.Len() == 0 {
		return time.Time{}, false
	}
	return w.queue[0].due, true
}

// take removes the first one from the queue if it is due; nil: none is.
func (w *waiting) take(now time.Time) *attempt {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.queue.Len() == 0 || w.queue[0].due.After(now) {
		return nil
	}
	a, _ := heap.Pop(&w.queue).(*attempt)
	return a
}

// answer notes that some are answered, and returns the last record of each partition before which nothing is open.
func (w *waiting) answer(some []*attempt) (done []*kgo.Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range some {
		a.answered = true
	}
	for partition, line := range w.lines {
		n := 0
		for n < len(line) && line[n].answered {
			n++
		}
		if n > 0 {
			done = append(done, line[n-1].record)
			w.lines[partition] = line[n:]
		}
	}
	return done
}

// forget drops what was taken from some partitions: they are another's now, who takes it from the topic again.
func (w *waiting) forget(partitions []int32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, partition := range partitions {
		delete(w.lines, partition)
	}
	w.queue = slices.DeleteFunc(w.queue, func(a *attempt) bool { return slices.Contains(partitions, a.record.Partition) })
	heap.Init(&w.queue)
}

// byDue is a heap: the earliest first, and of two that are due at once the one that came first.
type byDue []*attempt

func (q byDue) Len() int { return len(q) }

func (q byDue) Less(i, j int) bool {
	a, b := q[i], q[j]
	switch {
	case !a.due.Equal(b.due):
		return a.due.Before(b.due)
	case a.record.Partition != b.record.Partition:
		return a.record.Partition < b.record.Partition
	}
	return a.record.Offset < b.record.Offset
}

func (q byDue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push implements heap.Interface.
func (q *byDue) Push(a any) {
	if a, ok := a.(*attempt); ok {
		*q = append(*q, a)
	}
}

// Pop implements heap.Interface.
func (q *byDue) Pop() any {
	last := len(*q) - 1
	a := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return a
}
