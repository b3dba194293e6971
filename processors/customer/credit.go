package customer

import (
	"slices"
	"strings"

	"purser/processors/core"
	"purser/processors/money"
)

// terms are the credit terms of an account in force at a time (R8.3).
type terms struct {
	own     core.CustomerTerms // what its definition says
	policy  *core.CustomerPolicy
	days    int32
	limit   money.Amount
	limited bool
}

// termsAt puts together what the account's definition and the org's settings say: the account's own period and limit, else those of its rating; and a
// limit no higher than its KYC profile allows.
func termsAt(a *core.Account, settings *core.CustomerSettings, at core.Time) terms {
	t := terms{policy: policyAt(settings, at)}
	if own := core.InForce(a.Versions, at).Customer; own != nil {
		t.own = *own
	}
	t.days, t.limit, t.limited = t.own.CreditDays, t.own.Limit, t.own.HasLimit
	if r := ratingOf(t.policy, t.own.Rating); r != nil {
		if t.days == 0 {
			t.days = r.Days
		}
		if !t.limited {
			t.limit, t.limited = r.Limit, r.HasLimit
		}
	}
	if k := profileOf(t.policy, t.own.Profile); k != nil && (!t.limited || t.limit > k.Maximum) {
		t.limit, t.limited = k.Maximum, true
	}
	return t
}

func policyAt(settings *core.CustomerSettings, at core.Time) *core.CustomerPolicy {
	if settings == nil {
		return &core.CustomerPolicy{}
	}
	return core.InForce(settings.Versions, at)
}

func ratingOf(p *core.CustomerPolicy, name string) *core.Rating {
	i := slices.IndexFunc(p.Ratings, func(r core.Rating) bool { return r.Name == name })
	if i < 0 {
		return nil
	}
	return &p.Ratings[i]
}

func profileOf(p *core.CustomerPolicy, name string) *core.Profile {
	i := slices.IndexFunc(p.Profiles, func(k core.Profile) bool { return k.Name == name })
	if i < 0 {
		return nil
	}
	return &p.Profiles[i]
}

// DefineSettings adds a version of an org's customer settings.
func DefineSettings(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	org, orgKnown := b.Org(ev.Org)
	s, known := b.CustomerSettings(ev.Org)
	if !orgKnown || !known {
		return core.Miss
	}
	if org == nil {
		return d.Refuse(core.UnknownOrg)
	}
	if s == nil {
		s = b.NewCustomerSettings(org.ID)
	} else {
		b.Touch(s)
	}
	v := *ev.Settings
	v.EffectiveFrom = core.Effective(v.EffectiveFrom, ev)
	s.Versions = core.WithVersion(s.Versions, v) // its strings are its own: the decoder has cloned them
	return d.Apply()
}

// Definition is what the definition of a customer account is judged by.
type Definition struct {
	settings *core.CustomerSettings
	customer *core.Customer // nil: nothing was recorded yet
	at       core.Time

	currency money.Currency        // of the account
	long     bool                  // its id is too long for it to be charged by itself
	before   []core.AccountVersion // of it
	wallet   *core.Account         // that the new version pays from; nil: from none
	released *core.Account         // that no version pays from any more

	number    uint64 // of the account, by its other versions; 0: none yet
	generated string // and its name
}

// Load looks it up.
func (def *Definition) Load(b core.Book, ev *core.Event) (known bool) {
	def.at = core.Latest(b.Progress(), ev.RecordedAt)
	var ok bool
	def.settings, known = b.CustomerSettings(ev.Org)
	def.customer, ok = b.Customer(ev.Org, ev.Account.ID)
	return known && ok
}

// Refuses says why the credit terms of a definition are refused (R8.3): it is judged by the settings that are in force when it is recorded.
func (def *Definition) Refuses(v *core.AccountVersion, currency money.Currency) core.Reason {
	own := v.Customer
	if own == nil {
		own = &core.CustomerTerms{}
	}
	def.currency = currency
	policy := policyAt(def.settings, def.at)
	r, k := ratingOf(policy, own.Rating), profileOf(policy, own.Profile)
	switch {
	case own.Rating != "" && r == nil:
		return core.UnknownRating
	case own.Profile != "" && k == nil:
		return core.UnknownProfile
	case r != nil && own.CreditDays != 0 && !within(r, own.CreditDays):
		return core.OutsideCreditTerms
	case k != nil && own.HasLimit && own.Limit > k.Maximum:
		return core.AboveMaximumLimit
	}
	if why := def.refusesProfile(own, policy.Accounts); why != core.ReasonNone {
		return why
	}
	return def.refusesPaying(v, own, policy)
}

// within says whether a credit period is in a rating's proximity range.
func within(r *core.Rating, days int32) bool {
	shortest, longest := r.Shortest, r.Longest
	if shortest == 0 {
		shortest = r.Days
	}
	if longest == 0 {
		longest = r.Days
	}
	return shortest <= days && days <= longest
}

// Cross alerts where a new definition moves an account across its limit.
func (def *Definition) Cross(d *core.Decision, b core.Book, a *core.Account) {
	if def.customer == nil {
		return
	}
	before := def.customer.OverLimit
	cross(d, a, def.customer, termsAt(a, def.settings, def.at), def.at)
	if before != def.customer.OverLimit {
		b.Touch(def.customer)
	}
}

