package recharge

import (
	"slices"

	"purser/processors/charging"
	"purser/processors/core"
	"purser/processors/money"
)

// GiveShares moves shares from a source to the members whose they are; the others' stay.
func GiveShares(b core.Book, t *core.Draft, source int, members []*core.Account, shares []core.Share) error {
	for _, share := range shares {
		i := slices.IndexFunc(members, func(m *core.Account) bool { return m.ID == share.Account })
		if i < 0 {
			continue
		}
		if err := t.Move(source, t.Account(b, members[i]), share.Amount, core.Purchased, ""); err != nil {
			return err
		}
	}
	return nil
}

// MovesOn says whether there is a cell of what a recharge covers.
func MovesOn(r *core.Recharge) bool {
	return r.Purpose == core.TeamBudget || r.Purpose == core.Adjustment || r.Purpose == core.Licence
}

// Getters are the accounts that get a share and are still there.
func Getters(c *core.Covered, b core.Book) (all []*core.Account, known bool) {
	known = true
	for _, share := range c.Shares {
		a, ok := b.Account(c.Org, share.Account)
		known = known && ok
		if ok && a.Defined() {
			all = append(all, a)
		}
	}
	return all, known
}

// EndCovered forgets what a recharge has covered, and releases what was held for it. The decision has touched the account.
func EndCovered(c *core.Covered, b core.Book, a *core.Account) {
	a.Release(c.Held)
	b.Delete(c)
}

// DraftCovered drafts what moves on from an account when it has been paid.
func DraftCovered(c *core.Covered, b core.Book, t *core.Draft, a *core.Account, getters []*core.Account) error {
	if l := &c.Licence; l.Price > 0 {
		_, err := charging.Draw(t, b, a, core.RevenueLicences, l.Currency, l.Price, l.Amount)
		return err
	}
	return GiveShares(b, t, t.Account(b, a), getters, c.Shares)
}

// How often what covers something is asked of a card, and how far apart (R5.2): as for a wallet (R4.3).
const (
	coverAttempts           = 7
	coverEvery    core.Time = 24 * 60 * 60 * 1_000_000
)

// Covers says whether a recharge is for something of its own, and not for a balance that is low: it has its own counter, and is
// dropped when that has been paid (R4.3).
func Covers(p core.Purpose) bool {
	return p == core.ScheduledFunding || p == core.TeamBudget || p == core.Adjustment || p == core.Licence || p == core.RecurringPayment
}

// Cover begins a recharge for something of its own.
func Cover(d *core.Decision, b core.Book, a *core.Account, why core.Purpose, amount money.Amount, method string, at core.Time) *core.Recharge {
	r := Begin(b, a, why)
	r.Limit, r.Every = coverAttempts, coverEvery
	a.Dunning.Open++
	Attempt(d, a, r, amount, method, core.TickTime(b.Progress(), at))
	return r
}
