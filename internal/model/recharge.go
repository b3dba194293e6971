package model

import (
	"fmt"
	"slices"
	"time"
)

// policy says when an account is recharged by itself, and how (R4.1, R4.3).
type policy struct {
	below, amount dec
	method        string
	attempts      int
	every         time.Duration
}

func (b *body) policy(kind string) *policy {
	o := b.object("recharge")
	if o == nil {
		return nil
	}
	p := &policy{attempts: 7, every: 24 * time.Hour, method: o.text("payment_method")}
	o.demand((p.method == "") == (kind == "funding_source")) // that has its own
	if kind == "agency_wallet" {
		p.attempts, p.every = 12, 6*time.Hour
	}
	below, given := o.number("when_balance_lower_than", 6)
	o.demand(given)
	p.below, p.amount = below, o.posted()
	if n, given := o.number("attempts", 0); given {
		p.attempts = int(n.IntPart())
	}
	if n, given := o.number("retry_seconds", 0); given {
		p.every = time.Duration(n.IntPart()) * time.Second
	}
	b.demand(!o.bad)
	return p
}

// dunning is where an account stands with its recharges.
type dunning struct {
	recharges []*recharge
	counting  *recharge // the automatic one whose counter goes on: open, or dropped since its last success
	exhausted bool      // its last attempt has failed: nothing goes out by itself before a success (R4.4)
}

// recharge is money asked of a card, in one attempt or several.
type recharge struct {
	account  *account
	id       string
	purpose  string
	open     bool // until its success, its drop or exhaustion
	most     int  // attempts in all
	every    time.Duration
	attempts []*attempt
	retry    time.Time    // when the next attempt is due; zero: none waits
	anew     bool         // a success has come since: what follows begins a new recharge
	asked    string       // id of the event that asked for it
	invoice  *transaction // of a customer account, that it pays (R8.10)
	covers   *cover       // what moves on when it succeeds; nil: nothing does, any more
}

type attempt struct {
	id       string
	amount   dec
	emitted  time.Time
	result   string    // "", failed or succeeded
	tellsAt  time.Time // of an attempt without a result: when that is told (R4.7)
	credited bool
}

func (a *account) openRecharges() (n int) {
	for _, r := range a.recharges {
		if r.open {
			n++
		}
	}
	return n
}

// going says whether an automatic recharge is open: no other one goes out meanwhile (R4.1).
func (a *account) going() bool { return a.counting != nil && a.counting.open }

// recharge emits an automatic attempt where what is available is lower than the policy's threshold (R4.1), or an invoice (R5.3): one at a
// time. Where an earlier recharge was dropped it goes on with that one's number (R4.6).
func (t *turn) recharge(a *account, at time.Time) {
	p := a.terms.at(at).recharge
	switch {
	case p == nil || !a.available().LessThan(p.below) || a.going() || t.o.open(a, "recharge").IsPositive():
		return
	case p.method == "":
		t.invoice(a, "recharge", p.amount, a.id, at)
		return
	case a.exhausted:
		return
	}
	if a.counting == nil {
		a.counting = a.begin("automatic")
		a.counting.most, a.counting.every = p.attempts, p.every
	}
	t.attempt(a.counting, p.amount, p.method, t.clock(at))
}

func (a *account) begin(purpose string) *recharge {
	r := &recharge{account: a, id: fmt.Sprintf("%s/%d", a.id, len(a.recharges)+1), purpose: purpose}
	a.recharges = append(a.recharges, r)
	a.history = true
	return r
}

// attempt sends the next attempt of a recharge, in whole minor units (R1.3).
func (t *turn) attempt(r *recharge, amount dec, method string, at time.Time) {
	id := fmt.Sprintf("%s/%d", r.id, len(r.attempts)+1)
	each := &attempt{id: id, amount: collected(amount, r.account.currency), emitted: at, tellsAt: at.Add(24 * time.Hour)}
	r.attempts = append(r.attempts, each)
	r.open, r.retry = true, time.Time{}
	t.o.attempts[id] = r
	t.line("attempt %s %s %s %s by %s", id, r.purpose, each.amount, r.account.currency, method)
}

