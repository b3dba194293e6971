// Package dunning decides what becomes of a recharge attempt: its result (R4.2, R4.4, R4.7), and the retries of what it was to cover. It stands above all
// that waits for a card.
package dunning

import (
	"slices"

	"purser/processors/charging"
	"purser/processors/core"
	"purser/processors/payment"
	"purser/processors/recharge"
	"purser/processors/send"
)

// resolution is a result of an attempt, with all that it may change.
type resolution struct {
	account  *core.Account
	agency   *core.Account // whose admins hear of an exhausted recharge too (R4.4); nil where there is none beside the account
	recharge *core.Recharge
	auto     *core.Recharge // the account's automatic recharge, where it is another one
	number   int            // of the attempt
	covered  *core.Covered  // what it covers, where that moves money on
	getters  []*core.Account
	waits    send.Waiting    // for this attempt; the zero value: no send does
	charge   charging.Charge // which that is charged when it succeeds
}

// Resolve matches a result with its attempt (R4.7).
func Resolve(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	var s resolution
	known, found := s.load(b, ev)
	if !known {
		return core.Miss
	}
	if !found || !s.account.Defined() {
		return s.unmatched(ev, d, found)
	}
	if s.account.Kind == core.KindCustomerAccount {
		return s.resolveCustomer(b, ev, d)
	}
	if p := b.Progress(); d.DueFirst(p, s.account) || d.DueFirst(p, s.recharge) || s.waits.Send != nil && d.DueFirst(p, s.waits.Send) {
		return core.DueFirst
	}
	told := ev.Resolved.Succeeded
	d.About = s.about(ev)
	d.Sent = s.waits.Send
	switch before := s.attempt().Result; {
	case before == core.Unresolved && !told:
		return s.fail(b, ev, d)
	case before == core.Succeeded && !told:
		dispute(d, &s, ev)
		return d.Apply() // the money has moved
	case before == core.Unresolved || before == core.Failed && told:
		return s.succeed(b, ev, d)
	default:
		return d.Apply() // the same again
	}
}

// Prefetch asks for what a result will need.
func Prefetch(b core.Book, ev *core.Event) {
	var s resolution
	if _, found := s.load(b, ev); found && s.account != nil {
		b.System(ev.Org, core.WorldPayments, s.account.Currency)
	}
}

// load looks up what the result is about; found says whether there was such an attempt.
func (s *resolution) load(b core.Book, ev *core.Event) (known, found bool) {
	name, n, number, ok := recharge.ParseAttempt(ev.Resolved.Attempt)
	if !ok {
		return true, false
	}
	org, orgKnown := b.Org(ev.Org)
	a, accountKnown := b.Account(ev.Org, name)
	r, rechargeKnown := b.Recharge(ev.Org, name, n)
	known = orgKnown && accountKnown && rechargeKnown
	s.account, s.recharge, s.number = a, r, number
	if orgKnown && org != nil && org.AgencyWallet != "" && org.AgencyWallet != name {
		agency, ok := b.Account(ev.Org, org.AgencyWallet)
		s.agency, known = agency, known && ok
	}
	if accountKnown && a != nil && a.Dunning.Auto != 0 && a.Dunning.Auto != n {
		auto, ok := b.Recharge(ev.Org, name, a.Dunning.Auto)
		s.auto, known = auto, known && ok
	}
	if rechargeKnown && r != nil {
		known = s.covers(b) && known
	}
	return known, r != nil && number >= 1 && number <= len(r.Attempts)
}

func (s *resolution) attempt() *core.Attempt { return &s.recharge.Attempts[s.number-1] }

// about names the attempt in the entry.
func (s *resolution) about(ev *core.Event) core.About {
	told := core.Failed
	if ev.Resolved.Succeeded {
		told = core.Succeeded
	}
	return core.About{Recharge: s.recharge, Number: s.number, Told: told, Why: ev.Resolved.Why}
}

// last says whether the result is that of the attempt that the recharge waits for.
func (s *resolution) last() bool {
	return s.recharge.State == core.AttemptOpen && s.number == len(s.recharge.Attempts)
}

// unmatched refuses a result that no attempt, or no account, belongs to, and tells of it: money may have moved.
func (s *resolution) unmatched(ev *core.Event, d *core.Decision, found bool) core.Status {
	why := core.UnknownAttempt
	if found {
		why = core.UnknownAccount
	}
	d.Alerts = append(d.Alerts, core.Alert{Kind: core.UnknownResult, Attempt: ev.Resolved.Attempt, Why: ev.Resolved.Why})
	return d.Refuse(why)
}

// dispute tells of a result that contradicts the one before it.
func dispute(d *core.Decision, s *resolution, ev *core.Event) {
	d.Alerts = append(d.Alerts, s.alert(core.RechargeDisputed, ev))
}

func (s *resolution) alert(kind core.AlertKind, ev *core.Event) core.Alert {
	a := s.account
	return core.Alert{
		Kind: kind, Account: a, Currency: a.Currency, Balance: a.Balance, Contacts: core.InForce(a.Versions, ev.RecordedAt).Contacts,
		Attempt: s.recharge.AttemptID(s.number), Amount: s.attempt().Amount, Why: ev.Resolved.Why,
	}
}

