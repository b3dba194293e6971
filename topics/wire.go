package topics

// The bodies of the events, as JSON. Amounts and factors are decimal strings on output; on input a JSON number is read
// by its literal digits too (R1.1). Times are RFC 3339 in UTC. Fields are added, never changed.
//
// The envelope is CloudEvents 1.0 on Kafka. The record's key is the org. ce_id and ce_source identify the event (R2.1),
// ce_type names it, ce_time is when it happened upstream (default: the broker's time).

// Types of events, as ce_type.
const (
	TypeUsageRecorded     = "usage.recorded"
	TypeOrgDefined        = "org.defined"
	TypePlanDefined       = "plan.defined"
	TypePlanRemoved       = "plan.removed"
	TypeAccountDefined    = "account.defined"
	TypeAccountRemoved    = "account.removed"
	TypeCreditsGranted    = "credits.granted"
	TypeFXRateDefined     = "fx-rate.defined"
	TypePaymentReceived   = "payment.received"
	TypeRechargeRequested = "recharge.requested"
	TypeAttemptResolved   = "recharge-attempt.resolved"
	TypeCreditsRemoved    = "credits.removed"
	TypePaymentRefunded   = "payment.refunded"
	TypeUsageVoided       = "usage.voided"
	TypeUsageCorrected    = "usage.corrected"
	TypeTeamDefined       = "team.defined"
	TypeTeamRemoved       = "team.removed"
	TypeMemberJoined      = "team-member.joined"
	TypeMemberLeft        = "team-member.left"
	TypeInvoicePaid       = "invoice.paid"
	TypeInvoiceVoided     = "invoice.voided"
	TypeFundingRequested  = "funding.requested"
	TypeTransferRequested = "transfer.requested"
	TypeLicencePurchased  = "license.purchased"
	TypeTick              = "tick"
	TypeContinue          = "purser.continue"
	TypeResume            = "purser.resume" // on refill-tick: a process that has set the partition aside starts it again
	TypeLedgerEntry       = "ledger.entry"
	TypeOwnership         = "purser.ownership" // on ledger and changelog, marks a takeover; readers skip it
	TypeAlert             = "alert"
	TypeOutcome           = "outcome"
	TypeRechargeAttempt   = "recharge-attempt"
	TypeInvoice           = "invoice"
)

// Number is a decimal given as a JSON string or a JSON number.
type Number string

// UsageRecordedBody says that something was consumed (R3.1). It has either UnitCost or Cost.
type UsageRecordedBody struct {
	Account  string `json:"account"`
	Channel  string `json:"channel"`
	Quantity Number `json:"quantity,omitempty"` // default 1
	UnitCost Number `json:"unit_cost,omitempty"`
	Cost     Number `json:"cost,omitempty"`
	Currency string `json:"currency"`
}

// OrgDefinedBody is the whole definition of an org; its id is the key.
type OrgDefinedBody struct {
	TimeZone             string            `json:"time_zone,omitempty"` // IANA; default UTC
	Currency             string            `json:"currency,omitempty"`
	Country              string            `json:"country,omitempty"` // ISO 3166; gives the currency where none is given
	Multipliers          map[string]Number `json:"multipliers,omitempty"`
	UsageReversibleHours Number            `json:"usage_reversible_hours,omitempty"` // how long usage may be voided and corrected; default: not at all
	SplitBilling         bool              `json:"split_billing,omitempty"`          // what a spending account does not cover of an order goes to its other payer
	EffectiveFrom        string            `json:"effective_from,omitempty"`
}

// PlanDefinedBody is the whole definition of a price plan.
type PlanDefinedBody struct {
	Plan           string              `json:"plan"`
	Multipliers    map[string]Number   `json:"multipliers,omitempty"`
	RateCards      map[string]RateCard `json:"rate_cards,omitempty"`
	MonthlyCredits *MonthlyCredits     `json:"monthly_credits,omitempty"`
	EffectiveFrom  string              `json:"effective_from,omitempty"`
}

