package verify

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"time"

	"purser/topics"
)

const (
	wholeDay = 24 * 60 * 60 * 1_000_000 // in microseconds
	patience = wholeDay                 // how long anything waits (R6.3, R6.5, R4.7, R10.2)
	skew     = 5 * 60 * 1_000_000       // by which the clocks of two brokers may differ
)

// moment is when something was written: after which ledger records, and by the broker's clock. What time it was by ticks is not in
// the ledger, so that of everything with a period of its own (24 h, a month) is only known that it is due no later than some time.
type moment struct {
	entry   uint64
	turns   int   // of the clock that were seen before
	written int64 // by the ledger's broker
}

// clock is what is known of a partition's ticks.
type clock struct {
	offsets []int64 // of the ticks that count, ascending, with
	times   []int64 // the latest time up to each, and
	told    []int64 // when each was written
	turns   []int64 // the offsets of the ticks and continuations that caused ledger records, in the order of these
	last    int64   // the latest tick that the audit counts; 0: none
}

// setClock reads the ticks: those that became a dead letter have no say.
func (a *audit) setClock(all []letter) {
	refused := map[int64]bool{}
	for i := range all {
		if all[i].cause.topic == tickTopic {
			refused[all[i].cause.offset] = true
		}
	}
	c, latest := &a.clock, int64(0)
	for i := range a.inputs.records[tickTopic] {
		in := &a.inputs.records[tickTopic][i]
		if kinds[in.kind] != topics.TypeTick || refused[in.offset] {
			continue
		}
		latest = max(latest, in.occurred)
		c.offsets, c.times, c.told = append(c.offsets, in.offset), append(c.times, latest), append(c.told, in.recorded)
		if !in.is(later) {
			c.last = latest
		}
	}
}

// turn notes that a record was caused by the clock: no tick behind that one had been read when anything before it was decided.
func (a *audit) turn(e *entry) {
	if e.in == nil || e.cause.topic != tickTopic {
		return
	}
	if n := len(a.clock.turns); n == 0 || a.clock.turns[n-1] < e.cause.offset {
		a.clock.turns = append(a.clock.turns, e.cause.offset)
	}
}

// now is the moment of an entry.
func (a *audit) now(e *entry) moment {
	turns := len(a.clock.turns)
	if e.cause.topic == tickTopic && turns > 0 {
		turns-- // the tick that caused it is the latest that can have been read
	}
	return moment{e.body.Entry, turns, e.written}
}

// latestAt is the latest that it can have been at a moment: by the ticks that can have been read, or by the broker.
func (c *clock) latestAt(m moment) int64 {
	n := sort.Search(len(c.told), func(i int) bool { return c.told[i] > m.written+skew })
	if m.turns < len(c.turns) {
		n = min(n, sort.Search(len(c.offsets), func(i int) bool { return c.offsets[i] > c.turns[m.turns] }))
	}
	if n == 0 {
		return m.written
	}
	return max(c.times[n-1], m.written)
}

// passed says whether something that waits since a moment has waited for as long as it may, by the last tick.
func (a *audit) passed(since moment, micros int64) bool {
	return a.clock.latestAt(since)+micros <= a.clock.last
}

// overdue finds the work that was due by the last tick and is not done (R1.7), as far as the ledger tells when it was due.
func (a *audit) overdue() {
	if a.clock.last == 0 || a.blind || a.report.Forgotten > 0 {
		return // without all of the inputs nothing can be said
	}
	a.overdueEvents()
	for _, org := range slices.Sorted(maps.Keys(a.world)) {
		o := a.world[org]
		for _, name := range slices.Sorted(maps.Keys(o.accounts)) {
			acct := o.accounts[name]
			a.overdueGrants(org, name, acct)
			a.overdueMonths(org, o, name, acct)
			a.overdueAttempts(org, name, acct)
			a.overdueDay(org, name, acct)
			a.overdueCharges(org, name, acct)
		}
		for _, name := range slices.Sorted(maps.Keys(o.sends)) {
			if s := o.sends[name]; s.state == fundsPending && a.passed(s.at, patience) {
				a.late(org, "the send %s waits for a card for more than a day", name)
			}
		}
	}
}

