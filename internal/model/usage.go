package model

import (
	"slices"
	"strings"
	"time"
)

// usage is what was consumed (R3.1).
type usage struct {
	account, channel, currency string
	quantity                   dec
	unitCost                   dec
	whole                      *dec // the cost of all of it, instead of a cost per unit
}

// cost is the provider's, exactly.
func (u *usage) cost() dec {
	if u.whole != nil {
		return *u.whole
	}
	return u.quantity.Mul(u.unitCost)
}

func usageRecorded(e *event) func(*turn) {
	b := e.body
	u := usage{account: b.name("account"), channel: b.name("channel"), currency: b.name("currency"), quantity: one}
	if q, given := b.number("quantity", 9); given {
		u.quantity = q
	}
	unit, hasUnit := b.number("unit_cost", 9)
	whole, hasWhole := b.number("cost", 9)
	b.demand(hasUnit != hasWhole)
	if u.unitCost = unit; hasWhole {
		u.whole = &whole
	}
	return func(t *turn) {
		if !t.o.accounts[u.account].defined() {
			t.o.waiting = append(t.o.waiting, t.waitForAccount(u.account)) // R10.2
			return
		}
		t.charge(u)
	}
}

// price is what a channel is priced by: a rate card, or a multiplier of the cost (R3.2, R3.3).
type price struct {
	card       *card
	multiplier dec
	currency   string
}

// priced finds it, the most specific first, as of when the usage happened (R1.5).
func (t *turn) priced(a *account, u *usage) (p price, known bool) {
	at := t.e.occurred
	terms, house := a.terms.at(at), t.o.terms.at(at)
	p = price{multiplier: one, currency: u.currency}
	if m, ok := terms.multipliers[u.channel]; ok {
		p.multiplier = m
		return p, true
	}
	if terms.plan != "" {
		plan := t.o.plans[terms.plan].at(at)
		if c := plan.cards[u.channel]; c != nil {
			return price{card: c, multiplier: one, currency: c.currency}, true
		}
		if m, ok := plan.multipliers[u.channel]; ok {
			p.multiplier = m
			return p, true
		}
	}
	if m, ok := house.multipliers[u.channel]; ok {
		p.multiplier = m
		return p, true
	}
	return p, slices.Contains([]string{"message", "email", "call", "phone_number"}, u.channel)
}

// of is the price of usage, exactly, on top of the month's volume before it.
func (p *price) of(u *usage, before dec) dec {
	if p.card != nil {
		return p.card.of(before, u.quantity)
	}
	return u.cost().Mul(p.multiplier)
}

// used is usage as it was charged, for as long as it may be reversed (R3.9).
type used struct {
	usage
	occurred   time.Time
	month      month
	volumes    *volumes // in which it counts
	price      price
	rate       dec    // of the price into the wallet's currency
	before     dec    // the month's volume
	agency     string // that paid the cost; "": an expense
	agencyRate dec
	figures
	parts  []part
	voided bool
	forget time.Time
}

// figures are what usage comes to, rounded.
type figures struct {
	cost, paid    dec // by the provider's bill; by the agency, in its currency
	price, charge dec // in the currency of the price; in the wallet's
	income        dec // the part of a converted price that is revenue
}

// part is what one grant, or without one purchased credit, has paid of a charge.
type part struct {
	grant  *grant
	amount dec
}

// figures rounds each product once (R1.2). tooMuch says that one of them is more than any balance (R1.1).
func (s *used) compute() (f figures, tooMuch bool) {
	f.cost = rounded(s.usage.cost())
	if s.agency != "" {
		f.paid = rounded(s.usage.cost().Mul(s.agencyRate))
	}
	exact := s.price.of(&s.usage, s.before)
	f.price, f.charge = rounded(exact), rounded(exact.Mul(s.rate))
	for _, d := range []dec{f.cost, f.paid, f.price, f.charge} {
		tooMuch = tooMuch || d.GreaterThan(limit)
	}
	return f, tooMuch
}

