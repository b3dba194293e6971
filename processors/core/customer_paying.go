package core

import (
	"slices"

	"purser/processors/money"
)

// Paying is how a customer account pays (R8.15), and what of it the org's rules on opting in ask for (R8.14).
type Paying struct {
	Plan        string       // what it has subscribed to; "": not said
	Term        string       // its billing term, likewise
	Preferences []Preference // in the order of the definition. One of them at most is a wallet, and one the default
}

// PreferenceKind is a way to pay.
type PreferenceKind uint8

// Kinds of preferences. They never change their number.
const (
	ByCard PreferenceKind = iota + 1
	ByDirectDebit
	ByWallet
	ByOther
)

// Preference is one way to pay. What is not of its kind is empty.
type Preference struct {
	Name          string
	Kind          PreferenceKind
	Default       bool   // it is charged when an invoice is due (R8.10). Where none is said to be, the first one is
	Gateway       string // of a card: who has it,
	Token         string // and by which token; never card data
	Brand, Type   string // of a card, where they are given
	Bank          string // of a direct debit,
	BankAccount   string // and the type of the account there
	Wallet        string // of a wallet: its account
	Subscriptions bool   // opted in for what is subscribed to,
	Purchases     bool   // and for all else
}

// OptedIn says whether the preference may be charged by itself for anything.
func (p *Preference) OptedIn() bool { return p.Subscriptions || p.Purchases }

// WalletNamed is the wallet that a version of a customer account pays from; "" for none.
func (v *AccountVersion) WalletNamed() string {
	if v.Customer == nil || v.Customer.Paying == nil {
		return ""
	}
	all := v.Customer.Paying.Preferences
	if i := slices.IndexFunc(all, func(p Preference) bool { return p.Kind == ByWallet }); i >= 0 {
		return all[i].Wallet
	}
	return ""
}

// PaymentRules are what an org accepts of its customers' preferences (R8.15), and who has to opt in (R8.14).
type PaymentRules struct {
	Gateways, Brands, CardTypes, Banks, BankAccounts []string
	OptIn                                            OptInRule
	Plans, Terms, Classes                            []string // of OptInMaybe: nobody has to who has one of these
}

// OptInRule says who has to opt in to recurring payment.
type OptInRule uint8

// Rules on opting in. They never change their number.
const (
	OptInAlways OptInRule = iota
	OptInNever
	OptInMaybe // not where a condition holds
)

// Why payment preferences are refused.
const (
	UnknownGateway     Reason = "unknown_payment_gateway"
	UnknownBrand       Reason = "unknown_card_brand"
	UnknownCardType    Reason = "unknown_card_type"
	UnknownBank        Reason = "unknown_bank"
	UnknownBankAccount Reason = "unknown_bank_account_type"
	TooManyPreferences Reason = "too_many_preferences" // R10.3
	PreferenceTwice    Reason = "preference_twice"     // two of one name, two defaults or two wallets
	CannotOptIn        Reason = "cannot_opt_in"        // R8.15: what is neither a gateway's card nor a wallet
	OptInRequired      Reason = "opt_in_required"      // R8.14
)

// MaxPreferences is how many ways to pay an account has (R10.3).
const MaxPreferences = 20

// String returns the kind of preference as it is written.
func (k PreferenceKind) String() string { return name(preferenceNames[:], int(k)) }

// String returns the rule as it is written.
func (r OptInRule) String() string { return name(optInNames[:], int(r)) }

var (
	preferenceNames = [...]string{ByCard: "card", ByDirectDebit: "direct_debit", ByWallet: "wallet", ByOther: "other"}
	optInNames      = [...]string{OptInAlways: "always", OptInNever: "never", OptInMaybe: "conditional"}
)

// Charge is what a transaction waits for that would exceed the limit: an automatic payment (R8.5). The zero value: for nothing.
type Charge struct {
	Recharge   uint64       // that asks a card; 0: it has been paid for, and is posted next
	Held       money.Amount // of the account for it
	At         Time         // when it was paid for
	Drafted    bool         // it was a draft before, and is one again if it comes to nothing
	Source, ID string       // of the event that has asked
}

// Waits says whether a transaction waits for an automatic payment.
func (t *Transaction) Waits() bool { return t.Charge.ID != "" }

// Due work about automatic and recurring payments.
const (
	ChargePosted     Work = 52 + iota // R8.5: what has been paid for
	ChargeGivenUp                     // what is not
	RecurringCharged                  // R8.10: a wallet, on an invoice's due date
	RecurringAsked                    // a card, likewise
)

// RecurringFailed is the alert that a wallet had too little for an invoice on its due date (R8.10).
const RecurringFailed AlertKind = "recurring_payment_failed"
