package send

import (
	"purser/processors/charging"
	"purser/processors/core"
	"purser/processors/invoice"
	"purser/processors/money"
	"purser/processors/recharge"
	"purser/processors/spending"
)

// Where a funding source has too little for a send, the rest is asked of its card, and the send is pending meanwhile; or it gets an invoice for
// it, and the send is charged at once, even below zero (R6.3, R6.4).

// mayAddFunds says whether what a send lacks is asked for: where a person sends, if he wants it and his campaign allows it.
func (q *asking) mayAddFunds(r *core.SendRequest) bool {
	return q.terms.FundingPays && (r.Trigger || r.AddFunds && q.terms.AddFunds)
}

// await sets aside what is there, and asks the card for the rest. The send is touched, and its outcome is the answer to who has asked.
func await(c *charging.Charge, b core.Book, d *core.Decision, s *core.Send, at core.Time) {
	a, now := c.Account, core.TickTime(b.Progress(), at)
	b.Touch(a)
	r := recharge.Begin(b, a, core.AddFunds)
	a.Dunning.Open++
	recharge.Attempt(d, a, r, c.Lacks, c.Terms.Terms.Method, now)
	covered := b.NewCovered(a.Org, a.ID, r.Number)
	covered.Send, covered.Rate, covered.Held = s.ID, c.Rate, c.Amount-c.Lacks
	a.Hold(covered.Held)
	s.State, s.Recharge, s.Until = core.FundsNeeded, r.Number, now+core.Patience
	schedule(s)
	d.Outcome = core.Outcome{
		Status: core.Pending, Reason: core.FundsPending, Source: s.Source, ID: s.Event, Send: s.ID, Account: a, Attempt: r.AttemptID(1), Amount: c.Amount,
	}
}

// bill sends out the invoice for what lacks, where there is one. The charge is posted.
func bill(c *charging.Charge, b core.Book, d *core.Decision, s *core.Send, at core.Time) {
	if c.Lacks > 0 {
		invoice.Issue(d, b, c.Account, c.Terms, core.AddFundsInvoice, c.Lacks, s.ID, "Funds for "+s.ID, at)
	}
}

// Waiting is a send that waits for a card, with all that its end changes.
type Waiting struct {
	Send    *core.Send
	of      *core.Campaign
	covered *core.Covered
	account *core.Account
	held    spending.Held // what is held for it on a spending account (R6.10)
	spent   *core.Spent   // which that has paid in the end
}

// Load looks it up.
func (w *Waiting) Load(b core.Book, s *core.Send) (known bool) {
	covered, known1 := b.Covered(s.Org, s.Funding, s.Recharge)
	account, known2 := b.Account(s.Org, s.Funding)
	of, known3 := b.Campaign(s.Org, s.Campaign)
	*w = Waiting{Send: s, of: of, covered: covered, account: account}
	return w.held.Load(b, s) && known1 && known2 && known3
}

// DueFirst says whether something comes first on the balance on which a part of it is held.
func (w *Waiting) DueFirst(b core.Book, d *core.Decision) bool { return w.held.DueFirst(b, d) }

// End makes the send final: what was held is released. The decision has touched the account and the send, and posted what is paid.
func (w *Waiting) End(b core.Book, d *core.Decision, state core.SendState, at core.Time) {
	recharge.EndCovered(w.covered, b, w.account)
	if state == core.SendAccepted {
		w.spent = w.held.Pay()
	} else {
		w.held.GiveUp(b, d)
	}
	w.of.Pending--
	b.Touch(w.of)
	end(w.Send, state, at)
}

// Charge is what the send is charged when the card has paid: by what was in force when it was asked for.
func (w *Waiting) Charge() charging.Charge {
	return charging.Charge{Account: w.account, Price: w.Send.Cost - w.Send.Part.Amount, Currency: w.Send.Currency, Rate: w.covered.Rate}
}

// DraftPart drafts what is held for it on a spending account: it is paid.
func (w *Waiting) DraftPart(b core.Book, d *core.Decision) error {
	return w.held.DraftPay(b, d, core.RevenueSales)
}

// Note notes in the send who pays, before that is posted.
func (w *Waiting) Note(c *charging.Charge) {
	if p := &w.Send.Part; p.Account != "" {
		noteSpent(w.Send, p.Account, p.Amount)
	}
	Note(c, w.Send)
}

// Answer is the final word to who has asked for the send.
func (w *Waiting) Answer(status core.OutcomeStatus, why core.Reason, amount money.Amount) core.Outcome {
	s := w.Send
	o := core.Outcome{Status: status, Reason: why, Source: s.Source, ID: s.Event, Send: s.ID, Attempt: attemptOf(s)}
	if status == core.Accepted {
		o.Account, o.Amount = w.account, amount
		parted(&o, w.spent)
	}
	return o
}

// attemptOf is the id of the one that decides a send.
func attemptOf(s *core.Send) string {
	r := core.Recharge{Account: s.Funding, Number: s.Recharge}
	return r.AttemptID(1)
}

// giveUp rejects a send whose card had no result in time (R6.3). The attempt stays open: when it succeeds, it just credits.
func giveUp(s *core.Send, b core.Book, d *core.Decision) core.Status {
	var w Waiting
	if !w.Load(b, s) {
		return core.Miss
	}
	if w.DueFirst(b, d) {
		return core.DueFirst
	}
	due := s.NextDue
	b.Touch(s)
	b.Touch(w.account)
	w.End(b, d, core.SendRejected, due)
	d.Work, d.Worker, d.Worked, d.Sent = core.FundsOverdue, w.account, s.ID, s
	d.Outcome = w.Answer(core.Rejected, core.FundsTooLate, 0)
	core.Number(b, d, s.Org, due)
	return d.Apply()
}
