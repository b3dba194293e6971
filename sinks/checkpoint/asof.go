package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"time"

	"purser/processors/core"
	"purser/state"
	"purser/topics"
)

// ErrTooOld says that a store's cells are of a time before the changelog's oldest tombstones. A cell that was deleted since
// may have left the changelog without a trace, and would live on in the store for ever.
//
// A checkpoint that is merely late does not come into this: a tombstone is written only once the checkpoint has the deletion.
// It is for a store that was set back, which cannot be told from one that is late.
var ErrTooOld = errors.New("the cells in the store are older than the deletions that the changelog still tells of")

// AsOf is the time that the cells of a partition in a store are of, as far as they tell: the later of the last tick and
// of the last ledger record before its position. The zero time says that there are none.
func AsOf(ctx context.Context, store state.Checkpoint, partition int32) (time.Time, error) {
	progress, err := ProgressOf(ctx, store, partition)
	if err != nil || progress == nil {
		return time.Time{}, err
	}
	at := progress.LastTick
	err = store.LedgerRows(ctx, partition, progress.Entry, func(row state.LedgerRow) (bool, error) {
		if row.Entry == progress.Entry {
			at = max(at, row.RecordedAt)
		}
		return false, nil
	})
	return time.UnixMicro(int64(at)).UTC(), err
}

// ProgressOf returns the progress cell of a partition in a store; nil where there is none.
func ProgressOf(ctx context.Context, store state.Checkpoint, partition int32) (*core.Progress, error) {
	values, _, err := store.Load(ctx, partition, []string{core.ProgressKey})
	if err != nil || values[0] == nil {
		return nil, err
	}
	c, err := state.DecodeCell(core.ProgressKey, values[0], nil)
	if err != nil {
		return nil, fmt.Errorf("the progress of partition %d: %w", partition, err)
	}
	progress, ok := c.(*core.Progress)
	if !ok {
		return nil, fmt.Errorf("the cell of partition %d's progress holds a %T", partition, c)
	}
	return progress, nil
}

// Fresh says nil where a store's cells of a partition are young enough to go on from, and ErrTooOld where they are not.
// Tombstones are how long the changelog keeps them (delete.retention.ms), 0 for ever; an hour of it is left for the reading.
func Fresh(ctx context.Context, store state.Checkpoint, partition int32, tombstones time.Duration, now time.Time) error {
	if tombstones == 0 {
		return nil
	}
	asOf, err := AsOf(ctx, store, partition)
	if err != nil || asOf.IsZero() || now.Sub(asOf) < tombstones-min(time.Hour, tombstones/2) {
		return err
	}
	return fmt.Errorf("%w: partition %d is of %s, and a deletion is told for %s (delete.retention.ms). Rebuild it with purser restore",
		ErrTooOld, partition, asOf.Format(time.RFC3339), tombstones)
}

// Unsealed returns the marks of a partition's ledger that the store holds and that are in no sealed piece yet, and the link of
// the last of them.
func Unsealed(ctx context.Context, store state.Checkpoint, partition int32, at state.Position) (marks []topics.Mark, link core.Link, err error) {
	err = store.LedgerRows(ctx, partition, at.SealedEntry+1, func(row state.LedgerRow) (bool, error) {
		if row.Entry > at.Entry {
			return false, nil
		}
		mark, err := topics.ReadMark(row.Mark)
		if err == nil {
			link, err = topics.ReadLink(row.Mark)
		}
		if err != nil {
			return false, fmt.Errorf("ledger row %d of partition %d: %w", row.Entry, partition, err)
		}
		marks = append(marks, mark)
		return true, nil
	})
	return marks, link, err
}
