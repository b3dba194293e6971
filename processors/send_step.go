package processors

import (
	"strings"

	"purser/processors/money"
)

// maxSteps is how many events may wait for one send (R10.3).
const maxSteps = 1000

// maxPaid is how many buckets may have paid for one send, so that its cell is bounded (R10.3).
const maxPaid = 1024

// followSend decides what follows a send: an approval, a decline, its final cost or its cancellation. Events of different topics may
// overtake each other, so one that names a send that nobody knows waits for it (R6.5).
func followSend(b Book, ev *Event, d *Decision) Status {
	s, known := b.Send(ev.Org, ev.Step.Send)
	if !known {
		return Miss
	}
	p := b.Progress()
	if s != nil && d.dueFirst(p, s) {
		return DueFirst
	}
	if s.mustWait(ev) {
		return s.wait(b, ev, d)
	}
	step := step{send: s}
	status := step.decide(b, ev, d)
	if status == Done && d.Result == Applied {
		b.Touch(s)
		d.Sent = s
		step.apply(b, ev, d)
	}
	return status
}

// mustWait says whether an event that follows a send waits: for the send, behind what waits and was not looked at yet, or, an
// adjustment, for the send's end.
func (s *Send) mustWait(ev *Event) bool {
	return s == nil || s.State == SendAwaited || s.Looked < s.Next || s.pending() && ev.Type == SendAdjusted
}

// wait lets an event wait: for the send itself as long as usage does for its account, and for its end as long as that takes.
func (s *Send) wait(b Book, ev *Event, d *Decision) Status {
	if s != nil && s.Next-s.First >= maxSteps {
		return d.refuse(QueueFull)
	}
	looked := s != nil && s.State != SendAwaited && s.Looked == s.Next // it waits for the end
	deadline := now(b.Progress(), ev) + patience
	if s == nil {
		s = b.NewSend(strings.Clone(ev.Org), strings.Clone(ev.Step.Send))
		s.State, s.Until = SendAwaited, deadline
	} else {
		b.Touch(s)
	}
	parked := b.NewParked(s.Org, s.waiting(), s.Next)
	if s.State == SendAwaited {
		parked.Deadline = deadline
	}
	s.Next++
	if looked {
		s.Looked = s.Next
	}
	s.schedule()
	d.Result = Waiting
	return Done
}

// waiting is by what the events that wait for a send are known.
func (s *Send) waiting() string { return sendMark + s.ID }

// expireStep gives up the oldest event that waited for a send which did not come in time.
func (s *Send) expireStep(b Book, d *Decision) Status {
	parked, known := b.Parked(s.Org, s.waiting(), s.First)
	var second *Parked
	if s.First+1 < s.Next {
		var ok bool
		second, ok = b.Parked(s.Org, s.waiting(), s.First+1)
		known = known && ok
	}
	if !known {
		return Miss
	}
	due := s.NextDue
	d.Result, d.Reason, d.Subject = Expired, UnknownSend, parked
	b.Delete(parked)
	s.First++
	s.Looked = s.First
	if second == nil {
		b.Delete(s)
	} else {
		s.Until = max(due, second.Deadline) // in order, even if a deadline were earlier
		s.schedule()
		b.Touch(s)
	}
	number(b, d, s.Org, due)
	return Done
}

// takeStep decides the oldest event that waits and was not looked at yet. An adjustment of a send that is pending goes on waiting.
func (s *Send) takeStep(b Book, d *Decision) Status {
	n := s.Looked
	var parked *Parked
	for ; n < s.Next; n++ {
		var known bool
		if parked, known = b.Parked(s.Org, s.waiting(), n); !known {
			return Miss
		}
		if parked != nil && (!s.pending() || parked.Event.Type != SendAdjusted) {
			break
		}
	}
	if n == s.Next {
		b.Touch(s)
		s.Looked = n
		s.schedule()
		return d.silent()
	}
	step := step{send: s}
	ev := &parked.Event
	if status := step.decide(b, ev, d); status != Done {
		return status
	}
	d.Subject = parked
	b.Touch(s)
	b.Delete(parked)
	if n == s.First {
		s.First++
	}
	s.Looked = n + 1
	if d.Result == Applied {
		d.Sent = s
		step.apply(b, ev, d)
	}
	s.schedule()
	number(b, d, s.Org, ev.OccurredAt)
	return Done
}