// RateCard prices a channel by unit (R3.3). Either UnitPrice or Tiers.
type RateCard struct {
	Currency  string `json:"currency"`
	UnitPrice Number `json:"unit_price,omitempty"`
	Tiers     []Tier `json:"tiers,omitempty"`
	Mode      string `json:"mode,omitempty"`    // graduated (default) or whole_volume
	Minimum   Number `json:"minimum,omitempty"` // per event
}

// Tier is a unit price up to a monthly volume; the last one has no UpTo.
type Tier struct {
	UpTo      Number `json:"up_to,omitempty"`
	UnitPrice Number `json:"unit_price"`
}

// PlanRemovedBody names a plan.
type PlanRemovedBody struct {
	Plan string `json:"plan"`
}

// AccountDefinedBody is the whole definition of an account.
type AccountDefinedBody struct {
	Account        string            `json:"account"`
	Kind           string            `json:"kind"` // wallet, agency_wallet, funding_source or customer_account
	Currency       string            `json:"currency,omitempty"`
	Country        string            `json:"country,omitempty"`
	Plan           string            `json:"plan,omitempty"`
	Multipliers    map[string]Number `json:"multipliers,omitempty"`
	LowBalance     Number            `json:"low_balance,omitempty"`
	Contacts       []string          `json:"contacts,omitempty"`
	Recharge       *RechargePolicy   `json:"recharge,omitempty"`
	MonthlyCredits *MonthlyCredits   `json:"monthly_credits,omitempty"` // instead of the plan's
	Funding        *FundingTerms     `json:"funding,omitempty"`         // of a funding source, and only of one
	Customer       *CustomerTerms    `json:"customer,omitempty"`        // of a customer account, and only of one
	EffectiveFrom  string            `json:"effective_from,omitempty"`
}

// FundingTerms are what is particular to a funding source (R5.1). It is paid by card, with a payment method, or by invoice.
type FundingTerms struct {
	Name            string           `json:"name"`
	PaymentType     string           `json:"payment_type"`               // credit_card or invoice
	PaymentMethod   string           `json:"payment_method,omitempty"`   // of a card: the gateway's token, never card data
	PONumber        string           `json:"po_number,omitempty"`        // on its invoices
	AccountsPayable []string         `json:"accounts_payable,omitempty"` // who gets its invoices
	PaymentDays     Number           `json:"payment_days,omitempty"`     // from an invoice to its due date: 30 by default
	Default         bool             `json:"default,omitempty"`          // the org's one default from now on
	CardCharges     string           `json:"card_charges,omitempty"`     // shortfall (default) or each
	Schedule        *FundingSchedule `json:"schedule,omitempty"`
}

// FundingSchedule funds a source by itself (R5.2): on the 1st of each month, or of each quarter.
type FundingSchedule struct {
	Every  string `json:"every"` // month or quarter
	Amount Number `json:"amount"`
}

// TransferRequestedBody asks for money to move between a funding source and a user's wallet (R5.8). The answer is an outcome.
type TransferRequestedBody struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Amount   Number `json:"amount"`
	Currency string `json:"currency"` // that of the account that it comes from
}

// LicencePurchasedBody says that a user licence, or several, was bought for a team (R5.7). Whether it is paid is an outcome.
type LicencePurchasedBody struct {
	Team     string `json:"team"`
	Amount   Number `json:"amount"` // in all
	Currency string `json:"currency"`
}

// FundingRequestedBody asks for a source to be funded once, now (R5.2). The answer is an outcome.
type FundingRequestedBody struct {
	Account  string `json:"account"`
	Amount   Number `json:"amount"`
	Currency string `json:"currency"`
}

// TeamDefinedBody is the whole definition of a team (R5.4), without its members. A funding source that is not given is the org's
// default; "none" is none.
type TeamDefinedBody struct {
	Team          string      `json:"team"`
	FundingSource string      `json:"funding_source,omitempty"` // of the members' balances
	LicenceSource string      `json:"licence_source,omitempty"` // of user licences
	Budget        *TeamBudget `json:"budget,omitempty"`
	EffectiveFrom string      `json:"effective_from,omitempty"`
}

