package processors

import (
	"purser/processors/calendar"
	"purser/processors/money"
)

// rating is what a usage event is rated by, with what came of it.
type rating struct {
	org    *Org
	wallet *Account
	agency *Account        // nil where the org has none
	terms  *AccountVersion // these three as of occurred_at (R1.5)
	plan   *PlanVersion
	policy *OrgVersion

	kept          *Burnt       // what is burned, where it may be reversed
	complimentary money.Amount // part of the charge that grants pay
	month         int32
	volumeAt      int          // index of the month's volume in the wallet; -1: none yet
	volume        money.Factor // the month's volume with this event
}

// recordUsage posts usage, whatever the balance is (R3.4), or lets it wait for its account (R10.2).
func recordUsage(b Book, ev *Event, d *Decision) Status {
	var r rating
	if !r.load(b, ev) {
		return Miss
	}
	if mustWait(r.wallet) {
		return wait(b, ev, d)
	}
	status := r.rate(b, ev, d)
	if status == Done && d.Result == Applied {
		r.post(b, ev, d)
	}
	return status
}

// load looks up what the event names, and what that names. It asks for all that it can before it gives up.
func (r *rating) load(b Book, ev *Event) bool {
	org, orgKnown := b.Org(ev.Org)
	wallet, walletKnown := b.Account(ev.Org, ev.Usage.Account)
	r.org, r.wallet = org, wallet
	known := orgKnown && walletKnown
	if orgKnown && org != nil {
		r.policy = inForce(org.Versions, ev.OccurredAt)
		if org.AgencyWallet != "" {
			agency, ok := b.Account(org.ID, org.AgencyWallet)
			r.agency, known = agency, known && ok
		}
	}
	if walletKnown && mustWait(wallet) {
		_, ok := b.Queue(ev.Org, ev.Usage.Account)
		known = known && ok
	}
	if walletKnown && wallet.defined() {
		r.terms = inForce(wallet.Versions, ev.OccurredAt)
		known = r.loadPlan(b, ev) && known
	}
	if !known {
		b.System(ev.Org, WorldProvider, ev.Usage.Currency)
		b.System(ev.Org, RevenueRebilling, ev.Usage.Currency)
	}
	return known
}

func (r *rating) loadPlan(b Book, ev *Event) bool {
	if r.terms.Plan == "" {
		return true
	}
	plan, known := b.Plan(r.wallet.Org, r.terms.Plan)
	if known {
		r.plan = inForce(plan.Versions, ev.OccurredAt) // it exists: a plan that accounts name cannot be removed (R2.3)
	}
	return known
}

// rate prices the event and drafts its entry. It changes nothing.
func (r *rating) rate(b Book, ev *Event, d *Decision) Status {
	if r.wallet.Kind != KindWallet {
		return d.refuse(NotAWallet)
	}
	if p := b.Progress(); d.dueFirst(p, r.wallet) || r.agency != nil && d.dueFirst(p, r.agency) {
		return DueFirst
	}
	q, priced := r.quote(ev.Usage.Channel, ev.Usage.Currency)
	if !priced {
		return d.refuse(UnknownChannel)
	}
	before, err := r.count(ev)
	if err != nil {
		return d.refuse(BalanceOutOfRange)
	}
	chargeRate, chargeStatus := rateBetween(b, r.org.ID, q.currency, r.wallet.Currency, ev.OccurredAt)
	costRate, costStatus := money.One, Done
	if r.agency != nil {
		costRate, costStatus = rateBetween(b, r.org.ID, ev.Usage.Currency, r.agency.Currency, ev.OccurredAt)
	}
	r.note(ev, &q, before, chargeRate, costRate)
	charge, priceErr := q.charge(&ev.Usage, before, chargeRate)
	price, chargeErr := charge, error(nil)
	if q.currency != r.wallet.Currency {
		price, chargeErr = q.charge(&ev.Usage, before, money.One)
	}
	costErr := r.draftCost(b, ev, d, costRate)
	splitErr := r.draftCharge(b, d, q.currency, price, charge)
	switch {
	case chargeStatus == Miss || costStatus == Miss || d.draft.missing:
		return Miss
	case chargeStatus != Done || costStatus != Done:
		return d.refuse(NoFXRate)
	case priceErr != nil || chargeErr != nil || costErr != nil || splitErr != nil || !d.fits():
		return d.refuse(BalanceOutOfRange)
	}
	if r.kept != nil {
		r.kept.Price = price
	}
	r.explain(ev, d, &q, charge, chargeRate, costRate)
	return d.apply()
}

