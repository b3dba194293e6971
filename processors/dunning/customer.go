package dunning

import (
	"purser/processors/core"
	"purser/processors/customer"
	"purser/processors/recharge"
)

// resolveCustomer takes a result down of a card that was asked for a customer account: what it pays is a transaction, whatever has become of the
// account (R8.6), and a charge that has waited for it is posted next (R8.5).
func (s *resolution) resolveCustomer(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	var x customer.Collection
	attempt, at := s.recharge.AttemptID(s.number), core.Latest(b.Progress(), ev.RecordedAt)
	if !x.Load(b, s.account, s.recharge, attempt, at) {
		return core.Miss
	}
	if d.DueFirst(b.Progress(), s.recharge) || x.DueFirst(d) {
		return core.DueFirst
	}
	d.About = s.about(ev)
	switch before, told := s.attempt().Result, ev.Resolved.Succeeded; {
	case before == core.Unresolved && !told:
		s.failCustomer(b, ev, d, &x)
	case before == core.Succeeded && !told:
		dispute(d, s, ev) // the money has moved
	case before == core.Unresolved || before == core.Failed && told:
		if status := x.Post(d, s.attempt().Amount, attempt, ev.OccurredAt); status != core.Done || d.Result == core.Refused {
			return status
		}
		b.Touch(s.recharge)
		if before == core.Failed {
			dispute(d, s, ev)
		}
		s.attempt().Result = core.Succeeded
		s.succeedCustomer(d, &x)
	}
	return d.Apply()
}

// succeedCustomer ends the recharge that has been paid. The payment is posted.
func (s *resolution) succeedCustomer(d *core.Decision, x *customer.Collection) {
	if s.recharge.Purpose == core.RecurringPayment {
		s.paidFor(d)
	} else {
		if s.last() {
			s.close()
		}
		x.Paid()
	}
	x.End()
}

// failCustomer rejects the charge that has waited for a card, or has an invoice's asked again, as often as it may be (R4.3), unless the account is
// terminated (R8.6).
func (s *resolution) failCustomer(b core.Book, ev *core.Event, d *core.Decision, x *customer.Collection) {
	b.Touch(s.account)
	b.Touch(s.recharge)
	s.attempt().Result = core.Failed
	s.recharge.NextDue = 0
	switch {
	case s.recharge.Purpose != core.RecurringPayment:
		s.close()
		x.Failed(d)
	case x.Terminated() && !s.recharge.Reset:
		s.close()
		d.Alerts = append(d.Alerts, s.alert(core.RechargeFailed, ev))
	default:
		s.failCovering(b, ev, d)
	}
	if s.recharge.State == core.Closed {
		x.End()
	}
}

// retryCustomer asks a card again for what is open of an invoice by now, or drops the retry where nothing is to be asked any more (R4.3, R8.6).
func retryCustomer(b core.Book, a *core.Account, r *core.Recharge, d *core.Decision) core.Status {
	var x customer.Collection
	at := b.Progress().Target
	if !x.Load(b, a, r, r.AttemptID(len(r.Attempts)), at) {
		return core.Miss
	}
	b.Touch(a)
	b.Touch(r)
	recharge.OnRecharge(d, core.RechargeRetried, a, r)
	if method, open := x.Asks(); method != "" {
		recharge.Attempt(d, a, r, open, method, at)
	} else {
		d.Work = core.RechargeDropped
		r.State, r.NextDue = core.Closed, 0
		a.Dunning.Open--
		x.End()
	}
	core.Number(b, d, a.Org, at)
	return d.Apply()
}
