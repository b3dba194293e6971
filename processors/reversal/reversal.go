// Package reversal undoes usage, or puts it right (R3.9).
package reversal

import (
	"slices"

	"purser/processors/core"
	"purser/processors/money"
	"purser/processors/recharge"
	"purser/processors/usage"
)

// reversal undoes usage, or puts it right (R3.9). It works on a copy of what the usage has burned, which takes the original's place
// when everything is known to fit.
type reversal struct {
	burnt    *core.Burnt
	after    core.Burnt
	org      *core.Org
	wallet   *core.Account
	agency   *core.Account // that of the usage; nil: there was none, or it is gone
	card     *core.RateCard
	due      core.Time // when it has its turn, where it has waited; zero: it is decided as it comes
	volumeAt int
	volume   money.Factor
	back     []core.Part // what goes back, in the order in which it does
	more     []core.Part // what burns on top
}

// Reverse undoes or corrects usage. What is not known yet is waited for.
func Reverse(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	var r reversal
	switch known, found := r.load(b, ev); {
	case !known:
		return core.Miss
	case !found:
		return waitForUsage(b, ev, d)
	default:
		return r.decide(b, ev, d)
	}
}

// Prefetch asks for what a reversal will need, where its usage is known.
func Prefetch(b core.Book, ev *core.Event) {
	var r reversal
	if known, found := r.load(b, ev); known && found {
		r.judge(b, ev, new(core.Decision))
	}
}

// load looks up the usage and what it was charged to; found says whether it is known.
func (r *reversal) load(b core.Book, ev *core.Event) (known, found bool) {
	c, known := b.Burnt(ev.Org, ev.Reversal.Usage)
	if !known || c == nil {
		return known, false
	}
	r.burnt = c
	org, orgKnown := b.Org(ev.Org)
	wallet, walletKnown := b.Account(ev.Org, c.Usage.Account)
	r.org, r.wallet = org, wallet
	known = orgKnown && walletKnown
	if c.Agency != "" {
		agency, ok := b.Account(ev.Org, c.Agency)
		known = known && ok
		if agency.Defined() {
			r.agency = agency
		}
	}
	if r.card = c.Card; c.Plan != "" && c.Card == nil {
		plan, ok := b.Plan(ev.Org, c.Plan)
		known = known && ok
		if plan != nil {
			r.card = usage.RateCard(core.InForce(plan.Versions, c.OccurredAt).RateCards, c.Usage.Channel)
		}
	}
	return known, true
}

// decide judges a reversal of usage that is known, and makes it.
func (r *reversal) decide(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	status := r.judge(b, ev, d)
	if status == core.Done && d.Result == core.Applied {
		r.post(b, ev, d)
	}
	return status
}

// judge says whether a reversal can be made, and drafts its entry. It changes nothing.
func (r *reversal) judge(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	q, p := ev.Reversal, b.Progress()
	switch {
	case !r.wallet.Defined():
		return d.Refuse(core.UnknownAccount)
	case d.DueBy(p, r.wallet, r.by(p)) || r.agency != nil && d.DueBy(p, r.agency, r.by(p)):
		return core.DueFirst
	case r.burnt.Voided:
		return d.Refuse(core.AlreadyVoided)
	case q.Currency != (money.Currency{}) && q.Currency != r.burnt.Usage.Currency:
		return d.Refuse(core.CurrencyMismatch)
	case !q.Void && r.burnt.Plan != "" && r.card == nil:
		return d.Refuse(core.UnknownPlan)
	}
	if r.price(q) != nil || r.count() != nil || r.draft(b, d) != nil {
		return d.Refuse(core.BalanceOutOfRange)
	}
	switch {
	case d.Draft.Missing:
		return core.Miss
	case !d.Fits():
		return d.Refuse(core.BalanceOutOfRange)
	case !r.hasRoom(p):
		return d.Refuse(core.TooManyGrants)
	}
	return d.Apply()
}

// by is the time up to which everything has run when the reversal is decided: what falls due after one that has waited comes after
// it (R1.7).
func (r *reversal) by(p *core.Progress) core.Time {
	if r.due == 0 {
		return p.Target
	}
	return r.due
}

