package state

import (
	"encoding/binary"
	"slices"

	"purser/processors/core"
	"purser/processors/money"
)

// Bits of an account's flag byte.
const (
	flagBelowLow = 1 << iota
	flagBelowZero
	flagAllPurchased // Purchased is the balance and is not written: a wallet without grants
	flagNonePurchased
	flagGrants
	flagVolumes
	flagWaiting
	flagMore // from version 3 on: where it stands with its recharges and monthly credits; from version 4 on, also with what funds it
)

// appendAccount puts the versions last and without a length of their own: what is left of the value is them, so that
// decoding finds the same bytes as one run and can share what it made of them before.
func appendAccount(dst []byte, a *core.Account, form byte) []byte {
	var flags byte
	if a.BelowLow {
		flags |= flagBelowLow
	}
	if a.BelowZero {
		flags |= flagBelowZero
	}
	if a.Waiting {
		flags |= flagWaiting
	}
	switch a.Purchased {
	case a.Balance:
		flags |= flagAllPurchased
	case 0:
		flags |= flagNonePurchased
	}
	if len(a.Grants) > 0 {
		flags |= flagGrants
	}
	if len(a.Volumes) > 0 {
		flags |= flagVolumes
	}
	if a.Dunning != (core.Dunning{}) || a.Monthly != (core.Monthly{}) || funds(a) {
		flags |= flagMore
	}
	dst = append(dst, byte(a.Kind), flags, a.Currency[0], a.Currency[1], a.Currency[2])
	dst = binary.AppendVarint(dst, int64(a.Balance))
	if flags&(flagAllPurchased|flagNonePurchased) == 0 {
		dst = binary.AppendVarint(dst, int64(a.Purchased))
	}
	dst = binary.AppendUvarint(dst, a.Seq)
	dst = binary.AppendUvarint(dst, a.Last)
	if flags&flagGrants != 0 {
		dst = appendGrants(dst, a.Grants)
	}
	if flags&flagVolumes != 0 {
		dst = appendVolumes(dst, a.Volumes)
	}
	if flags&flagMore != 0 {
		dst = appendDunning(dst, &a.Dunning)
		dst = binary.AppendVarint(dst, int64(a.Monthly.Month))
		dst = binary.AppendVarint(dst, int64(a.Monthly.Due))
		if form >= fundingForm {
			dst = appendFunding(dst, a)
		}
	}
	return appendAccountVersions(dst, a.Versions, form)
}

// accountForm is the lowest version of the form that has room for all that an account holds.
func accountForm(a *core.Account) byte {
	if a.Kind == core.KindSpending {
		return spendingForm
	}
	if a.Kind == core.KindCustomerAccount {
		return customerForm
	}
	if funds(a) || slices.ContainsFunc(a.Versions, func(v core.AccountVersion) bool { return v.Terms != nil }) {
		return fundingForm
	}
	if a.Dunning != (core.Dunning{}) || a.Monthly != (core.Monthly{}) {
		return rechargeForm
	}
	for i := range a.Versions {
		if a.Versions[i].Recharge != nil || a.Versions[i].Credits != nil {
			return rechargeForm
		}
	}
	return firstForm
}

func appendDunning(dst []byte, d *core.Dunning) []byte {
	dst = binary.AppendUvarint(dst, d.Recharges)
	dst = binary.AppendUvarint(dst, uint64(d.Open))
	dst = binary.AppendUvarint(dst, d.Auto)
	dst = appendBool(appendBool(dst, d.Going), d.Exhausted)
	return binary.AppendVarint(dst, int64(d.Retry))
}

func appendGrants(dst []byte, grants []core.Grant) []byte {
	dst = appendCount(dst, len(grants))
	for i := range grants {
		g := &grants[i]
		dst = appendString(dst, g.ID)
		dst = binary.AppendVarint(dst, int64(g.Amount))
		dst = binary.AppendVarint(dst, int64(g.GrantedAt))
		dst = binary.AppendVarint(dst, int64(g.ExpiresAt))
	}
	return dst
}

