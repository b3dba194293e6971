package verify

import (
	"strings"
	"time"

	"purser/topics"
)

const adjustment = "adjustment"

// differs notes what of an adjustment has to be asked of the payer's card, before it is posted (R6.8).
func (a *audit) differs(o *orgModel, e *entry, s *sent, name string, more amount) {
	acct := o.account(name)
	if len(e.body.Attempts) > 0 && acct.currency == "" {
		acct.currency = e.body.Attempts[0].Currency
	}
	a.learnCurrency(e, name, acct)
	rate, ok := o.rate(s.currency, acct.currency, s.occurred)
	for i := range s.payers {
		if s.payers[i].account == name {
			rate = s.payers[i].rate
		}
	}
	sum, err := exactOf(more).times(rate).round()
	if !ok || err != nil || a.blind {
		return
	}
	lacks := max(0, sum-max(a.books.of(e.body.Org, name, acct.currency).balance-acct.held, 0))
	if method, asked := a.collects(e, acct, name, sum, lacks); asked > 0 {
		a.raised = &raised{send: s, account: name, currency: acct.currency, method: method, sum: asked, purpose: adjustment}
	}
}

// collects says how much a card is asked for, and which. Where an account's versions differ in that, which one counted depends on when the
// engine looked: the entry tells, and one of them has to explain it.
func (a *audit) collects(e *entry, acct *account, name string, sum, lacks amount) (method string, asked amount) {
	for i := range acct.versions {
		def := &acct.versions[i].def
		method, asked = cardOf(def), lacks
		if def.Funding != nil && def.Funding.CardCharges == "each" {
			asked = sum
		}
		if method == "" {
			asked = 0
		}
		if asked > 0 && a.charged(e, name, method) || asked == 0 && !a.asksFor(e, name, adjustment) {
			return method, asked
		}
	}
	return method, asked
}

// cardOf is the card of an account's definition; "" for none.
func cardOf(def *topics.AccountDefinedBody) string {
	switch {
	case def.Funding != nil:
		return def.Funding.PaymentMethod
	case def.Recharge != nil:
		return def.Recharge.PaymentMethod
	}
	return ""
}

// asksFor says whether an entry asks an account's card, or without a name anyone's, for something, however much it is.
func (a *audit) asksFor(e *entry, name, purpose string) bool {
	for i := range e.body.Attempts {
		c := a.charges[e.body.Org+"\x1f"+e.body.Attempts[i].Attempt]
		if c != nil && (name == "" || c.body.Account == name) && c.body.Purpose == purpose {
			return true
		}
	}
	return false
}

// retriedAdjustment is the retry for an adjustment, or its end: where the balance is not negative, or nobody owes it any more.
func (a *audit) retriedAdjustment(e *entry, r *recharge, name string, n, k int) []expectedAttempt {
	acct := a.world.org(e.body.Org).account(name)
	settled := a.books.of(e.body.Org, name, acct.currency).balance-acct.held >= 0
	dropped, goesOn := r.adjusts.state != sendAccepted, false
	for i := range acct.versions {
		def := &acct.versions[i].def
		each := def.Funding != nil && def.Funding.CardCharges == "each"
		dropped = dropped || cardOf(def) == "" || !each && settled
		goesOn = goesOn || r.adjusts.state == sendAccepted && cardOf(def) != "" && (each || !settled)
	}
	if e.body.Type == dueDropped {
		r.closed = true
		if !dropped {
			a.report.find(CheckAttempt, e.where, "%s is given up, and what it is for is not paid", e.body.Attempt)
		}
		return nil
	}
	if !goesOn {
		a.report.find(CheckAttempt, e.where, "%s is made again, and what it is for is paid", e.body.Attempt)
	}
	r.attempts = append(r.attempts, attempted{amount: r.attempts[0].amount})
	return []expectedAttempt{{name, nameOf(name, n, k+1), adjustment, r.attempts[0].amount, ""}}
}

// dayEnded is the invoice of a day for what is negative and has none: due/<source>/day_ended/<time>/<day> (R6.7).
func (a *audit) dayEnded(o *orgModel, e *entry) []expectedInvoice {
	rest, ok1 := strings.CutPrefix(e.body.ID, "due/")
	name, day, ok2 := strings.Cut(rest, "/day_ended/"+e.body.OccurredAt+"/")
	at, _ := micros(e.body.OccurredAt)
	ends, err := time.Parse(time.DateOnly, day)
	acct := o.account(name)
	if !ok1 || !ok2 || err != nil || ends.AddDate(0, 0, 1).UnixMicro() != at || len(acct.versions) == 0 {
		a.report.find(CheckInvoice, e.where, "the day %q of %q has not ended then", day, name)
		return nil
	}
	if day <= acct.billed {
		a.report.find(CheckTwice, e.where, "the day %s of %s has ended after %s", day, name, acct.billed)
	}
	acct.billed = day
	if t := inForce(acct.versions, at); t.Funding == nil || t.Funding.PaymentMethod != "" {
		a.report.find(CheckInvoice, e.where, "%s was not paid by invoice at the end of %s", name, day)
	}
	if len(e.body.Invoices) > 0 && acct.currency == "" {
		acct.currency = e.body.Invoices[0].Currency
	}
	lacks := -a.books.of(e.body.Org, name, acct.currency).balance - acct.owed
	if lacks <= 0 {
		a.report.find(CheckInvoice, e.where, "%s had nothing that was negative and without an invoice at the end of %s", name, day)
		return nil
	}
	return []expectedInvoice{{name, negativeBalance, day, lacks}}
}

// owes says whether an invoice is for what is negative, or was to be: it is not asked for again at the end of the day.
func (i *invoice) owes() bool { return i.kind == addFunds || i.kind == negativeBalance }
