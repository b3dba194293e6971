package core

import "purser/processors/money"

// Time is an instant in microseconds since 1970-01-01T00:00:00Z. The zero value means "not given".
type Time int64

// Identity is what makes two deliveries the same event (R2.1): the first 16 bytes of the SHA-256 of org, source and id.
type Identity [16]byte

// Type is what an event says happened. The names on the wire are in package topics.
type Type uint8

// The events that are understood.
const (
	TypeNone          Type = iota
	UsageRecorded          // topic usage
	OrgDefined             // topic account, and so on down to FXRateDefined
	PlanDefined            //
	PlanRemoved            //
	AccountDefined         // a wallet or the org's agency wallet
	AccountRemoved         //
	CreditsGranted         // complimentary credits, once, by an agency admin
	FXRateDefined          //
	PaymentReceived        // topic payment-result: money that came in, credited as purchased
	Tick                   // topic refill-tick: time is now Tick.Time
	Continue               // topic refill-tick: written by a task to itself, drives the next slice of due work
	Resume                 // topic refill-tick: written by a person, starts a partition again that was set aside
	RechargeRequested      // topic account: a person wants an account recharged now
	AttemptResolved        // topic payment-result: what the gateway says of a recharge attempt
	CreditsRemoved         // topic account: credits are taken away
	PaymentRefunded        // topic payment-result: money of a payment was given back
	UsageVoided            // topic usage: usage that never was, or was otherwise
	UsageCorrected         //
)

// Events about funding sources and teams (R5). Their numbers are apart, because every number is for good.
const (
	TeamDefined       Type = 32 + iota // topic account, and so on down to InvoiceVoided
	TeamRemoved                        //
	MemberJoined                       // a user is in a team from then on
	MemberLeft                         //
	InvoiceVoided                      //
	InvoicePaid                        // topic payment-result
	FundingRequested                   // topic account: a person wants a source funded now
	TransferRequested                  // topic account: money is to move between a funding source and a user
	LicencePurchased                   // topic account: a user licence was bought for a team
)

// Events about campaigns and sends (R6), likewise.
const (
	CampaignDefined Type = 48 + iota // topic account
	CampaignRemoved                  //
	SendRequested                    // topic send, and so on down to SendWithdrawn
	SendApproved                     //
	SendDeclined                     //
	SendAdjusted                     // its final cost
	SendWithdrawn                    // it is cancelled
)

// Events about spending accounts (R7), likewise.
const (
	SpendingDefined  Type = 64 + iota // topic account, and so on down to ShopperRemoved
	SpendingSwitched                  // on or off
	SpendingCopied                    //
	SpendingRemoved                   //
	ShopperDefined                    // a user of spending accounts
	ShopperRemoved                    //
	OrderPlaced                       // topic send, as OrderCancelled
	OrderTakenBack                    // it is cancelled
)

// Events about the budgets of spending accounts (R7.3). Topic account.
const (
	BudgetsSet      Type = 80 + iota // all of them
	BudgetsImported                  // those of some users
)

// SpendQuoted asks what spending accounts would pay of an order (R7.8). Topic send.
const SpendQuoted Type = 88

// Event is one decoded input. Strings may point into the record it was decoded from: what outlives the batch is cloned.
// The body that belongs to Type is set, the others are zero; usage is a value so that decoding it allocates nothing.
type Event struct {
	Type       Type
	Org        string // the record's key
	Source, ID string // with Org: the identity (R2.1)
	Identity   Identity
	Payload    uint64 // hash of the body as decoded (R2.2)
	OccurredAt Time   // upstream's time; RecordedAt where none was given
	RecordedAt Time   // the broker's time on the record

	Usage   Usage
	OrgDef  *OrgVersion     // OrgDefined
	Plan    *PlanVersion    // PlanDefined, PlanRemoved (ID only)
	Account *AccountVersion // AccountDefined, AccountRemoved (ID only)
	Grant   *GrantRequest   // CreditsGranted
	FX      *FXRate         // FXRateDefined
	Payment *Payment        // PaymentReceived
	TickAt  Time            // Tick

	Request  *RechargeRequest // RechargeRequested, FundingRequested (no Method)
	Resolved *AttemptResult   // AttemptResolved
	Removal  *RemovalRequest  // CreditsRemoved
	Refund   *Refund          // PaymentRefunded
	Reversal *Reversal        // UsageVoided, UsageCorrected
	Team     *TeamVersion     // TeamDefined, TeamRemoved (ID only)
	Member   *Member          // MemberJoined, MemberLeft
	Bill     *InvoicePayment  // InvoicePaid, InvoiceVoided (Invoice only)
	Transfer *Transfer        // TransferRequested
	Licence  *LicencePurchase // LicencePurchased

	Campaign *CampaignVersion // CampaignDefined, CampaignRemoved (ID only)
	Send     *SendRequest     // SendRequested
	Step     *SendStep        // what follows a send

	Spending *SpendingTerms  // SpendingDefined, SpendingRemoved (ID only)
	From     Time            // SpendingDefined: from when it counts, as given
	Switch   *SpendingSwitch // SpendingSwitched
	Copy     *SpendingCopy   // SpendingCopied
	Budgets  *BudgetRequest  // BudgetsSet, BudgetsImported
	Shopper  *ShopperVersion // ShopperDefined, ShopperRemoved (ID only)
	Order    *OrderRequest   // OrderPlaced, OrderTakenBack (Order only)
	Quote    *QuoteRequest   // SpendQuoted

	Transaction *TransactionRequest // TransactionRecorded; TransactionPosted, TransactionDiscarded (Account and Transaction only)
	Settings    *CustomerPolicy     // CustomerSettingsDefined
	Status      *StatusRequest      // CustomerStatusRequested
	Credit      *CreditRequest      // CreditRequested
	Periods     *PeriodSettings     // PeriodsDefined
	Period      *PeriodRequest      // PeriodCloseRequested, PeriodDraftsPosted, PeriodIsCorrected
}

