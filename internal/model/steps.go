package model

import (
	"fmt"
	"slices"
	"time"
)

// sendFollowed is an approval, a decline, the final cost or the cancellation of a send. One that comes before its send waits for it, and a
// final cost for the send's end (R6.5).
func sendFollowed(e *event) func(*turn) {
	id, cost, currency := e.body.name("send"), zero, ""
	if e.Type == "send.adjusted" {
		d, given := e.body.number("final_cost", 6)
		e.body.demand(given)
		cost, currency = d, e.body.name("currency")
	}
	return func(t *turn) {
		s := t.o.sends[id]
		switch {
		case s == nil:
			w := t.wait()
			t.o.sends[id] = &send{id: id, state: "awaited", waiting: []*waiting{w}, until: w.deadline}
		case s.state == "awaited", s.pending() && e.Type == "send.adjusted":
			s.waiting = append(s.waiting, t.wait())
		default:
			t.follow(s, cost, currency)
		}
	}
}

// takeSteps decides what waits for sends that have come, or come to their end.
func (m *Model) takeSteps() {
	for _, o := range m.inOrder() {
		for _, s := range o.sendsInOrder() {
			for w := s.next(); w != nil; w = s.next() {
				s.waiting = without(s.waiting, w)
				t := m.turn(w.event, true)
				w.decide(t)
				t.fact.DeadLetter = t.fact.Result != "applied"
			}
		}
	}
}

// next is the first of what waits for a send that can be decided.
func (s *send) next() *waiting {
	for _, w := range s.waiting {
		if s.state != "awaited" && (!s.pending() || w.Type != "send.adjusted") {
			return w
		}
	}
	return nil
}

func (t *turn) follow(s *send, cost dec, currency string) {
	now := t.clock(t.e.Recorded)
	switch kind := t.e.Type; {
	case s.state == "rejected" || s.state == "cancelled":
		t.refuse("send_" + s.state)
	case s.pending() && kind == "send.cancelled":
		t.post()
		if s.recharge != nil {
			s.recharge.covers = nil
		}
		t.givePart(s)
		s.end("cancelled", now)
		t.rejects(s, "cancelled")
	case s.state == "pending_approval" && kind == "send.declined":
		t.post()
		s.end("rejected", now)
		t.rejects(s, "declined")
	case s.state == "pending_approval":
		t.approve(s)
	case s.state == "accepted" && kind == "send.cancelled":
		if t.repay(s, zero) {
			s.end("cancelled", now)
		}
	case s.state == "accepted" && kind == "send.adjusted" && currency != s.currency:
		t.refuse("currency_mismatch")
	case s.state == "accepted" && kind == "send.adjusted":
		t.adjust(s, cost)
	default:
		t.refuse("not_pending_approval")
	}
}

// approve charges a send by the balances that are there now (R6.4).
func (t *turn) approve(s *send) {
	a := t.o.accounts[s.source]
	if !a.defined() || a.kind != "funding_source" {
		t.post()
		s.end("rejected", t.clock(t.e.Recorded))
		t.rejects(s, "not_a_funding_source")
		return
	}
	if why := t.spend(s); why != "" { // it pays nothing by now
		t.post()
		s.part.amount = zero
		s.end("rejected", t.clock(t.e.Recorded))
		t.rejects(s, why)
		return
	}
	rate, known := t.o.rate(s.currency, a.currency, s.occurred)
	why := "no_fx_rate"
	if known {
		why = t.raise(s, a, rate)
	}
	if why != "" && t.fact.Result != "refused" {
		t.refuse(why)
	}
}

