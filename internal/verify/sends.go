package verify

import (
	"slices"

	"purser/topics"
)

const (
	revenueSales = "revenue:sales"
	suspense     = "suspense"

	adjustmentInSuspense = "adjustment_in_suspense"

	payerSender = "sender"
	manual      = "manual"

	sendPending   = "pending"
	sendAccepted  = "accepted"
	sendRejected  = "rejected"
	sendCancelled = "cancelled"
)

// sent is a send as its events and the ledger make it (R6).
type sent struct {
	state      string // pending, pending_funds, accepted, rejected or cancelled
	source, id string // of the event that asked
	sender     string
	team       string // of the sender, when it happened
	funding    string // the funding source that pays; "": the sender
	cost       amount
	occurred   int64
	at         moment // when a card was asked for what lacks
	currency   string
	rate       *exact    // by which funds were asked for that lacked
	recharge   *recharge // by which they were
	payers     []payer   // in the order in which they paid
	part       part      // what a spending account pays first (R6.10)
}

// payer is what one account has paid for a send, and has not got back.
type payer struct {
	account, currency string
	rate              exact
	price, income     amount  // in the send's currency; income is what became revenue of it
	buckets           []grant // what each has paid, in the order in which they burned; the one without an id is purchased money
}

func (s *sent) charged() (sum amount) {
	for i := range s.payers {
		sum += s.payers[i].price
	}
	return sum
}

// costOf is what a send that is asked for costs: the estimate, else its lines, each rounded once.
func (a *audit) costOf(e *entry, b *topics.SendRequestedBody) amount {
	if b.EstimatedCost != "" {
		return a.figure(e, b.EstimatedCost)
	}
	sum := amount(0)
	for i := range b.Lines {
		price, err1 := parseExact(string(b.Lines[i].UnitPrice))
		quantity := one
		var err2 error
		if b.Lines[i].Quantity != "" {
			quantity, err2 = parseExact(string(b.Lines[i].Quantity))
		}
		line, err3 := quantity.times(price).round()
		if err1 != nil || err2 != nil || err3 != nil {
			a.report.find(CheckPosting, e.where, "a line of %q was applied", b.Lines[i].UnitPrice)
		}
		sum += line
	}
	return sum
}

// send says what a send moves, and what it has to be answered.
func (a *audit) send(o *orgModel, e *entry) flows {
	var b topics.SendRequestedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	if e.body.Reason == "unknown_org" || e.body.Reason == "send_exists" || e.body.Reason == reasonConflict {
		if e.body.Reason == "send_exists" && o.sends[b.Send] == nil {
			a.report.find(CheckPosting, e.where, "the send %s exists, it says, and it does not", b.Send)
		}
		return flows{}
	}
	if o.sends[b.Send] != nil {
		a.report.find(CheckTwice, e.where, "the send %s was asked for before", b.Send)
	}
	s := &sent{state: sendRejected, source: e.body.Source, id: e.body.ID, occurred: e.event.occurred, currency: b.Currency}
	o.sends[b.Send] = s
	terms := inForce(o.campaigns[b.Campaign], e.event.occurred)
	if e.body.Result != resultApplied {
		a.rightlyRejected(o, e, &b, terms)
		return flows{}
	}
	if terms == nil || terms.Payer == payerSender && b.Origin != manual {
		a.report.find(CheckPosting, e.where, "the send %s was accepted, and its campaign does not allow it", b.Send)
		return nil
	}
	s.state, s.sender, s.team = sendAccepted, b.Sender, o.account(b.Sender).teamAt(s.occurred)
	s.cost = a.costOf(e, &b)
	a.asksSpending(o, e, &b, s)
	payer := o.payerOf(terms, b.Sender, s.team, s.occurred)
	if terms.Payer != payerSender {
		s.funding = payer
	}
	switch {
	case terms.Payer != payerSender && b.Origin != manual && terms.Approval:
		s.state = sendPending
		return flows{}
	case wants(&b, terms):
		return a.chargeFunding(o, e, b.Send, s)
	}
	expected := a.spendPart(o, e, s, false)
	return append(expected, a.chargeSend(o, e, s, payer, s.cost-s.part.paid, true)...)
}

