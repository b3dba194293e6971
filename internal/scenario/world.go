package scenario

import (
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors"
	"purser/processors/core"
	"purser/state"
	"purser/topics"
)

// dawn is the broker's time at the start of every scenario; the file moves it with now and tick.
var dawn = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// window is how long a duplicate is known as one, as processors run by default (R2.1).
const window = core.Time(7 * 24 * time.Hour / time.Microsecond)

// world is one partition: its cells, what the duplicate index knows, and the ledger so far. It is the least of a shell that
// the core can run in.
type world struct {
	cells    *state.Memory
	due      map[string]core.Cell // cells that wait for a time
	written  map[string][]byte    // the cells as the changelog has them, where anyone wants to know
	clock    time.Time            // the broker's
	known    map[core.Identity]state.Known
	letters  map[core.Identity]uint64 // entry of the dead letter that an event became last
	ledger   []Decided                // entry n is ledger[n-1]
	offsets  []int64                  // next offset of each input
	decoder  *topics.Decoder
	decision core.Decision
	audit    audit
}

func newWorld() *world {
	return &world{
		cells:   state.NewMemory(&core.Progress{Meta: core.Meta{Key: core.ProgressKey}}, new(state.Codec), nil),
		due:     map[string]core.Cell{},
		clock:   dawn,
		known:   map[core.Identity]state.Known{},
		letters: map[core.Identity]uint64{},
		offsets: make([]int64, len(topics.Inputs)),
		decoder: topics.NewDecoder(),
		audit:   newAudit(),
	}
}

// moveClock takes the broker's clock to t; it never runs backwards.
func (w *world) moveClock(t time.Time) error {
	if t.Before(w.clock) {
		return fmt.Errorf("expected a time that is not before %s: the broker's clock does not run backwards", w.clock.Format(time.RFC3339Nano))
	}
	w.clock = t
	return nil
}

// receive takes one input record through decoding, the look for duplicates and the decision, and then runs what it has
// made due.
func (w *world) receive(r *record) ([]Decided, error) {
	rec := r.kafka(w.offsets[r.input()], w.clock)
	return w.take(r.input(), rec, r.letter)
}

// take is receive of a record as the broker hands it over. A replay names the entry of the dead letter that it repeats.
func (w *world) take(input int, rec *kgo.Record, replay uint64) ([]Decided, error) {
	w.offsets[input]++
	ev := &core.Event{}
	if bad := w.decoder.Decode(input, rec, ev); bad != nil {
		return []Decided{{Result: deadLetter, Reason: bad.Reason, Detail: bad.Field, ID: string(topics.Header(rec, "ce_id"))}}, nil
	}
	if ev.Type == core.Tick || ev.Type == core.Continue || ev.Type == core.Resume {
		return w.tick(ev)
	}
	kind := topics.TypeName(ev.Type)
	switch w.judge(ev, replay) {
	case core.Duplicate:
		return []Decided{{Result: duplicate, Type: kind, ID: ev.ID}}, nil
	case core.Conflict:
		d, err := w.conflict(ev, kind)
		return []Decided{d}, err
	}
	all, err := w.decide(ev, rec, kind)
	if err != nil {
		return nil, err
	}
	more, err := w.work()
	return append(all, more...), err
}

// Results that are the shell's own, beside the core's.
const (
	deadLetter = "dead-letter"
	duplicate  = "duplicate"
	nothing    = "nothing"
)

// maxTickAhead is how far a tick may be ahead of the broker's time, as processors run by default.
const maxTickAhead = core.Time(5 * time.Minute / time.Microsecond)

// tick runs what is due. One at which nothing is due leaves a line that says so.
func (w *world) tick(ev *core.Event) ([]Decided, error) {
	if ev.TickAt > ev.RecordedAt+maxTickAhead {
		return []Decided{{Result: deadLetter, Reason: string(core.ClockAhead), ID: ev.ID}}, nil
	}
	w.decision.Reset()
	processors.Decide(w.cells, ev, &w.decision)
	w.schedule()
	all, err := w.work()
	if len(all) == 0 {
		all = []Decided{{Result: nothing}}
	}
	return all, err
}

// decide runs what comes before the event, and then the event.
func (w *world) decide(ev *core.Event, rec *kgo.Record, kind string) ([]Decided, error) {
	var all []Decided
	for range maxWork {
		w.decision.Reset()
		switch status := processors.Decide(w.cells, ev, &w.decision); status {
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
			w.park(ev, rec)
			d, err := w.record(ev, kind)
			return append(all, d), err
		}
	}
	return nil, fmt.Errorf("%s %s is not decided after %d attempts", kind, ev.ID, maxWork)
}

// park completes the cell that the core made for an event that waits.
func (w *world) park(ev *core.Event, rec *kgo.Record) {
	if w.decision.Result != core.Waiting {
		return
	}
	changed, _ := w.cells.Changes()
	for _, c := range changed {
		if p, ok := c.(*core.Parked); ok && p.Record == nil {
			p.Event, p.Record = *ev, topics.AppendRecord(nil, rec)
		}
	}
}

// missed loads what a decision has missed, and checks that it changed nothing before it gave up.
func (w *world) missed() error {
	if changed, deleted := w.cells.Changes(); len(changed) > 0 || len(deleted) > 0 {
		return fmt.Errorf("a decision changed a cell and then missed another")
	}
	keys := w.cells.Missing()
	if len(keys) == 0 {
		return fmt.Errorf("a decision missed a cell that it did not ask for")
	}
	for _, key := range keys {
		w.cells.Loaded(key, nil) // memory holds all that there are
	}
	return nil
}
