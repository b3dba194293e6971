package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"purser/processors"
	"purser/processors/money"
	"purser/state"
)

// Positions implements state.Checkpoint.
func (c *Checkpoint) Positions(ctx context.Context, partitions []int32) (map[int32]state.Position, error) {
	positions := make(map[int32]state.Position, len(partitions))
	for _, p := range partitions {
		positions[p] = state.Position{}
	}
	rows, err := c.pool.Query(ctx, `
		SELECT partition, changelog, ledger, txn, entry, sealed, sealed_entry, pieces FROM checkpoint WHERE partition = ANY ($1)`, partitions)
	if err != nil {
		return nil, fmt.Errorf("reading positions: %w", err)
	}
	var partition int32
	var p state.Position
	_, err = pgx.ForEachRow(rows, []any{&partition, &p.Changelog, &p.Ledger, &p.Txn, &p.Entry, &p.Sealed, &p.SealedEntry, &p.Pieces}, func() error {
		positions[partition] = p
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading positions: %w", err)
	}
	return positions, nil
}

// loadQuery looks every key up through the index by itself. A plain join, or "= ANY", leaves it to the planner's guess
// whether to read the whole table instead, and that guess is wrong before the first ANALYZE and dear on a large one. The
// position is a row of the same statement, and so of the same snapshot.
const loadQuery = `
	SELECT 0 AS place, changelog, NULL::bytea AS value FROM checkpoint WHERE partition = $1
	UNION ALL
	SELECT wanted.place, 0, found.value FROM unnest($2::bytea[]) WITH ORDINALITY AS wanted (key, place)
	CROSS JOIN LATERAL (SELECT value FROM cell WHERE partition = $1 AND key = wanted.key LIMIT 1) AS found`

// Load implements state.Checkpoint.
func (c *Checkpoint) Load(ctx context.Context, partition int32, keys []string) ([][]byte, int64, error) {
	wanted := make([][]byte, len(keys))
	for i, k := range keys {
		wanted[i] = []byte(k)
	}
	rows, err := c.pool.Query(ctx, loadQuery, partition, wanted)
	if err != nil {
		return nil, 0, fmt.Errorf("loading cells of partition %d: %w", partition, err)
	}
	values := make([][]byte, len(keys))
	var place, position, changelog int64
	var value []byte
	_, err = pgx.ForEachRow(rows, []any{&place, &position, &value}, func() error {
		if place == 0 {
			changelog = position
			return nil
		}
		values[place-1] = value
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("loading cells of partition %d: %w", partition, err)
	}
	return values, changelog, nil
}

// Due implements state.Checkpoint.
func (c *Checkpoint) Due(ctx context.Context, partition int32, f func(string, processors.Time) error) (int64, error) {
	const due = "SELECT key, NULL::bytea, next_due FROM cell WHERE partition = $1 AND next_due IS NOT NULL"
	return c.scan(ctx, partition, due, func(i state.Image) error { return f(i.Key, i.NextDue) })
}

// Cells implements state.Checkpoint.
func (c *Checkpoint) Cells(ctx context.Context, partition int32, f func(state.Image) error) (int64, error) {
	return c.scan(ctx, partition, "SELECT key, value, coalesce(next_due, 0) FROM cell WHERE partition = $1", f)
}

// List implements state.Lists: the keys with a prefix are a range of the table's own.
func (c *Checkpoint) List(ctx context.Context, partition int32, prefix string, f func(state.Image) error) (int64, error) {
	const listed = `SELECT key, value, coalesce(next_due, 0) FROM cell WHERE partition = $1 AND key >= $2 AND key < $3 ORDER BY key`
	after := append([]byte(prefix), 0xff) // no key holds such a byte: identifiers are UTF-8
	return c.scan(ctx, partition, listed, f, []byte(prefix), after)
}

// scan streams cells and reads the position in the same snapshot. The query's first argument is the partition.
func (c *Checkpoint) scan(ctx context.Context, partition int32, query string, f func(state.Image) error, args ...any) (changelog int64, err error) {
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, c.pool, snapshot, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, "SELECT changelog FROM checkpoint WHERE partition = $1", partition).Scan(&changelog)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, query, append([]any{partition}, args...)...)
		if err != nil {
			return err
		}
		var key, value []byte
		var due processors.Time
		_, err = pgx.ForEachRow(rows, []any{&key, &value, &due}, func() error {
			return f(state.Image{Key: string(key), Value: value, NextDue: due})
		})
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("reading the cells of partition %d: %w", partition, err)
	}
	return changelog, nil
}

