package processors

// What a send costs more in the end is posted at once, and asked of the payer's card (R6.8). An invoice for it goes out at the end of the day,
// with all else that is negative (R6.7).

// card is the token by which an account's card is charged; "" where it has none.
func (v *AccountVersion) card() string {
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
func (v *AccountVersion) each() bool { return v.Terms != nil && v.Terms.Each }

// differ says what of an adjustment is asked of a card.
func (c *charge) differ(at Time) {
	v := inForce(c.account.Versions, at)
	if c.method = v.card(); c.method == "" {
		return
	}
	if c.difference = c.shortfall(); v.each() {
		c.difference = c.amount
	}
}

// collect asks the card for it. The charge is posted.
func (c *charge) collect(b Book, d *Decision, s *Send, at Time) {
	if c.difference == 0 {
		return
	}
	r := d.cover(b, c.account, Adjustment, c.difference, c.method, at)
	b.NewCovered(r.Org, r.Account, r.Number).Send = s.ID
}

// retryAdjustment emits the retry for an adjustment, or drops it where nothing is to be paid any more: the balance is not negative, where
// that is all that was asked for, or the send was cancelled. What is negative without a card gets an invoice at the end of the day.
func retryAdjustment(b Book, a *Account, r *Recharge, d *Decision, at Time) Status {
	covered, known := b.Covered(r.Org, r.Account, r.Number)
	if !known {
		return Miss
	}
	s, known := b.Send(r.Org, covered.Send)
	if !known {
		return Miss
	}
	v := inForce(a.Versions, at)
	b.Touch(a)
	b.Touch(r)
	d.onRecharge(RechargeRetried, a, r)
	if v.card() == "" || s == nil || s.State != SendAccepted || !v.each() && a.available() >= 0 {
		d.Work = RechargeDropped
		r.State, r.NextDue = Closed, 0
		a.Dunning.Open--
		covered.end(b, a)
	} else {
		d.attempt(a, r, r.Attempts[0].Amount, v.card(), at)
	}
	number(b, d, a.Org, at)
	return d.apply()
}