// TeamBudget is what each member gets in each period (R5.5), in the currency of the team's funding source.
type TeamBudget struct {
	Amount Number `json:"amount"`
	Every  string `json:"every"`          // week, month, quarter or year
	Mode   string `json:"mode,omitempty"` // refresh (default) or rollover
}

// TeamRemovedBody names a team.
type TeamRemovedBody struct {
	Team string `json:"team"`
}

// MemberBody says that a user, by his wallet, is in a team, or no longer, from when it happened. A user who joins a team leaves the
// one that he was in (R5.9).
type MemberBody struct {
	Team    string `json:"team"`
	Account string `json:"account"`
}

// InvoicePaidBody is money that came in for an invoice (R5.2).
type InvoicePaidBody struct {
	Invoice  Number `json:"invoice"` // its number
	Payment  string `json:"payment"` // the payment's own reference
	Amount   Number `json:"amount"`
	Currency string `json:"currency"`
}

// InvoiceVoidedBody takes an invoice back.
type InvoiceVoidedBody struct {
	Invoice Number `json:"invoice"`
}

// MonthlyCredits are complimentary credits on the 1st of each month (R3.7), in the currency of the wallet that gets them.
type MonthlyCredits struct {
	Amount            Number `json:"amount"`
	ExpireAfterMonths Number `json:"expire_after_months,omitempty"` // on the 1st; default: never
}

// RechargePolicy says when an account is recharged by itself (R4.1), and how a recharge that failed is tried again (R4.3).
type RechargePolicy struct {
	WhenBalanceLowerThan Number `json:"when_balance_lower_than"`
	Amount               Number `json:"amount"`
	PaymentMethod        string `json:"payment_method,omitempty"` // the gateway's token, never card data; of a funding source, that of its terms
	Attempts             Number `json:"attempts,omitempty"`       // in all: 7 by default, 12 for an agency wallet
	RetrySeconds         Number `json:"retry_seconds,omitempty"`  // from one attempt to the next: a day by default, six hours for an agency wallet
}

// AccountRemovedBody names an account.
type AccountRemovedBody struct {
	Account string `json:"account"`
}

// CreditsGrantedBody gives complimentary credits.
type CreditsGrantedBody struct {
	Account   string `json:"account"`
	Amount    Number `json:"amount"`
	Currency  string `json:"currency"`
	ExpiresAt string `json:"expires_at,omitempty"`
}

// FXRateDefinedBody is a conversion rate: units of To for one of From.
type FXRateDefinedBody struct {
	From          string `json:"from"`
	To            string `json:"to"`
	Rate          Number `json:"rate"`
	EffectiveFrom string `json:"effective_from,omitempty"`
}

// PaymentReceivedBody is money that came in.
type PaymentReceivedBody struct {
	Account  string `json:"account"`
	Payment  string `json:"payment"`
	Amount   Number `json:"amount"`
	Currency string `json:"currency"`
}

// RechargeRequestedBody asks for an account to be charged now (R4.5). The answer is an outcome.
type RechargeRequestedBody struct {
	Account       string `json:"account"`
	Amount        Number `json:"amount"`
	Currency      string `json:"currency"`
	PaymentMethod string `json:"payment_method,omitempty"` // the gateway's token; default: that of the account's policy
}

// AttemptResolvedBody is what a gateway answers to a recharge attempt (R4.7).
type AttemptResolvedBody struct {
	Attempt string `json:"attempt"`           // its id
	Result  string `json:"result"`            // succeeded or failed
	Reason  string `json:"reason,omitempty"`  // of a failure, in the gateway's words
	Payment string `json:"payment,omitempty"` // of a success: the gateway's reference, by which it is refunded; default: the attempt's id
}

