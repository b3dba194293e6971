package processors

import (
	"slices"
	"strings"

	"purser/processors/money"
)

// available is what an account may spend: its balance without what is held.
func (a *Account) available() money.Amount {
	left, err := a.Balance.Sub(a.Held)
	if err != nil {
		return -money.Limit
	}
	return left
}

// hold sets an amount aside for a charge that is not final; release gives it back. The decision has touched the account.
func (a *Account) hold(amount money.Amount) { a.Held += amount }

func (a *Account) release(amount money.Amount) {
	if a.Held -= amount; a.Held < 0 {
		panic("processors: more is released than is held on " + a.ID)
	}
}

// funds says whether something refers to a funding source, or a wallet's user is in a team, or money is held: the account cannot
// be removed (R2.3).
func (a *Account) funds() bool {
	return a.Held != 0 || a.Funding.Named > 0 || a.Funding.Invoices > 0 || a.team() != ""
}

// defaultAt is the org's default funding source at a time (R5.1); "" where there is none.
func (o *Org) defaultAt(at Time) string {
	if len(o.Defaults) == 0 {
		return ""
	}
	return inForce(o.Defaults, at).Account
}

// flag gives a funding source the flag of the org's default from a time on, or takes it away: the one that had it has it no
// more.
func (o *Org) flag(b Book, account string, from Time, set bool) {
	has := o.defaultAt(from) == account
	switch {
	case set == has:
		return
	case set:
		o.Defaults = withVersion(o.Defaults, DefaultSource{from, account})
	default:
		o.Defaults = withVersion(o.Defaults, DefaultSource{from, ""})
	}
	b.Touch(o)
}

// forget takes the flag from a funding source that is removed, at whatever time it had or gets it.
func (o *Org) forget(b Book, account string) {
	own := slices.Clone(o.Defaults)
	for i := range own {
		if own[i].Account == account {
			own[i].Account = ""
		}
	}
	o.Defaults = own
	b.Touch(o)
}

// references are the funding sources that a new definition begins to name, and those that it names no more.
type references struct {
	named, released []*Account
}

// load looks them up. What is named has to be there, and to pay (R2.3).
func (r *references) load(b Book, org string, before, after []string) (known bool, why Reason) {
	known = true
	for _, id := range slices.Concat(before, after) {
		a, ok := b.Account(org, id)
		known = known && ok
		switch {
		case !ok:
		case !a.defined():
			why = UnknownAccount
		case a.Kind != KindFundingSource:
			why = NotAFundingSource
		case !slices.Contains(before, id):
			r.named = append(r.named, a)
		case !slices.Contains(after, id):
			r.released = append(r.released, a)
		}
	}
	return known, why
}

func (r *references) count(b Book) {
	for _, a := range r.named {
		a.Funding.Named++
		b.Touch(a)
	}
	for _, a := range r.released {
		a.Funding.Named--
		b.Touch(a)
	}
}

func ownTerms(t *FundingTerms) *FundingTerms {
	if t == nil {
		return nil
	}
	own := *t
	own.Name, own.Method, own.PO = strings.Clone(t.Name), strings.Clone(t.Method), strings.Clone(t.PO)
	own.Payables = ownStrings(t.Payables)
	return &own
}
