package processors

import (
	"time"

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
	Versions     []OrgVersion // ascending by EffectiveFrom
	AgencyWallet string       // account id; "" where the org has none
}

// OrgVersion is one whole definition of an org.
type OrgVersion struct {
	EffectiveFrom Time
	Zone          *time.Location // R1.6; never nil
	Currency      money.Currency // the org's own, or its country's (R2.4)
	Multipliers   []Multiplier   // ascending by Channel
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
	Multipliers   []Multiplier // ascending by Channel
	RateCards     []RateCard   // ascending by Channel; beats the plan's and the org's multiplier (R3.3)
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
)

// The system accounts, by name.
const (
	WorldPayments      = "world:payments"
	WorldProvider      = "world:provider"
	WorldComplimentary = "world:complimentary"
	WorldFX            = "world:fx"
	ExpenseProvider    = "expense:provider"
	RevenueRebilling   = "revenue:rebilling"
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
	Waiting   bool         // the account's queue is not worked off yet: usage joins its tail. So no queue is looked up for others
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
	Contacts      []string // recipients of the account's alerts
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
