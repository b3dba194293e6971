package processors

import "slices"

// resolution is a result of an attempt, with all that it may change.
type resolution struct {
	account  *Account
	agency   *Account // whose admins hear of an exhausted recharge too (R4.4); nil where there is none beside the account
	recharge *Recharge
	auto     *Recharge // the account's automatic recharge, where it is another one
	number   int       // of the attempt
	covered  *Covered  // what it covers, where that moves money on
	getters  []*Account
	waits    waitingSend // for this attempt; the zero value: no send does
	charge   charge      // which that is charged when it succeeds
}

// resolveAttempt matches a result with its attempt (R4.7).
func resolveAttempt(b Book, ev *Event, d *Decision) Status {
	var s resolution
	known, found := s.load(b, ev)
	if !known {
		return Miss
	}
	if !found || !s.account.defined() {
		return s.unmatched(ev, d, found)
	}
	if p := b.Progress(); d.dueFirst(p, s.account) || d.dueFirst(p, s.recharge) || s.waits.send != nil && d.dueFirst(p, s.waits.send) {
		return DueFirst
	}
	told := ev.Resolved.Succeeded
	d.About = s.about(ev)
	d.Sent = s.waits.send
	switch before := s.attempt().Result; {
	case before == Unresolved && !told:
		return s.fail(b, ev, d)
	case before == Succeeded && !told:
		d.dispute(&s, ev)
		return d.apply() // the money has moved
	case before == Unresolved || before == Failed && told:
		return s.succeed(b, ev, d)
	default:
		return d.apply() // the same again
	}
}

