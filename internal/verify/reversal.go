package verify

import (
	"slices"

	"purser/topics"
)

// burnt is what a usage event has cost and burned, as far as it was not reversed since (R3.9).
type burnt struct {
	usage          usage
	quote          quote
	before         exact // the month's volume without it
	chargeRate     exact
	costRate       exact
	agency         string
	agencyCurrency string
	cost, paid     amount
	price, income  amount
	charge         amount
	parts          []grant // in the order in which they burned; without an id: purchased
	voided         bool
	month          int
}

// keep takes down what a usage event has burned, where its org wants usage to be reversible.
func (o *orgModel) keep(e *entry, c burnt) {
	if c.usage.org == nil || c.usage.org.UsageReversibleHours == "" {
		return
	}
	if o.burnt == nil {
		o.burnt = map[identity]*burnt{}
	}
	c.month = monthOf(c.usage.at, o.zone(c.usage.at))
	o.burnt[e.event.identity] = &c
}

// reverse says what a reversal moves: what is less goes back, the last part first; what is more burns like a new debit; all of it
// at the multiplier, the card and the rates of the original.
func (a *audit) reverse(o *orgModel, e *entry) flows {
	var b topics.UsageCorrectedBody // a void's body is part of it
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	source := b.Source
	if source == "" {
		source = e.body.Source
	}
	c := o.burnt[identityOf(e.body.Org, source, b.Usage)]
	void := e.body.Type == topics.TypeUsageVoided
	if c == nil || c.voided {
		a.report.find(CheckPosting, e.where, "%s of %s, which is not known or was voided before", e.body.Type, b.Usage)
		return nil
	}
	was := *c
	if !c.revise(&b, void) {
		a.report.find(CheckPrice, e.where, "it was corrected to what is no figure")
		return nil
	}
	acct := was.usage.wallet
	acct.recount(was.usage.body.Channel, was.month, was.usage.quantity, c.usage.quantity)
	expected := flows{}
	expected.reverseCost(&was, c)
	name, own := was.usage.body.Account, was.usage.currency
	if was.quote.currency == own {
		expected.parts(e, acct, name, own, &was, c, worldComplimentary, revenueRebilling)
		return expected
	}
	expected.parts(e, acct, name, own, &was, c, worldFX, worldFX)
	if !c.split() {
		return nil
	}
	expected.shift(worldFX, revenueRebilling, was.quote.currency, c.income-was.income)
	expected.shift(worldFX, worldComplimentary, was.quote.currency, c.price-c.income-(was.price-was.income))
	return expected
}

// revise computes what the usage costs and charges now.
func (c *burnt) revise(b *topics.UsageCorrectedBody, void bool) bool {
	if void {
		c.voided, c.usage.quantity, c.cost, c.paid, c.price, c.charge = true, one.minus(one), 0, 0, 0, 0
		return true
	}
	u := &c.usage
	if b.Quantity != "" {
		u.body.Quantity = b.Quantity
	}
	if b.UnitCost != "" {
		u.body.UnitCost, u.body.Cost = b.UnitCost, ""
	}
	if b.Cost != "" {
		u.body.Cost = b.Cost
	}
	var err error
	if u.quantity, err = parseExact(string(u.body.Quantity)); err != nil {
		return false
	}
	if u.body.Cost != "" {
		u.cost, err = parseExact(string(u.body.Cost))
	} else {
		u.cost, err = parseExact(string(u.body.UnitCost))
		if err == nil {
			u.cost = u.cost.times(u.quantity)
		}
	}
	if err != nil {
		return false
	}
	u.volume = c.before.plus(u.quantity)
	price := c.quote.price(u)
	var err1, err2, err3, err4 error
	c.cost, err1 = u.cost.round()
	c.paid, err2 = u.cost.times(c.costRate).round()
	c.price, err3 = price.round()
	c.charge, err4 = price.times(c.chargeRate).round()
	return err1 == nil && err2 == nil && err3 == nil && err4 == nil
}

// split finds the part of a converted price that is revenue: in the proportion in which purchased credit has paid.
func (c *burnt) split() bool {
	c.income = c.price
	if c.charge == 0 {
		return true
	}
	purchased := amount(0)
	for i := range c.parts {
		if c.parts[i].id == "" {
			purchased += c.parts[i].left
		}
	}
	var err error
	c.income, err = share(c.price, purchased, c.charge)
	return err == nil
}

func (f *flows) shift(from, to, currency string, sum amount) {
	if sum < 0 {
		f.move(to, from, currency, -sum, "", "")
		return
	}
	f.move(from, to, currency, sum, "", "")
}

func (f *flows) reverseCost(was, is *burnt) {
	currency := was.usage.body.Currency
	switch {
	case was.agency == "":
		f.shift(expenseProvider, worldProvider, currency, is.cost-was.cost)
	case was.agencyCurrency == currency:
		f.shift(was.agency, worldProvider, currency, is.cost-was.cost)
	default:
		f.shift(was.agency, worldFX, was.agencyCurrency, is.paid-was.paid)
		f.shift(worldFX, worldProvider, currency, is.cost-was.cost)
	}
}

// parts gives parts back, or burns more, and notes it in the wallet. Whether a grant has expired depends on the last tick, which the
// ledger does not name: one that has an end and that the entry gives nothing back to counts as expired.
func (f *flows) parts(e *entry, acct *account, name, currency string, was, is *burnt, grants, purchased string) {
	if more := is.charge - was.charge; more > 0 {
		for _, part := range acct.burn(more) {
			f.move(name, grants, currency, part.left, complimentary, part.id)
			is.parts = append(slices.Clone(is.parts), part)
			more -= part.left
		}
		f.move(name, purchased, currency, more, "", "")
		if more > 0 {
			is.parts = append(slices.Clone(is.parts), grant{left: more})
		}
		return
	}
	is.parts = slices.Clone(is.parts)
	for back := was.charge - is.charge; back > 0 && len(is.parts) > 0; {
		last := &is.parts[len(is.parts)-1]
		part := *last
		part.left = min(part.left, back)
		back -= part.left
		if last.left -= part.left; last.left == 0 {
			is.parts = is.parts[:len(is.parts)-1]
		}
		switch {
		case part.id == "":
			f.move(purchased, name, currency, part.left, "", "")
		case part.expiresAt != 0 && !e.givesTo(part.id):
			if grants == worldFX {
				f.move(worldFX, worldComplimentary, currency, part.left, "", "")
			}
		default:
			f.move(grants, name, currency, part.left, complimentary, part.id)
			acct.giveGrant(part)
		}
	}
}

func (e *entry) givesTo(id string) bool {
	return slices.ContainsFunc(e.body.Postings, func(p topics.PostingBody) bool { return p.Grant == id })
}

func (a *account) giveGrant(part grant) {
	for i := range a.grants {
		if g := &a.grants[i]; g.id == part.id && g.granted == part.granted && g.expiresAt == part.expiresAt {
			g.left += part.left
			return
		}
	}
	a.grants = append(a.grants, part)
	slices.SortStableFunc(a.grants, burnOrder)
}

// recount puts a quantity in another's place, where the month is still counted.
func (a *account) recount(channel string, month int, was, is exact) {
	for i := range a.volumes {
		if v := &a.volumes[i]; v.channel == channel && v.month == month {
			v.units = billionths(v.units.exact().minus(was).plus(is))
		}
	}
}
