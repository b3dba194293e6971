package model

import "slices"

// preference is a way to pay (R8.15).
type preference struct {
	name, kind, gateway, token, brand, cardType, bank, bankAccount, wallet string
	first, subscriptions, purchases                                        bool // first: the default
}

// paymentRules are what an org accepts, and who has to opt in (R8.14).
type paymentRules struct {
	lists map[string][]string
	optIn string
}

func (b *body) preferences() (all []preference) {
	for _, o := range b.objects("payment_preferences") {
		p := preference{
			o.name("preference"), o.name("kind"), o.text("gateway"), o.text("payment_method"), o.text("brand"), o.text("card_type"), o.text("bank"),
			o.text("bank_account_type"), o.text("wallet"), o.flag("default"), o.flag("subscriptions"), o.flag("purchases"),
		}
		o.demand(slices.Contains([]string{"card", "direct_debit", "wallet", "other"}, p.kind))
		b.demand(!o.bad)
		all = append(all, p)
	}
	return all
}

func (b *body) paymentRules() *paymentRules {
	o := b.object("payments")
	if o == nil {
		return nil
	}
	r := &paymentRules{lists: map[string][]string{}, optIn: o.text("opt_in")}
	o.demand(slices.Contains([]string{"", "always", "never", "conditional"}, r.optIn))
	for _, list := range []string{
		"gateways", "card_brands", "card_types", "banks", "bank_account_types", "optional_for_plans", "optional_for_billing_terms", "optional_for_classifications",
	} {
		r.lists[list] = o.texts(list)
	}
	b.demand(!o.bad)
	return r
}

// refusesPaying says why a customer account's definition is refused for how it pays, or does not.
func (o *org) refusesPaying(r *paymentRules, c *customerTerms, currency string) string {
	if c == nil {
		c = &customerTerms{}
	}
	if len(c.prefers) > 20 {
		return "too_many_preferences"
	}
	for i, p := range c.prefers {
		for _, q := range c.prefers[:i] {
			if p.name == q.name || p.first && q.first || p.kind == "wallet" && q.kind == "wallet" {
				return "preference_twice"
			}
		}
	}
	optedIn := false
	for _, p := range c.prefers {
		if why := o.refusesPreference(r, p, currency); why != "" {
			return why
		}
		optedIn = optedIn || p.subscriptions || p.purchases
	}
	has := func(list string, s string) bool { return slices.Contains(r.lists[list], s) }
	switch {
	case optedIn || r == nil || r.optIn == "never":
	case r.optIn != "conditional":
		return "opt_in_required"
	case !has("optional_for_plans", c.plan) && !has("optional_for_billing_terms", c.term) &&
		!slices.ContainsFunc(c.classes, func(class string) bool { return has("optional_for_classifications", class) }):
		return "opt_in_required"
	}
	return ""
}

func (o *org) refusesPreference(r *paymentRules, p preference, currency string) string {
	ofCard, ofBank := p.gateway != "" || p.token != "" || p.brand != "" || p.cardType != "", p.bank != "" || p.bankAccount != ""
	fits := map[string]bool{
		"card":         p.gateway != "" && p.token != "" && !ofBank && p.wallet == "",
		"direct_debit": p.bank != "" && !ofCard && p.wallet == "",
		"wallet":       p.wallet != "" && !ofCard && !ofBank,
		"other":        p.wallet == "" && !ofCard && !ofBank,
	}
	if !fits[p.kind] {
		return "not_of_this_kind"
	}
	if (p.subscriptions || p.purchases) && p.kind != "card" && p.kind != "wallet" {
		return "cannot_opt_in"
	}
	for _, each := range [][3]string{
		{p.gateway, "gateways", "unknown_payment_gateway"}, {p.brand, "card_brands", "unknown_card_brand"}, {p.cardType, "card_types", "unknown_card_type"},
		{p.bank, "banks", "unknown_bank"}, {p.bankAccount, "bank_account_types", "unknown_bank_account_type"},
	} {
		if each[0] != "" && (r == nil || !slices.Contains(r.lists[each[1]], each[0])) {
			return each[2]
		}
	}
	if p.kind != "wallet" {
		return ""
	}
	switch w := o.accounts[p.wallet]; {
	case !w.defined():
		return "unknown_account"
	case w.kind != "wallet":
		return "not_a_wallet"
	case w.currency != currency:
		return "currency_mismatch"
	}
	return ""
}

// paysFrom says whether any version of a customer account names a wallet to pay from.
func (o *org) paysFrom(wallet string) bool {
	for _, a := range o.accounts {
		for _, v := range a.terms {
			if c := v.terms.customer; c != nil && slices.ContainsFunc(c.prefers, func(p preference) bool { return p.wallet == wallet }) {
				return true
			}
		}
	}
	return false
}
