package processors

import (
	"fmt"
	"strings"

	"purser/processors/calendar"
	"purser/processors/money"
)

// How often what covers something is asked of a card, and how far apart (R5.2): as for a wallet (R4.3).
const (
	coverAttempts      = 7
	coverEvery    Time = 24 * 60 * 60 * 1_000_000
)

// covers says whether a recharge is for something of its own, and not for a balance that is low: it has its own counter, and is
// dropped when that has been paid (R4.3).
func (p Purpose) covers() bool {
	return p == ScheduledFunding || p == TeamBudget || p == Adjustment || p == Licence
}

// requestFunding funds a source once (R5.2): by an attempt to charge its card, or by an invoice.
func requestFunding(b Book, ev *Event, d *Decision) Status {
	q := ev.Request
	a, status := credited(b, ev, d, q.Account)
	if a == nil {
		return status
	}
	switch {
	case a.Kind != KindFundingSource:
		return d.refuse(NotAFundingSource)
	case q.Currency != a.Currency:
		return d.refuse(CurrencyMismatch)
	}
	at := latest(b.Progress(), ev.RecordedAt)
	b.Touch(a)
	d.fund(b, a, inForce(a.Versions, at), q.Amount, "request/"+ev.ID, at)
	if len(d.Invoices) > 0 {
		i := d.Invoices[0].Invoice
		d.Outcome = Outcome{Status: Accepted, Account: a, Amount: i.Amount, Invoice: i.Number}
		return d.apply()
	}
	r := d.Attempts[0].Recharge
	r.Source, r.ID = strings.Clone(ev.Source), strings.Clone(ev.ID)
	d.Outcome = Outcome{Status: Pending, Account: a, Attempt: r.AttemptID(1), Amount: r.Attempts[0].Amount}
	return d.apply()
}

// fund asks for an amount for a funding source, which the decision has touched and whose org it has looked up.
func (d *Decision) fund(b Book, a *Account, v *AccountVersion, amount money.Amount, what string, at Time) {
	if v.Terms.invoiced() {
		d.invoice(b, a, v, FundingInvoice, amount, what, "Funding of "+v.Terms.Name, at)
		return
	}
	d.cover(b, a, ScheduledFunding, amount, v.Terms.Method, at)
}

// cover begins a recharge for something of its own.
func (d *Decision) cover(b Book, a *Account, why Purpose, amount money.Amount, method string, at Time) *Recharge {
	r := beginRecharge(b, a, why)
	r.Limit, r.Every = coverAttempts, coverEvery
	a.Dunning.Open++
	d.attempt(a, r, amount, method, tickTime(b.Progress(), at))
	return r
}

// expectFunding makes a funding source due on the 1st of the month after at, unless it is due already. The decision has touched it.
func (a *Account) expectFunding(org *Org, at Time) {
	if a.Funding.Due == 0 {
		zone := inForce(org.Versions, at).Zone
		a.awaitFunding(org, calendar.Month(int64(at), zone)+1)
	}
}

// awaitFunding makes a funding source due when a month begins in the zone that is in force then, as far as that is known.
func (a *Account) awaitFunding(org *Org, month int32) {
	due := Time(calendar.MonthStart(month, inForce(org.Versions, latestVersion).Zone))
	a.Funding.Month, a.Funding.Due = month, Time(calendar.MonthStart(month, inForce(org.Versions, due).Zone))
	a.schedule()
}

// fundOnSchedule funds a source as of when a month began, where the definition that was in force then says so (R5.2). However many
// months were missed, each comes at its own time (R1.7).
func fundOnSchedule(b Book, a *Account, d *Decision) Status {
	org, known := b.Org(a.Org)
	if !known {
		return Miss
	}
	b.Touch(a)
	month, due := a.Funding.Month, a.Funding.Due
	if start := Time(calendar.MonthStart(month, inForce(org.Versions, due).Zone)); start > due {
		a.Funding.Due = start // the org has moved to another zone since
		a.schedule()
		return d.silent()
	} else if start < due {
		due = start
	}
	v := inForce(a.Versions, due)
	if a.scheduled() {
		a.awaitFunding(org, month+1)
	} else {
		a.Funding.Month, a.Funding.Due = 0, 0
		a.schedule()
	}
	if !v.Terms.due(month) {
		return d.silent()
	}
	d.Work, d.Worker, d.Worked = FundingScheduled, a, fmt.Sprintf("%04d-%02d", month/12, month%12+1)
	d.fund(b, a, v, v.Terms.Amount, d.Worked, due)
	number(b, d, a.Org, due)
	return d.apply()
}