// count finds the volume of the event's month before it, and with it (R3.3).
func (r *rating) count(ev *Event) (before money.Factor, err error) {
	r.month = calendar.Month(int64(ev.OccurredAt), r.policy.Zone)
	r.volumeAt, before = r.wallet.volume(ev.Usage.Channel, r.month)
	r.volume, err = before.Add(ev.Usage.Quantity)
	return before, err
}

// draftCost moves the provider's cost: from the agency's wallet, even below zero, or as an expense (R3.1).
func (r *rating) draftCost(b Book, ev *Event, d *Decision, rate money.Factor) error {
	t, org, currency := &d.draft, r.org.ID, ev.Usage.Currency
	cost, err := ev.Usage.cost(money.One, money.One)
	if err != nil {
		return err
	}
	d.Price.Cost = cost
	provider := t.system(b, org, WorldProvider, currency)
	switch {
	case r.agency == nil:
		return t.move(t.system(b, org, ExpenseProvider, currency), provider, cost, NoBucket, "")
	case r.agency.Currency == currency:
		if r.kept != nil {
			r.kept.Paid = cost
		}
		return t.move(t.account(b, r.agency), provider, cost, Purchased, "")
	}
	converted, err := ev.Usage.cost(money.One, rate)
	if err != nil {
		return err
	}
	if r.kept != nil {
		r.kept.Paid = converted
	}
	if err := t.move(t.account(b, r.agency), t.system(b, org, WorldFX, r.agency.Currency), converted, Purchased, ""); err != nil {
		return err
	}
	return t.move(t.system(b, org, WorldFX, currency), provider, cost, NoBucket, "")
}

// draftCharge moves the charge (R3.6), and notes the part of it that is complimentary; and which buckets pay, where it may be reversed.
func (r *rating) draftCharge(b Book, d *Decision, in money.Currency, price, charge money.Amount) (err error) {
	r.complimentary, err = d.draft.charge(b, r.wallet, RevenueRebilling, in, price, charge)
	if r.kept != nil && err == nil {
		r.kept.Parts = r.wallet.wouldBurn(charge)
		if in != r.wallet.Currency {
			r.kept.Income = revenueOf(price, charge-r.complimentary, charge)
		}
	}
	return err
}

// explain records what priced the charge.
func (r *rating) explain(ev *Event, d *Decision, q *quote, charge money.Amount, chargeRate, costRate money.Factor) {
	p := &d.Price
	p.Set, p.CostIn = true, ev.Usage.Currency
	p.Charge, p.ChargeIn = charge, r.wallet.Currency
	p.Basis, p.Multiplier, p.Plan, p.Channel = q.basis, q.multiplier, q.plan, ev.Usage.Channel
	p.Quantity = ev.Usage.Quantity
	if q.card != nil {
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
func (r *rating) post(b Book, ev *Event, d *Decision) {
	r.wallet.countVolume(ev.Usage.Channel, r.month, r.volumeAt, r.volume)
	r.wallet.burn(r.complimentary)
	d.post(b, r.org.ID)
	r.keep(b, ev, d)
	if !d.draft.posted(r.wallet) {
		b.Touch(r.wallet) // a charge of zero still counts in the volume
	}
	at := latest(b.Progress(), ev.RecordedAt)
	if r.plan != nil && r.plan.Credits != nil && r.wallet.Monthly == (Monthly{}) {
		r.wallet.expectCredits(r.org, at) // the plan has begun to give credits after the wallet was defined
	}
	d.judgePosted(b, r.wallet, at)
	d.judgePosted(b, r.agency, at)
}