func appendVolumes(dst []byte, volumes []core.Volume) []byte {
	dst = appendCount(dst, len(volumes))
	for i := range volumes {
		v := &volumes[i]
		dst = appendString(dst, v.Channel)
		dst = binary.AppendVarint(dst, int64(v.Month))
		dst = appendFactor(dst, v.Units)
	}
	return dst
}

func appendAccountVersions(dst []byte, versions []core.AccountVersion, form byte) []byte {
	for i := range versions {
		v := &versions[i]
		dst = append(dst, byte(v.Kind), v.Currency[0], v.Currency[1], v.Currency[2])
		dst = binary.AppendVarint(dst, int64(v.EffectiveFrom))
		dst = appendString(dst, v.Plan)
		dst = appendMultipliers(dst, v.Multipliers)
		dst = appendBool(dst, v.HasLowBalance)
		if v.HasLowBalance {
			dst = binary.AppendVarint(dst, int64(v.LowBalance))
		}
		dst = appendCount(dst, len(v.Contacts))
		for _, c := range v.Contacts {
			dst = appendString(dst, c)
		}
		if form >= rechargeForm {
			dst = appendCredits(appendPolicy(dst, v.Recharge), v.Credits)
		}
		if form >= fundingForm {
			dst = appendTerms(dst, v.Terms)
		}
		if form >= customerForm {
			dst = appendCustomerTerms(dst, v.Customer)
		}
	}
	return dst
}

func appendPolicy(dst []byte, p *core.RechargePolicy) []byte {
	if p == nil {
		return appendBool(dst, false)
	}
	dst = appendBool(dst, true)
	dst = binary.AppendVarint(dst, int64(p.Below))
	dst = binary.AppendVarint(dst, int64(p.Amount))
	dst = appendString(dst, p.Method)
	dst = appendCount(dst, p.Attempts)
	return binary.AppendVarint(dst, int64(p.Every))
}

func appendCredits(dst []byte, c *core.MonthlyCredits) []byte {
	if c == nil {
		return appendBool(dst, false)
	}
	dst = binary.AppendVarint(appendBool(dst, true), int64(c.Amount))
	return binary.AppendVarint(dst, int64(c.Months))
}

// planForm is the lowest version of the form that has room for all that a plan holds.
func planForm(p *core.Plan) byte {
	for i := range p.Versions {
		if p.Versions[i].Credits != nil {
			return rechargeForm
		}
	}
	return firstForm
}

func appendRecharge(dst []byte, c *core.Recharge) []byte {
	dst = append(dst, byte(c.Purpose), byte(c.State))
	dst = appendCount(dst, c.Limit)
	dst = binary.AppendVarint(dst, int64(c.Every))
	dst = appendBool(dst, c.Reset)
	dst = appendString(appendString(dst, c.Source), c.ID)
	dst = appendCount(dst, len(c.Attempts))
	for i := range c.Attempts {
		a := &c.Attempts[i]
		dst = binary.AppendVarint(dst, int64(a.Amount))
		dst = binary.AppendVarint(dst, int64(a.EmittedAt))
		dst = append(dst, byte(a.Result))
	}
	return dst
}

// orgForm is the lowest version of the form that has room for all that an org holds.
func orgForm(o *core.Org) byte {
	if len(o.Spending) > 0 || slices.ContainsFunc(o.Versions, func(v core.OrgVersion) bool { return v.SplitBilling }) {
		return spendingForm
	}
	if len(o.Defaults) > 0 || o.Invoices > 0 {
		return fundingForm
	}
	for i := range o.Versions {
		if o.Versions[i].Reversible != 0 {
			return rechargeForm
		}
	}
	return firstForm
}

