package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"purser/processors/core"
	"purser/state"
)

// Pieces implements state.Checkpoint.
func (c *Checkpoint) Pieces(ctx context.Context, partition int32, after uint64) ([]state.Piece, error) {
	rows, err := c.pool.Query(ctx, `
		SELECT number, first_entry, last_entry, first_at, last_at, filter FROM piece
		WHERE partition = $1 AND number > $2 ORDER BY number`, partition, int64(after))
	if err != nil {
		return nil, fmt.Errorf("reading the pieces of partition %d: %w", partition, err)
	}
	var pieces []state.Piece
	var p state.Piece
	_, err = pgx.ForEachRow(rows, []any{&p.Number, &p.FirstEntry, &p.LastEntry, &p.FirstAt, &p.LastAt, &p.Filter}, func() error {
		pieces = append(pieces, p)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the pieces of partition %d: %w", partition, err)
	}
	return pieces, nil
}

// findQuery finds for each identity and piece the one block that may hold it, and in it the record. A place in the block
// where no record begins is chance: then the whole block comes back and is searched by record.
const findQuery = `
	SELECT probe.place, CASE WHEN (found.at - 1) % $5 = 0 THEN substring(found.records FROM found.at FOR $5) ELSE found.records END
	FROM unnest($2::integer[], $3::bigint[], $4::bytea[]) AS probe (place, piece, identity)
	CROSS JOIN LATERAL (
		SELECT records, position(probe.identity IN records) AS at FROM run_block
		WHERE partition = $1 AND piece = probe.piece AND first <= probe.identity
		ORDER BY first DESC LIMIT 1
	) AS found
	WHERE found.at > 0`

// Find implements state.Checkpoint.
func (c *Checkpoint) Find(ctx context.Context, partition int32, probes []state.Probe) ([]state.Known, error) {
	var places []int32
	var pieces []int64
	var identities [][]byte
	for i := range probes {
		for _, piece := range probes[i].Pieces {
			places, pieces, identities = append(places, int32(i)), append(pieces, int64(piece)), append(identities, probes[i].Identity[:])
		}
	}
	rows, err := c.pool.Query(ctx, findQuery, partition, places, pieces, identities, recordBytes)
	if err != nil {
		return nil, fmt.Errorf("looking identities of partition %d up: %w", partition, err)
	}
	latest := make(map[core.Identity]state.Known, len(probes))
	var place int32
	var records []byte
	_, err = pgx.ForEachRow(rows, []any{&place, &records}, func() error {
		k, found, err := findRecord(records, probes[place].Identity)
		if found && k.Entry >= latest[k.Identity].Entry {
			latest[k.Identity] = k
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking identities of partition %d up: %w", partition, err)
	}
	found := make([]state.Known, 0, len(latest))
	for _, k := range latest {
		found = append(found, k)
	}
	return found, nil
}