// fail takes a failure down: of an attempt that was asked for, as the answer; of an automatic one, as a retry to come (R4.3), or
// as the end of automatic recharging (R4.4).
func (s *resolution) fail(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	a, r := s.account, s.recharge
	b.Touch(a)
	b.Touch(r)
	s.attempt().Result = core.Failed
	r.NextDue = 0
	switch {
	case recharge.Covers(r.Purpose):
		s.failCovering(b, ev, d)
	case r.Purpose == core.Manual:
		s.close()
		d.Outcome = s.answer(core.Rejected)
	case r.Purpose == core.AddFunds:
		s.close()
		s.rejectSend(b, d, ev)
	case len(r.Attempts) >= r.Limit && !r.Reset:
		s.close()
		a.Dunning.Going, a.Dunning.Exhausted = false, true
		alert := s.alert(core.RechargeExhausted, ev)
		alert.Contacts = s.admins(alert.Contacts, ev)
		d.Alerts = append(d.Alerts, alert)
	default:
		r.State = core.RetryWaiting
		// Not by the tick that is being worked off: the result had not come when that one was written.
		a.Dunning.Retry = max(s.attempt().EmittedAt+r.Every, b.Progress().Target+1)
		a.Schedule()
		alert := s.alert(core.RechargeFailed, ev)
		alert.RetryAt = a.Dunning.Retry
		d.Alerts = append(d.Alerts, alert)
	}
	return d.Apply()
}

// succeed credits the attempt's amount as purchased credit (R4.2), also where the attempt had been given up (R4.7): the money
// has moved.
func (s *resolution) succeed(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	a, r := s.account, s.recharge
	reference := ev.Resolved.Payment
	if reference == "" {
		reference = ev.Resolved.Attempt
	}
	known, loaded := b.Payments(a.Org, a.ID, reference)
	t := &d.Draft
	t.Missing = !loaded
	from, to := t.System(b, a.Org, core.WorldPayments, a.Currency), t.Account(b, a)
	err := t.Move(from, to, s.attempt().Amount, core.Purchased, "")
	if s.covered != nil && err == nil {
		err = recharge.DraftCovered(s.covered, b, t, a, s.getters)
	}
	if err == nil && s.waits.Send != nil {
		err = s.draftSend(b, d)
	}
	if t.Missing {
		return core.Miss
	}
	if err != nil || !d.Fits() {
		return d.Refuse(core.BalanceOutOfRange)
	}
	if s.waits.Send != nil {
		s.waits.Note(&s.charge)
	}
	d.Post(b, a.Org)
	payment.Paid(a, b, known, reference, s.attempt().Amount)
	b.Touch(r)
	if s.attempt().Result == core.Failed {
		dispute(d, s, ev)
	}
	s.attempt().Result = core.Succeeded
	switch {
	case r.Purpose == core.AddFunds:
		s.acceptSend(b, d, ev)
	case recharge.Covers(r.Purpose):
		s.paidFor(d)
	default:
		s.succeeded(b, d)
	}
	if s.covered != nil {
		recharge.EndCovered(s.covered, b, a)
	}
	at := core.Latest(b.Progress(), ev.RecordedAt)
	recharge.Judge(d, b, a, at)
	for _, getter := range s.getters {
		recharge.Judge(d, b, getter, at)
	}
	return d.Apply()
}

// succeeded is the success of an attempt for a balance that is low, or that a person has asked for.
func (s *resolution) succeeded(b core.Book, d *core.Decision) {
	if s.last() {
		s.close()
		if s.recharge.Purpose == core.Automatic {
			s.account.Dunning.Going = false
		} else {
			d.Outcome = s.answer(core.Accepted)
		}
	}
	s.reset(b)
}

// close ends a recharge that was open.
func (s *resolution) close() {
	s.recharge.State, s.recharge.NextDue = core.Closed, 0
	s.account.Dunning.Open--
}

// reset begins the counter anew after a success, of whatever attempt (R4.5). A retry that waits is judged when it falls due.
func (s *resolution) reset(b core.Book) {
	dunning := &s.account.Dunning
	dunning.Exhausted = false
	switch {
	case !dunning.Going:
		dunning.Auto = 0
	case s.auto == nil:
		s.recharge.Reset = true
	default:
		s.auto.Reset = true
		b.Touch(s.auto)
	}
}

// answer is the final word to who asked for the recharge.
func (s *resolution) answer(status core.OutcomeStatus) core.Outcome {
	o := core.Outcome{
		Status: status, Source: s.recharge.Source, ID: s.recharge.ID, Account: s.account,
		Attempt: s.recharge.AttemptID(s.number), Amount: s.attempt().Amount,
	}
	if status == core.Rejected {
		o.Reason = core.PaymentFailed
	}
	if s.covered != nil && s.covered.Licence.Price > 0 {
		o.Amount = s.covered.Licence.Amount
	}
	return o
}

// admins adds the agency's to the account's own, each once.
func (s *resolution) admins(own []string, ev *core.Event) []string {
	all := slices.Clone(own)
	if !s.agency.Defined() {
		return all
	}
	for _, contact := range core.InForce(s.agency.Versions, ev.RecordedAt).Contacts {
		if !slices.Contains(all, contact) {
			all = append(all, contact)
		}
	}
	return all
}