// late notes what is late; there is no record where it is, so its org has to do.
func (a *audit) late(org, format string, args ...any) {
	a.report.find(CheckOverdue, org, "by the tick at %s: %s", time.UnixMicro(a.clock.last).UTC().Format(time.RFC3339), fmt.Sprintf(format, args...))
}

func (a *audit) overdueGrants(org, name string, acct *account) {
	for _, g := range acct.grants {
		if g.expiresAt != 0 && g.expiresAt <= a.clock.last && g.left > 0 {
			a.late(org, "%s of the grant %s of %s has expired and is still there", g.left, g.id, name)
		}
	}
}

// overdueMonths finds a month that has begun, and a wallet without its credits or a source without its funding.
func (a *audit) overdueMonths(org string, o *orgModel, name string, acct *account) {
	if len(acct.versions) == 0 {
		return
	}
	from := max(a.clock.latestAt(acct.defined), a.clock.latestAt(o.defined), a.clock.latestAt(o.planned))
	till := a.clock.last
	if o.moves() {
		till -= 2 * wholeDay // a month that was awaited in another zone comes when it begins there
	}
	month := func(at int64) int { t := time.UnixMicro(at).UTC(); return t.Year()*12 + int(t.Month()) - 1 }
	for m := month(from); m <= month(till)+1; m++ {
		start := monthStart(m/12, time.Month(m%12+1), time.UTC)
		if start = monthStart(m/12, time.Month(m%12+1), o.zone(start)); start <= from || start > till {
			continue
		}
		if sum, _ := o.creditsAt(acct, start); sum > 0 && acct.kind == "wallet" && m > acct.credited && acct.armed(o) {
			a.late(org, "%s has not got its credits of %04d-%02d, %s", name, m/12, m%12+1, sum)
			break
		}
		if sum := acct.fundingAt(start, m); sum > 0 && m > acct.funded {
			a.late(org, "%s was not funded for %04d-%02d, with %s", name, m/12, m%12+1, sum)
			break
		}
	}
}

// moves says whether an org has been in several time zones.
func (o *orgModel) moves() bool {
	return slices.ContainsFunc(o.versions, func(v version[topics.OrgDefinedBody]) bool { return v.def.TimeZone != o.versions[0].def.TimeZone })
}

// armed says whether a wallet is sure to expect its month: it gave or was given credits after the last definition that may have changed that.
// Where its plan begins to give some later, it expects them from its next use on.
func (acct *account) armed(o *orgModel) bool {
	return acct.expects.entry > 0 && max(acct.expects.entry, acct.defined.entry) >= o.planned.entry
}

// overdueAttempts finds retries that did not go out, and attempts without a result that were not told (R4.3, R4.7).
func (a *audit) overdueAttempts(org, name string, acct *account) {
	every := int64(wholeDay)
	for i := range acct.versions {
		if p := acct.versions[i].def.Recharge; p != nil {
			if n, err := strconv.ParseInt(string(p.RetrySeconds), 10, 64); err == nil {
				every = max(every, n*1_000_000)
			}
		}
	}
	for n, r := range acct.dunning.recharges {
		k := len(r.attempts)
		at := &r.attempts[k-1]
		switch {
		case r.waiting && a.passed(at.at, every) && a.clock.latestAt(at.failed) < a.clock.last:
			a.late(org, "%s has failed, and was neither made again nor given up", nameOf(name, n+1, k))
		case at.result == "" && !at.told && a.passed(at.at, patience):
			a.late(org, "%s has no result for more than a day, and nobody was told", nameOf(name, n+1, k))
		}
	}
}

