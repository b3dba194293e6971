// Package stores lets an audit read the engine's own stores. It is the only place where the auditor meets the engine's
// code, and it takes nothing from it but the decoding of cells.
package stores

import (
	"context"

	"purser/internal/verify"
	"purser/processors/core"
	"purser/state"
)

// A cache is read as it is.
var _ verify.Cache = state.Cache(nil)

// ReadCell decodes a cell for an audit.
func ReadCell(key string, value []byte) (verify.Account, bool, error) {
	if len(key) == 0 || key[0] != accountKey || state.IsDeleted(value) {
		return verify.Account{}, false, nil
	}
	cell, err := state.DecodeCell(key, value, nil)
	if err != nil {
		return verify.Account{}, false, err
	}
	a, ok := cell.(*core.Account)
	if !ok {
		return verify.Account{}, false, nil
	}
	return verify.Account{
		Org: a.Org, ID: a.ID, Currency: a.Currency.String(), Balance: a.Balance.String(), Purchased: a.Purchased.String(),
		Seq: a.Seq, Last: a.Last, Wallet: a.Kind == core.KindWallet,
	}, true, nil
}

// Unsettled says whether a cell has work that is due at once: events that were held back, or that waited for an account
// that is defined by now. The engine drives it on by itself.
func Unsettled(value []byte) bool {
	due, err := state.NextDueOf(value)
	return err == nil && due == core.DueNow
}

// Due says when a cell next has work of its own to do; 0: never, or at once.
func Due(value []byte) int64 {
	due, err := state.NextDueOf(value)
	if err != nil || due == core.DueNow {
		return 0
	}
	return int64(due)
}

// accountKey is the letter that the keys of accounts begin with.
var accountKey = core.AppendAccountKey(nil, "", "")[0]

// Checkpoint makes a checkpoint readable for an audit.
type Checkpoint struct{ Store state.Checkpoint }

// Position is part of verify.Checkpoint.
func (c Checkpoint) Position(ctx context.Context, partition int32) (changelog, ledger int64, err error) {
	positions, err := c.Store.Positions(ctx, []int32{partition})
	if err != nil {
		return 0, 0, err
	}
	return positions[partition].Changelog, positions[partition].Ledger, nil
}

// Cells is part of verify.Checkpoint.
func (c Checkpoint) Cells(ctx context.Context, partition int32, f func(key string, value []byte) error) (int64, error) {
	return c.Store.Cells(ctx, partition, func(i state.Image) error { return f(i.Key, i.Value) })
}

// Rows is part of verify.Checkpoint.
func (c Checkpoint) Rows(ctx context.Context, partition int32, f func(verify.Row) error) error {
	return c.Store.LedgerRows(ctx, partition, 1, func(r state.LedgerRow) (bool, error) {
		return true, f(verify.Row{Entry: r.Entry, Offset: r.Offset, Body: r.Body, Mark: r.Mark})
	})
}
