package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"purser/state"
)

// Sums are what some ledger entries add to the tables behind the finance views. No two of a kind have the same key, and both
// are in order of their keys, so that whoever else adds up locks rows in the same order.
type Sums struct {
	Moved     []Moved
	Counted   []Counted
	Billed    []Billed
	Settled   []Settled
	Recharged []Recharged
}

// Moved is a row of finance_moved. Days are as 2026-03-01.
type Moved struct {
	MovedKey
	Amount    string // decimal, signed
	Movements int64
}

// MovedKey is its key.
type MovedKey struct {
	Org, Account, Currency, Day, OccurredOn, Type, Channel, Bucket, CounterAccount string
}

// Counted is a row of finance_counted.
type Counted struct {
	CountedKey
	Entries int64
}

// CountedKey is its key.
type CountedKey struct{ Org, Day, Type, Channel, Result, Reason string }

// RollUp adds at most so many new ledger entries of a partition to the sums, as add makes them out of the rows, and returns how
// many it has added. Sums and position move in one transaction, and whoever comes second waits and finds them moved, so that an
// entry is added once, however often and by how many this is called.
func (c *Checkpoint) RollUp(ctx context.Context, partition int32, limit int, add func([]state.LedgerRow) (Sums, error)) (added int, err error) {
	err = pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		from, err := lockFinancePosition(ctx, tx, partition)
		if err != nil {
			return err
		}
		rows, err := someRows(ctx, tx, partition, from+1, limit)
		if err != nil || len(rows) == 0 {
			return err
		}
		sums, err := add(rows)
		if err != nil {
			return err
		}
		if err := addMoved(ctx, tx, partition, sums.Moved); err != nil {
			return err
		}
		if err := addCounted(ctx, tx, partition, sums.Counted); err != nil {
			return err
		}
		if err := addBills(ctx, tx, partition, &sums); err != nil {
			return err
		}
		added = len(rows)
		_, err = tx.Exec(ctx, "UPDATE finance_position SET entry = $2 WHERE partition = $1", partition, int64(rows[added-1].Entry))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("adding up partition %d: %w", partition, err)
	}
	return added, nil
}

func lockFinancePosition(ctx context.Context, tx pgx.Tx, partition int32) (entry uint64, err error) {
	if _, err := tx.Exec(ctx, "INSERT INTO finance_position (partition, entry) VALUES ($1, 0) ON CONFLICT DO NOTHING", partition); err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, "SELECT entry FROM finance_position WHERE partition = $1 FOR UPDATE", partition).Scan(&entry)
	return entry, err
}

func addMoved(ctx context.Context, tx pgx.Tx, partition int32, moved []Moved) error {
	var columns [10][]string
	movements := make([]int64, len(moved))
	for i := range moved {
		m := &moved[i]
		for c, v := range [...]string{m.Org, m.Account, m.Currency, m.Day, m.OccurredOn, m.Type, m.Channel, m.Bucket, m.CounterAccount, m.Amount} {
			columns[c] = append(columns[c], v)
		}
		movements[i] = m.Movements
	}
	args := []any{partition, movements}
	for _, column := range columns {
		args = append(args, column)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO finance_moved AS old (partition, movements, org, account, currency, day, occurred_on, type, channel, bucket, counter_account, amount)
		SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[]::date[], $7::text[]::date[], $8::text[], $9::text[], $10::text[],
			$11::text[], $12::text[]::numeric[])
		ON CONFLICT (org, account, currency, day, occurred_on, type, channel, bucket, counter_account)
		DO UPDATE SET amount = old.amount + excluded.amount, movements = old.movements + excluded.movements`, args...)
	return err
}

func addCounted(ctx context.Context, tx pgx.Tx, partition int32, counted []Counted) error {
	var columns [6][]string
	entries := make([]int64, len(counted))
	for i := range counted {
		c := &counted[i]
		for n, v := range [...]string{c.Org, c.Day, c.Type, c.Channel, c.Result, c.Reason} {
			columns[n] = append(columns[n], v)
		}
		entries[i] = c.Entries
	}
	args := []any{partition, entries}
	for _, column := range columns {
		args = append(args, column)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO finance_counted AS old (partition, entries, org, day, type, channel, result, reason)
		SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[]::date[], $5::text[], $6::text[], $7::text[], $8::text[])
		ON CONFLICT (org, day, type, channel, result, reason) DO UPDATE SET entries = old.entries + excluded.entries`, args...)
	return err
}
