package inquiry

import (
	"cmp"
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

// Budget is what a user's balance starts with, or was set to last (R7.3).
type Budget struct {
	User   string
	Amount money.Amount
}

// ErrShared says that an account has one balance for all, and so no budgets of users.
var ErrShared = errors.New("all its users share one balance")

// Budgets answers with the budgets of the given users of a spending account, by user; a nil list asks for every user of whom the stores know that
// he may use it now, has a budget of his own or an open balance.
func (d *Desk) Budgets(ctx context.Context, org, id string, users []string, now core.Time) (all []Budget, err error) {
	p := topics.PartitionOf(org, d.Partitions)
	b := &shelf{ctx: ctx, desk: d, partition: p, now: now, cells: map[string]core.Cell{}, seen: map[string]AsOf{}}
	b.Spending(org, id) // asks for it
	if err := b.load(); err != nil {
		return nil, err
	}
	s, _ := b.Spending(org, id)
	switch {
	case s == nil:
		return nil, ErrNoSpending
	case core.InForce(s.Versions, now).Terms.Shared:
		return nil, ErrShared
	}
	if users == nil {
		if users, err = d.usersOf(ctx, p, s, now); err != nil {
			return nil, err
		}
	}
	for range rounds {
		all = nil
		for _, user := range users {
			if custom, known := b.CustomBudget(org, id, user); known {
				all = append(all, Budget{user, processors.BudgetOf(s, custom, now)})
			}
		}
		if len(b.missing) == 0 {
			break
		}
		if err := b.load(); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(x, y Budget) int { return cmp.Compare(x.User, y.User) })
	return all, nil
}

// usersOf lists the users of an account.
func (d *Desk) usersOf(ctx context.Context, p int32, s *core.Spending, now core.Time) ([]string, error) {
	var users []string
	for _, user := range core.InForce(s.Versions, now).Terms.Users {
		if processors.MaySpend(s, user, nil, now) {
			users = append(users, user)
		}
	}
	add := func(f Found) error {
		if f.Value == nil {
			return nil
		}
		c, err := state.DecodeCell(f.Key, f.Value, nil)
		if err != nil {
			return fmt.Errorf("a cell cannot be read: %w", err)
		}
		switch c := c.(type) {
		case *core.Shopper:
			if processors.MaySpend(s, c.ID, c, now) {
				users = append(users, c.ID)
			}
		case *core.CustomBudget:
			users = append(users, c.User)
		case *core.Allowance:
			users = append(users, c.User)
		}
		return nil
	}
	for _, prefix := range [...][]byte{core.AppendShopperKey(nil, s.Org, ""), core.AppendCustomBudgetKey(nil, s.Org, s.ID, ""), core.AppendAllowanceKey(nil, s.Org, s.ID, "")} {
		if _, err := d.Each(ctx, p, string(prefix), add); err != nil {
			return nil, err
		}
	}
	slices.Sort(users)
	return slices.Compact(users), nil
}
