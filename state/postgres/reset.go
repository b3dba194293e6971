package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Reset implements state.Checkpoint. The position goes first, as in a step: it locks the partition against one.
func (c *Checkpoint) Reset(ctx context.Context, partition int32) error {
	err := pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		for _, table := range []string{"checkpoint", "cell", "ledger", "piece", "run_block", "finance_position", "finance_moved", "finance_counted"} {
			if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE partition = $1", partition); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forgetting partition %d: %w", partition, err)
	}
	return nil
}