// CreditsRemovedBody takes credits out of a wallet, for nothing (R3.8).
type CreditsRemovedBody struct {
	Account  string `json:"account"`
	Amount   Number `json:"amount"`
	Currency string `json:"currency"`
	Bucket   string `json:"bucket"`            // purchased or complimentary
	Removal  string `json:"removal,omitempty"` // the removal's own reference, by which a refund may name it
}

// PaymentRefundedBody is money of a payment that was given back (R3.8).
type PaymentRefundedBody struct {
	Account  string `json:"account"`
	Payment  string `json:"payment"` // the payment's reference; of a recharge without one, its attempt's id
	Amount   Number `json:"amount"`
	Currency string `json:"currency"`
	Removal  string `json:"removal,omitempty"` // reference of the removal that has taken credits for it already
}

// UsageVoidedBody says that usage never was (R3.9).
type UsageVoidedBody struct {
	Usage  string `json:"usage"`            // id of the usage event
	Source string `json:"source,omitempty"` // its source; default: this event's own
}

// UsageCorrectedBody says how usage should have been: its quantity, its cost, or both (R3.9). What is not given stays.
type UsageCorrectedBody struct {
	Usage    string `json:"usage"`
	Source   string `json:"source,omitempty"`
	Quantity Number `json:"quantity,omitempty"`
	UnitCost Number `json:"unit_cost,omitempty"`
	Cost     Number `json:"cost,omitempty"`
	Currency string `json:"currency,omitempty"` // of the cost: that of the usage
}

// TickBody says what time it is now; one record to each partition of refill-tick.
type TickBody struct {
	Time string `json:"time"`
}

// LedgerEntryBody is one record of the ledger: what became of one event. The record's headers name the place of the input that
// caused it (HeaderCause). What goes without saying is not said: see Complete.
type LedgerEntryBody struct {
	Entry      uint64          `json:"entry"` // 1, 2, 3 … on its partition
	Org        string          `json:"org"`
	Type       string          `json:"type"`   // of the event, or due.grant_expired
	Source     string          `json:"source"` // of the event that caused it
	ID         string          `json:"id"`
	Result     string          `json:"result"` // applied, refused, waiting, expired
	Reason     string          `json:"reason,omitempty"`
	OccurredAt string          `json:"occurred_at"`
	RecordedAt string          `json:"recorded_at"`        // of the input
	Currency   string          `json:"currency,omitempty"` // of every posting and balance that names none; for usage, the wallet's
	Postings   []PostingBody   `json:"postings,omitempty"`
	Balances   []BalanceBody   `json:"balances,omitempty"`
	Price      *PriceBody      `json:"price,omitempty"`
	Rate       string          `json:"rate,omitempty"`     // of a transfer between two currencies
	Attempt    string          `json:"attempt,omitempty"`  // that a result, or due work on a recharge, is about
	Told       string          `json:"told,omitempty"`     // by a result of it: succeeded or failed
	Why        string          `json:"why,omitempty"`      // of a failure, in the gateway's words
	Recharge   string          `json:"recharge,omitempty"` // how that attempt's recharge stands after the entry: open, retrying, succeeded, failed, exhausted or dropped
	Attempts   []AttemptedBody `json:"attempts,omitempty"` // that go out because of it
	Invoice    uint64          `json:"invoice,omitempty"`  // that is paid or voided
	Invoices   []InvoicedBody  `json:"invoices,omitempty"` // that go out because of it
	Send       string          `json:"send,omitempty"`     // that it is about
	Campaign   string          `json:"campaign,omitempty"` // of that send
	Spending   *PartBody       `json:"spending,omitempty"` // of a send: what a spending account pays of it
	Order      *OrderedBody    `json:"order,omitempty"`    // that it is about

	Transaction *TransactionBody `json:"transaction,omitempty"` // of a customer account, that it is about
	Customer    *CustomerBody    `json:"customer,omitempty"`    // an account whose status it has changed
	Allocations []AllocationBody `json:"allocations,omitempty"` // of credits to debits, because of it
	Period      *PeriodBody      `json:"period,omitempty"`      // that it is about
	Periods     *PeriodsBody     `json:"periods,omitempty"`     // how long the org's are, in the entry that begins them
}

