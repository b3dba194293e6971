package model

import (
	"slices"
	"strings"
	"time"
)

// spendingAccount is money of the org that its users may spend (R7.1). What each has is on accounts of their own.
type spendingAccount struct {
	currency string
	versions versions[spendingTerms]
}

// spendingTerms are a definition, and whether the account is switched on.
type spendingTerms struct {
	on                      bool
	shared                  bool
	start, end              time.Time // first and last day; zero end: none
	budget                  dec
	catalogs, groups, users []string // who may use it (R7.2)
	items, shelves          listed   // what it may pay (R7.5)
	limits                  []spendingLimit
}

// listed is a list of what is let in, or of what is kept out.
type listed struct {
	include bool
	names   []string
}

// spendingLimit bounds what may be spent (R7.6).
type spendingLimit struct {
	per     string
	amount  dec
	percent dec // of the budget; zero: the amount counts
	days    int
}

func (l *spendingLimit) timeframe() bool { return l.per != "item" && l.per != "order" }

// userTerms say who a user is.
type userTerms struct{ groups, catalogs []string }

// balanceID names the account that holds what a user has.
func (v *spendingTerms) balanceID(id, user string) string {
	if v.shared {
		return "spending:" + id
	}
	return "spending:" + id + "/" + user
}

func (b *body) day(name string) time.Time {
	s := b.text(name)
	if s == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.DateOnly, s)
	b.demand(err == nil && at.Year() > 1970)
	return at
}

func (b *body) listed(name string) listed {
	o := b.object(name)
	if o == nil {
		return listed{}
	}
	mode := o.name("mode")
	o.demand(mode == "include" || mode == "exclude")
	l := listed{mode == "include", o.texts("names")}
	b.demand(!o.bad)
	return l
}

func (b *body) spendingLimits() (all []spendingLimit) {
	v, given := b.fields["limits"]
	list, ok := v.([]any)
	b.demand(ok || !given)
	for _, each := range list {
		fields, _ := each.(map[string]any)
		o := &body{fields: fields}
		l := spendingLimit{per: o.name("per")}
		var byAmount, byPercent bool
		l.amount, byAmount = o.number("amount", 6)
		l.percent, byPercent = o.number("percent", 9)
		days, limited := o.number("days", 0)
		l.days = int(days.IntPart())
		o.demand(slices.Contains([]string{"item", "order", "week", "month", "year", "days"}, l.per) && byAmount != byPercent &&
			(!byPercent || !l.timeframe() && l.percent.IsPositive()) && limited == (l.per == "days"))
		b.demand(!o.bad)
		all = append(all, l)
	}
	return all
}

func spendingDefined(e *event) func(*turn) {
	b := e.body
	id, currency := b.name("spending_account"), b.text("currency")
	v := spendingTerms{start: b.day("start"), end: b.day("end"), items: b.listed("items"), shelves: b.listed("catalogs"), limits: b.spendingLimits()}
	v.shared = b.name("type") == "shared"
	v.budget, _ = b.number("budget", 6)
	if o := b.object("eligible_for"); o != nil {
		v.catalogs, v.groups, v.users = o.texts("catalogs"), o.texts("groups"), o.texts("users")
	}
	b.demand(!strings.Contains(id, "/") && (v.shared || b.text("type") == "standard") && !v.start.IsZero() && (v.end.IsZero() || !v.end.Before(v.start)))
	from := e.effective()
	return func(t *turn) {
		a := t.o.spending[id]
		switch {
		case len(t.o.terms) == 0:
			t.refuse("unknown_org")
			return
		case a == nil:
			if currency == "" {
				currency = t.o.terms.at(e.occurred).currency
			}
			if currency == "" {
				t.refuse("unknown_currency")
				return
			}
			a = &spendingAccount{currency: currency}
		case currency != "" && currency != a.currency:
			t.refuse("currency_fixed")
			return
		case a.isOn(from):
			t.refuse("account_active")
			return
		case t.o.uses(id) && a.versions.at(from).shared != v.shared:
			t.refuse("type_fixed")
			return
		}
		t.o.spending[id] = a
		a.define(from, v)
		t.post()
	}
}

// isOn says whether it is switched on at a time, or is at a later one.
func (a *spendingAccount) isOn(at time.Time) bool {
	return a.versions.at(at).on || slices.ContainsFunc(a.versions, func(v version[spendingTerms]) bool { return v.terms.on && !v.from.Before(at) })
}

// define adds a version; the latest 32 count.
func (a *spendingAccount) define(from time.Time, v spendingTerms) {
	all := a.versions.with(from, v)
	a.versions = all[max(0, len(all)-32):]
}

