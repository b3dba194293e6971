package send

import (
	"purser/processors/charging"
	"purser/processors/core"
	"purser/processors/funding"
	"purser/processors/money"
	"purser/processors/spending"
)

// maxSteps is how many events may wait for one send (R10.3).
const maxSteps = 1000

// maxPaid is how many buckets may have paid for one send, so that its cell is bounded (R10.3).
const maxPaid = 1024

// Follow decides what follows a send: an approval, a decline, its final cost or its cancellation. Events of different topics may
// overtake each other, so one that names a send that nobody knows waits for it (R6.5).
func Follow(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	s, known := b.Send(ev.Org, ev.Step.Send)
	if !known {
		return core.Miss
	}
	p := b.Progress()
	if s != nil && d.DueFirst(p, s) {
		return core.DueFirst
	}
	if mustWait(s, ev) {
		return wait(s, b, ev, d)
	}
	step := step{send: s}
	status := step.decide(b, ev, d)
	if status == core.Done && d.Result == core.Applied {
		b.Touch(s)
		d.Sent = s
		step.apply(b, ev, d)
	}
	return status
}

// mustWait says whether an event that follows a send waits: for the send, behind what waits and was not looked at yet, or, an
// adjustment, for the send's end.
func mustWait(s *core.Send, ev *core.Event) bool {
	return s == nil || s.State == core.SendAwaited || s.Looked < s.Next || pending(s) && ev.Type == core.SendAdjusted
}

// wait lets an event wait: for the send itself as long as usage does for its account, and for its end as long as that takes.
func wait(s *core.Send, b core.Book, ev *core.Event, d *core.Decision) core.Status {
	if s != nil && s.Next-s.First >= maxSteps {
		return d.Refuse(core.QueueFull)
	}
	looked := s != nil && s.State != core.SendAwaited && s.Looked == s.Next // it waits for the end
	deadline := core.Now(b.Progress(), ev) + core.Patience
	if s == nil {
		s = b.NewSend(ev.Org, ev.Step.Send)
		s.State, s.Until = core.SendAwaited, deadline
	} else {
		b.Touch(s)
	}
	parked := b.NewParked(s.Org, waiting(s), s.Next)
	if s.State == core.SendAwaited {
		parked.Deadline = deadline
	}
	s.Next++
	if looked {
		s.Looked = s.Next
	}
	schedule(s)
	d.Result = core.Waiting
	return core.Done
}

// waiting is by what the events that wait for a send are known.
func waiting(s *core.Send) string { return core.SendMark + s.ID }

// expireStep gives up the oldest event that waited for a send which did not come in time.
func expireStep(s *core.Send, b core.Book, d *core.Decision) core.Status {
	parked, known := b.Parked(s.Org, waiting(s), s.First)
	var second *core.Parked
	if s.First+1 < s.Next {
		var ok bool
		second, ok = b.Parked(s.Org, waiting(s), s.First+1)
		known = known && ok
	}
	if !known {
		return core.Miss
	}
	due := s.NextDue
	d.Result, d.Reason, d.Subject = core.Expired, core.UnknownSend, parked
	b.Delete(parked)
	s.First++
	s.Looked = s.First
	if second == nil {
		b.Delete(s)
	} else {
		s.Until = max(due, second.Deadline) // in order, even if a deadline were earlier
		schedule(s)
		b.Touch(s)
	}
	core.Number(b, d, s.Org, due)
	return core.Done
}

// takeStep decides the oldest event that waits and was not looked at yet. An adjustment of a send that is pending goes on waiting.
func takeStep(s *core.Send, b core.Book, d *core.Decision) core.Status {
	n := s.Looked
	var parked *core.Parked
	for ; n < s.Next; n++ {
		var known bool
		if parked, known = b.Parked(s.Org, waiting(s), n); !known {
			return core.Miss
		}
		if parked != nil && (!pending(s) || parked.Event.Type != core.SendAdjusted) {
			break
		}
	}
	if n == s.Next {
		b.Touch(s)
		s.Looked = n
		schedule(s)
		return d.Silent()
	}
	step := step{send: s}
	ev := &parked.Event
	if status := step.decide(b, ev, d); status != core.Done {
		return status
	}
	d.Subject = parked
	b.Touch(s)
	b.Delete(parked)
	if n == s.First {
		s.First++
	}
	s.Looked = n + 1
	if d.Result == core.Applied {
		d.Sent = s
		step.apply(b, ev, d)
	}
	schedule(s)
	core.Number(b, d, s.Org, ev.OccurredAt)
	return core.Done
}