// InvoicedBody is an invoice in the entry that sends it out. The first releases said neither whose it is nor when it is due.
type InvoicedBody struct {
	Invoice  uint64 `json:"invoice"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Kind     string `json:"kind,omitempty"`
	Account  string `json:"account,omitempty"`
	Issued   string `json:"issued,omitempty"` // civil day in the org's time zone, as 2026-03-01
	Due      string `json:"due,omitempty"`    // likewise
}

// AttemptedBody is a recharge attempt in the entry that emits it.
type AttemptedBody struct {
	Attempt  string `json:"attempt"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Purpose  string `json:"purpose,omitempty"` // the first releases do not say it
}

// Complete gives every posting and balance that names no currency the entry's own.
func (b *LedgerEntryBody) Complete() {
	for i := range b.Postings {
		if b.Postings[i].Currency == "" {
			b.Postings[i].Currency = b.Currency
		}
	}
	for i := range b.Balances {
		if b.Balances[i].Currency == "" {
			b.Balances[i].Currency = b.Currency
		}
	}
}

// PostingBody moves an amount between two accounts of the org.
type PostingBody struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Amount   string `json:"amount"`
	Currency string `json:"currency,omitempty"`
	Bucket   string `json:"bucket,omitempty"` // complimentary; none where purchased money moves, or no account has buckets
	Grant    string `json:"grant,omitempty"`
}

// BalanceBody is an account after the entry.
type BalanceBody struct {
	Account   string `json:"account"`
	Currency  string `json:"currency,omitempty"`
	Seq       uint64 `json:"seq"`                // 1, 2, 3 … for the account
	Previous  uint64 `json:"previous,omitempty"` // entry that posted here before
	Balance   string `json:"balance"`
	Purchased string `json:"purchased,omitempty"` // of a wallet with complimentary credits; without them all of the balance is
}

// PriceBody is what priced a charge; what came of it are the postings.
type PriceBody struct {
	Basis      string `json:"basis"` // default, location, plan, org, rate_card
	Multiplier string `json:"multiplier,omitempty"`
	Plan       string `json:"plan,omitempty"`
	Rate       string `json:"rate,omitempty"`        // converts the charge
	AgencyRate string `json:"agency_rate,omitempty"` // converts the cost
	Volume     string `json:"volume,omitempty"`      // the month's, with this event, where a rate card prices it
	Channel    string `json:"channel,omitempty"`     // what was used; entries of the first releases do not say
	Quantity   string `json:"quantity,omitempty"`    // how much of it; likewise
}

// AlertBody tells someone that an edge was crossed. Key is the same whenever the same crossing is told again.
type AlertBody struct {
	Kind      string   `json:"kind"`
	Severity  string   `json:"severity"` // info, warning, critical
	Key       string   `json:"key"`
	Org       string   `json:"org"`
	Account   string   `json:"account,omitempty"`
	Currency  string   `json:"currency,omitempty"`
	Balance   string   `json:"balance,omitempty"`
	Threshold string   `json:"threshold,omitempty"`
	ToCollect string   `json:"to_collect,omitempty"`
	Attempt   string   `json:"attempt,omitempty"`  // of an alert about a recharge
	Amount    string   `json:"amount,omitempty"`   // which that one asks for
	Reason    string   `json:"reason,omitempty"`   // of a failure, in the gateway's words
	RetryAt   string   `json:"retry_at,omitempty"` // not before
	Invoice   uint64   `json:"invoice,omitempty"`  // that it is about
	Send      string   `json:"send,omitempty"`     // of an alert about a send
	Contacts  []string `json:"contacts,omitempty"`

	Recipients *Recipients `json:"recipients,omitempty"` // of one about a customer account: who gets it (R8.16)

	Source string `json:"source"`
	ID     string `json:"id"`
}

