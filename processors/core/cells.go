package core

import (
	"time"

	"purser/processors/calendar"
	"purser/processors/money"
)

// Meta is what every cell carries for its shell. The core never reads it, but for NextDue, which it sets.
type Meta struct {
	Key     string // the cell's key: see the Key functions
	NextDue Time   // when the cell next has work of its own to do; zero: never; DueNow: at once
	Changed uint64 // shell: the transaction in which it last changed, as its memory counts them
	Dirty   bool   // shell: changed in the batch that is open
	Hot     bool   // shell: used since the evictor last looked
	Gone    bool   // shell: deleted: memory has another cell under this key, or none
	Form    uint8  // shell: version of the binary form in which it was written; zero: the first
	Entered Time   // shell: the due time under which it stands in the heap of what is due
	Extra   string // shell: fields of a later release, encoded, which this one keeps as they are
}

// DueNow is a NextDue that any tick, and a task without one, has reached.
const DueNow Time = 1

// Cell is one unit of state: loaded, changed and stored as a whole. The kinds are the types below.
type Cell interface{ Head() *Meta }

// Head returns the cell's own header.
func (m *Meta) Head() *Meta { return m }

// Org is a tenant: its zone, currency and multipliers, by version.
type Org struct {
	Meta
	ID           string
	Versions     []OrgVersion    // ascending by EffectiveFrom
	AgencyWallet string          // account id; "" where the org has none
	Defaults     []DefaultSource // ascending by EffectiveFrom: which funding source had the flag when (R5.1). Replace, never change in place
	Invoices     uint64          // numbers given so far: 1, 2, 3 …, no gaps (R9.3)
	Spending     []string        // ids of its spending accounts, ascending. Replace, never change in place
}

// OrgVersion is one whole definition of an org.
type OrgVersion struct {
	EffectiveFrom Time
	Zone          *time.Location // R1.6; never nil
	Currency      money.Currency // the org's own, or its country's (R2.4)
	Multipliers   []Multiplier   // ascending by Channel
	Reversible    Time           // how long usage may be reversed (R3.9); zero: not at all
	SplitBilling  bool           // what a spending account does not cover of an order goes to its other payer (R7.7)
}

// Multiplier is a rebilling multiplier for a channel (R3.2).
type Multiplier struct {
	Channel string
	Factor  money.Factor
}

// Plan is a price plan, by version.
type Plan struct {
	Meta
	Org, ID  string
	Versions []PlanVersion // ascending by EffectiveFrom; empty: removed
	Accounts int64         // accounts any of whose versions name the plan: it cannot be removed while there are any (R2.3)
}

// PlanVersion is one whole definition of a plan.
type PlanVersion struct {
	ID            string
	EffectiveFrom Time
	Multipliers   []Multiplier    // ascending by Channel
	RateCards     []RateCard      // ascending by Channel; beats the plan's and the org's multiplier (R3.3)
	Credits       *MonthlyCredits // nil: none. Never changed in place
}

// RateCard prices a channel by unit instead of by provider cost (R3.3).
type RateCard struct {
	Channel     string
	Currency    money.Currency
	WholeVolume bool   // every unit at the price of the tier that the volume reaches; otherwise graduated
	Tiers       []Tier // ascending by UpTo, the last one open; one tier is a flat price
	Minimum     money.Amount
}

// Tier is a unit price up to a monthly volume.
type Tier struct {
	UpTo      money.Factor // units, included; zero on the last tier: no end
	UnitPrice money.Factor
}

// AccountKind says what an account is for.
type AccountKind uint8

// Kinds of accounts. System accounts are the rest of the world: they exist in each currency that is posted to them.
const (
	KindNone AccountKind = iota
	KindWallet
	KindAgencyWallet
	KindSystem
	KindFundingSource
	KindSpending // one balance of a spending account; never defined by itself, and so never named by an event of another kind
)

// The system accounts, by name.
const (
	WorldPayments      = "world:payments"
	WorldProvider      = "world:provider"
	WorldComplimentary = "world:complimentary"
	WorldFX            = "world:fx"
	WorldRemoved       = "world:removed"
	WorldBudget        = "world:budget"
	ExpenseProvider    = "expense:provider"
	RevenueRebilling   = "revenue:rebilling"
	RevenueSales       = "revenue:sales"
	RevenueLicences    = "revenue:licences"
	Suspense           = "suspense"
)

