package processors

// receivePayment credits money that came in as purchased credits: a wallet's, or the agency wallet's.
func receivePayment(b Book, ev *Event, d *Decision) Status {
	wallet, status := credited(b, ev, d, ev.Payment.Account)
	if wallet == nil {
		return status
	}
	if ev.Payment.Currency != wallet.Currency {
		return d.refuse(CurrencyMismatch)
	}
	known, loaded := b.Payments(wallet.Org, wallet.ID, ev.Payment.Payment)
	t := &d.draft
	t.missing = !loaded
	from, to := t.system(b, wallet.Org, WorldPayments, wallet.Currency), t.account(b, wallet)
	err := t.move(from, to, ev.Payment.Amount, Purchased, "")
	if t.missing {
		return Miss
	}
	if err != nil || !d.fits() {
		return d.refuse(BalanceOutOfRange)
	}
	d.post(b, wallet.Org)
	wallet.paid(b, known, ev.Payment.Payment, ev.Payment.Amount)
	if d.draft.posted(wallet) {
		d.judge(b, wallet, latest(b.Progress(), ev.RecordedAt))
	}
	return d.apply()
}

// credited looks up the account that an event wants to credit. Without one, the status says why: Miss, DueFirst, or Done
// with a refusal. What else the event needs, Decide asks for where this misses.
func credited(b Book, ev *Event, d *Decision, id string) (*Account, Status) {
	org, orgKnown := b.Org(ev.Org)
	a, known := b.Account(ev.Org, id)
	switch {
	case !orgKnown || !known:
		return nil, Miss
	case org == nil:
		return nil, d.refuse(UnknownOrg)
	case !a.defined():
		return nil, d.refuse(UnknownAccount)
	case d.dueFirst(b.Progress(), a):
		return nil, DueFirst
	default:
		return a, Done
	}
}
