package customer

import (
	"strconv"
	"strings"

	"purser/processors/core"
	"purser/processors/money"
	"purser/processors/recharge"
)

// subscription is what a transaction is for that counts as one; all else is a purchase.
const subscription = "subscription"

// collect pays by itself what a charge would exceed the limit by, where the account has opted in for what it is for (R8.5): from a wallet at once, or
// by asking a card. The charge waits meanwhile: with a card for its result, and with a wallet for the entry after this one. It is called where post
// has not posted the charge, and gives back why not, where nothing is to be paid.
func (p *posting) collect(ev *core.Event, d *core.Decision, t *core.Transaction, status core.Status) core.Status {
	if status != core.Done || d.Reason != core.CreditLimitExceeded {
		return status
	}
	after, err := t.Amount.Sub(p.account.Available())
	by := charged(p.terms.own.Paying, t.For)
	if err != nil || by == nil {
		return status
	}
	links, known := p.place(t)
	if !known {
		return core.Miss
	}
	p.links = links
	lacks := after - p.terms.limit
	if by.Kind == core.ByWallet {
		return p.fromWallet(ev, d, t, by, lacks)
	}
	d.Discard()
	held := max(t.Amount-lacks, 0)
	if _, err := p.account.Held.Add(held); err != nil {
		return d.Refuse(core.BalanceOutOfRange)
	}
	p.book.Touch(p.account)
	r := recharge.Begin(p.book, p.account, core.AutomaticPayment)
	p.account.Dunning.Open++
	now := core.TickTime(p.book.Progress(), p.at)
	recharge.Attempt(d, p.account, r, lacks, by.Token, now)
	t = p.wait(ev, t, held)
	p.book.NewCovered(r.Org, r.Account, r.Number).Send = t.Reference
	t.Charge.Recharge, t.NextDue = r.Number, now+core.Patience
	d.Told = core.Told{Transaction: t, State: core.TransactionIsPending, Currency: p.account.Currency}
	p.pending(d, t)
	d.Outcome.Attempt = r.AttemptID(1)
	return d.Apply()
}

// fromWallet pays what lacks from a wallet: purchased money, and all of it or nothing.
func (p *posting) fromWallet(ev *core.Event, d *core.Decision, t *core.Transaction, by *core.Preference, lacks money.Amount) core.Status {
	w, known := p.book.Account(p.account.Org, by.Wallet)
	reference := p.nextPayment()
	taken, ok := p.book.Transaction(p.account.Org, p.account.ID, reference)
	if !known || !ok {
		return core.Miss
	}
	if d.DueFirst(p.book.Progress(), w) {
		return core.DueFirst
	}
	d.Discard()
	if have := w.Transferable(); have < lacks {
		d.Had, d.Needed = have, lacks
		return d.Refuse(core.InsufficientFunds)
	}
	if taken != nil {
		return d.Refuse(core.TransactionExists)
	}
	if _, err := p.account.Held.Add(t.Amount); err != nil {
		return d.Refuse(core.BalanceOutOfRange)
	}
	pay := p.paying(w)
	status := pay.post(d, p.drafted(&core.TransactionRequest{Transaction: reference, Kind: core.PaymentTransaction, Amount: lacks}, ev.OccurredAt))
	if status != core.Done || d.Result == core.Refused {
		return status
	}
	p.customer, p.periods = pay.customer, pay.periods
	t = p.wait(ev, t, t.Amount)
	p.ready(t)
	recharge.Judge(d, p.book, w, p.at)
	p.pending(d, t)
	return d.Apply()
}

// paying is a payment from a wallet.
func (p *posting) paying(w *core.Account) *posting {
	return &posting{book: p.book, org: p.org, account: p.account, customer: p.customer, terms: p.terms, at: p.at, payer: w, settled: p.settled, periods: p.periods}
}

// nextPayment is the reference of a payment that nobody gives one: the account and its number.
func (p *posting) nextPayment() string {
	number := uint64(1)
	if p.customer != nil {
		number += p.customer.Posted
	}
	return p.account.ID + "/" + strconv.FormatUint(number, 10)
}

// charged is the preference that pays by itself for something: the default, or where that has not opted in for it the first that has.
func charged(all *core.Paying, what string) *core.Preference {
	if p := recurring(all, what); p != nil || all == nil {
		return p
	}
	for i := range all.Preferences {
		if p := &all.Preferences[i]; optedIn(p, what) {
			return p
		}
	}
	return nil
}

// recurring is the default preference, where it has opted in for something.
func recurring(all *core.Paying, what string) *core.Preference {
	if all == nil || len(all.Preferences) == 0 {
		return nil
	}
	p := &all.Preferences[0]
	for i := range all.Preferences {
		if all.Preferences[i].Default {
			p = &all.Preferences[i]
		}
	}
	if !optedIn(p, what) {
		return nil
	}
	return p
}

func optedIn(p *core.Preference, what string) bool {
	if what == subscription {
		return p.Subscriptions
	}
	return p.Purchases
}

