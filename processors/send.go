package processors

import "strings"

// sendLife is how long a send is remembered after its last change: for so long its final cost and its cancellation find it, and
// another send of its name is refused. It is a year and a month.
const sendLife Time = 400 * 24 * 60 * 60 * 1_000_000

// asking is a send that is asked for, with all that it names.
type asking struct {
	org      *Org
	campaign *Campaign
	sender   *Account
	send     *Send // awaited, where what follows it has come before it
	terms    *CampaignVersion
	team     string   // of the sender
	funding  string   // the funding source that pays
	source   *Account // its account
	approval bool     // nothing is charged before there is one
	charge   charge
}

// requestSend decides a send at once where it can (R6.1): what is refused, for whatever reason, is rejected for good.
func requestSend(b Book, ev *Event, d *Decision) Status {
	var q asking
	if !q.load(b, ev) {
		return Miss
	}
	p := b.Progress()
	switch {
	case q.send != nil && d.dueFirst(p, q.send) || q.sender != nil && d.dueFirst(p, q.sender):
		return DueFirst
	case q.org == nil:
		return d.refuse(UnknownOrg)
	case q.send != nil && q.send.State != SendAwaited:
		return d.refuse(SendExists)
	}
	status := q.decide(b, ev, d)
	if status != Done {
		return status
	}
	s := q.begin(b, ev)
	d.Sent = s
	at := latest(p, ev.RecordedAt)
	switch {
	case d.Result == Refused:
		s.end(SendRejected, tickTime(p, ev.RecordedAt))
	case q.approval:
		q.await(d, s)
		q.count(b)
	case q.charge.pending():
		q.charge.await(b, d, s, at)
		q.count(b)
	default:
		q.charge.post(b, d, s, at)
		s.end(SendAccepted, tickTime(p, ev.RecordedAt))
		d.Outcome = q.charge.accepted(d, s)
	}
	return Done
}

// count counts a send that is pending.
func (q *asking) count(b Book) {
	q.campaign.Pending++
	b.Touch(q.campaign)
}

// accepted is the final answer to who has asked for a send that is charged.
func (c *charge) accepted(d *Decision, s *Send) Outcome {
	o := Outcome{Status: Accepted, Source: s.Source, ID: s.Event, Send: s.ID, Account: c.account, Amount: c.amount}
	if c.lacks > 0 {
		o.Invoice = d.Invoices[0].Invoice.Number
	}
	return o
}

// load looks up what the send names. It asks for all that it can before it gives up.
func (q *asking) load(b Book, ev *Event) bool {
	org, orgKnown := b.Org(ev.Org)
	campaign, campaignKnown := b.Campaign(ev.Org, ev.Send.Campaign)
	sender, senderKnown := b.Account(ev.Org, ev.Send.Sender)
	send, sendKnown := b.Send(ev.Org, ev.Send.Send)
	q.org, q.campaign, q.sender, q.send = org, campaign, sender, send
	known := orgKnown && campaignKnown && senderKnown && sendKnown && q.loadSource(b, ev)
	if !known {
		b.System(ev.Org, RevenueSales, ev.Send.Currency)
	}
	return known
}

// loadSource finds the funding source of a campaign that has one pay: the one that it names, that of the sender's team, or the org's
// default (R6.1).
func (q *asking) loadSource(b Book, ev *Event) (known bool) {
	if q.org == nil || q.campaign == nil || !q.sender.defined() {
		return true
	}
	q.terms, q.team = inForce(q.campaign.Versions, ev.OccurredAt), q.sender.teamAt(ev.OccurredAt)
	if !q.terms.FundingPays {
		return true
	}
	q.funding, known = q.terms.FundingSource, true
	if q.funding == "" {
		if q.funding, _, known = sourceOf(b, q.org, q.team, ev.OccurredAt); !known {
			return false
		}
	}
	if q.funding == "" {
		q.funding = q.org.defaultAt(ev.OccurredAt)
	}
	if q.funding != "" {
		q.source, known = b.Account(q.org.ID, q.funding)
	}
	return known
}

