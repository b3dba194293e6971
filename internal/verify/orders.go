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
	rest              *sent  // what its other payer paid, and gets back the same way
}

// spends makes room for spending accounts.
func (o *orgModel) spends() {
	if o.spending == nil {
		o.spending, o.opened, o.orders = map[string][]version[topics.SpendingDefinedBody]{}, map[string]string{}, map[string]*ordered{}
		o.setTo, o.sets = map[string]*budgets{}, map[string]int{}
	}
}

// spend is what the events say of spending accounts.
func (o *orgModel) spend(body any, in *input) {
	o.spends()
	switch b := body.(type) {
	case *topics.SpendingDefinedBody:
		o.spending[b.SpendingAccount] = with(o.spending[b.SpendingAccount], effective(b.EffectiveFrom, in), *b)
		o.budgetsOf(b.SpendingAccount).defined = true
	case *topics.SpendingCopiedBody:
		if def := inForce(o.spending[b.SpendingAccount], in.recorded); def != nil {
			copied := *def
			if to := o.budgetsOf(b.SpendingAccount); to.given && !to.defined {
				copied.Budget = to.figure
			}
			o.spending[b.As] = with(nil, in.recorded, copied)
		}
	case *topics.SpendingRemovedBody:
		delete(o.spending, b.SpendingAccount)
		delete(o.setTo, b.SpendingAccount)
	}
}

// order says what an order moves: the starting amount of a balance that it opens, what the spending account pays, and the rest.
func (a *audit) order(o *orgModel, e *entry) flows {
	var b topics.OrderPlacedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	def := inForce(o.spending[b.SpendingAccount], e.event.occurred)
	if def == nil || e.body.Order == nil {
		a.report.find(CheckPosting, e.where, "the order %s was accepted, and there is no spending account %s that pays it", b.Order, b.SpendingAccount)
		return nil
	}
	cost, paid := a.linesCost(e, b.Lines), a.figure(e, topics.Number(e.body.Order.Paid))
	if shown := a.figure(e, topics.Number(e.body.Order.Cost)); shown != cost || paid > cost {
		a.report.find(CheckPosting, e.where, "the order %s costs %s, and the entry says %s, of which %s were paid", b.Order, cost, shown, paid)
	}
	if may := a.mayPay(e, def, &b); paid > may {
		a.report.find(CheckPosting, e.where, "the spending account %s paid %s of the order %s, of which it may pay %s", b.SpendingAccount, paid, b.Order, may)
	}
	d := &ordered{account: spendingPrefix + b.SpendingAccount, currency: b.Currency, paid: paid}
	if def.Type != shared {
		d.account += "/" + b.User
	}
	expected := flows{}
	a.openFor(o, e, def, b.SpendingAccount, d.account, b.Currency, paid, &expected)
	d.sets = o.sets[d.account]
	expected.move(d.account, revenueSales, b.Currency, paid, "", "")
	if cost > paid {
		d.rest = &sent{currency: b.Currency, occurred: e.event.occurred}
		expected = append(expected, a.chargeSend(o, e, d.rest, b.OtherPayer, cost-paid, true)...)
	}
	o.orders[b.Order] = d
	return expected
}

// openFor opens a balance of a spending account with its starting amount, where it is not yet, and checks that it has what it pays.
func (a *audit) openFor(o *orgModel, e *entry, def *topics.SpendingDefinedBody, spending, balance, currency string, paid amount, expected *flows) {
	had := a.books.of(e.body.Org, balance, currency).balance - o.account(balance).held
	if o.opened[balance] == "" {
		o.opened[balance] = currency
		start, known := a.startOf(o, e, spending, balance, def)
		if !known {
			start = e.moved(worldBudget, balance) // the entry is taken at its word
		}
		had += start
		expected.move(worldBudget, balance, currency, start, "", "")
	}
	if paid > had && !a.blind {
		a.report.find(CheckPosting, e.where, "%s paid %s, and had %s", balance, paid, had)
	}
}

// mayPay is what the lines cost that an account may pay (R7.5), whatever its limits.
func (a *audit) mayPay(e *entry, def *topics.SpendingDefinedBody, b *topics.OrderPlacedBody) amount {
	sum := amount(0)
	for i := range b.Lines {
		l := &b.Lines[i]
		if !maySpend(def, l) {
			continue
		}
		sum += a.costOf(e, &topics.SendRequestedBody{Lines: []topics.SendLine{{Item: l.Item, Quantity: l.Quantity, UnitPrice: l.UnitPrice}}})
	}
	return sum
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
	if d == nil {
		a.report.find(CheckPosting, e.where, "the order %s was cancelled, and was not accepted", b.Order)
		return nil
	}
	delete(o.orders, b.Order)
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
