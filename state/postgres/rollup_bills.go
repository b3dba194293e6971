package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Billed is what some entries say of an invoice: a row of finance_billed, or what comes on top of one. Where none of them sends
// the invoice out, only its key, Paid and Voided count.
type Billed struct {
	Org           string
	Invoice       uint64
	Kind, Account string
	Currency      string
	Issued, Due   string // days; "": not known
	Amount, Paid  string // decimal
	Voided        bool
}

// Settled is a row of finance_settled.
type Settled struct {
	Entry      uint64
	Org        string
	Invoice    uint64
	PostedAt   time.Time
	Currency   string
	Amount     string
	Voided     bool
	Source, ID string
}

// Recharged is what some entries say of a recharge: a row of finance_recharged, or what comes on top of one.
type Recharged struct {
	RechargedKey
	Purpose, Currency string
	Amount            string  // of the last attempt that they emit
	Attempts          int     // its number; 0: they emit none
	Credited          string  // by them
	State             string  // "": they do not say
	Reason            *string // of the last failure among them; nil: there is none
	BeganAt, LastAt   time.Time
}

// RechargedKey is its key.
type RechargedKey struct {
	Org, Account string
	Recharge     uint64
}

// addBills adds what entries say of invoices and recharges.
func addBills(ctx context.Context, tx pgx.Tx, partition int32, s *Sums) error {
	batch := &pgx.Batch{}
	for i := range s.Billed {
		b := &s.Billed[i]
		batch.Queue(`
			INSERT INTO finance_billed AS old (partition, org, invoice, kind, account, currency, issued, due, amount, paid, voided)
			VALUES ($1, $2, $3, $4, $5, $6, nullif($7::text, '')::date, nullif($8::text, '')::date, $9::text::numeric, $10::text::numeric, $11)
			ON CONFLICT (org, invoice) DO UPDATE SET paid = old.paid + excluded.paid, voided = old.voided OR excluded.voided`,
			partition, b.Org, int64(b.Invoice), b.Kind, b.Account, b.Currency, b.Issued, b.Due, b.Amount, b.Paid, b.Voided)
	}
	for i := range s.Settled {
		e := &s.Settled[i]
		batch.Queue(`
			INSERT INTO finance_settled (partition, entry, org, invoice, posted_at, currency, amount, voided, source, id)
			VALUES ($1, $2, $3, $4, $5, $6, $7::text::numeric, $8, $9, $10)`,
			partition, int64(e.Entry), e.Org, int64(e.Invoice), e.PostedAt, e.Currency, e.Amount, e.Voided, e.Source, e.ID)
	}
	for i := range s.Recharged {
		r := &s.Recharged[i]
		batch.Queue(`
			INSERT INTO finance_recharged AS old (partition, org, account, recharge, purpose, currency, amount, attempts, credited, state, reason, began_at, last_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7::text::numeric, $8, $9::text::numeric, coalesce(nullif($10, ''), 'unknown'), coalesce($11, ''), $12, $13)
			ON CONFLICT (org, account, recharge) DO UPDATE SET
				amount = CASE WHEN excluded.attempts > 0 THEN excluded.amount ELSE old.amount END, attempts = greatest(old.attempts, excluded.attempts),
				credited = old.credited + excluded.credited, state = coalesce(nullif($10, ''), old.state), reason = coalesce($11, old.reason), last_at = excluded.last_at`,
			partition, r.Org, r.Account, int64(r.Recharge), r.Purpose, r.Currency, r.Amount, r.Attempts, r.Credited, r.State, r.Reason, r.BeganAt, r.LastAt)
	}
	if batch.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, batch).Close()
}
