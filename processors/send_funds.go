package processors

import "purser/processors/money"

// Where a funding source has too little for a send, the rest is asked of its card, and the send is pending meanwhile; or it gets an invoice for
// it, and the send is charged at once, even below zero (R6.3, R6.4).

// mayAddFunds says whether what a send lacks is asked for: where a person sends, if he wants it and his campaign allows it.
func (q *asking) mayAddFunds(r *SendRequest) bool {
	return q.terms.FundingPays && (r.Trigger || r.AddFunds && q.terms.AddFunds)
}

// raise says how what lacks comes in. A charge that is pending is not drafted: nothing is posted before the card is charged.
func (c *charge) raise(b Book, d *Decision, at Time) Status {
	c.lacks, c.terms = c.shortfall(), inForce(c.account.Versions, at)
	if c.pending() {
		return d.apply()
	}
	if _, err := c.account.Funding.Owed.Add(c.lacks); err != nil { // what is owed has the range of a balance (R1.1)
		return d.refuse(BalanceOutOfRange)
	}
	return c.draft(b, d)
}

// pending says whether the charge waits for a card.
func (c *charge) pending() bool { return c.lacks > 0 && !c.terms.Terms.invoiced() }

// await sets aside what is there, and asks the card for the rest. The send is touched, and its outcome is the answer to who has asked.
func (c *charge) await(b Book, d *Decision, s *Send, at Time) {
	a, now := c.account, tickTime(b.Progress(), at)
	b.Touch(a)
	r := beginRecharge(b, a, AddFunds)
	a.Dunning.Open++
	d.attempt(a, r, c.lacks, c.terms.Terms.Method, now)
	covered := b.NewCovered(a.Org, a.ID, r.Number)
	covered.Send, covered.Rate, covered.Held = s.ID, c.rate, c.amount-c.lacks
	a.hold(covered.Held)
	s.State, s.Recharge, s.Until = FundsNeeded, r.Number, now+patience
	s.schedule()
	d.Outcome = Outcome{
		Status: Pending, Reason: FundsPending, Source: s.Source, ID: s.Event, Send: s.ID, Account: a, Attempt: r.AttemptID(1), Amount: c.amount,
	}
}

// bill sends out the invoice for what lacks, where there is one. The charge is posted.
func (c *charge) bill(b Book, d *Decision, s *Send, at Time) {
	if c.lacks > 0 {
		d.invoice(b, c.account, c.terms, AddFundsInvoice, c.lacks, s.ID, "Funds for "+s.ID, at)
	}
}

// waitingSend is a send that waits for a card, with all that its end changes.
type waitingSend struct {
	send    *Send
	of      *Campaign
	covered *Covered
	account *Account
}

// load looks it up.
func (w *waitingSend) load(b Book, s *Send) (known bool) {
	covered, known1 := b.Covered(s.Org, s.Funding, s.Recharge)
	account, known2 := b.Account(s.Org, s.Funding)
	of, known3 := b.Campaign(s.Org, s.Campaign)
	*w = waitingSend{s, of, covered, account}
	return known1 && known2 && known3
}

// end makes the send final: what was held is released. The decision has touched the account and the send.
func (w *waitingSend) end(b Book, state SendState, at Time) {
	w.covered.end(b, w.account)
	w.of.Pending--
	b.Touch(w.of)
	w.send.end(state, at)
}

// charge is what the send is charged when the card has paid: by what was in force when it was asked for.
func (w *waitingSend) charge() charge {
	return charge{account: w.account, price: w.send.Cost, currency: w.send.Currency, rate: w.covered.Rate}
}

// answer is the final word to who has asked for the send.
func (w *waitingSend) answer(status OutcomeStatus, why Reason, amount money.Amount) Outcome {
	s := w.send
	o := Outcome{Status: status, Reason: why, Source: s.Source, ID: s.Event, Send: s.ID, Attempt: s.attempt()}
	if status == Accepted {
		o.Account, o.Amount = w.account, amount
	}
	return o
}

// attempt is the id of the one that decides a send.
func (s *Send) attempt() string {
	r := Recharge{Account: s.Funding, Number: s.Recharge}
	return r.AttemptID(1)
}

// giveUp rejects a send whose card had no result in time (R6.3). The attempt stays open: when it succeeds, it just credits.
func (s *Send) giveUp(b Book, d *Decision) Status {
	var w waitingSend
	if !w.load(b, s) {
		return Miss
	}
	due := s.NextDue
	b.Touch(s)
	b.Touch(w.account)
	w.end(b, SendRejected, due)
	d.Work, d.Worker, d.Worked, d.Sent = FundsOverdue, w.account, s.ID, s
	d.Outcome = w.answer(Rejected, FundsTooLate, 0)
	number(b, d, s.Org, due)
	return d.apply()
}

// loadSend looks up the send that waits for an attempt. One that has ended meanwhile waits for it no more (R6.5).
func (s *resolution) loadSend(b Book) (known bool) {
	r := s.recharge
	covered, known := b.Covered(r.Org, r.Account, r.Number)
	if !known || covered == nil {
		return known
	}
	send, known := b.Send(r.Org, covered.Send)
	if !known {
		return false
	}
	return s.waits.load(b, send)
}

// draftSend drafts what the send is charged, on top of what has come in.
func (s *resolution) draftSend(b Book, d *Decision) (err error) {
	c := s.waits.charge()
	if c.amount, err = convert(c.price, c.rate); err != nil {
		return err
	}
	c.burned, err = d.draft.charge(b, c.account, RevenueSales, c.currency, c.price, c.amount)
	s.charge = c
	return err
}

// acceptSend ends the recharge, and the send that has waited for it, which is charged.
func (s *resolution) acceptSend(b Book, d *Decision, ev *Event) {
	if s.last() {
		s.close()
	}
	if s.waits.send == nil {
		return
	}
	b.Touch(s.waits.send)
	s.waits.end(b, SendAccepted, tickTime(b.Progress(), ev.RecordedAt))
	d.Outcome = s.waits.answer(Accepted, ReasonNone, s.charge.amount)
}

// rejectSend ends the send whose card has failed: it is not asked again (R6.3).
func (s *resolution) rejectSend(b Book, d *Decision, ev *Event) {
	if s.waits.send == nil {
		return
	}
	b.Touch(s.waits.send)
	s.waits.end(b, SendRejected, tickTime(b.Progress(), ev.RecordedAt))
	d.Outcome = s.waits.answer(Rejected, PaymentFailed, 0)
}
