package send

import (
	"slices"

	"purser/processors/charging"
	"purser/processors/core"
	"purser/processors/money"
	"purser/processors/recharge"
	"purser/processors/spending"
)

// Repayment gives back what was charged for a send beyond a price: last payer first (R6.6), to each bucket by bucket in the reverse of
// the order in which they burned. What would go back to a grant that has expired since goes to world:complimentary in the same entry.
type Repayment struct {
	send   *core.Send
	payers []core.Payer // those that are left to have paid
	grants []returned
	paid   []*core.Account // who gets something back
	part   spending.Return // what goes back to a spending account (R6.10)
	parted money.Amount    // and how much that is
}

// returned is what goes back to a grant.
type returned struct {
	account *core.Account
	bucket  core.Part
}

// Draft drafts what brings the charge down to a price. It changes nothing.
func (r *Repayment) Draft(b core.Book, d *core.Decision, s *core.Send, to money.Amount, now core.Time) core.Status {
	r.send, r.payers = s, slices.Clone(s.Payers)
	for excess := charged(s) - to; excess > 0; {
		p := &r.payers[len(r.payers)-1]
		back := min(p.Price, excess)
		excess -= back
		if status := r.payer(b, d, p, p.Price-back, now); status != core.Done || d.Result == core.Refused {
			return status
		}
		if p.Price == 0 {
			r.payers = r.payers[:len(r.payers)-1]
		}
	}
	for i := range r.paid {
		if len(r.paid[i].Grants)+r.revived(r.paid[i]) > core.MaxGrants {
			return d.Refuse(core.TooManyGrants)
		}
	}
	return charging.Drafted(d, nil)
}

// payer brings what one payer has paid down to a price.
func (r *Repayment) payer(b core.Book, d *core.Decision, p *core.Payer, price money.Amount, now core.Time) core.Status {
	t, org, currency := &d.Draft, r.send.Org, r.send.Currency
	if p.Account == core.Suspense {
		err := t.Move(t.System(b, org, core.RevenueSales, currency), t.System(b, org, core.Suspense, currency), p.Price-price, core.NoBucket, "")
		p.Price, p.Revenue = price, price
		p.Buckets = nil
		return still(d, err)
	}
	if p.Account == r.send.Part.Account {
		return r.spent(b, d, p, price)
	}
	a, known := b.Account(org, p.Account)
	switch {
	case !known:
		return core.Miss
	case !a.Defined():
		return d.Refuse(core.UnknownAccount)
	case d.DueFirst(b.Progress(), a):
		return core.DueFirst
	}
	if !slices.Contains(r.paid, a) {
		r.paid = append(r.paid, a)
	}
	return still(d, r.account(b, d, p, a, price, now))
}

// spent brings what a spending account has paid down to a price.
func (r *Repayment) spent(b core.Book, d *core.Decision, p *core.Payer, price money.Amount) core.Status {
	org, known := b.Org(r.send.Org)
	if r.parted = p.Price - price; !known || !r.part.LoadSend(b, r.send, org, r.parted) {
		return core.Miss
	}
	if r.part.DueFirst(b, d) {
		return core.DueFirst
	}
	p.Price, p.Revenue = price, price
	if p.Buckets = nil; price > 0 {
		p.Buckets = []core.Part{{Amount: price}}
	}
	return still(d, r.part.Draft(b, d, core.RevenueSales))
}

// still is Done where a draft can go on.
func still(d *core.Decision, err error) core.Status {
	if err != nil {
		return d.Refuse(core.BalanceOutOfRange)
	}
	return core.Done
}

