package statement_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"purser/internal/statement"
	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
	"purser/state"
	"purser/topics"
)

// period makes the statement of an accounting period from Kafka and from Postgres, which have to agree.
func (s *scene) period(account, of string) (*statement.Statement, error) {
	s.t.Helper()
	in, err := statement.ParsePeriod(of)
	if err != nil {
		s.t.Fatal(err)
	}
	q := &statement.Query{Org: "acme", Account: account, Period: in, Now: core.Time(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC).UnixMicro())}
	return s.make(q)
}

// periods gives the org accounting periods, of which the one from a day on is open.
func (s *scene) periods(yearly bool, begins int32, first, open string) {
	key := string(core.AppendPeriodsKey(nil, "acme"))
	s.cells[key] = &core.Periods{
		Meta: core.Meta{Key: key}, Org: "acme", Defined: true, Yearly: yearly, Begins: begins, First: day(s.t, first).Days, Start: day(s.t, open).Days,
	}
}

// dated posts a transaction that is dated otherwise than it was posted.
func (s *scene) dated(at, reference string, amount money.Amount, debit bool, date string, allocations ...topics.AllocationBody) {
	b := topics.TransactionBody{
		Transaction: reference, Account: "blue", Kind: "payment", Side: "credit", State: "posted", Amount: amount.String(), Currency: "USD", Date: date,
	}
	posting := "world:payments>blue " + amount.String()
	if debit {
		b.Kind, b.Side, b.Due, posting = "invoice", "debit", date, "blue>revenue:sales "+amount.String()
	}
	s.post("acme", at, topics.LedgerEntryBody{Type: topics.TypeTransactionRecorded, Transaction: &b, Allocations: allocations}, posting)
}

