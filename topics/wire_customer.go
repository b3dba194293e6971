package topics

// Types of events about customer accounts (R8), as ce_type.
const (
	TypeTransactionRecorded  = "transaction.recorded"
	TypeTransactionPosted    = "transaction.posted"
	TypeTransactionDiscarded = "transaction.discarded"
)

// CustomerTerms are what is particular to a customer account (R8).
type CustomerTerms struct {
	CreditDays Number `json:"credit_days,omitempty"` // from the date of a debit to its due date; default: it is due on its date
}

// TransactionRecordedBody records a transaction of a customer account, as a draft or posted at once (R8.1). The answer is an outcome.
type TransactionRecordedBody struct {
	Account     string `json:"account"`
	Transaction string `json:"transaction"`      // its reference, one of the account's
	Kind        string `json:"kind"`             // invoice, debit_note, payment, credit_note, write_off or opening_balance
	Side        string `json:"side,omitempty"`   // of an opening balance: debit or credit
	Amount      Number `json:"amount,omitempty"` // of a write-off default: all that is owed
	Currency    string `json:"currency"`
	Date        string `json:"date,omitempty"`    // civil day in the org's time zone, as 2026-03-31; default: that on which it happened
	Against     string `json:"against,omitempty"` // of a credit: reference of the debit that it goes to first; default: the oldest
	Draft       bool   `json:"draft,omitempty"`
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
}

// AllocationBody is what of a credit went to a debit (R8.2): references of transactions of the account.
type AllocationBody struct {
	Credit string `json:"credit"`
	Debit  string `json:"debit"`
	Amount string `json:"amount"`
}