// cross alerts when what is owed goes above the limit, and when it comes back to it or below (R8.4).
func cross(d *core.Decision, a *core.Account, c *core.Customer, t terms, at core.Time) {
	over := t.limited && owed(a) > t.limit
	if over == c.OverLimit {
		return
	}
	c.OverLimit = over
	kind := core.WithinCreditLimit
	if over {
		kind = core.OverCreditLimit
	}
	v := core.InForce(a.Versions, at)
	d.Alerts = append(d.Alerts, core.Alert{
		Kind: kind, Account: a, Currency: a.Currency, Balance: a.Balance, Threshold: t.limit, Contacts: v.Contacts, Customer: v.Customer,
	})
}

// judge says whether a transaction uses more credit than the account has, and no rule lets it (R8.4). Opening balances are what was owed before.
func (p *posting) judge(d *core.Decision, t *core.Transaction, amount money.Amount) core.Reason {
	if !t.Kind.Debits() || p.settled {
		return core.ReasonNone
	}
	return p.terms.allows(d, p.account, amount, t.Kind.String(), t.For)
}

// allows says whether an account may use an amount for something, by any of the names that it has.
func (t *terms) allows(d *core.Decision, a *core.Account, amount money.Amount, names ...string) core.Reason {
	if !t.limited {
		return core.ReasonNone
	}
	after, err := amount.Sub(a.Available()) // what would be owed
	if err == nil && after <= t.limit || t.overridden(names) {
		return core.ReasonNone
	}
	d.Had, d.Needed = t.limit, after
	return core.CreditLimitExceeded
}

// overridden says whether a rule lets something pass whatever is owed.
func (t *terms) overridden(names []string) bool {
	for i := range t.policy.Overrides {
		o := &t.policy.Overrides[i]
		if anyOf(o.Events, names) && anyOf(o.Classes, t.own.Classes) && anyOf(o.Ratings, []string{t.own.Rating}) && anyOf(o.Profiles, []string{t.own.Profile}) {
			return true
		}
	}
	return false
}

// anyOf says whether one of the names is in a list; an empty list asks for none.
func anyOf(list, names []string) bool {
	return len(list) == 0 || slices.ContainsFunc(names, func(name string) bool { return slices.Contains(list, name) })
}

// Authorise answers whether a customer may use funds for something (R8.4, R8.6). Nothing is set aside.
func Authorise(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	q := ev.Credit
	p, _, status := begin(b, ev, d, q.Account, "")
	if p == nil {
		return status
	}
	switch p.status() {
	case core.CustomerSuspended:
		return d.Refuse(core.CustomerIsSuspended)
	case core.CustomerTerminated:
		return d.Refuse(core.CustomerIsTerminated)
	case core.CustomerWrittenOff:
		return d.Refuse(core.CustomerIsWrittenOff)
	}
	if q.Currency != p.account.Currency {
		return d.Refuse(core.CurrencyMismatch)
	}
	if why := p.terms.allows(d, p.account, q.Amount, q.For); why != core.ReasonNone {
		return d.Refuse(why)
	}
	d.Outcome = core.Outcome{Status: core.Accepted, Account: p.account, Amount: q.Amount}
	return d.Apply()
}

// ChangeStatus suspends an account, makes it active again, terminates it, or writes off all that is owed on it (R8.6).
func ChangeStatus(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	q := ev.Status
	p, t, status := begin(b, ev, d, q.Account, q.Transaction)
	if p == nil {
		return status
	}
	switch {
	case p.status() == core.CustomerTerminated:
		return d.Refuse(core.CustomerIsTerminated)
	case q.Status == core.CustomerTerminated && p.customer != nil && p.customer.Drafts > 0:
		return d.Refuse(core.DraftsLeft)
	case (q.Transaction != "") != (q.Status == core.CustomerWrittenOff):
		return d.Refuse(core.NotOfThisKind)
	case t != nil:
		return d.Refuse(core.TransactionExists)
	}
	if q.Status == core.CustomerWrittenOff {
		t := p.drafted(&core.TransactionRequest{Transaction: q.Transaction, Kind: core.WriteOff}, ev.OccurredAt)
		if status := p.post(d, t); status != core.Done || d.Result == core.Refused {
			return status
		}
	}
	p.cell().Status = q.Status
	d.Customer = p.customer
	d.Outcome = core.Outcome{Status: core.Accepted, Account: p.account, Transaction: strings.Clone(q.Transaction)}
	if told := d.Told.Transaction; told != nil {
		d.Outcome.Amount = told.Amount
	}
	return d.Apply()
}

func (p *posting) status() core.CustomerStatus {
	if p.customer == nil {
		return core.CustomerActive
	}
	return p.customer.Status
}

// closed says why an account takes no transaction of a kind (R8.6): what is terminated takes no more than what pays for what is owed, and what is
// written off no more debits.
func (p *posting) closed(t *core.Transaction) core.Reason {
	pays := t.Kind == core.PaymentTransaction || t.Kind == core.CreditNote || t.Kind == core.WriteOff
	switch status := p.status(); {
	case pays:
	case status == core.CustomerTerminated:
		return core.CustomerIsTerminated
	case status == core.CustomerWrittenOff:
		return core.CustomerIsWrittenOff
	}
	return core.ReasonNone
}