// TestStatementsOfAccountingPeriods: what belongs to a period by its date, whenever it was posted. The text was worked out by hand.
func TestStatementsOfAccountingPeriods(t *testing.T) {
	s := newScene(t)
	s.periods(false, 101, "2026-01-01", "2026-03-01")
	s.dated("2026-01-05T12:00:00Z", "inv-0", 20*money.Unit, true, "2025-12-20")
	s.dated("2026-01-06T12:00:00Z", "inv-2", 50*money.Unit, true, "2026-02-10")
	s.dated("2026-01-07T12:00:00Z", "inv-1", 30*money.Unit, true, "2026-01-31")
	s.dated("2026-02-01T12:00:00Z", "pay-1", 60*money.Unit, false, "2026-01-31",
		topics.AllocationBody{Credit: "pay-1", Debit: "inv-0", Amount: "20"}, topics.AllocationBody{Credit: "pay-1", Debit: "inv-2", Amount: "40"})
	s.dated("2026-02-03T12:00:00Z", "pay-2", 5*money.Unit, false, "2026-02-03", topics.AllocationBody{Credit: "pay-2", Debit: "inv-2", Amount: "5"})
	s.keep()
	want, err := os.ReadFile("testdata/period.txt")
	if err != nil && !*rewrite {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, of := range []string{"2026-01", "2026-02-28", "2026-03-01", "2026-04"} {
		made, err := s.period("blue", of)
		if err != nil {
			t.Fatal(err)
		}
		if err := made.Write(&got); err != nil {
			t.Fatal(err)
		}
		got.WriteString("\n")
		if of == "2026-01" {
			if err := made.WriteCSV(&got); err != nil {
				t.Fatal(err)
			}
			got.WriteString("\n")
		}
	}
	if *rewrite {
		if err := os.WriteFile("testdata/period.txt", []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if got.String() != string(want) {
		t.Errorf("got\n%s", got.String())
	}
}

func TestThereIsNoSuchPeriod(t *testing.T) {
	s := newScene(t)
	s.periods(true, 401, "2026-04-01", "2026-04-01")
	s.dated("2026-05-05T12:00:00Z", "inv-0", 20*money.Unit, true, "2026-05-05")
	s.post("acme", "2026-05-06T12:00:00Z", topics.LedgerEntryBody{Type: topics.TypePaymentReceived}, "world:payments>alice 5")
	s.keep()
	if _, err := s.period("blue", "2026-03-31"); !errors.Is(err, statement.ErrNoPeriod) {
		t.Errorf("got %v", err)
	}
	if _, err := s.period("alice", "2026-05"); !errors.Is(err, statement.ErrNotACustomer) {
		t.Errorf("got %v", err)
	}
	if _, err := s.period("blue", "2027-03-31"); err != nil {
		t.Errorf("got %v", err)
	}
	without := newScene(t)
	without.dated("2026-05-05T12:00:00Z", "inv-0", 20*money.Unit, true, "2026-05-05")
	without.keep()
	if _, err := without.period("blue", "2026-05"); !errors.Is(err, statement.ErrNoPeriods) {
		t.Errorf("got %v", err)
	}
	for _, of := range []string{"2026", "2026-13", "soon", "2026-02-30"} {
		if _, err := statement.ParsePeriod(of); err == nil {
			t.Errorf("%s is taken for a period", of)
		}
	}
}

// shelf is a ledger in memory.
type shelf struct{ *scene }

func (l shelf) Cells(_ context.Context, keys []string) ([][]byte, error) {
	values := make([][]byte, len(keys))
	for i, key := range keys {
		if cell := l.cells[key]; cell != nil {
			values[i] = state.AppendCell(nil, cell)
		}
	}
	return values, nil
}

func (l shelf) Entries(_ context.Context, _, _ core.Time, _ statement.Subject, f func(core.Time, []byte) error) error {
	for _, row := range l.rows {
		if err := f(row.RecordedAt, row.Body); err != nil {
			return err
		}
	}
	return nil
}

func (l shelf) Before(context.Context, core.Time, uint64, statement.Subject) ([]byte, error) {
	return nil, nil
}

func (l shelf) AsOf() statement.AsOf { return statement.AsOf{} }

// TestClosingBalancesChain: whatever is posted in whatever order, each period opens as the one before it closed, the first with nothing, and the last one closes with the
// account's balance. No line is in two of them, and none is in no one.
func TestClosingBalancesChain(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := newScene(t)
		begins := int32(100*rapid.IntRange(1, 12).Draw(r, "month") + rapid.IntRange(1, 28).Draw(r, "day"))
		s.periods(false, begins, "2026-01-01", "2026-01-01")
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		periods := s.cells[string(core.AppendPeriodsKey(nil, "acme"))].(*core.Periods)
		first, _ := calendar.Accounting(false, begins, day(t, "2026-01-01").Days)
		periods.First, periods.Start = first, first
		n := rapid.IntRange(1, 30).Draw(r, "transactions")
		for i := range n {
			date := time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 200).Draw(r, "date")).Format(time.DateOnly)
			s.dated(at.AddDate(0, 0, i).Format(time.RFC3339), fmt.Sprint("t-", i), money.Amount(rapid.Int64Range(1, 1_000_000_000).Draw(r, "amount")), rapid.Bool().Draw(r, "debit"), date)
		}
		before, lines := money.Amount(0).String(), 0
		for on := first; on < day(t, "2026-08-01").Days; {
			made, err := statement.Make(t.Context(), shelf{s}, &statement.Query{Org: "acme", Account: "blue", Period: statement.Day{Days: on, Set: true}})
			if err != nil {
				r.Fatal(err)
			}
			if made.Opening.Balance != before {
				r.Fatalf("the period from %s opens with %s, and the one before it closed with %s", made.From, made.Opening.Balance, before)
			}
			before = made.Closing.Balance
			lines += len(made.Lines)
			on = day(t, made.To).Days + 1
		}
		if balance := s.accounts["acme/blue"].Balance.String(); before != balance || lines != n {
			r.Fatalf("the last period closes with %s, and the account has %s; %d of %d transactions are in a period", before, balance, lines, n)
		}
	})
}
