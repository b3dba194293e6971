package model

import (
	"slices"
	"strings"
	"time"
)

// spendingAccount is money of the org that its users may spend (R7.1). What each has of it is on accounts of their own.
type spendingAccount struct {
	id, currency string
	terms        versions[spendingTerms]
	opened       map[string]*allowance // by the id of the balance
}

// spendingTerms are a spending account as it is from a time on.
type spendingTerms struct {
	on         bool
	labels     []string // what its users are told of it
	shared     bool
	start, end time.Time // its days, both included; zero: without an end
	budget     dec

	catalogs, groups, users []string // who may use it (R7.2)
	items, shelves          list     // what it may pay (R7.5)
	limits                  []limitTerms
}

// list is what is let in, or kept out.
type list struct {
	include bool
	names   []string
}

func (l list) has(name string) bool { return slices.Contains(l.names, name) }

// limitTerms are one limit (R7.6).
type limitTerms struct {
	per     string // item, order, week, month, year, days
	amount  dec
	percent *dec
	days    int
}

// shopperTerms say which groups a user is in, and which catalogs he can see.
type shopperTerms struct{ groups, catalogs []string }

// most is how many versions of an account, or of a user, count.
const most = 32

func latest[T any](all versions[T]) versions[T] { return all[max(0, len(all)-most):] }

// day reads a civil day.
func (b *body) day(name string) time.Time {
	s := b.text(name)
	if s == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.DateOnly, s)
	b.demand(err == nil)
	return at
}

// bodies reads a list of objects.
func (b *body) bodies(name string) (all []*body) {
	v, given := b.fields[name]
	of, ok := v.([]any)
	b.demand(ok || !given)
	for _, each := range of {
		o, ok := each.(map[string]any)
		b.demand(ok)
		all = append(all, &body{fields: o})
	}
	return all
}

func (b *body) list(name string) (l list) {
	o := b.object(name)
	if o == nil {
		return l
	}
	mode := o.name("mode")
	l = list{mode == "include", o.texts("names")}
	b.demand(!o.bad && (l.include || mode == "exclude"))
	return l
}

func (b *body) limits() (all []limitTerms) {
	for _, o := range b.bodies("limits") {
		l := limitTerms{per: o.name("per")}
		amount, byAmount := o.number("amount", 6)
		percent, byPercent := o.number("percent", 9)
		days, counted := o.number("days", 0)
		l.amount, l.days = amount, int(days.IntPart())
		if byPercent {
			l.percent = &percent
		}
		b.demand(!o.bad && byAmount != byPercent && counted == (l.per == "days"))
		b.demand(slices.Contains([]string{"item", "order", "week", "month", "year", "days"}, l.per))
		b.demand(!byPercent || percent.IsPositive() && !l.timeframe())
		b.demand(!counted || l.days > 0 && l.days <= 365)
		all = append(all, l)
	}
	return all
}

func (l limitTerms) timeframe() bool { return l.per != "item" && l.per != "order" }

func spendingDefined(e *event) func(*turn) {
	b := e.body
	id, currency, kind := b.name("spending_account"), b.text("currency"), b.name("type")
	terms := spendingTerms{
		labels: []string{b.text("name"), b.text("description"), b.text("tooltip"), b.text("cost_centre")},
		shared: kind == "shared", start: b.day("start"), end: b.day("end"), items: b.list("items"), shelves: b.list("catalogs"), limits: b.limits(),
	}
	terms.budget, _ = b.number("budget", 6)
	if o := b.object("eligible_for"); o != nil {
		terms.catalogs, terms.groups, terms.users = o.texts("catalogs"), o.texts("groups"), o.texts("users")
		b.demand(!o.bad)
	}
	b.demand(terms.shared || kind == "standard")
	b.demand(!strings.Contains(id, "/") && !terms.start.IsZero() && (terms.end.IsZero() || !terms.end.Before(terms.start)))
	from := e.effective()
	return func(t *turn) {
		s := t.o.spending[id]
		switch {
		case len(t.o.terms) == 0:
			t.refuse("unknown_org")
			return
		case s == nil && currency == "" && t.o.terms.at(e.occurred).currency == "":
			t.refuse("unknown_currency")
			return
		case s == nil:
			if currency == "" {
				currency = t.o.terms.at(e.occurred).currency
			}
			s = &spendingAccount{id: id, currency: currency, opened: map[string]*allowance{}}
		case currency != "" && currency != s.currency:
			t.refuse("currency_fixed")
			return
		case s.onFrom(from):
			t.refuse("account_active")
			return
		case len(s.opened) > 0 && s.terms.at(from).shared != terms.shared:
			t.refuse("type_fixed")
			return
		}
		s.terms = latest(s.terms.with(from, terms))
		t.o.spending[id] = s
		t.post()
	}
}