// adjust makes up for the final cost (R6.6).
func (t *turn) adjust(s *send, cost dec) {
	more := cost.Sub(s.charged())
	if !more.IsPositive() {
		if t.repay(s, cost) {
			s.keep(t.clock(t.e.Recorded))
		}
		return
	}
	a := t.o.accounts[t.o.payerOf(s, t.e.occurred)]
	if !a.defined() {
		t.suspend(s, more)
		return
	}
	rate, known := s.rateOf(a)
	if !known {
		rate, known = t.o.rate(s.currency, a.currency, s.occurred)
	}
	amount, at := rounded(more.Mul(rate)), t.present(t.e.Recorded)
	switch {
	case !known:
		t.refuse("no_fx_rate")
		return
	case amount.GreaterThan(limit):
		t.refuse("balance_out_of_range")
		return
	}
	v := a.terms.at(at)
	asked := a.lacks(amount)
	if v.each() {
		asked = amount
	}
	before := s.payers
	t.chargeSend(s, a, more, rate)
	if !t.post() {
		s.payers = before
		return
	}
	s.keep(t.clock(t.e.Recorded))
	if v.card() != "" && asked.IsPositive() { // R6.8
		t.cover(a, "adjustment", asked, v.card(), at, &cover{send: s})
	}
	if t.posted(a) {
		t.judge(a, at)
	}
}

// suspend posts what nobody pays.
func (t *turn) suspend(s *send, more dec) {
	t.move("suspense", "revenue:sales", more, s.currency, nil)
	if t.post() {
		s.pay(&payer{price: more, income: more})
		s.keep(t.clock(t.e.Recorded))
		t.line("alert adjustment_in_suspense suspense %s %s about  %s because  again \"\" to [] invoice 0 send %s", t.o.balance("suspense", s.currency), s.currency, more, s.id)
	}
}

// payerOf is who pays what a send costs more: its funding source, or, where the sender paid, that of the team that he was in, his own wallet where
// the team has its members pay, and the org's default where he was in none.
func (o *org) payerOf(s *send, at time.Time) string {
	if s.source != "" {
		return s.source
	}
	switch source, found := o.sourceOf(s.team, at); {
	case !found:
		return o.defaultAt(at)
	case source == "":
		return s.sender
	default:
		return source
	}
}

// payer is what one account has paid for a send, and has not got back.
type payer struct {
	account *account // nil: suspense
	rate    dec
	price   dec // in the send's currency
	income  dec // the part of the price that is revenue
	parts   []part
}

func (s *send) rateOf(a *account) (rate dec, known bool) {
	for _, p := range s.payers {
		if p.account != nil && p.account.id == a.id {
			return p.rate, true
		}
	}
	return zero, false
}

func (s *send) charged() dec {
	sum := zero
	for _, p := range s.payers {
		sum = sum.Add(p.price)
	}
	return sum
}

// chargeSend moves a price out of an account's buckets, as usage does (R3.5, R3.6), and notes who has paid.
func (t *turn) chargeSend(s *send, a *account, price, rate dec) {
	amount := rounded(price.Mul(rate))
	p := &payer{account: a, rate: rate, price: price, income: price, parts: a.burns(amount)}
	if amount.IsPositive() {
		p.income = share(price, bought(p.parts), amount)
	}
	converted := s.currency != a.currency
	for _, each := range p.parts {
		to := "revenue:sales"
		switch {
		case converted:
			to = "world:fx"
		case each.grant != nil:
			to = "world:complimentary"
		}
		t.move(a.id, to, each.amount, a.currency, each.grant)
	}
	if converted {
		t.move("world:fx", "revenue:sales", p.income, s.currency, nil)
		t.move("world:fx", "world:complimentary", price.Sub(p.income), s.currency, nil)
	}
	s.pay(p)
}

func bought(parts []part) dec {
	sum := zero
	for _, p := range parts {
		if p.grant == nil {
			sum = sum.Add(p.amount)
		}
	}
	return sum
}

// pay notes who has paid: who paid last and pays again, from purchased money in the send's currency, is one payer.
func (s *send) pay(p *payer) {
	if p.price.IsZero() {
		return
	}
	var all []*payer
	for _, each := range s.payers {
		same := *each
		all = append(all, &same)
	}
	s.payers = all
	if n := len(all) - 1; n >= 0 && all[n].plain() && p.plain() && all[n].account == p.account {
		all[n].price, all[n].income = all[n].price.Add(p.price), all[n].income.Add(p.income)
		if p.account != nil {
			all[n].parts = []part{{nil, all[n].parts[0].amount.Add(p.parts[0].amount)}}
		}
		return
	}
	s.payers = append(s.payers, p)
}

