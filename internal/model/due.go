package model

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// tick runs all that falls due up to its time, in due order, each at its own time (R1.7). One that is not newer than the last changes
// nothing; one far ahead of the broker's time is refused.
func (m *Model) tick(r *Record) {
	at := readBody(r.Body).time("time")
	if at.After(r.Recorded.Add(tickAhead)) {
		m.tell(&Fact{Result: "dead-letter", Reason: "clock_ahead", ID: r.ID})
		return
	}
	if !at.After(m.last) {
		return
	}
	m.until = at
	for {
		all := m.due()
		if len(all) == 0 {
			break
		}
		slices.MinFunc(all, func(a, b duty) int {
			return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.rank, b.rank), cmp.Compare(a.about, b.about))
		}).do()
		m.takeSteps()
	}
	m.last = at
}

// duty is something that is due. At one instant, what an account has to do comes first, then its transactions, then a close that is scheduled, then usage that has waited in vain, then what is to
// do about recharges, about sends, about teams, then what is forgotten, then reversals that wait.
type duty struct {
	at    time.Time
	rank  int
	about string
	do    func()
}

// due is all that the tick has made due.
func (m *Model) due() (all []duty) {
	add := func(at time.Time, rank int, about string, do func()) {
		if !at.IsZero() && !at.After(m.until) {
			all = append(all, duty{at, rank, about, do})
		}
	}
	for _, o := range m.inOrder() {
		for _, a := range o.accountsInOrder() {
			m.dueOf(o, a, add)
		}
		if p := o.periods; p != nil && p.plan != nil {
			add(p.plan.at, 1, o.id, func() { m.closeAsPlanned(o) })
		}
		for _, s := range o.sendsInOrder() {
			add(s.until, 4, o.id+"|"+s.id, func() { m.workSend(o, s) })
		}
		for _, id := range slices.Sorted(maps.Keys(o.teams)) {
			add(o.teams[id].next, 5, o.id+"|"+id, func() { m.runBudget(o, o.teams[id]) })
		}
		for i, w := range o.waiting {
			if i == slices.IndexFunc(o.waiting, func(other *waiting) bool { return other.account == w.account }) {
				add(w.deadline, 2, o.id+"|"+w.account, func() {
					o.waiting = without(o.waiting, w)
					m.givenUp(w, "unknown_account", w.deadline)
				})
			}
		}
		for _, key := range slices.Sorted(maps.Keys(o.used)) {
			add(o.used[key].forget, 6, o.id, func() { delete(o.used, key) })
		}
		for _, id := range slices.Sorted(maps.Keys(o.orders)) {
			add(o.orders[id].until, 5, o.id, func() { delete(o.orders, id) })
		}
		for _, w := range o.reversals {
			add(w.due, 7, o.id, func() { m.lookAgain(o, w) })
		}
	}
	return all
}

// dueOf is what an account has to do: the end of grants, then monthly credits, scheduled funding, the end of a day, then retries.
func (m *Model) dueOf(o *org, a *account, add func(time.Time, int, string, func())) {
	about := o.id + "|" + a.id
	for _, g := range a.grants {
		add(g.expires, -1, about+"|0|"+stamp(g.given)+g.id, func() { m.expire(o, a, g) })
	}
	if a.monthly != 0 {
		add(o.begins(a.monthly), -1, about+"|1", func() { m.giveCredits(o, a) })
	}
	if a.funded != 0 {
		add(o.begins(a.funded), -1, about+"|2", func() { m.fundOnSchedule(o, a) })
	}
	add(a.night, -1, about+"|3", func() { m.endDay(o, a) })
	m.dueOfBooks(o, a, add)
	for n, r := range a.recharges {
		number := fmt.Sprintf("%s|%4d", about, n)
		if r.purpose == "automatic" {
			add(r.retry, -1, about+"|4", func() { m.retry(o, r) })
		} else {
			add(r.retry, 3, number, func() { m.retryCovering(o, r) })
		}
		for _, each := range r.attempts {
			add(each.tellsAt, 3, number, func() { m.tellUnresolved(o, r, each) })
		}
	}
}

func (m *Model) inOrder() (all []*org) {
	for _, id := range slices.Sorted(maps.Keys(m.orgs)) {
		all = append(all, m.orgs[id])
	}
	return all
}

func (o *org) accountsInOrder() (all []*account) {
	for _, id := range slices.Sorted(maps.Keys(o.accounts)) {
		all = append(all, o.accounts[id])
	}
	return all
}
