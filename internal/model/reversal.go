package model

import "time"

// correction is how usage should have been; what is nil stays as it was (R3.9).
type correction struct {
	void                      bool
	quantity, unitCost, whole *dec
	currency                  string
}

func usageReversed(e *event) func(*turn) {
	b := e.body
	id, source := b.name("usage"), e.Source
	if s := b.text("source"); s != "" {
		source = s
	}
	c := correction{void: e.Type == "usage.voided"}
	if !c.void {
		for name, to := range map[string]**dec{"quantity": &c.quantity, "unit_cost": &c.unitCost, "cost": &c.whole} {
			if d, given := b.number(name, 9); given {
				*to = &d
			}
		}
		c.currency = b.text("currency")
		b.demand(c.unitCost == nil || c.whole == nil)
		b.demand(c.quantity != nil || c.unitCost != nil || c.whole != nil)
	}
	return func(t *turn) {
		s := t.o.used[source+"|"+id]
		if s == nil {
			t.o.reversals = append(t.o.reversals, t.waitForUsage(source+"|"+id))
			return
		}
		t.reverse(s, c)
	}
}

// reverse gives back what is less, the last part first, and burns what is more like a new debit; agency and provider settle the
// difference in cost, and the month's volume becomes what it would have been (R3.9).
func (t *turn) reverse(s *used, c correction) {
	a := t.o.accounts[s.account]
	switch {
	case !a.defined():
		t.refuse("unknown_account")
		return
	case s.voided:
		t.refuse("already_voided")
		return
	case c.currency != "" && c.currency != s.currency:
		t.refuse("currency_mismatch")
		return
	}
	is := *s
	is.usage = c.apply(s.usage)
	f, tooMuch := is.compute()
	if c.void {
		is.voided, f, tooMuch = true, figures{}, false
	}
	volume, counts := zero, s.volumes == a.volumes && a.volumes.counted(s.channel, s.month)
	if counts {
		volume = a.volumes.of(s.channel, s.month).Sub(s.quantity).Add(is.quantity)
		tooMuch = tooMuch || !volume.LessThan(beyond)
	}
	if tooMuch {
		t.refuse("balance_out_of_range")
		return
	}
	is.parts = nil
	t.settle(s, s.figures, f)
	if more := f.charge.Sub(s.charge); more.IsPositive() {
		parts := a.burns(more)
		t.burn(a, s, parts)
		is.parts = append(append(is.parts, s.parts...), parts...)
	} else {
		is.parts = t.giveBack(a, s, more.Neg())
	}
	f.income = is.incomeOf(a, f)
	t.earn(a, s, s.figures, f)
	if !t.post() {
		return
	}
	is.figures = f
	*s = is
	if counts {
		a.volumes.count(s.channel, s.month, volume)
	}
	t.usagePosted(a, t.o.accounts[s.agency])
}

func (c correction) apply(u usage) usage {
	if c.void {
		u.quantity = zero
	}
	if c.quantity != nil {
		u.quantity = *c.quantity
	}
	if c.unitCost != nil {
		u.unitCost, u.whole = *c.unitCost, nil
	}
	if c.whole != nil {
		u.whole = c.whole
	}
	return u
}

// giveBack returns an amount to the buckets that paid it, and what they have paid then. What was of a grant that has expired goes to
// world:complimentary.
func (t *turn) giveBack(a *account, s *used, amount dec) (left []part) {
	for i := len(s.parts) - 1; i >= 0; i-- {
		p := s.parts[i]
		back := smaller(p.amount, amount)
		amount = amount.Sub(back)
		if rest := p.amount.Sub(back); rest.IsPositive() {
			left = append([]part{{p.grant, rest}}, left...)
		}
		from, expired := "revenue:rebilling", p.grant != nil && !p.grant.expires.IsZero() && !p.grant.expires.After(t.by)
		switch {
		case s.price.currency != a.currency:
			from = "world:fx"
		case p.grant != nil:
			from = "world:complimentary"
		}
		switch {
		case !expired:
			t.move(from, a.id, back, a.currency, p.grant)
		case from == "world:fx":
			t.move(from, "world:complimentary", back, a.currency, nil)
		}
	}
	return left
}

// lookAgain decides a reversal whose usage is known by now, or has it wait on: for as long again as it has waited, at most an hour, and
// not beyond a day (R3.9).
func (m *Model) lookAgain(o *org, w *waiting) {
	if o.used[w.usage] == nil && w.due.Before(w.deadline) {
		pause := min(max(m.until.Sub(w.since), time.Minute), time.Hour)
		if w.due = m.until.Add(pause); w.due.After(w.deadline) {
			w.due = w.deadline
		}
		return
	}
	o.reversals = without(o.reversals, w)
	if o.used[w.usage] == nil {
		m.givenUp(w, "unknown_usage", w.due)
		return
	}
	t := m.turn(w.event, true)
	t.by = w.due
	w.decide(t)
	t.fact.DeadLetter = t.fact.Result != "applied"
}