// Account is a balance in one currency, and for wallets the buckets it is made of.
// Balance = Purchased + Σ Grants. A removed account keeps Seq and Last, so that its history has no gap if it returns.
type Account struct {
	Meta
	Org, ID   string
	Kind      AccountKind
	Currency  money.Currency
	Versions  []AccountVersion // ascending by EffectiveFrom; empty for system accounts and removed ones. Shared: replace, never change in place
	Balance   money.Amount
	Purchased money.Amount // the only bucket that may be negative (R3.5)
	Grants    []Grant      // complimentary, in the order in which they burn
	Volumes   []Volume     // ascending by Month, Channel
	Seq       uint64       // postings so far: 1 for the first, no gaps
	Last      uint64       // number of the ledger entry that last posted here; 0: none
	BelowLow  bool         // the low-balance alert has gone out and is not armed again (R4.9)
	BelowZero bool         // likewise at zero
	Held      money.Amount // set aside for charges that are not final: available is what is left of the balance
	Dunning   Dunning
	Monthly   Monthly
	Funding   Funding
	Spells    []Spell // ascending by From: the teams that a wallet's user was in (R5.9). Replace, never change in place
	Budgeted  []Budgeted
	Waiting   bool // the account's queue is not worked off yet: usage joins its tail. So no queue is looked up for others
}

// AccountVersion is one whole definition of an account.
type AccountVersion struct {
	ID            string
	Kind          AccountKind
	EffectiveFrom Time
	Currency      money.Currency // as given, or its country's; zero: the org's (R2.4)
	Plan          string
	Multipliers   []Multiplier // the location's own, ascending by Channel
	LowBalance    money.Amount // alert below this (R4.9)
	HasLowBalance bool
	Contacts      []string        // recipients of the account's alerts
	Recharge      *RechargePolicy // nil: it is not recharged by itself. Never changed in place
	Credits       *MonthlyCredits // instead of the plan's; nil: those of the plan. Never changed in place
	Terms         *FundingTerms   // of a funding source, and of no other account. Never changed in place
	Customer      *CustomerTerms  // of a customer account, likewise
}

// MonthlyCredits are complimentary credits that come on the 1st of each month (R3.7), in the wallet's currency.
type MonthlyCredits struct {
	Amount money.Amount
	Months int32 // after so many months they expire, on the 1st; 0: never
}

// Monthly is when a wallet gets its next monthly credits. The zero value: it is not known to get any.
type Monthly struct {
	Month int32 // months since year 0
	Due   Time  // when that month begins, as the org's zone was when this was set
}

// Dunning is where an account stands with its recharges.
type Dunning struct {
	Recharges uint64 // numbers given so far
	Open      uint32 // recharges that are not closed: the account cannot be removed (R2.3)
	Auto      uint64 // the automatic recharge with which the next attempt goes on; 0: it begins a new one
	Going     bool   // that one is open: no other automatic attempt goes out (R4.1)
	Exhausted bool   // its last attempt has failed: none goes out before a success (R4.4)
	Retry     Time   // when its next attempt falls due; 0: none waits
}

// Funding is what a funding source is used for, and waits for. The zero value: nothing.
type Funding struct {
	Named    int64  // teams and campaigns any of whose versions name it: it cannot be removed while there are any (R2.3)
	Invoices int64  // invoices that are neither paid in whole nor voided: likewise
	Month    int32  // when it is funded next, in months since year 0,
	Due      Time   // which begins then, as the org's zone was when this was set; 0: never
	Invoice  uint64 // the one that its policy has asked for: no other goes out while it is open (R5.3). 0: none

	Owed  money.Amount // what is open of invoices for what is negative, or was to be (R6.7)
	Night Time         // the end of the day at which it gets an invoice for what is negative beyond that; 0: it is not
}

// FundingTerms are what is particular to a funding source (R5.1).
type FundingTerms struct {
	Name     string
	Method   string       // token of the card; "": it is paid by invoice
	PO       string       // purchase order, on its invoices
	Payables []string     // accounts-payable contacts, who get its invoices
	Days     int32        // from an invoice to its due date
	Default  bool         // the org's one default from then on
	Months   int32        // it is funded every so many months, on the 1st; 0: never (R5.2)
	Amount   money.Amount // by so much
	Each     bool         // card charges are for the whole of what is needed, not for what the balance does not cover (R5.5)
}

// Invoiced says whether a funding source is paid by invoice.
func (t *FundingTerms) Invoiced() bool { return t != nil && t.Method == "" }