// sourceOf is the funding source of a team; "" where it has none, or there is no team.
func sourceOf(b Book, org *Org, name string, at Time) (source string, found, known bool) {
	if name == "" {
		return "", false, true
	}
	team, known := b.Team(org.ID, name)
	if !known || team == nil {
		return "", false, known
	}
	source, _ = team.sourcesAt(at)
	return source, true, true
}

// await lets the send wait for its approval (R6.4).
func (q *asking) await(d *Decision, s *Send) {
	s.State = ApprovalNeeded
	s.Until = 0
	s.schedule()
	d.Outcome = Outcome{Status: Pending, Reason: ApprovalPending, Send: s.ID, Account: q.charge.account, Amount: q.charge.amount}
}

// decide says who pays, and drafts the charge. It changes nothing.
func (q *asking) decide(b Book, ev *Event, d *Decision) Status {
	switch {
	case q.campaign == nil:
		return d.refuse(UnknownCampaign)
	case !q.sender.defined():
		return d.refuse(UnknownAccount)
	case q.sender.Kind != KindWallet:
		return d.refuse(NotAWallet)
	}
	payer := q.sender
	switch {
	case !q.terms.FundingPays && ev.Send.Trigger:
		return d.refuse(TriggeredNeedsFunding)
	case q.terms.FundingPays && q.funding == "":
		return d.refuse(NoFundingSource)
	case q.terms.FundingPays && !q.source.pays():
		return d.refuse(NotAFundingSource)
	case q.terms.FundingPays && d.dueFirst(b.Progress(), q.source):
		return DueFirst
	case q.terms.FundingPays:
		payer, q.approval = q.source, ev.Send.Trigger && q.terms.Approval
	}
	q.charge = charge{account: payer, price: ev.Send.Cost, currency: ev.Send.Currency}
	if status := q.charge.convert(b, d, ev.OccurredAt); status != Done || d.Result == Refused {
		return status
	}
	if q.approval {
		return d.apply()
	}
	if q.charge.shortfall() > 0 && !q.mayAddFunds(ev.Send) { // exactly enough is enough (R6.2)
		d.Had, d.Needed = payer.available(), q.charge.amount
		return d.refuse(InsufficientFunds)
	}
	return q.charge.raise(b, d, latest(b.Progress(), ev.RecordedAt))
}

// begin makes the send's cell, or takes that in which events wait for it.
func (q *asking) begin(b Book, ev *Event) *Send {
	s := q.send
	if s == nil {
		s = b.NewSend(q.org.ID, strings.Clone(ev.Send.Send))
	} else {
		b.Touch(s)
	}
	s.Source, s.Event = strings.Clone(ev.Source), strings.Clone(ev.ID)
	s.Campaign, s.Sender = strings.Clone(ev.Send.Campaign), strings.Clone(ev.Send.Sender)
	s.Team, s.Funding = strings.Clone(q.team), strings.Clone(q.funding)
	s.OccurredAt, s.Cost, s.Currency = ev.OccurredAt, ev.Send.Cost, ev.Send.Currency
	return s
}

// pays says whether an account is a funding source.
func (a *Account) pays() bool { return a.defined() && a.Kind == KindFundingSource }

// pending says whether the send has no final answer yet.
func (s *Send) pending() bool { return s.State == ApprovalNeeded || s.State == FundsNeeded }

// end makes a send final: all that waits for its end is looked at again.
func (s *Send) end(state SendState, at Time) {
	s.State, s.Looked = state, s.First
	s.keep(at)
}

// keep lets a send that is final, and has changed, be remembered for a while.
func (s *Send) keep(at Time) {
	s.Until = at + sendLife
	s.schedule()
}

// schedule makes the send due at once where events wait that nobody has looked at, and else at the end of what it waits for.
func (s *Send) schedule() {
	s.NextDue = s.Until
	if s.State != SendAwaited && s.Looked < s.Next {
		s.NextDue = DueNow
	}
}

// work does what a send has to do first.
func (s *Send) work(b Book, d *Decision) Status {
	switch {
	case s.State == SendAwaited:
		return s.expireStep(b, d)
	case s.Looked < s.Next:
		return s.takeStep(b, d)
	case s.State == FundsNeeded:
		return s.giveUp(b, d)
	default:
		b.Delete(s) // the end of its life
		return d.silent()
	}
}
