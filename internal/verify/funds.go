package verify

import (
	"strings"

	"purser/topics"
)

const (
	addFunds     = "add_funds"
	fundsPending = "pending_funds"
	fundsOverdue = "funds_overdue"
)

// raised is what an entry asks for because a funding source has too little for a send (R6.3, R6.4), for what it cost
// more (R6.8), or for a licence (R5.7).
type raised struct {
	send              *sent
	account, currency string
	method            string // of the card; "": by invoice
	sum               amount // what lacks
	held              amount // of what is there
	name              string // of the send
	purpose           string // of the attempt
	licence           *licence
	charge, invoice   *transaction // of a customer account (R8.5, R8.10)
}

// wants is what a send that is asked for says about funds that lack: whether they are asked for.
func wants(b *topics.SendRequestedBody, terms *topics.CampaignDefinedBody) bool {
	return terms.Payer != payerSender && (b.Origin != manual || b.AddFunds && terms.AddFunds)
}

// chargeFunding charges a send to a funding source: where that has too little, the rest is asked of its card, and nothing moves yet, or it
// gets an invoice for it.
func (a *audit) chargeFunding(o *orgModel, e *entry, name string, s *sent) flows {
	acct := o.account(s.funding)
	if len(e.body.Attempts) > 0 && acct.currency == "" {
		acct.currency = e.body.Attempts[0].Currency
	}
	a.learnCurrency(e, s.funding, acct)
	rate, ok := o.rate(s.currency, acct.currency, s.occurred)
	a.learnPart(e, s)
	sum, err := exactOf(s.cost - s.part.paid).times(rate).round()
	if !ok || err != nil {
		a.report.find(CheckPosting, e.where, "%s is charged in %s, and there is no rate from %s", s.funding, acct.currency, s.currency)
		return nil
	}
	lacks := sum - max(a.books.of(e.body.Org, s.funding, acct.currency).balance-acct.held, 0)
	s.state = sendAccepted
	if a.blind {
		if len(e.body.Attempts) > 0 {
			s.state = fundsPending
		}
		return nil
	}
	if lacks <= 0 {
		expected := a.spendPart(o, e, s, false)
		return append(expected, a.chargeSend(o, e, s, s.funding, s.cost-s.part.paid, true)...)
	}
	invoiced, method := a.byInvoice(e, acct, addFunds, s.funding)
	a.raised = &raised{send: s, account: s.funding, currency: acct.currency, method: method, sum: lacks, held: sum - lacks, name: name, purpose: addFunds}
	if invoiced {
		expected := a.spendPart(o, e, s, false)
		return append(expected, a.chargeSend(o, e, s, s.funding, s.cost-s.part.paid, false)...)
	}
	s.state, s.rate, s.at = fundsPending, &rate, a.now(e)
	return a.spendPart(o, e, s, true)
}

// fundsAsked is the attempt or the invoice of an entry that asks for funds.
func (a *audit) fundsAsked(o *orgModel) (attempts []expectedAttempt, bills []expectedInvoice) {
	f := a.raised
	a.raised = nil
	switch {
	case f == nil:
		return nil, nil
	case f.method == "":
		return nil, []expectedInvoice{{f.account, addFunds, f.name, f.sum}}
	}
	acct := o.account(f.account)
	x := acct.cover(f.account, f.purpose, f.method, f.sum, f.currency, "", "")
	r := acct.dunning.recharges[len(acct.dunning.recharges)-1]
	if f.purpose == adjustment {
		r.adjusts = f.send
		return []expectedAttempt{x}, nil
	}
	r.send, r.held, r.licence = f.send, f.held, f.licence
	if r.charge, r.invoice = f.charge, f.invoice; r.charge != nil {
		r.charge.charge.by = r
	}
	acct.held += r.held
	if r.licence != nil {
		r.source, r.id = r.licence.source, r.licence.event
		return []expectedAttempt{x}, nil
	}
	if f.send != nil {
		f.send.recharge = r
	}
	return []expectedAttempt{x}, nil
}

// end makes a send final that waits for a card, and releases what is held for it.
func (s *sent) end(o *orgModel, state string) {
	s.state = state
	s.recharge.release(o.account(s.funding))
	s.recharge.send = nil
}

// resolvedSend is a result of the attempt that a send waits for: it decides it.
func (a *audit) resolvedSend(o *orgModel, e *entry, r *recharge, result string, expected *flows) {
	s := r.send
	if s == nil {
		return
	}
	if result != succeeded {
		*expected = append(*expected, a.givePart(o, e, s)...)
		s.end(o, sendRejected)
		a.answer(e, s.source, s.id, sendRejected, "payment_failed")
		return
	}
	s.end(o, sendAccepted)
	*expected = append(*expected, a.payPart(o, s)...)
	*expected = append(*expected, a.chargeSend(o, e, s, s.funding, s.cost-s.part.paid, false)...)
	a.answer(e, s.source, s.id, sendAccepted, "")
}

// givenUp is a send whose card had no result in time (R6.3): due/<source>/funds_overdue/<time>/<send>.
func (a *audit) givenUp(o *orgModel, e *entry) flows {
	rest, ok1 := strings.CutPrefix(e.body.ID, "due/")
	name, send, ok2 := strings.Cut(rest, "/"+fundsOverdue+"/"+e.body.OccurredAt+"/")
	s := o.sends[send]
	switch {
	case a.blind:
	case !ok1 || !ok2 || s == nil || s.state != fundsPending || s.funding != name:
		a.report.find(CheckPosting, e.where, "the send %q is given up, and does not wait for a card of %q", send, name)
	default:
		expected := a.givePart(o, e, s)
		s.end(o, sendRejected)
		a.answer(e, s.source, s.id, sendRejected, fundsOverdue)
		return expected
	}
	return flows{}
}

// cancelFunds is what follows a send that waits for a card: nothing but a cancellation is applied.
func (a *audit) cancelFunds(o *orgModel, e *entry, s *sent) flows {
	switch {
	case a.blind:
		return nil
	case e.body.Type != topics.TypeSendCancelled:
		a.report.find(CheckPosting, e.where, "%s of a send that waits for a card was applied", e.body.Type)
		return nil
	}
	expected := a.givePart(o, e, s)
	s.end(o, sendCancelled)
	a.answer(e, s.source, s.id, sendRejected, "cancelled")
	return expected
}
