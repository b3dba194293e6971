package inquiry

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"purser/processors"
	"purser/processors/core"
	"purser/processors/money"
	"purser/state"
	"purser/topics"
)

// Usable is a spending account that a user may use, and what he has on it (R7.11).
type Usable struct {
	Spending  *core.Spending
	Terms     *core.SpendingTerms
	Active    bool         // it may be used now (R7.1)
	Available money.Amount // what is left to him; where the balance is not opened yet, what it will start with
}

// ErrNoOrg says that the org is not defined as of the moment that the answer names.
var ErrNoOrg = errors.New("there is no such org")

// Spending answers with every spending account that a user may use at a time, by id, whether it is active or not. It is judged by the rules that
// judge orders (R7.1, R7.2), on what the stores hold. The moments are those of the answer's cells, each once.
func (d *Desk) Spending(ctx context.Context, org, user string, now core.Time) (all []Usable, moments []AsOf, notes []string, err error) {
	b := &shelf{ctx: ctx, desk: d, partition: topics.PartitionOf(org, d.Partitions), now: now, cells: map[string]core.Cell{}, seen: map[string]AsOf{}}
	for range rounds {
		all, err = b.usable(org, user, now)
		if err != nil || len(b.missing) == 0 {
			break
		}
		if err = b.load(); err != nil {
			break
		}
	}
	return all, b.moments(), b.notes, err
}

// rounds is more often than one look-up leads to another: the org, its spending accounts and the user, their balances.
const rounds = 8

// usable goes as far as what was loaded allows.
func (b *shelf) usable(org, user string, now core.Time) (all []Usable, err error) {
	o, known := b.Org(org)
	if _, ok := b.Shopper(org, user); !ok || !known {
		return nil, nil
	}
	if o == nil {
		return nil, ErrNoOrg
	}
	for _, id := range o.Spending {
		u, known, mine := processors.Spendable(b, o, id, user, now)
		if !known || !mine {
			continue
		}
		all = append(all, Usable{Spending: u.Spending, Terms: u.Terms(), Active: u.Active(), Available: u.Available()})
	}
	return all, nil
}

// shelf is the core's book, as far as what is asked here needs one, over what the stores hold.
type shelf struct {
	core.Book // nothing else of it is asked
	ctx       context.Context
	desk      *Desk
	partition int32
	now       core.Time
	cells     map[string]core.Cell
	seen      map[string]AsOf
	missing   []string
	notes     []string
}

// load asks the stores for all that was missing.
func (b *shelf) load() error {
	slices.Sort(b.missing)
	keys := slices.Compact(b.missing)
	b.missing = nil
	for part := range slices.Chunk(keys, 500) {
		found, notes, err := b.desk.Find(b.ctx, b.partition, part)
		b.note(notes)
		if err != nil {
			return err
		}
		for _, f := range found {
			b.cells[f.Key], b.seen[f.Key] = nil, f.AsOf
			if f.Value == nil {
				continue
			}
			if b.cells[f.Key], err = state.DecodeCell(f.Key, f.Value, nil); err != nil {
				return fmt.Errorf("a cell cannot be read: %w", err)
			}
		}
	}
	return nil
}

func (b *shelf) note(notes []string) {
	for _, note := range notes {
		if !slices.Contains(b.notes, note) {
			b.notes = append(b.notes, note)
		}
	}
}

// moments are those of all that was loaded, each once, in the order of stores and offsets.
func (b *shelf) moments() (all []AsOf) {
	for _, at := range b.seen {
		if !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	slices.SortFunc(all, func(x, y AsOf) int { return int(x.Offset - y.Offset) })
	return all
}

// onShelf looks a cell up.
func onShelf[C core.Cell](b *shelf, key []byte) (cell C, known bool) {
	c, known := b.cells[string(key)]
	if !known {
		b.missing = append(b.missing, string(key))
		return cell, false
	}
	cell, _ = c.(C)
	return cell, true
}

// Org looks an org up.
func (b *shelf) Org(org string) (*core.Org, bool) {
	return onShelf[*core.Org](b, core.AppendOrgKey(nil, org))
}

// Account looks an account up.
func (b *shelf) Account(org, id string) (*core.Account, bool) {
	return onShelf[*core.Account](b, core.AppendAccountKey(nil, org, id))
}

// Spending looks a spending account up.
func (b *shelf) Spending(org, id string) (*core.Spending, bool) {
	return onShelf[*core.Spending](b, core.AppendSpendingKey(nil, org, id))
}

// CustomBudget looks up what a user's balance starts with.
func (b *shelf) CustomBudget(org, id, user string) (*core.CustomBudget, bool) {
	return onShelf[*core.CustomBudget](b, core.AppendCustomBudgetKey(nil, org, id, user))
}

// Progress is as if all that fell due by now had run.
func (b *shelf) Progress() *core.Progress { return &core.Progress{Target: b.now} }

// Shopper looks a user up.
func (b *shelf) Shopper(org, id string) (*core.Shopper, bool) {
	return onShelf[*core.Shopper](b, core.AppendShopperKey(nil, org, id))
}

// Allowance looks up what a balance's limits know.
func (b *shelf) Allowance(org, id, user string) (*core.Allowance, bool) {
	return onShelf[*core.Allowance](b, core.AppendAllowanceKey(nil, org, id, user))
}
