package invoice

import (
	"time"

	"purser/processors/core"
	"purser/processors/money"
)

const wholeDay core.Time = 24 * 60 * 60 * 1_000_000

// owes says whether an invoice of a kind is for what is negative, or was to be: it is not asked for again at the end of the day (R6.7).
func owes(k core.InvoiceKind) bool { return k == core.AddFundsInvoice || k == core.NegativeInvoice }

// unbilled is what is negative and asked for by no invoice that is open.
func unbilled(a *core.Account) money.Amount {
	if a.Balance >= 0 {
		return 0
	}
	return max(0, -a.Balance-a.Funding.Owed)
}

// AwaitNight makes a funding source due at the end of the day, 00:00 UTC whatever the org's zone, where there will be something to send an
// invoice for (R1.6, R6.7). What an event does belongs to the day of the tick before it (R1.7); what was due, to its own. The decision has
// touched the account.
func AwaitNight(d *core.Decision, b core.Book, a *core.Account, at core.Time) {
	if a.Kind != core.KindFundingSource {
		return
	}
	if d.Work == core.NoWork {
		at = core.TickTime(b.Progress(), at)
	}
	switch {
	case unbilled(a) == 0 || !everInvoiced(a):
		a.Funding.Night = 0
	case a.Funding.Night == 0:
		a.Funding.Night = (at/wholeDay + 1) * wholeDay
	}
	a.Schedule()
}

// everInvoiced says whether any version of a funding source is paid by invoice.
func everInvoiced(a *core.Account) bool {
	for i := range a.Versions {
		if a.Versions[i].Terms.Invoiced() {
			return true
		}
	}
	return false
}

// EndDay sends out the one invoice of a day for what is negative and has none yet, as of its end. By card nothing goes out: what is
// negative has its own attempts.
func EndDay(b core.Book, a *core.Account, d *core.Decision) core.Status {
	if _, known := b.Org(a.Org); !known {
		return core.Miss
	}
	due, v := a.Funding.Night, core.InForce(a.Versions, a.Funding.Night)
	b.Touch(a)
	a.Funding.Night = 0
	d.Work, d.Worker = core.DayEnded, a
	if !v.Terms.Invoiced() {
		AwaitNight(d, b, a, due)
		return d.Silent()
	}
	d.Worked = time.UnixMicro(int64(due - 1)).UTC().Format(time.DateOnly)
	Issue(d, b, a, v, core.NegativeInvoice, unbilled(a), d.Worked, "Negative balance of "+v.Terms.Name, due)
	a.Schedule()
	core.Number(b, d, a.Org, due)
	return d.Apply()
}
