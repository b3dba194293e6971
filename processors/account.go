package processors

import (
	"slices"
	"strings"

	"purser/processors/money"
)

// defined says whether the account exists: a removed one is a cell without versions.
func (a *Account) defined() bool { return a != nil && len(a.Versions) > 0 }

// definition is what the definition of an account changes beside the account.
type definition struct {
	org      *Org
	account  *Account
	queue    *Queue // usage that waits for the account, where it was not defined
	plan     *Plan  // the one that the new version names
	released *Plan  // the one that no version names any more
	versions []AccountVersion
	currency money.Currency
}

// defineAccount adds a version of an account. The first one fixes its kind and currency (R2.4), and lets the usage that
// has waited for it go (R10.2).
func defineAccount(b Book, ev *Event, d *Decision) Status {
	var def definition
	if !def.load(b, ev) {
		return Miss
	}
	p := b.Progress()
	if def.account != nil {
		if d.draft.account(b, def.account); d.draft.missing {
			return Miss
		}
	}
	if def.account != nil && d.dueFirst(p, def.account) || def.queue != nil && d.dueFirst(p, def.queue) {
		return DueFirst
	}
	if why := def.check(ev); why != ReasonNone {
		return d.refuse(why)
	}
	def.apply(b, ev, d)
	return d.apply()
}

func (def *definition) load(b Book, ev *Event) bool {
	org, orgKnown := b.Org(ev.Org)
	account, known := b.Account(ev.Org, ev.Account.ID)
	def.org, def.account = org, account
	known = known && orgKnown
	if known && !account.defined() {
		def.queue, known = b.Queue(ev.Org, ev.Account.ID)
	}
	if ev.Account.Plan != "" {
		plan, ok := b.Plan(ev.Org, ev.Account.Plan)
		def.plan, known = plan, known && ok
	}
	if !known {
		return false
	}
	return def.loadReleased(b, ev)
}

// loadReleased makes the new list of versions, and finds the plan that it no longer names: that of the version that is
// replaced, or dropped as the oldest. One version leaves at most.
func (def *definition) loadReleased(b Book, ev *Event) bool {
	var old []AccountVersion
	if def.account != nil {
		old = def.account.Versions
	}
	v := *ev.Account
	v.EffectiveFrom = effective(v.EffectiveFrom, ev)
	def.versions = withVersion(old, v)
	for i := range old {
		if plan := old[i].Plan; plan != "" && !naming(def.versions, plan) {
			p, known := b.Plan(ev.Org, plan)
			def.released = p
			return known
		}
	}
	return true
}

// check says why the definition is refused, if it is.
func (def *definition) check(ev *Event) Reason {
	v, a := ev.Account, def.account
	switch {
	case def.org == nil:
		return UnknownOrg
	case v.Kind != KindWallet && v.Kind != KindAgencyWallet && v.Kind != KindFundingSource || reserved(v.ID):
		return NotAWallet
	case a != nil && a.Kind != v.Kind:
		return KindFixed
	case a != nil && v.Currency != (money.Currency{}) && v.Currency != a.Currency:
		return CurrencyFixed
	case v.Plan != "" && def.plan == nil:
		return UnknownPlan
	case v.Kind == KindAgencyWallet && def.org.AgencyWallet != "" && def.org.AgencyWallet != v.ID:
		return AgencyWalletExists
	}
	def.currency = v.Currency
	if a != nil {
		def.currency = a.Currency
	} else if def.currency == (money.Currency{}) {
		def.currency = inForce(def.org.Versions, ev.OccurredAt).Currency
	}
	if def.currency == (money.Currency{}) {
		return UnknownCurrency
	}
	return ReasonNone
}

// reserved says whether a name looks like a system account's: nobody reading a ledger should have to wonder.
func reserved(id string) bool {
	return id == Suspense || strings.HasPrefix(id, "world:") || strings.HasPrefix(id, "expense:") || strings.HasPrefix(id, "revenue:")
}

