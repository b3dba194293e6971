package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// allowance is what the limits of a spending account know of one balance (R7.6).
type allowance struct {
	budget  dec // of which percentages are
	periods map[string]map[time.Time]dec
	recent  map[time.Time]dec
}

const (
	kept       = 24                       // calendar periods of a kind that are looked back on
	lookedBack = 2 * 365 * 24 * time.Hour // of instants
)

// order is what a spending account pays for (R7.7).
type order struct {
	id, state      string
	spending, user string
	balance        string // id of what paid
	occurred       time.Time
	cost, applied  dec
	counted        []string // kinds of timeframes that it counts in
	rest           *send    // what its other payer has paid
	until          time.Time
}

// line is one thing that is ordered.
type line struct {
	item            string
	catalogs        []string
	quantity, price dec
}

// wish is an order that is asked for, or asked about.
type wish struct {
	user, payer, currency string
	at                    time.Time
	lines                 []line
	estimate              *dec // of a send: what it costs, whatever its lines do
	may                   *dec // of a send that was asked for before: what its lines have left
}

func readWish(e *event) (w wish) {
	b := e.body
	w = wish{user: b.name("user"), payer: b.text("other_payer"), currency: b.name("currency"), at: e.occurred}
	w.lines = readLines(b)
	b.demand(len(w.lines) > 0 && w.cost().LessThan(beyond))
	return w
}

func readLines(b *body) (all []line) {
	for _, o := range b.bodies("lines") {
		l := line{item: o.name("item"), catalogs: o.texts("catalogs"), quantity: one}
		if quantity, given := o.number("quantity", 9); given {
			l.quantity = quantity
		}
		price, given := o.number("unit_price", 9)
		l.price = price
		b.demand(given && !o.bad)
		all = append(all, l)
	}
	return all
}

// cost is that of all lines, each rounded once.
func (w *wish) cost() dec {
	if w.estimate != nil {
		return *w.estimate
	}
	sum := zero
	for _, l := range w.lines {
		sum = sum.Add(rounded(l.price.Mul(l.quantity)))
	}
	return sum
}

// pays says whether a spending account may pay a line (R7.5).
func (v spendingTerms) pays(l line) bool {
	if v.items.has(l.item) {
		return v.items.include
	}
	if slices.ContainsFunc(l.catalogs, v.shelves.has) {
		return v.shelves.include
	}
	return !v.items.include || !v.shelves.include
}

// use is a spending account as it may be used for a wish: how much it pays of it, or why not.
type use struct {
	*spendingAccount
	terms     spendingTerms
	balance   string
	allowance *allowance // nil: the balance is not opened
	has       dec
	amount    dec
	may       dec // what the lines leave it
	why       string
}

// useOf judges a wish by one spending account, and by it alone (R7.7).
func (o *org) useOf(s *spendingAccount, w *wish) *use {
	u := &use{spendingAccount: s, terms: s.terms.at(w.at), balance: "spending:" + s.id}
	if !u.terms.shared {
		u.balance += "/" + w.user
	}
	u.allowance = s.opened[u.balance]
	budget := u.terms.budget
	if u.has = budget; u.allowance != nil {
		u.has, budget = zero, u.allowance.budget
		if a := o.accounts[u.balance]; a != nil {
			u.has = a.available()
		}
	}
	day := shownDay(w.at, o.terms.at(w.at).zone)
	switch {
	case !u.terms.active(day):
		u.why = "account_inactive"
	case !o.lets(u.terms, w.user, w.at):
		u.why = "not_eligible"
	case w.currency != s.currency:
		u.why = "currency_mismatch"
	default:
		u.weigh(w, budget, day)
		switch split := o.terms.at(w.at).split; {
		case !split && u.amount.LessThan(w.cost()):
			u.why = "order_not_covered"
		case !split, u.amount.IsPositive():
			u.why = ""
		}
	}
	return u
}

