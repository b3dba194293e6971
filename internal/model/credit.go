package model

import (
	"slices"
	"time"
)

// creditPolicy is what an org says of all its customer accounts (R8.3, R8.4).
type creditPolicy struct {
	ratings   map[string]creditRating
	maxima    map[string]dec // by KYC profile
	overrides []map[string][]string
	payments  *paymentRules
	profile   profileRules
}

type creditRating struct {
	limit                   *dec
	days, shortest, longest int
}

// limits are the credit terms of an account.
type limits struct {
	days  int
	limit *dec // nil: none
}

func (b *body) days(name string) int {
	n, given := b.number(name, 0)
	b.demand(!given || n.IsPositive() && n.IsInteger() && n.IntPart() <= 365)
	return int(n.IntPart())
}

func (b *body) maybe(name string) *dec {
	if n, given := b.number(name, 6); given {
		return &n
	}
	return nil
}

// objects reads a list of what is nested.
func (b *body) objects(name string) (all []*body) {
	v, given := b.fields[name]
	list, ok := v.([]any)
	b.demand(ok || !given)
	for _, each := range list {
		fields, ok := each.(map[string]any)
		b.demand(ok)
		all = append(all, &body{fields: fields})
	}
	return all
}

func customerSettings(e *event) func(*turn) {
	b := e.body
	p := creditPolicy{ratings: map[string]creditRating{}, maxima: map[string]dec{}, payments: b.paymentRules(), profile: b.profileRules()}
	for _, o := range b.objects("credit_ratings") {
		r := creditRating{o.maybe("credit_limit"), o.days("credit_days"), o.days("shortest_days"), o.days("longest_days")}
		if r.shortest == 0 {
			r.shortest = r.days
		}
		if r.longest == 0 {
			r.longest = r.days
		}
		p.ratings[o.name("credit_rating")] = r
		b.demand(!o.bad)
	}
	for _, o := range b.objects("kyc_profiles") {
		maximum := o.maybe("maximum_limit")
		o.demand(maximum != nil)
		b.demand(!o.bad)
		if maximum != nil {
			p.maxima[o.name("kyc_profile")] = *maximum
		}
	}
	for _, o := range b.objects("credit_limit_overrides") {
		p.overrides = append(p.overrides, map[string][]string{
			"events": o.texts("events"), "classes": o.texts("classifications"), "ratings": o.texts("credit_ratings"), "profiles": o.texts("kyc_profiles"),
		})
	}
	from := e.effective()
	return func(t *turn) {
		if len(t.o.terms) == 0 {
			t.refuse("unknown_org")
			return
		}
		t.o.credit = t.o.credit.with(from, p)
		t.post()
	}
}

func (o *org) creditAt(at time.Time) creditPolicy {
	if len(o.credit) == 0 {
		return creditPolicy{}
	}
	return o.credit.at(at)
}

// refusesTerms says why the credit terms of a definition are refused (R8.3).
func (p creditPolicy) refusesTerms(c *customerTerms) string {
	if c == nil {
		return ""
	}
	r, rated := p.ratings[c.rating]
	maximum, profiled := p.maxima[c.profile]
	switch {
	case c.rating != "" && !rated:
		return "unknown_rating"
	case c.profile != "" && !profiled:
		return "unknown_kyc_profile"
	case rated && c.days != 0 && (c.days < r.shortest || c.days > r.longest):
		return "outside_credit_terms"
	case profiled && c.limit != nil && c.limit.GreaterThan(maximum):
		return "above_maximum_limit"
	}
	return ""
}

// limits are what is in force for an account.
func (o *org) limits(a *account, at time.Time) (l limits, c customerTerms, p creditPolicy) {
	p = o.creditAt(at)
	if own := a.terms.at(at).customer; own != nil {
		c = *own
	}
	l = limits{c.days, c.limit}
	if r, rated := p.ratings[c.rating]; rated {
		if l.days == 0 {
			l.days = r.days
		}
		if l.limit == nil {
			l.limit = r.limit
		}
	}
	if maximum, profiled := p.maxima[c.profile]; profiled && (l.limit == nil || l.limit.GreaterThan(maximum)) {
		l.limit = &maximum
	}
	return l, c, p
}

