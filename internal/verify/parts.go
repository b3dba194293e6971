package verify

import (
	"slices"

	"purser/topics"
)

// part is what a spending account pays of a send (R6.10).
type part struct {
	spending string // its id; "": none does
	account  string // the balance
	may      amount // what the lines cost that it may pay, whatever its limits
	paid     amount // or held, while the send waits for a card
	held     bool
	counted  []string // timeframes that it counts in
}

// asksSpending notes which spending account a send names.
func (a *audit) asksSpending(o *orgModel, e *entry, b *topics.SendRequestedBody, s *sent) {
	if b.SpendingAccount == "" {
		return
	}
	s.part.spending = b.SpendingAccount
	def := o.terms(b.SpendingAccount, s.occurred)
	if def == nil {
		a.report.find(CheckPosting, e.where, "the send %s was accepted, and there is no spending account %s", b.Send, b.SpendingAccount)
		return
	}
	s.part.account = spendingPrefix + b.SpendingAccount
	if def.Type != shared {
		s.part.account += "/" + b.Sender
	}
	lines := make([]topics.OrderLine, len(b.Lines))
	for i := range b.Lines {
		l := &b.Lines[i]
		lines[i] = topics.OrderLine{Item: l.Item, Catalogs: l.Catalogs, Quantity: l.Quantity, UnitPrice: l.UnitPrice}
	}
	budget := amount(0)
	if of := a.spenderOf(o, e, b.SpendingAccount, def, s.part.account); of != nil {
		budget = of.budget
	}
	s.part.may = min(a.mayPay(e, def, budget, lines), s.cost)
}

// learnPart takes what it pays, or is to pay, from the entry.
func (a *audit) learnPart(e *entry, s *sent) {
	p := &s.part
	if p.spending == "" || e.body.Spending == nil {
		return
	}
	p.paid = a.figure(e, topics.Number(e.body.Spending.Paid))
	if shown := a.figure(e, topics.Number(e.body.Spending.Cost)); shown != s.cost || e.body.Spending.Account != p.account {
		a.report.find(CheckPosting, e.where, "the send costs %s and %s pays, and the entry says %s and %s", s.cost, p.account, shown, e.body.Spending.Account)
	}
	if p.paid > p.may {
		a.report.find(CheckPosting, e.where, "the spending account %s paid %s of a send of which it may pay %s", p.spending, p.paid, p.may)
	}
}

// spendPart says what the spending account pays, or what opens the balance on which that is held.
func (a *audit) spendPart(o *orgModel, e *entry, s *sent, hold bool) flows {
	p, expected := &s.part, flows{}
	if p.spending == "" {
		return expected
	}
	def := o.terms(p.spending, s.occurred)
	if e.body.Spending == nil || def == nil {
		a.report.find(CheckPosting, e.where, "a send that names the spending account %s was accepted, and that pays nothing", p.spending)
		return expected
	}
	a.learnPart(e, s)
	a.judgePart(o, e, def, s)
	a.openFor(o, e, def, p.spending, p.account, s.currency, p.paid, &expected)
	p.counted = o.opened[p.account].use(def, p.paid, s.occurred, o.day(s.occurred))
	if p.held = hold; hold {
		o.account(p.account).held += p.paid
		return expected
	}
	return append(expected, a.payPart(o, s)...)
}

// judgePart checks that it pays all that it may of a send, as of an order.
func (a *audit) judgePart(o *orgModel, e *entry, def *spendingTerms, s *sent) {
	p := &s.part
	of := a.spenderOf(o, e, p.spending, def, p.account)
	if a.unsure() || of == nil {
		return
	}
	sum, why := a.bounded(o, e, def, of, p.may, a.hasOf(o, e, of, p.account, s.currency), s.occurred)
	switch why = o.settled(sum, s.cost, why, s.occurred); {
	case !def.usable(o, s.occurred):
		why = reasonInactive
	case !def.lets(o, s.sender, s.occurred):
		why = reasonNotEligible
	}
	if why != "" {
		a.report.find(CheckSpending, e.where, "the spending account %s paid for a send, which had to be rejected: %s", p.spending, why)
	} else if p.paid != sum {
		a.report.find(CheckSpending, e.where, "the spending account %s paid %s of a send, of which it pays %s", p.spending, p.paid, sum)
	}
}

// payPart says what the spending account pays, before anyone else.
func (a *audit) payPart(o *orgModel, s *sent) flows {
	p, expected := &s.part, flows{}
	if p.held {
		p.held = false
		o.account(p.account).held -= p.paid
	}
	expected.move(p.account, revenueSales, s.currency, p.paid, "", "")
	if p.paid > 0 {
		s.pays(payer{account: p.account, currency: s.currency, rate: one, price: p.paid, income: p.paid, buckets: []grant{{left: p.paid}}})
	}
	return expected
}

// givePart releases what is held for a send that is not paid. Where the balance was made an amount since, it goes back to the world's budget: the
// entry is taken at its word.
func (a *audit) givePart(o *orgModel, e *entry, s *sent) flows {
	p, expected := &s.part, flows{}
	if !p.held {
		return expected
	}
	p.held = false
	o.account(p.account).held -= p.paid
	o.backOf(s, p.paid)
	if back := (flow{from: p.account, to: worldBudget, currency: s.currency, amount: p.paid}); e.has(back) {
		expected = append(expected, back)
	}
	return expected
}

// rejectedPart is an approval of a send whose spending account is of no use by now: the send is rejected with the reason that its answer has.
func (a *audit) rejectedPart(e *entry, s *sent) flows {
	reason := "one that a spending account gives"
	w := a.answers[answerKey(&topics.OutcomeBody{Org: e.body.Org, Source: s.source, ID: s.id, Status: sendRejected})]
	if w != nil && slices.Contains(ofNoUse, w.body.Reason) {
		reason = w.body.Reason
	}
	a.answer(e, s.source, s.id, sendRejected, reason)
	return flows{}
}

// ofNoUse are the reasons for which a spending account pays nothing (R7.7).
var ofNoUse = []string{
	"account_inactive", "not_eligible", "kind_fixed", "nothing_applies", "limit_reached", "insufficient_funds", "order_not_covered", "unknown_spending_account",
}
