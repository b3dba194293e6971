// Package funding is about funding sources: which one is an org's default and who names them (R5.1, R2.3), money that they get once or on a schedule
// (R5.2), and transfers between them and users (R5.8).
package funding

import (
	"fmt"
	"strings"

	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/invoice"
	"purser/processors/money"
	"purser/processors/recharge"
)

// Request funds a source once (R5.2): by an attempt to charge its card, or by an invoice.
func Request(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	q := ev.Request
	a, status := core.Credited(b, ev, d, q.Account)
	if a == nil {
		return status
	}
	switch {
	case a.Kind != core.KindFundingSource:
		return d.Refuse(core.NotAFundingSource)
	case q.Currency != a.Currency:
		return d.Refuse(core.CurrencyMismatch)
	}
	at := core.Latest(b.Progress(), ev.RecordedAt)
	b.Touch(a)
	fund(d, b, a, core.InForce(a.Versions, at), q.Amount, "request/"+ev.ID, at)
	if len(d.Invoices) > 0 {
		i := d.Invoices[0].Invoice
		d.Outcome = core.Outcome{Status: core.Accepted, Account: a, Amount: i.Amount, Invoice: i.Number}
		return d.Apply()
	}
	r := d.Attempts[0].Recharge
	r.Source, r.ID = strings.Clone(ev.Source), strings.Clone(ev.ID)
	d.Outcome = core.Outcome{Status: core.Pending, Account: a, Attempt: r.AttemptID(1), Amount: r.Attempts[0].Amount}
	return d.Apply()
}

// fund asks for an amount for a funding source, which the decision has touched and whose org it has looked up.
func fund(d *core.Decision, b core.Book, a *core.Account, v *core.AccountVersion, amount money.Amount, what string, at core.Time) {
	if v.Terms.Invoiced() {
		invoice.Issue(d, b, a, v, core.FundingInvoice, amount, what, "Funding of "+v.Terms.Name, at)
		return
	}
	recharge.Cover(d, b, a, core.ScheduledFunding, amount, v.Terms.Method, at)
}

// Expect makes a funding source due on the 1st of the month after at, unless it is due already. The decision has touched it.
func Expect(a *core.Account, org *core.Org, at core.Time) {
	if a.Funding.Due == 0 {
		zone := core.InForce(org.Versions, at).Zone
		awaitFunding(a, org, calendar.Month(int64(at), zone)+1)
	}
}

// awaitFunding makes a funding source due when a month begins in the zone that is in force then, as far as that is known.
func awaitFunding(a *core.Account, org *core.Org, month int32) {
	due := core.Time(calendar.MonthStart(month, core.InForce(org.Versions, core.LatestVersion).Zone))
	a.Funding.Month, a.Funding.Due = month, core.Time(calendar.MonthStart(month, core.InForce(org.Versions, due).Zone))
	a.Schedule()
}

// OnSchedule funds a source as of when a month began, where the definition that was in force then says so (R5.2). However many
// months were missed, each comes at its own time (R1.7).
func OnSchedule(b core.Book, a *core.Account, d *core.Decision) core.Status {
	org, known := b.Org(a.Org)
	if !known {
		return core.Miss
	}
	b.Touch(a)
	month, due := a.Funding.Month, a.Funding.Due
	if start := core.Time(calendar.MonthStart(month, core.InForce(org.Versions, due).Zone)); start > due {
		a.Funding.Due = start // the org has moved to another zone since
		a.Schedule()
		return d.Silent()
	} else if start < due {
		due = start
	}
	v := core.InForce(a.Versions, due)
	if Scheduled(a) {
		awaitFunding(a, org, month+1)
	} else {
		a.Funding.Month, a.Funding.Due = 0, 0
		a.Schedule()
	}
	if !dueIn(v.Terms, month) {
		return d.Silent()
	}
	d.Work, d.Worker, d.Worked = core.FundingScheduled, a, fmt.Sprintf("%04d-%02d", month/12, month%12+1)
	fund(d, b, a, v, v.Terms.Amount, d.Worked, due)
	core.Number(b, d, a.Org, due)
	return d.Apply()
}

// Scheduled says whether any version of a funding source has a schedule.
func Scheduled(a *core.Account) bool {
	for i := range a.Versions {
		if t := a.Versions[i].Terms; t != nil && t.Months > 0 {
			return true
		}
	}
	return false
}

// dueIn says whether a month is one of the schedule's: each, or the first of a quarter.
func dueIn(t *core.FundingTerms, month int32) bool {
	return t.Months > 0 && month%t.Months == 0 && t.Amount > 0
}