// exceeds says whether using an amount leaves more owed than the limit, and no rule lets it pass (R8.4).
func (t *turn) exceeds(a *account, amount dec, names ...string) bool {
	l, c, p := t.o.limits(a, t.inForce())
	if l.limit == nil || !amount.Sub(a.available()).GreaterThan(*l.limit) {
		return false
	}
	meets := func(list []string, have ...string) bool {
		return len(list) == 0 || slices.ContainsFunc(have, func(s string) bool { return slices.Contains(list, s) })
	}
	for _, o := range p.overrides {
		if meets(o["events"], names...) && meets(o["classes"], c.classes...) && meets(o["ratings"], c.rating) && meets(o["profiles"], c.profile) {
			return false
		}
	}
	return true
}

// crossLimit alerts when more is owed than the limit, and when it no longer is.
func (t *turn) crossLimit(a *account) {
	at := t.inForce()
	l, _, _ := t.o.limits(a, at)
	over, kind := l.limit != nil && a.balance().Neg().GreaterThan(*l.limit), "credit_limit_restored"
	if over == a.books.over {
		return
	}
	if a.books.over = over; over {
		kind = "credit_limit_exceeded"
	}
	limit := zero
	if l.limit != nil {
		limit = *l.limit
	}
	t.line("alert %s %s %s %s limit %s to %s %s", kind, a.id, a.balance(), a.currency, limit, contacts(a.terms.at(at).contacts), sentTo(a.terms.at(at).customer))
}

func statusRequested(e *event) func(*turn) {
	b := e.body
	id, status, reference := b.name("account"), b.name("status"), b.text("transaction")
	b.demand(slices.Contains([]string{"active", "suspended", "terminated", "written_off"}, status))
	return func(t *turn) {
		a := t.o.accounts[id]
		why := t.refusesCustomer(a)
		switch {
		case why != "":
		case a.books.status == "terminated":
			why = "account_terminated"
		case status == "terminated" && len(a.books.drafts) > 0:
			why = "drafts_left"
		case (reference != "") != (status == "written_off"):
			why = "not_of_this_kind"
		case reference != "" && a.books.find(reference) != nil:
			why = "transaction_exists"
		}
		if why != "" {
			t.refuse(why)
			return
		}
		x := &transaction{id: reference, kind: "write_off"}
		if status == "written_off" {
			t.dated(x, e.occurred)
			if !t.postTransaction(a, x) {
				return
			}
		} else {
			t.post()
		}
		a.books.status = status
		t.o.enrol(a)
		t.line("status %s %s", id, status)
		if reference == "" {
			t.line("outcome accepted  of %s:  0 %s, balance %s invoice 0 send ", t.e.ID, a.currency, a.balance())
			return
		}
		t.answerTransaction(a, x)
	}
}

func creditRequested(e *event) func(*turn) {
	b := e.body
	id, what, amount, currency := b.name("account"), b.name("for"), b.posted(), b.name("currency")
	return func(t *turn) {
		a := t.o.accounts[id]
		why := t.refusesCustomer(a)
		switch {
		case why != "":
		case a.books.status != "" && a.books.status != "active":
			why = "account_" + a.books.status
		case currency != a.currency:
			why = "currency_mismatch"
		case t.exceeds(a, amount, what):
			why = "credit_limit_exceeded"
		}
		if why != "" {
			t.refuse(why)
			return
		}
		t.post()
		t.line("outcome accepted  of %s:  %s %s, balance %s invoice 0 send ", t.e.ID, amount, a.currency, a.balance())
	}
}
