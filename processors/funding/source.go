package funding

import (
	"slices"
	"strings"

	"purser/processors/core"
)

// InUse says whether something refers to a funding source, or a wallet's user is in a team, or money is held: the account cannot
// be removed (R2.3).
func InUse(a *core.Account) bool {
	return a.Held != 0 || a.Funding.Named > 0 || a.Funding.Invoices > 0 || a.Team() != ""
}

// DefaultAt is the org's default funding source at a time (R5.1); "" where there is none.
func DefaultAt(o *core.Org, at core.Time) string {
	if len(o.Defaults) == 0 {
		return ""
	}
	return core.InForce(o.Defaults, at).Account
}

// Flag gives a funding source the flag of the org's default from a time on, or takes it away: the one that had it has it no
// more.
func Flag(o *core.Org, b core.Book, account string, from core.Time, set bool) {
	has := DefaultAt(o, from) == account
	switch {
	case set == has:
		return
	case set:
		o.Defaults = core.WithVersion(o.Defaults, core.DefaultSource{EffectiveFrom: from, Account: account})
	default:
		o.Defaults = core.WithVersion(o.Defaults, core.DefaultSource{EffectiveFrom: from})
	}
	b.Touch(o)
}

// Forget takes the flag from a funding source that is removed, at whatever time it had or gets it.
func Forget(o *core.Org, b core.Book, account string) {
	own := slices.Clone(o.Defaults)
	for i := range own {
		if own[i].Account == account {
			own[i].Account = ""
		}
	}
	o.Defaults = own
	b.Touch(o)
}

// References are the funding sources that a new definition begins to name, and those that it names no more.
type References struct {
	named, released []*core.Account
}

// Load looks them up. What is named has to be there, and to pay (R2.3): of several that are wrong the first is told.
func (r *References) Load(b core.Book, org string, before, after []string) (known bool, why core.Reason) {
	known = true
	for _, id := range slices.Concat(before, after) {
		a, ok := b.Account(org, id)
		known = known && ok
		switch {
		case !ok:
		case why != core.ReasonNone:
		case !a.Defined():
			why = core.UnknownAccount
		case a.Kind != core.KindFundingSource:
			why = core.NotAFundingSource
		case !slices.Contains(before, id):
			r.named = append(r.named, a)
		case !slices.Contains(after, id):
			r.released = append(r.released, a)
		}
	}
	return known, why
}

// Count counts what is named by one more definition, and what by one less.
func (r *References) Count(b core.Book) {
	for _, a := range r.named {
		a.Funding.Named++
		b.Touch(a)
	}
	for _, a := range r.released {
		a.Funding.Named--
		b.Touch(a)
	}
}

// OwnTerms clones a funding source's terms.
func OwnTerms(t *core.FundingTerms) *core.FundingTerms {
	if t == nil {
		return nil
	}
	own := *t
	own.Name, own.Method, own.PO = strings.Clone(t.Name), strings.Clone(t.Method), strings.Clone(t.PO)
	own.Payables = core.OwnStrings(t.Payables)
	return &own
}
