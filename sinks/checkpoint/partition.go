package checkpoint

import (
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/state"
	"purser/state/dedup"
	"purser/topics"
)

// partition is one partition's way to the store: where it is there, what was read beyond it, and the step that is under way.
type partition struct {
	number int32
	cfg    *Config
	codec  *state.Codec

	at state.Position // what the store holds

	ledger    int64  // offset after the last ledger record that was read
	entry     uint64 // number of that record
	sealer    *dedup.Sealer
	sealed    sealed // where the last piece that was cut ends
	pieces    []state.SealedPiece
	rows      []state.LedgerRow
	rowBytes  int
	newest    core.Time // greatest time of an input that the ledger has told of
	rowsSince time.Time // when the first of rows came, or the last step with rows began

	changelog  int64  // offset after the last changelog record that was read
	txn        uint64 // transaction of the last Progress cell that was read
	cells      *cells
	spareCells *cells
	spareRows  []state.LedgerRow
	cellsSince time.Time
	cellsAt    time.Time // when the last of cells came

	step     *state.Save // under way or to be tried again; nil: none
	stepSize size
	running  bool
	failures int
	due      time.Time // when to try the step again, or when to look whether the partition may be taken up

	ledgerEnd, changelogEnd int64 // offsets after what is committed, as of the last fetch

	cut      bool  // the ledger does not reach back to the last seal: what lies between is read from the store
	unsure   bool  // the ledger begins behind what the store holds: whether anything is missing the next entry's number tells
	old      error // why nothing may be saved on top of the store's cells; nil: it may
	standing bool  // another checkpointer moves this partition; nothing is read
	stopped  error // why nothing more is done for this partition
}

type sealed struct {
	offset int64
	entry  uint64
	pieces uint64
}

type size struct{ rows, cells, bytes int }

// begin makes p what it is right after its position was read: nothing is known but that.
func (p *partition) begin(at state.Position, now time.Time) {
	p.at = at
	p.ledger, p.entry = at.Sealed, at.SealedEntry
	p.sealer = dedup.NewSealer(p.cfg.PieceSize, at.Pieces)
	p.sealed = sealed{at.Sealed, at.SealedEntry, at.Pieces}
	p.pieces, p.rows, p.rowBytes, p.newest = nil, nil, 0, 0
	p.changelog, p.txn = at.Changelog, at.Txn
	p.cells, p.spareCells, p.spareRows = newCells(), newCells(), nil
	p.step, p.stepSize, p.running, p.failures, p.standing = nil, size{}, false, 0, false
	p.rowsSince, p.cellsSince, p.cellsAt, p.old, p.unsure = now, now, now, nil, false
}

// forget lets go of what was read and is not in a step.
func (p *partition) forget() {
	p.rows, p.rowBytes, p.pieces = nil, 0, nil
	p.cells.reset()
}

// end notes how far a topic reaches.
func (p *partition) end(ledger bool, offset int64) {
	if ledger {
		p.ledgerEnd = offset
	} else {
		p.changelogEnd = offset
	}
}

var errGap = errors.New("the ledger's entries are not numbered without a gap")

// takeLedger reads the ledger from the last seal on, so that the sealer knows what the next piece begins with; rows are
// only what the store does not hold.
func (p *partition) takeLedger(rec *kgo.Record, _ time.Time) error {
	if topics.IsOwnership(rec) {
		p.ledger = rec.Offset + 1
		return nil
	}
	mark, err := topics.MarkOf(rec)
	if err != nil {
		return fmt.Errorf("ledger record at offset %d: %w", rec.Offset, err)
	}
	if mark.Entry != p.entry+1 {
		err := fmt.Errorf("%w: entry %d at offset %d follows entry %d", errGap, mark.Entry, rec.Offset, p.entry)
		if p.cut {
			err = fmt.Errorf("%w. %s", err, CutPast)
		}
		return err
	}
	p.ledger, p.entry, p.unsure = rec.Offset+1, mark.Entry, false
	if mark.Indexed {
		p.seal(mark)
	}
	if rec.Offset < p.at.Ledger {
		return nil
	}
	p.rows = append(p.rows, state.LedgerRow{
		Entry: mark.Entry, Offset: rec.Offset, RecordedAt: core.Time(rec.Timestamp.UnixMicro()),
		Org: string(rec.Key), Body: rec.Value, Mark: topics.Header(rec, topics.HeaderMark),
	})
	p.rowBytes += len(rec.Value) + rowOverhead
	return nil
}

