// Package usage posts what was consumed: its provider cost (R3.1), its price (R3.2, R3.3), its charge (R3.4 to R3.6), and what it has burned, where it may
// be reversed (R3.9). Usage of an account that is not defined waits for it (R10.2).
package usage

import (
	"purser/processors/calendar"
	"purser/processors/charging"
	"purser/processors/core"
	"purser/processors/credit"
	"purser/processors/money"
	"purser/processors/recharge"
)

// rating is what a usage event is rated by, with what came of it.
type rating struct {
	org    *core.Org
	wallet *core.Account
	agency *core.Account        // nil where the org has none
	terms  *core.AccountVersion // these three as of occurred_at (R1.5)
	plan   *core.PlanVersion
	policy *core.OrgVersion

	kept          *core.Burnt  // what is burned, where it may be reversed
	complimentary money.Amount // part of the charge that grants pay
	month         int32
	volumeAt      int          // index of the month's volume in the wallet; -1: none yet
	volume        money.Factor // the month's volume with this event
}

// Record posts usage, whatever the balance is (R3.4), or lets it wait for its account (R10.2).
func Record(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	var r rating
	if !r.load(b, ev) {
		return core.Miss
	}
	if mustWait(r.wallet) {
		return wait(b, ev, d)
	}
	status := r.rate(b, ev, d)
	if status == core.Done && d.Result == core.Applied {
		r.post(b, ev, d)
	}
	return status
}

// Prefetch asks for what a usage event will need.
func Prefetch(b core.Book, ev *core.Event) {
	var r rating
	if r.load(b, ev) && !mustWait(r.wallet) {
		r.rate(b, ev, new(core.Decision))
	}
}

// load looks up what the event names, and what that names. It asks for all that it can before it gives up.
func (r *rating) load(b core.Book, ev *core.Event) bool {
	org, orgKnown := b.Org(ev.Org)
	wallet, walletKnown := b.Account(ev.Org, ev.Usage.Account)
	r.org, r.wallet = org, wallet
	known := orgKnown && walletKnown
	if orgKnown && org != nil {
		r.policy = core.InForce(org.Versions, ev.OccurredAt)
		if org.AgencyWallet != "" {
			agency, ok := b.Account(org.ID, org.AgencyWallet)
			r.agency, known = agency, known && ok
		}
	}
	if walletKnown && mustWait(wallet) {
		_, ok := b.Queue(ev.Org, ev.Usage.Account)
		known = known && ok
	}
	if walletKnown && wallet.Defined() {
		r.terms = core.InForce(wallet.Versions, ev.OccurredAt)
		known = r.loadPlan(b, ev) && known
	}
	if !known {
		b.System(ev.Org, core.WorldProvider, ev.Usage.Currency)
		b.System(ev.Org, core.RevenueRebilling, ev.Usage.Currency)
	}
	return known
}

func (r *rating) loadPlan(b core.Book, ev *core.Event) bool {
	if r.terms.Plan == "" {
		return true
	}
	plan, known := b.Plan(r.wallet.Org, r.terms.Plan)
	if known {
		r.plan = core.InForce(plan.Versions, ev.OccurredAt) // it exists: a plan that accounts name cannot be removed (R2.3)
	}
	return known
}

// rate prices the event and drafts its entry. It changes nothing.
func (r *rating) rate(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	if r.wallet.Kind != core.KindWallet {
		return d.Refuse(core.NotAWallet)
	}
	if p := b.Progress(); d.DueFirst(p, r.wallet) || r.agency != nil && d.DueFirst(p, r.agency) {
		return core.DueFirst
	}
	q, priced := r.quote(ev.Usage.Channel, ev.Usage.Currency)
	if !priced {
		return d.Refuse(core.UnknownChannel)
	}
	before, err := r.count(ev)
	if err != nil {
		return d.Refuse(core.BalanceOutOfRange)
	}
	chargeRate, chargeStatus := charging.RateBetween(b, r.org.ID, q.currency, r.wallet.Currency, ev.OccurredAt)
	costRate, costStatus := money.One, core.Done
	if r.agency != nil {
		costRate, costStatus = charging.RateBetween(b, r.org.ID, ev.Usage.Currency, r.agency.Currency, ev.OccurredAt)
	}
	r.note(ev, &q, before, chargeRate, costRate)
	charge, priceErr := q.Charge(&ev.Usage, before, chargeRate)
	price, chargeErr := charge, error(nil)
	if q.currency != r.wallet.Currency {
		price, chargeErr = q.Charge(&ev.Usage, before, money.One)
	}
	costErr := r.draftCost(b, ev, d, costRate)
	splitErr := r.draftCharge(b, d, q.currency, price, charge)
	switch {
	case chargeStatus == core.Miss || costStatus == core.Miss || d.Draft.Missing:
		return core.Miss
	case chargeStatus != core.Done || costStatus != core.Done:
		return d.Refuse(core.NoFXRate)
	case priceErr != nil || chargeErr != nil || costErr != nil || splitErr != nil || !d.Fits():
		return d.Refuse(core.BalanceOutOfRange)
	}
	if r.kept != nil {
		r.kept.Price = price
	}
	r.explain(ev, d, &q, charge, chargeRate, costRate)
	return d.Apply()
}

