package state

import (
	"bytes"

	"purser/processors/core"
)

func (r *reader) account(meta core.Meta, key keyParts) *core.Account {
	a := &core.Account{Meta: meta, Org: key.first, ID: key.second}
	a.Kind = core.AccountKind(r.byte())
	flags := r.byte()
	if flags&flagMore != 0 && r.form < rechargeForm {
		r.fail("an account has a flag that is unknown")
	}
	a.Currency = r.currency()
	a.BelowLow, a.BelowZero, a.Waiting = flags&flagBelowLow != 0, flags&flagBelowZero != 0, flags&flagWaiting != 0
	a.Balance = r.amount()
	switch {
	case flags&flagAllPurchased != 0:
		a.Purchased = a.Balance
	case flags&flagNonePurchased == 0:
		a.Purchased = r.amount()
	}
	a.Seq, a.Last = r.uvarint(), r.uvarint()
	if flags&flagGrants != 0 {
		a.Grants = r.grants()
	}
	if flags&flagVolumes != 0 {
		a.Volumes = r.volumes()
	}
	if flags&flagMore != 0 {
		a.Dunning = r.dunning()
		a.Monthly = core.Monthly{Month: int32(r.varint()), Due: r.time()}
		if r.form >= fundingForm {
			r.funding(a)
		}
	}
	a.Versions = r.sharedAccountVersions()
	return a
}

func (r *reader) dunning() core.Dunning {
	return core.Dunning{
		Recharges: r.uvarint(), Open: uint32(r.uvarint()), Auto: r.uvarint(), Going: r.bool(), Exhausted: r.bool(), Retry: r.time(),
	}
}

func (r *reader) grants() []core.Grant {
	grants := list[core.Grant](r.count(4))
	for i := range grants {
		grants[i] = core.Grant{ID: r.string(), Amount: r.amount(), GrantedAt: r.time(), ExpiresAt: r.time()}
	}
	return grants
}

func (r *reader) volumes() []core.Volume {
	volumes := list[core.Volume](r.count(4))
	for i := range volumes {
		volumes[i] = core.Volume{Channel: r.name(), Month: int32(r.varint()), Units: r.factor()}
	}
	return volumes
}

// sharedAccountVersions reads what is left of the value as the account's versions, or takes what another account made of
// the same bytes.
func (r *reader) sharedAccountVersions() []core.AccountVersion {
	if r.err != nil || len(r.rest) == 0 {
		return nil
	}
	encoded := r.rest
	slot := r.codec.slot(encoded)
	if slot.form == r.form && bytes.Equal(slot.encoded, encoded) {
		r.rest = nil
		return slot.versions
	}
	var versions []core.AccountVersion
	for len(r.rest) > 0 {
		versions = append(versions, r.accountVersion())
	}
	if r.err != nil {
		return nil
	}
	versions = versions[:len(versions):len(versions)] // whoever appends gets a copy
	slot.form, slot.encoded, slot.versions = r.form, bytes.Clone(encoded), versions
	return versions
}

// accountVersion leaves ID empty: the account has it, and with it no two accounts could share their versions.
func (r *reader) accountVersion() core.AccountVersion {
	v := core.AccountVersion{Kind: core.AccountKind(r.byte()), Currency: r.currency()}
	v.EffectiveFrom = r.time()
	v.Plan = r.name()
	v.Multipliers = r.multipliers()
	if v.HasLowBalance = r.bool(); v.HasLowBalance {
		v.LowBalance = r.amount()
	}
	v.Contacts = list[string](r.count(1))
	for i := range v.Contacts {
		v.Contacts[i] = r.name()
	}
	if r.form >= rechargeForm {
		v.Recharge, v.Credits = r.policy(), r.credits()
	}
	if r.form >= fundingForm {
		v.Terms = r.terms()
	}
	if r.form >= customerForm {
		v.Customer = r.customerTerms()
	}
	return v
}

func (r *reader) policy() *core.RechargePolicy {
	if !r.bool() {
		return nil
	}
	return &core.RechargePolicy{Below: r.amount(), Amount: r.amount(), Method: r.string(), Attempts: r.whole(), Every: r.time()}
}

func (r *reader) credits() *core.MonthlyCredits {
	if !r.bool() {
		return nil
	}
	return &core.MonthlyCredits{Amount: r.amount(), Months: int32(r.varint())}
}

