package processors

import (
	"slices"

	"purser/processors/money"
)

// reversal undoes usage, or puts it right (R3.9). It works on a copy of what the usage has burned, which takes the original's place
// when everything is known to fit.
type reversal struct {
	burnt    *Burnt
	after    Burnt
	org      *Org
	wallet   *Account
	agency   *Account // that of the usage; nil: there was none, or it is gone
	card     *RateCard
	due      Time // when it has its turn, where it has waited; zero: it is decided as it comes
	volumeAt int
	volume   money.Factor
	back     []Part // what goes back, in the order in which it does
	more     []Part // what burns on top
}

// reverseUsage undoes or corrects usage. What is not known yet is waited for.
func reverseUsage(b Book, ev *Event, d *Decision) Status {
	var r reversal
	switch known, found := r.load(b, ev); {
	case !known:
		return Miss
	case !found:
		return waitForUsage(b, ev, d)
	default:
		return r.decide(b, ev, d)
	}
}

// prefetchReversal asks for what a reversal will need, where its usage is known.
func prefetchReversal(b Book, ev *Event) {
	var r reversal
	if known, found := r.load(b, ev); known && found {
		r.judge(b, ev, new(Decision))
	}
}

// load looks up the usage and what it was charged to; found says whether it is known.
func (r *reversal) load(b Book, ev *Event) (known, found bool) {
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
		if agency.defined() {
			r.agency = agency
		}
	}
	if r.card = c.Card; c.Plan != "" && c.Card == nil {
		plan, ok := b.Plan(ev.Org, c.Plan)
		known = known && ok
		if plan != nil {
			r.card = rateCard(inForce(plan.Versions, c.OccurredAt).RateCards, c.Usage.Channel)
		}
	}
	return known, true
}

// decide judges a reversal of usage that is known, and makes it.
func (r *reversal) decide(b Book, ev *Event, d *Decision) Status {
	status := r.judge(b, ev, d)
	if status == Done && d.Result == Applied {
		r.post(b, ev, d)
	}
	return status
}

// judge says whether a reversal can be made, and drafts its entry. It changes nothing.
func (r *reversal) judge(b Book, ev *Event, d *Decision) Status {
	q, p := ev.Reversal, b.Progress()
	switch {
	case !r.wallet.defined():
		return d.refuse(UnknownAccount)
	case d.dueBy(p, r.wallet, r.by(p)) || r.agency != nil && d.dueBy(p, r.agency, r.by(p)):
		return DueFirst
	case r.burnt.Voided:
		return d.refuse(AlreadyVoided)
	case q.Currency != (money.Currency{}) && q.Currency != r.burnt.Usage.Currency:
		return d.refuse(CurrencyMismatch)
	case !q.Void && r.burnt.Plan != "" && r.card == nil:
		return d.refuse(UnknownPlan)
	}
	if r.price(q) != nil || r.count() != nil || r.draft(b, d) != nil {
		return d.refuse(BalanceOutOfRange)
	}
	switch {
	case d.draft.missing:
		return Miss
	case !d.fits():
		return d.refuse(BalanceOutOfRange)
	case !r.hasRoom(p):
		return d.refuse(TooManyGrants)
	}
	return d.apply()
}

// by is the time up to which everything has run when the reversal is decided: what falls due after one that has waited comes after
// it (R1.7).
func (r *reversal) by(p *Progress) Time {
	if r.due == 0 {
		return p.Target
	}
	return r.due
}

// price computes what the usage costs and charges now, at the multiplier, the card and the rates of the original.
func (r *reversal) price(q *Reversal) (err error) {
	r.after = *r.burnt
	c := &r.after
	if q.Void {
		c.Voided, c.Usage.Quantity, c.Cost, c.Paid, c.Price, c.Charge = true, money.Factor{}, 0, 0, 0, 0
		return nil
	}
	c.Usage = q.apply(c.Usage)
	original := quote{multiplier: c.Multiplier, card: r.card}
	if c.Cost, err = c.Usage.cost(money.One, money.One); err != nil {
		return err
	}
	if c.Agency != "" {
		if c.Paid, err = c.Usage.cost(money.One, c.AgencyRate); err != nil {
			return err
		}
	}
	if c.Price, err = original.charge(&c.Usage, c.Before, money.One); err != nil {
		return err
	}
	c.Charge, err = original.charge(&c.Usage, c.Before, c.Rate)
	return err
}

