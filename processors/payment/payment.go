// Package payment credits money that comes in: for an account, or for an invoice (R5.2); and gives it back (R3.8).
package payment

import (
	"purser/processors/core"
	"purser/processors/customer"
	"purser/processors/recharge"
)

// Receive credits money that came in as purchased credits: a wallet's, or the agency wallet's. For a customer account it is a transaction (R8.1).
func Receive(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	wallet, status := core.Credited(b, ev, d, ev.Payment.Account)
	if wallet == nil {
		return status
	}
	if wallet.Kind == core.KindCustomerAccount {
		return customer.Receive(b, ev, d)
	}
	if ev.Payment.Currency != wallet.Currency {
		return d.Refuse(core.CurrencyMismatch)
	}
	known, loaded := b.Payments(wallet.Org, wallet.ID, ev.Payment.Payment)
	t := &d.Draft
	t.Missing = !loaded
	from, to := t.System(b, wallet.Org, core.WorldPayments, wallet.Currency), t.Account(b, wallet)
	err := t.Move(from, to, ev.Payment.Amount, core.Purchased, "")
	if t.Missing {
		return core.Miss
	}
	if err != nil || !d.Fits() {
		return d.Refuse(core.BalanceOutOfRange)
	}
	d.Post(b, wallet.Org)
	Paid(wallet, b, known, ev.Payment.Payment, ev.Payment.Amount)
	if d.Draft.Posted(wallet) {
		recharge.Judge(d, b, wallet, core.Latest(b.Progress(), ev.RecordedAt))
	}
	return d.Apply()
}
