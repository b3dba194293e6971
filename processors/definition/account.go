// Package definition adds versions of orgs, plans, accounts and rates, and removes what nothing names (R2.3, R2.4).
package definition

import (
	"slices"
	"strings"

	"purser/processors/core"
	"purser/processors/credit"
	"purser/processors/customer"
	"purser/processors/funding"
	"purser/processors/money"
	"purser/processors/recharge"
)

// definition is what the definition of an account changes beside the account.
type definition struct {
	org      *core.Org
	account  *core.Account
	queue    *core.Queue // usage that waits for the account, where it was not defined
	plan     *core.Plan  // the one that the new version names
	released *core.Plan  // the one that no version names any more
	versions []core.AccountVersion
	currency money.Currency
	customer customer.Definition // of a customer account
}

// DefineAccount adds a version of an account. The first one fixes its kind and currency (R2.4), and lets the usage that
// has waited for it go (R10.2).
func DefineAccount(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	var def definition
	if !def.load(b, ev) {
		return core.Miss
	}
	p := b.Progress()
	if def.account != nil {
		if d.Draft.Account(b, def.account); d.Draft.Missing {
			return core.Miss
		}
	}
	if def.account != nil && d.DueFirst(p, def.account) || def.queue != nil && d.DueFirst(p, def.queue) {
		return core.DueFirst
	}
	if why := def.check(ev); why != core.ReasonNone {
		return d.Refuse(why)
	}
	def.apply(b, ev, d)
	return d.Apply()
}

// PrefetchAccount asks for what the definition or the removal of an account will need.
func PrefetchAccount(b core.Book, ev *core.Event) {
	if ev.Type == core.AccountDefined {
		new(definition).load(b, ev)
	} else if a, known := b.Account(ev.Org, ev.Account.ID); known && a.Defined() {
		namedPlans(b, a)
	}
}