// count finds the volume of the event's month before it, and with it (R3.3).
func (r *rating) count(ev *core.Event) (before money.Factor, err error) {
	r.month = calendar.Month(int64(ev.OccurredAt), r.policy.Zone)
	r.volumeAt, before = Volume(r.wallet, ev.Usage.Channel, r.month)
	r.volume, err = before.Add(ev.Usage.Quantity)
	return before, err
}

// draftCost moves the provider's cost: from the agency's wallet, even below zero, or as an expense (R3.1).
func (r *rating) draftCost(b core.Book, ev *core.Event, d *core.Decision, rate money.Factor) error {
	t, org, currency := &d.Draft, r.org.ID, ev.Usage.Currency
	cost, err := Cost(&ev.Usage, money.One, money.One)
	if err != nil {
		return err
	}
	d.Price.Cost = cost
	provider := t.System(b, org, core.WorldProvider, currency)
	switch {
	case r.agency == nil:
		return t.Move(t.System(b, org, core.ExpenseProvider, currency), provider, cost, core.NoBucket, "")
	case r.agency.Currency == currency:
		if r.kept != nil {
			r.kept.Paid = cost
		}
		return t.Move(t.Account(b, r.agency), provider, cost, core.Purchased, "")
	}
	converted, err := Cost(&ev.Usage, money.One, rate)
	if err != nil {
		return err
	}
	if r.kept != nil {
		r.kept.Paid = converted
	}
	if err := t.Move(t.Account(b, r.agency), t.System(b, org, core.WorldFX, r.agency.Currency), converted, core.Purchased, ""); err != nil {
		return err
	}
	return t.Move(t.System(b, org, core.WorldFX, currency), provider, cost, core.NoBucket, "")
}

// draftCharge moves the charge (R3.6), and notes the part of it that is complimentary; and which buckets pay, where it may be reversed.
func (r *rating) draftCharge(b core.Book, d *core.Decision, in money.Currency, price, charge money.Amount) (err error) {
	r.complimentary, err = charging.Draw(&d.Draft, b, r.wallet, core.RevenueRebilling, in, price, charge)
	if r.kept != nil && err == nil {
		r.kept.Parts = r.wallet.WouldBurn(charge)
		if in != r.wallet.Currency {
			r.kept.Income = charging.RevenueOf(price, charge-r.complimentary, charge)
		}
	}
	return err
}

// explain records what priced the charge.
func (r *rating) explain(ev *core.Event, d *core.Decision, q *Quote, charge money.Amount, chargeRate, costRate money.Factor) {
	p := &d.Price
	p.Set, p.CostIn = true, ev.Usage.Currency
	p.Charge, p.ChargeIn = charge, r.wallet.Currency
	p.Basis, p.Multiplier, p.Plan, p.Channel = q.basis, q.Multiplier, q.plan, ev.Usage.Channel
	p.Quantity = ev.Usage.Quantity
	if q.Card != nil {
		p.Volume = r.volume
	}
	if q.currency != r.wallet.Currency {
		p.Rate = chargeRate
	}
	if r.agency != nil && r.agency.Currency != ev.Usage.Currency {
		p.AgencyRate = costRate
	}
}

// post makes the change that rate has drafted.
func (r *rating) post(b core.Book, ev *core.Event, d *core.Decision) {
	countVolume(r.wallet, ev.Usage.Channel, r.month, r.volumeAt, r.volume)
	r.wallet.Burn(r.complimentary)
	d.Post(b, r.org.ID)
	r.keep(b, ev, d)
	if !d.Draft.Posted(r.wallet) {
		b.Touch(r.wallet) // a charge of zero still counts in the volume
	}
	at := core.Latest(b.Progress(), ev.RecordedAt)
	if r.plan != nil && r.plan.Credits != nil && r.wallet.Monthly == (core.Monthly{}) {
		credit.ExpectMonthly(r.wallet, r.org, at) // the plan has begun to give credits after the wallet was defined
	}
	recharge.JudgePosted(d, b, r.wallet, at)
	recharge.JudgePosted(d, b, r.agency, at)
}
