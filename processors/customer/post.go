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
	links    draftLinks        // of a charge that waits or has waited
	payer    *core.Account     // the wallet that a payment comes from; nil: from the world
	settled  bool              // it is due work, which is judged already, and comes in due order

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
	own, other := entry.Account(p.book, p.account), p.other(entry, t)
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

// other is the side against which a transaction is posted.
func (p *posting) other(entry *core.Draft, t *core.Transaction) int {
	if p.payer != nil {
		return entry.Account(p.book, p.payer)
	}
	return entry.System(p.book, p.org.ID, counterpart(t.Kind), p.account.Currency)
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

// fallsDue gives a debit its due date, and awaits it, where it is an invoice, and the end of that day.
func (p *posting) fallsDue(t *core.Transaction) {
	if !t.Debit {
		return
	}
	t.Due = t.Date + p.terms.days
	progress := p.book.Progress()
	now := max(progress.LastTick, progress.Target)
	t.Overdue = pastDue(p.org, t) <= now
	t.Asked = t.Kind != core.InvoiceTransaction
	await(p.org, t, now)
}

// await is when a debit has something to do next: on its due date, or where that has begun with the next tick (R8.10), and when the day is over (R8.2).
func await(org *core.Org, t *core.Transaction, now core.Time) {
	switch {
	case !t.Asked:
		t.NextDue = max(dueFrom(org, t.Due), now+1)
	case !t.Overdue:
		t.NextDue = pastDue(org, t)
	default:
		t.NextDue = 0
	}
}

// pastDue is when what is open of a debit is outstanding: from the midnight after its due date in the org's zone.
func pastDue(org *core.Org, t *core.Transaction) core.Time { return dueFrom(org, t.Due+1) }

// dueFrom is when a day begins in the org's zone, as it will be then.
func dueFrom(org *core.Org, day int32) core.Time {
	zone := core.InForce(org.Versions, core.LatestVersion).Zone
	at := core.Time(calendar.DayStart(day, zone))
	return core.Time(calendar.DayStart(day, core.InForce(org.Versions, at).Zone))
}

// Work does what a transaction has to do first.
func Work(b core.Book, t *core.Transaction, d *core.Decision) core.Status {
	switch {
	case t.Waits():
		return giveUp(b, t, d)
	case !t.Asked:
		return recur(b, t, d)
	default:
		return passDue(b, t, d)
	}
}

// passDue counts what is open of a debit as outstanding when its due date is over (R8.2).
func passDue(b core.Book, t *core.Transaction, d *core.Decision) core.Status {
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
