package node

import (
	"context"

	"purser/sinks/checkpoint"
)

// cellsBehindRows is how much longer cells gather than ledger rows: a row is written once, a cell again and again, and only
// its last image counts.
const cellsBehindRows = 10

func (p *Parts) checkpoint(ctx context.Context, partitions int32) error {
	e := &p.Engine
	c, err := checkpoint.New(checkpoint.Config{
		Client: p.Client, Names: p.Names, Partitions: partitions, Store: p.Store, Logger: p.Log,
		Metrics: checkpoint.NewMetrics(p.Registry), Window: e.DuplicateWindow, Failpoint: p.Failpoint,
		RowsEvery: e.CheckpointInterval, CellsEvery: cellsBehindRows * e.CheckpointInterval, MaxRows: 2 * e.CheckpointEvents,
	})
	if err != nil {
		return err
	}
	return c.Run(ctx)
}
