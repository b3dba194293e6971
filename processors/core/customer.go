package core

import "purser/processors/money"

// KindCustomerAccount is the ledger of what a customer owes a company, and has with it (R8.1). Owed is what its balance is below zero.
const KindCustomerAccount AccountKind = 6

// The system accounts that transactions are posted against, beside those of wallets.
const (
	WorldWriteOff = "world:writeoff"
	WorldOpening  = "world:opening" // what was owed before purser kept the account
)

// CustomerTerms are what is particular to a customer account.
type CustomerTerms struct {
	CreditDays int32        // from the date of a debit to its due date; 0: its rating's
	Limit      money.Amount // how much may be owed, where HasLimit; otherwise its rating's
	HasLimit   bool
	Rating     string        // credit rating; "": none
	Profile    string        // KYC profile; "": none
	Classes    []string      // classifications
	Paying     *Paying       // how it pays, and what it has subscribed to; nil: nothing is said of it. Never changed in place
	Prices     []AgreedPrice // its own (R8.9), ascending by Product

	Particulars *Particulars // of its owner; nil: nothing is said of them. Never changed in place
	Number      uint64       // the account's, one of its org's; 0: it has none. The same in all versions (R8.12)
	Generated   string       // the name that came with it, likewise
}

// CustomerSettings are what an org says of all its customer accounts, by version.
type CustomerSettings struct {
	Meta
	Org      string
	Numbered uint64           // how many accounts were given a number: 1, 2, 3 … (R8.12)
	Versions []CustomerPolicy // ascending by EffectiveFrom. Replace, never change in place
}

// CustomerPolicy is one whole definition of an org's customer settings.
type CustomerPolicy struct {
	EffectiveFrom Time
	Ratings       []Rating      // ascending by Name
	Profiles      []Profile     // ascending by Name
	Overrides     []Override    // of the credit limit (R8.4)
	Payments      *PaymentRules // nil: nothing may be preferred, and nobody has to opt in. Never changed in place
	Accounts      *AccountRules // nil: nothing is demanded. Never changed in place
}

// Rating is a credit rating (R8.3).
type Rating struct {
	Name              string
	Limit             money.Amount // how much may be owed, where HasLimit
	HasLimit          bool
	Days              int32 // the credit period
	Shortest, Longest int32 // an account's own period is no shorter and no longer; 0: than Days
}

// Profile is a KYC profile: how high the limit of an account may be.
type Profile struct {
	Name    string
	Maximum money.Amount
}

// Override lets something pass that would exceed the limit, where all conditions hold: one of each list, or the list is empty.
type Override struct{ Events, Classes, Ratings, Profiles []string }

// CustomerStatus is where a customer account stands (R8.6).
type CustomerStatus uint8

// Statuses. They never change their number.
const (
	CustomerActive CustomerStatus = iota
	CustomerSuspended
	CustomerTerminated
	CustomerWrittenOff
)

// StatusRequest asks for a customer account to be suspended, reactivated, terminated or written off.
type StatusRequest struct {
	Account     string
	Status      CustomerStatus
	Transaction string // of a write-off: its reference
}

// CreditRequest asks whether a customer may use funds: a subscription, a send, usage.
type CreditRequest struct {
	Account  string
	For      string // what for
	Amount   money.Amount
	Currency money.Currency
}

// TransactionKind says what a financial transaction is (R8.1).
type TransactionKind uint8

// Kinds of transactions. They never change their number.
const (
	InvoiceTransaction TransactionKind = iota + 1 // a debit
	DebitNote                                     // a debit
	PaymentTransaction                            // a credit
	CreditNote                                    // a credit
	WriteOff                                      // a credit, of no more than is owed
	OpeningBalance                                // either, and before all others
)

// Debits says whether a transaction of this kind is a debit whatever else is said.
func (k TransactionKind) Debits() bool { return k == InvoiceTransaction || k == DebitNote }

// Customer is what a customer account has beside its balance: which of its debits are open, and which of its credits are not allocated
// in whole (R8.2). The transactions themselves are cells of their own, so this one does not grow with the account's history.
//
// Balance = Unallocated − Open. Only where an allocation takes more than one entry are both greater than zero: then the cell is DueNow.
type Customer struct {
	Meta
	Org, Account string
	Posted       uint64 // transactions so far: 1, 2, 3 …
	Drafts       int64
	Debits       Chain        // open ones, in the order in which they were posted
	Credits      Chain        // those of which something is not allocated, likewise
	Open         money.Amount // of debits
	Unallocated  money.Amount // of credits
	Outstanding  money.Amount // of Open: past the due date, by ticks
	Status       CustomerStatus
	Charging     string // a charge that has been paid for and is posted next (R8.5): before anything else on the account
	OverLimit    bool   // the alert has gone out that more is owed than the limit (R8.4)
	Earliest     int32  // date of the earliest transaction that was posted while there were no accounting periods (R8.7)
	Older        string // the account that had its first transaction before this one
}

// Chain is a list of transactions that hangs together by its cells. Previous of the first one says nothing.
type Chain struct{ First, Last string } // references; "": it is empty

// Transaction is one financial transaction of a customer account: a draft, which affects nothing, or posted.
type Transaction struct {
	Meta                    // NextDue: when what is open of a debit is past its due date
	Org, Account, Reference string
	Number                  uint64 // of the account's posted ones; 0: a draft
	Kind                    TransactionKind
	Debit                   bool
	Amount                  money.Amount // of a draft zero where it is all that will be owed
	Open                    money.Amount // of a debit what is not settled, of a credit what is not allocated
	Date                    int32        // civil day of the org's zone, in days since 1970-01-01
	Due                     int32        // of a debit, likewise
	Overdue                 bool         // what is open counts in Outstanding
	Against                 string       // of a credit: the debit that it goes to first
	For                     string       // what it is for
	Previous, Next          string       // in its chain
	Asked                   bool         // of a debit: what is done about it on its due date is done (R8.10)
	Charge                  Charge       // of one that is not posted: what it waits for
	DraftPrevious           Named        // of a draft: those that are dated on the same day
	DraftNext               Named
}

