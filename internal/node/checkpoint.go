package node

import (
	"context"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/sinks/checkpoint"
	"purser/state/dedup"
)

// checkpoint brings ledger and state to the store until ctx ends.
func (p *Parts) checkpoint(ctx context.Context, partitions int32) error {
	e := &p.Engine
	c, err := checkpoint.New(checkpoint.Config{
		Client: append(slices.Clone(p.Client), kgo.ClientID("purser-checkpoint")), Names: p.Names, Partitions: partitions,
		Store: p.Store, Logger: p.Log, Metrics: checkpoint.NewMetrics(p.Registry), Window: e.DuplicateWindow + dedup.Lag, Failpoint: p.Failpoint,
		RowsEvery: e.CheckpointInterval, CellsEvery: e.CheckpointCellsInterval, MaxRows: e.CheckpointRows, MaxCells: e.CheckpointCells,
		Tombstones: p.tombstones,
	})
	if err != nil {
		return err
	}
	return c.Run(ctx)
}