// rechargeRequested makes one attempt, whatever automatic recharging does (R4.5).
func rechargeRequested(e *event) func(*turn) {
	b := e.body
	id, amount, currency, method := b.name("account"), b.posted(), b.name("currency"), b.text("payment_method")
	return func(t *turn) {
		a := t.o.accounts[id]
		if why := t.o.refuses(a); why != "" {
			t.refuse(why)
			return
		}
		at := t.present(e.Recorded)
		if p := a.terms.at(at).recharge; method == "" && p != nil {
			method = p.method
		}
		switch {
		case a.kind == "customer_account":
			t.refuse("is_a_customer_account")
			return
		case currency != a.currency:
			t.refuse("currency_mismatch")
			return
		case method == "":
			t.refuse("no_payment_method")
			return
		}
		t.post()
		r := a.begin("manual")
		r.asked = e.ID
		t.attempt(r, amount, method, t.clock(at))
		t.answer(r, r.attempts[0], "pending", "")
	}
}

// answer tells who asked for a recharge (R9.1).
func (t *turn) answer(r *recharge, each *attempt, status, why string) {
	t.answers(status, why, r.asked, r.account, each.amount, each.id, 0, "")
}

// answers is an outcome that is about an account.
func (t *turn) answers(status, why, asked string, a *account, amount dec, attempt string, invoice int, send string) {
	t.line("outcome %s %s of %s: %s %s %s, balance %s invoice %d send %s", status, why, asked, attempt, amount, a.currency, a.balance(), invoice, send)
}

// result is what a gateway says of an attempt.
type result struct {
	attempt, payment, why string
	succeeded             bool
}

// attemptResolved matches a result with its attempt by its id (R4.7).
func attemptResolved(e *event) func(*turn) {
	b := e.body
	said := result{attempt: b.name("attempt"), payment: b.text("payment"), why: b.text("reason"), succeeded: b.text("result") == "succeeded"}
	b.demand(said.succeeded || b.text("result") == "failed")
	if said.payment == "" {
		said.payment = said.attempt
	}
	return func(t *turn) {
		r := t.o.attempts[said.attempt]
		if r == nil || !r.account.defined() {
			why := "unknown_attempt"
			if r != nil {
				why = "unknown_account"
			}
			t.refuse(why)
			t.line("alert unknown_attempt %s because %s", said.attempt, said.why)
			return
		}
		each := r.attempts[slices.IndexFunc(r.attempts, func(each *attempt) bool { return each.id == said.attempt })]
		switch {
		case r.account.kind == "customer_account" && said.succeeded && !each.credited:
			t.collected(r, each, said)
		case r.account.kind == "customer_account" && !said.succeeded && each.result == "":
			t.post()
			t.notCollected(r, each, said)
		case said.succeeded && !each.credited:
			t.succeed(r, each, said)
		case !said.succeeded && each.result == "":
			t.post()
			t.fail(r, each, said)
		default: // the same again; or a failure after a success: the money has moved
			t.post()
			if !said.succeeded && each.credited {
				t.tellOf("recharge_disputed", r, each, said.why, time.Time{}, nil)
			}
		}
	}
}

// tellOf alerts of an attempt, the account's contacts and others besides.
func (t *turn) tellOf(kind string, r *recharge, each *attempt, why string, retry time.Time, others []string) {
	a := r.account
	to := slices.Clone(a.terms.at(t.e.Recorded).contacts)
	for _, c := range others {
		if !slices.Contains(to, c) {
			to = append(to, c)
		}
	}
	t.line("alert %s %s %s %s about %s %s because %s again %q to %s invoice 0 send ", kind, a.id, a.balance(), a.currency, each.id, each.amount, why, stamp(retry), contacts(to))
}

