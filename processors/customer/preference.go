package customer

import (
	"slices"
	"strings"

	"purser/processors/core"
)

// maxID is how long the id of an account is that is charged by itself, in bytes, as that of one with a recharge policy.
const maxID = 960

// refusesPaying says why the payment preferences of a definition are refused (R8.15), or that it has to opt in and does not (R8.14).
func (def *Definition) refusesPaying(v *core.AccountVersion, own *core.CustomerTerms, policy *core.CustomerPolicy) core.Reason {
	rules := policy.Payments
	if rules == nil {
		rules = &core.PaymentRules{OptIn: core.OptInNever}
	}
	paying, optedIn := own.Paying, false
	def.long = len(v.ID) > maxID
	if paying != nil {
		if why := refusesTogether(paying.Preferences); why != core.ReasonNone {
			return why
		}
		for i := range paying.Preferences {
			p := &paying.Preferences[i]
			if why := def.refusesPreference(rules, p); why != core.ReasonNone {
				return why
			}
			optedIn = optedIn || p.OptedIn()
		}
	}
	if !optedIn && hasToOptIn(rules, own) {
		return core.OptInRequired
	}
	return core.ReasonNone
}

// refusesTogether says why they are refused as a whole: each has a name of its own, and there is one default and one wallet at most.
func refusesTogether(all []core.Preference) core.Reason {
	if len(all) > core.MaxPreferences {
		return core.TooManyPreferences
	}
	for i := range all {
		for j := range i {
			if a, b := &all[j], &all[i]; a.Name == b.Name || a.Default && b.Default || a.Kind == core.ByWallet && b.Kind == core.ByWallet {
				return core.PreferenceTwice
			}
		}
	}
	return core.ReasonNone
}

// refusesPreference says why one of them is refused: what it names has to be on the org's lists, and only what can be charged by itself is opted in.
func (def *Definition) refusesPreference(rules *core.PaymentRules, p *core.Preference) core.Reason {
	card, bank := p.Gateway+p.Token+p.Brand+p.Type, p.Bank+p.BankAccount
	byCard, byBank, byWallet := p.Kind == core.ByCard, p.Kind == core.ByDirectDebit, p.Kind == core.ByWallet
	switch {
	case byCard != (card != "") || byBank != (bank != "") || byWallet != (p.Wallet != ""), byCard && (p.Gateway == "" || p.Token == ""), byBank && p.Bank == "":
		return core.NotOfThisKind
	case p.OptedIn() && (!byCard && !byWallet || def.long): // the ids of its attempts begin with its own
		return core.CannotOptIn
	case p.Gateway != "" && !slices.Contains(rules.Gateways, p.Gateway):
		return core.UnknownGateway
	case p.Brand != "" && !slices.Contains(rules.Brands, p.Brand):
		return core.UnknownBrand
	case p.Type != "" && !slices.Contains(rules.CardTypes, p.Type):
		return core.UnknownCardType
	case p.Bank != "" && !slices.Contains(rules.Banks, p.Bank):
		return core.UnknownBank
	case p.BankAccount != "" && !slices.Contains(rules.BankAccounts, p.BankAccount):
		return core.UnknownBankAccount
	case !byWallet:
		return core.ReasonNone
	case !def.wallet.Defined():
		return core.UnknownAccount
	case def.wallet.Kind != core.KindWallet:
		return core.NotAWallet
	case def.wallet.Currency != def.currency:
		return core.CurrencyMismatch
	}
	return core.ReasonNone
}

// hasToOptIn says whether the org's rule asks an account to opt in: where the rule has conditions, one of them is enough not to (R8.14).
func hasToOptIn(rules *core.PaymentRules, own *core.CustomerTerms) bool {
	switch rules.OptIn {
	case core.OptInAlways:
		return true
	case core.OptInMaybe:
		plan, term := "", ""
		if own.Paying != nil {
			plan, term = own.Paying.Plan, own.Paying.Term
		}
		return !slices.Contains(rules.Plans, plan) && !slices.Contains(rules.Terms, term) &&
			!slices.ContainsFunc(own.Classes, func(class string) bool { return slices.Contains(rules.Classes, class) })
	}
	return false
}

// LoadWallets looks up the wallet that a new version pays from, and the one that no version names any more.
func (def *Definition) LoadWallets(b core.Book, org string, v *core.AccountVersion, before, after []core.AccountVersion) (known bool) {
	def.before, known = before, true
	if wallet := v.WalletNamed(); wallet != "" {
		def.wallet, known = b.Account(org, wallet)
	}
	for i := range before {
		if wallet := before[i].WalletNamed(); wallet != "" && !names(after, wallet) {
			released, ok := b.Account(org, wallet)
			def.released, known = released, known && ok
			break // one version leaves at most
		}
	}
	return known
}

// KeepWallets counts who names a wallet: it is not removed meanwhile (R2.3).
func (def *Definition) KeepWallets(b core.Book) {
	if w := def.wallet; w != nil && !names(def.before, w.ID) {
		w.Funding.Named++
		b.Touch(w)
	}
	if def.released != nil {
		def.released.Funding.Named--
		b.Touch(def.released)
	}
}

// Wallets are those that any version of an account pays from.
func Wallets(b core.Book, a *core.Account) (all []*core.Account, known bool) {
	known = true
	for i := range a.Versions {
		wallet := a.Versions[i].WalletNamed()
		if wallet == "" || names(a.Versions[:i], wallet) {
			continue
		}
		w, ok := b.Account(a.Org, wallet)
		all = append(all, w)
		known = known && ok
	}
	return all, known
}

// Release says that an account pays from none of them any more.
func Release(b core.Book, wallets []*core.Account) {
	for _, w := range wallets {
		w.Funding.Named--
		b.Touch(w)
	}
}

func names(versions []core.AccountVersion, wallet string) bool {
	return slices.ContainsFunc(versions, func(v core.AccountVersion) bool { return v.WalletNamed() == wallet })
}

// ownPaying clones what a definition says of how it pays.
func ownPaying(p *core.Paying) *core.Paying {
	if p == nil {
		return nil
	}
	own := core.Paying{Plan: strings.Clone(p.Plan), Term: strings.Clone(p.Term), Preferences: slices.Clone(p.Preferences)}
	for i := range own.Preferences {
		q := &own.Preferences[i]
		for _, s := range []*string{&q.Name, &q.Gateway, &q.Token, &q.Brand, &q.Type, &q.Bank, &q.BankAccount, &q.Wallet} {
			*s = strings.Clone(*s)
		}
	}
	return &own
}
