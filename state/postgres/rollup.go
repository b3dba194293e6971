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
		at, err := lockFinancePosition(ctx, tx, partition)
		if err != nil {
			return err
		}
		from, limit := at.next(limit)
		rows, err := someRows(ctx, tx, partition, from, limit)
		if err != nil || len(rows) == 0 {
			return err
		}
		sums, err := add(rows)
		if err != nil {
			return err
		}
		if err := at.add(ctx, tx, partition, &sums); err != nil {
			return err
		}
		added = len(rows)
		return at.move(ctx, tx, partition, rows[added-1].Entry)
	})
	if err != nil {
		return 0, fmt.Errorf("adding up partition %d: %w", partition, err)
	}
	return added, nil
}

// financePosition is up to which entry a partition is added up: what moved and was counted, and bills, which came with a later
// release and may be behind.
type financePosition struct{ moved, billed uint64 }

func lockFinancePosition(ctx context.Context, tx pgx.Tx, partition int32) (at financePosition, err error) {
	if _, err := tx.Exec(ctx, "INSERT INTO finance_position (partition, entry) VALUES ($1, 0) ON CONFLICT DO NOTHING", partition); err != nil {
		return at, err
	}
	err = tx.QueryRow(ctx, "SELECT entry, billed FROM finance_position WHERE partition = $1 FOR UPDATE", partition).Scan(&at.moved, &at.billed)
	return at, err
}

// next is where a step begins and how many entries it may take: no more than until what is behind has caught up.
func (at financePosition) next(limit int) (uint64, int) {
	if at.moved == at.billed {
		return at.moved + 1, limit
	}
	behind, ahead := min(at.moved, at.billed), max(at.moved, at.billed)
	return behind + 1, int(min(uint64(limit), ahead-behind))
}

// add adds what is not in the tables yet.
func (at financePosition) add(ctx context.Context, tx pgx.Tx, partition int32, s *Sums) error {
	if at.billed <= at.moved {
		if err := addBills(ctx, tx, partition, s); err != nil {
			return err
		}
	}
	if at.moved > at.billed {
		return nil
	}
	if err := addMoved(ctx, tx, partition, s.Moved); err != nil {
		return err
	}
	return addCounted(ctx, tx, partition, s.Counted)
}

func (at financePosition) move(ctx context.Context, tx pgx.Tx, partition int32, entry uint64) error {
	moved, billed := max(at.moved, entry), max(at.billed, entry)
	_, err := tx.Exec(ctx, "UPDATE finance_position SET entry = $2, billed = $3 WHERE partition = $1", partition, int64(moved), int64(billed))
	return err
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