// price computes what the usage costs and charges now, at the multiplier, the card and the rates of the original.
func (r *reversal) price(q *core.Reversal) (err error) {
	r.after = *r.burnt
	c := &r.after
	if q.Void {
		c.Voided, c.Usage.Quantity, c.Cost, c.Paid, c.Price, c.Charge = true, money.Factor{}, 0, 0, 0, 0
		return nil
	}
	c.Usage = apply(q, c.Usage)
	original := usage.Quote{Multiplier: c.Multiplier, Card: r.card}
	if c.Cost, err = usage.Cost(&c.Usage, money.One, money.One); err != nil {
		return err
	}
	if c.Agency != "" {
		if c.Paid, err = usage.Cost(&c.Usage, money.One, c.AgencyRate); err != nil {
			return err
		}
	}
	if c.Price, err = original.Charge(&c.Usage, c.Before, money.One); err != nil {
		return err
	}
	c.Charge, err = original.Charge(&c.Usage, c.Before, c.Rate)
	return err
}

// apply is the usage as it should have been: what a correction does not give stays as it was.
func apply(q *core.Reversal, u core.Usage) core.Usage {
	if q.HasQuantity {
		u.Quantity = q.Quantity
	}
	if q.HasUnitCost {
		u.UnitCost, u.HasCost = q.UnitCost, false
	}
	if q.HasCost {
		u.Cost, u.HasCost = q.Cost, true
	}
	return u
}

// count finds the month's volume with the new quantity in place of the old one (R3.3).
func (r *reversal) count() error {
	at, units := usage.Volume(r.wallet, r.burnt.Usage.Channel, r.burnt.Month)
	r.volumeAt = at
	if at < 0 {
		return nil // so long ago that it is not counted any more
	}
	without, err := units.Sub(r.burnt.Usage.Quantity)
	if err != nil {
		return err
	}
	r.volume, err = without.Add(r.after.Usage.Quantity)
	return err
}

// draft moves the differences: of the cost between agency and provider, of the charge between the wallet and what it went to.
func (r *reversal) draft(b core.Book, d *core.Decision) error {
	switch more := r.after.Charge - r.burnt.Charge; {
	case more < 0:
		r.back = usage.GiveBack(&r.after, -more)
	case more > 0:
		r.more = r.wallet.WouldBurn(more)
		r.after.Parts = slices.Concat(r.after.Parts, r.more)
	}
	if err := r.draftCost(b, d); err != nil {
		return err
	}
	if r.after.PriceIn == r.wallet.Currency {
		return r.draftCharge(b, d)
	}
	return r.draftConverted(b, d)
}

// draftCost moves what the provider gets more, or less.
func (r *reversal) draftCost(b core.Book, d *core.Decision) error {
	t, org, currency := &d.Draft, r.org.ID, r.after.Usage.Currency
	provider, by := t.System(b, org, core.WorldProvider, currency), r.after.Cost-r.burnt.Cost
	switch {
	case r.agency == nil:
		return shift(t, t.System(b, org, core.ExpenseProvider, currency), provider, by, core.NoBucket)
	case r.agency.Currency == currency:
		return shift(t, t.Account(b, r.agency), provider, by, core.Purchased)
	}
	fx := t.System(b, org, core.WorldFX, r.agency.Currency)
	if err := shift(t, t.Account(b, r.agency), fx, r.after.Paid-r.burnt.Paid, core.Purchased); err != nil {
		return err
	}
	return shift(t, t.System(b, org, core.WorldFX, currency), provider, by, core.NoBucket)
}

// draftCharge gives back what was burned, the last part first, or burns more. What would go back to a grant that has expired
// stays where it went: with world:complimentary.
func (r *reversal) draftCharge(b core.Book, d *core.Decision) error {
	t, org, currency := &d.Draft, r.org.ID, r.wallet.Currency
	wallet, revenue := t.Account(b, r.wallet), t.System(b, org, core.RevenueRebilling, currency)
	complimentary := t.System(b, org, core.WorldComplimentary, currency)
	for i := range r.back {
		part := &r.back[i]
		var err error
		switch {
		case part.Grant == "":
			err = t.Move(revenue, wallet, part.Amount, core.Purchased, "")
		case !expired(part, r.by(b.Progress())):
			err = t.Move(complimentary, wallet, part.Amount, core.Complimentary, part.Grant)
		}
		if err != nil {
			return err
		}
	}
	return r.draftMore(d, wallet, complimentary, revenue)
}

