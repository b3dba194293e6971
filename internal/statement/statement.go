// Package statement makes the statement of an account: what was on it, what came and went, what was asked of cards and by
// invoice, and what is on it now, from the ledger in Postgres or from Kafka. Both give the same.
//
// | term    | meaning |
// | ------- | ------- |
// | period  | the entries that were posted from the beginning of its first day to the end of its last, in the org's time zone |
// | line    | what one entry did to the account |
// | bucket  | of a wallet: complimentary credits, and the rest of its balance, which is purchased |
//
// The order is that of the ledger. A line counts on the day on which it was posted, so that a statement that was made stays
// what it is; a late event says when it happened beside it (R1.5).
//
// Nothing is printed that does not add up: every line has to go on where the one before it left the account, without a
// number left out, and the lines together have to lead from the opening to the closing balance, in each bucket.
package statement

import (
	"errors"
	"fmt"

	"purser/processors/core"
	"purser/processors/money"
)

// Query is what is asked for.
type Query struct {
	Org, Account string
	Currency     money.Currency // of a system account; the zero value of others
	From, To     Day            // both inclusive
	Period       Day            // a day of the accounting period that it is of, instead of the other two
	Now          core.Time      // the org's time zone is the one that is in force then
}

// Statement is the answer. Amounts are decimal, of Currency, with 6 digits after the point; days are as 2026-03-01, of Zone.
type Statement struct {
	Org      string `json:"org"`
	Account  string `json:"account"`
	Kind     string `json:"kind"`
	Name     string `json:"name,omitempty"` // of a funding source
	Currency string `json:"currency"`
	Zone     string `json:"zone"`
	From     string `json:"from,omitempty"` // "": from the beginning
	To       string `json:"to,omitempty"`   // "": up to the position
	AsOf     AsOf   `json:"as_of"`

	Period *Period `json:"period,omitempty"` // nil: From and To are days of posting

	Opening   Balance    `json:"opening"`
	Lines     []Line     `json:"lines"`
	Totals    []Total    `json:"totals"`
	Credits   *Credits   `json:"credits,omitempty"` // nil: the account has no buckets
	Recharges []Recharge `json:"recharges,omitempty"`
	Invoices  []Invoice  `json:"invoices,omitempty"`
	Closing   Balance    `json:"closing"`
	Customer  *Customer  `json:"customer,omitempty"` // of a customer account
	Now       *Now       `json:"now,omitempty"`      // nil: there are later entries on the account
}

// AsOf is the position up to which the ledger was read.
type AsOf struct {
	Ledger    string `json:"ledger"` // postgres or kafka
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"` // everything before it is in the answer
}

// Balance is what is on the account at one end of the period.
type Balance struct {
	Balance       string `json:"balance"`
	Purchased     string `json:"purchased,omitempty"` // of a wallet, as complimentary
	Complimentary string `json:"complimentary,omitempty"`
}

// Now is what is true of the account at its last entry, where that is the end of the statement.
type Now struct {
	Held      string  `json:"held,omitempty"` // "": nothing
	Available string  `json:"available"`
	Grants    []Grant `json:"grants,omitempty"` // in the order in which they burn
}

// Grant is what is left of one grant of complimentary credits.
type Grant struct {
	Grant   string `json:"grant"`
	Amount  string `json:"amount"`
	Expires string `json:"expires_at,omitempty"`
}

// Line is what one entry did to the account.
type Line struct {
	Day           string `json:"day"`
	Happened      string `json:"happened,omitempty"` // on another day than it was posted
	Entry         uint64 `json:"entry"`
	Seq           uint64 `json:"seq"` // 1, 2, 3 … of the account
	Type          string `json:"type"`
	What          string `json:"what"`
	Date          string `json:"date,omitempty"` // of a customer account's transaction
	Due           string `json:"due,omitempty"`  // of a debit of one
	Source        string `json:"source"`
	Reference     string `json:"reference"` // id of the event that caused it
	Amount        string `json:"amount"`
	Complimentary string `json:"complimentary,omitempty"` // the part of the amount that is complimentary credits; "": none
	Balance       string `json:"balance"`                 // after it
	kind          string // what it counts as in the totals
}

// Total is what the lines of a kind come to.
type Total struct {
	What   string `json:"what"`
	Lines  int    `json:"lines"`
	Amount string `json:"amount"`
}

// Credits is what became of complimentary credits. Opening + Granted − Burned − Expired − Removed = Closing.
type Credits struct {
	Granted string `json:"granted"`
	Burned  string `json:"burned"` // less what was given back
	Expired string `json:"expired"`
	Removed string `json:"removed"`
}

// Recharge is an attempt that went out in the period, or got its result in it.
type Recharge struct {
	Attempt  string `json:"attempt"`
	Day      string `json:"day,omitempty"` // on which it went out; "": before the period
	Purpose  string `json:"purpose"`
	Amount   string `json:"amount"`
	Result   string `json:"result"`             // open, failed, succeeded, as of the end of the period
	Told     string `json:"told,omitempty"`     // the day of that result; "": none, or before the period
	Reason   string `json:"reason,omitempty"`   // of a failure, in the gateway's words
	Recharge string `json:"recharge,omitempty"` // how the recharge stands after that, as the ledger says it
}

// Invoice is one that was sent out, paid or voided in the period.
type Invoice struct {
	Invoice uint64 `json:"invoice"`
	Kind    string `json:"kind"`
	Issued  string `json:"issued,omitempty"` // "": before the period
	Due     string `json:"due"`
	Amount  string `json:"amount"`
	Paid    string `json:"paid"` // in the period
	Voided  string `json:"voided,omitempty"`
	Open    string `json:"open"` // as of the position
}

// ErrNoAccount says that nobody has defined the account, or posted to it.
var ErrNoAccount = errors.New("there is no such account")

// ErrDoesNotAddUp is what a ledger that contradicts itself leads to.
var ErrDoesNotAddUp = errors.New("the ledger does not add up")

func contradicts(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDoesNotAddUp, fmt.Sprintf(format, args...))
}
