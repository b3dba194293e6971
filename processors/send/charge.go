package send

import (
	"purser/processors/charging"
	"purser/processors/core"
	"purser/processors/money"
	"purser/processors/recharge"
)

// post posts the charge, and notes in the send who has paid.
func post(c *charging.Charge, b core.Book, d *core.Decision, s *core.Send, at core.Time) {
	Note(c, s)
	d.Post(b, s.Org)
	bill(c, b, d, s, at)
	collect(c, b, d, s, at)
	if d.Draft.Posted(c.Account) {
		recharge.Judge(d, b, c.Account, at)
	}
}

// Note notes in the send who pays, and burns his grants. It comes before the entry.
func Note(c *charging.Charge, s *core.Send) {
	p := core.Payer{Account: c.Account.ID, Rate: c.Rate, Price: c.Price, Revenue: charging.RevenueOf(c.Price, c.Amount-c.Burned, c.Amount)}
	p.Buckets = c.Account.WouldBurn(c.Amount)
	c.Account.Burn(c.Burned)
	pay(s, p)
}

// pay notes who has paid: who paid last and pays again from one bucket is one payer.
func pay(s *core.Send, p core.Payer) {
	if p.Price == 0 {
		return
	}
	if n := len(s.Payers) - 1; n < 0 || !plain(&s.Payers[n]) || !plain(&p) || s.Payers[n].Account != p.Account {
		s.Payers = append(s.Payers, p)
		return
	}
	last := &s.Payers[len(s.Payers)-1]
	last.Price += p.Price
	last.Revenue += p.Revenue
	if p.Account != core.Suspense {
		last.Buckets[0].Amount += p.Buckets[0].Amount
	}
}

// plain says whether all was paid from one bucket of purchased money in the send's currency, or by nobody.
func plain(p *core.Payer) bool {
	return p.Account == core.Suspense || len(p.Buckets) == 1 && p.Buckets[0].Grant == "" && p.Rate == money.One // so that it adds up exactly
}

// charged is what all payers together have paid, in the send's currency.
func charged(s *core.Send) (sum money.Amount) {
	for i := range s.Payers {
		sum += s.Payers[i].Price
	}
	return sum
}

// bucketsOf is how many buckets have paid.
func bucketsOf(s *core.Send) (n int) {
	for i := range s.Payers {
		n += len(s.Payers[i].Buckets)
	}
	return n
}
