// Package spending is about spending accounts (R7): their definitions, who may use them, and what they may pay.
package spending

import (
	"slices"
	"strings"

	"purser/processors/core"
	"purser/processors/money"
)

const (
	maxAccounts = 256 // of an org, so that a question for all of a user's is bounded (R10.3)
	maxVersions = 32  // of an account, whose lists may be long
)

// definition is what an event changes about one spending account.
type definition struct {
	org     *core.Org
	account *core.Spending // nil: it is not there yet
}

// load looks up the org and the account.
func (def *definition) load(b core.Book, org, id string) (known bool) {
	o, orgKnown := b.Org(org)
	account, known := b.Spending(org, id)
	def.org, def.account = o, account
	return known && orgKnown
}

// Define adds a version of a spending account, which is switched off: it is changed only while it is (R7.1).
func Define(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	var def definition
	if !def.load(b, ev.Org, ev.Spending.ID) {
		return core.Miss
	}
	if def.org == nil {
		return d.Refuse(core.UnknownOrg)
	}
	if def.walks(d) {
		return core.DueFirst
	}
	from, currency := core.Effective(ev.From, ev), ev.Spending.Currency
	switch a := def.account; {
	case a == nil && len(def.org.Spending) >= maxAccounts:
		return d.Refuse(core.TooManySpending)
	case a == nil:
		if currency == (money.Currency{}) {
			currency = core.InForce(def.org.Versions, ev.OccurredAt).Currency
		}
		if currency == (money.Currency{}) {
			return d.Refuse(core.UnknownCurrency)
		}
	case currency != (money.Currency{}) && currency != a.Currency:
		return d.Refuse(core.CurrencyFixed) // R2.4
	case on(a, from):
		return d.Refuse(core.SpendingOn)
	case a.Opened > 0 && core.InForce(a.Versions, from).Terms.Shared != ev.Spending.Shared:
		return d.Refuse(core.TypeFixed)
	}
	def.add(b, ev, core.SpendingVersion{EffectiveFrom: from, Terms: ev.Spending}, ev.Spending.ID, currency)
	return d.Apply()
}

// on says whether an account is switched on at a time, or will be, or has been since.
func on(a *core.Spending, at core.Time) bool {
	later := func(v core.SpendingVersion) bool { return v.On && v.EffectiveFrom >= at }
	return core.InForce(a.Versions, at).On || slices.ContainsFunc(a.Versions, later)
}

// add adds a version to the account, or makes the account. Without a number the version's terms are new.
func (def *definition) add(b core.Book, ev *core.Event, v core.SpendingVersion, id string, currency money.Currency) {
	a := def.account
	if a == nil {
		a = b.NewSpending(def.org.ID, strings.Clone(id))
		a.Currency, a.Born = currency, b.Progress().Entry
		i, _ := slices.BinarySearch(def.org.Spending, a.ID)
		def.org.Spending = slices.Insert(slices.Clone(def.org.Spending), i, a.ID)
		b.Touch(def.org)
	} else {
		b.Touch(a)
	}
	change(b, a)
	a.Since = core.TickTime(b.Progress(), ev.RecordedAt)
	if v.Seq == 0 {
		v.Seq = a.Changes
	}
	versions := core.WithVersion(a.Versions, v)
	a.Versions = versions[max(0, len(versions)-maxVersions):]
}

// Switch switches a spending account on or off from a time on (R7.1). What it is already, it stays.
func Switch(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	var def definition
	q := ev.Switch
	switch {
	case !def.load(b, ev.Org, q.Spending):
		return core.Miss
	case def.org == nil:
		return d.Refuse(core.UnknownOrg)
	case def.account == nil:
		return d.Refuse(core.UnknownSpending)
	case def.walks(d):
		return core.DueFirst
	}
	from := core.Effective(q.EffectiveFrom, ev)
	was := core.InForce(def.account.Versions, from)
	if was.On != q.On {
		def.add(b, ev, core.SpendingVersion{EffectiveFrom: max(from, was.EffectiveFrom), On: q.On, Seq: was.Seq, Terms: was.Terms}, "", money.Currency{})
	}
	return d.Apply()
}

// Copy makes a spending account that is defined as another one is, and switched off (R7.1). It has no balances.
func Copy(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	var def, of definition
	q := ev.Copy
	known := def.load(b, ev.Org, q.As)
	switch known = of.load(b, ev.Org, q.Spending) && known; {
	case !known:
		return core.Miss
	case def.org == nil:
		return d.Refuse(core.UnknownOrg)
	case of.account == nil:
		return d.Refuse(core.UnknownSpending)
	case def.account != nil:
		return d.Refuse(core.SpendingExists)
	case len(def.org.Spending) >= maxAccounts:
		return d.Refuse(core.TooManySpending)
	}
	terms := *core.InForce(of.account.Versions, ev.RecordedAt).Terms
	terms.ID = strings.Clone(q.As)
	if of.account.All.Seq > core.InForce(of.account.Versions, ev.RecordedAt).Seq {
		terms.Budget = of.account.All.Amount
	}
	if q.Name != "" {
		terms.Labels.Name = strings.Clone(q.Name)
	}
	def.add(b, ev, core.SpendingVersion{EffectiveFrom: ev.RecordedAt, Terms: &terms}, q.As, of.account.Currency)
	return d.Apply()
}

// Remove forgets a spending account that is switched off and was never used: no balance of it was opened (R7.1).
func Remove(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	var def definition
	switch {
	case !def.load(b, ev.Org, ev.Spending.ID):
		return core.Miss
	case def.account == nil:
		return d.Refuse(core.UnknownSpending)
	case on(def.account, core.Latest(b.Progress(), ev.RecordedAt)):
		return d.Refuse(core.SpendingOn)
	case def.account.Opened > 0:
		return d.Refuse(core.InUse)
	}
	i, _ := slices.BinarySearch(def.org.Spending, def.account.ID)
	def.org.Spending = slices.Delete(slices.Clone(def.org.Spending), i, i+1)
	b.Touch(def.org)
	b.Delete(def.account)
	return d.Apply()
}