func (r *reader) recharge(meta core.Meta, key keyParts) *core.Recharge {
	c := &core.Recharge{Meta: meta, Org: key.first, Account: key.second, Number: key.number()}
	c.Purpose, c.State = core.Purpose(r.byte()), core.RechargeState(r.byte())
	c.Limit, c.Every, c.Reset = r.whole(), r.time(), r.bool()
	c.Source, c.ID = r.string(), r.string()
	c.Attempts = list[core.Attempt](r.count(3))
	for i := range c.Attempts {
		c.Attempts[i] = core.Attempt{Amount: r.amount(), EmittedAt: r.time(), Result: core.AttemptState(r.byte())}
	}
	return c
}

func (r *reader) multipliers() []core.Multiplier {
	ms := list[core.Multiplier](r.count(3))
	for i := range ms {
		ms[i] = core.Multiplier{Channel: r.name(), Factor: r.factor()}
	}
	return ms
}

func (r *reader) org(meta core.Meta, key keyParts) *core.Org {
	o := &core.Org{Meta: meta, ID: key.first, AgencyWallet: r.string()}
	o.Versions = list[core.OrgVersion](r.count(6))
	for i := range o.Versions {
		o.Versions[i] = core.OrgVersion{
			EffectiveFrom: r.time(), Zone: r.zone(), Currency: r.currency(), Multipliers: r.multipliers(),
		}
		if r.form >= rechargeForm {
			o.Versions[i].Reversible = r.time()
		}
		if r.form >= spendingForm {
			o.Versions[i].SplitBilling = r.bool()
		}
	}
	if r.form < fundingForm {
		return o
	}
	o.Invoices = r.uvarint()
	o.Defaults = list[core.DefaultSource](r.count(2))
	for i := range o.Defaults {
		o.Defaults[i] = core.DefaultSource{EffectiveFrom: r.time(), Account: r.string()}
	}
	if r.form >= spendingForm {
		o.Spending = r.manyNames()
	}
	return o
}

func (r *reader) plan(meta core.Meta, key keyParts) *core.Plan {
	p := &core.Plan{Meta: meta, Org: key.first, ID: key.second, Accounts: r.varint()}
	p.Versions = list[core.PlanVersion](r.count(3))
	for i := range p.Versions {
		v := core.PlanVersion{ID: p.ID, EffectiveFrom: r.time(), Multipliers: r.multipliers()}
		v.RateCards = list[core.RateCard](r.count(7))
		for j := range v.RateCards {
			v.RateCards[j] = r.rateCard()
		}
		if r.form >= rechargeForm {
			v.Credits = r.credits()
		}
		p.Versions[i] = v
	}
	return p
}

func (r *reader) rateCard() core.RateCard {
	c := core.RateCard{Channel: r.name(), Currency: r.currency(), WholeVolume: r.bool(), Minimum: r.amount()}
	c.Tiers = list[core.Tier](r.count(4))
	for i := range c.Tiers {
		c.Tiers[i] = core.Tier{UpTo: r.factor(), UnitPrice: r.factor()}
	}
	return c
}

func (r *reader) fx(meta core.Meta, key keyParts) *core.FX {
	f := &core.FX{Meta: meta, Org: key.first}
	copy(f.From[:], key.second[:3])
	copy(f.To[:], key.second[3:])
	f.Versions = list[core.FXRate](r.count(3))
	for i := range f.Versions {
		f.Versions[i] = core.FXRate{EffectiveFrom: r.time(), From: f.From, To: f.To, Rate: r.factor()}
	}
	return f
}

func (r *reader) queue(meta core.Meta, key keyParts) *core.Queue {
	return &core.Queue{
		Meta: meta, Org: key.first, Account: key.second,
		First: r.uvarint(), Next: r.uvarint(), Ready: r.bool(),
	}
}

func (r *reader) parked(meta core.Meta) *core.Parked {
	p := &core.Parked{Meta: meta, Deadline: r.time()}
	p.Record = bytes.Clone(r.rest)
	r.rest = nil
	return p
}

func (r *reader) progress(meta core.Meta) *core.Progress {
	p := &core.Progress{Meta: meta, Txn: r.uvarint(), Entry: r.uvarint(), LastTick: r.time(), Target: r.time()}
	p.Offsets = list[int64](r.count(1))
	for i := range p.Offsets {
		p.Offsets[i] = r.varint()
	}
	copy(p.Link[:], r.bytes(len(p.Link)))
	return p
}
