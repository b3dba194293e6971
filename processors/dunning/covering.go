package dunning

import (
	"purser/processors/core"
	"purser/processors/invoice"
	"purser/processors/recharge"
	"purser/processors/send"
)

// covers looks up what a recharge covers, and whose it is; of no other purpose is there anything.
func (s *resolution) covers(b core.Book) (known bool) {
	r := s.recharge
	if r.Purpose == core.AddFunds && r.State != core.Closed {
		return s.loadSend(b)
	}
	if !recharge.MovesOn(r) || r.State == core.Closed || r.Reset {
		return true
	}
	if s.covered, known = b.Covered(r.Org, r.Account, r.Number); !known {
		return false
	}
	s.getters, known = recharge.Getters(s.covered, b)
	return known
}

// giveWithoutCard moves on what waited for a card that is not to be charged any more: that of a source which has come to be paid by invoice,
// even below zero (R5.10), or which has what a licence costs by now (R5.7).
func giveWithoutCard(b core.Book, a *core.Account, r *core.Recharge, d *core.Decision, at core.Time) core.Status {
	c, known := b.Covered(r.Org, r.Account, r.Number)
	if !known {
		return core.Miss
	}
	getters, known := recharge.Getters(c, b)
	err := recharge.DraftCovered(c, b, &d.Draft, a, getters)
	if !known || d.Draft.Missing {
		return core.Miss
	}
	recharge.OnRecharge(d, core.RechargeDropped, a, r)
	if err != nil || !d.Fits() {
		d.Refuse(core.BalanceOutOfRange)
	} else {
		d.Apply()
		d.Post(b, a.Org)
	}
	if d.Result == core.Refused || !d.Draft.Posted(a) {
		b.Touch(a)
	}
	b.Touch(r)
	r.State, r.NextDue = core.Closed, 0
	a.Dunning.Open--
	recharge.EndCovered(c, b, a)
	if d.Result == core.Applied {
		recharge.Judge(d, b, a, at)
		for _, getter := range getters {
			recharge.Judge(d, b, getter, at)
		}
	}
	if r.ID != "" {
		d.Outcome = core.Outcome{Status: core.Accepted, Source: r.Source, ID: r.ID, Account: a, Amount: c.Licence.Amount}
		if d.Result == core.Refused {
			d.Outcome.Status, d.Outcome.Reason = core.Rejected, d.Reason
		}
	}
	core.Number(b, d, a.Org, at)
	return core.Done
}

// failCovering takes the failure of an attempt down that covers something: it is tried again, as often as it may be, and then
// given up. What has been paid by an earlier attempt is not.
func (s *resolution) failCovering(b core.Book, ev *core.Event, d *core.Decision) {
	r := s.recharge
	switch {
	case r.Reset:
		s.close()
	case len(r.Attempts) >= r.Limit:
		s.close()
		alert := s.alert(core.RechargeExhausted, ev)
		alert.Contacts = s.admins(alert.Contacts, ev)
		d.Alerts = append(d.Alerts, alert)
		answerCovered(d, s, core.Rejected)
		if s.covered != nil {
			recharge.EndCovered(s.covered, b, s.account)
		}
	default:
		r.State = core.RetryWaiting
		// Not by the tick that is being worked off: the result had not come when that one was written.
		r.NextDue = max(s.attempt().EmittedAt+r.Every, b.Progress().Target+1)
		alert := s.alert(core.RechargeFailed, ev)
		alert.RetryAt = r.NextDue
		d.Alerts = append(d.Alerts, alert)
	}
}

// paidFor closes a recharge that covers something, now that this has been paid: once, whichever attempt it was. An attempt that is
// open beside it stays open.
func (s *resolution) paidFor(d *core.Decision) {
	r := s.recharge
	if first := r.State != core.Closed && !r.Reset; first {
		answerCovered(d, s, core.Accepted)
	}
	if s.last() || r.State == core.RetryWaiting {
		s.close()
	}
	r.Reset = true
}

// answerCovered is the final word to who asked for it, where someone did.
func answerCovered(d *core.Decision, s *resolution, status core.OutcomeStatus) {
	if s.recharge.ID != "" {
		d.Outcome = s.answer(status)
	}
}

// RetryCovering emits the retry of a recharge that covers something, by the tick at which it falls due and dated from it (R4.3). A
// source that has come to be paid by invoice gets one instead.
func RetryCovering(b core.Book, r *core.Recharge, d *core.Decision) core.Status {
	a, known := b.Account(r.Org, r.Account)
	_, orgKnown := b.Org(r.Org)
	if !known || !orgKnown {
		return core.Miss
	}
	if a.Kind == core.KindCustomerAccount {
		return retryCustomer(b, a, r, d)
	}
	at := b.Progress().Target
	v := core.InForce(a.Versions, at)
	cardless, known := needsNoCard(r, b, a, v)
	switch {
	case !known:
		return core.Miss
	case cardless:
		return giveWithoutCard(b, a, r, d, at)
	case r.Purpose == core.Adjustment:
		return send.RetryAdjustment(b, a, r, d, at)
	}
	b.Touch(a)
	b.Touch(r)
	amount := r.Attempts[0].Amount
	recharge.OnRecharge(d, core.RechargeRetried, a, r)
	if v.Terms.Invoiced() {
		d.Work = core.RechargeDropped
		r.State, r.NextDue = core.Closed, 0
		a.Dunning.Open--
		i := invoice.Issue(d, b, a, v, core.FundingInvoice, amount, r.RechargeID(), "Funding of "+v.Terms.Name, at)
		if r.ID != "" {
			d.Outcome = core.Outcome{Status: core.Accepted, Source: r.Source, ID: r.ID, Account: a, Amount: i.Amount, Invoice: i.Number}
		}
	} else {
		recharge.Attempt(d, a, r, amount, v.Terms.Method, at)
	}
	core.Number(b, d, a.Org, at)
	return d.Apply()
}

// needsNoCard says whether what waits for a card moves on without it when its retry is due: where its source has come to be paid by invoice,
// or has what a licence costs by now.
func needsNoCard(r *core.Recharge, b core.Book, a *core.Account, v *core.AccountVersion) (yes, known bool) {
	if r.Purpose != core.Licence || v.Terms.Invoiced() {
		return v.Terms.Invoiced() && (r.Purpose == core.Licence || r.Purpose == core.TeamBudget), true
	}
	c, known := b.Covered(r.Org, r.Account, r.Number)
	return known && a.Available()+c.Held >= c.Licence.Amount, known
}