func (def *definition) load(b core.Book, ev *core.Event) bool {
	org, orgKnown := b.Org(ev.Org)
	account, known := b.Account(ev.Org, ev.Account.ID)
	def.org, def.account = org, account
	known = known && orgKnown
	if known && !account.Defined() {
		def.queue, known = b.Queue(ev.Org, ev.Account.ID)
	}
	if ev.Account.Kind == core.KindCustomerAccount {
		known = def.customer.Load(b, ev) && known
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
func (def *definition) loadReleased(b core.Book, ev *core.Event) bool {
	var old []core.AccountVersion
	if def.account != nil {
		old = def.account.Versions
	}
	v := *ev.Account
	v.EffectiveFrom = core.Effective(v.EffectiveFrom, ev)
	def.versions = core.WithVersion(old, v)
	if v.Kind == core.KindCustomerAccount && !def.customer.LoadWallets(b, ev.Org, &v, old, def.versions) {
		return false
	}
	def.customer.Recall(old)
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
func (def *definition) check(ev *core.Event) core.Reason {
	v, a := ev.Account, def.account
	switch {
	case def.org == nil:
		return core.UnknownOrg
	case !definable(v.Kind) || reserved(v.ID):
		return core.NotAWallet
	case a != nil && a.Kind != v.Kind:
		return core.KindFixed
	case !customer.Fits(v):
		return core.NotOfThisKind
	case a != nil && v.Currency != (money.Currency{}) && v.Currency != a.Currency:
		return core.CurrencyFixed
	case v.Plan != "" && def.plan == nil:
		return core.UnknownPlan
	case v.Kind == core.KindAgencyWallet && def.org.AgencyWallet != "" && def.org.AgencyWallet != v.ID:
		return core.AgencyWalletExists
	}
	def.currency = v.Currency
	if a != nil {
		def.currency = a.Currency
	} else if def.currency == (money.Currency{}) {
		def.currency = core.InForce(def.org.Versions, ev.OccurredAt).Currency
	}
	if def.currency == (money.Currency{}) {
		return core.UnknownCurrency
	}
	if v.Kind != core.KindCustomerAccount {
		return core.ReasonNone
	}
	return def.customer.Refuses(v, def.currency)
}

// definable says whether an event may define an account of a kind.
func definable(k core.AccountKind) bool {
	return k == core.KindWallet || k == core.KindAgencyWallet || k == core.KindFundingSource || k == core.KindCustomerAccount
}

// reserved says whether a name looks like a system account's: nobody reading a ledger should have to wonder.
func reserved(id string) bool {
	return id == core.Suspense || strings.HasPrefix(id, "world:") || strings.HasPrefix(id, "expense:") || strings.HasPrefix(id, "revenue:")
}

func (def *definition) apply(b core.Book, ev *core.Event, d *core.Decision) {
	a := def.account
	if a == nil {
		a = b.NewAccount(def.org.ID, strings.Clone(ev.Account.ID))
		a.Kind, a.Currency = ev.Account.Kind, def.currency
	} else {
		b.Touch(a)
	}
	first := !a.Defined()
	if def.plan != nil && !naming(a.Versions, def.plan.ID) {
		def.plan.Accounts++
		b.Touch(def.plan)
	}
	if def.released != nil {
		release(b, def.released)
	}
	if a.Kind == core.KindCustomerAccount {
		def.customer.KeepWallets(b)
	}
	def.own(ev)
	if a.Kind == core.KindCustomerAccount {
		def.customer.Number(b, ev.Account.Customer, def.versions)
	}
	a.Versions = def.versions
	if credit.Gives(def.plan) || ev.Account.Credits != nil {
		credit.ExpectMonthly(a, def.org, core.Latest(b.Progress(), ev.RecordedAt))
	}
	if a.Kind == core.KindAgencyWallet && def.org.AgencyWallet == "" {
		def.org.AgencyWallet = a.ID
		b.Touch(def.org)
	}
	if a.Kind == core.KindFundingSource {
		if funding.Scheduled(a) {
			funding.Expect(a, def.org, core.Latest(b.Progress(), ev.RecordedAt))
		}
		funding.Flag(def.org, b, a.ID, core.Effective(ev.Account.EffectiveFrom, ev), ev.Account.Terms.Default)
	}
	if def.queue != nil {
		def.queue.Ready, def.queue.NextDue = true, core.DueNow
		b.Touch(def.queue)
		a.Waiting = true
	}
	if a.Kind == core.KindCustomerAccount { // which may owe: it has a limit, and neither a threshold nor a policy
		def.customer.Cross(d, b, a)
		return
	}
	at := core.Latest(b.Progress(), ev.RecordedAt)
	if first {
		recharge.Arm(a, at)
	}
	recharge.Judge(d, b, a, at)
}

// own clones what the new version keeps of its event.
func (def *definition) own(ev *core.Event) {
	from := core.Effective(ev.Account.EffectiveFrom, ev)
	for i := range def.versions {
		v := &def.versions[i]
		if v.EffectiveFrom != from {
			continue
		}
		v.ID, v.Plan = strings.Clone(v.ID), strings.Clone(v.Plan)
		v.Multipliers, v.Contacts = core.OwnMultipliers(v.Multipliers), core.OwnStrings(v.Contacts)
		if v.Recharge != nil {
			own := *v.Recharge
			own.Method = strings.Clone(own.Method)
			v.Recharge = &own
		}
		v.Credits, v.Terms, v.Customer = core.OwnCredits(v.Credits), funding.OwnTerms(v.Terms), customer.OwnTerms(v.Customer)
	}
}

func naming(versions []core.AccountVersion, plan string) bool {
	return slices.ContainsFunc(versions, func(v core.AccountVersion) bool { return v.Plan == plan })
}

// release says that an account no longer names a plan.
func release(b core.Book, p *core.Plan) {
	p.Accounts--
	b.Touch(p)
}

// RemoveAccount ends an account that nothing is left on (R2.3). Its cell stays where anything was ever posted, or any card was charged,
// so that the account's numbers go on if it is defined again; and where its user has had a budget, which he gets once (R5.6).
func RemoveAccount(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	org, orgKnown := b.Org(ev.Org)
	a, known := b.Account(ev.Org, ev.Account.ID)
	if !orgKnown || !known {
		return core.Miss
	}
	if !a.Defined() {
		return d.Refuse(core.UnknownAccount)
	}
	plans, known := namedPlans(b, a)
	used, ok := customer.InUse(b, a)
	wallets, found := customer.Wallets(b, a)
	if !known || !ok || !found {
		return core.Miss
	}
	if d.DueFirst(b.Progress(), a) {
		return core.DueFirst
	}
	if a.Balance != 0 || len(a.Grants) > 0 || a.Waiting || a.Dunning.Open > 0 || funding.InUse(a) || used {
		d.Had = a.Balance
		return d.Refuse(core.InUse)
	}
	for _, p := range plans {
		release(b, p)
	}
	if a.Kind == core.KindAgencyWallet {
		org.AgencyWallet = ""
		b.Touch(org)
	}
	if a.Kind == core.KindFundingSource {
		funding.Forget(org, b, a.ID)
	}
	if a.Kind == core.KindCustomerAccount {
		customer.Forget(b, a)
		customer.Release(b, wallets)
	}
	if a.Seq == 0 && a.Dunning.Recharges == 0 && len(a.Budgeted) == 0 {
		b.Delete(a)
		return d.Apply()
	}
	a.Versions, a.Volumes, a.Spells = nil, nil, nil
	a.Dunning, a.Monthly, a.Funding = core.Dunning{Recharges: a.Dunning.Recharges}, core.Monthly{}, core.Funding{}
	a.Schedule()
	b.Touch(a)
	return d.Apply()
}

// namedPlans returns the plans that any version of the account names.
func namedPlans(b core.Book, a *core.Account) (plans []*core.Plan, known bool) {
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