// prefetch asks for the accounts that a repayment goes to.
func prefetch(s *core.Send, b core.Book) {
	b.System(s.Org, core.RevenueSales, s.Currency)
	for i := range s.Payers {
		if s.Payers[i].Account != core.Suspense {
			b.Account(s.Org, s.Payers[i].Account)
		}
	}
}

// step is one event that follows a send, and what comes of it.
type step struct {
	send  *core.Send
	end   core.SendState // it makes the send final; 0: it does not
	why   core.Reason
	back  Repayment
	ask   charging.Charge // what an approval or an adjustment charges, where somebody pays it
	of    *core.Campaign  // of a send that waits for an approval
	card  Waiting         // one that waits for a card, and is cancelled
	more  money.Amount    // what an adjustment adds to the charge
	spent *core.Spent
	use   spending.Use // what pays first of a send that is approved (R6.10)
}

// decide drafts what an event does to a send, or refuses it. It changes nothing.
func (t *step) decide(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	s := t.send
	switch s.State {
	case core.SendRejected:
		return d.Refuse(core.SendWasRejected)
	case core.SendCancelled:
		return d.Refuse(core.SendWasCancelled)
	}
	if pending(s) {
		return t.answer(b, ev, d)
	}
	switch ev.Type {
	case core.SendAdjusted:
		return t.adjust(b, ev, d)
	case core.SendWithdrawn:
		return t.withdraw(b, ev, d)
	default:
		return d.Refuse(core.NotPendingApproval)
	}
}

// answer is what makes a pending send final (R6.4, R6.5): an approval, which is judged by the balances of now, a decline or a cancellation.
func (t *step) answer(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	s := t.send
	if s.State == core.FundsNeeded {
		return t.leave(b, ev, d)
	}
	source, known := b.Account(s.Org, s.Funding)
	campaign, campaignKnown := b.Campaign(s.Org, s.Campaign)
	if !known || !campaignKnown {
		return core.Miss
	}
	t.of, t.end = campaign, core.SendRejected
	switch {
	case ev.Type == core.SendDeclined:
		t.why = core.Declined
	case ev.Type == core.SendWithdrawn:
		t.end, t.why = core.SendCancelled, core.Cancelled
	case !source.Pays():
		t.why = core.NotAFundingSource
	default:
		return t.approve(b, ev, source, d)
	}
	return d.Apply()
}

// leave is what comes of an event that follows a send that waits for a card: only a cancellation ends it before the card does (R6.5).
func (t *step) leave(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	if ev.Type != core.SendWithdrawn {
		return d.Refuse(core.NotPendingApproval)
	}
	if !t.card.Load(b, t.send) {
		return core.Miss
	}
	if t.card.DueFirst(b, d) {
		return core.DueFirst
	}
	t.end, t.why = core.SendCancelled, core.Cancelled
	return d.Apply()
}

// approve charges the send, or asks for what lacks (R6.4).
func (t *step) approve(b core.Book, ev *core.Event, source *core.Account, d *core.Decision) core.Status {
	s := t.send
	if d.DueFirst(b.Progress(), source) {
		return core.DueFirst
	}
	if s.Part.Spending != "" {
		org, known := b.Org(s.Org)
		if !known || !t.use.Load(b, org, s.Part.Spending, s.Sender, s.OccurredAt) {
			return core.Miss
		}
		if t.use.DueFirst(b, d) {
			return core.DueFirst
		}
		if t.why = t.use.JudgeAgain(s.Cost, s.Part.May, s.Currency); t.why != core.ReasonNone {
			return d.Apply() // it pays nothing by now, and so the send is rejected
		}
	}
	t.ask = charging.Charge{Account: source, Price: s.Cost - t.use.Amount, Currency: s.Currency}
	if status := t.ask.Convert(b, d, s.OccurredAt); status != core.Done || d.Result == core.Refused {
		return status
	}
	at := core.Latest(b.Progress(), ev.RecordedAt)
	if status := draftPart(&t.use, b, d, t.ask.Waits(at)); status != core.Done || d.Result == core.Refused {
		return status
	}
	t.end = core.SendAccepted
	return t.ask.Raise(b, d, at)
}

// withdraw gives everything that was charged back to whoever paid (R6.9).
func (t *step) withdraw(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	t.end = core.SendCancelled
	return t.back.Draft(b, d, t.send, 0, core.TickTime(b.Progress(), ev.RecordedAt))
}