// Partitions returns the numbers of the partitions that the checkpoint holds anything of, ascending.
func (c *Checkpoint) Partitions(ctx context.Context) ([]int32, error) {
	rows, err := c.pool.Query(ctx, `SELECT partition FROM checkpoint ORDER BY partition`)
	if err != nil {
		return nil, fmt.Errorf("reading the checkpoint's partitions: %w", err)
	}
	numbers, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	if err != nil {
		return nil, fmt.Errorf("reading the checkpoint's partitions: %w", err)
	}
	return numbers, nil
}

// rowsPerQuery bounds what a reader that stops early has read in vain.
const rowsPerQuery = 5_000

// LedgerRows implements state.Checkpoint.
func (c *Checkpoint) LedgerRows(ctx context.Context, partition int32, from uint64, f func(state.LedgerRow) (bool, error)) error {
	for {
		rows, err := someRows(ctx, c.pool, partition, from, rowsPerQuery)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if more, err := f(row); err != nil || !more {
				return err
			}
		}
		if len(rows) < rowsPerQuery {
			return nil
		}
		from = rows[len(rows)-1].Entry + 1
	}
}

func someRows(ctx context.Context, q querier, partition int32, from uint64, limit int) ([]state.LedgerRow, error) {
	rows, err := q.Query(ctx, `
		SELECT entry, ledger_offset, recorded_at, org, mark, body FROM ledger
		WHERE partition = $1 AND entry >= $2 ORDER BY entry LIMIT $3`, partition, int64(from), limit)
	if err != nil {
		return nil, fmt.Errorf("reading the ledger of partition %d: %w", partition, err)
	}
	var found []state.LedgerRow
	var r state.LedgerRow
	var at time.Time
	var org []byte
	_, err = pgx.ForEachRow(rows, []any{&r.Entry, &r.Offset, &at, &org, &r.Mark, &r.Body}, func() error {
		r.Org, r.RecordedAt = string(org), processors.Time(at.UnixMicro())
		found = append(found, r)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the ledger of partition %d: %w", partition, err)
	}
	return found, nil
}

// History implements state.Histories.
func (c *Checkpoint) History(ctx context.Context, partition int32, last uint64, account string, cur money.Currency, limit int) ([]state.LedgerRow, error) {
	return state.FollowHistory(last, account, cur, limit, func(entry uint64) (state.LedgerRow, bool, error) {
		rows, err := someRows(ctx, c.pool, partition, entry, 1)
		if err != nil || len(rows) == 0 || rows[0].Entry != entry {
			return state.LedgerRow{}, false, err
		}
		return rows[0], true, nil
	})
}

// Since returns the number of the first entry of a partition's ledger that was posted at an instant or later; the one after
// the last where there is none. It asks for a few entries, however long the ledger is.
func (c *Checkpoint) Since(ctx context.Context, partition int32, at processors.Time) (uint64, error) {
	var first, last uint64
	err := c.pool.QueryRow(ctx, "SELECT coalesce(min(entry), 1), coalesce(max(entry), 0) FROM ledger WHERE partition = $1", partition).Scan(&first, &last)
	for err == nil && first <= last {
		middle := first + (last-first)/2
		var posted time.Time
		if err = c.pool.QueryRow(ctx, "SELECT recorded_at FROM ledger WHERE partition = $1 AND entry = $2", partition, int64(middle)).Scan(&posted); err != nil {
			break
		}
		if processors.Time(posted.UnixMicro()) < at {
			first = middle + 1
		} else {
			last = middle - 1
		}
	}
	if err != nil {
		return 0, fmt.Errorf("searching the ledger of partition %d: %w", partition, err)
	}
	return first, nil
}

// Holding calls f with those entries of an org from one entry up to, not including, another, in order, whose bodies hold any of
// some pieces of text. Postgres goes through all entries between, and sends these.
func (c *Checkpoint) Holding(ctx context.Context, partition int32, org string, from, to uint64, pieces [][]byte, f func(state.LedgerRow) error) error {
	rows, err := c.pool.Query(ctx, `
		SELECT entry, recorded_at, body FROM ledger
		WHERE partition = $1 AND entry >= $2 AND entry < $3 AND org = $4 AND EXISTS (SELECT FROM unnest($5::bytea[]) AS piece WHERE position(piece IN body) > 0)
		ORDER BY entry`, partition, int64(from), int64(to), []byte(org), pieces)
	if err != nil {
		return fmt.Errorf("reading the ledger of partition %d: %w", partition, err)
	}
	row := state.LedgerRow{Org: org}
	var at time.Time
	var stop error
	_, err = pgx.ForEachRow(rows, []any{&row.Entry, &at, &row.Body}, func() error {
		row.RecordedAt = processors.Time(at.UnixMicro())
		stop = f(row)
		return stop
	})
	if stop != nil {
		return stop
	}
	if err != nil {
		return fmt.Errorf("reading the ledger of partition %d: %w", partition, err)
	}
	return nil
}
