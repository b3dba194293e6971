package model

import (
	"strings"
	"time"

	"purser/internal/timezone"
)

// versions are whole definitions, each in force from a time on.
type versions[T any] []version[T]

type version[T any] struct {
	from  time.Time
	terms T
}

// at is what is in force at a time; before the first version the first counts (R2.3).
func (all versions[T]) at(when time.Time) T {
	found := all[0].terms
	for _, v := range all {
		if !v.from.After(when) {
			found = v.terms
		}
	}
	return found
}

// with puts a version in its place, which may be that of another one.
func (all versions[T]) with(from time.Time, terms T) (changed versions[T]) {
	placed := false
	for _, v := range all {
		if !placed && !v.from.Before(from) {
			changed, placed = append(changed, version[T]{from, terms}), true
		}
		if !v.from.Equal(from) {
			changed = append(changed, v)
		}
	}
	if !placed {
		changed = append(changed, version[T]{from, terms})
	}
	return changed
}

// effective is from when a definition counts: as it says, or from when it was recorded (R2.3).
func (e *event) effective() time.Time {
	if at := e.body.time("effective_from"); !at.IsZero() {
		return at
	}
	return e.Recorded
}

type orgTerms struct {
	zone        *time.Location
	currency    string
	multipliers map[string]dec
	reversible  time.Duration
	split       bool // bills are split (R7.7)
}

type planTerms struct {
	multipliers map[string]dec
	cards       map[string]*card
	credits     *credits
}

type accountTerms struct {
	plan        string
	multipliers map[string]dec
	low         *dec
	contacts    []string
	recharge    *policy
	credits     *credits
	funding     *fundingTerms
	customer    *customerTerms
}

// money is a currency as a definition gives it: its own, or its country's (R2.4).
func (b *body) money() string {
	if c := b.text("currency"); c != "" {
		return c
	}
	return map[string]string{"FR": "EUR", "JP": "JPY", "US": "USD"}[b.text("country")]
}

func orgDefined(e *event) func(*turn) {
	zone, err := timezone.Load(e.body.text("time_zone"))
	e.body.demand(err == nil)
	hours, _ := e.body.number("usage_reversible_hours", 0)
	terms := orgTerms{zone, e.body.money(), e.body.factors("multipliers"), time.Duration(hours.IntPart()) * time.Hour, e.body.flag("split_billing")}
	from := e.effective()
	return func(t *turn) {
		t.o.terms = t.o.terms.with(from, terms)
		t.post()
	}
}

func planDefined(e *event) func(*turn) {
	id := e.body.name("plan")
	terms := planTerms{e.body.factors("multipliers"), e.body.cards(), e.body.credits()}
	from := e.effective()
	return func(t *turn) {
		if len(t.o.terms) == 0 {
			t.refuse("unknown_org")
			return
		}
		t.o.plans[id] = t.o.plans[id].with(from, terms)
		t.post()
	}
}

func planRemoved(e *event) func(*turn) {
	id := e.body.name("plan")
	return func(t *turn) {
		switch {
		case len(t.o.plans[id]) == 0:
			t.refuse("unknown_plan")
		case t.o.names(id):
			t.refuse("in_use")
		default:
			delete(t.o.plans, id)
			t.post()
		}
	}
}

// names says whether any version of any account names a plan.
func (o *org) names(plan string) bool {
	for _, a := range o.accounts {
		for _, v := range a.terms {
			if v.terms.plan == plan {
				return true
			}
		}
	}
	return false
}

func rateDefined(e *event) func(*turn) {
	from, to := e.body.name("from"), e.body.name("to")
	rate, given := e.body.number("rate", 9)
	e.body.demand(given && rate.IsPositive() && from != to)
	since := e.effective()
	return func(t *turn) {
		if len(t.o.terms) == 0 {
			t.refuse("unknown_org")
			return
		}
		t.o.rates[from+" "+to] = t.o.rates[from+" "+to].with(since, rate)
		t.post()
	}
}

// rate converts one currency into another, as of a time (R2.4).
func (o *org) rate(from, to string, at time.Time) (rate dec, known bool) {
	if from == to {
		return one, true
	}
	all := o.rates[from+" "+to]
	if len(all) == 0 {
		return one, false
	}
	return all.at(at), true
}

// account is a wallet, or the agency's.
type account struct {
	id, kind, currency string
	terms              versions[accountTerms] // none: it is not defined, or was removed
	purchased          dec
	grants             []*grant // what is left of each is more than nothing
	history            bool     // something was posted to it, or asked of a card
	low, negative      bool     // the alert has gone out, and is not armed again (R4.9)
	volumes            *volumes
	monthly            month             // whose credits come next; 0: none that it is known to get
	given              map[string]*grant // all that it ever had
	funded             month             // of a funding source: when it is funded next by its schedule; 0: never
	night              time.Time         // likewise, when it gets an invoice for what is negative; zero: it is not
	spells             spell
	budgeted           map[string]time.Time // the end of the period whose budget it has had, by team
	books              books
	number             int // of a customer account, from the org's counter; 0: it has none
	numberedName       string
	set                func() dec // of a balance of a spending account: what is set aside for sends (R6.10)
	dunning
}