// weigh finds the smallest of what bounds it: what the lines leave it, its limits, the balance; and which that was.
func (u *use) weigh(w *wish, budget dec, day time.Time) {
	sum := zero
	for _, l := range w.lines {
		if u.terms.pays(l) {
			price := l.price
			for _, most := range u.terms.most("item", budget) {
				price = smaller(price, most)
			}
			sum = sum.Add(rounded(price.Mul(l.quantity)))
		}
	}
	if sum = smaller(sum, w.cost()); w.may != nil {
		sum = *w.may
	}
	u.may, u.amount, u.why = sum, sum, "nothing_applies"
	bound := func(by dec, why string) {
		if by.IsNegative() {
			by = zero
		}
		if by.LessThan(u.amount) {
			u.amount, u.why = by, why
		}
	}
	for _, most := range u.terms.most("order", budget) {
		bound(most, "limit_reached")
	}
	for _, l := range u.terms.limits {
		if l.timeframe() {
			bound(l.amount.Sub(u.allowance.used(l, w.at, day)), "limit_reached")
		}
	}
	bound(u.has, "insufficient_funds")
}

// most are the limits of a kind as amounts.
func (v spendingTerms) most(per string, budget dec) (all []dec) {
	for _, l := range v.limits {
		switch {
		case l.per != per:
		case l.percent != nil:
			all = append(all, rounded(budget.Mul(*l.percent).Shift(-2)))
		default:
			all = append(all, l.amount)
		}
	}
	return all
}

