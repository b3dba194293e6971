package core

import "purser/processors/money"

// Result is what became of an event or of a piece of due work.
type Result uint8

const (
	Applied Result = iota + 1 // decided and posted (perhaps with no postings: a definition)
	Refused                   // a rule refused it: Reason says which; it becomes a dead letter
	Waiting                   // parked until what it names is defined (R10.2)
	Expired                   // it waited in vain and becomes a dead letter (R10.2)
	Silent                    // nothing to record: a tick, a continuation, a resume
)

// Reason is why an event was refused. The names are on the wire.
type Reason string

const (
	ReasonNone           Reason = ""
	UnknownOrg           Reason = "unknown_org"
	UnknownAccount       Reason = "unknown_account"
	UnknownPlan          Reason = "unknown_plan"
	UnknownChannel       Reason = "unknown_channel"
	UnknownCurrency      Reason = "unknown_currency"       // neither given, nor the country's, nor the org's
	CurrencyFixed        Reason = "currency_fixed"         // R2.4: a definition with another currency than the first
	KindFixed            Reason = "kind_fixed"             // a definition with another kind than the first
	CurrencyMismatch     Reason = "currency_mismatch"      // a grant or payment in another currency than the wallet's
	NoFXRate             Reason = "no_fx_rate"             // R2.4
	InUse                Reason = "in_use"                 // R2.3
	AgencyWalletExists   Reason = "agency_wallet_exists"   //
	NotAWallet           Reason = "not_a_wallet"           //
	BalanceOutOfRange    Reason = "balance_out_of_range"   // R1.1
	TooManyGrants        Reason = "too_many_grants"        // R10.3
	AlreadyExpired       Reason = "already_expired"        // a grant that expires before now
	QueueFull            Reason = "queue_full"             // R10.3: too many events wait for one account
	IdentityConflict     Reason = "identity_conflict"      // R2.2, decided by the shell
	UnknownAttempt       Reason = "unknown_attempt"        // R4.7: a result of an attempt that was never made
	NoPaymentMethod      Reason = "no_payment_method"      // a recharge of an account without one
	InsufficientFunds    Reason = "insufficient_funds"     // R3.8: more than there is
	RemovalExists        Reason = "removal_exists"         // a removal under a reference that another one has
	UnknownRemoval       Reason = "unknown_removal"        // a refund that names a removal that was never made
	UnknownPayment       Reason = "unknown_payment"        // a refund of a payment that never came in
	ExceedsPayment       Reason = "exceeds_payment"        // R3.8: refunds of more than was paid
	AlreadyVoided        Reason = "already_voided"         // R3.9
	UnknownUsage         Reason = "unknown_usage"          // R3.9: it has waited in vain
	PaymentFailed        Reason = "payment_failed"         // the answer to who asked for a recharge
	NotAFundingSource    Reason = "not_a_funding_source"   // R5.4: a team that names another account
	UnknownTeam          Reason = "unknown_team"           //
	TeamFull             Reason = "team_full"              // R10.3
	NotAMember           Reason = "not_a_member"           // of a user who leaves a team that he was not in then
	UnknownInvoice       Reason = "unknown_invoice"        //
	InvoiceClosed        Reason = "invoice_closed"         // voiding one that is paid or voided
	TransferBetweenUsers Reason = "transfer_between_users" // R5.8: it takes two moves
	NotTransferable      Reason = "not_transferable"       // R5.8: neither from a funding source to a user nor back
	ClockAhead           Reason = "clock_ahead"            // a tick too far ahead of the broker's time

	UnknownCampaign       Reason = "unknown_campaign"
	SendExists            Reason = "send_exists"                    // R6.5: a send is charged once
	TriggeredNeedsFunding Reason = "triggered_needs_funding_source" // R6.4
	NoFundingSource       Reason = "no_funding_source"              // neither the campaign, nor the team, nor the org has one
	ApprovalPending       Reason = "pending_approval"               // R6.4: the answer until it is approved or declined
	FundsPending          Reason = "pending_funds"                  // R6.3: the answer until the card is charged
	FundsTooLate          Reason = "funds_overdue"                  // R6.3: the card had not been charged after 24 hours
	Declined              Reason = "declined"                       // R6.4: the answer to who asked
	Cancelled             Reason = "cancelled"                      // R6.5: likewise, where the send was pending
	UnknownSend           Reason = "unknown_send"                   // R6.5: what followed it waited in vain
	NotPendingApproval    Reason = "not_pending_approval"           // an approval or decline of a send that needs none
	SendWasRejected       Reason = "send_rejected"                  // R6.5: what follows a rejection
	SendWasCancelled      Reason = "send_cancelled"                 // R6.5: what follows a cancellation
)

