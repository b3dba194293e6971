package topics

// TypeSpendQuoted is the type of a quote, as ce_type.
const TypeSpendQuoted = "spend.quoted"

// SpendQuotedBody asks which of a user's spending accounts would pay how much of an order (R7.8). Nothing is spent. The answer is an outcome.
type SpendQuotedBody struct {
	User       string      `json:"user"`
	OtherPayer string      `json:"other_payer,omitempty"` // that would pay the rest, as of order.placed
	Lines      []OrderLine `json:"lines"`
	Currency   string      `json:"currency"`
	After      string      `json:"after,omitempty"` // a spending account's id: only those after it, which the answer before this one left out
}

// QuoteBody says what each of a user's spending accounts would pay.
type QuoteBody struct {
	User     string       `json:"user"`
	Cost     string       `json:"cost"` // of the whole order
	Currency string       `json:"currency"`
	Accounts []QuotedBody `json:"accounts"` // by id
	More     bool         `json:"more,omitempty"`
}

// QuotedBody says what one of them would pay, with all that the user is told of it (R7.10).
type QuotedBody struct {
	SpendingAccount string `json:"spending_account"`
	Name            string `json:"name,omitempty"`
	Description     string `json:"description,omitempty"`
	Tooltip         string `json:"tooltip,omitempty"`
	CostCentre      string `json:"cost_centre,omitempty"`
	Type            string `json:"type"`
	Start           string `json:"start"`
	End             string `json:"end,omitempty"`
	Currency        string `json:"currency"`  // of its balances
	Available       string `json:"available"` // on the balance, now
	Applies         bool   `json:"applies"`
	Reason          string `json:"reason,omitempty"` // where it does not
	Amount          string `json:"amount"`           // what it would pay, or would where only the rest is not paid
}
