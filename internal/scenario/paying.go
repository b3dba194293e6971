package scenario

import "purser/topics"

// readPreference reads a way to pay (R8.15).
func readPreference(w *words) topics.PaymentPreference {
	p := topics.PaymentPreference{Preference: w.take("a preference's name")}
	switch {
	case w.skip("card"):
		p.Kind, p.Gateway, p.PaymentMethod = "card", w.take("a gateway"), w.take("its token")
	case w.skip("direct-debit"):
		p.Kind, p.Bank = "direct_debit", w.take("a bank")
	case w.skip("wallet"):
		p.Kind, p.Wallet = "wallet", w.take("a wallet")
	default:
		p.Kind = w.take("card, direct-debit, wallet or other")
	}
	for w.more() {
		switch {
		case w.skip("brand"):
			p.Brand = w.take("a card's brand")
		case w.skip("type"):
			kind := w.take("a type of cards or bank accounts")
			if p.Kind == "direct_debit" {
				p.BankAccountType = kind
			} else {
				p.CardType = kind
			}
		case w.skip("default"):
			p.Default = true
		case w.skip("opted-in"):
			scope := w.take("subscriptions, purchases or all")
			p.Subscriptions, p.Purchases = scope != "purchases", scope != "subscriptions"
		default:
			return p
		}
	}
	return p
}

// readPaymentSettings reads what an org accepts, and who has to opt in (R8.14).
func readPaymentSettings(w *words) *topics.PaymentSettings {
	s := &topics.PaymentSettings{}
	lists := []struct {
		word, what string
		list       *[]string
	}{
		{"gateway", "a gateway", &s.Gateways}, {"brand", "a card's brand", &s.CardBrands}, {"card-type", "a card's type", &s.CardTypes},
		{"bank", "a bank", &s.Banks}, {"bank-account-type", "a bank account's type", &s.BankAccountTypes}, {"not-for-plan", "a subscription plan", &s.Plans},
		{"not-for-term", "a billing term", &s.BillingTerms}, {"not-for-class", "a classification", &s.Classifications},
	}
next:
	for w.more() {
		if w.skip("opt-in") {
			s.OptIn = w.take("always, never or conditional")
			continue
		}
		for _, l := range lists {
			if w.skip(l.word) {
				*l.list = append(*l.list, w.take(l.what))
				continue next
			}
		}
		return s
	}
	return s
}
