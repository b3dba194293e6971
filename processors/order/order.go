// Package order is about orders that spending accounts pay for (R7.7), quotes for them (R7.8), and their cancellations (R7.9).
package order

import (
	"strings"

	"purser/processors/charging"
	"purser/processors/core"
	"purser/processors/recharge"
	"purser/processors/send"
	"purser/processors/spending"
)

// orderLife is how long an order is remembered after its last change: for so long its cancellation finds it, and another order of its name
// is refused. It is a year and a month.
const orderLife core.Time = 400 * 24 * 60 * 60 * 1_000_000

// placing is an order that is placed, with all that it names.
type placing struct {
	org   *core.Org
	order *core.Order // of the same reference
	payer *core.Account
	use   spending.Use
	rest  charging.Charge // what the other payer is charged; without an account: nothing
}

// Place decides an order at once: what its spending account may pay, it pays, and the rest goes to its other payer, where the org has bills
// split (R7.7). What is refused is rejected for good, and its reference is free.
func Place(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	var p placing
	switch known := p.load(b, ev); {
	case !known:
		return core.Miss
	case p.org == nil:
		return d.Refuse(core.UnknownOrg)
	case p.order != nil && d.DueFirst(b.Progress(), p.order):
		return core.DueFirst
	case p.order != nil:
		return d.Refuse(core.OrderExists)
	}
	if status := p.decide(b, ev.Order, ev.OccurredAt, d); status != core.Done || d.Result == core.Refused {
		return status
	}
	p.apply(b, ev, d)
	return d.Apply()
}

// Prefetch asks for what an order, or its cancellation, will need.
func Prefetch(b core.Book, ev *core.Event) {
	if ev.Type == core.OrderPlaced {
		new(placing).load(b, ev)
		return
	}
	if o, known := b.Order(ev.Org, ev.Order.Order); known && o != nil {
		new(cancelling).load(b, o)
	}
}

// load looks up what the order names. It asks for all that it can before it gives up.
func (p *placing) load(b core.Book, ev *core.Event) (known bool) {
	q := ev.Order
	org, known := b.Org(ev.Org)
	order, orderKnown := b.Order(ev.Org, q.Order)
	p.org, p.order = org, order
	known = known && orderKnown
	if q.Payer != "" {
		payer, ok := b.Account(ev.Org, q.Payer)
		p.payer, known = payer, known && ok
	}
	if org != nil {
		ok := p.use.Load(b, org, q.Spending, q.User, ev.OccurredAt)
		known = known && ok
	}
	if !known {
		b.System(ev.Org, core.RevenueSales, q.Currency)
	}
	return known
}

// decide says whether an order is paid, and drafts what both pay. It changes nothing.
func (p *placing) decide(b core.Book, q *core.OrderRequest, at core.Time, d *core.Decision) core.Status {
	if p.use.DueFirst(b, d) {
		return core.DueFirst
	}
	if why := p.use.Judge(q); why != core.ReasonNone {
		d.Had, d.Needed = p.use.Amount, p.use.Cost
		return d.Refuse(why)
	}
	if err := p.use.Draft(b, d, core.RevenueSales); err != nil {
		return charging.Drafted(d, err)
	}
	rest := p.use.Cost - p.use.Amount
	if rest == 0 {
		return charging.Drafted(d, nil)
	}
	switch a := p.payer; {
	case q.Payer == "":
		d.Had, d.Needed = p.use.Amount, p.use.Cost
		return d.Refuse(core.NoOtherPayer)
	case !a.Defined():
		return d.Refuse(core.UnknownAccount)
	case a.Kind != core.KindWallet && a.Kind != core.KindFundingSource:
		return d.Refuse(core.NotAPayer)
	case d.DueFirst(b.Progress(), a):
		return core.DueFirst
	}
	p.rest = charging.Charge{Account: p.payer, Price: rest, Currency: q.Currency}
	if status := p.rest.Convert(b, d, at); status != core.Done || d.Result == core.Refused {
		return status
	}
	if p.rest.Shortfall() > 0 {
		d.Had, d.Needed = p.payer.Available(), p.rest.Amount
		return d.Refuse(core.InsufficientFunds)
	}
	return p.rest.Draft(b, d)
}

