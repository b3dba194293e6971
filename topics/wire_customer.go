package topics

// Types of events about customer accounts (R8), as ce_type.
const (
	TypeTransactionRecorded  = "transaction.recorded"
	TypeTransactionPosted    = "transaction.posted"
	TypeTransactionDiscarded = "transaction.discarded"
	TypeCustomerSettings     = "customer-settings.defined"
	TypeCustomerStatus       = "customer-status.requested"
	TypeCreditRequested      = "credit.requested"
)

// CustomerTerms are what is particular to a customer account (R8).
type CustomerTerms struct {
	CreditRating    string        `json:"credit_rating,omitempty"` // one of the org's customer settings, as kyc_profile
	KYCProfile      string        `json:"kyc_profile,omitempty"`
	CreditDays      Number        `json:"credit_days,omitempty"`  // from the date of a debit to its due date; default: its rating's, else it is due on its date
	CreditLimit     Number        `json:"credit_limit,omitempty"` // how much may be owed; default: its rating's, else its KYC profile's, else there is none
	Classifications []string      `json:"classifications,omitempty"`
	Prices          []AgreedPrice `json:"prices,omitempty"` // its own (R8.9)

	SubscriptionPlan string              `json:"subscription_plan,omitempty"` // what the org's rule on opting in may ask for (R8.14), as billing_term
	BillingTerm      string              `json:"billing_term,omitempty"`
	Preferences      []PaymentPreference `json:"payment_preferences,omitempty"` // one of them at most is a wallet; default: the account pays by itself

	Name              string                  `json:"name,omitempty"`         // default: as the org's settings say (R8.12)
	ContactName       string                  `json:"contact_name,omitempty"` //
	BillingAddress    string                  `json:"billing_address,omitempty"`
	RewardParticipant bool                    `json:"reward_participant,omitempty"` // a condition of R8.13
	Presentment       []PresentmentPreference `json:"presentment_preferences,omitempty"`
}

// PresentmentPreference says who gets what goes out, and by which medium (R8.16).
type PresentmentPreference struct {
	Medium    string `json:"medium"`              // post, email, sms, in_person or other
	Recipient string `json:"recipient,omitempty"` // of post default: the billing address
}

// PaymentPreference is a way in which a customer pays (R8.15).
type PaymentPreference struct {
	Preference      string `json:"preference"`                  // its name
	Kind            string `json:"kind"`                        // card, direct_debit, wallet or other
	Default         bool   `json:"default,omitempty"`           // of one of them at most; default: of the first
	Gateway         string `json:"gateway,omitempty"`           // of a card, and needed: one of the org's
	PaymentMethod   string `json:"payment_method,omitempty"`    // likewise: the gateway's token, never card data
	Brand           string `json:"brand,omitempty"`             // of a card: one of the org's
	CardType        string `json:"card_type,omitempty"`         // likewise
	Bank            string `json:"bank,omitempty"`              // of a direct debit, and needed: one of the org's
	BankAccountType string `json:"bank_account_type,omitempty"` // of a direct debit: one of the org's
	Wallet          string `json:"wallet,omitempty"`            // of a wallet, and needed: its account
	Subscriptions   bool   `json:"subscriptions,omitempty"`     // opted in for what is subscribed to
	Purchases       bool   `json:"purchases,omitempty"`         // opted in for all else
}

// PaymentSettings are what an org accepts of payment preferences (R8.15), and who has to opt in to recurring payment (R8.14).
type PaymentSettings struct {
	Gateways         []string `json:"gateways,omitempty"`
	CardBrands       []string `json:"card_brands,omitempty"`
	CardTypes        []string `json:"card_types,omitempty"`
	Banks            []string `json:"banks,omitempty"`
	BankAccountTypes []string `json:"bank_account_types,omitempty"`
	OptIn            string   `json:"opt_in,omitempty"` // always, never or conditional: not where one of the following holds. Default: always
	Plans            []string `json:"optional_for_plans,omitempty"`
	BillingTerms     []string `json:"optional_for_billing_terms,omitempty"`
	Classifications  []string `json:"optional_for_classifications,omitempty"`
}

// CustomerSettingsBody is the whole of what an org says of all its customer accounts (R8.3, R8.4).
type CustomerSettingsBody struct {
	CreditRatings []CreditRating   `json:"credit_ratings,omitempty"`
	KYCProfiles   []KYCProfile     `json:"kyc_profiles,omitempty"`
	Overrides     []CreditOverride `json:"credit_limit_overrides,omitempty"`
	Payments      *PaymentSettings `json:"payments,omitempty"` // default: nothing is accepted, and nobody has to opt in
	Accounts      *AccountSettings `json:"accounts,omitempty"` // default: nothing is demanded
	EffectiveFrom string           `json:"effective_from,omitempty"`
}

// AccountSettings are what an org demands of the definitions of its customer accounts (R8.12, R8.13).
type AccountSettings struct {
	Classifications []string `json:"classifications,omitempty"` // the labels that accounts may have; default: any
	Names           string   `json:"names,omitempty"`           // of accounts that give none: given, number or number_and_contact. Default: given, so that they have none
	BillingAddress  string   `json:"billing_address,omitempty"` // who has to have one: always, never or conditional, not where one of the following holds. Default: never
	OptionalFor     []string `json:"optional_for,omitempty"`    // standalone, parent, member, reward_participant
	Plans           []string `json:"optional_for_plans,omitempty"`
	BillingTerms    []string `json:"optional_for_billing_terms,omitempty"`
}

