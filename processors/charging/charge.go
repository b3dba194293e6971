// Package charging takes a price out of an account: converted (R2.4), out of its buckets in the order in which they burn (R3.5, R3.6), or kept waiting
// for what lacks (R6.3).
package charging

import (
	"purser/processors/core"
	"purser/processors/money"
)

// Charge is the price of a send, or of a licence, asked of an account.
type Charge struct {
	Account  *core.Account // nil: nobody pays, and it is posted to suspense
	Price    money.Amount
	Currency money.Currency // of the price
	Rate     money.Factor   // zero: it is yet to be found
	Amount   money.Amount   // the price in the account's currency
	Burned   money.Amount   // what grants pay of it

	Lacks money.Amount         // what of it is asked of a card, or by invoice (R6.3)
	Terms *core.AccountVersion // of the account, by which it is

	Difference money.Amount // what of an adjustment is asked of a card (R6.8)
	Method     string       // by which
}

// Shortfall is what lacks: what is negative already is not asked for again (R6.3).
func (c *Charge) Shortfall() money.Amount {
	return max(0, c.Amount-max(c.Account.Available(), 0))
}

// Convert finds what the price is in the account's currency, at the rate that was in force at a time, unless it was charged by one
// before (R2.4).
func (c *Charge) Convert(b core.Book, d *core.Decision, at core.Time) core.Status {
	to := c.Currency
	if c.Account != nil {
		to = c.Account.Currency
	}
	if c.Rate.IsZero() {
		rate, status := RateBetween(b, c.Account.Org, c.Currency, to, at)
		switch status {
		case core.Done:
			c.Rate = rate
		case core.Miss:
			return core.Miss
		default:
			return d.Refuse(core.NoFXRate)
		}
	}
	amount, err := Convert(c.Price, c.Rate)
	if err != nil {
		return d.Refuse(core.BalanceOutOfRange)
	}
	c.Amount = amount
	return core.Done
}

// Draft drafts the charge's postings.
func (c *Charge) Draft(b core.Book, d *core.Decision) (status core.Status) {
	burned, err := Draw(&d.Draft, b, c.Account, core.RevenueSales, c.Currency, c.Price, c.Amount)
	c.Burned = burned
	return Drafted(d, err)
}

// Drafted says whether what was drafted can be posted.
func Drafted(d *core.Decision, err error) core.Status {
	switch {
	case d.Draft.Missing:
		return core.Miss
	case err != nil || !d.Fits():
		return d.Refuse(core.BalanceOutOfRange)
	}
	return d.Apply()
}

// Raise says how what lacks comes in. A charge that is pending is not drafted: nothing is posted before the card is charged.
func (c *Charge) Raise(b core.Book, d *core.Decision, at core.Time) core.Status {
	c.Lacks, c.Terms = c.Shortfall(), core.InForce(c.Account.Versions, at)
	if c.Pending() {
		return d.Apply()
	}
	if _, err := c.Account.Funding.Owed.Add(c.Lacks); err != nil { // what is owed has the range of a balance (R1.1)
		return d.Refuse(core.BalanceOutOfRange)
	}
	return c.Draft(b, d)
}

// Waits says whether it will be pending.
func (c *Charge) Waits(at core.Time) bool {
	return c.Shortfall() > 0 && !core.InForce(c.Account.Versions, at).Terms.Invoiced()
}

// Pending says whether the charge waits for a card.
func (c *Charge) Pending() bool { return c.Lacks > 0 && !c.Terms.Terms.Invoiced() }
