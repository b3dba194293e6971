package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// tally counts the ledger rows that have come to Postgres, each once, and sees that no entry is missing between them. A load
// that is sustained for long brings more than the machine has room for: then what was counted is dropped.
type tally struct {
	conn    *pgx.Conn
	last    [partitions]int64 // entry that was counted last
	rows    int64
	drops   int
	dropped int64 // bytes
}

func (s *system) newTally(ctx context.Context) (*tally, error) {
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return nil, err
	}
	// What is new is at one end of the key; a table without statistics would be read from beginning to end for it.
	_, err = conn.Exec(ctx, "SET enable_seqscan = off")
	return &tally{conn: conn}, err
}

func (t *tally) close() { _ = t.conn.Close(context.Background()) } // its database is dropped next

// count adds the rows that have come since it was last called.
func (t *tally) count(ctx context.Context) error {
	return pgx.BeginFunc(ctx, t.conn, func(tx pgx.Tx) error { return t.countIn(ctx, tx) })
}

func (t *tally) countIn(ctx context.Context, tx pgx.Tx) error {
	for p := range t.last {
		var n, first, last int64
		err := tx.QueryRow(ctx, `SELECT count(*), coalesce(min(entry), 0), coalesce(max(entry), 0) FROM ledger WHERE partition = $1 AND entry > $2`,
			p, t.last[p]).Scan(&n, &first, &last)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		if first != t.last[p]+1 || last-first+1 != n { // the key has no entry twice
			return fmt.Errorf("partition %d: %d ledger rows from entry %d to %d follow entry %d in Postgres", p, n, first, last, t.last[p])
		}
		t.rows += n
		t.last[p] = last
	}
	return nil
}

// makeRoom counts, and drops all rows once they take too much. Few are left to be counted under the table's lock.
func (t *tally) makeRoom(ctx context.Context, most int64) error {
	if err := t.count(ctx); err != nil {
		return err
	}
	size, err := t.size(ctx, "ledger")
	if err != nil || size <= most {
		return err
	}
	return pgx.BeginFunc(ctx, t.conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "LOCK TABLE ledger IN ACCESS EXCLUSIVE MODE"); err != nil {
			return err
		}
		if err := t.countIn(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "TRUNCATE ledger"); err != nil {
			return err
		}
		t.drops++
		t.dropped += size
		return nil
	})
}

// size is what a table takes with its indexes, in bytes.
func (t *tally) size(ctx context.Context, table string) (size int64, err error) {
	err = t.conn.QueryRow(ctx, "SELECT pg_total_relation_size($1::regclass)", table).Scan(&size)
	return size, err
}