// draftMore burns on top.
func (r *reversal) draftMore(d *core.Decision, wallet, grantsTo, purchasedTo int) error {
	for i := range r.more {
		part, to, bucket := &r.more[i], grantsTo, core.Complimentary
		if part.Grant == "" {
			to, bucket = purchasedTo, core.Purchased
		}
		if err := d.Draft.Move(wallet, to, part.Amount, bucket, part.Grant); err != nil {
			return err
		}
	}
	return nil
}

// draftConverted is draftCharge where the price is in another currency: the wallet's side is with world:fx, and the price's side
// is split anew in the proportion in which the parts paid that are left (R2.4, R3.6).
func (r *reversal) draftConverted(b core.Book, d *core.Decision) error {
	t, org, was, is := &d.Draft, r.org.ID, r.burnt, &r.after
	wallet, fx := t.Account(b, r.wallet), t.System(b, org, core.WorldFX, r.wallet.Currency)
	for i := range r.back {
		part := &r.back[i]
		to, bucket, grant := wallet, core.Complimentary, part.Grant
		switch {
		case part.Grant == "":
			bucket = core.Purchased
		case expired(part, r.by(b.Progress())):
			to, bucket, grant = t.System(b, org, core.WorldComplimentary, r.wallet.Currency), core.NoBucket, ""
		}
		if err := t.Move(fx, to, part.Amount, bucket, grant); err != nil {
			return err
		}
	}
	if err := r.draftMore(d, wallet, fx, fx); err != nil {
		return err
	}
	is.Income = is.Price
	if is.Charge > 0 {
		is.Income = money.Share(is.Price, usage.Purchased(is), is.Charge)
	}
	priced := t.System(b, org, core.WorldFX, is.PriceIn)
	if err := shift(t, priced, t.System(b, org, core.RevenueRebilling, is.PriceIn), is.Income-was.Income, core.NoBucket); err != nil {
		return err
	}
	return shift(t, priced, t.System(b, org, core.WorldComplimentary, is.PriceIn), is.Price-is.Income-(was.Price-was.Income), core.NoBucket)
}

// shift is move, or, where the amount is less than nothing, a move of it the other way.
func shift(t *core.Draft, from, to int, amount money.Amount, bucket core.Bucket) error {
	if amount < 0 {
		return t.Move(to, from, -amount, bucket, "")
	}
	return t.Move(from, to, amount, bucket, "")
}

// expired says whether the grant that a part came from has expired: by ticks, as grants do.
func expired(p *core.Part, at core.Time) bool { return p.ExpiresAt != 0 && p.ExpiresAt <= at }

// hasRoom says whether the wallet can hold the grants that come back to it (R10.3).
func (r *reversal) hasRoom(p *core.Progress) bool {
	n := len(r.wallet.Grants)
	for i := range r.back {
		if part := &r.back[i]; part.Grant != "" && !expired(part, r.by(p)) && r.wallet.Grant(part) == nil {
			n++
		}
	}
	return n <= core.MaxGrants
}

// post makes the change that decide has drafted.
func (r *reversal) post(b core.Book, ev *core.Event, d *core.Decision) {
	p := b.Progress()
	for i := range r.back {
		if part := &r.back[i]; part.Grant != "" && !expired(part, r.by(p)) {
			r.wallet.GiveGrant(part)
		}
	}
	for i := range r.more {
		if r.more[i].Grant != "" {
			r.wallet.Burn(r.more[i].Amount)
		}
	}
	if r.volumeAt >= 0 {
		r.wallet.Volumes[r.volumeAt].Units = r.volume
	}
	meta := r.burnt.Meta
	*r.burnt = r.after
	r.burnt.Meta = meta
	b.Touch(r.burnt)
	d.Post(b, r.org.ID)
	if !d.Draft.Posted(r.wallet) {
		b.Touch(r.wallet) // its volume has changed
	}
	at := core.Latest(p, ev.RecordedAt)
	recharge.JudgePosted(d, b, r.wallet, at)
	recharge.JudgePosted(d, b, r.agency, at)
}
