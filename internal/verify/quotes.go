package verify

import (
	"slices"
	"strings"

	"purser/topics"
)

// quote judges the answer to a quote (R7.8): nothing moves, and what it says of each spending account is what the ledger has.
func (a *audit) quote(o *orgModel, e *entry) flows {
	var b topics.SpendQuotedBody
	if e.event == nil || decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	w := a.answers[answerKey(&topics.OutcomeBody{Org: e.body.Org, Source: e.body.Source, ID: e.body.ID, Status: sendAccepted})]
	if w == nil || a.blind {
		return flows{} // that there is none is found elsewhere
	}
	q := w.body.Quote
	if q == nil {
		a.report.find(CheckOutcome, w.where, "the answer to a quote says nothing of spending accounts")
		return flows{}
	}
	if cost := a.linesCost(e, b.Lines); a.figure(e, topics.Number(q.Cost)) != cost || q.User != b.User {
		a.report.find(CheckOutcome, w.where, "it says that an order of %s costs %s; it costs %s", q.User, q.Cost, cost)
	}
	if !slices.IsSortedFunc(q.Accounts, func(x, y topics.QuotedBody) int { return strings.Compare(x.SpendingAccount, y.SpendingAccount) }) {
		a.report.find(CheckOutcome, w.where, "its spending accounts are in no order")
	}
	for i := range q.Accounts {
		a.quoted(o, e, w, &b, &q.Accounts[i])
	}
	return flows{}
}

// quoted judges what a quote says of one spending account.
func (a *audit) quoted(o *orgModel, e *entry, w *answer, b *topics.SpendQuotedBody, q *topics.QuotedBody) {
	def := inForce(o.spending[q.SpendingAccount], e.event.occurred)
	if def == nil {
		a.report.find(CheckOutcome, w.where, "it speaks of a spending account %s, and there is none", q.SpendingAccount)
		return
	}
	balance := spendingPrefix + q.SpendingAccount
	if def.Type != shared {
		balance += "/" + b.User
	}
	has := a.books.of(e.body.Org, balance, q.Currency).balance - o.account(balance).held
	if len(o.account(balance).versions) > 0 {
		has = 0 // another account's name
	} else if o.opened[balance] == "" {
		start, known := a.startOf(o, e, q.SpendingAccount, balance, def)
		if has = start; !known {
			has = a.figure(e, topics.Number(q.Available)) // the answer is taken at its word
		}
	}
	pays := a.figure(e, topics.Number(q.Amount))
	if shown := a.figure(e, topics.Number(q.Available)); shown != has {
		a.report.find(CheckOutcome, w.where, "it says that there are %s on %s; the ledger says %s", shown, balance, has)
	}
	if may := a.mayPay(e, def, &topics.OrderPlacedBody{Lines: b.Lines}); pays > min(may, max(has, 0)) {
		a.report.find(CheckOutcome, w.where, "it says that %s would pay %s, of which it may pay %s and has %s", balance, pays, may, has)
	}
	if q.Applies != (q.Reason == "") {
		a.report.find(CheckOutcome, w.where, "it says that %s applies, and why not: %q", balance, q.Reason)
	}
}

// linesCost is what all lines cost, each rounded once.
func (a *audit) linesCost(e *entry, lines []topics.OrderLine) amount {
	b := topics.SendRequestedBody{Lines: make([]topics.SendLine, len(lines))}
	for i := range lines {
		b.Lines[i] = topics.SendLine{Item: lines[i].Item, Quantity: lines[i].Quantity, UnitPrice: lines[i].UnitPrice}
	}
	return a.costOf(e, &b)
}
