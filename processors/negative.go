package processors

import (
	"time"

	"purser/processors/money"
)

const wholeDay Time = 24 * 60 * 60 * 1_000_000

// owes says whether an invoice of a kind is for what is negative, or was to be: it is not asked for again at the end of the day (R6.7).
func (k InvoiceKind) owes() bool { return k == AddFundsInvoice || k == NegativeInvoice }

// unbilled is what is negative and asked for by no invoice that is open.
func (a *Account) unbilled() money.Amount {
	if a.Balance >= 0 {
		return 0
	}
	return max(0, -a.Balance-a.Funding.Owed)
}

// awaitNight makes a funding source due at the end of the day, 00:00 UTC whatever the org's zone, where there will be something to send an
// invoice for (R1.6, R6.7). What an event does belongs to the day of the tick before it (R1.7); what was due, to its own. The decision has
// touched the account.
func (d *Decision) awaitNight(b Book, a *Account, at Time) {
	if a.Kind != KindFundingSource {
		return
	}
	if d.Work == NoWork {
		at = tickTime(b.Progress(), at)
	}
	switch {
	case a.unbilled() == 0 || !a.everInvoiced():
		a.Funding.Night = 0
	case a.Funding.Night == 0:
		a.Funding.Night = (at/wholeDay + 1) * wholeDay
	}
	a.schedule()
}

// everInvoiced says whether any version of a funding source is paid by invoice.
func (a *Account) everInvoiced() bool {
	for i := range a.Versions {
		if a.Versions[i].Terms.invoiced() {
			return true
		}
	}
	return false
}

// endDay sends out the one invoice of a day for what is negative and has none yet, as of its end. By card nothing goes out: what is
// negative has its own attempts.
func endDay(b Book, a *Account, d *Decision) Status {
	if _, known := b.Org(a.Org); !known {
		return Miss
	}
	due, v := a.Funding.Night, inForce(a.Versions, a.Funding.Night)
	b.Touch(a)
	a.Funding.Night = 0
	d.Work, d.Worker = DayEnded, a
	if !v.Terms.invoiced() {
		d.awaitNight(b, a, due)
		return d.silent()
	}
	d.Worked = time.UnixMicro(int64(due - 1)).UTC().Format(time.DateOnly)
	d.invoice(b, a, v, NegativeInvoice, a.unbilled(), d.Worked, "Negative balance of "+v.Terms.Name, due)
	a.schedule()
	number(b, d, a.Org, due)
	return d.apply()
}
