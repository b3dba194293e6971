package send

import (
	"purser/processors/charging"
	"purser/processors/core"
	"purser/processors/recharge"
)

// What a send costs more in the end is posted at once, and asked of the payer's card (R6.8). An invoice for it goes out at the end of the day,
// with all else that is negative (R6.7).

// card is the token by which an account's card is charged; "" where it has none.
func card(v *core.AccountVersion) string {
	switch {
	case v.Terms != nil:
		return v.Terms.Method
	case v.Recharge != nil:
		return v.Recharge.Method
	default:
		return ""
	}
}

// each says whether a card is charged for the whole of what is needed, and not for what the balance does not cover (R5.5).
func each(v *core.AccountVersion) bool { return v.Terms != nil && v.Terms.Each }

// differ says what of an adjustment is asked of a card.
func differ(c *charging.Charge, at core.Time) {
	v := core.InForce(c.Account.Versions, at)
	if c.Method = card(v); c.Method == "" {
		return
	}
	if c.Difference = c.Shortfall(); each(v) {
		c.Difference = c.Amount
	}
}

// collect asks the card for it. The charge is posted.
func collect(c *charging.Charge, b core.Book, d *core.Decision, s *core.Send, at core.Time) {
	if c.Difference == 0 {
		return
	}
	r := recharge.Cover(d, b, c.Account, core.Adjustment, c.Difference, c.Method, at)
	b.NewCovered(r.Org, r.Account, r.Number).Send = s.ID
}

// RetryAdjustment emits the retry for an adjustment, or drops it where nothing is to be paid any more: the balance is not negative, where
// that is all that was asked for, or the send was cancelled. What is negative without a card gets an invoice at the end of the day.
func RetryAdjustment(b core.Book, a *core.Account, r *core.Recharge, d *core.Decision, at core.Time) core.Status {
	covered, known := b.Covered(r.Org, r.Account, r.Number)
	if !known {
		return core.Miss
	}
	s, known := b.Send(r.Org, covered.Send)
	if !known {
		return core.Miss
	}
	v := core.InForce(a.Versions, at)
	b.Touch(a)
	b.Touch(r)
	recharge.OnRecharge(d, core.RechargeRetried, a, r)
	if card(v) == "" || s == nil || s.State != core.SendAccepted || !each(v) && a.Available() >= 0 {
		d.Work = core.RechargeDropped
		r.State, r.NextDue = core.Closed, 0
		a.Dunning.Open--
		recharge.EndCovered(covered, b, a)
	} else {
		recharge.Attempt(d, a, r, r.Attempts[0].Amount, card(v), at)
	}
	core.Number(b, d, a.Org, at)
	return d.Apply()
}
