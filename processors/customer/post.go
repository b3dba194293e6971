package customer

import (
	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
)

// posting is a transaction that is being posted, with all that it touches. Everything is looked up before anything is changed.
type posting struct {
	book     core.Book
	org      *core.Org
	account  *core.Account
	customer *core.Customer    // nil: nothing was recorded before
	periods  *core.Periods     // of the org; nil: no account of it had anything recorded before
	terms    terms             // in force
	at       core.Time         // then
	draft    *core.Transaction // where that is what is posted

	tail, before, after *core.Transaction // neighbours of the transaction in its chain, and of the debit that is designated
	designated          *core.Transaction
	allocations         []allocation
	lines               []core.BilledLine // of one that is recorded with lines
	touched             []*core.Transaction
}

// post posts a transaction: money moves, and what can be allocated is (R8.2). The transaction is a draft of the account, or not kept yet.
func (p *posting) post(d *core.Decision, t *core.Transaction) core.Status {
	if why := p.check(d, t); why != core.ReasonNone {
		return d.Refuse(why)
	}
	amount := t.Amount
	if amount == 0 {
		amount = owed(p.account)
	}
	if why := p.judge(d, t, amount); why != core.ReasonNone {
		return d.Refuse(why)
	}
	entry := &d.Draft
	own, other := entry.Account(p.book, p.account), entry.System(p.book, p.org.ID, counterpart(t.Kind), p.account.Currency)
	from, to := other, own
	if t.Debit {
		from, to = own, other
	}
	err := entry.Move(from, to, amount, core.Purchased, "")
	status := p.match(d, t, amount)
	switch {
	case entry.Missing || status == core.Miss:
		return core.Miss
	case status != core.Done || d.Result == core.Refused:
		return status
	case err != nil || !d.Fits() || !p.room(t, amount):
		return d.Refuse(core.BalanceOutOfRange)
	}
	d.Post(p.book, p.org.ID)
	if p.draft == nil {
		number := p.cell().Posted + 1
		t = p.keep(t)
		t.Number = number
	} else {
		t.Number = p.cell().Posted + 1
	}
	p.customer.Posted = t.Number
	t.Amount, t.Open = amount, amount
	p.dated(t)
	p.touch(t)
	p.fallsDue(t)
	p.allocate(d, t)
	cross(d, p.account, p.customer, p.terms, p.at)
	d.Told = core.Told{Transaction: t, State: core.TransactionIsPosted, Currency: p.account.Currency}
	if t.Kind == core.InvoiceTransaction {
		d.Told.Customer = core.InForce(p.account.Versions, p.at).Customer // R8.16
	}
	return core.Done
}

// check says why a transaction cannot be posted, whatever it would be allocated to.
func (p *posting) check(d *core.Decision, t *core.Transaction) core.Reason {
	if why := p.closed(t); why != core.ReasonNone {
		return why
	}
	if p.inClosed(t) {
		return core.PeriodClosed
	}
	switch t.Kind {
	case core.OpeningBalance:
		if p.account.Seq > 0 {
			return core.AlreadyOpened
		}
	case core.WriteOff:
		if have := owed(p.account); t.Amount > have || have == 0 {
			d.Had, d.Needed = have, t.Amount
			return core.ExceedsOwed
		}
	}
	return core.ReasonNone
}

// room says whether what is open, or not allocated, stays in its range: where an allocation is not done with, both may be greater than the balance.
func (p *posting) room(t *core.Transaction, amount money.Amount) bool {
	if p.customer == nil {
		return true
	}
	sum := p.customer.Unallocated
	if t.Debit {
		sum = p.customer.Open
	}
	_, err := sum.Add(amount)
	return err == nil
}

// fallsDue gives a debit its due date, and awaits the end of that day.
func (p *posting) fallsDue(t *core.Transaction) {
	if !t.Debit {
		return
	}
	t.Due = t.Date + p.terms.days
	progress := p.book.Progress()
	if passed := p.pastDue(t); passed <= max(progress.LastTick, progress.Target) {
		t.Overdue = true
	} else {
		t.NextDue = passed
	}
}

// pastDue is when what is open of a debit is outstanding: from the midnight after its due date in the org's zone.
func (p *posting) pastDue(t *core.Transaction) core.Time { return pastDue(p.org, t) }

func pastDue(org *core.Org, t *core.Transaction) core.Time {
	zone := core.InForce(org.Versions, core.LatestVersion).Zone
	at := core.Time(calendar.DayStart(t.Due+1, zone))
	return core.Time(calendar.DayStart(t.Due+1, core.InForce(org.Versions, at).Zone))
}

// PassDue counts what is open of a debit as outstanding when its due date is over (R8.2).
func PassDue(b core.Book, t *core.Transaction, d *core.Decision) core.Status {
	c, known := b.Customer(t.Org, t.Account)
	org, ok := b.Org(t.Org)
	if !known || !ok {
		return core.Miss
	}
	b.Touch(t)
	if at := pastDue(org, t); at > t.NextDue {
		t.NextDue = at // the org has moved to another zone since
		return d.Silent()
	}
	t.NextDue, t.Overdue = 0, true
	c.Outstanding += t.Open
	b.Touch(c)
	return d.Silent()
}