func spendingSwitched(e *event) func(*turn) {
	id, on, from := e.body.name("spending_account"), e.body.flag("on"), e.effective()
	_, given := e.body.fields["on"]
	e.body.demand(given)
	return func(t *turn) {
		a := t.o.spending[id]
		switch {
		case len(t.o.terms) == 0:
			t.refuse("unknown_org")
			return
		case a == nil:
			t.refuse("unknown_spending_account")
			return
		}
		first := from
		if a.versions[0].from.After(first) {
			first = a.versions[0].from // it is in force before it begins
		}
		if v := a.versions.at(from); v.on != on {
			v.on = on
			a.define(first, v)
		}
		t.post()
	}
}

func userDefined(e *event) func(*turn) {
	id, v, from := e.body.name("user"), userTerms{e.body.texts("groups"), e.body.texts("catalogs")}, e.effective()
	return func(t *turn) {
		if len(t.o.terms) == 0 {
			t.refuse("unknown_org")
			return
		}
		t.o.users[id] = t.o.users[id].with(from, v)
		t.post()
	}
}

// allowance is what limits know of one balance.
type allowance struct {
	budget dec // that percentages are of
	spent  []*spent
}

// spent is what was spent at a time, in the kinds of timeframes for which there were limits then.
type spent struct {
	at     time.Time
	amount dec
	kinds  []string
}

// uses says whether any balance of a spending account was opened.
func (o *org) uses(id string) bool {
	for name := range o.allowances {
		if account, _, _ := strings.Cut(strings.TrimPrefix(name, "spending:"), "/"); account == id {
			return true
		}
	}
	return false
}

// mayUse says whether a user may use an account (R7.2).
func (o *org) mayUse(v *spendingTerms, user string, at time.Time) bool {
	var who userTerms
	if len(o.users[user]) > 0 {
		who = o.users[user].at(at)
	}
	meet := func(selected, has []string) bool {
		return len(selected) == 0 || slices.ContainsFunc(selected, func(s string) bool { return slices.Contains(has, s) })
	}
	return len(v.catalogs)+len(v.groups)+len(v.users) > 0 && meet(v.users, []string{user}) && meet(v.groups, who.groups) && meet(v.catalogs, who.catalogs)
}

// bought is one line of what is bought.
type boughtLine struct {
	item            string
	shelves         []string
	quantity, price dec
}

func (b *body) boughtLines() (all []boughtLine) {
	list, _ := b.fields["lines"].([]any)
	for _, v := range list {
		fields, _ := v.(map[string]any)
		l := &body{fields: fields}
		line := boughtLine{item: l.name("item"), shelves: l.texts("catalogs"), quantity: one}
		if d, given := l.number("quantity", 9); given {
			line.quantity = d
		}
		line.price, _ = l.number("unit_price", 9)
		b.demand(!l.bad)
		all = append(all, line)
	}
	return all
}

// mayPay says whether an account may pay a line (R7.5).
func (v *spendingTerms) mayPay(l *boughtLine) bool {
	switch {
	case slices.Contains(v.items.names, l.item):
		return v.items.include
	case slices.ContainsFunc(l.shelves, func(s string) bool { return slices.Contains(v.shelves.names, s) }):
		return v.shelves.include
	}
	return !v.items.include || !v.shelves.include
}

// spender is a spending account as a user may use it for what happens at a time (R7.7).
type spender struct {
	terms   spendingTerms
	account string // the balance
	books   *allowance
	at      time.Time
	zone    *time.Location
	has     dec
	budget  dec
}

// spender finds it, or says why it is of no use.
func (o *org) spender(id, user, currency string, at time.Time) (p *spender, why string) {
	a := o.spending[id]
	if a == nil {
		return nil, "unknown_spending_account"
	}
	p = &spender{terms: a.versions.at(at), at: at, zone: o.terms.at(at).zone}
	v, today := &p.terms, shownDay(at, p.zone)
	switch {
	case !v.on || today.Before(v.start) || !v.end.IsZero() && today.After(v.end):
		return nil, "account_inactive"
	case !o.mayUse(v, user, at):
		return nil, "not_eligible"
	case currency != a.currency:
		return nil, "currency_mismatch"
	}
	p.account = v.balanceID(id, user)
	p.books, p.has, p.budget = o.allowances[p.account], v.budget, v.budget
	if p.books != nil {
		p.budget, p.has = p.books.budget, zero
		if b := o.accounts[p.account]; b != nil {
			p.has = b.available()
		}
	}
	return p, ""
}

