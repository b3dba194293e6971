package customer

import (
	"purser/processors/core"
	"purser/processors/recharge"
)

// recur charges the default preference on the due date of an invoice, where it has opted in for what the invoice is for (R8.10): a wallet that has
// enough at once, and a card by an attempt, which is dunned.
func recur(b core.Book, t *core.Transaction, d *core.Decision) core.Status {
	a, known1 := b.Account(t.Org, t.Account)
	c, known2 := b.Customer(t.Org, t.Account)
	org, known3 := b.Org(t.Org)
	settings, known4 := b.CustomerSettings(t.Org)
	periods, known5 := b.Periods(t.Org)
	if !known1 || !known2 || !known3 || !known4 || !known5 {
		return core.Miss
	}
	due := t.NextDue
	if at := dueFrom(org, t.Due); at > due {
		b.Touch(t)
		t.NextDue = at // the org has moved to another zone since
		return d.Silent()
	}
	p := &posting{book: b, org: org, account: a, customer: c, periods: periods, at: due, terms: termsAt(a, settings, due), settled: true}
	by := recurring(p.terms.own.Paying, t.For)
	switch {
	case by == nil || p.status() == core.CustomerTerminated:
		b.Touch(t)
		markAsked(org, t)
		return d.Silent()
	case by.Kind == core.ByWallet:
		return p.recurFrom(d, t, by, due)
	}
	b.Touch(a)
	b.Touch(t)
	r := recharge.Cover(d, b, a, core.RecurringPayment, t.Open, by.Token, due)
	b.NewCovered(r.Org, r.Account, r.Number).Send = t.Reference
	markAsked(org, t)
	d.Work, d.Worker, d.Worked = core.RecurringAsked, a, t.Reference
	core.Number(b, d, t.Org, due)
	return d.Apply()
}

// recurFrom pays an invoice from a wallet that has all that is open of it, and tells of one that has not.
func (p *posting) recurFrom(d *core.Decision, t *core.Transaction, by *core.Preference, due core.Time) core.Status {
	w, known := p.book.Account(p.account.Org, by.Wallet)
	reference := p.nextPayment()
	taken, ok := p.book.Transaction(p.account.Org, p.account.ID, reference)
	if !known || !ok {
		return core.Miss
	}
	open, paid := t.Open, taken == nil && w.Transferable() >= t.Open
	if paid {
		pay := p.paying(w)
		status := pay.post(d, p.drafted(&core.TransactionRequest{Transaction: reference, Kind: core.PaymentTransaction, Amount: open, Against: t.Reference}, due))
		if status != core.Done {
			return status
		}
		paid = d.Result != core.Refused
	}
	if paid {
		markAsked(p.org, t)
		recharge.Judge(d, p.book, w, due)
	} else {
		d.Discard()
		p.book.Touch(t)
		markAsked(p.org, t)
		d.Alerts = append(d.Alerts, core.Alert{
			Kind: core.RecurringFailed, Account: p.account, Currency: p.account.Currency, Balance: p.account.Balance, Amount: open,
			Contacts: core.InForce(p.account.Versions, due).Contacts,
		})
	}
	d.Work, d.Worker, d.Worked = core.RecurringCharged, p.account, t.Reference
	core.Number(p.book, d, t.Org, due)
	return d.Apply()
}

// markAsked says that an invoice has been charged on its due date, or not, for good. The decision has touched it.
func markAsked(org *core.Org, t *core.Transaction) {
	t.Asked = true
	if t.Open == 0 {
		t.NextDue = 0
		return
	}
	await(org, t, 0)
}