// onFrom says whether an account is on at a time, or at any later one.
func (s *spendingAccount) onFrom(at time.Time) bool {
	for _, v := range s.terms {
		if v.terms.on && !v.from.Before(at) {
			return true
		}
	}
	return s.terms.at(at).on
}

func spendingSwitched(e *event) func(*turn) {
	id, on, from := e.body.name("spending_account"), e.body.flag("on"), e.effective()
	return func(t *turn) {
		s := t.o.spending[id]
		if why := t.o.refusesSpending(s); why != "" {
			t.refuse(why)
			return
		}
		if terms := s.terms.at(from); terms.on != on {
			if first := s.terms[0].from; from.Before(first) {
				from = first // before it there was no account
			}
			terms.on = on
			s.terms = latest(s.terms.with(from, terms))
		}
		t.post()
	}
}

func (o *org) refusesSpending(s *spendingAccount) string {
	switch {
	case len(o.terms) == 0:
		return "unknown_org"
	case s == nil:
		return "unknown_spending_account"
	}
	return ""
}

func spendingCopied(e *event) func(*turn) {
	of, as, name := e.body.name("spending_account"), e.body.name("as"), e.body.text("name")
	e.body.demand(!strings.Contains(as, "/"))
	return func(t *turn) {
		s := t.o.spending[of]
		why := t.o.refusesSpending(s)
		if why == "" && t.o.spending[as] != nil {
			why = "spending_account_exists"
		}
		if why != "" {
			t.refuse(why)
			return
		}
		terms := s.terms.at(e.Recorded)
		terms.on, terms.labels = false, slices.Clone(terms.labels)
		if name != "" {
			terms.labels[0] = name
		}
		t.o.spending[as] = &spendingAccount{id: as, currency: s.currency, terms: versions[spendingTerms]{{e.Recorded, terms}}, opened: map[string]*allowance{}}
		t.post()
	}
}

func spendingRemoved(e *event) func(*turn) {
	id := e.body.name("spending_account")
	return func(t *turn) {
		s := t.o.spending[id]
		switch {
		case s == nil:
			t.refuse("unknown_spending_account")
		case s.onFrom(t.present(e.Recorded)):
			t.refuse("account_active")
		case len(s.opened) > 0:
			t.refuse("in_use")
		default:
			delete(t.o.spending, id)
			t.post()
		}
	}
}

func userDefined(e *event) func(*turn) {
	id, terms, from := e.body.name("user"), shopperTerms{e.body.texts("groups"), e.body.texts("catalogs")}, e.effective()
	return func(t *turn) {
		if len(t.o.terms) == 0 {
			t.refuse("unknown_org")
			return
		}
		t.o.shoppers[id] = latest(t.o.shoppers[id].with(from, terms))
		t.post()
	}
}

func userRemoved(e *event) func(*turn) {
	id := e.body.name("user")
	return func(t *turn) {
		if len(t.o.shoppers[id]) == 0 {
			t.refuse("unknown_user")
			return
		}
		delete(t.o.shoppers, id)
		t.post()
	}
}

// lets says whether a user may use an account that is so (R7.2).
func (o *org) lets(v spendingTerms, user string, at time.Time) bool {
	var is shopperTerms
	if all := o.shoppers[user]; len(all) > 0 {
		is = all.at(at)
	}
	selected := len(v.catalogs) + len(v.groups) + len(v.users)
	return selected > 0 && matches(v.users, []string{user}) && matches(v.groups, is.groups) && matches(v.catalogs, is.catalogs)
}

// matches says whether a selection is empty, or has one of the names.
func matches(selected, names []string) bool {
	for _, name := range names {
		if slices.Contains(selected, name) {
			return true
		}
	}
	return len(selected) == 0
}

// active says whether an account that is so may be used on a day (R7.1).
func (v spendingTerms) active(day time.Time) bool {
	return v.on && !day.Before(v.start) && (v.end.IsZero() || !day.After(v.end))
}