// lines adds up what the lines leave it: those that it may pay, each unit up to the item limit.
func (p *spender) lines(all []boughtLine) dec {
	sum := zero
	for i := range all {
		l := &all[i]
		if !p.terms.mayPay(l) {
			continue
		}
		price := l.price
		if most, limited := p.least("item"); limited {
			price = smaller(price, most)
		}
		sum = sum.Add(rounded(price.Mul(l.quantity)))
	}
	return sum
}

// least is the smallest limit of a kind.
func (p *spender) least(per string) (least dec, found bool) {
	for _, l := range p.terms.limits {
		if l.per != per {
			continue
		}
		amount := l.amount
		if l.percent.IsPositive() {
			amount = rounded(p.budget.Mul(l.percent).Shift(-2))
		}
		if !found || amount.LessThan(least) {
			least, found = amount, true
		}
	}
	return least, found
}

// pays is how much of a cost it pays, of which its lines leave it so much; or why nothing.
func (p *spender) pays(cost, may dec, split bool) (amount dec, why string) {
	amount, why = may, "nothing_applies"
	bound := func(by dec, reason string) {
		if by.IsNegative() {
			by = zero
		}
		if by.LessThan(amount) {
			amount, why = by, reason
		}
	}
	if most, limited := p.least("order"); limited {
		bound(most, "limit_reached")
	}
	for i := range p.terms.limits {
		if l := &p.terms.limits[i]; l.timeframe() {
			bound(l.amount.Sub(p.used(l)), "limit_reached")
		}
	}
	bound(p.has, "insufficient_funds")
	switch {
	case !split && amount.LessThan(cost):
		return amount, "order_not_covered"
	case split && !amount.IsPositive():
		return amount, why
	}
	return amount, ""
}

// used is what was spent in the time that a limit looks at: of the last days, in any such time that the instant is in.
func (p *spender) used(l *spendingLimit) dec {
	if p.books == nil {
		return zero
	}
	sum := func(in func(time.Time) bool) dec {
		total := zero
		for _, s := range p.books.spent {
			if slices.Contains(s.kinds, l.per) && in(s.at) {
				total = total.Add(s.amount)
			}
		}
		return total
	}
	if l.per != "days" {
		return sum(func(at time.Time) bool { return begins(l.per, at, p.zone).Equal(begins(l.per, p.at, p.zone)) })
	}
	most, length := zero, time.Duration(l.days)*24*time.Hour
	ends := []time.Time{p.at}
	for _, s := range p.books.spent {
		ends = append(ends, s.at)
	}
	for _, end := range ends {
		if end.Before(p.at) || !end.Add(-length).Before(p.at) {
			continue
		}
		if total := sum(func(at time.Time) bool { return !at.After(end) && at.After(end.Add(-length)) }); total.GreaterThan(most) {
			most = total
		}
	}
	return most
}

// begins is the first day of the calendar week, month or year that a clock in a zone shows.
func begins(per string, at time.Time, zone *time.Location) time.Time {
	day := shownDay(at, zone)
	switch per {
	case "week":
		return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case "month":
		return day.AddDate(0, 0, 1-day.Day())
	}
	return day.AddDate(0, 0, 1-day.YearDay())
}

// open drafts what the balance starts with, where nothing has opened it.
func (t *turn) openBalance(p *spender, currency string) {
	if p.books == nil && p.terms.budget.IsPositive() {
		if t.o.accounts[p.account] == nil {
			t.o.accounts[p.account] = &account{id: p.account, kind: "spending_account", currency: currency, set: func() dec { return t.o.heldFor(p.account) }}
		}
		t.move("world:budget", p.account, p.terms.budget, currency, nil)
	}
}

// note notes in the limits that it is spent, after it was posted.
func (t *turn) noteSpent(p *spender, amount dec) {
	if p.books == nil {
		p.books = &allowance{budget: p.terms.budget}
		t.o.allowances[p.account] = p.books
	}
	s := &spent{at: p.at, amount: amount}
	for i := range p.terms.limits {
		if l := &p.terms.limits[i]; l.timeframe() {
			s.kinds = append(s.kinds, l.per)
		}
	}
	p.books.spent = append(p.books.spent, s)
}

// unspend gives back what was spent at a time in the same kinds of timeframes.
func (o *org) unspend(account string, at time.Time, amount dec, kinds []string) {
	o.allowances[account].spent = append(o.allowances[account].spent, &spent{at: at, amount: amount.Neg(), kinds: kinds})
}
