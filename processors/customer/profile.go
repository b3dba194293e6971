package customer

import (
	"slices"
	"strconv"
	"strings"

	"purser/processors/core"
)

// Recall finds the number and the name that an account has got before.
func (def *Definition) Recall(before []core.AccountVersion) {
	for i := range before {
		if c := before[i].Customer; c != nil && c.Number != 0 {
			def.number, def.generated = c.Number, c.Generated
		}
	}
}

// refusesProfile says why the particulars of a definition are refused: a label that is not on the org's list (R8.12), a name that cannot be made
// (R8.12), a billing address that is missing (R8.13), or a way to send something and nobody whom it would reach (R8.16).
func (def *Definition) refusesProfile(own *core.CustomerTerms, rules *core.AccountRules) core.Reason {
	var says core.Particulars
	if own.Particulars != nil {
		says = *own.Particulars
	}
	if rules == nil {
		rules = &core.AccountRules{}
	}
	unlisted := func(class string) bool { return !slices.Contains(rules.Classes, class) }
	switch {
	case len(rules.Classes) > 0 && slices.ContainsFunc(own.Classes, unlisted):
		return core.UnknownClass
	case rules.Naming == core.NamedByNumberAndContact && says.Name == "" && says.Contact == "" && def.number == 0:
		return core.ContactRequired
	case says.Address == "" && needsAddress(own, says.Rewarded, rules):
		return core.AddressRequired
	case len(says.Recipients) > core.MaxPreferences:
		return core.TooManyPreferences
	}
	for i := range says.Recipients {
		if r := &says.Recipients[i]; r.To == "" && (r.Medium != core.ByPost || says.Address == "") {
			return core.RecipientNeeded
		}
	}
	return core.ReasonNone
}

// needsAddress says whether an account has to have a billing address (R8.13). One condition that holds is enough for that it has not.
func needsAddress(own *core.CustomerTerms, rewarded bool, rules *core.AccountRules) bool {
	if rules.Address != core.AddressMaybe {
		return rules.Address == core.AddressAlways
	}
	var plan, term string
	if own.Paying != nil {
		plan, term = own.Paying.Plan, own.Paying.Term
	}
	spared := rules.Standalone || rules.Rewarded && rewarded || plan != "" && slices.Contains(rules.Plans, plan) || term != "" && slices.Contains(rules.Terms, term)
	return !spared
}

// Number gives an account its number and its name where the org's accounts are named by them (R8.12), and puts into the version that is new what the
// others have. A number is given once, and the next account's is greater by one.
func (def *Definition) Number(b core.Book, own *core.CustomerTerms, versions []core.AccountVersion) {
	rules := policyAt(def.settings, def.at).Accounts
	if def.number == 0 && rules != nil && rules.Naming != core.NamedByDefinition {
		def.settings.Numbered++
		b.Touch(def.settings)
		def.number = def.settings.Numbered
		def.generated = strconv.FormatUint(def.number, 10)
		if rules.Naming == core.NamedByNumberAndContact && own != nil && own.Particulars != nil && own.Particulars.Contact != "" {
			def.generated += " " + own.Particulars.Contact
		}
	}
	if def.number == 0 {
		return
	}
	for i := range versions {
		c := versions[i].Customer
		if c != nil && c.Number != 0 {
			continue
		}
		var numbered core.CustomerTerms
		if c != nil {
			numbered = *c
		}
		numbered.Number, numbered.Generated = def.number, def.generated
		versions[i].Customer = &numbered
	}
}

// ownParticulars clones what a definition says of the account's owner.
func ownParticulars(p *core.Particulars) *core.Particulars {
	if p == nil {
		return nil
	}
	own := core.Particulars{
		Name: strings.Clone(p.Name), Contact: strings.Clone(p.Contact), Address: strings.Clone(p.Address), Rewarded: p.Rewarded,
		Recipients: slices.Clone(p.Recipients),
	}
	for i := range own.Recipients {
		own.Recipients[i].To = strings.Clone(own.Recipients[i].To)
	}
	return &own
}
