// Package invoice asks funding sources for money that is not asked of a card (R9.3): when they are funded or recharged (R5.2, R5.3), for a send (R6.3),
// and at the end of a day for what is negative (R6.7).
package invoice

import (
	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
)

// An invoice asks a funding source for money that is not asked of a card. It has a number of its org without gaps, because the
// org's cell gives it in the entry that sends it out.

// Issue sends an invoice out, in whole minor units, rounded up (R1.3). The decision has touched the account, and looked the org
// up, as Draft.Account does. What it is for is told by what, and by a line.
func Issue(d *core.Decision, b core.Book, a *core.Account, v *core.AccountVersion, kind core.InvoiceKind, amount money.Amount, what, line string, at core.Time) *core.Invoice {
	org, _ := b.Org(a.Org)
	org.Invoices++
	b.Touch(org)
	day := calendar.Day(int64(at), core.InForce(org.Versions, at).Zone)
	i := b.NewInvoice(a.Org, org.Invoices)
	i.Kind, i.Account, i.Currency, i.Amount = kind, a.ID, a.Currency, money.CeilMinor(amount, a.Currency)
	i.Due = day + v.Terms.Days
	a.Funding.Invoices++
	if owes(kind) {
		a.Funding.Owed += i.Amount
	}
	d.Invoices = append(d.Invoices, core.InvoiceRequest{
		Invoice: i, Issued: day, PO: v.Terms.PO, Contacts: v.Terms.Payables, Lines: []core.InvoiceLine{{Text: line, Amount: i.Amount}}, For: what,
	})
	return i
}

// ForRecharge is a recharge of a funding source that is paid by invoice: one invoice of the amount (R5.3).
func ForRecharge(d *core.Decision, b core.Book, a *core.Account, v *core.AccountVersion, at core.Time) {
	i := Issue(d, b, a, v, core.RechargeInvoice, v.Recharge.Amount, a.ID, "Recharge of "+v.Terms.Name, at)
	a.Funding.Invoice = i.Number
}

// Settle counts a payment on its invoice, and tells of what is more than was open.
func Settle(d *core.Decision, b core.Book, i *core.Invoice, a *core.Account, amount money.Amount, at core.Time) {
	open := i.Open()
	if owes(i.Kind) {
		a.Funding.Owed -= min(open, amount)
	}
	i.Paid += amount // less than what has come in to the account, which is in range
	b.Touch(i)
	if open > 0 && i.Open() == 0 {
		countOut(a, i)
	}
	if amount > open {
		d.Alerts = append(d.Alerts, core.Alert{
			Kind: core.InvoiceOverpaid, Account: a, Currency: a.Currency, Balance: a.Balance, Contacts: core.InForce(a.Versions, at).Contacts,
			Invoice: i.Number, Amount: amount - open,
		})
	}
}

// countOut counts an invoice out that is paid in whole, or voided. The decision has touched the account.
func countOut(a *core.Account, i *core.Invoice) {
	a.Funding.Invoices--
	if a.Funding.Invoice == i.Number {
		a.Funding.Invoice = 0
	}
}

// Void takes an invoice back. What was paid of it stays where it is.
func Void(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	i, known := b.Invoice(ev.Org, ev.Bill.Invoice)
	if !known {
		b.Org(ev.Org)
		return core.Miss
	}
	if i == nil {
		return d.Refuse(core.UnknownInvoice)
	}
	a, status := core.Credited(b, ev, d, i.Account)
	if a == nil {
		return status
	}
	if i.Open() == 0 {
		return d.Refuse(core.InvoiceClosed)
	}
	if owes(i.Kind) {
		a.Funding.Owed -= i.Open()
	}
	i.Voided = true
	b.Touch(i)
	b.Touch(a)
	countOut(a, i)
	AwaitNight(d, b, a, core.Latest(b.Progress(), ev.RecordedAt))
	return d.Apply()
}
