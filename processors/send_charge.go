package processors

import "purser/processors/money"

// charge is the price of a send, or of a licence, asked of an account.
type charge struct {
	account  *Account // nil: nobody pays, and it is posted to suspense
	price    money.Amount
	currency money.Currency // of the price
	rate     money.Factor   // zero: it is yet to be found
	amount   money.Amount   // the price in the account's currency
	burned   money.Amount   // what grants pay of it

	lacks money.Amount    // what of it is asked of a card, or by invoice (R6.3)
	terms *AccountVersion // of the account, by which it is

	difference money.Amount // what of an adjustment is asked of a card (R6.8)
	method     string       // by which
}

// shortfall is what lacks: what is negative already is not asked for again (R6.3).
func (c *charge) shortfall() money.Amount {
	return max(0, c.amount-max(c.account.available(), 0))
}

// convert finds what the price is in the account's currency, at the rate that was in force at a time, unless it was charged by one
// before (R2.4).
func (c *charge) convert(b Book, d *Decision, at Time) Status {
	to := c.currency
	if c.account != nil {
		to = c.account.Currency
	}
	if c.rate.IsZero() {
		rate, status := rateBetween(b, c.account.Org, c.currency, to, at)
		switch status {
		case Done:
			c.rate = rate
		case Miss:
			return Miss
		default:
			return d.refuse(NoFXRate)
		}
	}
	amount, err := convert(c.price, c.rate)
	if err != nil {
		return d.refuse(BalanceOutOfRange)
	}
	c.amount = amount
	return Done
}

// convert multiplies an amount with a rate, and rounds once (R1.2).
func convert(a money.Amount, rate money.Factor) (money.Amount, error) {
	f, err := a.Factor()
	if err != nil {
		return 0, err
	}
	return money.Product(f, rate)
}

// draft drafts the charge's postings.
func (c *charge) draft(b Book, d *Decision) (status Status) {
	burned, err := d.draft.charge(b, c.account, RevenueSales, c.currency, c.price, c.amount)
	c.burned = burned
	return d.drafted(err)
}

// drafted says whether what was drafted can be posted.
func (d *Decision) drafted(err error) Status {
	switch {
	case d.draft.missing:
		return Miss
	case err != nil || !d.fits():
		return d.refuse(BalanceOutOfRange)
	}
	return d.apply()
}

// post posts the charge, and notes in the send who has paid.
func (c *charge) post(b Book, d *Decision, s *Send, at Time) {
	c.note(s)
	d.post(b, s.Org)
	c.bill(b, d, s, at)
	c.collect(b, d, s, at)
	if d.draft.posted(c.account) {
		d.judge(b, c.account, at)
	}
}

// note notes in the send who pays, and burns his grants. It comes before the entry.
func (c *charge) note(s *Send) {
	p := Payer{Account: c.account.ID, Rate: c.rate, Price: c.price, Revenue: revenueOf(c.price, c.amount-c.burned, c.amount)}
	p.Buckets = c.account.wouldBurn(c.amount)
	c.account.burn(c.burned)
	s.pay(p)
}

// pay notes who has paid: who paid last and pays again from one bucket is one payer.
func (s *Send) pay(p Payer) {
	if p.Price == 0 {
		return
	}
	if n := len(s.Payers) - 1; n < 0 || !s.Payers[n].plain() || !p.plain() || s.Payers[n].Account != p.Account {
		s.Payers = append(s.Payers, p)
		return
	}
	last := &s.Payers[len(s.Payers)-1]
	last.Price += p.Price
	last.Revenue += p.Revenue
	if p.Account != Suspense {
		last.Buckets[0].Amount += p.Buckets[0].Amount
	}
}

// plain says whether all was paid from one bucket of purchased money in the send's currency, or by nobody.
func (p *Payer) plain() bool {
	return p.Account == Suspense || len(p.Buckets) == 1 && p.Buckets[0].Grant == "" && p.Rate == money.One // so that it adds up exactly
}

// charged is what all payers together have paid, in the send's currency.
func (s *Send) charged() (sum money.Amount) {
	for i := range s.Payers {
		sum += s.Payers[i].Price
	}
	return sum
}

// buckets is how many buckets have paid.
func (s *Send) buckets() (n int) {
	for i := range s.Payers {
		n += len(s.Payers[i].Buckets)
	}
	return n
}
