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

// Activity is what was posted on a balance of a spending account (R7.9), newest first, with what the account is called (R7.10).
type Activity struct {
	Spending *core.Spending
	Terms    *core.SpendingTerms // as they are now
	User     string              // of a standard account, or of whom alone it tells
	Rows     []Done
	AsOf     AsOf
	Older    bool // there are older ones that the limit left out
	Notes    []string
}

// Done is one entry of it.
type Done struct {
	Row
	Kind       string // order, send, opening, budget or reload
	Reference  string // of the order or the send
	User       string // who ordered or sent
	CostCentre string
	Status     string       // how the order or the send stands now; of one that is forgotten, how it stood after the entry
	Cost       money.Amount // of all of it
}

// budgetSet is the type of an entry that makes a balance what it was set to (R7.3).
const budgetSet = "due.budget_set"

// Mistakes in whose activity is asked for.
var (
	ErrNoSpending = errors.New("there is no such spending account")
	ErrWhose      = errors.New("each user has a balance of his own on it: say whose")
)

// Activity answers from a history of the balance. On a shared account a user chooses his own orders and sends, beside what nobody ordered.
func (d *Desk) Activity(ctx context.Context, org, id, user string, now core.Time, history func(account string) (History, error)) (a Activity, err error) {
	p := topics.PartitionOf(org, d.Partitions)
	found, notes, err := d.Find(ctx, p, []string{string(core.AppendSpendingKey(nil, org, id))})
	a.Notes, a.AsOf, a.User = notes, found[0].AsOf, user
	if err != nil {
		return a, err
	}
	if found[0].Value == nil {
		return a, ErrNoSpending
	}
	cell, err := state.DecodeCell(found[0].Key, found[0].Value, nil)
	if err != nil {
		return a, err
	}
	s, ok := cell.(*core.Spending)
	if !ok {
		return a, ErrNoSpending
	}
	a.Spending, a.Terms = s, core.InForce(s.Versions, now).Terms
	if !a.Terms.Shared && user == "" {
		return a, ErrWhose
	}
	h, err := history(core.BalanceOf(id, a.Terms.Shared, user))
	if errors.Is(err, ErrNoAccount) {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	a.AsOf, a.Older = h.AsOf, h.Older
	for i := range h.Rows {
		for _, done := range doneIn(&h.Rows[i]) {
			if !a.Terms.Shared || user == "" || done.User == user || done.User == "" {
				a.Rows = append(a.Rows, done)
			}
		}
	}
	return a, d.statuses(ctx, p, org, a.Rows)
}

// doneIn says what an entry was: where an order or a send has opened the balance, that came before it.
func doneIn(r *Row) []Done {
	done := whatWas(r)
	opened := money.Amount(0)
	for _, m := range r.Moves {
		if m.With == core.WorldBudget && m.Amount > 0 {
			opened += m.Amount
		}
	}
	if done.Reference == "" || opened == 0 {
		return []Done{done}
	}
	done.Total -= opened
	start := Done{Row: *r, Kind: "opening"}
	start.Total = opened
	if after, err := money.ParseSigned(r.Balance); err == nil {
		start.Balance = (after - done.Total).String()
	}
	return []Done{done, start}
}

func whatWas(r *Row) Done {
	done := Done{Row: *r, Kind: "reload"}
	switch o, s := r.Order, r.Spending; {
	case o != nil:
		done.Kind, done.Reference, done.User, done.CostCentre, done.Status = "order", o.Order, o.User, o.CostCentre, o.Status
		done.Cost, _ = money.ParseAmount(o.Cost)
	case s != nil:
		done.Kind, done.Reference, done.User, done.CostCentre, done.Status = "send", r.Send, s.User, s.CostCentre, s.Status
		done.Cost, _ = money.ParseAmount(s.Cost)
	case r.Type == budgetSet:
		done.Kind = "budget"
	}
	return done
}

// statuses looks up how orders and sends stand now.
func (d *Desk) statuses(ctx context.Context, p int32, org string, rows []Done) error {
	var keys []string
	var of []int
	for i := range rows {
		if key := rows[i].key(org); key != "" {
			keys, of = append(keys, key), append(of, i)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	found, _, err := d.Find(ctx, p, keys)
	if err != nil {
		return err
	}
	for i, f := range found {
		if f.Value == nil {
			continue
		}
		row := &rows[of[i]]
		cell, err := state.DecodeCell(f.Key, f.Value, nil)
		if err != nil {
			return fmt.Errorf("%s %s cannot be read: %w", row.Kind, row.Reference, err)
		}
		switch c := cell.(type) {
		case *core.Order:
			row.Status = c.State.String()
		case *core.Send:
			row.Status = c.State.String()
		}
	}
	return nil
}

// key is that of the cell that knows how it stands; "" where there is none.
func (a *Done) key(org string) string {
	switch a.Kind {
	case "order":
		return string(core.AppendOrderKey(nil, org, a.Reference))
	case "send":
		return string(core.AppendSendKey(nil, org, a.Reference))
	}
	return ""
}
