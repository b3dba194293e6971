package payment

import (
	"strings"

	"purser/processors/core"
	"purser/processors/money"
	"purser/processors/recharge"
)

// Paid takes a payment down, so that it can be refunded (R3.8). Two that have one reference count as one.
func Paid(a *core.Account, b core.Book, known *core.Payments, payment string, amount money.Amount) {
	if known == nil {
		known = b.NewPayments(a.Org, a.ID, strings.Clone(payment))
	} else {
		b.Touch(known)
	}
	known.Paid += amount
}

// Refund gives money of a payment back (R3.8): out of purchased credits, even below zero, except for what a removal that
// it names has taken already. It starts no recharge.
func Refund(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	q := ev.Refund
	a, status := core.Credited(b, ev, d, q.Account)
	if a == nil {
		return status
	}
	payment, known := b.Payments(a.Org, a.ID, q.Payment)
	var removed *core.Removed
	if q.Removal != "" {
		var ok bool
		removed, ok = b.Removed(a.Org, a.ID, q.Removal)
		known = known && ok
	}
	if !known {
		b.System(a.Org, core.WorldPayments, a.Currency)
		return core.Miss
	}
	switch {
	case a.Kind == core.KindCustomerAccount: // what was given back is a debit note
		return d.Refuse(core.IsACustomer)
	case q.Currency != a.Currency:
		return d.Refuse(core.CurrencyMismatch)
	case payment == nil:
		return d.Refuse(core.UnknownPayment)
	case q.Removal != "" && removed == nil:
		return d.Refuse(core.UnknownRemoval)
	case q.Amount > payment.Paid-payment.Refunded:
		d.Had, d.Needed = payment.Paid-payment.Refunded, q.Amount
		return d.Refuse(core.ExceedsPayment)
	}
	taken := money.Amount(0)
	if removed != nil {
		taken = min(removed.Left, q.Amount)
	}
	if err := draftRefund(a, b, d, q.Amount, taken); err != nil || !d.Draft.Missing && !d.Fits() {
		return d.Refuse(core.BalanceOutOfRange)
	}
	if d.Draft.Missing {
		return core.Miss
	}
	d.Post(b, a.Org)
	payment.Refunded += q.Amount
	b.Touch(payment)
	if taken > 0 {
		removed.Left -= taken
		b.Touch(removed)
	}
	if d.Draft.Posted(a) {
		at := core.Latest(b.Progress(), ev.RecordedAt)
		recharge.Cross(d, b, a, core.InForce(a.Versions, at), at)
	}
	return d.Apply()
}

func draftRefund(a *core.Account, b core.Book, d *core.Decision, amount, taken money.Amount) error {
	t := &d.Draft
	wallet, out := t.Account(b, a), t.System(b, a.Org, core.WorldPayments, a.Currency)
	if err := t.Move(wallet, out, amount-taken, core.Purchased, ""); err != nil || taken == 0 {
		return err
	}
	return t.Move(t.System(b, a.Org, core.WorldRemoved, a.Currency), out, taken, core.NoBucket, "")
}
