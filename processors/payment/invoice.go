package payment

import (
	"purser/processors/core"
	"purser/processors/invoice"
	"purser/processors/recharge"
)

// PayInvoice credits what came in for an invoice to its funding source, in part, in whole, or over (R5.2). What was paid on one
// that is voided has come in all the same.
func PayInvoice(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	q := ev.Bill
	i, known := b.Invoice(ev.Org, q.Invoice)
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
	switch {
	case a.Kind != core.KindFundingSource: // the account that the invoice went to is gone, and another one has its name
		return d.Refuse(core.NotAFundingSource)
	case q.Currency != i.Currency || q.Currency != a.Currency:
		return d.Refuse(core.CurrencyMismatch)
	}
	before, loaded := b.Payments(a.Org, a.ID, q.Payment)
	t := &d.Draft
	t.Missing = !loaded
	from, to := t.System(b, a.Org, core.WorldPayments, a.Currency), t.Account(b, a)
	err := t.Move(from, to, q.Amount, core.Purchased, "")
	if t.Missing {
		return core.Miss
	}
	if err != nil || !d.Fits() {
		return d.Refuse(core.BalanceOutOfRange)
	}
	d.Post(b, a.Org)
	Paid(a, b, before, q.Payment, q.Amount)
	at := core.Latest(b.Progress(), ev.RecordedAt)
	invoice.Settle(d, b, i, a, q.Amount, at)
	recharge.Judge(d, b, a, at)
	return d.Apply()
}

// PrefetchInvoice asks for what the payment or the voiding of an invoice will need.
func PrefetchInvoice(b core.Book, ev *core.Event) {
	i, known := b.Invoice(ev.Org, ev.Bill.Invoice)
	if !known || i == nil {
		return
	}
	b.Account(ev.Org, i.Account)
	if ev.Type == core.InvoicePaid {
		b.Payments(ev.Org, i.Account, ev.Bill.Payment)
		b.System(ev.Org, core.WorldPayments, i.Currency)
	}
}