// CreditRating gives accounts their limit and their credit period.
type CreditRating struct {
	Rating       string `json:"credit_rating"`
	CreditLimit  Number `json:"credit_limit,omitempty"`  // default: none
	CreditDays   Number `json:"credit_days,omitempty"`   // default: a debit is due on its date
	ShortestDays Number `json:"shortest_days,omitempty"` // of an account's own period; default: credit_days
	LongestDays  Number `json:"longest_days,omitempty"`  // likewise
}

// KYCProfile says how high an account's limit may be.
type KYCProfile struct {
	Profile      string `json:"kyc_profile"`
	MaximumLimit Number `json:"maximum_limit"`
}

// CreditOverride lets something pass that would exceed the limit, where one of each list is met; an empty list asks for nothing.
type CreditOverride struct {
	Events          []string `json:"events,omitempty"` // invoice, debit_note, or what it is for
	Classifications []string `json:"classifications,omitempty"`
	CreditRatings   []string `json:"credit_ratings,omitempty"`
	KYCProfiles     []string `json:"kyc_profiles,omitempty"`
}

// CustomerStatusBody asks for an account to be suspended, made active again, terminated, or written off (R8.6). The answer is an outcome.
type CustomerStatusBody struct {
	Account     string `json:"account"`
	Status      string `json:"status"`                // active, suspended, terminated or written_off
	Transaction string `json:"transaction,omitempty"` // of a write-off, and only of one: its reference
}

// CreditRequestedBody asks whether a customer may use funds (R8.4, R8.6). The answer is an outcome; nothing is set aside.
type CreditRequestedBody struct {
	Account  string `json:"account"`
	For      string `json:"for"` // what for: send, subscription, usage, or any word of the org's
	Amount   Number `json:"amount"`
	Currency string `json:"currency"`
}

// CustomerBody is the status of a customer account that an entry has changed.
type CustomerBody struct {
	Account string `json:"account"`
	Status  string `json:"status"`
}

// TransactionRecordedBody records a transaction of a customer account, as a draft or posted at once (R8.1). The answer is an outcome.
type TransactionRecordedBody struct {
	Account     string     `json:"account"`
	Transaction string     `json:"transaction"`      // its reference, one of the account's
	Kind        string     `json:"kind"`             // invoice, debit_note, payment, credit_note, write_off or opening_balance
	Side        string     `json:"side,omitempty"`   // of an opening balance: debit or credit
	Amount      Number     `json:"amount,omitempty"` // of a write-off default: all that is owed; otherwise default: what its lines come to
	Lines       []SaleLine `json:"lines,omitempty"`  // of an invoice, debit note or credit note
	Currency    string     `json:"currency"`
	Date        string     `json:"date,omitempty"`    // civil day in the org's time zone, as 2026-03-31; default: that on which it happened
	Against     string     `json:"against,omitempty"` // of a credit: reference of the debit that it goes to first; default: the oldest
	For         string     `json:"for,omitempty"`     // what it is for: a word that the org's overrides may ask for
	Draft       bool       `json:"draft,omitempty"`
}

// TransactionNamedBody names a draft that is posted, or given up.
type TransactionNamedBody struct {
	Account     string `json:"account"`
	Transaction string `json:"transaction"`
}

// TransactionBody is the transaction of a customer account that an entry is about.
type TransactionBody struct {
	Transaction string `json:"transaction"`
	Account     string `json:"account"`
	Kind        string `json:"kind"`
	Side        string `json:"side"`  // debit or credit
	State       string `json:"state"` // draft, posted or discarded
	Amount      string `json:"amount"`
	Currency    string `json:"currency"`
	Date        string `json:"date"`
	Due         string `json:"due,omitempty"`     // of a debit that is posted
	Number      uint64 `json:"number,omitempty"`  // 1, 2, 3 … of the account's posted ones
	Against     string `json:"against,omitempty"` // of a credit
	For         string `json:"for,omitempty"`

	Name       string      `json:"name,omitempty"`       // of an invoice that is posted: that of the account (R8.12)
	Recipients *Recipients `json:"recipients,omitempty"` // likewise: who gets it (R8.16)

	Lines []BilledLine `json:"lines,omitempty"` // of one that was recorded with lines, in that entry
}

// Recipients are who gets something, by the medium by which it goes out: nobody is among those of one who prefers another (R8.16).
type Recipients struct {
	Post     []string `json:"post,omitempty"`
	Email    []string `json:"email,omitempty"`
	SMS      []string `json:"sms,omitempty"`
	InPerson []string `json:"in_person,omitempty"`
	Other    []string `json:"other,omitempty"`
}

// AllocationBody is what of a credit went to a debit (R8.2): references of transactions of the account.
type AllocationBody struct {
	Credit string `json:"credit"`
	Debit  string `json:"debit"`
	Amount string `json:"amount"`
}