// Reasons about spending accounts (R7).
const (
	UnknownSpending Reason = "unknown_spending_account"
	SpendingOn      Reason = "account_active"          // R7.1: it is changed and removed only while it is switched off
	SpendingOff     Reason = "account_inactive"        // R7.1: switched off, not begun or ended
	TypeFixed       Reason = "type_fixed"              // R7.1: from standard to shared or back while there are balances
	SpendingExists  Reason = "spending_account_exists" // a copy under an id that another one has
	TooManySpending Reason = "too_many_spending_accounts"
	UnknownUser     Reason = "unknown_user"
	NotEligible     Reason = "not_eligible"      // R7.2: the user may not use it
	NothingApplies  Reason = "nothing_applies"   // R7.7: it may pay nothing of the order
	OrderNotCovered Reason = "order_not_covered" // R7.7: it may not pay all of it, and split billing is off
	NoOtherPayer    Reason = "no_other_payer"    // R7.7: there is a rest, and nobody to pay it
	OrderExists     Reason = "order_exists"
	UnknownOrder    Reason = "unknown_order"
	OrderIsGone     Reason = "order_cancelled" // a cancellation of what was cancelled
	SharedBudget    Reason = "shared_budget"   // R7.3: a budget of a user, of an account that all share
	LimitReached    Reason = "limit_reached"   // R7.7: nothing is left of one of its limits
	NotAPayer       Reason = "not_a_payer"     // of an account that is neither a wallet nor a funding source
)

// Posting moves Amount from one account to another, both in Currency. It is never negative and never zero.
type Posting struct {
	From, To *Account
	Amount   money.Amount
	Currency money.Currency
	Bucket   Bucket // of the wallet that pays or receives
	Grant    string // the grant's id, where Bucket is Complimentary
}

// Bucket is the part of a wallet's balance by origin.
type Bucket uint8

const (
	NoBucket Bucket = iota
	Purchased
	Complimentary
)

// Line is what one account looks like after an entry: its place in the account's own order, and the balance after it.
// An account has one line an entry, whatever number of postings touch it.
type Line struct {
	Account   *Account
	Seq       uint64 // the account's sequence number after the entry: Prev line's Seq + 1
	Previous  uint64 // number of the ledger entry that posted here before; 0: none
	Balance   money.Amount
	Purchased money.Amount
}

// Price is what priced a charge, so that a reader of the ledger can compute it again.
type Price struct {
	Set        bool
	Cost       money.Amount // the provider's cost, rounded once
	CostIn     money.Currency
	Charge     money.Amount // what the wallet paid, in the wallet's currency
	ChargeIn   money.Currency
	Basis      Basis        // what the charge was computed from
	Multiplier money.Factor // where Basis is a multiplier
	Plan       string       // where Basis names a plan
	Rate       money.Factor // currency conversion of the charge; zero: none
	AgencyRate money.Factor // currency conversion of the cost; zero: none
	Volume     money.Factor // the month's volume with this event, where a rate card priced it
	Channel    string       // what was used
	Quantity   money.Factor // how much of it
}

// Basis says where a price came from (R3.2, R3.3).
type Basis uint8

const (
	NoBasis   Basis = iota
	ByDefault       // no multiplier anywhere: 1
	ByLocation
	ByPlan
	ByOrg
	ByRateCard
)