// scheduled says whether any version of a funding source has a schedule.
func (a *Account) scheduled() bool {
	for i := range a.Versions {
		if t := a.Versions[i].Terms; t != nil && t.Months > 0 {
			return true
		}
	}
	return false
}

// due says whether a month is one of the schedule's: each, or the first of a quarter.
func (t *FundingTerms) due(month int32) bool {
	return t.Months > 0 && month%t.Months == 0 && t.Amount > 0
}

// failCovering takes the failure of an attempt down that covers something: it is tried again, as often as it may be, and then
// given up. What has been paid by an earlier attempt is not.
func (s *resolution) failCovering(b Book, ev *Event, d *Decision) {
	r := s.recharge
	switch {
	case r.Reset:
		s.close()
	case len(r.Attempts) >= r.Limit:
		s.close()
		alert := s.alert(RechargeExhausted, ev)
		alert.Contacts = s.admins(alert.Contacts, ev)
		d.Alerts = append(d.Alerts, alert)
		d.answerCovered(s, Rejected)
		if s.covered != nil {
			s.covered.end(b, s.account)
		}
	default:
		r.State = RetryWaiting
		// Not by the tick that is being worked off: the result had not come when that one was written.
		r.NextDue = max(s.attempt().EmittedAt+r.Every, b.Progress().Target+1)
		alert := s.alert(RechargeFailed, ev)
		alert.RetryAt = r.NextDue
		d.Alerts = append(d.Alerts, alert)
	}
}

// paidFor closes a recharge that covers something, now that this has been paid: once, whichever attempt it was. An attempt that is
// open beside it stays open.
func (s *resolution) paidFor(d *Decision) {
	r := s.recharge
	if first := r.State != Closed && !r.Reset; first {
		d.answerCovered(s, Accepted)
	}
	if s.last() || r.State == RetryWaiting {
		s.close()
	}
	r.Reset = true
}

// answerCovered is the final word to who asked for it, where someone did.
func (d *Decision) answerCovered(s *resolution, status OutcomeStatus) {
	if s.recharge.ID != "" {
		d.Outcome = s.answer(status)
	}
}

// retryCovering emits the retry of a recharge that covers something, by the tick at which it falls due and dated from it (R4.3). A
// source that has come to be paid by invoice gets one instead.
func retryCovering(b Book, r *Recharge, d *Decision) Status {
	a, known := b.Account(r.Org, r.Account)
	_, orgKnown := b.Org(r.Org)
	if !known || !orgKnown {
		return Miss
	}
	at := b.Progress().Target
	v := inForce(a.Versions, at)
	cardless, known := r.needsNoCard(b, a, v)
	switch {
	case !known:
		return Miss
	case cardless:
		return giveWithoutCard(b, a, r, d, at)
	case r.Purpose == Adjustment:
		return retryAdjustment(b, a, r, d, at)
	}
	b.Touch(a)
	b.Touch(r)
	amount := r.Attempts[0].Amount
	d.onRecharge(RechargeRetried, a, r)
	if v.Terms.invoiced() {
		d.Work = RechargeDropped
		r.State, r.NextDue = Closed, 0
		a.Dunning.Open--
		i := d.invoice(b, a, v, FundingInvoice, amount, r.RechargeID(), "Funding of "+v.Terms.Name, at)
		if r.ID != "" {
			d.Outcome = Outcome{Status: Accepted, Source: r.Source, ID: r.ID, Account: a, Amount: i.Amount, Invoice: i.Number}
		}
	} else {
		d.attempt(a, r, amount, v.Terms.Method, at)
	}
	number(b, d, a.Org, at)
	return d.apply()
}
