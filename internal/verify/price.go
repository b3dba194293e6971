package verify

import (
	"purser/topics"
)

// usage is a usage event while it is priced.
type usage struct {
	body     topics.UsageRecordedBody
	at       int64
	wallet   *account
	terms    *topics.AccountDefinedBody // these three in force at occurred_at (R1.5)
	plan     *topics.PlanDefinedBody
	org      *topics.OrgDefinedBody
	quantity exact
	cost     exact   // the provider's, before rounding
	volume   exact   // the month's, with this event
	parts    []grant // of the charge, in the order in which they burned
	income   amount  // the part of a converted price that is revenue
	currency string
}

// quote is what a channel is priced by (R3.2, R3.3).
type quote struct {
	basis      string
	multiplier exact
	card       *topics.RateCard
	plan       string
	currency   string // of the price
}

// rate prices a usage event anew, compares the price that the entry shows, and returns the postings it has to have.
func (a *audit) rate(o *orgModel, e *entry) flows {
	u, ok := a.readUsage(o, e)
	if !ok {
		return nil
	}
	p := e.body.Price
	if p == nil {
		a.report.find(CheckPrice, e.where, "usage was applied without a price")
		return nil
	}
	if u.terms == nil {
		a.report.find(CheckPosting, e.where, "usage of %s was applied, which is not defined", u.body.Account)
		return nil
	}
	u.count(o)
	q := u.quote()
	a.compareBasis(e, &q, u.body.Channel, p)
	chargeRate, ok1 := o.rate(q.currency, u.currency, u.at)
	costRate, ok2 := one, true
	if o.agency != "" {
		costRate, ok2 = o.rate(u.body.Currency, o.account(o.agency).currency, u.at)
	}
	if !ok1 || !ok2 {
		a.report.find(CheckPrice, e.where, "it was converted without a rate")
		return nil
	}
	return a.usagePostings(o, e, u, &q, chargeRate, costRate)
}

// readUsage looks up everything that prices the event.
func (a *audit) readUsage(o *orgModel, e *entry) (*usage, bool) {
	u := &usage{at: e.event.occurred}
	if decode(a.inputs.bodyOf(e.event), &u.body) != nil {
		return nil, false
	}
	var err error
	if u.body.Quantity == "" {
		u.body.Quantity = "1"
	}
	if u.quantity, err = parseExact(string(u.body.Quantity)); err != nil {
		a.report.find(CheckPrice, e.where, "the quantity %q was applied", u.body.Quantity)
		return nil, false
	}
	if u.body.Cost != "" {
		u.cost, err = parseExact(string(u.body.Cost))
	} else {
		var unit exact
		unit, err = parseExact(string(u.body.UnitCost))
		if err == nil {
			u.cost = u.quantity.times(unit)
		}
	}
	if err != nil {
		a.report.find(CheckPrice, e.where, "a cost that is no figure was applied")
		return nil, false
	}
	u.wallet = o.account(u.body.Account)
	u.terms = inForce(u.wallet.versions, u.at)
	u.org = inForce(o.versions, u.at)
	if u.terms != nil && u.terms.Plan != "" {
		u.plan = inForce(o.plans[u.terms.Plan], u.at)
	}
	a.learnCurrencies(o, e, u)
	return u, true
}

// learnCurrencies takes the currency of an account whose definition gives none from the entry: which one a country or an
// org implies is decided once, when the account is defined, and can be seen on every line.
func (a *audit) learnCurrencies(o *orgModel, e *entry, u *usage) {
	learn := func(name string, acct *account) {
		for i := range e.body.Balances {
			if l := &e.body.Balances[i]; l.Account == name && acct.currency == "" {
				acct.currency = l.Currency
			}
		}
	}
	learn(u.body.Account, u.wallet)
	if o.agency != "" {
		learn(o.agency, o.account(o.agency))
	}
	u.currency = u.wallet.currency
	if u.currency == "" {
		u.currency = e.body.Currency
	}
	if o.agency != "" && o.account(o.agency).currency == "" {
		o.account(o.agency).currency = u.body.Currency // nothing was posted on it, so nothing had to be converted
	}
}

