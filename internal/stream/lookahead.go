package stream

import (
	"context"
	"time"
)

// lookAhead is what the stores answered while the loop went on: cells that the next slice of due work needs. A million cells
// that are due at once are mostly cold, and usage must not wait for each few hundred of them to be read.
//
// A cell that comes into memory meanwhile is newer than the answer. One that does not is as the answer has it, if that is at or
// past the position up to which the task has unpinned: the same rule as for every other read.
type lookAhead struct {
	entries        int // of the heap, for which it was made
	cached, stored found
	err            error
}

// lookAhead asks for cells and does not wait for the answer.
func (t *task) lookAhead(keys []string, entries int) {
	t.looking = true
	go func() {
		ctx, cancel := context.WithTimeout(t.w.grace, 10*time.Second)
		defer cancel()
		a := lookAhead{entries: entries}
		var rest []string
		a.cached, rest = t.askCache(ctx, keys)
		a.stored, a.err = t.askStore(ctx, rest)
		t.ahead <- a
	}()
}

// takeAhead takes an answer into memory and says for how many entries it was made; zero: nothing was asked. It waits while there
// is no answer yet. What an answer does not tell, because it is too old by now or cannot be read, is asked again.
func (t *task) takeAhead() (entries int, waits bool, err error) {
	if !t.looking {
		return 0, false, nil
	}
	select {
	case a := <-t.ahead:
		t.looking = false
		t.fromCache(t.unknown(a.cached))
		if a.err != nil {
			return 0, false, a.err
		}
		if a.stored.at >= t.safe {
			stored := t.unknown(a.stored)
			err = t.loaded(stored.keys, stored.values)
		}
		return a.entries, false, err
	default:
		return 0, true, nil
	}
}

// unknown is what memory does not know of cells that were found.
func (t *task) unknown(f found) found {
	rest := found{at: f.at}
	for i, key := range f.keys {
		if !t.memory.Knows(key) {
			rest.keys, rest.values = append(rest.keys, key), append(rest.values, f.values[i])
		}
	}
	return rest
}

// lookAhead looks ahead for the cells of what is due after this slice, where they are not in memory.
func (s *slice) lookAhead(entries int) {
	t := s.t
	if t.looking {
		return
	}
	s.take(entries)
	var keys []string
	for i := range s.ahead {
		if key := s.ahead[i].key; !t.memory.Knows(key) {
			keys = append(keys, key)
		}
	}
	if len(keys) > 0 {
		t.lookAhead(keys, len(s.ahead))
	}
}