// charge posts usage, however low the balance is (R3.4).
func (t *turn) charge(u usage) {
	a := t.o.accounts[u.account]
	if a.kind != "wallet" {
		t.refuse("not_a_wallet")
		return
	}
	p, known := t.priced(a, &u)
	if !known {
		t.refuse("unknown_channel")
		return
	}
	house := t.o.terms.at(t.e.occurred)
	s := &used{usage: u, occurred: t.e.occurred, month: monthOf(t.e.occurred, house.zone), price: p, agency: t.o.agency, volumes: a.volumes}
	s.before = a.volumes.of(u.channel, s.month)
	if !s.before.Add(u.quantity).LessThan(beyond) {
		t.refuse("balance_out_of_range")
		return
	}
	rate, known := t.o.rate(p.currency, a.currency, t.e.occurred)
	agencyRate, agencyKnown := one, true
	if s.agency != "" {
		agencyRate, agencyKnown = t.o.rate(u.currency, t.o.accounts[s.agency].currency, t.e.occurred)
	}
	if !known || !agencyKnown {
		t.refuse("no_fx_rate")
		return
	}
	s.rate, s.agencyRate = rate, agencyRate
	f, tooMuch := s.compute()
	if tooMuch {
		t.refuse("balance_out_of_range")
		return
	}
	s.parts = a.burns(f.charge)
	f.income = s.incomeOf(a, f)
	t.settle(s, figures{}, f)
	t.burn(a, s, s.parts)
	t.earn(a, s, figures{}, f)
	if !t.post() {
		return
	}
	s.figures = f
	a.volumes.count(u.channel, s.month, s.before.Add(u.quantity))
	if house.reversible > 0 {
		s.forget = t.clock(t.e.Recorded).Add(house.reversible)
		t.o.used[t.e.Source+"|"+t.e.ID] = s
	}
	t.usagePosted(a, t.o.accounts[s.agency])
	if terms := a.terms.at(t.e.occurred); terms.plan != "" && t.o.plans[terms.plan].at(t.e.occurred).credits != nil {
		t.o.expectCredits(a, t.present(t.e.Recorded))
	}
}

// usagePosted judges the accounts that usage, or its reversal, has posted to.
func (t *turn) usagePosted(a, agency *account) {
	for _, each := range []*account{a, agency} {
		if each != nil && t.posted(each) {
			t.judge(each, t.present(t.e.Recorded))
		}
	}
}

// settle moves the provider's cost: from the agency's wallet, even below zero, or as an expense (R3.1).
func (t *turn) settle(s *used, was, is figures) {
	by, in := is.cost.Sub(was.cost), s.currency
	agency := t.o.accounts[s.agency]
	switch {
	case !agency.defined():
		t.move("expense:provider", "world:provider", by, in, nil)
	case agency.currency == in:
		t.move(agency.id, "world:provider", by, in, nil)
	default: // R2.4
		t.move(agency.id, "world:fx", is.paid.Sub(was.paid), agency.currency, nil)
		t.move("world:fx", "world:provider", by, in, nil)
	}
}

// burns says what an amount takes of which bucket (R3.5): grants by earliest expiry, those without one after them, ties by when they
// were given and then by id; and purchased credit for the rest.
func (a *account) burns(amount dec) (parts []part) {
	order := slices.SortedFunc(slices.Values(a.grants), func(g, h *grant) int {
		switch {
		case g.expires.IsZero() != h.expires.IsZero():
			if g.expires.IsZero() {
				return 1
			}
			return -1
		case !g.expires.Equal(h.expires):
			return g.expires.Compare(h.expires)
		case !g.given.Equal(h.given):
			return g.given.Compare(h.given)
		}
		return strings.Compare(g.id, h.id)
	})
	for _, g := range order {
		if take := smaller(g.left, amount); take.IsPositive() {
			parts, amount = append(parts, part{g, take}), amount.Sub(take)
		}
	}
	if amount.IsPositive() {
		parts = append(parts, part{nil, amount})
	}
	return parts
}

// burn moves parts out of a wallet: what grants pay is not revenue (R3.6). A price in another currency is paid to world:fx (R2.4).
func (t *turn) burn(a *account, s *used, parts []part) {
	for _, p := range parts {
		to := "revenue:rebilling"
		switch {
		case s.price.currency != a.currency:
			to = "world:fx"
		case p.grant != nil:
			to = "world:complimentary"
		}
		t.move(a.id, to, p.amount, a.currency, p.grant)
	}
}

// incomeOf is the part of a converted price that is revenue: in the proportion in which purchased credit paid the charge (R3.6).
func (s *used) incomeOf(a *account, f figures) dec {
	if s.price.currency == a.currency || f.charge.IsZero() {
		return f.price
	}
	bought := zero
	for _, p := range s.parts {
		if p.grant == nil {
			bought = bought.Add(p.amount)
		}
	}
	return share(f.price, bought, f.charge)
}

// earn moves the price's side of a charge that was converted.
func (t *turn) earn(a *account, s *used, was, is figures) {
	in := s.price.currency
	if in == a.currency {
		return
	}
	t.move("world:fx", "revenue:rebilling", is.income.Sub(was.income), in, nil)
	t.move("world:fx", "world:complimentary", is.price.Sub(is.income).Sub(was.price.Sub(was.income)), in, nil)
}