// rightlyRejected checks a rejection for want of money.
func (a *audit) rightlyRejected(o *orgModel, e *entry, b *topics.SendRequestedBody, terms *topics.CampaignDefinedBody) {
	if e.body.Reason != "insufficient_funds" || terms == nil || a.blind || b.SpendingAccount != "" { // it may be that one that had too little
		return
	}
	if wants(b, terms) {
		a.report.find(CheckPosting, e.where, "the send %s was rejected for want of money, which has to be asked for", b.Send)
	}
	name := o.payerOf(terms, b.Sender, o.account(b.Sender).teamAt(e.event.occurred), e.event.occurred)
	acct := o.account(name)
	rate, ok := o.rate(b.Currency, acct.currency, e.event.occurred)
	if acct.currency == "" || !ok {
		return
	}
	sum, err := exactOf(a.costOf(e, b)).times(rate).round()
	if had := a.books.of(e.body.Org, name, acct.currency).balance - acct.held; err == nil && sum <= max(had, 0) {
		a.report.find(CheckPosting, e.where, "the send %s of %s was rejected, and %s had %s", b.Send, sum, name, had)
	}
}

// exactOf is an amount as a figure.
func exactOf(sum amount) exact {
	x, err := parseExact(sum.String())
	if err != nil {
		return exact{}
	}
	return x
}

// chargeSend says what a price moves out of an account's buckets (R3.5, R3.6), and notes who has paid. Judged: it has to be there.
func (a *audit) chargeSend(o *orgModel, e *entry, s *sent, name string, price amount, judged bool) flows {
	acct := o.account(name)
	a.learnCurrency(e, name, acct)
	p := payer{account: name, currency: acct.currency, price: price, income: price}
	var ok bool
	if p.rate, ok = o.rate(s.currency, p.currency, s.occurred); !ok {
		a.report.find(CheckPosting, e.where, "%s is charged in %s, and there is no rate from %s", name, p.currency, s.currency)
		return nil
	}
	if s.rate != nil && name == s.funding {
		p.rate = *s.rate
	}
	for i := range s.payers {
		if s.payers[i].account == name {
			p.rate = s.payers[i].rate // the first one counts (R2.4)
		}
	}
	sum, err := exactOf(price).times(p.rate).round()
	if had := a.books.of(e.body.Org, name, p.currency).balance - acct.held; judged && !a.blind && (err != nil || sum > max(had, 0)) {
		a.report.find(CheckPosting, e.where, "%s was charged %s, and had %s", name, sum, had)
	}
	expected, paid := flows{}, sum
	toGrants, toRevenue := worldComplimentary, revenueSales
	if p.currency != s.currency {
		toGrants, toRevenue = worldFX, worldFX
	}
	for _, part := range acct.burn(sum) {
		expected.move(name, toGrants, p.currency, part.left, complimentary, part.id)
		paid -= part.left
		p.buckets = append(p.buckets, part)
	}
	expected.move(name, toRevenue, p.currency, paid, "", "")
	if paid > 0 {
		p.buckets = append(p.buckets, grant{left: paid})
	}
	if sum > 0 {
		p.income, _ = share(price, paid, sum)
	}
	if p.currency != s.currency {
		expected.move(worldFX, revenueSales, s.currency, p.income, "", "")
		expected.move(worldFX, worldComplimentary, s.currency, price-p.income, "", "")
	}
	if price > 0 {
		s.pays(p)
	}
	return expected
}