// apply posts what was drafted, and notes in the order who has paid.
func (p *placing) apply(b core.Book, ev *core.Event, d *core.Decision) {
	q := ev.Order
	o := b.NewOrder(p.org.ID, strings.Clone(q.Order))
	o.State, o.Source, o.Event = core.OrderAccepted, strings.Clone(ev.Source), strings.Clone(ev.ID)
	o.User, o.OccurredAt, o.Currency = strings.Clone(q.User), ev.OccurredAt, q.Currency
	if p.rest.Account != nil {
		paid := core.Send{}
		send.Note(&p.rest, &paid)
		o.Other = paid.Payers
	}
	d.Post(b, p.org.ID)
	spent, noted, sets := p.use.Commit(b, d)
	o.Spending, o.Account = spent.Spending.ID, core.BalanceID(spent.Spending.ID, "")
	if !spent.Terms.Shared {
		o.Account = core.BalanceID(spent.Spending.ID, o.User)
	}
	o.Cost, o.Applied, o.Noted, o.Sets, o.CostCentre = spent.Cost, spent.Amount, noted, sets, spent.Terms.Labels.CostCentre
	keep(o, core.TickTime(b.Progress(), ev.RecordedAt))
	d.Ordered = o
	d.Outcome = core.Outcome{Status: core.Accepted, Order: o.ID, Account: spent.Account, Amount: spent.Amount, Spent: spent}
	if a := p.rest.Account; a != nil {
		d.Outcome.To, d.Outcome.Gets = a, p.rest.Amount
		recharge.JudgePosted(d, b, a, core.Latest(b.Progress(), ev.RecordedAt))
	}
}

// keep lets an order that has changed be remembered for a while.
func keep(o *core.Order, at core.Time) { o.NextDue = at + orderLife }

// cancelling is an order that is cancelled, with all that gets something back.
type cancelling struct {
	org   *core.Org
	order *core.Order
	spent spending.Return
	other send.Repayment
}

func (c *cancelling) load(b core.Book, o *core.Order) (known bool) {
	c.order = o
	if c.org, known = b.Org(o.Org); !known {
		return false
	}
	known = c.spent.Load(b, o, c.org)
	for i := range o.Other {
		_, ok := b.Account(o.Org, o.Other[i].Account)
		known = known && ok
	}
	return known
}

// Cancel gives back to whoever has paid, and gives back what the order used of limits (R7.9).
func Cancel(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	o, known := b.Order(ev.Org, ev.Order.Order)
	switch {
	case !known:
		return core.Miss
	case o == nil:
		return d.Refuse(core.UnknownOrder)
	case d.DueFirst(b.Progress(), o):
		return core.DueFirst
	case o.State == core.OrderCancelled:
		return d.Refuse(core.OrderIsGone)
	}
	var c cancelling
	if !c.load(b, o) {
		return core.Miss
	}
	if c.spent.DueFirst(b, d) {
		return core.DueFirst
	}
	if err := c.spent.Draft(b, d, core.RevenueSales); err != nil {
		return charging.Drafted(d, err)
	}
	now := core.TickTime(b.Progress(), ev.RecordedAt)
	paid := core.Send{Org: o.Org, Currency: o.Currency, Payers: o.Other}
	if status := c.other.Draft(b, d, &paid, 0, now); status != core.Done || d.Result == core.Refused {
		return status
	}
	b.Touch(o)
	c.other.Post(b, d, core.Latest(b.Progress(), ev.RecordedAt))
	c.spent.Commit(b)
	o.State, o.Other = core.OrderCancelled, nil
	keep(o, now)
	d.Ordered = o
	return d.Apply()
}

// Forget ends an order's life.
func Forget(b core.Book, o *core.Order, d *core.Decision) core.Status {
	b.Delete(o)
	return d.Silent()
}