// SpendingSwitch switches a spending account on or off.
type SpendingSwitch struct {
	Spending      string
	On            bool
	EffectiveFrom Time
}

// SpendingCopy makes a spending account like another one.
type SpendingCopy struct {
	Spending string // that is copied
	As       string // id of the copy
	Name     string // of the copy; "": that of the other one
}

// BudgetRequest sets the budgets of a spending account (R7.3).
type BudgetRequest struct {
	Spending string
	Amount   money.Amount // BudgetsSet: of all
	Users    []UserBudget // BudgetsImported: of each, which is named once
}

// UserBudget is what one user's balance is to be, or to start with.
type UserBudget struct {
	User   string
	Amount money.Amount
}

// OrderRequest asks whether an order is paid (R7.7).
type OrderRequest struct {
	Order    string // its own reference
	User     string
	Spending string // the spending account that pays what it may
	Payer    string // wallet or funding source that pays the rest; "": nobody
	Lines    []OrderLine
	Currency money.Currency
}

// QuoteRequest asks which of a user's spending accounts would pay how much of an order (R7.8).
type QuoteRequest struct {
	Order OrderRequest // without a reference, and on no account: it is asked of each
	After string       // only of those whose ids come after this one
}

// OrderLine is one thing that is ordered.
type OrderLine struct {
	Item            string
	Shelves         []string // catalogs that it is in
	Quantity, Price money.Factor
}

// Asks says whether an event of this type asks a question, which is answered by an outcome and never by a dead letter (R9.1).
func (t Type) Asks() bool {
	return t == RechargeRequested || t == FundingRequested || t == TransferRequested || t == LicencePurchased || t == SendRequested ||
		t == OrderPlaced || t == SpendQuoted ||
		t == TransactionRecorded || t == TransactionPosted || t == CustomerStatusRequested || t == CreditRequested ||
		t == PeriodCloseRequested || t == PeriodDraftsPosted || t == PeriodIsCorrected
}

// Member is a user who joins a team or leaves it.
type Member struct {
	Team    string
	Account string // the user's wallet
}

// InvoicePayment is money that came in for an invoice.
type InvoicePayment struct {
	Invoice  uint64 // its number
	Payment  string // the payment's own reference
	Amount   money.Amount
	Currency money.Currency
}

// Transfer is money that is to move from one account to another.
type Transfer struct {
	From, To string
	Amount   money.Amount
	Currency money.Currency // that of the account that it comes from
}

// LicencePurchase is a user licence, or several, bought for a team (R5.7).
type LicencePurchase struct {
	Team     string
	Amount   money.Amount
	Currency money.Currency
}

// Usage is something that was consumed and has a provider cost (R3.1).
type Usage struct {
	Account  string // the wallet that pays the charge
	Channel  string // message, email, call, phone_number, or one that the org has priced
	Quantity money.Factor
	UnitCost money.Factor // the provider's, per unit; or
	Cost     money.Factor // the provider's, for all of it
	HasCost  bool         // Cost is given, UnitCost is not
	Currency money.Currency
}

// GrantRequest gives complimentary credits to a wallet.
type GrantRequest struct {
	Account   string
	Amount    money.Amount
	Currency  money.Currency
	ExpiresAt Time // zero: never
}

// Payment is money that came in for a wallet.
type Payment struct {
	Account  string
	Payment  string // the payment's own reference
	Amount   money.Amount
	Currency money.Currency
}

// RechargeRequest asks for a recharge by hand (R4.5).
type RechargeRequest struct {
	Account  string
	Amount   money.Amount
	Currency money.Currency
	Method   string // the payment method's token; "": that of the account's policy
}

// AttemptResult is what became of a recharge attempt (R4.7).
type AttemptResult struct {
	Attempt   string // its id
	Succeeded bool
	Why       string // of a failure, in the gateway's words
	Payment   string // of a success: the gateway's reference
}

// RemovalRequest takes credits out of a wallet (R3.8).
type RemovalRequest struct {
	Account   string
	Amount    money.Amount
	Currency  money.Currency
	Bucket    Bucket
	Reference string // by which a refund may name it; "": none will
}

// Refund is money of a payment that was given back (R3.8).
type Refund struct {
	Account  string
	Payment  string // the payment's reference
	Amount   money.Amount
	Currency money.Currency
	Removal  string // reference of a removal that has taken credits for it already; "": none
}

// Reversal undoes a usage event, or says how it should have been (R3.9). What a correction does not give stays.
type Reversal struct {
	Usage                             Identity // of the event
	Void                              bool
	Quantity, UnitCost, Cost          money.Factor
	HasQuantity, HasUnitCost, HasCost bool
	Currency                          money.Currency // of the cost; zero: as it was
}

// SendRequest asks to send something (R6.1).
type SendRequest struct {
	Send     string // the send's own reference, by which what follows names it
	Campaign string
	Sender   string       // the wallet of the user who sends
	Cost     money.Amount // estimated
	Currency money.Currency
	Trigger  bool        // an integration sends, not a person
	AddFunds bool        // where the funding source has too little, funds are to be added (R6.3)
	Spending string      // the spending account that pays what it may of the lines (R6.10); "": none
	Lines    []OrderLine // of a send that names one
}

// SendStep is what follows a send: an approval, a decline, its final cost, or its cancellation.
type SendStep struct {
	Send     string
	Cost     money.Amount // of an adjustment: all that the send costs
	Currency money.Currency
}