// DefaultSource is an org's default funding source from a time on.
type DefaultSource struct {
	EffectiveFrom Time
	Account       string // "": none
}

// Spell is a time in a team.
type Spell struct {
	From Time
	Team string // "": in none
}

// Budgeted says of which team a wallet has got the budget of a period that is not over: it gets it once (R5.6).
type Budgeted struct {
	Team  string
	Until Time // the period's end
}

// Team is a group of users with the funding sources that pay for them (R5.4).
type Team struct {
	Meta
	Org, ID  string
	Versions []TeamVersion // ascending by EffectiveFrom. Replace, never change in place
	Members  []string      // wallets, ascending: those who are in it now
	Period   int32         // first day of the period whose budget runs next, at NextDue; 0: NextDue is when the first budget comes into force
}

// TeamVersion is one whole definition of a team.
type TeamVersion struct {
	ID            string
	EffectiveFrom Time
	Balances      string  // funding source of the members' balances; "": none, members pay by themselves
	Licences      string  // likewise of user licences
	Budget        *Budget // nil: none. Never changed in place
}

// Budget is what each member of a team gets in each period (R5.5).
type Budget struct {
	Amount   money.Amount // in the currency of the funding source
	Every    calendar.Unit
	Rollover bool // it is added on top; otherwise the balance becomes the amount
}

// Covered is what an attempt was made for that moves money on when it succeeds: with its recharge by number, until that is closed.
type Covered struct {
	Meta
	Org, Account string
	Recharge     uint64
	Held         money.Amount // of the account, for the part that it has
	Shares       []Share
	Send         string       // that is accepted when the attempt succeeds (R6.3), or whose final cost it pays (R6.8); of a customer account the transaction that it pays for (R8.5, R8.10); "": none
	Rate         money.Factor // by which the one that is accepted is charged
	Licence      Charged      // that is charged when the attempt succeeds (R5.7); the zero value: none is
}

// Charged is a price, and what it is in the currency of the account that pays it, by the rate of when it was asked (R2.4).
type Charged struct {
	Price    money.Amount
	Currency money.Currency // of the price
	Amount   money.Amount
}

// Share is what one account gets.
type Share struct {
	Account string
	Amount  money.Amount
}

// Invoice is a bill to a funding source (R9.3). It stays for good.
type Invoice struct {
	Meta
	Org      string
	Number   uint64 // of the org's invoices: 1, 2, 3 …
	Kind     InvoiceKind
	Account  string // the funding source
	Currency money.Currency
	Amount   money.Amount // in whole minor units
	Paid     money.Amount // so far; may be more than the amount
	Voided   bool
	Due      int32 // civil day of the org's zone, in days since 1970-01-01
}

// Open is what of an invoice is still to be paid.
func (i *Invoice) Open() money.Amount {
	if i.Voided {
		return 0
	}
	return max(i.Amount-i.Paid, 0)
}

// InvoiceKind is why an invoice goes out.
type InvoiceKind uint8

// Kinds of invoices. They never change their number.
const (
	FundingInvoice  InvoiceKind = iota + 1 // R5.2
	RechargeInvoice                        // R5.3
	AddFundsInvoice                        // R6.3, R6.4
	NegativeInvoice                        // R6.7
)

// RechargePolicy says when an account is recharged by itself, and how (R4.1, R4.3).
type RechargePolicy struct {
	Below    money.Amount // strictly
	Amount   money.Amount
	Method   string // the payment method's token; "": of a funding source that is paid by invoice
	Attempts int    // in all
	Every    Time   // from one attempt to its retry
}

// Grant is complimentary credit that is left.
type Grant struct {
	ID        string // that of the event that gave it
	Amount    money.Amount
	GrantedAt Time
	ExpiresAt Time // zero: never
}

// Volume is what a wallet has used of a channel in a month of its org's zone (R3.3).
type Volume struct {
	Channel string
	Month   int32 // months since year 0: year*12 + month-1
	Units   money.Factor
}

// FX is an org's rates from one currency to another.
type FX struct {
	Meta
	Org      string
	From, To money.Currency
	Versions []FXRate // ascending by EffectiveFrom
}

// FXRate is one rate: units of To for one of From.
type FXRate struct {
	EffectiveFrom Time
	From, To      money.Currency
	Rate          money.Factor
}

