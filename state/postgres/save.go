package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"purser/internal/failpoint"
	"purser/state"
)

// cellsPerStatement bounds the arrays of one upsert.
const cellsPerStatement = 10_000

// Save implements state.Checkpoint.
func (c *Checkpoint) Save(ctx context.Context, s *state.Save) error {
	if err := s.Check(); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error { return c.save(ctx, tx, s) })
	if err != nil {
		return fmt.Errorf("saving partition %d: %w", s.Partition, err)
	}
	return nil
}

// save moves the position first: it locks the partition's row, so that what follows is done by one checkpointer alone.
func (c *Checkpoint) save(ctx context.Context, tx pgx.Tx, s *state.Save) error {
	if err := movePosition(ctx, tx, s); err != nil {
		return err
	}
	if err := saveCells(ctx, tx, s.Partition, s.Cells); err != nil {
		return fmt.Errorf("cells: %w", err)
	}
	c.fail("checkpoint-in-save")
	if err := saveRows(ctx, tx, s.Partition, s.Rows); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if err := savePieces(ctx, tx, s); err != nil {
		return fmt.Errorf("pieces: %w", err)
	}
	return nil
}

func movePosition(ctx context.Context, tx pgx.Tx, s *state.Save) error {
	from, to := s.From, s.To
	args := []any{
		s.Partition, to.Changelog, to.Ledger, int64(to.Txn), int64(to.Entry), to.Sealed, int64(to.SealedEntry), int64(to.Pieces),
		from.Changelog, from.Ledger, int64(from.Txn), int64(from.Entry), from.Sealed, int64(from.SealedEntry), int64(from.Pieces),
	}
	if from == (state.Position{}) {
		tag, err := tx.Exec(ctx, `
			INSERT INTO checkpoint (partition, changelog, ledger, txn, entry, sealed, sealed_entry, pieces)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (partition) DO NOTHING`, args[:8]...)
		if err != nil || tag.RowsAffected() == 1 {
			return err
		}
	}
	tag, err := tx.Exec(ctx, `
		UPDATE checkpoint SET changelog = $2, ledger = $3, txn = $4, entry = $5, sealed = $6, sealed_entry = $7, pieces = $8
		WHERE partition = $1 AND changelog = $9 AND ledger = $10 AND txn = $11 AND entry = $12 AND sealed = $13 AND sealed_entry = $14
		AND pieces = $15`, args...)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 && !failpoint.Off("checkpoint-guard") {
		return state.ErrSuperseded
	}
	return nil
}

// saveCells writes cells in the order of their keys, which is that of the index they are found by.
func saveCells(ctx context.Context, tx pgx.Tx, partition int32, cells []state.Image) error {
	order := make([]int32, len(cells))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return strings.Compare(cells[a].Key, cells[b].Key) })
	for part := range slices.Chunk(order, cellsPerStatement) {
		if err := saveSomeCells(ctx, tx, partition, cells, part); err != nil {
			return err
		}
	}
	return nil
}

// deleteCells finds every key through the index, as loadQuery does.
const deleteCells = `
	DELETE FROM cell WHERE ctid = ANY (ARRAY (
		SELECT found.place FROM unnest($2::bytea[]) AS gone (key)
		CROSS JOIN LATERAL (SELECT ctid AS place FROM cell WHERE partition = $1 AND key = gone.key LIMIT 1) AS found))`

func saveSomeCells(ctx context.Context, tx pgx.Tx, partition int32, cells []state.Image, order []int32) error {
	var keys, values, deleted [][]byte
	var due []int64
	for _, i := range order {
		if state.IsDeleted(cells[i].Value) {
			deleted = append(deleted, []byte(cells[i].Key))
			continue
		}
		keys, values, due = append(keys, []byte(cells[i].Key)), append(values, cells[i].Value), append(due, int64(cells[i].NextDue))
	}
	if len(keys) > 0 {
		if _, err := tx.Exec(ctx, `
			INSERT INTO cell (partition, key, value, next_due)
			SELECT $1, key, value, nullif(due, 0) FROM unnest($2::bytea[], $3::bytea[], $4::bigint[]) AS new (key, value, due)
			ON CONFLICT (partition, key) DO UPDATE SET value = excluded.value, next_due = excluded.next_due`,
			partition, keys, values, due); err != nil {
			return err
		}
	}
	if len(deleted) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, deleteCells, partition, deleted)
	return err
}

func saveRows(ctx context.Context, tx pgx.Tx, partition int32, rows []state.LedgerRow) error {
	return copyRows(ctx, tx, "ledger (partition, entry, ledger_offset, recorded_at, org, mark, body)", len(rows), func(dst []byte, i int) []byte {
		r := &rows[i]
		dst = copyInt8(copyInt4(copyRow(dst, 7), partition), int64(r.Entry))
		dst = copyTime(copyInt8(dst, r.Offset), r.RecordedAt)
		return copyBytes(copyBytes(copyBytes(dst, r.Org), r.Mark), r.Body)
	})
}

func savePieces(ctx context.Context, tx pgx.Tx, s *state.Save) error {
	if s.DropBefore != 0 {
		if _, err := tx.Exec(ctx, `
			WITH dropped AS (DELETE FROM piece WHERE partition = $1 AND last_at < $2 RETURNING number)
			DELETE FROM run_block WHERE partition = $1 AND piece IN (SELECT number FROM dropped)`,
			s.Partition, int64(s.DropBefore)); err != nil {
			return err
		}
	}
	for i := range s.Sealed {
		p := &s.Sealed[i]
		if p.LastAt < s.DropBefore {
			continue
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO piece (partition, number, first_entry, last_entry, first_at, last_at, filter) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			s.Partition, int64(p.Number), int64(p.FirstEntry), int64(p.LastEntry), int64(p.FirstAt), int64(p.LastAt), p.Filter); err != nil {
			return err
		}
		if err := saveRun(ctx, tx, s.Partition, p); err != nil {
			return err
		}
	}
	return nil
}

func saveRun(ctx context.Context, tx pgx.Tx, partition int32, p *state.SealedPiece) error {
	blocks := slices.Collect(slices.Chunk(p.Run, recordsPerBlock))
	return copyRows(ctx, tx, "run_block (partition, piece, first, records)", len(blocks), func(dst []byte, i int) []byte {
		dst = copyInt8(copyInt4(copyRow(dst, 4), partition), int64(p.Number))
		return copyBytes(copyBytes(dst, blocks[i][0].Identity[:]), appendRecords(nil, blocks[i]))
	})
}
