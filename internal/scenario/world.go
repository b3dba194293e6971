package scenario

import (
	"fmt"
	"time"

	"purser/processors"
	"purser/state"
	"purser/topics"
)

// dawn is the broker's time at the start of every scenario; the file moves it with now and tick.
var dawn = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// world is one partition: its cells, what the duplicate index knows, and the ledger so far.
type world struct {
	cells    *state.Memory
	clock    time.Time // the broker's
	known    map[processors.Identity]state.Known
	ledger   []Decided // in the order of their numbers: entry n is ledger[n-1]
	offsets  [8]int64  // next offset of each input
	decision processors.Decision
	audit    audit
}

func newWorld() *world {
	return &world{
		cells: state.NewMemory(&processors.Progress{Meta: processors.Meta{Key: processors.ProgressKey}}),
		clock: dawn,
		known: map[processors.Identity]state.Known{},
		audit: newAudit(),
	}
}

// loadMissing answers for every cell that a decision missed: there is none, because memory holds all that there are.
func (w *world) loadMissing() {
	for _, key := range w.cells.Missing() {
		w.cells.Loaded(key, nil)
	}
}

// moveClock takes the broker's clock to t; it never runs backwards.
func (w *world) moveClock(t time.Time) error {
	if t.Before(w.clock) {
		return fmt.Errorf("expected a time that is not before %s: the broker's clock does not run backwards", stamp(topics.TimeOf(w.clock)))
	}
	w.clock = t
	return nil
}

func stamp(t processors.Time) string { return topics.FormatTime(t) }