// pays notes who has paid: who paid last, and pays again from one bucket as he has before, is one payer.
func (s *sent) pays(p payer) {
	n := len(s.payers) - 1
	if n < 0 || s.payers[n].account != p.account || !s.payers[n].plain() || !p.plain() {
		s.payers = append(s.payers, p)
		return
	}
	last := &s.payers[n]
	last.price += p.price
	last.income += p.income
	last.buckets[0].left += p.buckets[0].left
}

// plain says whether a payer has paid purchased money alone, and in the currency of the send.
func (p *payer) plain() bool {
	return len(p.buckets) == 1 && p.buckets[0].id == "" && p.rate.cmp(one) == 0
}

// learnCurrency takes an account's currency from the balance that the entry shows, where its definitions do not say.
func (a *audit) learnCurrency(e *entry, name string, acct *account) {
	for i := range e.body.Balances {
		if l := &e.body.Balances[i]; l.Account == name && acct.currency == "" {
			acct.currency = l.Currency
		}
	}
	if acct.currency == "" {
		acct.currency = e.body.Currency
	}
}

// follow says what an event that follows a send moves: its final cost (R6.6), or its cancellation (R6.9).
func (a *audit) follow(o *orgModel, e *entry) flows {
	var b topics.SendAdjustedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	s := o.sends[b.Send]
	if s != nil && s.state == sendPending {
		return a.decidePending(o, e, b.Send, s)
	}
	if s != nil && s.state == fundsPending {
		return a.cancelFunds(o, e, s)
	}
	if s == nil || s.state != sendAccepted || e.body.Type == topics.TypeSendApproved || e.body.Type == topics.TypeSendDeclined {
		a.report.find(CheckPosting, e.where, "%s of the send %s was applied, which is not accepted", e.body.Type, b.Send)
		return nil
	}
	if e.body.Type == topics.TypeSendCancelled {
		s.state = sendCancelled
		return a.giveBack(o, e, s, 0)
	}
	cost := a.figure(e, b.FinalCost)
	more := cost - s.charged()
	if more <= 0 {
		return a.giveBack(o, e, s, cost)
	}
	if payer := o.adjusterOf(s, e.event.occurred); payer != "" && len(o.account(payer).versions) > 0 {
		a.differs(o, e, s, payer, more)
		return a.chargeSend(o, e, s, payer, more, false)
	}
	expected := flows{}
	expected.move(suspense, revenueSales, s.currency, more, "", "")
	s.pays(payer{account: suspense, currency: s.currency, rate: one, price: more, income: more, buckets: []grant{{left: more}}})
	a.takeSuspense(e, more)
	return expected
}

// decidePending is an approval, which is judged by the balance of then, a decline or a cancellation (R6.4, R6.5): each is the end, and is
// answered, but that an approval may have it wait for a card.
func (a *audit) decidePending(o *orgModel, e *entry, name string, s *sent) flows {
	var reason string
	s.state = sendRejected
	switch e.body.Type {
	case topics.TypeSendDeclined:
		reason = "declined"
	case topics.TypeSendCancelled:
		s.state, reason = sendCancelled, "cancelled"
	case topics.TypeSendApproved:
		if len(o.account(s.funding).versions) > 0 {
			if e.body.Spending == nil && s.part.spending != "" {
				return a.rejectedPart(e, s)
			}
			return a.approve(o, e, name, s)
		}
		reason = "not_a_funding_source"
	default:
		a.report.find(CheckPosting, e.where, "%s of a send that is pending was applied", e.body.Type)
		return nil
	}
	a.answer(e, s.source, s.id, sendRejected, reason)
	return flows{}
}

// approve is an approval of a send whose funding source there is.
func (a *audit) approve(o *orgModel, e *entry, name string, s *sent) flows {
	expected := a.chargeFunding(o, e, name, s)
	if s.state == fundsPending {
		a.answer(e, s.source, s.id, sendPending, fundsPending)
	} else {
		a.answer(e, s.source, s.id, sendAccepted, "")
	}
	return expected
}