func appendOrg(dst []byte, o *core.Org, form byte) []byte {
	dst = appendString(dst, o.AgencyWallet)
	dst = appendCount(dst, len(o.Versions))
	for i := range o.Versions {
		v := &o.Versions[i]
		dst = binary.AppendVarint(dst, int64(v.EffectiveFrom))
		dst = appendString(dst, v.Zone.String())
		dst = append(dst, v.Currency[:]...)
		dst = appendMultipliers(dst, v.Multipliers)
		if form >= rechargeForm {
			dst = binary.AppendVarint(dst, int64(v.Reversible))
		}
		if form >= spendingForm {
			dst = appendBool(dst, v.SplitBilling)
		}
	}
	if form < fundingForm {
		return dst
	}
	dst = appendCount(binary.AppendUvarint(dst, o.Invoices), len(o.Defaults))
	for i := range o.Defaults {
		dst = appendString(binary.AppendVarint(dst, int64(o.Defaults[i].EffectiveFrom)), o.Defaults[i].Account)
	}
	if form >= spendingForm {
		dst = appendNames(dst, o.Spending)
	}
	return dst
}

func appendPlan(dst []byte, p *core.Plan, form byte) []byte {
	dst = binary.AppendVarint(dst, p.Accounts)
	dst = appendCount(dst, len(p.Versions))
	for i := range p.Versions {
		v := &p.Versions[i]
		dst = binary.AppendVarint(dst, int64(v.EffectiveFrom))
		dst = appendMultipliers(dst, v.Multipliers)
		dst = appendCount(dst, len(v.RateCards))
		for j := range v.RateCards {
			dst = appendRateCard(dst, &v.RateCards[j])
		}
		if form >= rechargeForm {
			dst = appendCredits(dst, v.Credits)
		}
	}
	return dst
}

func appendRateCard(dst []byte, c *core.RateCard) []byte {
	dst = appendString(dst, c.Channel)
	dst = append(dst, c.Currency[:]...)
	dst = appendBool(dst, c.WholeVolume)
	dst = binary.AppendVarint(dst, int64(c.Minimum))
	dst = appendCount(dst, len(c.Tiers))
	for _, t := range c.Tiers {
		dst = appendFactor(appendFactor(dst, t.UpTo), t.UnitPrice)
	}
	return dst
}

func appendFX(dst []byte, f *core.FX) []byte {
	dst = appendCount(dst, len(f.Versions))
	for i := range f.Versions {
		dst = binary.AppendVarint(dst, int64(f.Versions[i].EffectiveFrom))
		dst = appendFactor(dst, f.Versions[i].Rate)
	}
	return dst
}

func appendQueue(dst []byte, q *core.Queue) []byte {
	dst = binary.AppendUvarint(dst, q.First)
	dst = binary.AppendUvarint(dst, q.Next)
	return appendBool(dst, q.Ready)
}

func appendParked(dst []byte, p *core.Parked) []byte {
	dst = binary.AppendVarint(dst, int64(p.Deadline))
	return append(dst, p.Record...)
}

func appendProgress(dst []byte, p *core.Progress) []byte {
	dst = binary.AppendUvarint(dst, p.Txn)
	dst = binary.AppendUvarint(dst, p.Entry)
	dst = binary.AppendVarint(dst, int64(p.LastTick))
	dst = binary.AppendVarint(dst, int64(p.Target))
	dst = appendCount(dst, len(p.Offsets))
	for _, o := range p.Offsets {
		dst = binary.AppendVarint(dst, o)
	}
	return append(dst, p.Link[:]...)
}

func appendMultipliers(dst []byte, ms []core.Multiplier) []byte {
	dst = appendCount(dst, len(ms))
	for i := range ms {
		dst = appendFactor(appendString(dst, ms[i].Channel), ms[i].Factor)
	}
	return dst
}

func appendFactor(dst []byte, f money.Factor) []byte {
	hi, lo := f.Bits()
	return binary.AppendUvarint(binary.AppendUvarint(dst, hi), lo)
}

func appendString(dst []byte, s string) []byte {
	return append(appendCount(dst, len(s)), s...)
}

func appendCount(dst []byte, n int) []byte { return binary.AppendUvarint(dst, uint64(n)) }

func appendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, 1)
	}
	return append(dst, 0)
}