// wait keeps a charge until it is paid for: as a draft that neither is posted nor given up by anyone. What of the limit it uses is held.
func (p *posting) wait(ev *core.Event, t *core.Transaction, held money.Amount) *core.Transaction {
	drafted := p.draft != nil
	if drafted {
		p.book.Touch(t)
	} else {
		t = p.keep(t)
		p.cell().Drafts++
		p.joinDrafts(t, p.links)
	}
	p.account.Hold(held)
	t.Charge = core.Charge{Held: held, Drafted: drafted, Source: strings.Clone(ev.Source), ID: strings.Clone(ev.ID)}
	return t
}

// ready has a charge posted next that is paid for: all of it is held until then.
func (p *posting) ready(t *core.Transaction) {
	p.account.Hold(t.Amount - t.Charge.Held)
	t.Charge.Held, t.Charge.Recharge, t.Charge.At, t.NextDue = t.Amount, 0, p.at, 0
	p.customer.Charging = t.Reference
	schedule(p.customer)
}

// pending is the answer until the charge is posted.
func (p *posting) pending(d *core.Decision, t *core.Transaction) {
	d.Outcome = core.Outcome{Status: core.Pending, Reason: core.FundsPending, Account: p.account, Amount: t.Amount, Transaction: t.Reference}
}

// postCharge posts what has been paid for, whatever the limit is by now.
func postCharge(b core.Book, c *core.Customer, d *core.Decision) core.Status {
	a, known1 := b.Account(c.Org, c.Account)
	org, known2 := b.Org(c.Org)
	t, known3 := b.Transaction(c.Org, c.Account, c.Charging)
	settings, known4 := b.CustomerSettings(c.Org)
	periods, known5 := b.Periods(c.Org)
	if !known1 || !known2 || !known3 || !known4 || !known5 {
		return core.Miss
	}
	was := t.Charge
	p := &posting{book: b, org: org, account: a, customer: c, periods: periods, at: was.At, terms: termsAt(a, settings, was.At), draft: t, settled: true}
	if p.links, known1 = p.place(t); !known1 {
		return core.Miss
	}
	if status := p.postDraft(d, t); status != core.Done {
		return status
	}
	if d.Result == core.Refused { // a balance leaves its range
		why := d.Reason
		d.Discard()
		b.Touch(a)
		p.cell().Charging = ""
		schedule(c)
		p.drop(d, t, why)
		d.Work, d.Worker, d.Worked = core.ChargeGivenUp, a, t.Reference
		core.Number(b, d, c.Org, was.At)
		return d.Apply()
	}
	a.Release(was.Held)
	t.Charge = core.Charge{}
	c.Charging = ""
	schedule(c)
	d.Work, d.Worker, d.Worked = core.ChargePosted, a, t.Reference
	d.Outcome = p.answer(t)
	d.Outcome.Source, d.Outcome.ID = was.Source, was.ID
	core.Number(b, d, c.Org, was.At)
	return d.Apply()
}

// drop rejects a charge that is not paid for, or not posted all the same. What was a draft is one again. The decision has touched the account and
// its customer cell, and found the charge's place among the drafts.
func (p *posting) drop(d *core.Decision, t *core.Transaction, why core.Reason) {
	was := t.Charge
	p.account.Release(was.Held)
	t.Charge, t.NextDue = core.Charge{}, 0
	d.Told = core.Told{Transaction: t, State: core.TransactionDraft, Currency: p.account.Currency}
	if was.Drafted {
		p.book.Touch(t)
	} else {
		p.customer.Drafts--
		p.leaveDrafts(t, p.links)
		p.book.Delete(t)
		d.Told.State = core.TransactionIsDiscarded
	}
	d.Outcome = core.Outcome{
		Status: core.Rejected, Reason: why, Source: was.Source, ID: was.ID, Account: p.account, Amount: t.Amount, Transaction: t.Reference,
	}
}

// giveUp rejects a charge whose card had no result in time. The attempt stays open: when it succeeds, it just credits (R6.3).
func giveUp(b core.Book, t *core.Transaction, d *core.Decision) core.Status {
	a, known1 := b.Account(t.Org, t.Account)
	c, known2 := b.Customer(t.Org, t.Account)
	covered, known3 := b.Covered(t.Org, t.Account, t.Charge.Recharge)
	periods, known4 := b.Periods(t.Org)
	if !known1 || !known2 || !known3 || !known4 {
		return core.Miss
	}
	due, p := t.NextDue, &posting{book: b, account: a, customer: c, periods: periods}
	if p.links, known1 = p.place(t); !known1 {
		return core.Miss
	}
	b.Touch(a)
	b.Touch(c)
	b.Delete(covered)
	p.drop(d, t, core.FundsTooLate)
	d.Work, d.Worker, d.Worked = core.ChargeGivenUp, a, t.Reference
	core.Number(b, d, t.Org, due)
	return d.Apply()
}