// AlertKind is what an alert is about. The names are on the wire.
type AlertKind string

const (
	LowBalance      AlertKind = "low_balance"
	NegativeBalance AlertKind = "negative_balance"
	ConflictAlert   AlertKind = "identity_conflict"

	RechargeFailed     AlertKind = "recharge_failed"     // R4.4: it will be tried again
	RechargeExhausted  AlertKind = "recharge_exhausted"  // R4.4: it will not
	RechargeUnresolved AlertKind = "recharge_unresolved" // R4.7: no result for 24 hours
	RechargeDisputed   AlertKind = "recharge_disputed"   // R4.7: a second result that contradicts the first
	UnknownResult      AlertKind = "unknown_attempt"     // R4.7: a result that cannot be matched

	InvoiceOverpaid      AlertKind = "invoice_overpaid"       // R5.2: more came in than was open
	AdjustmentInSuspense AlertKind = "adjustment_in_suspense" // R6.6: nobody pays the difference
)

// Alert tells someone that an edge was crossed (R4.9, R9.2), or what has become of a recharge (R4.4, R4.7).
type Alert struct {
	Kind      AlertKind
	Account   *Account
	Currency  money.Currency
	Balance   money.Amount
	Threshold money.Amount
	ToCollect money.Amount // negative balance: what would bring it back to zero, in whole minor units, rounded up (R1.3)
	Contacts  []string
	Customer  *CustomerTerms // of a customer account: in force, for who gets it

	Attempt string       // id of the attempt that it is about
	Amount  money.Amount // which that one asks for
	Why     string       // the gateway's words
	RetryAt Time         // when it is tried again
	Invoice uint64       // number of the invoice that it is about
	Send    string       // the send that it is about
}

// AttemptRequest asks a gateway to charge a card (R9.4).
type AttemptRequest struct {
	Account  *Account
	Recharge *Recharge
	Number   int // of the attempt within its recharge: 1, 2, 3 …
	Amount   money.Amount
	Method   string // the payment method's token
}

// InvoiceRequest is an invoice that goes out (R9.3).
type InvoiceRequest struct {
	Invoice  *Invoice
	Issued   int32    // civil day of the org's zone, as Invoice.Due
	PO       string   // purchase order
	Contacts []string // accounts payable
	Lines    []InvoiceLine
	For      string // what it is for: an id that its kind tells how to read
}

// InvoiceLine is a part of an invoice. The lines add up to its amount.
type InvoiceLine struct {
	Text   string
	Amount money.Amount
}

// OutcomeStatus is how a question stands.
type OutcomeStatus uint8

// Statuses. Pending may come before one of the others, which are final.
const (
	NoOutcome OutcomeStatus = iota
	Pending
	Accepted
	Rejected
)

// Outcome answers an event that asks a question (R9.1).
type Outcome struct {
	Status     OutcomeStatus
	Reason     Reason   // of a rejection
	Source, ID string   // of the event that has asked; "" where it is the one in hand
	Account    *Account // that it is about; nil where it is not known
	Attempt    string   // that it waits for, or that has decided it
	Invoice    uint64   // that goes out for it
	Amount     money.Amount
	To         *Account // of a transfer: who gets
	Gets       money.Amount
	Send       string       // that it is about
	Order      string       // likewise
	Spent      *Spent       // of an order: what its spending account pays
	Quote      *Quote       // of a quote
	Needed     money.Amount // figures of a rejection, where there are any
	Had        money.Amount

	Transaction string // of a customer account, that it is about
}

// Spent is what a spending account pays of an order, or would pay.
type Spent struct {
	Spending *Spending
	Terms    *SpendingTerms
	User     string
	Account  *Account     // the balance; nil where it is not opened yet
	Amount   money.Amount // what it pays
	Cost     money.Amount // of the whole order
}

// Quote says what each spending account of a user would pay of an order (R7.8).
type Quote struct {
	User     string
	Cost     money.Amount // of the whole order
	Currency money.Currency
	Accounts []Quoted // ascending by id
	More     bool     // he has others, whose ids come after these
}