// Recharge is money that is being asked of a card for an account: the first attempt, and its retries (R4.3). It stays for good,
// because a result may come at any time, and the money it tells of has moved (R4.7).
type Recharge struct {
	Meta         // NextDue: when an attempt without a result is told of
	Org, Account string
	Number       uint64 // of the account's recharges: 1, 2, 3 …
	Purpose      Purpose
	State        RechargeState
	Limit        int       // attempts in all, and
	Every        Time      // from one to its retry: those of the policy when it began
	Reset        bool      // (of what covers something: it has been paid) a success has come since: its counter no longer counts, and what follows begins anew
	Attempts     []Attempt // attempt n is Attempts[n-1]
	Source, ID   string    // of the event that asked for it, where one did
}

// Purpose is why a card is charged.
type Purpose uint8

// Purposes. They never change their number.
const (
	Automatic        Purpose = iota + 1 // R4.1
	Manual                              // R4.5: never retried
	ScheduledFunding                    // R5.2
	TeamBudget                          // R5.5, R5.6
	AddFunds                            // R6.3, R6.4: never retried
	Adjustment                          // R6.8
	Licence                             // R5.7
	AutomaticPayment                    // R8.5: never retried
	RecurringPayment                    // R8.10
)

// RechargeState is where a recharge stands. An automatic one that is not closed is open (R4.1).
type RechargeState uint8

// States. They never change their number.
const (
	AttemptOpen  RechargeState = iota + 1 // the last attempt has no result yet
	RetryWaiting                          // it has failed, and is repeated when the account's Retry is due
	Closed                                // succeeded, dropped or exhausted
)

// Attempt is one request to charge a card.
type Attempt struct {
	Amount    money.Amount
	EmittedAt Time // by ticks
	Result    AttemptState
}

// AttemptState is what is known of an attempt.
type AttemptState uint8

// States of an attempt. They never change their number.
const (
	Unresolved AttemptState = iota
	Failed
	Succeeded
)

// Burnt is what a usage event has cost and burned, for as long as it may be reversed (R3.9).
type Burnt struct {
	Meta             // NextDue: when it is forgotten
	Usage      Usage // as it counts now
	OccurredAt Time
	Month      int32 // in whose volume it counts
	Voided     bool
	Cost       money.Amount // the provider's
	Agency     string       // whose wallet has paid it; "": an expense
	Paid       money.Amount // by that one, in its currency
	AgencyRate money.Factor
	Price      money.Amount // in the currency of the price
	PriceIn    money.Currency
	Income     money.Amount // the part of a converted price that is revenue
	Charge     money.Amount // in the wallet's currency
	Rate       money.Factor
	Multiplier money.Factor
	Plan       string       // whose rate card has priced it; "": none has
	Card       *RateCard    // that card as it was; nil in cells of before, which know the plan alone. Never changed in place
	Before     money.Factor // the volume that it was priced on top of
	Parts      []Part       // of the charge, in the order in which they burned
}

// Part is what a grant, or without one purchased credit, has paid of a charge.
type Part struct {
	Grant                string
	GrantedAt, ExpiresAt Time
	Amount               money.Amount
}

// Payments is what came in for an account under one reference, so that no more of it is given back (R3.8).
type Payments struct {
	Meta
	Org, Account, Reference string
	Paid, Refunded          money.Amount
}

// Removed is a removal of credits that a refund may name.
type Removed struct {
	Meta
	Org, Account, Reference string
	Left                    money.Amount // purchased credits that it took and no refund has made use of
}

// Queue is what waits for an account that is not defined yet (R10.2), oldest first. The events themselves are Parked cells.
type Queue struct {
	Meta         // NextDue: the head's deadline, or DueNow once the account is defined
	Org, Account string
	First, Next  uint64 // numbers of the oldest event that waits and of the next one to come; equal: empty
	Ready        bool   // the account is defined: the queue is being worked off
}

// Parked is one event that waits.
type Parked struct {
	Meta
	Event    Event  // decoded again from Record when the cell is loaded
	Record   []byte // the whole input record as it came: opaque here
	Deadline Time   // then it becomes a dead letter
}

// Progress is where a partition stands; one a partition, written by every transaction that speaks for it.
type Progress struct {
	Meta
	Txn      uint64  // number of the transaction that wrote it
	Entry    uint64  // number of the last ledger record
	LastTick Time    // all that was due up to here has run
	Target   Time    // the tick that is being worked off; LastTick when there is none
	Offsets  []int64 // next offset of each input, in the order of topics.Inputs
	Link     Link    // of the last ledger record
}

// Link ties a ledger record to all that stand before it on its partition: package topics says how it is computed.
type Link [32]byte