func (a *account) defined() bool { return a != nil && len(a.terms) > 0 }

func (a *account) balance() dec {
	sum := a.purchased
	for _, g := range a.grants {
		sum = sum.Add(g.left)
	}
	return sum
}

func accountDefined(e *event) func(*turn) {
	b := e.body
	id, kind, currency := b.name("account"), b.name("kind"), b.money()
	b.demand(kind == "wallet" || kind == "agency_wallet" || kind == "funding_source" || kind == "customer_account")
	b.demand(!strings.Contains(id, ":"))
	terms := accountTerms{
		plan: b.text("plan"), multipliers: b.factors("multipliers"), recharge: b.policy(kind), credits: b.credits(), contacts: b.texts("contacts"),
		funding: b.funding(kind), customer: b.customer(),
	}
	b.demand(terms.credits == nil || kind == "wallet")
	if terms.funding != nil && terms.recharge != nil {
		terms.recharge.method = terms.funding.method
	}
	if low, given := b.number("low_balance", 6); given {
		terms.low = &low
	}
	from := e.effective()
	return func(t *turn) {
		a := t.o.accounts[id]
		if why := t.o.refusesAccount(a, e, id, kind, currency, terms, t.present(e.Recorded)); why != "" {
			t.refuse(why)
			return
		}
		if a == nil {
			if currency == "" {
				currency = t.o.terms.at(e.occurred).currency
			}
			a = &account{id: id, kind: kind, currency: currency, volumes: newVolumes(), books: books{drafts: map[string]*transaction{}}}
			t.o.accounts[id] = a
		}
		if kind == "agency_wallet" {
			t.o.agency = id
		}
		first := !a.defined()
		a.terms = a.terms.with(from, terms)
		t.post()
		if kind == "customer_account" {
			t.o.number(a, t.o.creditAt(t.present(e.Recorded)).profile, terms.customer)
			t.crossLimit(a)
			return
		}
		if first {
			v := a.terms.at(t.present(e.Recorded))
			a.low, a.negative = v.isLow(a.balance()), a.balance().IsNegative() // below a line from the start, it has not crossed it (R4.9)
		}
		if t.o.mayGive(terms) {
			t.o.expectCredits(a, t.present(e.Recorded))
		}
		if kind == "funding_source" {
			t.o.expectFunding(a, t.present(e.Recorded))
			t.o.flag(id, from, terms.funding.flagged)
		}
		t.judge(a, t.present(e.Recorded))
	}
}

// refusesAccount says why a definition is refused. Kind and currency are fixed by the first one (R2.4).
func (o *org) refusesAccount(a *account, e *event, id, kind, currency string, terms accountTerms, present time.Time) string {
	switch {
	case len(o.terms) == 0:
		return "unknown_org"
	case a != nil && a.kind != kind:
		return "kind_fixed"
	case terms.misfits(kind):
		return "not_of_this_kind"
	case a != nil && currency != "" && currency != a.currency:
		return "currency_fixed"
	case terms.plan != "" && len(o.plans[terms.plan]) == 0:
		return "unknown_plan"
	case kind == "agency_wallet" && o.agency != "" && o.agency != id:
		return "agency_wallet_exists"
	case a == nil && currency == "" && o.terms.at(e.occurred).currency == "":
		return "unknown_currency"
	}
	if kind != "customer_account" {
		return ""
	}
	p := o.creditAt(present)
	if why := p.refusesTerms(terms.customer); why != "" {
		return why
	}
	if why := p.profile.refusesProfile(a, terms.customer); why != "" {
		return why
	}
	switch {
	case a != nil:
		currency = a.currency
	case currency == "":
		currency = o.terms.at(e.occurred).currency
	}
	return o.refusesPaying(p.payments, terms.customer, currency)
}

func accountRemoved(e *event) func(*turn) {
	id := e.body.name("account")
	return func(t *turn) {
		a := t.o.accounts[id]
		switch {
		case !a.defined():
			t.refuse("unknown_account")
			return
		case !a.balance().IsZero() || len(a.grants) > 0 || a.openRecharges() > 0 || t.o.named(id) || t.o.open(a, anyInvoice).IsPositive() || a.team() != "" || len(a.books.drafts) > 0 || t.o.paysFrom(id):
			t.refuse("in_use")
			return
		}
		if a.kind == "agency_wallet" {
			t.o.agency = ""
		}
		for i := range t.o.defaults {
			if t.o.defaults[i].terms == id {
				t.o.defaults[i].terms = ""
			}
		}
		if !a.history && len(a.budgeted) == 0 {
			delete(t.o.accounts, id)
		}
		a.terms, a.volumes, a.monthly = nil, newVolumes(), 0
		a.number, a.numberedName = 0, ""
		a.funded, a.night, a.spells = 0, time.Time{}, nil
		a.dunning = dunning{recharges: a.recharges}
		t.post()
	}
}
