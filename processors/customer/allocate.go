package customer

import (
	"purser/processors/core"
	"purser/processors/money"
)

// maxAllocations bounds what one entry allocates; what is left over goes on in the next one, which is due at once.
const maxAllocations = 32

// allocation is what of a credit goes to a debit.
type allocation struct {
	credit, debit *core.Transaction
	amount        money.Amount
}

// match finds what a transaction is allocated to, or what of it, when it is posted (R8.2): a credit first to the debit that it names, and then
// the oldest credit to the oldest debit, as long as there are both. It changes nothing.
func (p *posting) match(d *core.Decision, t *core.Transaction, amount money.Amount) core.Status {
	rest := amount
	if t.Against != "" {
		status := p.designate(d, t)
		if status != core.Done || d.Result == core.Refused {
			return status
		}
		if take := min(p.designated.Open, rest); take > 0 {
			p.allocations = append(p.allocations, allocation{t, p.designated, take})
			rest -= take
		}
	}
	if status := p.fifo(d, t, rest); status != core.Done {
		return status
	}
	if c := p.customer; c != nil && rest > 0 {
		last := c.Credits.Last
		if t.Debit {
			last = c.Debits.Last
		}
		if last != "" {
			return p.find(d, last, &p.tail)
		}
	}
	return core.Done
}

// designate looks up the debit that a credit goes to first, and its neighbours, from between which it may be taken.
func (p *posting) designate(d *core.Decision, t *core.Transaction) core.Status {
	if status := p.find(d, t.Against, &p.designated); status != core.Done {
		return status
	}
	switch x := p.designated; {
	case x == nil:
		return d.Refuse(core.UnknownTransaction)
	case !x.Debit || x.Number == 0:
		return d.Refuse(core.NotADebit)
	case x.Open > 0 && p.customer.Debits.First != x.Reference:
		before := p.find(d, x.Previous, &p.before)
		if x.Next == "" || before != core.Done {
			return before
		}
		return p.find(d, x.Next, &p.after)
	}
	return core.Done
}

// find looks a transaction up, after what is due on it.
func (p *posting) find(d *core.Decision, reference string, to **core.Transaction) core.Status {
	t, known := p.book.Transaction(p.account.Org, p.account.ID, reference)
	switch {
	case !known:
		return core.Miss
	case t != nil && !p.settled && d.DueFirst(p.book.Progress(), t):
		return core.DueFirst
	}
	*to = t
	return core.Done
}

// fifo goes through both chains from their beginnings, with the transaction that is posted (nil: none) at the end of its own.
func (p *posting) fifo(d *core.Decision, t *core.Transaction, rest money.Amount) core.Status {
	var chains core.Customer
	if p.customer != nil {
		chains = *p.customer
	}
	credits, debits := &walk{at: chains.Credits.First}, &walk{at: chains.Debits.First}
	if t != nil && t.Debit {
		debits.added, debits.rest = t, rest
	} else if t != nil {
		credits.added, credits.rest = t, rest
	}
	for len(p.allocations) < maxAllocations {
		status := credits.next(p, d)
		if status == core.Done && credits.t != nil {
			status = debits.next(p, d)
		}
		if status != core.Done || credits.t == nil || debits.t == nil {
			return status
		}
		take := min(credits.open, debits.open)
		p.allocations = append(p.allocations, allocation{credits.t, debits.t, take})
		credits.open -= take
		debits.open -= take
	}
	return core.Done
}

// walk goes along a chain, as it will be when what is found so far is allocated.
type walk struct {
	at    string            // reference of the one that comes next
	added *core.Transaction // and behind the last one
	rest  money.Amount
	t     *core.Transaction // the one at hand; nil: there is none
	open  money.Amount      // of it
}

// next goes on where nothing is left of the one at hand.
func (w *walk) next(p *posting, d *core.Decision) core.Status {
	for w.open == 0 {
		switch {
		case w.at != "":
			if status := p.find(d, w.at, &w.t); status != core.Done {
				return status
			}
			w.at, w.open = w.t.Next, w.t.Open
			if w.t == p.designated {
				w.open -= p.allocations[0].amount
			}
		case w.added != nil:
			w.t, w.open, w.added = w.added, w.rest, nil
			if w.open == 0 {
				w.t = nil
				return core.Done
			}
		default:
			w.t = nil
			return core.Done
		}
	}
	return core.Done
}