// takeSuspense finds the alert that a difference stands in suspense.
func (a *audit) takeSuspense(e *entry, more amount) {
	n := a.notices.take(noticeKey{e.cause, adjustmentInSuspense, suspense})
	if n == nil || !sameAmount(n.amount, more.String()) {
		a.report.find(CheckAlert, e.where, "%s went to suspense without an alert", more)
	}
}

// giveBack says what brings the charge down to a price: last payer first, what burned last first.
func (a *audit) giveBack(o *orgModel, e *entry, s *sent, to amount) flows {
	expected := flows{}
	for excess := s.charged() - to; excess > 0; {
		p := &s.payers[len(s.payers)-1]
		back := min(excess, p.price)
		excess -= back
		if p.account == s.part.account {
			o.backOf(s, back)
		}
		a.repay(o, e, s, p, p.price-back, &expected)
		if p.price == 0 {
			s.payers = s.payers[:len(s.payers)-1]
		}
	}
	return expected
}

// repay brings what one payer has paid down to a price.
func (a *audit) repay(o *orgModel, e *entry, s *sent, p *payer, price amount, expected *flows) {
	left, err := exactOf(price).times(p.rate).round()
	if err != nil {
		return
	}
	paid := amount(0)
	for i := range p.buckets {
		paid += p.buckets[i].left
	}
	before := p.price - p.income
	for paid > left {
		last := &p.buckets[len(p.buckets)-1]
		part := min(last.left, paid-left)
		paid -= part
		a.refill(o, e, s, p, *last, part, expected)
		if last.left -= part; last.left == 0 {
			p.buckets = p.buckets[:len(p.buckets)-1]
		}
	}
	purchased := amount(0)
	for i := range p.buckets {
		if p.buckets[i].id == "" {
			purchased += p.buckets[i].left
		}
	}
	income := price
	if paid > 0 {
		income, _ = share(price, purchased, paid)
	}
	income = min(max(income, price-before), p.income)
	if p.currency != s.currency {
		expected.move(revenueSales, worldFX, s.currency, p.income-income, "", "")
		expected.move(worldComplimentary, worldFX, s.currency, before-(price-income), "", "")
	}
	p.price, p.income = price, income
}

// refill gives a part back to a bucket. What goes back to a grant that is gone may have to go on to world:complimentary: that depends on
// the tick that the engine had seen, so that the entry is taken at its word.
func (a *audit) refill(o *orgModel, e *entry, s *sent, p *payer, bucket grant, part amount, expected *flows) {
	from, fromGrants := revenueSales, worldComplimentary
	if p.currency != s.currency {
		from, fromGrants = worldFX, worldFX
	}
	if bucket.id == "" {
		to := p.account
		if to == s.part.account && e.has(flow{from: from, to: worldBudget, currency: p.currency, amount: part}) {
			to = worldBudget // the balance was made an amount since: the entry is taken at its word
		}
		expected.move(from, to, p.currency, part, "", "")
		return
	}
	expected.move(fromGrants, p.account, p.currency, part, complimentary, bucket.id)
	acct := o.account(p.account)
	i := slices.IndexFunc(acct.grants, func(g grant) bool { return g.id == bucket.id })
	on := flow{p.account, worldComplimentary, p.currency, complimentary, bucket.id, part}
	switch {
	case i >= 0:
		acct.grants[i].left += part
	case bucket.expiresAt != 0 && e.has(on):
		*expected = append(*expected, on)
	default:
		bucket.left = part
		acct.grants = append(acct.grants, bucket)
		slices.SortStableFunc(acct.grants, burnOrder)
	}
}

// has says whether the entry shows a posting.
func (e *entry) has(f flow) bool {
	return slices.ContainsFunc(e.body.Postings, func(p topics.PostingBody) bool {
		return p.From == f.from && p.To == f.to && p.Currency == f.currency && p.Grant == f.grant && sameAmount(p.Amount, f.amount.String())
	})
}
