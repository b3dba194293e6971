package state

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"purser/processors/money"
)

// Histories is what a checkpoint answers beside what restoring needs: an account's entries, newest first. Each line of an
// entry names the entry that posted on the account before, so a history is a list that is walked backwards through the
// ledger's own key, and the ledger needs no index by account.
type Histories interface {
	// History returns at most limit rows, from the account's last entry back. It is shorter than the account's history
	// where the store does not hold an entry.
	History(ctx context.Context, partition int32, last uint64, account string, c money.Currency, limit int) ([]LedgerRow, error)
}

// lines is the part of a ledger record's body that leads from an account's entry to the one before.
type lines struct {
	Currency string `json:"currency"` // of the balances that name none
	Balances []struct {
		Account  string `json:"account"`
		Currency string `json:"currency"`
		Previous uint64 `json:"previous"`
	} `json:"balances"`
}

// FollowHistory walks an account's history back from entry last, at most limit entries, with get reading one row.
func FollowHistory(last uint64, account string, c money.Currency, limit int, get func(entry uint64) (row LedgerRow, held bool, err error)) ([]LedgerRow, error) {
	var history []LedgerRow
	for entry := last; entry > 0 && len(history) < limit; {
		row, held, err := get(entry)
		if err != nil || !held {
			return history, err
		}
		previous, named, err := previousEntry(row.Body, account, c)
		if err != nil {
			return nil, fmt.Errorf("reading ledger entry %d: %w", entry, err)
		}
		if !named || previous >= entry {
			return nil, fmt.Errorf("ledger entry %d does not continue the history of account %q", entry, account)
		}
		history, entry = append(history, row), previous
	}
	return history, nil
}

func previousEntry(body []byte, account string, c money.Currency) (previous uint64, named bool, err error) {
	var l lines
	if err := json.Unmarshal(body, &l); err != nil {
		return 0, false, err
	}
	for _, b := range l.Balances {
		if b.Account == account && cmp.Or(b.Currency, l.Currency) == c.String() {
			return b.Previous, true, nil
		}
	}
	return 0, false, nil
}