// count moves the month's volume on (R3.3).
func (u *usage) count(o *orgModel) {
	month := monthOf(u.at, o.zone(u.at))
	units := billionths(u.quantity)
	with := u.wallet.used(u.body.Channel, month).add(units)
	u.wallet.use(u.body.Channel, month, units)
	u.volume = with.exact()
}

// quote finds the price, the most specific first.
func (u *usage) quote() quote {
	q := quote{currency: u.body.Currency, multiplier: one}
	if m, ok := figureOf(u.terms.Multipliers, u.body.Channel); ok {
		q.basis, q.multiplier = "location", m
		return q
	}
	if u.plan != nil {
		q.plan = u.terms.Plan
		if card, ok := u.plan.RateCards[u.body.Channel]; ok {
			q.basis, q.card, q.currency = "rate_card", &card, card.Currency
			return q
		}
		if m, ok := figureOf(u.plan.Multipliers, u.body.Channel); ok {
			q.basis, q.multiplier = "plan", m
			return q
		}
		q.plan = ""
	}
	if u.org != nil {
		if m, ok := figureOf(u.org.Multipliers, u.body.Channel); ok {
			q.basis, q.multiplier = "org", m
			return q
		}
	}
	q.basis = "default"
	return q
}

func figureOf(m map[string]topics.Number, channel string) (exact, bool) {
	n, ok := m[channel]
	if !ok {
		return exact{}, false
	}
	x, err := parseExact(string(n))
	return x, err == nil
}

func (a *audit) compareBasis(e *entry, q *quote, channel string, p *topics.PriceBody) {
	if p.Basis != q.basis || p.Plan != q.plan {
		a.report.find(CheckPrice, e.where, "priced by %s %s, has to be by %s %s", p.Basis, p.Plan, q.basis, q.plan)
	}
	if q.card == nil && !sameFigure(p.Multiplier, q.multiplier) {
		a.report.find(CheckPrice, e.where, "the multiplier is %q, has to be %s", p.Multiplier, q.multiplier)
	}
	if p.Channel != "" && p.Channel != channel { // the first releases did not write it
		a.report.find(CheckPrice, e.where, "it shows the channel %q, has to be %q", p.Channel, channel)
	}
}

// usagePostings computes what the event moves, and compares what priced it on the way.
func (a *audit) usagePostings(o *orgModel, e *entry, u *usage, q *quote, chargeRate, costRate exact) flows {
	p := e.body.Price
	exactPrice := q.price(u)
	cost, err1 := u.cost.round()
	price, err2 := exactPrice.round()
	charge, err3 := exactPrice.times(chargeRate).round()
	paid, err4 := u.cost.times(costRate).round()
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		a.report.find(CheckPrice, e.where, "a price outside the range of balances was applied")
		return nil
	}
	if e.body.Currency != u.currency {
		a.report.find(CheckPrice, e.where, "its currency is %q, the wallet's %s", e.body.Currency, u.currency)
	}
	a.compareRate(e, "conversion of the charge", p.Rate, chargeRate, q.currency != u.currency)
	agencyCurrency := u.body.Currency
	if o.agency != "" {
		agencyCurrency = o.account(o.agency).currency
	}
	a.compareRate(e, "conversion of the cost", p.AgencyRate, costRate, agencyCurrency != u.body.Currency)
	if q.card != nil {
		a.compareRate(e, "volume", p.Volume, u.volume, !u.volume.isZero())
	}
	expected := flows{}
	expected.provider(o.agency, agencyCurrency, u.body.Currency, cost, paid)
	if !expected.charge(u, q.currency, price, charge) {
		return nil
	}
	o.keep(e, burnt{
		usage: *u, quote: *q, before: u.volume.minus(u.quantity), chargeRate: chargeRate, costRate: costRate, agency: o.agency, agencyCurrency: agencyCurrency,
		cost: cost, paid: paid, price: price, income: u.income, charge: charge, parts: u.parts,
	})
	return expected
}

