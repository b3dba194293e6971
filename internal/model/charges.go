package model

import (
	"fmt"
	"slices"
	"time"
)

// chargeToPay is what a charge waits for that would exceed the limit: a payment of the amount by which it would (R8.5).
type chargeToPay struct {
	held    dec       // of what the account may owe
	by      *recharge // that asks a card; nil: it is paid for, and posted next
	until   time.Time // then it is given up
	at      time.Time // when it was paid for
	drafted bool      // it was a draft before
	asked   string    // id of the event
}

// inForce is the time by which an account's terms are in force.
func (t *turn) inForce() time.Time {
	if t.e == nil {
		return t.asOf
	}
	return t.present(t.e.Recorded)
}

// opted is the preference that pays for something by itself: the default where it has opted in for it, and where any will do, the first that has.
func (c customerTerms) opted(what string, anyOf bool) *preference {
	in := func(p preference) bool {
		return what == "subscription" && p.subscriptions || what != "subscription" && p.purchases
	}
	i := max(0, slices.IndexFunc(c.prefers, func(p preference) bool { return p.first }))
	if len(c.prefers) > 0 && !in(c.prefers[i]) && anyOf {
		i = max(0, slices.IndexFunc(c.prefers, in))
	}
	if len(c.prefers) == 0 || !in(c.prefers[i]) {
		return nil
	}
	return &c.prefers[i]
}

// collect is what becomes of a charge that would exceed the limit: it waits for an automatic payment, or is rejected.
func (t *turn) collect(a *account, x *transaction) {
	l, c, _ := t.o.limits(a, t.inForce())
	by := c.opted(x.what, true)
	if by == nil || t.leaves {
		t.refuse("credit_limit_exceeded")
		return
	}
	lacks := x.amount.Sub(a.available()).Sub(*l.limit)
	_, drafted := a.books.drafts[x.id]
	wait := &chargeToPay{drafted: drafted, asked: t.e.ID}
	if by.kind == "card" {
		t.post()
		r := a.begin("automatic_payment")
		t.attempt(r, lacks, by.token, t.clock(t.inForce()))
		wait.by, wait.until, wait.held = r, r.attempts[0].emitted.Add(24*time.Hour), larger(x.amount.Sub(lacks), zero)
		t.waits(a, x, wait)
		t.tellTransaction(a, x, "pending")
		if !drafted {
			t.tellLines(a, x)
		}
		t.answersCharge(a, x, "pending", "pending_funds", r.attempts[0].id)
		return
	}
	w := t.o.accounts[by.wallet]
	pay := &transaction{id: fmt.Sprintf("%s/%d", a.id, len(a.books.posted)+1), kind: "payment", amount: lacks, payer: w.id}
	switch {
	case w.movable().LessThan(lacks):
		t.refuse("insufficient_funds")
		return
	case a.books.find(pay.id) != nil:
		t.refuse("transaction_exists")
		return
	}
	t.dated(pay, t.e.occurred)
	if !t.postTransaction(a, pay) {
		return
	}
	wait.held, wait.at = x.amount, t.inForce()
	t.waits(a, x, wait)
	t.judge(w, t.inForce())
	if !drafted {
		t.tellLines(a, x)
	}
	t.answersCharge(a, x, "pending", "pending_funds", "")
}

// waits keeps a charge as a draft.
func (t *turn) waits(a *account, x *transaction, wait *chargeToPay) {
	x.charge = wait
	if !wait.drafted {
		t.o.enrol(a)
		t.o.hold(a, x)
	}
}

func larger(a, b dec) dec {
	if a.LessThan(b) {
		return b
	}
	return a
}

// answersCharge is what is said to who has asked for a charge.
func (t *turn) answersCharge(a *account, x *transaction, status, why, attempt string) {
	t.answers(status, why, x.charge.asked, a, x.amount, attempt, 0, "")
	t.line("about transaction %s", x.id)
}

// postCharges posts what has been paid for.
func (m *Model) postCharges() {
	for _, o := range m.inOrder() {
		for _, a := range o.accountsInOrder() {
			for _, id := range m.Drafts(o.id, a.id) {
				if x := a.books.drafts[id]; x.charge != nil && x.charge.by == nil {
					m.postCharge(o, a, x)
				}
			}
		}
	}
}

func (m *Model) postCharge(o *org, a *account, x *transaction) {
	t, wait := m.work(o, "charge_posted", x.id, x.charge.at), x.charge
	t.asOf = wait.at
	if t.postTransaction(a, x) {
		o.forgetDraft(a, x.id)
		t.answersCharge(a, x, "accepted", "", "")
		x.charge = nil
		return
	}
	why := t.fact.Reason
	t.fact.Type, t.fact.Result, t.fact.Reason, t.fact.Lines = "charge_given_up", "applied", "", nil
	t.dropCharge(a, x, why)
}

// dropCharge rejects a charge. What was a draft before is one again.
func (t *turn) dropCharge(a *account, x *transaction, why string) {
	state := "draft"
	if !x.charge.drafted {
		state = "discarded"
		t.o.forgetDraft(a, x.id)
	}
	t.tellTransaction(a, x, state)
	t.answersCharge(a, x, "rejected", why, "")
	x.charge = nil
}