// load looks up what the result is about; found says whether there was such an attempt.
func (s *resolution) load(b Book, ev *Event) (known, found bool) {
	name, n, number, ok := parseAttempt(ev.Resolved.Attempt)
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

func (s *resolution) attempt() *Attempt { return &s.recharge.Attempts[s.number-1] }

// about names the attempt in the entry.
func (s *resolution) about(ev *Event) About {
	told := Failed
	if ev.Resolved.Succeeded {
		told = Succeeded
	}
	return About{Recharge: s.recharge, Number: s.number, Told: told, Why: ev.Resolved.Why}
}

// last says whether the result is that of the attempt that the recharge waits for.
func (s *resolution) last() bool {
	return s.recharge.State == AttemptOpen && s.number == len(s.recharge.Attempts)
}

// unmatched refuses a result that no attempt, or no account, belongs to, and tells of it: money may have moved.
func (s *resolution) unmatched(ev *Event, d *Decision, found bool) Status {
	why := UnknownAttempt
	if found {
		why = UnknownAccount
	}
	d.Alerts = append(d.Alerts, Alert{Kind: UnknownResult, Attempt: ev.Resolved.Attempt, Why: ev.Resolved.Why})
	return d.refuse(why)
}

// dispute tells of a result that contradicts the one before it.
func (d *Decision) dispute(s *resolution, ev *Event) {
	d.Alerts = append(d.Alerts, s.alert(RechargeDisputed, ev))
}

func (s *resolution) alert(kind AlertKind, ev *Event) Alert {
	a := s.account
	return Alert{
		Kind: kind, Account: a, Currency: a.Currency, Balance: a.Balance, Contacts: inForce(a.Versions, ev.RecordedAt).Contacts,
		Attempt: s.recharge.AttemptID(s.number), Amount: s.attempt().Amount, Why: ev.Resolved.Why,
	}
}

// fail takes a failure down: of an attempt that was asked for, as the answer; of an automatic one, as a retry to come (R4.3), or
// as the end of automatic recharging (R4.4).
func (s *resolution) fail(b Book, ev *Event, d *Decision) Status {
	a, r := s.account, s.recharge
	b.Touch(a)
	b.Touch(r)
	s.attempt().Result = Failed
	r.NextDue = 0
	switch {
	case r.Purpose.covers():
		s.failCovering(b, ev, d)
	case r.Purpose == Manual:
		s.close()
		d.Outcome = s.answer(Rejected)
	case r.Purpose == AddFunds:
		s.close()
		s.rejectSend(b, d, ev)
	case len(r.Attempts) >= r.Limit && !r.Reset:
		s.close()
		a.Dunning.Going, a.Dunning.Exhausted = false, true
		alert := s.alert(RechargeExhausted, ev)
		alert.Contacts = s.admins(alert.Contacts, ev)
		d.Alerts = append(d.Alerts, alert)
	default:
		r.State = RetryWaiting
		// Not by the tick that is being worked off: the result had not come when that one was written.
		a.Dunning.Retry = max(s.attempt().EmittedAt+r.Every, b.Progress().Target+1)
		a.schedule()
		alert := s.alert(RechargeFailed, ev)
		alert.RetryAt = a.Dunning.Retry
		d.Alerts = append(d.Alerts, alert)
	}
	return d.apply()
}

// succeed credits the attempt's amount as purchased credit (R4.2), also where the attempt had been given up (R4.7): the money
// has moved.
func (s *resolution) succeed(b Book, ev *Event, d *Decision) Status {
	a, r := s.account, s.recharge
	payment := ev.Resolved.Payment
	if payment == "" {
		payment = ev.Resolved.Attempt
	}
	known, loaded := b.Payments(a.Org, a.ID, payment)
	t := &d.draft
	t.missing = !loaded
	from, to := t.system(b, a.Org, WorldPayments, a.Currency), t.account(b, a)
	err := t.move(from, to, s.attempt().Amount, Purchased, "")
	if s.covered != nil && err == nil {
		err = s.covered.draft(b, t, a, s.getters)
	}
	if err == nil && s.waits.send != nil {
		err = s.draftSend(b, d)
	}
	if t.missing {
		return Miss
	}
	if err != nil || !d.fits() {
		return d.refuse(BalanceOutOfRange)
	}
	if s.waits.send != nil {
		s.charge.note(s.waits.send)
	}
	d.post(b, a.Org)
	a.paid(b, known, payment, s.attempt().Amount)
	b.Touch(r)
	if s.attempt().Result == Failed {
		d.dispute(s, ev)
	}
	s.attempt().Result = Succeeded
	switch {
	case r.Purpose == AddFunds:
		s.acceptSend(b, d, ev)
	case r.Purpose.covers():
		s.paidFor(d)
	default:
		s.succeeded(b, d)
	}
	if s.covered != nil {
		s.covered.end(b, a)
	}
	at := latest(b.Progress(), ev.RecordedAt)
	d.judge(b, a, at)
	for _, getter := range s.getters {
		d.judge(b, getter, at)
	}
	return d.apply()
}

// succeeded is the success of an attempt for a balance that is low, or that a person has asked for.
func (s *resolution) succeeded(b Book, d *Decision) {
	if s.last() {
		s.close()
		if s.recharge.Purpose == Automatic {
			s.account.Dunning.Going = false
		} else {
			d.Outcome = s.answer(Accepted)
		}
	}
	s.reset(b)
}

// close ends a recharge that was open.
func (s *resolution) close() {
	s.recharge.State, s.recharge.NextDue = Closed, 0
	s.account.Dunning.Open--
}

// reset begins the counter anew after a success, of whatever attempt (R4.5). A retry that waits is judged when it falls due.
func (s *resolution) reset(b Book) {
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
func (s *resolution) answer(status OutcomeStatus) Outcome {
	o := Outcome{
		Status: status, Source: s.recharge.Source, ID: s.recharge.ID, Account: s.account,
		Attempt: s.recharge.AttemptID(s.number), Amount: s.attempt().Amount,
	}
	if status == Rejected {
		o.Reason = PaymentFailed
	}
	if s.covered != nil && s.covered.Licence.Price > 0 {
		o.Amount = s.covered.Licence.Amount
	}
	return o
}

// admins adds the agency's to the account's own, each once.
func (s *resolution) admins(own []string, ev *Event) []string {
	all := slices.Clone(own)
	if !s.agency.defined() {
		return all
	}
	for _, contact := range inForce(s.agency.Versions, ev.RecordedAt).Contacts {
		if !slices.Contains(all, contact) {
			all = append(all, contact)
		}
	}
	return all
}

// retryRecharge emits the retry that has fallen due, by the tick at which it does and dated from it (R4.3); or drops it, where
// the balance is no longer lower than the threshold (R4.6), or a source has come to be paid by invoice: then it gets one (R5.3).
func retryRecharge(b Book, a *Account, d *Decision) Status {
	r, known := b.Recharge(a.Org, a.ID, a.Dunning.Auto)
	if a.Kind == KindFundingSource {
		_, ok := b.Org(a.Org)
		known = known && ok
	}
	if !known {
		return Miss
	}
	at := b.Progress().Target
	v := inForce(a.Versions, at)
	b.Touch(a)
	b.Touch(r)
	a.Dunning.Retry = 0
	a.schedule()
	d.onRecharge(RechargeRetried, a, r)
	switch {
	case v.Recharge == nil || v.Recharge.Method == "" || !v.Recharge.low(a.available()):
		d.Work = RechargeDropped
		a.drop(r)
		if v.Terms.invoiced() {
			d.recharge(b, a, v, at)
		}
	case r.Reset:
		a.drop(r)
		d.recharge(b, a, v, at)
	default:
		d.attempt(a, r, v.Recharge.Amount, v.Recharge.Method, at)
	}
	number(b, d, a.Org, at)
	return d.apply()
}

// onRecharge says that due work is on a recharge, about its last attempt.
func (d *Decision) onRecharge(work Work, a *Account, r *Recharge) {
	n := len(r.Attempts)
	d.Work, d.Worker, d.Worked, d.About = work, a, r.AttemptID(n), About{Recharge: r, Number: n}
}

// drop closes an automatic recharge without a further attempt. The next one goes on with its number, unless a success has
// come since.
func (a *Account) drop(r *Recharge) {
	r.State = Closed
	a.Dunning.Open--
	a.Dunning.Going = false
	if r.Reset {
		a.Dunning.Auto = 0
	}
}

// tellUnresolved alerts once that an attempt has no result. It stays open: a second charge for it never goes out (R4.7).
func tellUnresolved(b Book, r *Recharge, d *Decision) Status {
	a, known := b.Account(r.Org, r.Account)
	if !known {
		return Miss
	}
	due, n := r.NextDue, len(r.Attempts)
	r.NextDue = 0
	b.Touch(r)
	d.Alerts = append(d.Alerts, Alert{
		Kind: RechargeUnresolved, Account: a, Currency: a.Currency, Balance: a.Balance,
		Contacts: inForce(a.Versions, latest(b.Progress(), due)).Contacts, Attempt: r.AttemptID(n), Amount: r.Attempts[n-1].Amount,
	})
	d.onRecharge(AttemptUnresolved, a, r)
	number(b, d, r.Org, due)
	return d.apply()
}
