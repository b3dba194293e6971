package recharge

import "purser/processors/core"

// Retry emits the retry that has fallen due, by the tick at which it does and dated from it (R4.3); or drops it, where
// the balance is no longer lower than the threshold (R4.6), or a source has come to be paid by invoice: then it gets one (R5.3).
func Retry(b core.Book, a *core.Account, d *core.Decision) core.Status {
	r, known := b.Recharge(a.Org, a.ID, a.Dunning.Auto)
	if a.Kind == core.KindFundingSource {
		_, ok := b.Org(a.Org)
		known = known && ok
	}
	if !known {
		return core.Miss
	}
	at := b.Progress().Target
	v := core.InForce(a.Versions, at)
	b.Touch(a)
	b.Touch(r)
	a.Dunning.Retry = 0
	a.Schedule()
	OnRecharge(d, core.RechargeRetried, a, r)
	switch {
	case v.Recharge == nil || v.Recharge.Method == "" || !short(v.Recharge, a.Available()):
		d.Work = core.RechargeDropped
		drop(a, r)
		if v.Terms.Invoiced() {
			automatic(d, b, a, v, at)
		}
	case r.Reset:
		drop(a, r)
		automatic(d, b, a, v, at)
	default:
		Attempt(d, a, r, v.Recharge.Amount, v.Recharge.Method, at)
	}
	core.Number(b, d, a.Org, at)
	return d.Apply()
}

// OnRecharge says that due work is on a recharge, about its last attempt.
func OnRecharge(d *core.Decision, work core.Work, a *core.Account, r *core.Recharge) {
	n := len(r.Attempts)
	d.Work, d.Worker, d.Worked, d.About = work, a, r.AttemptID(n), core.About{Recharge: r, Number: n}
}

// drop closes an automatic recharge without a further attempt. The next one goes on with its number, unless a success has
// come since.
func drop(a *core.Account, r *core.Recharge) {
	r.State = core.Closed
	a.Dunning.Open--
	a.Dunning.Going = false
	if r.Reset {
		a.Dunning.Auto = 0
	}
}

// TellUnresolved alerts once that an attempt has no result. It stays open: a second charge for it never goes out (R4.7).
func TellUnresolved(b core.Book, r *core.Recharge, d *core.Decision) core.Status {
	a, known := b.Account(r.Org, r.Account)
	if !known {
		return core.Miss
	}
	due, n := r.NextDue, len(r.Attempts)
	r.NextDue = 0
	b.Touch(r)
	d.Alerts = append(d.Alerts, core.Alert{
		Kind: core.RechargeUnresolved, Account: a, Currency: a.Currency, Balance: a.Balance,
		Contacts: core.InForce(a.Versions, core.Latest(b.Progress(), due)).Contacts, Attempt: r.AttemptID(n), Amount: r.Attempts[n-1].Amount,
	})
	OnRecharge(d, core.AttemptUnresolved, a, r)
	core.Number(b, d, r.Org, due)
	return d.Apply()
}