// prefetch asks for the accounts that a repayment goes to.
func (s *Send) prefetch(b Book) {
	b.System(s.Org, RevenueSales, s.Currency)
	for i := range s.Payers {
		if s.Payers[i].Account != Suspense {
			b.Account(s.Org, s.Payers[i].Account)
		}
	}
}

// step is one event that follows a send, and what comes of it.
type step struct {
	send *Send
	end  SendState // it makes the send final; 0: it does not
	why  Reason
	back repayment
	ask  charge       // what an approval or an adjustment charges, where somebody pays it
	of   *Campaign    // of a send that waits for an approval
	card waitingSend  // one that waits for a card, and is cancelled
	more money.Amount // what an adjustment adds to the charge
}

// decide drafts what an event does to a send, or refuses it. It changes nothing.
func (t *step) decide(b Book, ev *Event, d *Decision) Status {
	s := t.send
	switch s.State {
	case SendRejected:
		return d.refuse(SendWasRejected)
	case SendCancelled:
		return d.refuse(SendWasCancelled)
	}
	if s.pending() {
		return t.answer(b, ev, d)
	}
	switch ev.Type {
	case SendAdjusted:
		return t.adjust(b, ev, d)
	case SendWithdrawn:
		return t.withdraw(b, ev, d)
	default:
		return d.refuse(NotPendingApproval)
	}
}

// answer is what makes a pending send final (R6.4, R6.5): an approval, which is judged by the balances of now, a decline or a cancellation.
func (t *step) answer(b Book, ev *Event, d *Decision) Status {
	s := t.send
	if s.State == FundsNeeded {
		return t.leave(b, ev, d)
	}
	source, known := b.Account(s.Org, s.Funding)
	campaign, campaignKnown := b.Campaign(s.Org, s.Campaign)
	if !known || !campaignKnown {
		return Miss
	}
	t.of, t.end = campaign, SendRejected
	switch {
	case ev.Type == SendDeclined:
		t.why = Declined
	case ev.Type == SendWithdrawn:
		t.end, t.why = SendCancelled, Cancelled
	case !source.pays():
		t.why = NotAFundingSource
	default:
		return t.approve(b, ev, source, d)
	}
	return d.apply()
}

// leave is what comes of an event that follows a send that waits for a card: only a cancellation ends it before the card does (R6.5).
func (t *step) leave(b Book, ev *Event, d *Decision) Status {
	if ev.Type != SendWithdrawn {
		return d.refuse(NotPendingApproval)
	}
	if !t.card.load(b, t.send) {
		return Miss
	}
	t.end, t.why = SendCancelled, Cancelled
	return d.apply()
}

// approve charges the send, or asks for what lacks (R6.4).
func (t *step) approve(b Book, ev *Event, source *Account, d *Decision) Status {
	s := t.send
	if d.dueFirst(b.Progress(), source) {
		return DueFirst
	}
	t.ask = charge{account: source, price: s.Cost, currency: s.Currency}
	if status := t.ask.convert(b, d, s.OccurredAt); status != Done || d.Result == Refused {
		return status
	}
	t.end = SendAccepted
	return t.ask.raise(b, d, latest(b.Progress(), ev.RecordedAt))
}

// withdraw gives everything that was charged back to whoever paid (R6.9).
func (t *step) withdraw(b Book, ev *Event, d *Decision) Status {
	t.end = SendCancelled
	return t.back.draft(b, d, t.send, 0, tickTime(b.Progress(), ev.RecordedAt))
}

