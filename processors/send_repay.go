package processors

import (
	"slices"

	"purser/processors/money"
)

// repayment gives back what was charged for a send beyond a price: last payer first (R6.6), to each bucket by bucket in the reverse of
// the order in which they burned. What would go back to a grant that has expired since goes to world:complimentary in the same entry.
type repayment struct {
	send   *Send
	payers []Payer // those that are left to have paid
	grants []returned
	paid   []*Account // who gets something back
}

// returned is what goes back to a grant.
type returned struct {
	account *Account
	bucket  Part
}

// draft drafts what brings the charge down to a price. It changes nothing.
func (r *repayment) draft(b Book, d *Decision, s *Send, to money.Amount, now Time) Status {
	r.send, r.payers = s, slices.Clone(s.Payers)
	for excess := s.charged() - to; excess > 0; {
		p := &r.payers[len(r.payers)-1]
		back := min(p.Price, excess)
		excess -= back
		if status := r.payer(b, d, p, p.Price-back, now); status != Done || d.Result == Refused {
			return status
		}
		if p.Price == 0 {
			r.payers = r.payers[:len(r.payers)-1]
		}
	}
	for i := range r.paid {
		if len(r.paid[i].Grants)+r.revived(r.paid[i]) > maxGrants {
			return d.refuse(TooManyGrants)
		}
	}
	return d.drafted(nil)
}

// payer brings what one payer has paid down to a price.
func (r *repayment) payer(b Book, d *Decision, p *Payer, price money.Amount, now Time) Status {
	t, org, currency := &d.draft, r.send.Org, r.send.Currency
	if p.Account == Suspense {
		err := t.move(t.system(b, org, RevenueSales, currency), t.system(b, org, Suspense, currency), p.Price-price, NoBucket, "")
		p.Price, p.Revenue = price, price
		p.Buckets = nil
		return d.still(err)
	}
	a, known := b.Account(org, p.Account)
	switch {
	case !known:
		return Miss
	case !a.defined():
		return d.refuse(UnknownAccount)
	case d.dueFirst(b.Progress(), a):
		return DueFirst
	}
	if !slices.Contains(r.paid, a) {
		r.paid = append(r.paid, a)
	}
	return d.still(r.account(b, d, p, a, price, now))
}

// still is Done where a draft can go on.
func (d *Decision) still(err error) Status {
	if err != nil {
		return d.refuse(BalanceOutOfRange)
	}
	return Done
}

func (r *repayment) account(b Book, d *Decision, p *Payer, a *Account, price money.Amount, now Time) error {
	amount, err := convert(price, p.Rate)
	if err != nil {
		return err
	}
	t, org, in := &d.draft, r.send.Org, r.send.Currency
	revenue, fx := t.system(b, org, RevenueSales, in), -1
	from := revenue
	if in != a.Currency {
		fx = t.system(b, org, WorldFX, in)
		from = t.system(b, org, WorldFX, a.Currency)
	}
	if err := r.empty(b, t, p, a, p.amount()-amount, from, now); err != nil {
		return err
	}
	income := p.income(price)
	freeBefore, free := p.Price-p.Revenue, price-income
	if fx >= 0 {
		if err := t.move(revenue, fx, p.Revenue-income, NoBucket, ""); err != nil {
			return err
		}
		if free < freeBefore {
			if err := t.move(t.system(b, org, WorldComplimentary, in), fx, freeBefore-free, NoBucket, ""); err != nil {
				return err
			}
		}
	}
	p.Price, p.Revenue = price, income
	return nil
}

// empty takes an amount out of what a payer's buckets have paid, the last that burned first, and moves it back to them.
func (r *repayment) empty(b Book, t *draft, p *Payer, a *Account, amount money.Amount, from int, now Time) error {
	to, org := t.account(b, a), r.send.Org
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

func (r *repayment) bucket(b Book, t *draft, a *Account, paid Part, part money.Amount, from, to int, org string, now Time) error {
	if paid.Grant == "" {
		return t.move(from, to, part, Purchased, "")
	}
	complimentary := t.system(b, org, WorldComplimentary, a.Currency)
	if r.send.Currency == a.Currency {
		from = complimentary
	}
	if err := t.move(from, to, part, Complimentary, paid.Grant); err != nil {
		return err
	}
	if a.grant(&paid) == nil && paid.ExpiresAt != 0 && paid.ExpiresAt <= now {
		return t.move(to, complimentary, part, Complimentary, paid.Grant)
	}
	paid.Amount = part
	r.grants = append(r.grants, returned{a, paid})
	return nil
}

// amount is what a payer has paid, in the account's currency.
func (p *Payer) amount() (sum money.Amount) {
	for i := range p.Buckets {
		sum += p.Buckets[i].Amount
	}
	return sum
}

// income is the part of a lower price that is revenue, after the buckets were emptied down to it: never more than it was, nor so
// little that more would be complimentary than was.
func (p *Payer) income(price money.Amount) money.Amount {
	purchased := money.Amount(0)
	for i := range p.Buckets {
		if p.Buckets[i].Grant == "" {
			purchased += p.Buckets[i].Amount
		}
	}
	income := revenueOf(price, purchased, p.amount())
	return min(max(income, price-(p.Price-p.Revenue)), p.Revenue)
}

// revived is how many grants of an account come back that it has no more.
func (r *repayment) revived(a *Account) (n int) {
	for i := range r.grants {
		if r.grants[i].account == a && a.grant(&r.grants[i].bucket) == nil {
			n++
		}
	}
	return n
}

// post posts what was drafted.
func (r *repayment) post(b Book, d *Decision, at Time) {
	for i := range r.grants {
		r.grants[i].account.giveGrant(&r.grants[i].bucket)
	}
	d.post(b, r.send.Org)
	r.send.Payers = r.payers
	for _, a := range r.paid {
		if d.draft.posted(a) {
			d.judge(b, a, at)
		}
	}
}
