package processors

import "purser/processors/money"

// transferMoney moves purchased money from a funding source to a user, or from a user to a funding source (R5.8). It never takes an
// account below zero. Between two currencies it goes through world:fx at the rate that was in force when it happened (R2.4).
func transferMoney(b Book, ev *Event, d *Decision) Status {
	q := ev.Transfer
	from, status := credited(b, ev, d, q.From)
	if from == nil {
		return status
	}
	to, status := credited(b, ev, d, q.To)
	if to == nil {
		return status
	}
	if why := q.check(from, to); why != ReasonNone {
		return d.refuse(why)
	}
	rate, status := rateBetween(b, from.Org, from.Currency, to.Currency, ev.OccurredAt)
	switch have := from.transferable(); {
	case status == Miss:
		return Miss
	case status != Done:
		return d.refuse(NoFXRate)
	case q.Amount > have:
		d.Had, d.Needed = have, q.Amount
		return d.refuse(InsufficientFunds)
	}
	gets, err := d.draftTransfer(b, from, to, q.Amount, rate)
	if d.draft.missing {
		return Miss
	}
	if err != nil || !d.fits() {
		return d.refuse(BalanceOutOfRange)
	}
	d.post(b, from.Org)
	if from.Currency != to.Currency {
		d.Rate = rate
	}
	d.Outcome = Outcome{Status: Accepted, Account: from, Amount: q.Amount, To: to, Gets: gets}
	at := latest(b.Progress(), ev.RecordedAt)
	d.judge(b, from, at)
	if d.draft.posted(to) {
		d.judge(b, to, at)
	}
	return d.apply()
}

// prefetchTransfer asks for what a transfer will need.
func prefetchTransfer(b Book, ev *Event) {
	from, _ := b.Account(ev.Org, ev.Transfer.From)
	to, _ := b.Account(ev.Org, ev.Transfer.To)
	if from.defined() && to.defined() && from.Currency != to.Currency {
		rateBetween(b, ev.Org, from.Currency, to.Currency, ev.OccurredAt)
		b.System(ev.Org, WorldFX, from.Currency)
		b.System(ev.Org, WorldFX, to.Currency)
	}
}

// check says why no money moves between two accounts, whatever they have.
func (q *Transfer) check(from, to *Account) Reason {
	switch {
	case from.Kind == KindWallet && to.Kind == KindWallet:
		return TransferBetweenUsers
	case from.Kind == KindWallet && to.Kind == KindFundingSource, from.Kind == KindFundingSource && to.Kind == KindWallet:
	default:
		return NotTransferable
	}
	if q.Currency != from.Currency {
		return CurrencyMismatch
	}
	return ReasonNone
}

// transferable is how much of an account may be moved: of a wallet, only what was purchased.
func (a *Account) transferable() money.Amount {
	if a.Kind == KindWallet {
		return min(a.available(), a.Purchased)
	}
	return a.available()
}

func (d *Decision) draftTransfer(b Book, from, to *Account, amount money.Amount, rate money.Factor) (gets money.Amount, err error) {
	t := &d.draft
	payer, payee := t.account(b, from), t.account(b, to)
	if from.Currency == to.Currency {
		return amount, t.move(payer, payee, amount, Purchased, "")
	}
	exact, err := amount.Factor()
	if err != nil {
		return 0, err
	}
	if gets, err = money.Product(exact, rate); err != nil {
		return 0, err
	}
	if err := t.move(payer, t.system(b, from.Org, WorldFX, from.Currency), amount, Purchased, ""); err != nil {
		return 0, err
	}
	return gets, t.move(t.system(b, from.Org, WorldFX, to.Currency), payee, gets, Purchased, "")
}