// RechargeAttemptBody asks a gateway to charge a card. IdempotencyKey is the same however often the record is delivered, and
// no other attempt of any org has it.
type RechargeAttemptBody struct {
	Attempt        string `json:"attempt"`     // the result names it
	RechargeID     string `json:"recharge_id"` // what an attempt and its retries have in common
	Number         int    `json:"number"`      // 1, 2, 3 … within the recharge
	Purpose        string `json:"purpose"`     // automatic, manual, scheduled_funding, team_budget, add_funds, adjustment or licence
	IdempotencyKey string `json:"idempotency_key"`
	Org            string `json:"org"`
	Account        string `json:"account"`
	Amount         string `json:"amount"` // in whole minor units of the currency
	Currency       string `json:"currency"`
	PaymentMethod  string `json:"payment_method"` // the gateway's token
	Source         string `json:"source"`
	ID             string `json:"id"`
}

// InvoiceBody is an invoice to a funding source (R9.3). It is never sent again: what is paid of it, and that it is voided, are events.
type InvoiceBody struct {
	Invoice  uint64            `json:"invoice"` // 1, 2, 3 … for the org, without gaps
	Kind     string            `json:"kind"`    // funding, recharge, add_funds or negative_balance
	Org      string            `json:"org"`
	Account  string            `json:"account"` // the funding source
	Currency string            `json:"currency"`
	Amount   string            `json:"amount"` // in whole minor units of the currency
	Issued   string            `json:"issued"` // civil day in the org's time zone, as 2026-03-01
	Due      string            `json:"due"`    // likewise
	PONumber string            `json:"po_number,omitempty"`
	Contacts []string          `json:"contacts,omitempty"`
	Lines    []InvoiceLineBody `json:"lines"` // they add up to the amount
	For      string            `json:"for"`   // what it is for: of a recharge, the account; of added funds, the send; of a negative balance, the day; of funding, the month, or request/ and the event's id
	Source   string            `json:"source"`
	ID       string            `json:"id"`
}

// InvoiceLineBody is a part of an invoice.
type InvoiceLineBody struct {
	Text   string `json:"text"`
	Amount string `json:"amount"`
}

// OutcomeBody answers an event that asks a question (R9.1): accepted or rejected, perhaps after a pending.
type OutcomeBody struct {
	Status   string     `json:"status"` // pending, accepted, rejected
	Reason   string     `json:"reason,omitempty"`
	Org      string     `json:"org"`
	Source   string     `json:"source"` // of the event that has asked
	ID       string     `json:"id"`
	Account  string     `json:"account,omitempty"`
	Currency string     `json:"currency,omitempty"`
	Amount   string     `json:"amount,omitempty"`
	Balance  string     `json:"balance,omitempty"`  // of the account, after it
	Attempt  string     `json:"attempt,omitempty"`  // that it waits for, or that has decided it
	Invoice  uint64     `json:"invoice,omitempty"`  // that goes out for it
	Rate     string     `json:"rate,omitempty"`     // of a transfer between two currencies
	To       *OutcomeTo `json:"to,omitempty"`       // of a transfer
	Send     string     `json:"send,omitempty"`     // that was asked for
	Order    string     `json:"order,omitempty"`    // likewise
	Spending *SpentBody `json:"spending,omitempty"` // of an order: what paid it; account, amount and balance are of the balance that did
	Rest     *OutcomeTo `json:"rest,omitempty"`     // of an order: what its other payer paid
	Quote    *QuoteBody `json:"quote,omitempty"`    // of a quote: what each of the user's spending accounts would pay

	Transaction string      `json:"transaction,omitempty"` // of a customer account, likewise
	Period      *PeriodBody `json:"period,omitempty"`      // of what was asked of an accounting period

	Needed string `json:"needed,omitempty"` // figures of a rejection
	Had    string `json:"had,omitempty"`
}

// OutcomeTo is who gets the money of a transfer.
type OutcomeTo struct {
	Account  string `json:"account"`
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
	Balance  string `json:"balance"` // after it
}
