package scenario

import (
	"fmt"

	"purser/processors"
	"purser/processors/core"
	"purser/state"
)

// maxWork bounds how much due work one step may cause.
const maxWork = 1_000_000

// work runs all that is due up to the tick that is being worked off, earliest first, ties by key, and what an event has set
// free: what the stream does in slices between batches, done here at once.
func (w *world) work() ([]Decided, error) {
	var all []Decided
	p := w.cells.Progress()
	for range maxWork {
		c := w.earliest(p.Target)
		if c == nil {
			p.LastTick = p.Target
			w.cells.Committed()
			return all, nil
		}
		some, err := w.runDue(c)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return nil, fmt.Errorf("more than %d pieces of due work in one step", maxWork)
}

// earliest is the cell whose due work comes next; nil where nothing is due by then.
func (w *world) earliest(until core.Time) core.Cell {
	var first core.Cell
	for _, c := range w.due {
		h := c.Head()
		if h.NextDue != core.DueNow && h.NextDue > until {
			continue
		}
		if first == nil || h.NextDue < first.Head().NextDue || h.NextDue == first.Head().NextDue && h.Key < first.Head().Key {
			first = c
		}
	}
	return first
}

// runDue runs one piece of a cell's due work, after what the piece itself says comes first.
func (w *world) runDue(c core.Cell) ([]Decided, error) {
	var all []Decided
	for range maxWork {
		w.decision.Reset()
		switch processors.RunDue(w.cells, c, w.cells.Progress().Target, &w.decision) {
		case core.Miss:
			if err := w.missed(); err != nil {
				return nil, err
			}
		case core.DueFirst:
			first, err := w.runDue(w.decision.DueCell)
			if err != nil {
				return nil, err
			}
			all = append(all, first...)
		default:
			if w.decision.Result == core.Silent { // it has only found out when it is really due
				w.schedule()
				return all, nil
			}
			d, err := w.recordDue()
			return append(all, d), err
		}
	}
	return nil, fmt.Errorf("due work on %q is not decided after %d attempts", c.Head().Key, maxWork)
}

// schedule notes which of the cells that have just changed wait for a time, and closes the transaction.
func (w *world) schedule() {
	changed, deleted := w.cells.Changes()
	for _, c := range changed {
		w.enter(c)
	}
	for _, key := range deleted {
		if c, _ := w.cells.Cell(key); c == nil {
			delete(w.due, key)
			delete(w.written, key)
		}
	}
	w.cells.Committed()
}

// enter writes a cell down, and notes whether it waits for a time.
func (w *world) enter(c core.Cell) {
	h := c.Head()
	if w.written != nil {
		w.written[h.Key] = state.AppendCell(nil, c)
	}
	delete(w.due, h.Key)
	if h.NextDue != 0 {
		w.due[h.Key] = c
	}
}

// learn puts an identity into the duplicate index.
func (w *world) learn(ev *core.Event, result core.Result, entry uint64, letter bool) {
	w.known[ev.Identity] = state.Known{Identity: ev.Identity, Payload: ev.Payload, Entry: entry, Result: result, At: ev.RecordedAt}
	if letter {
		w.letters[ev.Identity] = entry
	}
}
