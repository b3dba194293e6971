package inquiry

import (
	"encoding/json"
	"fmt"

	"purser/processors/money"
	"purser/topics"
)

// Row is what one entry did to one account (R3.10).
type Row struct {
	Entry      uint64
	Seq        uint64
	OccurredAt string
	RecordedAt string
	Type       string
	Source     string
	ID         string
	Moves      []Move
	Total      money.Amount // of the moves
	Balance    string       // after it

	Order    *topics.OrderedBody // that it is about; nil: none
	Send     string              // likewise
	Spending *topics.PartBody    // what a spending account pays of that
}

// Move is one posting as the account sees it: signed, and with the other side.
type Move struct {
	Amount money.Amount
	With   string
	Bucket string
	Grant  string
}

// rowOf reads a ledger record's body as the account sees it; ok is false where it did not post on the account.
func rowOf(body []byte, account, currency string) (r Row, ok bool, err error) {
	var b topics.LedgerEntryBody
	if err := json.Unmarshal(body, &b); err != nil {
		return Row{}, false, err
	}
	b.Complete()
	for _, after := range b.Balances {
		if after.Account == account && (after.Currency == currency || currency == "") {
			r.Seq, r.Balance, currency = after.Seq, after.Balance, after.Currency
		}
	}
	if r.Seq == 0 {
		return Row{}, false, nil
	}
	r.Entry, r.OccurredAt, r.RecordedAt, r.Type, r.Source, r.ID = b.Entry, b.OccurredAt, b.RecordedAt, b.Type, b.Source, b.ID
	r.Order, r.Send, r.Spending = b.Order, b.Send, b.Spending
	for _, p := range b.Postings {
		if p.Currency != currency || p.From != account && p.To != account {
			continue
		}
		if err := r.add(p, account); err != nil {
			return Row{}, false, fmt.Errorf("entry %d: %w", b.Entry, err)
		}
	}
	return r, true, nil
}

func (r *Row) add(p topics.PostingBody, account string) error {
	amount, err := money.ParseAmount(p.Amount)
	if err != nil {
		return fmt.Errorf("a posting of %q: %w", p.Amount, err)
	}
	m := Move{Amount: amount, With: p.From, Bucket: p.Bucket, Grant: p.Grant}
	if p.From == account {
		m.Amount, m.With = -amount, p.To
	}
	r.Moves = append(r.Moves, m)
	r.Total, err = r.Total.Add(m.Amount)
	return err
}
