package topics

import (
	"slices"
	"strings"

	"purser/processors/core"
)

var preferenceKinds = map[string]core.PreferenceKind{
	"card": core.ByCard, "direct_debit": core.ByDirectDebit, "wallet": core.ByWallet, "other": core.ByOther,
}

var optInRules = map[string]core.OptInRule{"": core.OptInAlways, "always": core.OptInAlways, "never": core.OptInNever, "conditional": core.OptInMaybe}

// paying decodes a field of CustomerTerms that is about how a customer pays (R8.15); false where it is another one.
func (c *cursor) paying(name string, t *core.CustomerTerms) bool {
	if name != "subscription_plan" && name != "billing_term" && name != "payment_preferences" {
		return false
	}
	p := t.Paying
	if p == nil {
		p = &core.Paying{}
	}
	switch name {
	case "subscription_plan":
		p.Plan = strings.Clone(c.ident(name))
	case "billing_term":
		p.Term = strings.Clone(c.ident(name))
	default:
		c.each(name, func() { p.Preferences = append(p.Preferences, c.preference()) })
	}
	if p.Plan != "" || p.Term != "" || len(p.Preferences) > 0 {
		t.Paying = p
	}
	return true
}

// preference decodes a PaymentPreference. What goes with which kind is a rule of the core.
func (c *cursor) preference() (p core.Preference) {
	kind := ""
	for c.more() {
		switch name := c.name(); name {
		case "preference":
			p.Name = strings.Clone(c.ident(name))
		case "kind":
			kind, _ = c.str(name)
		case "default":
			p.Default = c.boolean(name)
		case "gateway":
			p.Gateway = strings.Clone(c.ident(name))
		case "payment_method":
			p.Token = strings.Clone(c.ident(name))
			c.token(name, p.Token)
		case "brand":
			p.Brand = strings.Clone(c.ident(name))
		case "card_type":
			p.Type = strings.Clone(c.ident(name))
		case "bank":
			p.Bank = strings.Clone(c.ident(name))
		case "bank_account_type":
			p.BankAccount = strings.Clone(c.ident(name))
		case "wallet":
			p.Wallet = strings.Clone(c.ident(name))
		case "subscriptions":
			p.Subscriptions = c.boolean(name)
		case "purchases":
			p.Purchases = c.boolean(name)
		default:
			c.skip(name)
		}
	}
	p.Kind = preferenceKinds[kind]
	switch {
	case p.Name == "":
		c.missing("preference", "the preference's name")
	case kind == "":
		c.missing("kind", "one of card, direct_debit, wallet, other")
	case p.Kind == 0:
		c.refuse(ReasonBadValue, "kind", "expected one of card, direct_debit, wallet, other, came "+quoted(kind))
	}
	return p
}

// paymentRules decodes PaymentSettings; nil where none is given.
func (c *cursor) paymentRules(field string) *core.PaymentRules {
	if !c.enter('{', field) {
		return nil
	}
	r, rule := &core.PaymentRules{}, ""
	c.within(field, func() {
		for c.more() {
			switch name := c.name(); name {
			case "gateways":
				r.Gateways = c.contacts(name)
			case "card_brands":
				r.Brands = c.contacts(name)
			case "card_types":
				r.CardTypes = c.contacts(name)
			case "banks":
				r.Banks = c.contacts(name)
			case "bank_account_types":
				r.BankAccounts = c.contacts(name)
			case "opt_in":
				rule, _ = c.str(name)
			case "optional_for_plans":
				r.Plans = c.contacts(name)
			case "optional_for_billing_terms":
				r.Terms = c.contacts(name)
			case "optional_for_classifications":
				r.Classes = c.contacts(name)
			default:
				c.skip(name)
			}
		}
		code, known := optInRules[rule]
		if r.OptIn = code; !known {
			c.refuse(ReasonBadValue, "opt_in", "expected one of always, never, conditional, came "+quoted(rule))
		}
	})
	return r
}

// paying is preceded by a word, as other optional fields are.
func (w *canon) paying(p *core.Paying) {
	if p == nil {
		return
	}
	w.text("paying")
	w.text(p.Plan)
	w.text(p.Term)
	w.count(len(p.Preferences))
	for i := range p.Preferences {
		q := &p.Preferences[i]
		w.count(int(q.Kind))
		for _, s := range [...]string{q.Name, q.Gateway, q.Token, q.Brand, q.Type, q.Bank, q.BankAccount, q.Wallet} {
			w.text(s)
		}
		w.flag(q.Default)
		w.flag(q.Subscriptions)
		w.flag(q.Purchases)
	}
}

func (w *canon) paymentRules(r *core.PaymentRules) {
	if r == nil {
		return
	}
	w.text("payments")
	for _, list := range [...][]string{r.Gateways, r.Brands, r.CardTypes, r.Banks, r.BankAccounts, r.Plans, r.Terms, r.Classes} {
		w.texts(list)
	}
	w.count(int(r.OptIn))
}

func payingBody(b *CustomerTerms, p *core.Paying) {
	if p == nil {
		return
	}
	b.SubscriptionPlan, b.BillingTerm = p.Plan, p.Term
	for i := range p.Preferences {
		q := &p.Preferences[i]
		b.Preferences = append(b.Preferences, PaymentPreference{
			Preference: q.Name, Kind: q.Kind.String(), Default: q.Default, Gateway: q.Gateway, PaymentMethod: q.Token, Brand: q.Brand, CardType: q.Type,
			Bank: q.Bank, BankAccountType: q.BankAccount, Wallet: q.Wallet, Subscriptions: q.Subscriptions, Purchases: q.Purchases,
		})
	}
}

func paymentSettingsOf(r *core.PaymentRules) *PaymentSettings {
	if r == nil {
		return nil
	}
	return &PaymentSettings{
		Gateways: slices.Clone(r.Gateways), CardBrands: slices.Clone(r.Brands), CardTypes: slices.Clone(r.CardTypes), Banks: slices.Clone(r.Banks),
		BankAccountTypes: slices.Clone(r.BankAccounts), OptIn: r.OptIn.String(), Plans: slices.Clone(r.Plans), BillingTerms: slices.Clone(r.Terms),
		Classifications: slices.Clone(r.Classes),
	}
}
