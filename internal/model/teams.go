package model

import (
	"time"
)

// team is a group of users (R5.4).
type team struct {
	id       string
	terms    versions[teamTerms]
	next     time.Time // when its budget runs; zero: never
	awaiting bool      // that is when its first budget comes into force, and not the start of a period
}

type teamTerms struct {
	balances, licences string
	budget             *budget
}

// spell is a time in a team, by when it began; "" is in none.
type spell = versions[string]

// teamAt is the team that a user was in; before the first one, none (R5.9).
func (a *account) teamAt(at time.Time) string {
	if len(a.spells) == 0 || at.Before(a.spells[0].from) {
		return ""
	}
	return a.spells.at(at)
}

// team is the one that he is in by all that was told.
func (a *account) team() string {
	if len(a.spells) == 0 {
		return ""
	}
	return a.spells[len(a.spells)-1].terms
}

func (o *org) members(team string) (all []*account) {
	for _, a := range o.accountsInOrder() {
		if a.team() == team {
			all = append(all, a)
		}
	}
	return all
}

// sourceOr is the funding source that a definition names; where it names none, the org's default.
func (o *org) sourceOr(name string, at time.Time) string {
	switch name {
	case "":
		return o.defaultAt(at)
	case "none":
		return ""
	}
	return name
}

func teamDefined(e *event) func(*turn) {
	b := e.body
	id, balances, licences, given := b.name("team"), b.text("funding_source"), b.text("licence_source"), b.budget()
	from := e.effective()
	return func(t *turn) {
		if len(t.o.terms) == 0 {
			t.refuse("unknown_org")
			return
		}
		v := teamTerms{t.o.sourceOr(balances, from), t.o.sourceOr(licences, from), given}
		if why := t.o.refusesSources(v.balances, v.licences); why != "" {
			t.refuse(why)
			return
		}
		old := t.o.teams[id]
		if old == nil {
			old = &team{id: id}
		}
		is, now := *old, t.present(e.Recorded)
		is.terms = is.terms.with(from, v)
		first := given != nil && (old.next.IsZero() || old.awaiting && from.Before(old.next))
		switch {
		case first && from.After(now):
			is.next, is.awaiting = from, true
		case first: // R5.5: at once, and from then on by the calendar
			t.o.awaitBudget(&is, now)
			r := t.o.run(&is, now, t.o.members(id), false)
			if !t.draftRun(r) {
				return
			}
			t.o.teams[id] = &is
			t.postRun(r)
			return
		}
		t.post()
		t.o.teams[id] = &is
	}
}

func teamRemoved(e *event) func(*turn) {
	id := e.body.name("team")
	return func(t *turn) {
		switch {
		case t.o.teams[id] == nil:
			t.refuse("unknown_team")
		case len(t.o.members(id)) > 0:
			t.refuse("in_use")
		default:
			delete(t.o.teams, id)
			t.post()
		}
	}
}

// refusesMember says why nobody joins or leaves.
func (o *org) refusesMember(a *account, team string) string {
	if why := o.refuses(a); why != "" {
		return why
	}
	switch {
	case a.kind != "wallet":
		return "not_a_wallet"
	case o.teams[team] == nil:
		return "unknown_team"
	}
	return ""
}

// memberJoined: from when it happened, a user is in a team and in no other; he gets its budget at once (R5.6), unless he is in it already, or
// it is told so late that he is in it no more.
func memberJoined(e *event) func(*turn) {
	id, user := e.body.name("team"), e.body.name("account")
	return func(t *turn) {
		a := t.o.accounts[user]
		if why := t.o.refusesMember(a, id); why != "" {
			t.refuse(why)
			return
		}
		if a.teamAt(e.occurred) == id {
			t.post()
			return
		}
		in := t.o.teams[id]
		late := len(a.spells) > 0 && a.spells[len(a.spells)-1].from.After(e.occurred)
		var r *run
		if a.team() != id && !late && !in.awaiting && !in.next.IsZero() {
			r = t.o.run(in, t.present(e.Recorded), []*account{a}, true)
		}
		if !t.draftRun(r) {
			return
		}
		a.spells = a.spells.with(e.occurred, id)
		t.postRun(r)
	}
}

func memberLeft(e *event) func(*turn) {
	id, user := e.body.name("team"), e.body.name("account")
	return func(t *turn) {
		a := t.o.accounts[user]
		why := t.o.refusesMember(a, id)
		if why == "" && a.teamAt(e.occurred) != id {
			why = "not_a_member"
		}
		if why != "" {
			t.refuse(why)
			return
		}
		t.post()
		a.spells = a.spells.with(e.occurred, "")
	}
}

// licencePurchased charges what a licence costs to the source that its team had for licences (R5.7).
func licencePurchased(e *event) func(*turn) {
	b := e.body
	id, price, currency := b.name("team"), b.posted(), b.name("currency")
	return func(t *turn) {
		in := t.o.teams[id]
		switch {
		case len(t.o.terms) == 0:
			t.refuse("unknown_org")
			return
		case in == nil:
			t.refuse("unknown_team")
			return
		case in.terms.at(e.occurred).licences == "":
			t.refuse("no_funding_source")
			return
		}
		a, at := t.o.accounts[in.terms.at(e.occurred).licences], t.present(e.Recorded)
		rate, known := t.o.rate(currency, a.currency, e.occurred)
		if !known {
			t.refuse("no_fx_rate")
			return
		}
		l := &licence{price, currency, rounded(price.Mul(rate))}
		if l.amount.GreaterThan(limit) {
			t.refuse("balance_out_of_range")
			return
		}
		if lacks := a.lacks(l.amount); lacks.IsPositive() && !a.terms.at(at).funding.byInvoice() {
			t.post()
			r := t.cover(a, "licence", lacks, a.terms.at(at).funding.method, at, &cover{held: l.amount.Sub(lacks), licence: l})
			r.asked = e.ID
			t.answers("pending", "pending_funds", e.ID, a, l.amount, r.attempts[0].id, 0, "")
			return
		}
		t.pay(a, l)
		if t.post() {
			t.answers("accepted", "", e.ID, a, l.amount, "", 0, "")
			t.judge(a, at)
		}
	}
}

// licence is what one costs, and what that is for the account that pays it.
type licence struct {
	price    dec
	currency string
	amount   dec
}

func (t *turn) pay(a *account, l *licence) {
	if l.currency == a.currency {
		t.move(a.id, "revenue:licences", l.amount, a.currency, nil)
		return
	}
	t.move(a.id, "world:fx", l.amount, a.currency, nil)
	t.move("world:fx", "revenue:licences", l.price, l.currency, nil)
}

// lacks is what an account has too little for an amount: what is negative already is not asked for again (R6.3).
func (a *account) lacks(amount dec) dec {
	if has := a.available(); has.IsPositive() {
		amount = amount.Sub(has)
	}
	if amount.IsNegative() {
		return zero
	}
	return amount
}
