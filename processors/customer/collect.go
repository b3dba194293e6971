package customer

import (
	"purser/processors/core"
	"purser/processors/money"
)

// Collection is a card that was asked for a customer account, with what that was for (R8.5, R8.10).
type Collection struct {
	p       *posting
	taken   *core.Transaction // under the reference that its payment will have
	covered *core.Covered     // nil: nothing waits for it any more
	target  *core.Transaction // the charge that waits for it, or the invoice that it pays; nil where there is none
}

// Load looks up all that a result of an attempt may change, as of a time.
func (x *Collection) Load(b core.Book, a *core.Account, r *core.Recharge, attempt string, at core.Time) (known bool) {
	c, known1 := b.Customer(a.Org, a.ID)
	org, known2 := b.Org(a.Org)
	settings, known3 := b.CustomerSettings(a.Org)
	taken, known4 := b.Transaction(a.Org, a.ID, attempt)
	covered, known5 := b.Covered(r.Org, r.Account, r.Number)
	periods, known6 := b.Periods(a.Org)
	if !known1 || !known2 || !known3 || !known4 || !known5 || !known6 {
		return false
	}
	x.taken, x.covered = taken, covered
	x.p = &posting{book: b, org: org, account: a, customer: c, periods: periods, at: at, terms: termsAt(a, settings, at)}
	if covered != nil {
		if x.target, known = b.Transaction(a.Org, a.ID, covered.Send); known && x.target != nil && x.target.Waits() {
			x.p.links, known = x.p.place(x.target)
		}
		return known
	}
	return true
}

// DueFirst says whether something comes first.
func (x *Collection) DueFirst(d *core.Decision) bool {
	if c := x.p.customer; c != nil && c.Charging != "" {
		d.DueCell = c
		return true
	}
	return x.target != nil && d.DueFirst(x.p.book.Progress(), x.target)
}

// Terminated says whether the account is: nothing more is asked of a card for it (R8.6).
func (x *Collection) Terminated() bool { return x.p.status() == core.CustomerTerminated }

// Post posts the payment under its attempt's id: against the invoice that it was for, where it was for one.
func (x *Collection) Post(d *core.Decision, amount money.Amount, attempt string, at core.Time) core.Status {
	if x.taken != nil {
		return d.Refuse(core.TransactionExists)
	}
	q := core.TransactionRequest{Transaction: attempt, Kind: core.PaymentTransaction, Amount: amount}
	if x.target != nil && x.target.Number != 0 {
		q.Against = x.target.Reference
	}
	t := x.p.drafted(&q, at)
	if x.p.inClosed(t) { // the money has moved: it counts in the period that is open
		t.Date = x.p.periods.Start
	}
	return x.p.post(d, t)
}

// Paid has the charge posted next that has waited for the payment.
func (x *Collection) Paid() {
	if t := x.target; t != nil && t.Waits() {
		x.p.book.Touch(t)
		x.p.ready(t)
	}
}

// Failed rejects it.
func (x *Collection) Failed(d *core.Decision) {
	if t := x.target; t != nil && t.Waits() {
		x.p.cell()
		x.p.drop(d, t, core.PaymentFailed)
	}
}

// End forgets what the card was asked for: it is not asked again.
func (x *Collection) End() {
	if x.covered != nil {
		x.p.book.Delete(x.covered)
	}
}

// Asks is the token of the card that is asked again for the invoice, and how much is open of it; "" where it is not asked any more: it is paid, the
// account is terminated, or its default preference is no card that has opted in for it.
func (x *Collection) Asks() (method string, open money.Amount) {
	t := x.target
	if t == nil || t.Open == 0 || x.Terminated() {
		return "", 0
	}
	if by := recurring(x.p.terms.own.Paying, t.For); by != nil && by.Kind == core.ByCard {
		return by.Token, t.Open
	}
	return "", 0
}