// provider pays the provider's cost: from the agency's wallet, through world:fx where that is in another currency, or as
// an expense where there is none (R3.1, R2.4).
func (f *flows) provider(agency, agencyCurrency, currency string, cost, paid amount) {
	switch {
	case agency == "":
		f.move(expenseProvider, worldProvider, currency, cost, "", "")
	case agencyCurrency == currency:
		f.move(agency, worldProvider, currency, cost, "", "")
	default:
		f.move(agency, worldFX, agencyCurrency, paid, "", "")
		f.move(worldFX, worldProvider, currency, cost, "", "")
	}
}

// charge takes the charge from the wallet's buckets (R3.5, R3.6).
func (f *flows) charge(u *usage, currency string, price, charge amount) bool {
	name, own := u.body.Account, u.currency
	converted := currency != own
	toGrants, toRevenue := worldComplimentary, revenueRebilling
	if converted {
		toGrants, toRevenue = worldFX, worldFX
	}
	rest := charge
	u.parts = u.wallet.burn(charge)
	for _, part := range u.parts {
		f.move(name, toGrants, own, part.left, complimentary, part.id)
		rest -= part.left
	}
	f.move(name, toRevenue, own, rest, "", "")
	if rest > 0 {
		u.parts = append(u.parts, grant{left: rest})
	}
	if !converted {
		return true
	}
	income := price
	if charge > 0 {
		var err error
		if income, err = share(price, rest, charge); err != nil {
			return false
		}
	}
	u.income = income
	f.move(worldFX, revenueRebilling, currency, income, "", "")
	f.move(worldFX, worldComplimentary, currency, price-income, "", "")
	return true
}

// compareRate compares a factor that is shown only where it matters.
func (a *audit) compareRate(e *entry, what, shown string, want exact, matters bool) {
	if !matters && shown == "" || matters && sameFigure(shown, want) {
		return
	}
	a.report.find(CheckPrice, e.where, "the %s is %q, has to be %s", what, shown, want)
}

// price is the exact price in the quote's currency.
func (q *quote) price(u *usage) exact {
	if q.card == nil {
		return u.cost.times(q.multiplier)
	}
	sum := cardPrice(q.card, u.volume, u.quantity)
	if least, err := parseExact(string(q.card.Minimum)); err == nil && sum.cmp(least) < 0 {
		return least
	}
	return sum
}

// cardPrice prices a quantity that brings the month's volume to after (R3.3).
func cardPrice(card *topics.RateCard, after, quantity exact) exact {
	tiers := card.Tiers
	if card.UnitPrice != "" {
		tiers = []topics.Tier{{UnitPrice: card.UnitPrice}}
	}
	if card.Mode == "whole_volume" {
		return quantity.times(reached(tiers, after))
	}
	sum, from := one.minus(one), after.minus(quantity)
	for i := range tiers {
		to := after
		if bound, err := parseExact(string(tiers[i].UpTo)); err == nil && bound.cmp(after) < 0 && i < len(tiers)-1 {
			to = bound
		}
		if to.cmp(from) <= 0 {
			continue
		}
		if price, err := parseExact(string(tiers[i].UnitPrice)); err == nil {
			sum = sum.plus(to.minus(from).times(price))
		}
		from = to
	}
	return sum
}

// reached is the unit price of the tier that a volume is in: its bound still belongs to a tier.
func reached(tiers []topics.Tier, volume exact) exact {
	for i := range tiers {
		bound, err := parseExact(string(tiers[i].UpTo))
		if i < len(tiers)-1 && err == nil && bound.cmp(volume) < 0 {
			continue
		}
		if price, err := parseExact(string(tiers[i].UnitPrice)); err == nil {
			return price
		}
	}
	return one.minus(one)
}