// noteLacks notes since when a funding source is negative by more than it has got invoices for.
func (a *audit) noteLacks(e *entry) {
	o := a.world.org(e.body.Org)
	note := func(name string) {
		acct := o.account(name)
		if acct.kind != "funding_source" {
			return
		}
		switch lacks := -a.books.of(e.body.Org, name, acct.currency).balance - acct.owed; {
		case lacks <= 0:
			acct.lacks = moment{}
		case acct.lacks.entry == 0:
			acct.lacks = a.now(e)
		}
	}
	for i := range e.body.Balances {
		note(e.body.Balances[i].Account)
	}
	if e.body.Type == topics.TypeInvoiceVoided && e.event != nil && e.body.Result == resultApplied {
		var b topics.InvoiceVoidedBody
		if decode(a.inputs.bodyOf(e.event), &b) == nil {
			if _, i := o.invoice(b.Invoice); i != nil {
				note(i.account)
			}
		}
	}
	for i := range e.body.Invoices {
		if n := int(e.body.Invoices[i].Invoice); n > 0 && n <= len(o.invoices) {
			note(o.invoices[n-1].account)
		}
	}
}

// overdueDay finds a source by invoice that was negative at the end of a day, and got no invoice (R6.7).
func (a *audit) overdueDay(org, name string, acct *account) {
	night := a.clock.last / wholeDay * wholeDay
	if acct.lacks.entry == 0 || len(acct.versions) == 0 || a.clock.latestAt(acct.lacks) >= night || a.clock.latestAt(acct.defined) >= night {
		return
	}
	for i := range acct.versions {
		if f := acct.versions[i].def.Funding; f == nil || f.PaymentMethod != "" {
			return // which one counted at the end of the day is not looked into
		}
	}
	a.late(org, "%s is negative by %s without an invoice", name, -a.books.of(org, name, acct.currency).balance-acct.owed)
}

// waiter is an event that waits.
type waiter struct {
	org   string
	since moment
}

// waits notes since when an event waits.
func (a *audit) waits(e *entry, id identity) {
	if e.body.Result != resultWaiting {
		delete(a.waiting, id)
		return
	}
	if _, known := a.waiting[id]; !known {
		a.waiting[id] = waiter{e.body.Org, a.now(e)}
	}
}

// overdueEvents finds the events that have waited for more than a day for what they name (R6.5, R10.2). An adjustment waits for the end
// of a send that is pending as long as that takes.
func (a *audit) overdueEvents() {
	ids := slices.SortedFunc(maps.Keys(a.waiting), func(x, y identity) int {
		return cmp.Compare(a.waiting[x].since.entry, a.waiting[y].since.entry)
	})
	for _, id := range ids {
		w, d := a.waiting[id], a.decisions.of(id)
		if d == nil || d.result != waiting || !a.passed(w.since, patience) {
			continue
		}
		var b struct {
			Send string `json:"send"`
		}
		if decode(a.inputs.bodyOf(d.input), &b) == nil && a.world.org(w.org).sends[b.Send].pends() {
			continue
		}
		a.report.find(CheckOverdue, a.inputs.where(d.input), "it waits since entry %d, for more than a day by the tick at %s",
			w.since.entry, time.UnixMicro(a.clock.last).UTC().Format(time.RFC3339))
	}
}

// pends says whether a send is still to be decided.
func (s *sent) pends() bool { return s != nil && (s.state == sendPending || s.state == fundsPending) }

// overdueCells finds the cells whose own time has come by the last tick, and that were not worked off.
func (a *audit) overdueCells(due map[string]int64) {
	keys := slices.SortedFunc(maps.Keys(due), func(x, y string) int { return cmp.Or(cmp.Compare(due[x], due[y]), cmp.Compare(x, y)) })
	for _, key := range keys {
		a.report.find(CheckOverdue, topics.Changelog+"/"+strconv.Itoa(int(a.inputs.partition)), "the cell %q was due at %s, and the last tick was at %s",
			key, time.UnixMicro(due[key]).UTC().Format(time.RFC3339), time.UnixMicro(a.clock.last).UTC().Format(time.RFC3339))
	}
}