// collected posts what a card has paid, whatever has become of the account (R8.6).
func (t *turn) collected(r *recharge, each *attempt, said result) {
	a := r.account
	pay := &transaction{id: each.id, kind: "payment", amount: each.amount}
	if r.invoice != nil {
		pay.against = r.invoice.id
	}
	if a.books.find(pay.id) != nil {
		t.refuse("transaction_exists")
		return
	}
	t.dated(pay, t.e.occurred)
	if t.o.tooLate(pay) { // the money has moved: it counts in the period that is open
		pay.date = t.o.periods.start
	}
	if !t.postTransaction(a, pay) {
		return
	}
	late := each.result == "failed"
	each.result, each.credited, each.tellsAt = "succeeded", true, time.Time{}
	if late {
		t.tellOf("recharge_disputed", r, each, said.why, time.Time{}, nil)
	}
	if r.purpose == "recurring_payment" {
		t.paidFor(r, each, late)
		r.invoice = nil
		return
	}
	r.open = r.open && late
	if x := a.waitsFor(r); x != nil {
		x.charge.by, x.charge.until, x.charge.held, x.charge.at = nil, time.Time{}, x.amount, t.inForce()
	}
}

// notCollected rejects the charge that has waited for a card, or has an invoice's asked again.
func (t *turn) notCollected(r *recharge, each *attempt, said result) {
	each.result, each.tellsAt = "failed", time.Time{}
	switch x := r.account.waitsFor(r); {
	case r.purpose == "automatic_payment":
		r.open = false
		if x != nil {
			t.dropCharge(r.account, x, "payment_failed")
		}
	case r.account.books.status == "terminated" && !r.anew:
		r.open = false
		t.tellOf("recharge_failed", r, each, said.why, time.Time{}, nil)
	default:
		t.failCovering(r, each, said)
	}
	if !r.open {
		r.invoice = nil
	}
}

func (a *account) waitsFor(r *recharge) *transaction {
	for _, x := range a.books.drafts {
		if x.charge != nil && x.charge.by == r {
			return x
		}
	}
	return nil
}

// retryInvoice asks a card again for what is open of an invoice, unless it is not to be asked any more.
func (m *Model) retryInvoice(o *org, r *recharge) {
	a, x, id := r.account, r.invoice, r.attempts[len(r.attempts)-1].id
	_, c, _ := o.limits(a, m.until)
	by := c.opted(x.what, false)
	if x.open.IsZero() || a.books.status == "terminated" || by == nil || by.kind != "card" {
		m.work(o, "recharge_dropped", id, m.until)
		r.end()
		r.invoice = nil
		return
	}
	m.work(o, "recharge_retried", id, m.until).attempt(r, x.open, by.token, m.until)
}

// awaitDue is when an invoice's preference is charged: when its due date begins in the org's zone, or where that is over, with the next tick.
func (t *turn) awaitDue(x *transaction) {
	if x.kind != "invoice" {
		return
	}
	x.asks = t.o.dayBegins(x.due)
	if now := later(t.last, t.until); !x.asks.After(now) {
		x.asks = now.Add(time.Microsecond)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// dayBegins is when a day begins in the zone that the org has then, as far as is known.
func (o *org) dayBegins(day time.Time) time.Time {
	last := o.terms[len(o.terms)-1].terms.zone
	return midnight(day, o.terms.at(midnight(day, last)).zone)
}

// dueOfBooks is what falls due on a customer account's transactions.
func (m *Model) dueOfBooks(o *org, a *account, add func(time.Time, int, string, func())) {
	about := o.id + "|" + a.id + "|"
	for _, x := range a.books.drafts {
		if x.charge != nil && x.charge.by != nil {
			add(x.charge.until, 0, about+x.id, func() {
				t := m.work(o, "charge_given_up", x.id, x.charge.until)
				t.dropCharge(a, x, "funds_overdue")
			})
		}
	}
	for _, x := range a.books.posted {
		if !x.asks.IsZero() && x.open.IsPositive() {
			add(x.asks, 0, about+x.id, func() { m.recur(o, a, x) })
		}
	}
}

// recur charges the default preference on an invoice's due date (R8.10).
func (m *Model) recur(o *org, a *account, x *transaction) {
	due := x.asks
	if begins := o.dayBegins(x.due); begins.After(due) {
		x.asks = begins
		return
	}
	x.asks = time.Time{}
	_, c, _ := o.limits(a, due)
	by := c.opted(x.what, false)
	switch {
	case by == nil || a.books.status == "terminated":
		return
	case by.kind == "card":
		t := m.work(o, "recurring_asked", x.id, due)
		t.cover(a, "recurring_payment", x.open, by.token, due, nil).invoice = x
		return
	}
	w, t := o.accounts[by.wallet], m.work(o, "recurring_charged", x.id, due)
	t.asOf = due
	pay := &transaction{id: fmt.Sprintf("%s/%d", a.id, len(a.books.posted)+1), kind: "payment", amount: x.open, payer: w.id, against: x.id}
	t.dated(pay, due)
	if a.books.find(pay.id) == nil && !w.movable().LessThan(x.open) {
		if t.postTransaction(a, pay) {
			t.judge(w, due)
			return
		}
		t.fact.Result, t.fact.Reason, t.fact.Lines = "applied", "", nil
	}
	t.line("alert recurring_payment_failed %s %s %s about  %s because  again \"\" to %s invoice 0 send ", a.id, a.balance(), a.currency, x.open, contacts(a.terms.at(due).contacts))
}
