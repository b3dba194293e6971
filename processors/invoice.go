package processors

import (
	"purser/processors/calendar"
	"purser/processors/money"
)

// An invoice asks a funding source for money that is not asked of a card. It has a number of its org without gaps, because the
// org's cell gives it in the entry that sends it out.

// invoice sends an invoice out, in whole minor units, rounded up (R1.3). The decision has touched the account, and looked the org
// up, as draft.account does. What it is for is told by what, and by a line.
func (d *Decision) invoice(b Book, a *Account, v *AccountVersion, kind InvoiceKind, amount money.Amount, what, line string, at Time) *Invoice {
	org, _ := b.Org(a.Org)
	org.Invoices++
	b.Touch(org)
	day := calendar.Day(int64(at), inForce(org.Versions, at).Zone)
	i := b.NewInvoice(a.Org, org.Invoices)
	i.Kind, i.Account, i.Currency, i.Amount = kind, a.ID, a.Currency, money.CeilMinor(amount, a.Currency)
	i.Due = day + v.Terms.Days
	a.Funding.Invoices++
	if kind.owes() {
		a.Funding.Owed += i.Amount
	}
	d.Invoices = append(d.Invoices, InvoiceRequest{
		Invoice: i, Issued: day, PO: v.Terms.PO, Contacts: v.Terms.Payables, Lines: []InvoiceLine{{line, i.Amount}}, For: what,
	})
	return i
}

// rechargeByInvoice is a recharge of a funding source that is paid by invoice: one invoice of the amount (R5.3).
func (d *Decision) rechargeByInvoice(b Book, a *Account, v *AccountVersion, at Time) {
	i := d.invoice(b, a, v, RechargeInvoice, v.Recharge.Amount, a.ID, "Recharge of "+v.Terms.Name, at)
	a.Funding.Invoice = i.Number
}

// payInvoice credits what came in for an invoice to its funding source, in part, in whole, or over (R5.2). What was paid on one
// that is voided has come in all the same.
func payInvoice(b Book, ev *Event, d *Decision) Status {
	q := ev.Bill
	i, known := b.Invoice(ev.Org, q.Invoice)
	if !known {
		b.Org(ev.Org)
		return Miss
	}
	if i == nil {
		return d.refuse(UnknownInvoice)
	}
	a, status := credited(b, ev, d, i.Account)
	if a == nil {
		return status
	}
	switch {
	case a.Kind != KindFundingSource: // the account that the invoice went to is gone, and another one has its name
		return d.refuse(NotAFundingSource)
	case q.Currency != i.Currency || q.Currency != a.Currency:
		return d.refuse(CurrencyMismatch)
	}
	before, loaded := b.Payments(a.Org, a.ID, q.Payment)
	t := &d.draft
	t.missing = !loaded
	from, to := t.system(b, a.Org, WorldPayments, a.Currency), t.account(b, a)
	err := t.move(from, to, q.Amount, Purchased, "")
	if t.missing {
		return Miss
	}
	if err != nil || !d.fits() {
		return d.refuse(BalanceOutOfRange)
	}
	d.post(b, a.Org)
	a.paid(b, before, q.Payment, q.Amount)
	at := latest(b.Progress(), ev.RecordedAt)
	d.settle(b, i, a, q.Amount, at)
	d.judge(b, a, at)
	return d.apply()
}

// settle counts a payment on its invoice, and tells of what is more than was open.
func (d *Decision) settle(b Book, i *Invoice, a *Account, amount money.Amount, at Time) {
	open := i.Open()
	if i.Kind.owes() {
		a.Funding.Owed -= min(open, amount)
	}
	i.Paid += amount // less than what has come in to the account, which is in range
	b.Touch(i)
	if open > 0 && i.Open() == 0 {
		a.close(i)
	}
	if amount > open {
		d.Alerts = append(d.Alerts, Alert{
			Kind: InvoiceOverpaid, Account: a, Currency: a.Currency, Balance: a.Balance, Contacts: inForce(a.Versions, at).Contacts,
			Invoice: i.Number, Amount: amount - open,
		})
	}
}

// close counts an invoice out that is paid in whole, or voided. The decision has touched the account.
func (a *Account) close(i *Invoice) {
	a.Funding.Invoices--
	if a.Funding.Invoice == i.Number {
		a.Funding.Invoice = 0
	}
}

// voidInvoice takes an invoice back. What was paid of it stays where it is.
func voidInvoice(b Book, ev *Event, d *Decision) Status {
	i, known := b.Invoice(ev.Org, ev.Bill.Invoice)
	if !known {
		b.Org(ev.Org)
		return Miss
	}
	if i == nil {
		return d.refuse(UnknownInvoice)
	}
	a, status := credited(b, ev, d, i.Account)
	if a == nil {
		return status
	}
	if i.Open() == 0 {
		return d.refuse(InvoiceClosed)
	}
	if i.Kind.owes() {
		a.Funding.Owed -= i.Open()
	}
	i.Voided = true
	b.Touch(i)
	b.Touch(a)
	a.close(i)
	d.awaitNight(b, a, latest(b.Progress(), ev.RecordedAt))
	return d.apply()
}