func (p *payer) plain() bool {
	return p.account == nil || len(p.parts) == 1 && p.parts[0].grant == nil && p.rate.Equal(one)
}

// repay brings the charge of a send down to a price: the last payer first, and his buckets in the reverse of the order in which they burned.
func (t *turn) repay(s *send, to dec) bool {
	left, excess := s.payers, s.charged().Sub(to)
	var changed []*payer
	var paid []*account
	unspent := zero // by a spending account
	for excess.IsPositive() {
		p := *left[len(left)-1]
		left = left[:len(left)-1]
		back := smaller(p.price, excess)
		excess = excess.Sub(back)
		if p.account != nil && p.account.kind == "spending_account" {
			t.move("revenue:sales", p.account.id, back, s.currency, nil)
			p.price, p.income = p.price.Sub(back), p.income.Sub(back)
			p.parts = []part{{nil, p.price}}
			if p.price.IsPositive() {
				changed = append(changed, &p)
			}
			unspent = back
			continue
		}
		if p.account != nil && !p.account.defined() {
			t.moves = nil
			t.refuse("unknown_account")
			return false
		}
		t.payBack(s, &p, p.price.Sub(back))
		if p.account != nil && !slices.Contains(paid, p.account) {
			paid = append(paid, p.account)
		}
		if p.price.IsPositive() {
			changed = append(changed, &p)
		}
	}
	if !t.post() {
		return false
	}
	s.payers = append(append([]*payer{}, left...), changed...)
	if unspent.IsPositive() {
		s.part.amount = s.part.amount.Sub(unspent)
		t.unspend(s, unspent)
	}
	for _, a := range paid {
		if t.posted(a) {
			t.judge(a, t.present(t.e.Recorded))
		}
	}
	return true
}

// payBack brings what one payer has paid down to a price. What would go back to a grant that has expired goes on to world:complimentary.
func (t *turn) payBack(s *send, p *payer, price dec) {
	a, back := p.account, p.price.Sub(price)
	if a == nil {
		t.move("revenue:sales", "suspense", back, s.currency, nil)
		p.price, p.income = price, price
		return
	}
	sum := zero
	for _, each := range p.parts {
		sum = sum.Add(each.amount)
	}
	converted, amount := s.currency != a.currency, sum.Sub(rounded(price.Mul(p.rate)))
	var parts []part
	for i := len(p.parts) - 1; i >= 0; i-- {
		each := p.parts[i]
		take := smaller(each.amount, amount)
		amount = amount.Sub(take)
		if rest := each.amount.Sub(take); rest.IsPositive() {
			parts = append([]part{{each.grant, rest}}, parts...)
		}
		from := "revenue:sales"
		switch {
		case converted:
			from = "world:fx"
		case each.grant != nil:
			from = "world:complimentary"
		}
		t.move(from, a.id, take, a.currency, each.grant)
		if g := each.grant; g != nil && !slices.Contains(a.grants, g) && !g.expires.IsZero() && !g.expires.After(t.clock(t.e.Recorded)) {
			t.move(a.id, "world:complimentary", take, a.currency, g)
		}
	}
	p.parts = parts
	t.giveUpIncome(s, p, price, converted)
}

// giveUpIncome splits what is left of a price in the proportion in which the parts that are left have paid it: never is more of it revenue, or
// complimentary, than was.
func (t *turn) giveUpIncome(s *send, p *payer, price dec, converted bool) {
	paid := zero
	for _, each := range p.parts {
		paid = paid.Add(each.amount)
	}
	income := price
	if paid.IsPositive() {
		income = share(price, bought(p.parts), paid)
	}
	free := p.price.Sub(p.income)
	if least := price.Sub(free); income.LessThan(least) {
		income = least
	}
	income = smaller(income, p.income)
	if converted {
		t.move("revenue:sales", "world:fx", p.income.Sub(income), s.currency, nil)
		t.move("world:complimentary", "world:fx", free.Sub(price.Sub(income)), s.currency, nil)
	}
	p.price, p.income = price, income
}

func (p *payer) String() string {
	name := "suspense"
	if p.account != nil {
		name = p.account.id
	}
	return fmt.Sprintf("%s %s", name, p.price)
}