// resumeAfter goes on behind what the store holds, of which it knows the marks: the piece that is being gathered begins with them.
func (p *partition) resumeAfter(marks []topics.Mark, start int64) {
	for _, m := range marks {
		p.entry = m.Entry
		if m.Indexed {
			p.seal(m)
		}
	}
	p.ledger, p.unsure = max(start, p.at.Ledger), start > p.at.Ledger
}

// rowOverhead is about what a row takes beside its body.
const rowOverhead = 256

func (p *partition) seal(mark topics.Mark) {
	p.newest = max(p.newest, mark.At)
	piece := p.sealer.Add(state.Known{Identity: mark.Identity, Payload: mark.Payload, Entry: mark.Entry, Result: mark.Result, At: mark.At})
	if piece == nil {
		return
	}
	p.pieces = append(p.pieces, *piece)
	p.sealed = sealed{p.ledger, mark.Entry, piece.Number}
}

func (p *partition) takeChangelog(rec *kgo.Record, now time.Time) error {
	if topics.IsOwnership(rec) {
		p.changelog = rec.Offset + 1
		return nil
	}
	if p.old != nil {
		return p.old
	}
	due, err := state.NextDueOf(rec.Value)
	if err != nil {
		return fmt.Errorf("changelog record at offset %d: %w", rec.Offset, err)
	}
	if string(rec.Key) == core.ProgressKey {
		c, err := p.codec.Decode(core.ProgressKey, rec.Value, nil)
		if err != nil {
			return fmt.Errorf("changelog record at offset %d: %w", rec.Offset, err)
		}
		if progress, ok := c.(*core.Progress); ok {
			p.txn = progress.Txn
		}
	}
	p.cells.put(rec.Key, rec.Value, due)
	p.changelog, p.cellsAt = rec.Offset+1, now
	return nil
}

// held is what p keeps in memory.
func (p *partition) held() size {
	return size{
		rows:  p.stepSize.rows + len(p.rows),
		cells: p.stepSize.cells + p.cells.len(),
		bytes: p.stepSize.bytes + p.rowBytes + p.cells.bytes,
	}
}

// next makes the step that is due, nil where none is. All says that whatever there is is due.
func (p *partition) next(now time.Time, cellsEvery time.Duration, all bool) *state.Save {
	share := 2 * int(p.cfg.Partitions)
	rows := p.ledger > p.at.Ledger && !p.unsure && (all || len(p.pieces) > 0 || now.Sub(p.rowsSince) >= p.cfg.RowsEvery ||
		len(p.rows) >= max(1, p.cfg.MaxRows/share) || p.rowBytes >= p.cfg.MaxBytes/share)
	quiet := now.Sub(p.cellsAt) >= p.cfg.RowsEvery // nothing comes that could merge with what there is
	cells := p.changelog > p.at.Changelog && (all || quiet || now.Sub(p.cellsSince) >= cellsEvery ||
		p.cells.len() >= max(1, p.cfg.MaxCells/share) || p.cells.bytes >= p.cfg.MaxBytes/share)
	if !rows && !cells {
		return nil
	}
	s := &state.Save{Partition: p.number, From: p.at, To: p.at}
	p.stepSize = size{}
	if rows {
		p.stepRows(s)
		p.rowsSince = now
	}
	if cells {
		p.stepCells(s)
		p.cellsSince = now
	}
	return s
}

func (p *partition) stepRows(s *state.Save) {
	s.Rows, s.Sealed = p.rows, p.pieces
	s.To.Ledger, s.To.Entry = p.ledger, p.entry
	s.To.Sealed, s.To.SealedEntry, s.To.Pieces = p.sealed.offset, p.sealed.entry, p.sealed.pieces
	if len(p.pieces) > 0 {
		// The window counts in the events' own times, so that no clock of this machine decides what is forgotten.
		s.DropBefore = max(0, p.newest-core.Time(p.cfg.Window.Microseconds()))
	}
	p.stepSize.rows, p.stepSize.bytes = len(p.rows), p.rowBytes
	p.rows, p.spareRows, p.rowBytes, p.pieces = p.spareRows[:0], nil, 0, nil
}

func (p *partition) stepCells(s *state.Save) {
	s.Cells = p.cells.images
	s.To.Changelog, s.To.Txn = p.changelog, p.txn
	p.stepSize.cells, p.stepSize.bytes = p.cells.len(), p.stepSize.bytes+p.cells.bytes
	p.cells, p.spareCells = p.spareCells, p.cells
	p.cells.reset()
}

// done says that the store holds the step.
func (p *partition) done() {
	p.at = p.step.To
	if p.step.Rows != nil {
		clear(p.step.Rows) // lets go of the fetched batches that the bodies lie in
		p.spareRows = p.step.Rows[:0]
	}
	p.step, p.stepSize, p.failures = nil, size{}, 0
}