// begins is the first day of the calendar week, month or year that a day is in.
func begins(per string, day time.Time) time.Time {
	switch per {
	case "week":
		for day.Weekday() != time.Monday {
			day = day.AddDate(0, 0, -1)
		}
		return day
	case "month":
		return time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
	default:
		return time.Date(day.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	}
}

// used is what was spent in the time that a limit looks at: of the last n days in the one among all that include an instant in which the most was.
func (a *allowance) used(l limitTerms, at, day time.Time) (most dec) {
	switch {
	case a == nil:
		return zero
	case l.per != "days":
		return a.periods[l.per][begins(l.per, day)]
	}
	length := time.Duration(l.days) * 24 * time.Hour
	for _, end := range append(slices.Collect(maps.Keys(a.recent)), at) {
		if end.Before(at) || !end.Before(at.Add(length)) {
			continue
		}
		sum := zero
		for when, amount := range a.recent {
			if !when.After(end) && when.After(end.Add(-length)) {
				sum = sum.Add(amount)
			}
		}
		if sum.GreaterThan(most) {
			most = sum
		}
	}
	return most
}

// count notes what is spent, in each kind of timeframe that there is a limit for.
func (a *allowance) count(terms spendingTerms, amount dec, at, day time.Time) (kinds []string) {
	for _, l := range terms.limits {
		if amount.IsZero() || !l.timeframe() || slices.Contains(kinds, l.per) {
			continue
		}
		kinds = append(kinds, l.per)
		a.add(l.per, amount, at, day)
	}
	return kinds
}

func (a *allowance) add(per string, amount dec, at, day time.Time) {
	of, key := a.recent, at
	if per != "days" {
		if a.periods[per] == nil {
			a.periods[per] = map[time.Time]dec{}
		}
		of, key = a.periods[per], begins(per, day)
	}
	was, there := of[key]
	if amount.IsNegative() && !there {
		return // it is not looked back on any more
	}
	if of[key] = was.Add(amount); !of[key].IsPositive() {
		delete(of, key)
	}
	if per == "days" {
		newest := slices.MaxFunc(append(slices.Collect(maps.Keys(of)), at), time.Time.Compare)
		maps.DeleteFunc(of, func(when time.Time, _ dec) bool { return !when.After(newest.Add(-lookedBack)) })
		return
	}
	if len(of) > kept {
		delete(of, slices.MinFunc(slices.Collect(maps.Keys(of)), time.Time.Compare))
	}
}

func orderPlaced(e *event) func(*turn) {
	id, named, w := e.body.name("order"), e.body.name("spending_account"), readWish(e)
	return func(t *turn) {
		s := t.o.spending[named]
		switch {
		case len(t.o.terms) == 0:
			t.refuse("unknown_org")
		case t.o.orders[id] != nil:
			t.refuse("order_exists")
		case s == nil:
			t.refuse("unknown_spending_account")
		default:
			if u := t.o.useOf(s, &w); u.why != "" {
				t.refuse(u.why)
			} else {
				t.placeOrder(id, u, &w)
			}
		}
		t.line("about order %s", id)
	}
}

// refusesRest says why the other payer does not pay the rest of a wish, or with how much of his money he does (R7.7).
func (t *turn) refusesRest(u *use, w *wish) (why string, a *account, rate dec) {
	rest := w.cost().Sub(u.amount)
	if rest.IsZero() {
		return "", nil, one
	}
	if w.payer == "" {
		return "no_other_payer", nil, one
	}
	a = t.o.accounts[w.payer]
	if !a.defined() {
		return "unknown_account", nil, one
	}
	if a.kind != "wallet" && a.kind != "funding_source" {
		return "not_a_payer", nil, one
	}
	rate, known := t.o.rate(w.currency, a.currency, w.at)
	amount := rounded(rest.Mul(rate))
	switch {
	case !known:
		why = "no_fx_rate"
	case amount.GreaterThan(limit):
		why = "balance_out_of_range"
	case a.lacks(amount).IsPositive():
		why = "insufficient_funds"
	}
	return why, a, rate
}

// open moves the starting amount, where what is paid opens the balance.
func (t *turn) open(u *use) {
	if u.allowance != nil {
		return
	}
	if u.amount.IsPositive() || u.terms.budget.IsPositive() {
		t.o.accounts[u.balance] = &account{id: u.balance, kind: "spending_account", currency: u.currency, volumes: newVolumes(), set: func() dec { return t.o.heldFor(u.balance) }}
	}
	t.move("world:budget", u.balance, u.terms.budget, u.currency, nil)
}

func (t *turn) placeOrder(id string, u *use, w *wish) {
	why, a, rate := t.refusesRest(u, w)
	if why != "" {
		t.refuse(why)
		return
	}
	rest := &send{currency: w.currency}
	t.open(u)
	t.move(u.balance, "revenue:sales", u.amount, u.currency, nil)
	if a != nil {
		t.chargeSend(rest, a, w.cost().Sub(u.amount), rate)
	}
	if !t.post() {
		if u.allowance == nil {
			delete(t.o.accounts, u.balance)
		}
		return
	}
	o := &order{id: id, state: "accepted", spending: u.id, user: w.user, balance: u.balance, occurred: w.at, cost: w.cost(), applied: u.amount, rest: rest}
	o.counted = t.count(u, u.amount, w.at)
	o.keep(t.clock(t.e.Recorded))
	t.o.orders[id] = o
	balance := zero
	if b := t.o.accounts[u.balance]; b != nil {
		balance = b.balance()
	}
	said := fmt.Sprintf("outcome accepted  of %s: ", t.e.ID)
	if a == nil {
		t.line("%s %s %s, balance %s invoice 0 send ", said, u.amount, u.currency, balance)
	} else {
		amount := rounded(o.cost.Sub(u.amount).Mul(rate))
		t.line("%s%s %s, balance %s; %s gets %s %s, balance %s", said, u.amount, u.currency, balance, a.id, amount, a.currency, a.balance())
	}
	t.line("of %s about %s", o.cost, u.terms.told())
	if a != nil && t.posted(a) {
		t.judge(a, t.present(t.e.Recorded))
	}
}

// count notes in the limits what was posted, which may have opened the balance.
func (t *turn) count(u *use, amount dec, at time.Time) []string {
	if u.allowance == nil {
		u.allowance = &allowance{budget: u.terms.budget, periods: map[string]map[time.Time]dec{}, recent: map[time.Time]dec{}}
		u.opened[u.balance] = u.allowance
	}
	return u.allowance.count(u.terms, amount, at, shownDay(at, t.o.terms.at(at).zone))
}

func (o *order) keep(at time.Time) { o.until = at.Add(400 * 24 * time.Hour) }

// told is what is told of an account (R7.10).
func (v spendingTerms) told() string {
	words := []string{"standard", v.start.Format(time.DateOnly)}
	if v.shared {
		words[0] = "shared"
	}
	if !v.end.IsZero() {
		words = append(words, "to", v.end.Format(time.DateOnly))
	}
	for _, text := range v.labels {
		if text != "" {
			words = append(words, text)
		}
	}
	return strings.Join(words, " ")
}

// orderCancelled gives back to who has paid, and what was used of timeframes (R7.9).
func orderCancelled(e *event) func(*turn) {
	id := e.body.name("order")
	return func(t *turn) {
		o := t.o.orders[id]
		if o == nil {
			t.refuse("unknown_order")
			return
		}
		if o.state == "cancelled" {
			t.refuse("order_cancelled")
			return
		}
		s := t.o.spending[o.spending]
		t.move("revenue:sales", o.balance, o.applied, s.currency, nil)
		if !t.repay(o.rest, zero) {
			return
		}
		day := shownDay(o.occurred, t.o.terms.at(o.occurred).zone)
		for _, per := range o.counted {
			s.opened[o.balance].add(per, o.applied.Neg(), o.occurred, day)
		}
		o.state = "cancelled"
		o.keep(t.clock(e.Recorded))
	}
}

// spendQuoted says for every account that a user may use what would be paid (R7.8).
func spendQuoted(e *event) func(*turn) {
	w, after := readWish(e), e.body.text("after")
	return func(t *turn) {
		if len(t.o.terms) == 0 {
			t.refuse("unknown_org")
			return
		}
		t.post()
		t.line("outcome accepted  of %s send  attempt ", e.ID)
		t.line("of %s %s about ", w.cost(), w.currency)
		for _, id := range slices.Sorted(maps.Keys(t.o.spending)) {
			s := t.o.spending[id]
			if id <= after || !t.o.lets(s.terms.at(w.at), w.user, w.at) {
				continue
			}
			u := t.o.useOf(s, &w)
			if u.why == "" {
				u.why, _, _ = t.refusesRest(u, &w)
			}
			t.line("quoted %s %s of %s %s %s about %s", id, u.amount, u.has, s.currency, u.why, u.terms.told())
		}
	}
}

// spent is where spending accounts stand, and orders.
func (o *org) spent() (all []string) {
	for _, s := range o.spending {
		all = append(all, fmt.Sprintf("%s spending account %s %s opened %d", o.id, s.id, s.currency, len(s.opened)))
		for id, a := range s.opened {
			used := ""
			for _, per := range []string{"week", "month", "year"} {
				for _, day := range slices.SortedFunc(maps.Keys(a.periods[per]), time.Time.Compare) {
					used += fmt.Sprintf(" %s %s %s", per, day.Format(time.DateOnly), a.periods[per][day])
				}
			}
			for _, at := range slices.SortedFunc(maps.Keys(a.recent), time.Time.Compare) {
				used += fmt.Sprintf(" at %s %s", stamp(at), a.recent[at])
			}
			all = append(all, fmt.Sprintf("%s allowance %s budget %s used%s", o.id, id, a.budget, used))
		}
	}
	for _, each := range o.orders {
		paid := ""
		if each.state == "accepted" {
			for _, p := range each.rest.payers {
				paid += " " + p.String()
			}
		}
		all = append(all, fmt.Sprintf("%s order %s %s by %s on %s: %s of %s, the rest by%s", o.id, each.id, each.state, each.user, each.balance, each.applied, each.cost, paid))
	}
	return all
}

// Orders are the ids of an org's orders.
func (m *Model) Orders(org string) []string { return slices.Sorted(maps.Keys(m.org(org).orders)) }
