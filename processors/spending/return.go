package spending

import (
	"strings"

	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
)

// Return is what goes back to a spending account for an order (R7.9) or a send (R6.6, R6.9) that it has paid for.
type Return struct {
	of        paid
	spending  *core.Spending
	allowance *core.Allowance
	account   *core.Account
	today     int32
}

// paid is what an account has paid, and when.
type paid struct {
	org, spending, account string
	currency               money.Currency
	amount                 money.Amount // that goes back
	at                     core.Time
	noted                  uint8
	sets                   uint64
}

// Load looks up what goes back for an order that is cancelled.
func (r *Return) Load(b core.Book, o *core.Order, org *core.Org) (known bool) {
	return r.load(b, org, paid{o.Org, o.Spending, o.Account, o.Currency, o.Applied, o.OccurredAt, o.Noted, o.Sets})
}

// LoadSend looks up what goes back for a send, all of what was paid or a part of it.
func (r *Return) LoadSend(b core.Book, s *core.Send, org *core.Org, amount money.Amount) (known bool) {
	p := &s.Part
	return r.load(b, org, paid{s.Org, p.Spending, p.Account, s.Currency, amount, s.OccurredAt, p.Noted, p.Sets})
}

func (r *Return) load(b core.Book, org *core.Org, of paid) (known bool) {
	key := strings.TrimPrefix(strings.TrimPrefix(of.account, core.BalanceID(of.spending, "")), "/")
	allowance, known1 := b.Allowance(of.org, of.spending, key)
	account, known2 := b.Account(of.org, of.account)
	spending, known3 := b.Spending(of.org, of.spending)
	*r = Return{of: of, spending: spending, allowance: allowance, account: account}
	r.today = calendar.Day(int64(of.at), core.InForce(org.Versions, of.at).Zone)
	return known1 && known2 && known3
}

// DueFirst says whether something comes first on the balance.
func (r *Return) DueFirst(b core.Book, d *core.Decision) bool {
	return r.spending != nil && waits(b, r.spending, r.allowance, d)
}

// Draft drafts it: the money goes back to the balance, or, where that was made an amount since, to the world's budget.
func (r *Return) Draft(b core.Book, d *core.Decision, from string) error {
	if r.of.amount == 0 {
		return nil
	}
	t, of := &d.Draft, &r.of
	revenue := t.System(b, of.org, from, of.currency)
	if r.allowance.Sets != of.sets {
		return t.Move(revenue, t.System(b, of.org, core.WorldBudget, of.currency), of.amount, core.NoBucket, "")
	}
	return t.Move(revenue, t.Account(b, r.account), of.amount, core.Purchased, "")
}

// Commit gives back what it used of limits.
func (r *Return) Commit(b core.Book) {
	if r.allowance == nil {
		return
	}
	b.Touch(r.allowance)
	giveBack(r.allowance, r.of.noted, r.of.amount, r.of.at, r.today)
}