// Quoted is what one of them would pay.
type Quoted struct {
	Spent     Spent
	Available money.Amount // on its balance, now
	Reason    Reason       // why it does not apply; none: it does
}

// Work is a kind of due work. The names are on the wire.
type Work uint8

// Kinds of due work, beside events that have waited.
const (
	NoWork Work = iota
	GrantExpired
	CreditsGiven
	RechargeRetried
	RechargeDropped
	AttemptUnresolved // an attempt that has no result after 24 hours
	FundingScheduled
	BudgetRun    // of a team, whose name is what was worked on
	FundsOverdue // of a send whose card had no result in time: the send is what was worked on
	DayEnded     // for a funding source with a negative balance (R6.7)
)

// OnAttempt says whether work of this kind is about a recharge attempt.
func (w Work) OnAttempt() bool { return w >= RechargeRetried && w <= AttemptUnresolved }

// About is the recharge attempt that an entry is about: one with a result, or one that work fell due on. The zero value: none.
type About struct {
	Recharge *Recharge
	Number   int          // of the attempt
	Told     AttemptState // what its result says
	Why      string       // of a failure, in the gateway's words
}

// Decision is the outcome of one event or one piece of due work. The shell reuses it: Reset keeps the slices.
type Decision struct {
	Result   Result
	Reason   Reason
	Needed   money.Amount // figures of a refusal, where there are any
	Had      money.Amount
	Org      string
	At       Time // when it counts as having happened: occurred_at, or a due time
	Postings []Posting
	Lines    []Line
	Price    Price
	Rate     money.Factor // currency conversion of a transfer; zero: none
	Alerts   []Alert
	Attempts []AttemptRequest
	Invoices []InvoiceRequest
	Outcome  Outcome
	DueCell  Cell     // Status DueFirst: whose due work comes first
	Subject  *Parked  // due work on a parked event: the event that was applied or given up
	Work     Work     // other due work: of which kind,
	Worked   string   // and on which grant or attempt
	Worker   *Account // of which account
	About    About    // the recharge attempt that it is about
	Sent     *Send    // the send that it is about; nil: none
	Ordered  *Order   // the order that it is about; nil: none

	Told        Told // the transaction of a customer account that it is about (R8.1)
	Allocations []Allocation
	Customer    *Customer   // whose status it has changed
	Period      *PeriodTold // the accounting period that it is about (R8.7)

	Draft Draft // the core's own: postings before they are known to be possible
}

// Reset makes d ready for the next decision and keeps its memory.
func (d *Decision) Reset() {
	*d = Decision{Postings: d.Postings[:0], Lines: d.Lines[:0], Alerts: d.Alerts[:0], Attempts: d.Attempts[:0], Invoices: d.Invoices[:0], Allocations: d.Allocations[:0], Draft: d.Draft.reset()}
}

// Status says whether a decision was reached.
type Status uint8

const (
	Done     Status = iota + 1
	Miss            // something has to be loaded first; nothing was changed
	DueFirst        // Decision.DueCell has work that fell due before this event counts: run it, then decide again
)

// Number gives the decision the next entry number of the partition.
func Number(b Book, d *Decision, org string, at Time) {
	d.Org, d.At = org, at
	p := b.Progress()
	p.Entry++
	b.Touch(p)
}

// Refuse ends a decision with a reason. Nothing has been changed before it.
func (d *Decision) Refuse(why Reason) Status {
	d.Result, d.Reason, d.Price = Refused, why, Price{}
	return Done
}

// Apply ends a decision that is made.
func (d *Decision) Apply() Status {
	d.Result = Applied
	return Done
}

// Discard forgets what was drafted and judged, so that something else is.
func (d *Decision) Discard() {
	d.Result, d.Reason, d.Needed, d.Had = 0, ReasonNone, 0, 0
	d.Draft = d.Draft.reset()
}

// Silent ends a decision of which there is nothing to record.
func (d *Decision) Silent() Status {
	d.Result = Silent
	return Done
}