// allocate posts to the chains what match has found. The transaction that is posted (nil: none) has its cell by now.
func (p *posting) allocate(d *core.Decision, posted *core.Transaction) {
	c := p.cell()
	if posted != nil {
		p.count(c, posted, posted.Open)
	}
	joined := posted == nil
	for i := range p.allocations {
		a := &p.allocations[i]
		if !joined && (i > 0 || a.debit != p.designated) {
			p.join(c, posted)
			joined = true
		}
		credit, debit := p.own(a.credit, posted), p.own(a.debit, posted)
		p.settle(c, credit, a.amount)
		p.settle(c, debit, a.amount)
		d.Allocations = append(d.Allocations, core.Allocation{Credit: credit.Reference, Debit: debit.Reference, Amount: a.amount})
	}
	if !joined {
		p.join(c, posted)
	}
	schedule(c)
	if p.account.Balance != c.Unallocated-c.Open || c.Outstanding < 0 || c.Outstanding > c.Open {
		panic("processors: the balance of " + p.account.ID + " is not what is open and what is not allocated")
	}
}

// schedule makes the account due at once where a charge has been paid for, or an allocation has left a rest.
func schedule(c *core.Customer) {
	c.NextDue = 0
	if c.Charging != "" || c.Open > 0 && c.Unallocated > 0 {
		c.NextDue = core.DueNow
	}
}

// own is a transaction's cell: the one that is posted had none when it was matched.
func (p *posting) own(t, posted *core.Transaction) *core.Transaction {
	if posted != nil && t.Reference == posted.Reference {
		return posted
	}
	return t
}

// count adds to what is open, or not allocated; less than nothing takes away.
func (p *posting) count(c *core.Customer, t *core.Transaction, by money.Amount) {
	switch {
	case !t.Debit:
		c.Unallocated += by
	default:
		c.Open += by
		if t.Overdue {
			c.Outstanding += by
		}
	}
}

// settle takes what is allocated from a transaction, and the transaction out of its chain when nothing is left.
func (p *posting) settle(c *core.Customer, t *core.Transaction, amount money.Amount) {
	t.Open -= amount
	p.count(c, t, -amount)
	p.touch(t)
	if t.Open == 0 {
		t.NextDue = 0
		p.leave(c, t)
	}
}

func (p *posting) touch(t *core.Transaction) {
	for _, before := range p.touched {
		if before == t {
			return
		}
	}
	p.touched = append(p.touched, t)
	p.book.Touch(t)
}

// chain is the one that a transaction belongs in.
func chain(c *core.Customer, t *core.Transaction) *core.Chain {
	if t.Debit {
		return &c.Debits
	}
	return &c.Credits
}

// join puts a transaction behind the last one of its chain, unless nothing of it is left.
func (p *posting) join(c *core.Customer, t *core.Transaction) {
	if t.Open == 0 {
		return
	}
	at := chain(c, t)
	if at.Last == "" {
		at.First = t.Reference
	} else {
		p.tail.Next, t.Previous = t.Reference, at.Last
		p.touch(p.tail)
	}
	at.Last = t.Reference
}

// leave takes a transaction out of its chain. Only the designated debit is ever taken from between others.
func (p *posting) leave(c *core.Customer, t *core.Transaction) {
	at := chain(c, t)
	switch {
	case at.First == t.Reference:
		at.First = t.Next
		if at.First == "" {
			at.Last = ""
		}
	case t == p.designated:
		p.before.Next = t.Next
		p.touch(p.before)
		if t.Next == "" {
			at.Last = t.Previous
		} else {
			p.after.Previous = t.Previous
			p.touch(p.after)
		}
	}
	t.Previous, t.Next = "", ""
}

// GoOn does what an entry has left to do at once.
func GoOn(b core.Book, c *core.Customer, d *core.Decision) core.Status {
	if c.Charging != "" {
		return postCharge(b, c, d)
	}
	return allocateRest(b, c, d)
}

// allocateRest goes on with what an entry has left to allocate: the oldest credit to the oldest debit.
func allocateRest(b core.Book, c *core.Customer, d *core.Decision) core.Status {
	a, known := b.Account(c.Org, c.Account)
	if !known {
		return core.Miss
	}
	p := &posting{book: b, account: a, customer: c}
	if status := p.fifo(d, nil, 0); status != core.Done {
		return status
	}
	p.allocate(d, nil)
	d.Told = core.Told{Transaction: p.allocations[0].credit, State: core.TransactionIsPosted, Currency: a.Currency}
	d.Work, d.Worker, d.Worked = core.CreditAllocated, a, d.Allocations[0].Credit+"/"+d.Allocations[0].Debit
	core.Number(b, d, c.Org, b.Progress().LastTick)
	return d.Apply()
}
