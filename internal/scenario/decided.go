package scenario

// Decided is what became of one event, or of one piece of due work, in plain figures: what is shown, compared and written
// as JSON. Amounts are decimal strings, times RFC 3339.
type Decided struct {
	Due        bool      `json:"due,omitempty"` // work that fell due, not the event in hand
	Result     string    `json:"result"`
	Reason     string    `json:"reason,omitempty"`
	Needed     string    `json:"needed,omitempty"`
	Had        string    `json:"had,omitempty"`
	Detail     string    `json:"detail,omitempty"` // of a record that cannot be read
	Until      string    `json:"until,omitempty"`  // of an event that waits
	Type       string    `json:"type,omitempty"`
	ID         string    `json:"id,omitempty"`
	At         string    `json:"at,omitempty"` // when it counts as having happened
	Entry      uint64    `json:"entry,omitempty"`
	DeadLetter bool      `json:"dead_letter,omitempty"`
	Postings   []Posting `json:"postings,omitempty"`
	Balances   []Balance `json:"balances,omitempty"`
	Price      *Price    `json:"price,omitempty"`
	Attempts   []Attempt `json:"attempts,omitempty"`
	Invoices   []Invoice `json:"invoices,omitempty"`
	Outcome    *Answer   `json:"outcome,omitempty"`
	Alerts     []Alert   `json:"alerts,omitempty"`
	org        string

	Transaction *Transaction `json:"transaction,omitempty"`
	Allocations []Allocation `json:"allocations,omitempty"`
	Period      *Period      `json:"accounting_period,omitempty"`
	Status      string       `json:"status,omitempty"` // of a customer account, where it has changed
}

// Posting is one movement of money.
type Posting struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Bucket   string `json:"bucket,omitempty"`
	Grant    string `json:"grant,omitempty"`
	wallet   string // which side the bucket is of
}

// Balance is one account after an entry. The rest of the world's accounts are among them, and are not shown in text.
type Balance struct {
	Account   string `json:"account"`
	Currency  string `json:"currency"`
	Balance   string `json:"balance"`
	Purchased string `json:"purchased,omitempty"`
	Seq       uint64 `json:"seq"`
	Previous  uint64 `json:"previous,omitempty"`
	system    bool
}

// Price is what a charge was computed from.
type Price struct {
	Cost       string `json:"cost,omitempty"`
	CostIn     string `json:"cost_currency,omitempty"`
	Charge     string `json:"charge"`
	ChargeIn   string `json:"charge_currency"`
	Basis      string `json:"basis"`
	Multiplier string `json:"multiplier,omitempty"`
	Plan       string `json:"plan,omitempty"`
	Rate       string `json:"rate,omitempty"`
	AgencyRate string `json:"agency_rate,omitempty"`
	Volume     string `json:"volume,omitempty"`
}

// Alert is one alert that goes out.
type Alert struct {
	Kind      string   `json:"kind"`
	Account   string   `json:"account,omitempty"`
	Currency  string   `json:"currency,omitempty"`
	Balance   string   `json:"balance,omitempty"`
	Threshold string   `json:"threshold,omitempty"`
	ToCollect string   `json:"to_collect,omitempty"`
	Attempt   string   `json:"attempt,omitempty"`
	Amount    string   `json:"amount,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	RetryAt   string   `json:"retry_at,omitempty"`
	Invoice   uint64   `json:"invoice,omitempty"`
	Send      string   `json:"send,omitempty"`
	Contacts  []string `json:"contacts,omitempty"`

	Recipients []string `json:"recipients,omitempty"` // of a customer account: by which medium who gets it
}

// Attempt is a request to charge a card that goes out.
type Attempt struct {
	Attempt  string `json:"attempt"`
	Purpose  string `json:"purpose"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Method   string `json:"payment_method"`
}

// Invoice is an invoice that goes out.
type Invoice struct {
	Invoice  uint64   `json:"invoice"`
	Kind     string   `json:"kind"`
	Account  string   `json:"account"`
	Amount   string   `json:"amount"`
	Currency string   `json:"currency"`
	Due      string   `json:"due"`
	PO       string   `json:"po_number,omitempty"`
	For      string   `json:"for"`
	Contacts []string `json:"contacts,omitempty"`
}

// Answer is the outcome that goes out to who has asked.
type Answer struct {
	Status  string   `json:"status"`
	To      string   `json:"to"` // id of the event that has asked
	Reason  string   `json:"reason,omitempty"`
	Attempt string   `json:"attempt,omitempty"`
	Invoice uint64   `json:"invoice,omitempty"`
	Amount  string   `json:"amount,omitempty"`
	Balance string   `json:"balance,omitempty"`
	In      string   `json:"currency,omitempty"`
	Rate    string   `json:"rate,omitempty"`
	Gets    string   `json:"gets,omitempty"` // of a transfer: who gets it, how much of what, and the balance after it
	Send    string   `json:"send,omitempty"`
	Order   string   `json:"order,omitempty"`
	Of      string   `json:"of,omitempty"`    // of an order: what it costs in all
	About   string   `json:"about,omitempty"` // what is told of the spending account that pays it
	Quote   string   `json:"quote,omitempty"` // of a quote: the user
	Quoted  []Quoted `json:"quoted,omitempty"`

	Transaction string `json:"transaction,omitempty"`
}

// In is the org whose entry it is; "" where it left none.
func (d *Decided) In() string { return d.org }
