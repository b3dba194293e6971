package funding

import (
	"purser/processors/charging"
	"purser/processors/core"
	"purser/processors/money"
	"purser/processors/recharge"
)

// Transfer moves purchased money from a funding source to a user, or from a user to a funding source (R5.8). It never takes an
// account below zero. Between two currencies it goes through world:fx at the rate that was in force when it happened (R2.4).
func Transfer(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	q := ev.Transfer
	from, status := core.Credited(b, ev, d, q.From)
	if from == nil {
		return status
	}
	to, status := core.Credited(b, ev, d, q.To)
	if to == nil {
		return status
	}
	if why := check(q, from, to); why != core.ReasonNone {
		return d.Refuse(why)
	}
	rate, status := charging.RateBetween(b, from.Org, from.Currency, to.Currency, ev.OccurredAt)
	switch have := from.Transferable(); {
	case status == core.Miss:
		return core.Miss
	case status != core.Done:
		return d.Refuse(core.NoFXRate)
	case q.Amount > have:
		d.Had, d.Needed = have, q.Amount
		return d.Refuse(core.InsufficientFunds)
	}
	gets, err := draftTransfer(d, b, from, to, q.Amount, rate)
	if d.Draft.Missing {
		return core.Miss
	}
	if err != nil || !d.Fits() {
		return d.Refuse(core.BalanceOutOfRange)
	}
	d.Post(b, from.Org)
	if from.Currency != to.Currency {
		d.Rate = rate
	}
	d.Outcome = core.Outcome{Status: core.Accepted, Account: from, Amount: q.Amount, To: to, Gets: gets}
	at := core.Latest(b.Progress(), ev.RecordedAt)
	recharge.Judge(d, b, from, at)
	if d.Draft.Posted(to) {
		recharge.Judge(d, b, to, at)
	}
	return d.Apply()
}

// PrefetchTransfer asks for what a transfer will need.
func PrefetchTransfer(b core.Book, ev *core.Event) {
	from, _ := b.Account(ev.Org, ev.Transfer.From)
	to, _ := b.Account(ev.Org, ev.Transfer.To)
	if from.Defined() && to.Defined() && from.Currency != to.Currency {
		charging.RateBetween(b, ev.Org, from.Currency, to.Currency, ev.OccurredAt)
		b.System(ev.Org, core.WorldFX, from.Currency)
		b.System(ev.Org, core.WorldFX, to.Currency)
	}
}

// check says why no money moves between two accounts, whatever they have.
func check(q *core.Transfer, from, to *core.Account) core.Reason {
	switch {
	case from.Kind == core.KindWallet && to.Kind == core.KindWallet:
		return core.TransferBetweenUsers
	case from.Kind == core.KindWallet && to.Kind == core.KindFundingSource, from.Kind == core.KindFundingSource && to.Kind == core.KindWallet:
	default:
		return core.NotTransferable
	}
	if q.Currency != from.Currency {
		return core.CurrencyMismatch
	}
	return core.ReasonNone
}

func draftTransfer(d *core.Decision, b core.Book, from, to *core.Account, amount money.Amount, rate money.Factor) (gets money.Amount, err error) {
	t := &d.Draft
	payer, payee := t.Account(b, from), t.Account(b, to)
	if from.Currency == to.Currency {
		return amount, t.Move(payer, payee, amount, core.Purchased, "")
	}
	exact, err := amount.Factor()
	if err != nil {
		return 0, err
	}
	if gets, err = money.Product(exact, rate); err != nil {
		return 0, err
	}
	if err := t.Move(payer, t.System(b, from.Org, core.WorldFX, from.Currency), amount, core.Purchased, ""); err != nil {
		return 0, err
	}
	return gets, t.Move(t.System(b, from.Org, core.WorldFX, to.Currency), payee, gets, core.Purchased, "")
}