// adjust makes the charge what the send costs in the end (R6.6).
func (t *step) adjust(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	s := t.send
	if ev.Step.Currency != s.Currency {
		return d.Refuse(core.CurrencyMismatch)
	}
	charged := charged(s)
	if ev.Step.Cost <= charged {
		return t.back.Draft(b, d, s, ev.Step.Cost, core.TickTime(b.Progress(), ev.RecordedAt))
	}
	t.more = ev.Step.Cost - charged
	if bucketsOf(s) >= maxPaid {
		return d.Refuse(core.TooManyGrants)
	}
	payer, known := payerOf(s, b, ev.OccurredAt)
	switch {
	case !known:
		return core.Miss
	case !payer.Defined():
		return t.suspend(b, d)
	case d.DueFirst(b.Progress(), payer):
		return core.DueFirst
	}
	t.ask = charging.Charge{Account: payer, Price: t.more, Currency: s.Currency, Rate: rateOf(s, payer)}
	if status := t.ask.Convert(b, d, s.OccurredAt); status != core.Done || d.Result == core.Refused {
		return status
	}
	differ(&t.ask, core.Latest(b.Progress(), ev.RecordedAt))
	return t.ask.Draft(b, d)
}

// payerOf is the account that pays what a send costs more in the end (R6.6): its campaign's funding source; where the sender paid, that of the
// team that he was in, the org's default where he was in none, or his own wallet where the team has its members pay. Nil: nobody.
func payerOf(s *core.Send, b core.Book, at core.Time) (a *core.Account, known bool) {
	name := s.Funding
	org, known := b.Org(s.Org)
	if name == "" && known {
		source, inTeam, ok := sourceOf(b, org, s.Team, at)
		switch {
		case !ok:
			return nil, false
		case inTeam && source == "":
			name = s.Sender
		case inTeam:
			name = source
		default:
			name = funding.DefaultAt(org, at)
		}
	}
	if name == "" || !known {
		return nil, known
	}
	return b.Account(s.Org, name)
}

// rateOf is the one by which an account has paid for the send before; zero: it has not (R2.4).
func rateOf(s *core.Send, a *core.Account) (rate money.Factor) {
	for i := range s.Payers {
		if s.Payers[i].Account == a.ID {
			return s.Payers[i].Rate
		}
	}
	return rate
}

// suspend drafts a difference that nobody pays: it is posted to suspense (R6.6).
func (t *step) suspend(b core.Book, d *core.Decision) core.Status {
	s := t.send
	from, to := d.Draft.System(b, s.Org, core.Suspense, s.Currency), d.Draft.System(b, s.Org, core.RevenueSales, s.Currency)
	return charging.Drafted(d, d.Draft.Move(from, to, t.more, core.NoBucket, ""))
}

// apply makes the change. The send is touched.
func (t *step) apply(b core.Book, ev *core.Event, d *core.Decision) {
	s, p := t.send, b.Progress()
	at := core.Latest(p, ev.RecordedAt)
	switch {
	case t.card.Send != nil:
		b.Touch(t.card.account)
		t.card.End(b, d, t.end, core.TickTime(p, ev.RecordedAt))
		d.Outcome = t.card.Answer(core.Rejected, t.why, 0)
		return
	case t.ask.Pending():
		holdPart(&t.use, b, d, s)
		await(&t.ask, b, d, s, at)
		return
	case t.ask.Account != nil && (t.more > 0 || t.end == core.SendAccepted):
		notePart(&t.use, s)
		post(&t.ask, b, d, s, at)
		t.spent = commitPart(&t.use, b, d, s)
	case t.more > 0:
		t.applySuspense(b, d)
	case t.of == nil:
		t.back.Post(b, d, at)
	}
	if t.of != nil {
		t.of.Pending--
		b.Touch(t.of)
		d.Outcome = t.outcome(d)
	}
	if t.end != 0 {
		end(s, t.end, core.TickTime(p, ev.RecordedAt))
		return
	}
	keep(s, core.TickTime(p, ev.RecordedAt))
}

// outcome is the final answer to who asked for a send that was pending.
func (t *step) outcome(d *core.Decision) core.Outcome {
	s := t.send
	if t.end == core.SendAccepted {
		return accepted(&t.ask, d, s, t.spent)
	}
	return core.Outcome{Status: core.Rejected, Reason: t.why, Source: s.Source, ID: s.Event, Send: s.ID}
}

// applySuspense posts the difference, and tells of it.
func (t *step) applySuspense(b core.Book, d *core.Decision) {
	s := t.send
	d.Post(b, s.Org)
	pay(s, core.Payer{Account: core.Suspense, Rate: money.One, Price: t.more, Revenue: t.more})
	suspense := d.Postings[0].From
	d.Alerts = append(d.Alerts, core.Alert{
		Kind: core.AdjustmentInSuspense, Account: suspense, Currency: s.Currency, Balance: suspense.Balance, Amount: t.more, Send: s.ID,
	})
}
