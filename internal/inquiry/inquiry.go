// Package inquiry answers what anyone may ask at any time without an event: a balance, an account's history, what a user may spend, budgets, and which
// accounting period is open. It reads the cache and the checkpoint and never the engine's memory, and says as of which offset it answers (R9.7).
package inquiry

import (
	"context"
	"errors"
	"fmt"

	"purser/processors/core"
	"purser/processors/money"
	"purser/state"
	"purser/topics"
)

// Desk answers.
type Desk struct {
	Cache      state.Cache      // nil: none
	Checkpoint state.Checkpoint // nil: none
	Away       error            // why a checkpoint that there is cannot be asked
	Partitions int32
}

// AsOf says which moment an answer is of.
type AsOf struct {
	Store     string // redis, checkpoint or ledger
	Partition int32
	Offset    int64 // everything before this offset of the changelog (store ledger: of the ledger) is in the answer
}

// Balance is an account as of a moment.
type Balance struct {
	Account *core.Account
	AsOf    AsOf
	Notes   []string // stores that did not answer
}

// ErrNoAccount says that nobody has defined the account, or posted to it, as of the moment that the answer names.
var ErrNoAccount = errors.New("there is no such account")

// Balance answers from the store whose moment is the later one. A system account exists in several currencies: c chooses one.
func (d *Desk) Balance(ctx context.Context, org, account string, c money.Currency) (Balance, error) {
	key := accountKey(org, account, c)
	found, notes, err := d.Find(ctx, topics.PartitionOf(org, d.Partitions), []string{key})
	if err != nil {
		return Balance{Notes: notes}, err
	}
	answer := Balance{AsOf: found[0].AsOf, Notes: notes}
	return answer, answer.decode(key, found[0].Value)
}

func (b *Balance) decode(key string, value []byte) error {
	if value == nil {
		return ErrNoAccount
	}
	cell, err := state.DecodeCell(key, value, nil)
	if err != nil {
		return err
	}
	account, ok := cell.(*core.Account)
	if !ok {
		return ErrNoAccount
	}
	b.Account = account
	return nil
}

func accountKey(org, account string, c money.Currency) string {
	if c != (money.Currency{}) {
		return string(core.AppendSystemKey(nil, org, account, c))
	}
	return string(core.AppendAccountKey(nil, org, account))
}

// History is an account's entries, newest first, as the checkpoint has them.
type History struct {
	Rows  []Row
	AsOf  AsOf
	Seq   uint64 // of the newest entry
	Older bool   // there are older ones that the limit left out
}

// History answers from the checkpoint, which holds the ledger.
func (d *Desk) History(ctx context.Context, org, account string, c money.Currency, limit int) (History, error) {
	histories, ok := d.Checkpoint.(state.Histories)
	if !ok {
		return History{}, errors.New("this checkpoint keeps no history")
	}
	key := accountKey(org, account, c)
	p := topics.PartitionOf(org, d.Partitions)
	// The cell and the rows behind it move together, so that the newest entry that the cell names is there.
	values, at, err := d.Checkpoint.Load(ctx, p, []string{key})
	if err != nil {
		return History{}, err
	}
	b := Balance{}
	if err := b.decode(key, values[0]); err != nil {
		return History{}, err
	}
	h := History{AsOf: AsOf{"checkpoint", p, at}, Seq: b.Account.Seq}
	currency := b.Account.Currency
	rows, err := histories.History(ctx, p, b.Account.Last, account, currency, limit)
	if err != nil {
		return History{}, err
	}
	for _, row := range rows {
		parsed, ok, err := rowOf(row.Body, account, currency.String())
		if err == nil && !ok {
			err = errors.New("it did not post on the account whose history led to it")
		}
		if err != nil {
			return History{}, fmt.Errorf("ledger entry %d: %w", row.Entry, err)
		}
		h.Rows = append(h.Rows, parsed)
	}
	h.Older = older(h.Rows)
	return h, nil
}

func older(rows []Row) bool { return len(rows) > 0 && rows[len(rows)-1].Seq > 1 }
