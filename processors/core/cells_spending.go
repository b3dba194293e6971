package core

import "purser/processors/money"

// Spending is a spending account (R7.1), by version: money of the org that its users may spend on what it may pay. The money itself is on
// accounts of their own: one for each user, or one that all share.
type Spending struct {
	Meta
	Org, ID  string
	Currency money.Currency
	Versions []SpendingVersion // ascending by EffectiveFrom. Replace, never change in place
	Opened   int64             // balances that were opened: it cannot be removed while there are any (R7.1)

	Born    uint64     // Changes when it was made: custom budgets of before are not its own
	Changes uint64     // the number of its latest change, which each of its balances looks at once
	Since   Time       // the time by ticks of its latest definition or switch: no reload that this brings is of before (R7.4)
	All     BudgetLine // what all budgets were set to last; Seq 0: never
	First   string     // the balance that was opened last, from which Allowance.Next leads to all others; see BalanceLink
	Walk    string     // the next balance that has to look at a change. While there is one the cell is DueNow
}

// BudgetLine is what a budget was set to, and when.
type BudgetLine struct {
	Seq    uint64 // Spending.Changes of then
	At     Time   // by ticks
	Amount money.Amount
}

// CustomBudget is what a user's balance starts with, in place of what all start with (R7.3).
type CustomBudget struct {
	Meta
	Org, Spending, User string
	BudgetLine
}

// BalanceLink is a user as balances are chained by: what is shared has no user and is linked to all the same. "" is no link.
func BalanceLink(user string) string { return "/" + user }

// LinkedBalance is the user that a link leads to.
func LinkedBalance(link string) string { return link[1:] }

// SpendingVersion is a spending account as it is from a time on: its definition, and whether it is switched on.
type SpendingVersion struct {
	EffectiveFrom Time
	On            bool
	Seq           uint64         // Spending.Changes when its terms were defined
	Terms         *SpendingTerms // never nil, never changed in place: versions that only switch share it
}

// SpendingTerms are one whole definition of a spending account.
type SpendingTerms struct {
	ID         string
	Currency   money.Currency // as given; zero: the org's
	Labels     SpendingLabels
	Shared     bool         // one balance for all; otherwise each user has his own
	Start, End int32        // first and last day, in days since 1970-01-01, both included; End 0: none
	Budget     money.Amount // what a balance starts with

	Catalogs, Groups, Users []string // who may use it (R7.2), each ascending
	Items, Shelves          Listed   // what it may pay: items, and the catalogs that they are in (R7.5)
	Limits                  []Limit
	Reloads                 []Reload // as they run, where they fall due at once
}

// Reload gives balances money again and again (R7.4), on civil days that are counted from its first.
type Reload struct {
	Days, Months int32 // one of them is 0
	First        int32 // in days since 1970-01-01; where a month is shorter, the month's last day
	Set          bool  // the balance becomes the amount; otherwise it is added
	Amount       money.Amount
}

// SpendingLabels are what a spending account is called and explained with. They decide nothing.
type SpendingLabels struct{ Name, Description, Tooltip, CostCentre string }

// Listed is a list of what is let in, or of what is kept out.
type Listed struct {
	Include bool     // otherwise exclude: an empty list then keeps nothing out
	Names   []string // ascending
}

// Limit bounds what may be spent (R7.6).
type Limit struct {
	Kind    LimitKind
	Amount  money.Amount // zero where Percent is given
	Percent money.Factor // of the budget: 25 is 25 %
	Days    int32        // of PerDays: it counts the last so many times 24 hours
}

// LimitKind says what a limit is for.
type LimitKind uint8

// Kinds of limits. They never change their number.
const (
	PerItem  LimitKind = iota + 1 // for each unit
	PerOrder                      //
	PerWeek                       // calendar weeks, months and years of the org's zone
	PerMonth                      //
	PerYear                       //
	PerDays                       // the last n times 24 hours
)

// Timeframe says whether a limit of this kind is for a time.
func (k LimitKind) Timeframe() bool { return k >= PerWeek }

// Allowance is what a spending account's limits know of one balance. The balance itself is an Account.
type Allowance struct {
	Meta
	Org, Spending, User string       // User "": of a shared one
	Budget              money.Amount // the balance right after it was last set or reloaded, or the starting amount: percentages are of it (R7.6)
	Sets                uint64       // how often the balance was made an amount: what was paid before the last one goes back to the world (R7.9)
	Periods             []PeriodUse  // ascending by Kind, Period
	Recent              []RecentUse  // ascending by At: what the limits of the last n days look back on
	Dropped             Time         // what was spent up to here is not in Recent any more

	Next   string // the balance that was opened before it; see BalanceLink
	Seen   uint64 // the Spending.Changes that it has looked at
	Ran    int32  // the last day whose reloads have run, or were not its own
	Reload int32  // the day of the reloads that come next, whose midnight is NextDue; 0: none
	Rule   int32  // the first of that day's that has not run
}

// PeriodUse is what was spent in a calendar week, month or year.
type PeriodUse struct {
	Kind   LimitKind
	Period int32 // its first day
	Used   money.Amount
}

// RecentUse is what was spent at an instant.
type RecentUse struct {
	At   Time
	Used money.Amount
}

// Shopper is a user of spending accounts, by version: the groups that he is in and the catalogs that he can see (R7.2).
type Shopper struct {
	Meta
	Org, ID  string
	Versions []ShopperVersion // ascending by EffectiveFrom
}

// ShopperVersion is one whole definition of a user.
type ShopperVersion struct {
	ID               string
	EffectiveFrom    Time
	Groups, Catalogs []string // each ascending
}

// Order is something that was bought with a spending account, until orderLife after its last change. Who has paid for it is what goes back when
// it is cancelled (R7.9).
type Order struct {
	Meta
	Org, ID        string
	State          OrderState
	Source, Event  string // identity of the event that asked
	Spending, User string
	OccurredAt     Time
	Cost           money.Amount // of all lines
	Applied        money.Amount // what of it the spending account paid
	Currency       money.Currency
	Noted          uint8   // kinds of timeframe limits that it counts in, a bit each (R7.6)
	Sets           uint64  // of the allowance, when it paid
	Account        string  // id of the balance that paid
	Other          []Payer // of the rest
	CostCentre     string  // of the spending account when it paid (R7.10)
}

// OrderState is where an order stands.
type OrderState uint8

// States. They never change their number.
const (
	OrderAccepted OrderState = iota + 1
	OrderCancelled
)

// SpendingPrefix begins the ids of the accounts that hold the balances of spending accounts. Who has defined an account of such a name before
// keeps it, and the balance cannot be opened.
const SpendingPrefix = "spending:"

// BalanceOf is the id of the account that holds what a user has on a spending account.
func BalanceOf(spending string, shared bool, user string) string {
	if shared {
		user = ""
	}
	return BalanceID(spending, user)
}

// BalanceID is the id of the account that holds a balance of a spending account. No id of a spending account contains a slash.
func BalanceID(spending, user string) string {
	if user == "" {
		return SpendingPrefix + spending
	}
	return SpendingPrefix + spending + "/" + user
}

// Kinds of due work on balances of spending accounts.
const (
	BudgetReloaded Work = 44 + iota // by a reload rule (R7.4)
	BudgetSet                       // by what an administrator set it to (R7.3)
)
