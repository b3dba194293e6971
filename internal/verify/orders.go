package verify

import (
	"slices"

	"purser/topics"
)

const (
	worldBudget    = "world:budget"
	spendingPrefix = "spending:"
	shared         = "shared"
)

// ordered is an order as its events and the ledger make it (R7.7, R7.9).
type ordered struct {
	account, currency string // the balance that paid
	paid              amount // by it
	sets              int    // of the balance, until then
	occurred          int64
	counted           []string // timeframes that it counts in
	rest              *sent    // what its other payer paid, and gets back the same way
	cancelled         bool
}

// order says what an order moves: the starting amount of a balance that it opens, what the spending account pays, and the rest. What it pays has
// to be all that it may (R7.7).
func (a *audit) order(o *orgModel, e *entry) flows {
	var b topics.OrderPlacedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	at := e.event.occurred
	v := a.judgeSpending(o, e, b.SpendingAccount, &wish{b.User, b.Currency, b.Lines, at})
	if v.terms == nil || e.body.Order == nil {
		a.report.find(CheckPosting, e.where, "the order %s was accepted, and there is no spending account %s that pays it", b.Order, b.SpendingAccount)
		return nil
	}
	paid := a.figure(e, topics.Number(e.body.Order.Paid))
	if shown := a.figure(e, topics.Number(e.body.Order.Cost)); shown != v.cost || paid > v.cost {
		a.report.find(CheckPosting, e.where, "the order %s costs %s, and the entry says %s, of which %s were paid", b.Order, v.cost, shown, paid)
	}
	switch {
	case a.unsure() || v.unknown:
	case v.why != "":
		a.report.find(CheckSpending, e.where, "the order %s was accepted on %s, and had to be rejected: %s", b.Order, b.SpendingAccount, v.why)
	case paid != v.amount:
		a.report.find(CheckSpending, e.where, "the spending account %s paid %s of the order %s, of which it pays %s", b.SpendingAccount, paid, b.Order, v.amount)
	case o.orders[b.Order] != nil && at < o.orders[b.Order].occurred+orderLife:
		a.report.find(CheckSpending, e.where, "the order %s was accepted before", b.Order)
	}
	d := &ordered{account: v.balance, currency: b.Currency, paid: paid, occurred: at}
	expected := flows{}
	a.openFor(o, e, v.terms, b.SpendingAccount, d.account, b.Currency, paid, &expected)
	d.sets = o.sets[d.account]
	d.counted = o.opened[d.account].use(v.terms, paid, at, o.day(at))
	expected.move(d.account, revenueSales, b.Currency, paid, "", "")
	if v.cost > paid {
		d.rest = &sent{currency: b.Currency, occurred: at}
		expected = append(expected, a.chargeSend(o, e, d.rest, b.OtherPayer, v.cost-paid, true)...)
	}
	o.orders[b.Order] = d
	return expected
}

// openFor opens a balance of a spending account with its starting amount, where it is not yet, and checks that it has what it pays.
func (a *audit) openFor(o *orgModel, e *entry, terms *spendingTerms, id, balance, currency string, paid amount, expected *flows) {
	s := a.spenderOf(o, e, id, terms, balance)
	if s == nil {
		s = &spender{budget: e.moved(worldBudget, balance)} // the entry is taken at its word
	}
	had := a.hasOf(o, e, s, balance, currency)
	if o.opened[balance] == nil {
		s.currency = currency
		o.opened[balance] = s
		expected.move(worldBudget, balance, currency, s.budget, "", "")
	}
	if paid > had && !a.blind {
		a.report.find(CheckPosting, e.where, "%s paid %s, and had %s", balance, paid, had)
	}
}