// TransactionRequest is a transaction that is recorded, or with a name alone a draft that is posted or given up.
type TransactionRequest struct {
	Account     string
	Transaction string // its reference
	Kind        TransactionKind
	Debit       bool         // of an opening balance: its side,
	Sided       bool         // where one is given
	Amount      money.Amount // of a write-off zero: all that is owed
	Currency    money.Currency
	Date        int32
	Dated       bool   // Date is given
	Against     string // of a credit: the debit that it goes to first; "": the oldest
	Draft       bool
	For         string     // what it is for: a word that overrides and preferences go by
	Lines       []SaleLine // instead of Amount: it is what they come to
}

// TransactionState is what an entry has made of a transaction.
type TransactionState uint8

// States of a transaction.
const (
	TransactionDraft TransactionState = iota + 1
	TransactionIsPosted
	TransactionIsDiscarded
	TransactionIsPending // it waits for an automatic payment (R8.5)
)

// Told is the transaction that an entry is about.
type Told struct {
	Transaction *Transaction // nil: none
	State       TransactionState
	Currency    money.Currency
	Customer    *CustomerTerms // of an invoice that is posted: in force then, for the name and who gets it
	Lines       []BilledLine   // of one that is recorded with lines
}

// Allocation is what of a credit went to a debit.
type Allocation struct {
	Credit, Debit string // references
	Amount        money.Amount
}

// Events about customer accounts (R8). Their numbers are apart, because every number is for good.
const (
	TransactionRecorded     Type = 96 + iota // topic account, and so on
	TransactionPosted                        // of a draft
	TransactionDiscarded                     // likewise
	CustomerSettingsDefined                  //
	CustomerStatusRequested                  // an account is to be suspended, reactivated, terminated or written off
	CreditRequested                          // may a customer use funds?
)

// Why a transaction is refused.
const (
	NotACustomer         Reason = "not_a_customer_account"
	IsACustomer          Reason = "is_a_customer_account" // what changes a customer account is a transaction of it
	TransactionExists    Reason = "transaction_exists"    // a second one under one reference
	UnknownTransaction   Reason = "unknown_transaction"   //
	NotADraft            Reason = "not_a_draft"           // posting or giving up what is posted
	NotADebit            Reason = "not_a_debit"           // R8.2: a credit that is to go to something else than a posted debit
	AlreadyOpened        Reason = "already_opened"        // an opening balance that is not the first transaction
	ExceedsOwed          Reason = "exceeds_owed"          // writing off more than is owed
	UnknownRating        Reason = "unknown_rating"
	UnknownProfile       Reason = "unknown_kyc_profile"
	OutsideCreditTerms   Reason = "outside_credit_terms" // R8.3: a period outside the rating's range
	AboveMaximumLimit    Reason = "above_maximum_limit"  // R8.3: a limit above that of the KYC profile
	CreditLimitExceeded  Reason = "credit_limit_exceeded"
	CustomerIsSuspended  Reason = "account_suspended"
	CustomerIsTerminated Reason = "account_terminated"
	CustomerIsWrittenOff Reason = "account_written_off"
	DraftsLeft           Reason = "drafts_left" // R8.6: an account that is to be terminated

	NotOfThisKind Reason = "not_of_this_kind" // something that a transaction or an account of this kind does not have, or lacks
)

// Alerts about customer accounts (R8.4).
const (
	OverCreditLimit   AlertKind = "credit_limit_exceeded"
	WithinCreditLimit AlertKind = "credit_limit_restored"
)

// CreditAllocated is due work: what an allocation has left for a further entry.
const CreditAllocated Work = 40

// String returns the kind of transaction as it is written.
func (k TransactionKind) String() string { return name(transactionNames[:], int(k)) }

// String returns the status as it is written.
func (s CustomerStatus) String() string { return name(statusNames[:], int(s)) }

// String returns the state as it is written.
func (s TransactionState) String() string { return name(toldNames[:], int(s)) }

var (
	transactionNames = [...]string{
		InvoiceTransaction: "invoice", DebitNote: "debit_note", PaymentTransaction: "payment", CreditNote: "credit_note", WriteOff: "write_off",
		OpeningBalance: "opening_balance",
	}
	statusNames = [...]string{CustomerActive: "active", CustomerSuspended: "suspended", CustomerTerminated: "terminated", CustomerWrittenOff: "written_off"}
	toldNames   = [...]string{TransactionDraft: "draft", TransactionIsPosted: "posted", TransactionIsDiscarded: "discarded", TransactionIsPending: "pending"}
)

// AppendCustomerKey appends the key of what a customer account has beside its balance.
func AppendCustomerKey(dst []byte, org, account string) []byte {
	return part(part(append(dst, 'k'), org), account)
}

// AppendCustomerSettingsKey appends the key of an org's customer settings.
func AppendCustomerSettingsKey(dst []byte, org string) []byte { return part(append(dst, 'z'), org) }

// AppendTransactionKey appends the key of a customer account's transaction.
func AppendTransactionKey(dst []byte, org, account, reference string) []byte {
	return part(part(part(append(dst, 'f'), org), account), reference)
}
