package statement

import (
	"context"
	"fmt"

	"purser/processors"
	"purser/processors/money"
	"purser/state"
	"purser/state/postgres"
)

// postgresLedger reads the checkpoint's ledger: the entries of the period by their numbers, so that what a statement costs
// depends on its period and not on how long the ledger is.
type postgresLedger struct {
	store     *postgres.Checkpoint
	org       string
	partition int32
	position  state.Position
	loaded    bool
}

// Postgres reads a statement of an org from the checkpoint.
func Postgres(store *postgres.Checkpoint, org string, partition int32) Ledger {
	return &postgresLedger{store: store, org: org, partition: partition}
}

// Cells is asked before Entries, so that the position that follows is not before the cells'.
func (l *postgresLedger) Cells(ctx context.Context, keys []string) ([][]byte, error) {
	values, _, err := l.store.Load(ctx, l.partition, keys)
	if err != nil || l.loaded {
		return values, err
	}
	positions, err := l.store.Positions(ctx, []int32{l.partition})
	l.position, l.loaded = positions[l.partition], true
	return values, err
}

func (l *postgresLedger) Entries(ctx context.Context, from, to processors.Time, s Subject, f func(at processors.Time, body []byte) error) error {
	first, after := uint64(1), l.position.Entry+1
	var err error
	if from != 0 {
		if first, err = l.store.Since(ctx, l.partition, from); err != nil {
			return err
		}
	}
	if to != 0 {
		end, err := l.store.Since(ctx, l.partition, to)
		if err != nil {
			return err
		}
		after = min(after, end)
	}
	latest := from
	return l.store.Holding(ctx, l.partition, l.org, first, after, s.pieces(), func(row state.LedgerRow) error {
		latest = max(latest, row.RecordedAt)
		return f(latest, row.Body)
	})
}

// Before walks the account's history back.
func (l *postgresLedger) Before(ctx context.Context, from processors.Time, last uint64, s Subject) ([]byte, error) {
	if from == 0 || last == 0 {
		return nil, nil
	}
	first, err := l.store.Since(ctx, l.partition, from)
	if err != nil {
		return nil, err
	}
	c, err := money.ParseCurrency(s.Currency)
	if err != nil {
		return nil, err
	}
	for last >= first {
		rows, err := l.store.History(ctx, l.partition, last, s.Account, c, 1)
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		b, err := parse(rows[0].Body)
		if err != nil {
			return nil, fmt.Errorf("ledger entry %d: %w", last, err)
		}
		if last = s.line(b).Previous; last == 0 {
			return nil, nil
		}
	}
	rows, err := l.store.History(ctx, l.partition, last, s.Account, c, 1)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0].Body, nil
}

func (l *postgresLedger) AsOf() AsOf {
	return AsOf{Ledger: "postgres", Partition: l.partition, Offset: l.position.Ledger}
}
