package scenario

import (
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/state"
	"purser/topics"
)

// Partition is the world that scenarios run in, for tests that bring records of their own: the broker's times are those on the
// records, and after each of them the books are audited.
type Partition struct{ world *world }

// NewPartition returns a partition to which nothing has happened.
func NewPartition() *Partition {
	p := &Partition{newWorld()}
	p.world.written = map[string][]byte{}
	return p
}

// Receive takes a record of an input, and returns what became of it and what it made due. Its error says that the core broke one of
// its own rules, or stopped.
func (p *Partition) Receive(rec *kgo.Record) (all []Decided, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the core stopped: %v", r)
		}
	}()
	return p.world.take(topics.InputIndex(rec.Topic), rec, 0)
}

// Cells are all cells by key, in the binary form in which the transactions have written them, and the partition's progress.
func (p *Partition) Cells() map[string][]byte {
	all := maps.Clone(p.world.written)
	all[core.ProgressKey] = state.AppendCell(nil, p.world.cells.Progress())
	return all
}

// Ledger is every entry so far.
func (p *Partition) Ledger() []Decided { return slices.Clone(p.world.ledger) }

// Restored is the partition as another process takes it over: it has the cells from their binary form alone. The ledger and the
// duplicate index, which live outside of the cells, and the audit go with it.
func (p *Partition) Restored() (*Partition, error) {
	next := NewPartition()
	from, w, cells := p.world, next.world, p.Cells()
	progress := &core.Progress{}
	for _, key := range slices.Sorted(maps.Keys(cells)) {
		c, err := state.DecodeCell(key, cells[key], w.unpark)
		if err != nil {
			return nil, fmt.Errorf("restoring: %w", err)
		}
		if at, ok := c.(*core.Progress); ok {
			progress = at
			continue
		}
		w.cells.Loaded(key, c)
		w.enter(c)
	}
	w.cells.Resume(progress)
	w.clock, w.offsets, w.ledger = from.clock, slices.Clone(from.offsets), slices.Clone(from.ledger)
	w.known, w.letters, w.audit = maps.Clone(from.known), maps.Clone(from.letters), from.audit.clone()
	return next, nil
}

// unpark decodes the event that waits in a cell.
func (w *world) unpark(record []byte, ev *core.Event) error {
	rec, err := topics.ReadRecord(record)
	if err != nil {
		return err
	}
	if bad := w.decoder.Decode(topics.InputIndex(rec.Topic), rec, ev); bad != nil {
		return fmt.Errorf("it cannot be decoded again: %s", bad.Text())
	}
	return nil
}
