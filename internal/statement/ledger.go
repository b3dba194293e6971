package statement

import (
	"bytes"
	"context"

	"github.com/go-json-experiment/json"

	"purser/processors"
	"purser/topics"
)

// Ledger is where a statement is read from. What it answers is of one org, and as of one position.
type Ledger interface {
	// Cells looks cells up. Nil: there is none.
	Cells(ctx context.Context, keys []string) ([][]byte, error)
	// Entries calls f with the entries of the period in order: those that may be about the account, by Subject.pieces.
	// An entry counts as posted no earlier than the one before it. A bound of zero is none.
	Entries(ctx context.Context, from, to processors.Time, s Subject, f func(at processors.Time, body []byte) error) error
	// Before returns the last entry on the account that was posted before the period, given the account's last one.
	// Nil: there is none. It is asked after Entries.
	Before(ctx context.Context, from processors.Time, last uint64, s Subject) ([]byte, error)
	AsOf() AsOf
}

// Subject is the account as its entries name it.
type Subject struct {
	Account  string
	Currency string
}

// pieces are what an entry that may be about the account has in its body: the account's name, that of its attempts, or the
// number of an invoice.
func (s Subject) pieces() [][]byte {
	name := topics.AppendJSONString(nil, s.Account)
	return [][]byte{name[:len(name)-1], []byte(`"invoice":`)}
}

func holdsAny(body []byte, pieces [][]byte) bool {
	for _, p := range pieces {
		if bytes.Contains(body, p) {
			return true
		}
	}
	return false
}

func parse(body []byte) (*topics.LedgerEntryBody, error) {
	var b topics.LedgerEntryBody
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, err
	}
	b.Complete()
	return &b, nil
}

// line finds what the account has after an entry; nil: the entry did not post on it.
func (s Subject) line(b *topics.LedgerEntryBody) *topics.BalanceBody {
	for i := range b.Balances {
		if l := &b.Balances[i]; l.Account == s.Account && l.Currency == s.Currency {
			return l
		}
	}
	return nil
}