func (def *definition) apply(b Book, ev *Event, d *Decision) {
	a := def.account
	if a == nil {
		a = b.NewAccount(def.org.ID, strings.Clone(ev.Account.ID))
		a.Kind, a.Currency = ev.Account.Kind, def.currency
	} else {
		b.Touch(a)
	}
	first := !a.defined()
	if def.plan != nil && !naming(a.Versions, def.plan.ID) {
		def.plan.Accounts++
		b.Touch(def.plan)
	}
	if def.released != nil {
		release(b, def.released)
	}
	def.own(ev)
	a.Versions = def.versions
	if def.plan.gives() || ev.Account.Credits != nil {
		a.expectCredits(def.org, latest(b.Progress(), ev.RecordedAt))
	}
	if a.Kind == KindAgencyWallet && def.org.AgencyWallet == "" {
		def.org.AgencyWallet = a.ID
		b.Touch(def.org)
	}
	if a.Kind == KindFundingSource {
		if a.scheduled() {
			a.expectFunding(def.org, latest(b.Progress(), ev.RecordedAt))
		}
		def.org.flag(b, a.ID, effective(ev.Account.EffectiveFrom, ev), ev.Account.Terms.Default)
	}
	if def.queue != nil {
		def.queue.Ready, def.queue.NextDue = true, DueNow
		b.Touch(def.queue)
		a.Waiting = true
	}
	at := latest(b.Progress(), ev.RecordedAt)
	if first {
		a.arm(at)
	}
	d.judge(b, a, at)
}

// own clones what the new version keeps of its event.
func (def *definition) own(ev *Event) {
	from := effective(ev.Account.EffectiveFrom, ev)
	for i := range def.versions {
		v := &def.versions[i]
		if v.EffectiveFrom != from {
			continue
		}
		v.ID, v.Plan = strings.Clone(v.ID), strings.Clone(v.Plan)
		v.Multipliers, v.Contacts = ownMultipliers(v.Multipliers), ownStrings(v.Contacts)
		if v.Recharge != nil {
			own := *v.Recharge
			own.Method = strings.Clone(own.Method)
			v.Recharge = &own
		}
		v.Credits, v.Terms = ownCredits(v.Credits), ownTerms(v.Terms)
	}
}

func naming(versions []AccountVersion, plan string) bool {
	return slices.ContainsFunc(versions, func(v AccountVersion) bool { return v.Plan == plan })
}

// release says that an account no longer names a plan.
func release(b Book, p *Plan) {
	p.Accounts--
	b.Touch(p)
}

// removeAccount ends an account that nothing is left on (R2.3). Its cell stays where anything was ever posted, or any card was charged,
// so that the account's numbers go on if it is defined again; and where its user has had a budget, which he gets once (R5.6).
func removeAccount(b Book, ev *Event, d *Decision) Status {
	org, orgKnown := b.Org(ev.Org)
	a, known := b.Account(ev.Org, ev.Account.ID)
	if !orgKnown || !known {
		return Miss
	}
	if !a.defined() {
		return d.refuse(UnknownAccount)
	}
	plans, known := namedPlans(b, a)
	if !known {
		return Miss
	}
	if d.dueFirst(b.Progress(), a) {
		return DueFirst
	}
	if a.Balance != 0 || len(a.Grants) > 0 || a.Waiting || a.Dunning.Open > 0 || a.funds() {
		d.Had = a.Balance
		return d.refuse(InUse)
	}
	for _, p := range plans {
		release(b, p)
	}
	if a.Kind == KindAgencyWallet {
		org.AgencyWallet = ""
		b.Touch(org)
	}
	if a.Kind == KindFundingSource {
		org.forget(b, a.ID)
	}
	if a.Seq == 0 && a.Dunning.Recharges == 0 && len(a.Budgeted) == 0 {
		b.Delete(a)
		return d.apply()
	}
	a.Versions, a.Volumes, a.Spells = nil, nil, nil
	a.Dunning, a.Monthly, a.Funding = Dunning{Recharges: a.Dunning.Recharges}, Monthly{}, Funding{}
	a.schedule()
	b.Touch(a)
	return d.apply()
}

// namedPlans returns the plans that any version of the account names.
func namedPlans(b Book, a *Account) (plans []*Plan, known bool) {
	known = true
	for i := range a.Versions {
		plan := a.Versions[i].Plan
		if plan == "" || naming(a.Versions[:i], plan) {
			continue
		}
		p, ok := b.Plan(a.Org, plan)
		plans = append(plans, p)
		known = known && ok
	}
	return plans, known
}
