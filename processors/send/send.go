// Package send is about campaigns and sends (R6): who pays (R6.1), what is pending (R6.3, R6.4), and what follows: final costs and cancellations
// (R6.5 to R6.9).
package send

import (
	"strings"

	"purser/processors/charging"
	"purser/processors/core"
	"purser/processors/funding"
	"purser/processors/spending"
)

// sendLife is how long a send is remembered after its last change: for so long its final cost and its cancellation find it, and
// another send of its name is refused. It is a year and a month.
const sendLife core.Time = 400 * 24 * 60 * 60 * 1_000_000

// asking is a send that is asked for, with all that it names.
type asking struct {
	org      *core.Org
	campaign *core.Campaign
	sender   *core.Account
	send     *core.Send // awaited, where what follows it has come before it
	terms    *core.CampaignVersion
	team     string        // of the sender
	funding  string        // the funding source that pays
	source   *core.Account // its account: whoever named it was refused where it is none (R5.1, R6.1), and it stays as long as it is named (R2.3)
	approval bool          // nothing is charged before there is one
	charge   charging.Charge
	use      spending.Use // the spending account that pays first, where one is named
}

// Request decides a send at once where it can (R6.1): what is refused, for whatever reason, is rejected for good.
func Request(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	var q asking
	if !q.load(b, ev) {
		return core.Miss
	}
	p := b.Progress()
	switch {
	case q.send != nil && d.DueFirst(p, q.send) || q.sender != nil && d.DueFirst(p, q.sender):
		return core.DueFirst
	case q.org == nil:
		return d.Refuse(core.UnknownOrg)
	case q.send != nil && q.send.State != core.SendAwaited:
		return d.Refuse(core.SendExists)
	}
	status := q.decide(b, ev, d)
	if status != core.Done {
		return status
	}
	s := q.begin(b, ev)
	d.Sent = s
	at := core.Latest(p, ev.RecordedAt)
	switch {
	case d.Result == core.Refused:
		end(s, core.SendRejected, core.TickTime(p, ev.RecordedAt))
	case q.approval:
		q.await(d, s)
		q.count(b)
	case q.charge.Pending():
		holdPart(&q.use, b, d, s)
		await(&q.charge, b, d, s, at)
		q.count(b)
	default:
		notePart(&q.use, s)
		post(&q.charge, b, d, s, at)
		spent := commitPart(&q.use, b, d, s)
		end(s, core.SendAccepted, core.TickTime(p, ev.RecordedAt))
		d.Outcome = accepted(&q.charge, d, s, spent)
	}
	return core.Done
}

// Prefetch asks for what a send, or what follows one, will need.
func Prefetch(b core.Book, ev *core.Event) {
	if ev.Type == core.SendRequested {
		new(asking).load(b, ev)
	} else if s, known := b.Send(ev.Org, ev.Step.Send); known && s != nil {
		prefetch(s, b)
	}
}

// PrefetchDue asks for what the send's due work will need.
func PrefetchDue(s *core.Send, b core.Book) {
	if s.First < s.Next {
		b.Parked(s.Org, waiting(s), max(s.First, s.Looked))
	}
	if s.State == core.FundsNeeded {
		new(Waiting).Load(b, s)
	}
}

// count counts a send that is pending.
func (q *asking) count(b core.Book) {
	q.campaign.Pending++
	b.Touch(q.campaign)
}

// accepted is the final answer to who has asked for a send that is charged.
func accepted(c *charging.Charge, d *core.Decision, s *core.Send, spent *core.Spent) core.Outcome {
	o := core.Outcome{Status: core.Accepted, Source: s.Source, ID: s.Event, Send: s.ID, Account: c.Account, Amount: c.Amount}
	parted(&o, spent)
	if c.Lacks > 0 {
		o.Invoice = d.Invoices[0].Invoice.Number
	}
	return o
}

// load looks up what the send names. It asks for all that it can before it gives up.
func (q *asking) load(b core.Book, ev *core.Event) bool {
	org, orgKnown := b.Org(ev.Org)
	campaign, campaignKnown := b.Campaign(ev.Org, ev.Send.Campaign)
	sender, senderKnown := b.Account(ev.Org, ev.Send.Sender)
	send, sendKnown := b.Send(ev.Org, ev.Send.Send)
	q.org, q.campaign, q.sender, q.send = org, campaign, sender, send
	known := orgKnown && campaignKnown && senderKnown && sendKnown && q.loadSource(b, ev)
	if ev.Send.Spending != "" && org != nil {
		ok := q.use.Load(b, org, ev.Send.Spending, ev.Send.Sender, ev.OccurredAt)
		known = known && ok
	}
	if !known {
		b.System(ev.Org, core.RevenueSales, ev.Send.Currency)
	}
	return known
}

// loadSource finds the funding source of a campaign that has one pay: the one that it names, that of the sender's team, or the org's
// default (R6.1).
func (q *asking) loadSource(b core.Book, ev *core.Event) (known bool) {
	if q.org == nil || q.campaign == nil || !q.sender.Defined() {
		return true
	}
	q.terms, q.team = core.InForce(q.campaign.Versions, ev.OccurredAt), q.sender.TeamAt(ev.OccurredAt)
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
		q.funding = funding.DefaultAt(q.org, ev.OccurredAt)
	}
	if q.funding != "" {
		q.source, known = b.Account(q.org.ID, q.funding)
	}
	return known
}

