package topics

// Types of events about spending accounts, as ce_type.
const (
	TypeSpendingDefined  = "spending-account.defined"
	TypeSpendingSwitched = "spending-account.switched"
	TypeSpendingCopied   = "spending-account.copied"
	TypeSpendingRemoved  = "spending-account.removed"
	TypeUserDefined      = "user.defined"
	TypeUserRemoved      = "user.removed"
	TypeOrderPlaced      = "order.placed"
	TypeOrderCancelled   = "order.cancelled"
)

// SpendingDefinedBody is the whole definition of a spending account (R7.1), which is switched off by it.
type SpendingDefinedBody struct {
	SpendingAccount string           `json:"spending_account"`
	Currency        string           `json:"currency,omitempty"` // default: the org's
	Name            string           `json:"name,omitempty"`
	Description     string           `json:"description,omitempty"`
	Tooltip         string           `json:"tooltip,omitempty"`
	CostCentre      string           `json:"cost_centre,omitempty"`
	Type            string           `json:"type"`                   // standard or shared
	Start           string           `json:"start"`                  // first day, as 2026-03-01, in the org's time zone
	End             string           `json:"end,omitempty"`          // last day; default: none
	Budget          Number           `json:"budget,omitempty"`       // what a balance starts with
	EligibleFor     *SpendingFor     `json:"eligible_for,omitempty"` // nobody where it selects nothing
	Items           *SpendingList    `json:"items,omitempty"`        // what it may pay, or may not; default: exclude nothing
	Catalogs        *SpendingList    `json:"catalogs,omitempty"`     // likewise, by the catalogs that an item is in
	Limits          []SpendingLimit  `json:"limits,omitempty"`
	Reloads         []SpendingReload `json:"reloads,omitempty"` // as they run, where they fall due at once (R7.4)
	EffectiveFrom   string           `json:"effective_from,omitempty"`
}

// SpendingFor selects users (R7.2). Each selection that is not empty has to match.
type SpendingFor struct {
	Catalogs []string `json:"catalogs,omitempty"` // that the user can see
	Groups   []string `json:"groups,omitempty"`   // that he is in
	Users    []string `json:"users,omitempty"`
}

// SpendingList is a list of what is let in, or of what is kept out (R7.5).
type SpendingList struct {
	Mode  string   `json:"mode"` // include or exclude
	Names []string `json:"names,omitempty"`
}

// SpendingLimit bounds what may be spent (R7.6): by an amount, or for items and orders by a percentage of the budget.
type SpendingLimit struct {
	Per     string `json:"per"` // item, order, week, month, year or days
	Amount  Number `json:"amount,omitempty"`
	Percent Number `json:"percent,omitempty"`
	Days    Number `json:"days,omitempty"` // of days: it counts the last so many times 24 hours
}

// SpendingSwitchedBody switches a spending account on or off (R7.1).
type SpendingSwitchedBody struct {
	SpendingAccount string `json:"spending_account"`
	On              bool   `json:"on"`
	EffectiveFrom   string `json:"effective_from,omitempty"`
}

// SpendingCopiedBody makes a spending account that is defined as another one is, and switched off (R7.1).
type SpendingCopiedBody struct {
	SpendingAccount string `json:"spending_account"` // that is copied
	As              string `json:"as"`               // the copy's id
	Name            string `json:"name,omitempty"`   // the copy's; default: that of the other one
}

// SpendingRemovedBody names a spending account.
type SpendingRemovedBody struct {
	SpendingAccount string `json:"spending_account"`
}

// UserDefinedBody is the whole definition of a user of spending accounts (R7.2).
type UserDefinedBody struct {
	User          string   `json:"user"`
	Groups        []string `json:"groups,omitempty"`   // that he is in
	Catalogs      []string `json:"catalogs,omitempty"` // that he can see
	EffectiveFrom string   `json:"effective_from,omitempty"`
}

// UserRemovedBody names a user.
type UserRemovedBody struct {
	User string `json:"user"`
}

// OrderPlacedBody asks for an order to be paid by a spending account (R7.7). The answer is an outcome.
type OrderPlacedBody struct {
	Order           string      `json:"order"` // its own reference, by which it is cancelled
	User            string      `json:"user"`
	SpendingAccount string      `json:"spending_account"`
	OtherPayer      string      `json:"other_payer,omitempty"` // wallet or funding source that pays the rest, where the org has bills split
	Lines           []OrderLine `json:"lines"`
	Currency        string      `json:"currency"` // the spending account's
}

// OrderLine is one thing that is ordered.
type OrderLine struct {
	Item      string   `json:"item"`
	Catalogs  []string `json:"catalogs,omitempty"` // that the item is in
	Quantity  Number   `json:"quantity,omitempty"` // default 1
	UnitPrice Number   `json:"unit_price"`
}

// OrderCancelledBody takes an order back (R7.9).
type OrderCancelledBody struct {
	Order string `json:"order"`
}

// SpentBody says which spending account pays an order, with all that its users are told of it (R7.10).
type SpentBody struct {
	SpendingAccount string `json:"spending_account"`
	User            string `json:"user"`
	Name            string `json:"name,omitempty"`
	Description     string `json:"description,omitempty"`
	Tooltip         string `json:"tooltip,omitempty"`
	CostCentre      string `json:"cost_centre,omitempty"` // where the order is billed, in place of where it is shipped to
	Type            string `json:"type"`
	Start           string `json:"start"`
	End             string `json:"end,omitempty"`
	Cost            string `json:"cost"` // of the whole order
}

// PartBody is what a spending account pays of a send (R6.10).
type PartBody struct {
	SpendingAccount string `json:"spending_account"`
	Account         string `json:"account"` // the balance
	User            string `json:"user"`    // who sends
	CostCentre      string `json:"cost_centre,omitempty"`
	Status          string `json:"status"` // of the send
	Cost            string `json:"cost"`   // of the whole send, as it was asked for
	Paid            string `json:"paid"`   // by the spending account, or held on it while the send waits for a card
}

// OrderedBody is the order that an entry is about.
type OrderedBody struct {
	Order           string `json:"order"`
	User            string `json:"user"`
	SpendingAccount string `json:"spending_account"`
	CostCentre      string `json:"cost_centre,omitempty"`
	Status          string `json:"status"` // accepted or cancelled
	Cost            string `json:"cost"`   // of the whole order
	Paid            string `json:"paid"`   // by the spending account
}
