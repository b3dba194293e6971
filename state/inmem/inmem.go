// Package inmem is the checkpoint of the embedded mode: it lives and dies with its process. After a start it is empty, and
// a restore reads the changelog and the ledger from their beginning, by the same code that reads them behind Postgres.
package inmem

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"purser/processors/core"
	"purser/processors/money"
	"purser/state"
	"purser/state/dedup"
)

// Checkpoint implements state.Checkpoint and state.Histories. The zero value is ready and empty.
type Checkpoint struct {
	mu         sync.Mutex
	partitions map[int32]*partition
}

type partition struct {
	position state.Position
	cells    map[string]state.Image
	rows     []state.LedgerRow // entry e is rows[e-1]
	pieces   []state.SealedPiece
}

// empty is what a partition without a checkpoint looks like. Nothing writes to it.
var empty = &partition{}

func (c *Checkpoint) partition(p int32) *partition {
	if held := c.partitions[p]; held != nil {
		return held
	}
	return empty
}

// Positions implements state.Checkpoint.
func (c *Checkpoint) Positions(_ context.Context, partitions []int32) (map[int32]state.Position, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	positions := make(map[int32]state.Position, len(partitions))
	for _, p := range partitions {
		positions[p] = c.partition(p).position
	}
	return positions, nil
}

// Load implements state.Checkpoint.
func (c *Checkpoint) Load(_ context.Context, p int32, keys []string) ([][]byte, int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.partition(p)
	values := make([][]byte, len(keys))
	for i, k := range keys {
		values[i] = held.cells[k].Value
	}
	return values, held.position.Changelog, nil
}

// Due implements state.Checkpoint.
func (c *Checkpoint) Due(ctx context.Context, p int32, f func(string, core.Time) error) (int64, error) {
	return c.Cells(ctx, p, func(image state.Image) error {
		if image.NextDue == 0 {
			return nil
		}
		return f(image.Key, image.NextDue)
	})
}

// Cells implements state.Checkpoint. Values are replaced and never changed, so the snapshot is the images themselves.
func (c *Checkpoint) Cells(_ context.Context, p int32, f func(state.Image) error) (int64, error) {
	c.mu.Lock()
	held := c.partition(p)
	images := slices.Collect(maps.Values(held.cells))
	changelog := held.position.Changelog
	c.mu.Unlock()
	for _, image := range images {
		if err := f(image); err != nil {
			return 0, err
		}
	}
	return changelog, nil
}

// Pieces implements state.Checkpoint.
func (c *Checkpoint) Pieces(_ context.Context, p int32, after uint64) ([]state.Piece, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var pieces []state.Piece
	for _, piece := range c.partition(p).pieces {
		if piece.Number > after {
			pieces = append(pieces, piece.Piece)
		}
	}
	return pieces, nil
}

// Find implements state.Checkpoint.
func (c *Checkpoint) Find(_ context.Context, p int32, probes []state.Probe) ([]state.Known, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []state.Known
	for _, probe := range probes {
		if k, ok := c.partition(p).find(probe); ok {
			found = append(found, k)
		}
	}
	return found, nil
}

func (p *partition) find(probe state.Probe) (latest state.Known, found bool) {
	for i := range p.pieces {
		if !slices.Contains(probe.Pieces, p.pieces[i].Number) {
			continue
		}
		if k, ok := dedup.FindInRun(p.pieces[i].Run, probe.Identity); ok && k.Entry >= latest.Entry {
			latest, found = k, true
		}
	}
	return latest, found
}

// Save implements state.Checkpoint.
func (c *Checkpoint) Save(_ context.Context, s *state.Save) error {
	if err := s.Check(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.partition(s.Partition)
	if held.position != s.From {
		return fmt.Errorf("partition %d: %w", s.Partition, state.ErrSuperseded)
	}
	if held == empty {
		held = &partition{cells: map[string]state.Image{}}
		if c.partitions == nil {
			c.partitions = map[int32]*partition{}
		}
		c.partitions[s.Partition] = held
	}
	held.apply(s)
	return nil
}

// apply copies what it keeps: the caller may use its buffers again.
func (p *partition) apply(s *state.Save) {
	for _, image := range s.Cells {
		if state.IsDeleted(image.Value) {
			delete(p.cells, image.Key)
			continue
		}
		image.Value = bytes.Clone(image.Value)
		p.cells[image.Key] = image
	}
	for _, row := range s.Rows {
		row.Body, row.Mark = bytes.Clone(row.Body), bytes.Clone(row.Mark)
		p.rows = append(p.rows, row)
	}
	p.pieces = append(p.pieces, s.Sealed...)
	p.pieces = slices.DeleteFunc(p.pieces, func(piece state.SealedPiece) bool { return piece.LastAt < s.DropBefore })
	p.position = s.To
}

// Reset implements state.Checkpoint.
func (c *Checkpoint) Reset(_ context.Context, p int32) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.partitions, p)
	return nil
}

// LedgerRows implements state.Checkpoint.
func (c *Checkpoint) LedgerRows(_ context.Context, p int32, from uint64, f func(state.LedgerRow) (bool, error)) error {
	c.mu.Lock()
	rows := c.partition(p).rows // rows are only ever appended
	c.mu.Unlock()
	for _, row := range rows[min(max(from, 1)-1, uint64(len(rows))):] {
		if more, err := f(row); err != nil || !more {
			return err
		}
	}
	return nil
}

// History implements state.Histories.
func (c *Checkpoint) History(_ context.Context, p int32, last uint64, account string, cur money.Currency, limit int) ([]state.LedgerRow, error) {
	c.mu.Lock()
	rows := c.partition(p).rows
	c.mu.Unlock()
	return state.FollowHistory(last, account, cur, limit, func(entry uint64) (state.LedgerRow, bool, error) {
		if entry > uint64(len(rows)) {
			return state.LedgerRow{}, false, nil
		}
		return rows[entry-1], true, nil
	})
}
