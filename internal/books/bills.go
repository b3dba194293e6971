package books

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"purser/processors"
	"purser/processors/money"
	"purser/state"
	"purser/state/postgres"
	"purser/topics"
)

// bills is what some entries say of invoices and recharges.
type bills struct {
	billed    map[billedKey]*billed
	settled   []postgres.Settled
	recharged map[postgres.RechargedKey]*recharged
}

type billedKey struct {
	org     string
	invoice uint64
}

type billed struct {
	postgres.Billed
	paid money.Amount
}

type recharged struct {
	postgres.Recharged
	credited money.Amount
}

func newBills() bills {
	return bills{map[billedKey]*billed{}, nil, map[postgres.RechargedKey]*recharged{}}
}

// entry takes in what an entry says of the invoice and the attempt that it is about, and then of those that it sends out.
func (s *bills) entry(row *state.LedgerRow, b *topics.LedgerEntryBody) error {
	at := time.UnixMicro(int64(row.RecordedAt)).UTC()
	if b.Invoice != 0 {
		if err := s.settle(row, b, at); err != nil {
			return err
		}
	}
	if b.Attempt != "" {
		if err := s.about(row.Org, b, at); err != nil {
			return err
		}
	}
	for i := range b.Invoices {
		s.send(row.Org, &b.Invoices[i])
	}
	for i := range b.Attempts {
		if err := s.emit(row.Org, &b.Attempts[i], at); err != nil {
			return err
		}
	}
	return nil
}

func (s *bills) bill(org string, invoice uint64) *billed {
	key := billedKey{org, invoice}
	if s.billed[key] == nil {
		s.billed[key] = &billed{Billed: postgres.Billed{Org: org, Invoice: invoice, Amount: "0"}}
	}
	return s.billed[key]
}

func (s *bills) send(org string, i *topics.InvoicedBody) {
	b := s.bill(org, i.Invoice)
	b.Kind, b.Account, b.Currency, b.Issued, b.Due, b.Amount = i.Kind, i.Account, i.Currency, i.Issued, i.Due, i.Amount
}

func (s *bills) settle(row *state.LedgerRow, e *topics.LedgerEntryBody, at time.Time) error {
	sum, err := cameIn(e)
	if err != nil {
		return err
	}
	voided := e.Type == topics.TypeInvoiceVoided
	b := s.bill(row.Org, e.Invoice)
	b.Voided = b.Voided || voided
	if b.paid, err = b.paid.Add(sum); err != nil {
		return err
	}
	s.settled = append(s.settled, postgres.Settled{
		Entry: row.Entry, Org: row.Org, Invoice: e.Invoice, PostedAt: at, Currency: e.Currency, Amount: sum.String(), Voided: voided, Source: e.Source, ID: e.ID,
	})
	return nil
}

// cameIn is the money that an entry has brought in.
func cameIn(e *topics.LedgerEntryBody) (sum money.Amount, err error) {
	for i := range e.Postings {
		if p := &e.Postings[i]; p.From == processors.WorldPayments {
			amount, err := money.ParseAmount(p.Amount)
			if err != nil {
				return 0, err
			}
			if sum, err = sum.Add(amount); err != nil {
				return 0, err
			}
		}
	}
	return sum, nil
}

// recharge finds what is said of an attempt's recharge, and the attempt's number.
func (s *bills) recharge(org, attempt string, at time.Time) (*recharged, int, error) {
	rest, number, ok := cutLast(attempt)
	account, recharge, ok2 := cutLast(rest)
	n, err1 := strconv.ParseUint(recharge, 10, 63)
	k, err2 := strconv.ParseUint(number, 10, 31)
	if err := errors.Join(err1, err2); !ok || !ok2 || err != nil {
		return nil, 0, fmt.Errorf("an attempt is called %q", attempt)
	}
	key := postgres.RechargedKey{Org: org, Account: account, Recharge: n}
	if s.recharged[key] == nil {
		s.recharged[key] = &recharged{Recharged: postgres.Recharged{RechargedKey: key, Amount: "0", BeganAt: at}}
	}
	s.recharged[key].LastAt = at
	return s.recharged[key], int(k), nil
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

func (s *bills) about(org string, e *topics.LedgerEntryBody, at time.Time) error {
	r, _, err := s.recharge(org, e.Attempt, at)
	if err != nil {
		return err
	}
	if e.Type == topics.TypeAttemptResolved {
		sum, err := cameIn(e)
		if err != nil {
			return err
		}
		if r.credited, err = r.credited.Add(sum); err != nil {
			return err
		}
	}
	if e.Told == processors.Failed.String() {
		r.Reason = &e.Why
	}
	r.State = cmp.Or(e.Recharge, r.State)
	return nil
}

// emit takes an attempt in. Of one that does not say its purpose nobody will say what has become of it.
func (s *bills) emit(org string, a *topics.AttemptedBody, at time.Time) error {
	r, number, err := s.recharge(org, a.Attempt, at)
	if err != nil {
		return err
	}
	r.Purpose, r.Currency, r.Amount, r.Attempts = cmp.Or(a.Purpose, r.Purpose), a.Currency, a.Amount, max(number, r.Attempts)
	r.State = string(processors.StandsOpen)
	if a.Purpose == "" {
		r.State = "unknown"
	}
	return nil
}

func (s *bills) ordered(all *postgres.Sums) {
	for _, b := range s.billed {
		b.Paid = b.paid.String()
		all.Billed = append(all.Billed, b.Billed)
	}
	slices.SortFunc(all.Billed, func(a, b postgres.Billed) int {
		return cmp.Or(cmp.Compare(a.Org, b.Org), cmp.Compare(a.Invoice, b.Invoice))
	})
	all.Settled = s.settled
	for _, r := range s.recharged {
		r.Credited = r.credited.String()
		all.Recharged = append(all.Recharged, r.Recharged)
	}
	slices.SortFunc(all.Recharged, func(a, b postgres.Recharged) int {
		return cmp.Or(cmp.Compare(a.Org, b.Org), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Recharge, b.Recharge))
	})
}
