package verify

import (
	"slices"

	"purser/topics"
)

const (
	byCard   = "card"
	byWallet = "wallet"
)

// paysRightly finds what a customer account's definition says of how it pays and no list of the org's has, or what should not be opted in (R8.15);
// and an account that has to opt in and does not (R8.14).
func (a *audit) paysRightly(o *orgModel, e *entry, b *topics.AccountDefinedBody) {
	if b.Kind != customerAccount {
		return
	}
	var own topics.CustomerTerms
	if b.Customer != nil {
		own = *b.Customer
	}
	var lists topics.PaymentSettings
	settings := inForce(o.customers, a.presentOf(e))
	if settings != nil && settings.Payments != nil {
		lists = *settings.Payments
	} else {
		lists.OptIn = "never"
	}
	optedIn := false
	for i := range own.Preferences {
		p := &own.Preferences[i]
		charged := p.Subscriptions || p.Purchases
		optedIn = optedIn || charged
		switch {
		case charged && p.Kind != byCard && p.Kind != byWallet:
			a.report.find(CheckPosting, e.where, "%s opts in with %s, which is a %s", b.Account, p.Preference, p.Kind)
		case p.Kind == byCard && !slices.Contains(lists.Gateways, p.Gateway),
			p.Brand != "" && !slices.Contains(lists.CardBrands, p.Brand), p.CardType != "" && !slices.Contains(lists.CardTypes, p.CardType),
			p.Bank != "" && !slices.Contains(lists.Banks, p.Bank), p.BankAccountType != "" && !slices.Contains(lists.BankAccountTypes, p.BankAccountType):
			a.report.find(CheckPosting, e.where, "%s pays by %s, which is on no list of the org's", b.Account, p.Preference)
		case p.Kind == byWallet && o.account(p.Wallet).kind != "wallet":
			a.report.find(CheckPosting, e.where, "%s pays from %s, which is no wallet", b.Account, p.Wallet)
		}
	}
	optional := lists.OptIn == "never" || lists.OptIn == "conditional" && (slices.Contains(lists.Plans, own.SubscriptionPlan) ||
		slices.Contains(lists.BillingTerms, own.BillingTerm) ||
		slices.ContainsFunc(own.Classifications, func(class string) bool { return slices.Contains(lists.Classifications, class) }))
	if !optedIn && !optional {
		a.report.find(CheckPosting, e.where, "%s has to opt in, and does not", b.Account)
	}
}