// sourceOf is the funding source of a team; "" where it has none, or there is no team.
func sourceOf(b core.Book, org *core.Org, name string, at core.Time) (source string, found, known bool) {
	if name == "" {
		return "", false, true
	}
	team, known := b.Team(org.ID, name)
	if !known || team == nil {
		return "", false, known
	}
	source, _ = team.SourcesAt(at)
	return source, true, true
}

// await lets the send wait for its approval (R6.4).
func (q *asking) await(d *core.Decision, s *core.Send) {
	s.State = core.ApprovalNeeded
	s.Until = 0
	schedule(s)
	d.Outcome = core.Outcome{Status: core.Pending, Reason: core.ApprovalPending, Send: s.ID, Account: q.charge.Account, Amount: q.charge.Amount}
}

// decide says who pays, and drafts the charge. It changes nothing.
func (q *asking) decide(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	switch {
	case q.campaign == nil:
		return d.Refuse(core.UnknownCampaign)
	case !q.sender.Defined():
		return d.Refuse(core.UnknownAccount)
	case q.sender.Kind != core.KindWallet:
		return d.Refuse(core.NotAWallet)
	}
	payer := q.sender
	switch {
	case !q.terms.FundingPays && ev.Send.Trigger:
		return d.Refuse(core.TriggeredNeedsFunding)
	case q.terms.FundingPays && q.funding == "":
		return d.Refuse(core.NoFundingSource)
	case q.terms.FundingPays && d.DueFirst(b.Progress(), q.source):
		return core.DueFirst
	case q.terms.FundingPays:
		payer, q.approval = q.source, ev.Send.Trigger && q.terms.Approval
	}
	if q.use.DueFirst(b, d) {
		return core.DueFirst
	}
	if why := q.judgePart(ev.Send); why != core.ReasonNone {
		d.Had, d.Needed = q.use.Amount, q.use.Cost
		return d.Refuse(why)
	}
	q.charge = charging.Charge{Account: payer, Price: ev.Send.Cost - q.use.Amount, Currency: ev.Send.Currency}
	if status := q.charge.Convert(b, d, ev.OccurredAt); status != core.Done || d.Result == core.Refused {
		return status
	}
	if q.approval {
		return d.Apply()
	}
	if q.charge.Shortfall() > 0 && !q.mayAddFunds(ev.Send) { // exactly enough is enough (R6.2)
		d.Had, d.Needed = payer.Available(), q.charge.Amount
		return d.Refuse(core.InsufficientFunds)
	}
	at := core.Latest(b.Progress(), ev.RecordedAt)
	if status := draftPart(&q.use, b, d, q.charge.Waits(at)); status != core.Done || d.Result == core.Refused {
		return status
	}
	return q.charge.Raise(b, d, at)
}

// begin makes the send's cell, or takes that in which events wait for it.
func (q *asking) begin(b core.Book, ev *core.Event) *core.Send {
	s := q.send
	if s == nil {
		s = b.NewSend(q.org.ID, ev.Send.Send)
	} else {
		b.Touch(s)
	}
	s.Source, s.Event = strings.Clone(ev.Source), strings.Clone(ev.ID)
	s.Campaign, s.Sender = q.names(ev)
	s.Team, s.Funding = q.team, q.funding
	s.OccurredAt, s.Cost, s.Currency = ev.OccurredAt, ev.Send.Cost, ev.Send.Currency
	s.Part = core.SpendingPart{Spending: strings.Clone(ev.Send.Spending), May: q.use.May}
	return s
}

// names are the campaign and the sender: where there are such cells, by the strings that those hold already.
func (q *asking) names(ev *core.Event) (campaign, sender string) {
	if q.campaign != nil {
		campaign = q.campaign.ID
	} else {
		campaign = strings.Clone(ev.Send.Campaign)
	}
	if q.sender != nil {
		return campaign, q.sender.ID
	}
	return campaign, strings.Clone(ev.Send.Sender)
}

// pending says whether the send has no final answer yet.
func pending(s *core.Send) bool { return s.State == core.ApprovalNeeded || s.State == core.FundsNeeded }

// end makes a send final: all that waits for its end is looked at again.
func end(s *core.Send, state core.SendState, at core.Time) {
	s.State, s.Looked = state, s.First
	keep(s, at)
}

// keep lets a send that is final, and has changed, be remembered for a while.
func keep(s *core.Send, at core.Time) {
	s.Until = at + sendLife
	schedule(s)
}

// schedule makes the send due at once where events wait that nobody has looked at, and else at the end of what it waits for.
func schedule(s *core.Send) {
	s.NextDue = s.Until
	if s.State != core.SendAwaited && s.Looked < s.Next {
		s.NextDue = core.DueNow
	}
}

// Work does what a send has to do first.
func Work(s *core.Send, b core.Book, d *core.Decision) core.Status {
	switch {
	case s.State == core.SendAwaited:
		return expireStep(s, b, d)
	case s.Looked < s.Next:
		return takeStep(s, b, d)
	case s.State == core.FundsNeeded:
		return giveUp(s, b, d)
	default:
		b.Delete(s) // the end of its life
		return d.Silent()
	}
}