// succeed credits an attempt once, whenever its success comes (R4.2, R4.7), and begins the counter anew (R4.5).
func (t *turn) succeed(r *recharge, each *attempt, said result) {
	a := r.account
	t.move("world:payments", a.id, each.amount, a.currency, nil)
	c := r.covers
	if c != nil && r.purpose == "add_funds" {
		if c.send.part.held {
			t.payPart(c.send, c.send.part.balance)
		}
		t.chargeSend(c.send, a, c.send.rest(), c.rate)
	} else {
		t.moveOn(a, c)
	}
	if !t.post() {
		return
	}
	t.o.paid(a.id, said.payment, each.amount)
	late := each.result == "failed"
	each.result, each.credited, each.tellsAt = "succeeded", true, time.Time{}
	if late {
		t.tellOf("recharge_disputed", r, each, said.why, time.Time{}, nil)
	}
	switch {
	case r.covering():
		t.paidFor(r, each, late)
	case r.purpose == "add_funds":
		r.open = r.open && late
		t.acceptSend(r, each)
	default:
		t.beginAnew(r, each, late)
	}
	t.judgeAll(a, c, t.present(t.e.Recorded))
}

// beginAnew is the success of an attempt for a balance that is low, or that a person has asked for (R4.5).
func (t *turn) beginAnew(r *recharge, each *attempt, late bool) {
	a := r.account
	if !late {
		r.open = false
		if r.purpose == "manual" {
			t.answer(r, each, "accepted", "")
		}
	}
	a.exhausted = false
	if a.going() {
		a.counting.anew = true
	} else {
		a.counting = nil
	}
}

// fail is the answer to who asked; or a retry to come (R4.3); or the end of automatic recharging (R4.4).
func (t *turn) fail(r *recharge, each *attempt, said result) {
	each.result, each.tellsAt = "failed", time.Time{}
	switch {
	case r.covering():
		t.failCovering(r, each, said)
	case r.purpose == "manual":
		r.open = false
		t.answer(r, each, "rejected", "payment_failed")
	case r.purpose == "add_funds":
		r.open = false
		t.rejectSend(r)
	case len(r.attempts) >= r.most && !r.anew:
		r.open, r.account.exhausted = false, true
		t.tellOf("recharge_exhausted", r, each, said.why, time.Time{}, t.agencyContacts())
	default:
		t.again(r, each, said)
	}
}

// again sets a retry: an interval after the attempt went out (R4.3).
func (t *turn) again(r *recharge, each *attempt, said result) {
	r.retry = each.emitted.Add(r.every)
	if !r.retry.After(t.until) { // the tick that is there already was before the result
		r.retry = t.until.Add(time.Microsecond)
	}
	t.tellOf("recharge_failed", r, each, said.why, r.retry, nil)
}

func (t *turn) agencyContacts() []string {
	if agency := t.o.accounts[t.o.agency]; agency.defined() {
		return agency.terms.at(t.e.Recorded).contacts
	}
	return nil
}

// retry is what becomes of a retry that falls due: it goes out, dated by the tick (R4.3), or is dropped where the balance is no longer
// lower than the threshold (R4.6); after a success, what is still needed is a new recharge (R4.7).
func (m *Model) retry(o *org, r *recharge) {
	a := r.account
	p := a.terms.at(m.until).recharge
	low := p != nil && a.available().LessThan(p.below)
	needed := low && p.method != ""
	kind := "recharge_dropped"
	if needed {
		kind = "recharge_retried"
	}
	t := m.work(o, kind, r.attempts[len(r.attempts)-1].id, m.until)
	r.retry = time.Time{}
	switch {
	case needed && !r.anew:
		t.attempt(r, p.amount, p.method, m.until)
		return
	case r.anew:
		a.counting = nil
	}
	r.open = false
	if low { // by invoice, too, where a source has come to be paid so (R5.3)
		t.recharge(a, m.until)
	}
}

// tellUnresolved alerts once that an attempt has had no result for a day (R4.7).
func (m *Model) tellUnresolved(o *org, r *recharge, each *attempt) {
	a := r.account
	t := m.work(o, "recharge_unresolved", each.id, each.tellsAt)
	t.line("alert recharge_unresolved %s %s %s about %s %s because %s again %q to %s invoice 0 send ",
		a.id, a.balance(), a.currency, each.id, each.amount, "", "", contacts(a.terms.at(m.present(each.tellsAt)).contacts))
	each.tellsAt = time.Time{}
}
