package model

import (
	"time"
)

// budget is what each member of a team gets in each period (R5.5).
type budget struct {
	amount   dec
	every    string
	rollover bool
}

func (b *body) budget() *budget {
	o := b.object("budget")
	if o == nil {
		return nil
	}
	g := &budget{amount: o.posted(), every: o.name("every"), rollover: o.text("mode") == "rollover"}
	b.demand(!o.bad)
	return g
}

// after is when the period after the one that an instant is in begins, in a zone: weeks on Monday, quarters on the 1st of January, April,
// July and October (R1.6).
func (g *budget) after(at time.Time, zone *time.Location) time.Time {
	year, m, day := at.In(zone).Date()
	for date := time.Date(year, m, day, 0, 0, 0, 0, time.UTC); ; {
		date = date.AddDate(0, 0, 1)
		first := date.Day() == 1
		switch g.every {
		case "week":
			first = date.Weekday() == time.Monday
		case "quarter":
			first = first && (date.Month()-1)%3 == 0
		case "year":
			first = first && date.Month() == time.January
		}
		if first {
			return midnight(date, zone)
		}
	}
}

// awaitBudget: a team's budget runs when the next period begins, by the budget that is in force; or when the first one comes into force.
func (o *org) awaitBudget(t *team, at time.Time) {
	t.next, t.awaiting = time.Time{}, false
	if g := t.terms.at(at).budget; g != nil {
		t.next = g.after(at, o.terms.at(at).zone)
		return
	}
	for _, v := range t.terms {
		if v.terms.budget != nil && v.from.After(at) {
			t.next, t.awaiting = v.from, true
			return
		}
	}
}

// run gives a budget to members.
type run struct {
	team    string
	source  *account
	until   time.Time // the end of the period: in each, a member has part once
	at      time.Time
	each    bool
	later   bool // what is added waits for the card
	members []*account
	changes []dec // by member
	sum     dec
}

// run works out what a run changes; nil where the team has no budget, or no funding source. Nothing is taken from who joins.
func (o *org) run(t *team, at time.Time, members []*account, joins bool) *run {
	v := t.terms.at(at)
	if v.budget == nil || v.balances == "" {
		return nil
	}
	source := o.accounts[v.balances]
	terms := source.terms.at(at).funding
	r := &run{team: t.id, source: source, until: t.next, at: at, each: terms.each}
	for _, m := range members {
		if m.currency != source.currency || m.budgeted[t.id].After(at) {
			continue
		}
		change := v.budget.amount
		if !v.budget.rollover {
			change = change.Sub(m.available())
		}
		if change.IsNegative() {
			change = smaller(change.Neg(), m.movable()).Neg() // of purchased money alone
			if joins || change.IsPositive() {
				change = zero
			}
		}
		r.members, r.changes, r.sum = append(r.members, m), append(r.changes, change), r.sum.Add(change)
	}
	r.later = !terms.byInvoice() && r.sum.IsPositive() && (r.each || r.sum.GreaterThan(source.available()))
	return r
}

// draftRun makes the moves of a run and posts them, where all balances can hold them.
func (t *turn) draftRun(r *run) bool {
	if r == nil {
		return t.post()
	}
	for i, m := range r.members {
		if r.changes[i].IsNegative() {
			t.move(m.id, r.source.id, r.changes[i].Neg(), m.currency, nil)
		}
	}
	for i, m := range r.members {
		if r.changes[i].IsPositive() && !r.later {
			t.move(r.source.id, m.id, r.changes[i], m.currency, nil)
		}
	}
	return t.post()
}

// postRun is what follows the moves: who has had part, and what is asked of the card. What the source had before the run and what it was
// given back is held for the members.
func (t *turn) postRun(r *run) {
	if r == nil {
		return
	}
	added, back := zero, zero
	c := &cover{}
	for i, m := range r.members {
		if m.budgeted == nil {
			m.budgeted = map[string]time.Time{}
		}
		m.budgeted[r.team] = r.until
		if r.changes[i].IsPositive() {
			added = added.Add(r.changes[i])
			c.shares = append(c.shares, portion{m.id, r.changes[i]})
		} else {
			back = back.Sub(r.changes[i])
		}
	}
	at := t.present(r.at)
	if r.later {
		asked := r.sum
		if had := r.source.available().Sub(back); !r.each && had.IsPositive() {
			asked = asked.Sub(had)
		}
		c.held = added.Sub(asked)
		t.cover(r.source, "team_budget", asked, r.source.terms.at(r.at).funding.method, at, c)
	}
	for _, a := range append([]*account{r.source}, r.members...) {
		if t.posted(a) {
			t.judge(a, at)
		}
	}
}

// runBudget runs a team's budget when its period begins.
func (m *Model) runBudget(o *org, t *team) {
	at := t.next
	o.awaitBudget(t, at)
	r := o.run(t, at, o.members(t.id), false)
	if r == nil {
		return
	}
	turn := m.work(o, "budget_run", t.id, at)
	if turn.draftRun(r) {
		turn.postRun(r)
	}
}
