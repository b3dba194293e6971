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
	a.quotesAll(o, e, w, &b)
	for i := range q.Accounts {
		a.quoted(o, e, w, &b, &q.Accounts[i])
	}
	return flows{}
}

// quoted judges what a quote says of one spending account.
func (a *audit) quoted(o *orgModel, e *entry, w *answer, b *topics.SpendQuotedBody, q *topics.QuotedBody) {
	v := a.judgeSpending(o, e, q.SpendingAccount, &wish{b.User, b.Currency, b.Lines, e.event.occurred})
	if v.terms == nil {
		a.report.find(CheckOutcome, w.where, "it speaks of a spending account %s, and there is none", q.SpendingAccount)
		return
	}
	if v.unknown {
		return
	}
	balance, has := v.balance, v.has
	pays := a.figure(e, topics.Number(q.Amount))
	if shown := a.figure(e, topics.Number(q.Available)); shown != has {
		a.report.find(CheckOutcome, w.where, "it says that there are %s on %s; the ledger says %s", shown, balance, has)
	}
	if pays != v.amount && !a.unsure() {
		a.report.find(CheckOutcome, w.where, "it says that %s would pay %s, of which it would pay %s", balance, pays, v.amount)
	}
	if want, ok := a.rejects(o, e, &v, b.OtherPayer, b.Currency, q.Reason); !ok && !a.unsure() {
		a.report.find(CheckOutcome, w.where, "it says why %s does not apply: %q; it has to be %q", balance, q.Reason, want)
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

// mostQuoted is how many spending accounts an answer speaks of.
const mostQuoted = 64

// quotesAll checks that a quote speaks of every spending account that the user may use, and of no other (R7.8).
func (a *audit) quotesAll(o *orgModel, e *entry, w *answer, b *topics.SpendQuotedBody) {
	var has, want []string
	for _, q := range w.body.Quote.Accounts {
		has = append(has, q.SpendingAccount)
	}
	for id := range o.spending {
		if id > b.After && o.terms(id, e.event.occurred).lets(o, b.User, e.event.occurred) {
			want = append(want, id)
		}
	}
	slices.Sort(want)
	more := len(want) > mostQuoted
	if want = want[:min(len(want), mostQuoted)]; !a.unsure() && (!slices.Equal(has, want) || w.body.Quote.More != more) {
		a.report.find(CheckOutcome, w.where, "it speaks of the spending accounts %v, and %s may use %v", has, b.User, want)
	}
}