// refusedOrder checks why an order was rejected: where its spending account gives the reason, that has to be it; else it has to be one of the rest's.
func (a *audit) refusedOrder(o *orgModel, e *entry) {
	var b topics.OrderPlacedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil || a.unsure() || e.body.Reason == reasonUnknownOrg {
		return
	}
	if e.body.Reason == reasonOrderExists {
		if o.orders[b.Order] == nil {
			a.report.find(CheckSpending, e.where, "the order %s exists, it says, and it does not", b.Order)
		}
		return
	}
	v := a.judgeSpending(o, e, b.SpendingAccount, &wish{b.User, b.Currency, b.Lines, e.event.occurred})
	if v.unknown {
		return
	}
	if want, ok := a.rejects(o, e, &v, b.OtherPayer, b.Currency, e.body.Reason); !ok {
		a.report.find(CheckSpending, e.where, "the order %s was rejected because of %s, it had to be %q", b.Order, e.body.Reason, want)
	}
}

// rejects says whether a reason is the one for which an order is rejected, or else which is.
func (a *audit) rejects(o *orgModel, e *entry, v *verdict, payer, currency, reason string) (want string, ok bool) {
	rest := v.cost - v.amount
	switch {
	case v.why != "":
		return v.why, reason == v.why
	case rest == 0:
		return "", reason == "" || reason == reasonOutOfRange
	case payer == "":
		return reasonNoOther, reason == reasonNoOther
	}
	acct := o.account(payer)
	if len(acct.versions) == 0 {
		return reasonUnknownAccount, reason == reasonUnknownAccount
	}
	if acct.kind != "wallet" && acct.kind != "funding_source" {
		return "not_a_payer", reason == "not_a_payer"
	}
	if acct.currency == "" {
		return "", true
	}
	rate, known := o.rate(currency, acct.currency, e.event.occurred)
	if !known {
		return reasonNoRate, reason == reasonNoRate
	}
	sum, err := exactOf(rest).times(rate).round()
	has := a.books.of(e.body.Org, payer, acct.currency).balance - acct.held
	switch {
	case err != nil:
		return reasonOutOfRange, reason == reasonOutOfRange
	case sum > max(has, 0):
		return reasonInsufficient, reason == reasonInsufficient || reason == reasonOutOfRange
	}
	return "", reason == "" || reason == reasonOutOfRange
}

func maySpend(def *topics.SpendingDefinedBody, l *topics.OrderLine) bool {
	includes := func(list *topics.SpendingList) bool { return list != nil && list.Mode == "include" }
	if def.Items != nil && slices.Contains(def.Items.Names, l.Item) {
		return includes(def.Items)
	}
	if def.Catalogs != nil && slices.ContainsFunc(l.Catalogs, func(c string) bool { return slices.Contains(def.Catalogs.Names, c) }) {
		return includes(def.Catalogs)
	}
	return !includes(def.Items) || !includes(def.Catalogs)
}

// cancelOrder says what goes back for an order that is cancelled (R7.9).
func (a *audit) cancelOrder(o *orgModel, e *entry) flows {
	var b topics.OrderCancelledBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	d := o.orders[b.Order]
	if d == nil || d.cancelled {
		a.report.find(CheckPosting, e.where, "the order %s was cancelled, and was not accepted", b.Order)
		return nil
	}
	d.cancelled = true
	o.opened[d.account].back(d.counted, d.paid, d.occurred, o.day(d.occurred))
	expected := flows{}
	to := d.account
	if o.sets[d.account] != d.sets {
		to = worldBudget // the balance was made an amount since
	}
	expected.move(revenueSales, to, d.currency, d.paid, "", "")
	if d.rest != nil {
		expected = append(expected, a.giveBack(o, e, d.rest, 0)...)
	}
	return expected
}

// backOf gives back to a spending account's limits what is repaid of a send, or not paid in the end (R6.10).
func (o *orgModel) backOf(s *sent, sum amount) {
	if of := o.opened[s.part.account]; of != nil && sum > 0 {
		of.back(s.part.counted, sum, s.occurred, o.day(s.occurred))
	}
}