// apply is the usage as it should have been: what a correction does not give stays as it was.
func (q *Reversal) apply(u Usage) Usage {
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
	at, units := r.wallet.volume(r.burnt.Usage.Channel, r.burnt.Month)
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
func (r *reversal) draft(b Book, d *Decision) error {
	switch more := r.after.Charge - r.burnt.Charge; {
	case more < 0:
		r.back = r.after.giveBack(-more)
	case more > 0:
		r.more = r.wallet.wouldBurn(more)
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
func (r *reversal) draftCost(b Book, d *Decision) error {
	t, org, currency := &d.draft, r.org.ID, r.after.Usage.Currency
	provider, by := t.system(b, org, WorldProvider, currency), r.after.Cost-r.burnt.Cost
	switch {
	case r.agency == nil:
		return t.shift(t.system(b, org, ExpenseProvider, currency), provider, by, NoBucket)
	case r.agency.Currency == currency:
		return t.shift(t.account(b, r.agency), provider, by, Purchased)
	}
	fx := t.system(b, org, WorldFX, r.agency.Currency)
	if err := t.shift(t.account(b, r.agency), fx, r.after.Paid-r.burnt.Paid, Purchased); err != nil {
		return err
	}
	return t.shift(t.system(b, org, WorldFX, currency), provider, by, NoBucket)
}

// draftCharge gives back what was burned, the last part first, or burns more. What would go back to a grant that has expired
// stays where it went: with world:complimentary.
func (r *reversal) draftCharge(b Book, d *Decision) error {
	t, org, currency := &d.draft, r.org.ID, r.wallet.Currency
	wallet, revenue := t.account(b, r.wallet), t.system(b, org, RevenueRebilling, currency)
	complimentary := t.system(b, org, WorldComplimentary, currency)
	for i := range r.back {
		part := &r.back[i]
		var err error
		switch {
		case part.Grant == "":
			err = t.move(revenue, wallet, part.Amount, Purchased, "")
		case !part.expired(r.by(b.Progress())):
			err = t.move(complimentary, wallet, part.Amount, Complimentary, part.Grant)
		}
		if err != nil {
			return err
		}
	}
	return r.draftMore(d, wallet, complimentary, revenue)
}

// draftMore burns on top.
func (r *reversal) draftMore(d *Decision, wallet, grantsTo, purchasedTo int) error {
	for i := range r.more {
		part, to, bucket := &r.more[i], grantsTo, Complimentary
		if part.Grant == "" {
			to, bucket = purchasedTo, Purchased
		}
		if err := d.draft.move(wallet, to, part.Amount, bucket, part.Grant); err != nil {
			return err
		}
	}
	return nil
}

// draftConverted is draftCharge where the price is in another currency: the wallet's side is with world:fx, and the price's side
// is split anew in the proportion in which the parts paid that are left (R2.4, R3.6).
func (r *reversal) draftConverted(b Book, d *Decision) error {
	t, org, was, is := &d.draft, r.org.ID, r.burnt, &r.after
	wallet, fx := t.account(b, r.wallet), t.system(b, org, WorldFX, r.wallet.Currency)
	for i := range r.back {
		part := &r.back[i]
		to, bucket, grant := wallet, Complimentary, part.Grant
		switch {
		case part.Grant == "":
			bucket = Purchased
		case part.expired(r.by(b.Progress())):
			to, bucket, grant = t.system(b, org, WorldComplimentary, r.wallet.Currency), NoBucket, ""
		}
		if err := t.move(fx, to, part.Amount, bucket, grant); err != nil {
			return err
		}
	}
	if err := r.draftMore(d, wallet, fx, fx); err != nil {
		return err
	}
	is.Income = is.Price
	if is.Charge > 0 {
		is.Income = money.Share(is.Price, is.purchased(), is.Charge)
	}
	priced := t.system(b, org, WorldFX, is.PriceIn)
	if err := t.shift(priced, t.system(b, org, RevenueRebilling, is.PriceIn), is.Income-was.Income, NoBucket); err != nil {
		return err
	}
	return t.shift(priced, t.system(b, org, WorldComplimentary, is.PriceIn), is.Price-is.Income-(was.Price-was.Income), NoBucket)
}

// shift is move, or, where the amount is less than nothing, a move of it the other way.
func (t *draft) shift(from, to int, amount money.Amount, bucket Bucket) error {
	if amount < 0 {
		return t.move(to, from, -amount, bucket, "")
	}
	return t.move(from, to, amount, bucket, "")
}

// expired says whether the grant that a part came from has expired: by ticks, as grants do.
func (p *Part) expired(at Time) bool { return p.ExpiresAt != 0 && p.ExpiresAt <= at }

// hasRoom says whether the wallet can hold the grants that come back to it (R10.3).
func (r *reversal) hasRoom(p *Progress) bool {
	n := len(r.wallet.Grants)
	for i := range r.back {
		if part := &r.back[i]; part.Grant != "" && !part.expired(r.by(p)) && r.wallet.grant(part) == nil {
			n++
		}
	}
	return n <= maxGrants
}

// post makes the change that decide has drafted.
func (r *reversal) post(b Book, ev *Event, d *Decision) {
	p := b.Progress()
	for i := range r.back {
		if part := &r.back[i]; part.Grant != "" && !part.expired(r.by(p)) {
			r.wallet.giveGrant(part)
		}
	}
	for i := range r.more {
		if r.more[i].Grant != "" {
			r.wallet.burn(r.more[i].Amount)
		}
	}
	if r.volumeAt >= 0 {
		r.wallet.Volumes[r.volumeAt].Units = r.volume
	}
	meta := r.burnt.Meta
	*r.burnt = r.after
	r.burnt.Meta = meta
	b.Touch(r.burnt)
	d.post(b, r.org.ID)
	if !d.draft.posted(r.wallet) {
		b.Touch(r.wallet) // its volume has changed
	}
	at := latest(p, ev.RecordedAt)
	d.judgePosted(b, r.wallet, at)
	d.judgePosted(b, r.agency, at)
}
