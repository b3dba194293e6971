package model

import (
	"slices"
	"time"
)

// grant is complimentary credit that was given.
type grant struct {
	id             string
	given, expires time.Time // expires is zero where it does not
	left           dec
}

// grant is one of an account's: the same once more is more of it (R3.5).
func (a *account) grant(id string, given, expires time.Time) *grant {
	key := id + "|" + stamp(given) + "|" + stamp(expires)
	if a.given[key] == nil {
		if a.given == nil {
			a.given = map[string]*grant{}
		}
		a.given[key] = &grant{id: id, given: given, expires: expires}
	}
	return a.given[key]
}

// keep holds a grant among the account's as long as something of it is left.
func (a *account) keep(g *grant) {
	at := slices.Index(a.grants, g)
	switch {
	case at < 0:
		a.grants = append(a.grants, g)
	case g.left.IsZero():
		a.grants = slices.Delete(a.grants, at, at+1)
	}
}

func creditsGranted(e *event) func(*turn) {
	b := e.body
	id, amount, currency, expires := b.name("account"), b.posted(), b.name("currency"), b.time("expires_at")
	return func(t *turn) {
		a := t.o.accounts[id]
		switch why := t.o.refuses(a); {
		case why != "":
			t.refuse(why)
			return
		case a.kind != "wallet":
			t.refuse("not_a_wallet")
			return
		case currency != a.currency:
			t.refuse("currency_mismatch")
			return
		case !expires.IsZero() && !expires.After(t.now(e.Recorded)):
			t.refuse("already_expired")
			return
		}
		t.move("world:complimentary", id, amount, currency, a.grant(e.ID, e.occurred, expires))
		if t.post() {
			t.judge(a, t.present(e.Recorded))
		}
	}
}

// refuses says why nothing can be done with an account that an event names.
func (o *org) refuses(a *account) string {
	switch {
	case len(o.terms) == 0:
		return "unknown_org"
	case !a.defined():
		return "unknown_account"
	}
	return ""
}

// credits come on the 1st of each month (R3.7).
type credits struct {
	amount dec
	months int // after which they expire; 0: never
}

func (b *body) credits() *credits {
	o := b.object("monthly_credits")
	if o == nil {
		return nil
	}
	amount, given := o.number("amount", 6)
	months, _ := o.number("expire_after_months", 0)
	b.demand(!o.bad && given)
	return &credits{amount, int(months.IntPart())}
}

// mayGive says whether a definition of an account may bring it credits: its own, or those of any version of its plan.
func (o *org) mayGive(terms accountTerms) bool {
	if terms.credits != nil {
		return true
	}
	for _, v := range o.plans[terms.plan] {
		if v.terms.credits != nil {
			return true
		}
	}
	return false
}

// expectCredits begins a wallet's monthly credits with the next month, in its org's zone (R1.6).
func (o *org) expectCredits(a *account, at time.Time) {
	if a.kind == "wallet" && a.monthly == 0 {
		a.monthly = monthOf(at, o.terms.at(at).zone) + 1
	}
}

// begins is when a month begins for an org.
func (o *org) begins(m month) time.Time {
	return m.start(o.terms.at(m.start(o.terms[len(o.terms)-1].terms.zone)).zone)
}

// giveCredits gives a wallet those of a month, as its own definition or else its plan says that was in force on the 1st (R3.7).
func (m *Model) giveCredits(o *org, a *account) {
	first := o.begins(a.monthly)
	terms, id := a.terms.at(first), "monthly/"+a.monthly.String()
	plan := o.plans[terms.plan]
	gives := terms.credits
	if gives == nil && len(plan) > 0 {
		gives = plan.at(first).credits
	}
	var expires time.Time
	if gives != nil && gives.months > 0 {
		expires = o.begins(a.monthly + month(gives.months))
	}
	g := a.grant(id, first, expires)
	a.nextMonth(plan, first)
	if gives == nil || gives.amount.IsZero() {
		return
	}
	t := m.work(o, "credits_given", id, first)
	t.move("world:complimentary", a.id, gives.amount, a.currency, g)
	if t.post() {
		t.judge(a, m.present(first))
	}
}

// nextMonth goes on to the next month, unless nothing is known that may give anything then: a plan that begins to give credits later
// reaches the wallet with its next usage or definition (R3.7, "Built so far").
func (a *account) nextMonth(plan versions[planTerms], first time.Time) {
	a.monthly++
	for _, v := range plan {
		if v.terms.credits != nil {
			return
		}
	}
	for _, v := range a.terms {
		if v.terms.credits != nil || v.terms.plan != "" && v.from.After(first) {
			return
		}
	}
	a.monthly = 0
}

// expire posts what is left of a grant back (R3.7).
func (m *Model) expire(o *org, a *account, g *grant) {
	t := m.work(o, "grant_expired", g.id, g.expires)
	t.move(a.id, "world:complimentary", g.left, a.currency, g)
	if t.post() {
		t.judge(a, m.present(g.expires))
	}
}
