package model

import (
	"time"
)

// cover is what a recharge was made for that moves money on when it succeeds, until it is given, or given up.
type cover struct {
	held    dec // of the source, for the part that it has
	shares  []portion
	licence *licence
	send    *send // that waits for it (R6.3), or whose final cost it pays (R6.8)
	rate    dec   // by which the one that waits is charged
}

// portion is what one account gets.
type portion struct {
	account string
	amount  dec
}

// covering says whether a recharge is for something of its own, with a counter of its own (R4.3).
func (r *recharge) covering() bool {
	return r.purpose != "automatic" && r.purpose != "manual" && r.purpose != "add_funds" && r.purpose != "automatic_payment"
}

// cover asks a card for something of its own: seven times in all, once a day.
func (t *turn) cover(a *account, purpose string, amount dec, method string, at time.Time, c *cover) *recharge {
	r := a.begin(purpose)
	r.covers, r.most, r.every = c, 7, 24*time.Hour
	if t.e != nil {
		at = t.clock(at)
	} else {
		at = t.until
	}
	t.attempt(r, amount, method, at)
	return r
}

// moveOn drafts what moves on from an account when it has been paid: to those who get a share and are still there.
func (t *turn) moveOn(a *account, c *cover) {
	if c == nil {
		return
	}
	if c.licence != nil {
		t.pay(a, c.licence)
	}
	for _, s := range c.shares {
		if t.o.accounts[s.account].defined() {
			t.move(a.id, s.account, s.amount, a.currency, nil)
		}
	}
}

// judgeAll judges a source, and those who have got something from it.
func (t *turn) judgeAll(a *account, c *cover, at time.Time) {
	t.judge(a, at)
	if c == nil {
		return
	}
	for _, s := range c.shares {
		if g := t.o.accounts[s.account]; g.defined() {
			t.judge(g, at)
		}
	}
}

// failCovering: a failure is tried again, or ends it (R5.2). What was paid meanwhile is not asked for again.
func (t *turn) failCovering(r *recharge, each *attempt, said result) {
	switch {
	case r.anew:
		r.open = false
	case len(r.attempts) >= r.most:
		r.open = false
		t.tellOf("recharge_exhausted", r, each, said.why, time.Time{}, t.agencyContacts())
		t.answerCovered(r, each, "rejected", "payment_failed")
		r.covers = nil
	default:
		t.again(r, each, said)
	}
}

// answerCovered is the final word to who asked for what is covered, where somebody did.
func (t *turn) answerCovered(r *recharge, each *attempt, status, why string) {
	if r.asked == "" {
		return
	}
	amount := each.amount
	if r.covers != nil && r.covers.licence != nil {
		amount = r.covers.licence.amount
	}
	t.answers(status, why, r.asked, r.account, amount, each.id, 0, "")
}

// paidFor: what a recharge covers has been paid, by whichever of its attempts. One that is open beside it stays open.
func (t *turn) paidFor(r *recharge, each *attempt, late bool) {
	if r.open && !r.anew {
		t.answerCovered(r, each, "accepted", "")
	}
	if !late || !r.retry.IsZero() {
		r.open, r.retry = false, time.Time{}
	}
	r.anew = true
	r.covers = nil
}

// retryCovering is what becomes of a retry of what is covered, when it falls due.
func (m *Model) retryCovering(o *org, r *recharge) {
	a, id := r.account, r.attempts[len(r.attempts)-1].id
	if a.kind == "customer_account" {
		m.retryInvoice(o, r)
		return
	}
	v, c := a.terms.at(m.until), r.covers
	bills := v.funding.byInvoice()
	switch {
	case r.purpose == "team_budget" && bills, r.purpose == "licence" && (bills || !a.available().Add(c.held).LessThan(c.licence.amount)):
		m.giveWithoutCard(m.work(o, "recharge_dropped", id, m.until), r)
	case r.purpose == "adjustment" && (v.card() == "" || c.send.state != "accepted" || !v.each() && !a.available().IsNegative()):
		m.work(o, "recharge_dropped", id, m.until)
		r.end()
	case r.purpose == "scheduled_funding" && bills:
		t := m.work(o, "recharge_dropped", id, m.until)
		r.end()
		if i := t.invoice(a, "funding", r.attempts[0].amount, r.id, m.until); r.asked != "" {
			t.answers("accepted", "", r.asked, a, i.amount, "", i.number, "")
		}
	default:
		t := m.work(o, "recharge_retried", id, m.until)
		t.attempt(r, r.attempts[0].amount, v.card(), m.until)
	}
}

func (r *recharge) end() { r.open, r.retry, r.covers = false, time.Time{}, nil }

// giveWithoutCard moves on what waited for a card that is not asked again: by invoice even below zero (R5.10), or because there is enough by
// now (R5.7). Where a balance cannot hold it, it is given up.
func (m *Model) giveWithoutCard(t *turn, r *recharge) {
	a, c := r.account, r.covers
	t.moveOn(a, c)
	status, why := "accepted", ""
	given := t.post()
	if !given {
		status, why = "rejected", "balance_out_of_range"
	}
	r.end()
	if given {
		t.judgeAll(a, c, m.until)
	}
	if r.asked != "" {
		t.answers(status, why, r.asked, a, c.licence.amount, "", 0, "")
	}
}

// card is the token by which an account's card is charged; "" where it has none.
func (v accountTerms) card() string {
	switch {
	case v.funding != nil:
		return v.funding.method
	case v.recharge != nil:
		return v.recharge.method
	}
	return ""
}

func (v accountTerms) each() bool { return v.funding != nil && v.funding.each }