func (r *Repayment) account(b core.Book, d *core.Decision, p *core.Payer, a *core.Account, price money.Amount, now core.Time) error {
	amount, err := charging.Convert(price, p.Rate)
	if err != nil {
		return err
	}
	t, org, in := &d.Draft, r.send.Org, r.send.Currency
	revenue, fx := t.System(b, org, core.RevenueSales, in), -1
	from := revenue
	if in != a.Currency {
		fx = t.System(b, org, core.WorldFX, in)
		from = t.System(b, org, core.WorldFX, a.Currency)
	}
	if err := r.empty(b, t, p, a, paidAmount(p)-amount, from, now); err != nil {
		return err
	}
	income := incomeOf(p, price)
	freeBefore, free := p.Price-p.Revenue, price-income
	if fx >= 0 {
		if err := t.Move(revenue, fx, p.Revenue-income, core.NoBucket, ""); err != nil {
			return err
		}
		if free < freeBefore {
			if err := t.Move(t.System(b, org, core.WorldComplimentary, in), fx, freeBefore-free, core.NoBucket, ""); err != nil {
				return err
			}
		}
	}
	p.Price, p.Revenue = price, income
	return nil
}

// empty takes an amount out of what a payer's buckets have paid, the last that burned first, and moves it back to them.
func (r *Repayment) empty(b core.Book, t *core.Draft, p *core.Payer, a *core.Account, amount money.Amount, from int, now core.Time) error {
	to, org := t.Account(b, a), r.send.Org
	p.Buckets = slices.Clone(p.Buckets)
	for amount > 0 {
		last := &p.Buckets[len(p.Buckets)-1]
		part := min(last.Amount, amount)
		amount -= part
		if err := r.bucket(b, t, a, *last, part, from, to, org, now); err != nil {
			return err
		}
		if last.Amount -= part; last.Amount == 0 {
			p.Buckets = p.Buckets[:len(p.Buckets)-1]
		}
	}
	return nil
}

func (r *Repayment) bucket(b core.Book, t *core.Draft, a *core.Account, paid core.Part, part money.Amount, from, to int, org string, now core.Time) error {
	if paid.Grant == "" {
		return t.Move(from, to, part, core.Purchased, "")
	}
	complimentary := t.System(b, org, core.WorldComplimentary, a.Currency)
	if r.send.Currency == a.Currency {
		from = complimentary
	}
	if err := t.Move(from, to, part, core.Complimentary, paid.Grant); err != nil {
		return err
	}
	if a.Grant(&paid) == nil && paid.ExpiresAt != 0 && paid.ExpiresAt <= now {
		return t.Move(to, complimentary, part, core.Complimentary, paid.Grant)
	}
	paid.Amount = part
	r.grants = append(r.grants, returned{a, paid})
	return nil
}

// paidAmount is what a payer has paid, in the account's currency.
func paidAmount(p *core.Payer) (sum money.Amount) {
	for i := range p.Buckets {
		sum += p.Buckets[i].Amount
	}
	return sum
}

// incomeOf is the part of a lower price that is revenue, after the buckets were emptied down to it: never more than it was, nor so
// little that more would be complimentary than was.
func incomeOf(p *core.Payer, price money.Amount) money.Amount {
	purchased := money.Amount(0)
	for i := range p.Buckets {
		if p.Buckets[i].Grant == "" {
			purchased += p.Buckets[i].Amount
		}
	}
	income := charging.RevenueOf(price, purchased, paidAmount(p))
	return min(max(income, price-(p.Price-p.Revenue)), p.Revenue)
}

// revived is how many grants of an account come back that it has no more.
func (r *Repayment) revived(a *core.Account) (n int) {
	for i := range r.grants {
		if r.grants[i].account == a && a.Grant(&r.grants[i].bucket) == nil {
			n++
		}
	}
	return n
}

// Post posts what was drafted.
func (r *Repayment) Post(b core.Book, d *core.Decision, at core.Time) {
	for i := range r.grants {
		r.grants[i].account.GiveGrant(&r.grants[i].bucket)
	}
	d.Post(b, r.send.Org)
	r.send.Payers = r.payers
	if r.parted > 0 {
		r.part.Commit(b)
		r.send.Part.Amount -= r.parted
	}
	for _, a := range r.paid {
		if d.Draft.Posted(a) {
			recharge.Judge(d, b, a, at)
		}
	}
}