// adjust makes the charge what the send costs in the end (R6.6).
func (t *step) adjust(b Book, ev *Event, d *Decision) Status {
	s := t.send
	if ev.Step.Currency != s.Currency {
		return d.refuse(CurrencyMismatch)
	}
	charged := s.charged()
	if ev.Step.Cost <= charged {
		return t.back.draft(b, d, s, ev.Step.Cost, tickTime(b.Progress(), ev.RecordedAt))
	}
	t.more = ev.Step.Cost - charged
	if s.buckets() >= maxPaid {
		return d.refuse(TooManyGrants)
	}
	payer, known := s.payer(b, ev.OccurredAt)
	switch {
	case !known:
		return Miss
	case !payer.defined():
		return t.suspend(b, d)
	case d.dueFirst(b.Progress(), payer):
		return DueFirst
	}
	t.ask = charge{account: payer, price: t.more, currency: s.Currency, rate: s.rate(payer)}
	if status := t.ask.convert(b, d, s.OccurredAt); status != Done || d.Result == Refused {
		return status
	}
	t.ask.differ(latest(b.Progress(), ev.RecordedAt))
	return t.ask.draft(b, d)
}

// payer is the account that pays what a send costs more in the end (R6.6): its campaign's funding source; where the sender paid, that of the
// team that he was in, the org's default where he was in none, or his own wallet where the team has its members pay. Nil: nobody.
func (s *Send) payer(b Book, at Time) (a *Account, known bool) {
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
			name = org.defaultAt(at)
		}
	}
	if name == "" || !known {
		return nil, known
	}
	return b.Account(s.Org, name)
}

// rate is the one by which an account has paid for the send before; zero: it has not (R2.4).
func (s *Send) rate(a *Account) (rate money.Factor) {
	for i := range s.Payers {
		if s.Payers[i].Account == a.ID {
			return s.Payers[i].Rate
		}
	}
	return rate
}

// suspend drafts a difference that nobody pays: it is posted to suspense (R6.6).
func (t *step) suspend(b Book, d *Decision) Status {
	s := t.send
	from, to := d.draft.system(b, s.Org, Suspense, s.Currency), d.draft.system(b, s.Org, RevenueSales, s.Currency)
	return d.drafted(d.draft.move(from, to, t.more, NoBucket, ""))
}

// apply makes the change. The send is touched.
func (t *step) apply(b Book, ev *Event, d *Decision) {
	s, p := t.send, b.Progress()
	at := latest(p, ev.RecordedAt)
	switch {
	case t.card.send != nil:
		b.Touch(t.card.account)
		t.card.end(b, t.end, tickTime(p, ev.RecordedAt))
		d.Outcome = t.card.answer(Rejected, t.why, 0)
		return
	case t.ask.pending():
		t.ask.await(b, d, s, at)
		return
	case t.ask.account != nil && (t.more > 0 || t.end == SendAccepted):
		t.ask.post(b, d, s, at)
	case t.more > 0:
		t.applySuspense(b, d)
	case t.of == nil:
		t.back.post(b, d, at)
	}
	if t.of != nil {
		t.of.Pending--
		b.Touch(t.of)
		d.Outcome = t.outcome(d)
	}
	if t.end != 0 {
		s.end(t.end, tickTime(p, ev.RecordedAt))
		return
	}
	s.keep(tickTime(p, ev.RecordedAt))
}

// outcome is the final answer to who asked for a send that was pending.
func (t *step) outcome(d *Decision) Outcome {
	s := t.send
	if t.end == SendAccepted {
		return t.ask.accepted(d, s)
	}
	return Outcome{Status: Rejected, Reason: t.why, Source: s.Source, ID: s.Event, Send: s.ID}
}

// applySuspense posts the difference, and tells of it.
func (t *step) applySuspense(b Book, d *Decision) {
	s := t.send
	d.post(b, s.Org)
	s.pay(Payer{Account: Suspense, Rate: money.One, Price: t.more, Revenue: t.more})
	suspense := d.Postings[0].From
	d.Alerts = append(d.Alerts, Alert{
		Kind: AdjustmentInSuspense, Account: suspense, Currency: s.Currency, Balance: suspense.Balance, Amount: t.more, Send: s.ID,
	})
}
