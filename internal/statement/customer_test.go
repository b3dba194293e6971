package statement_test

import (
	"os"
	"strings"
	"testing"

	"purser/topics"
)

// owing is a customer's winter: four invoices, the first of which is paid in two parts, the second in part, and a draft.
func owing(t *testing.T) *scene {
	s := newScene(t)
	debit := func(at, reference, amount, due string) {
		s.post("acme", at, topics.LedgerEntryBody{Type: topics.TypeTransactionRecorded, Transaction: &topics.TransactionBody{
			Transaction: reference, Account: "blue", Kind: "invoice", Side: "debit", State: "posted", Amount: amount, Currency: "USD", Date: at[:10], Due: due,
		}}, "blue>revenue:sales "+amount)
	}
	paid := func(kind, at, reference, amount string, allocations ...topics.AllocationBody) {
		postings := []string{"world:payments>blue " + amount}
		if kind != topics.TypeTransactionRecorded {
			postings = nil
		}
		s.post("acme", at, topics.LedgerEntryBody{Type: kind, Allocations: allocations, Transaction: &topics.TransactionBody{
			Transaction: reference, Account: "blue", Kind: "payment", Side: "credit", State: "posted", Amount: amount, Currency: "USD", Date: at[:10],
		}}, postings...)
	}
	debit("2026-01-05T12:00:00Z", "inv-1", "100", "2026-02-04")
	debit("2026-02-05T12:00:00Z", "inv-2", "80", "2026-03-07")
	paid(topics.TypeTransactionRecorded, "2026-02-10T12:00:00Z", "pay-1", "60", topics.AllocationBody{Credit: "pay-1", Debit: "inv-1", Amount: "60"})
	debit("2026-03-05T12:00:00Z", "inv-3", "50", "2026-05-31")
	paid(topics.TypeTransactionRecorded, "2026-03-10T12:00:00Z", "pay-2", "70", topics.AllocationBody{Credit: "pay-2", Debit: "inv-1", Amount: "40"})
	paid("due.credit_allocated", "2026-03-10T12:00:01Z", "pay-2", "70", topics.AllocationBody{Credit: "pay-2", Debit: "inv-2", Amount: "30"})
	s.post("acme", "2026-03-11T12:00:00Z", topics.LedgerEntryBody{Type: topics.TypeTransactionRecorded, Transaction: &topics.TransactionBody{
		Transaction: "inv-9", Account: "blue", Kind: "invoice", Side: "debit", State: "draft", Amount: "7", Currency: "USD", Date: "2026-03-11",
	}})
	debit("2026-03-20T12:00:00Z", "inv-4", "10", "2026-03-20")
	s.keep()
	return s
}

// TestStatementsOfCustomers: each month by itself, and all of it; what is open, by age, is of the end of each. The text was worked out by hand.
func TestStatementsOfCustomers(t *testing.T) {
	s := owing(t)
	want, err := os.ReadFile("testdata/customer.txt")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, period := range [][2]string{{"2026-02-01", "2026-02-28"}, {"2026-03-01", "2026-03-31"}, {"2026-04-01", "2026-04-30"}, {"", ""}} {
		made, err := s.ask("blue", period[0], period[1])
		if err != nil {
			t.Fatal(err)
		}
		if err := made.Write(&got); err != nil {
			t.Fatal(err)
		}
		got.WriteString("\n")
		if period[0] == "2026-03-01" {
			if err := made.WriteCSV(&got); err != nil {
				t.Fatal(err)
			}
			got.WriteString("\n")
		}
	}
	if *rewrite {
		if err := os.WriteFile("testdata/customer.txt", []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s", got.String())
	}
}

// TestAnAllocationThatThereIsNot is a ledger that does not add up.
func TestAnAllocationThatThereIsNot(t *testing.T) {
	s := newScene(t)
	s.post("acme", "2026-02-10T12:00:00Z", topics.LedgerEntryBody{
		Type: topics.TypeTransactionRecorded, Allocations: []topics.AllocationBody{{Credit: "pay-1", Debit: "inv-1", Amount: "60"}},
		Transaction: &topics.TransactionBody{Transaction: "pay-1", Account: "blue", Kind: "payment", Side: "credit", State: "posted", Amount: "60", Currency: "USD", Date: "2026-02-10"},
	}, "world:payments>blue 60")
	s.keep()
	if _, err := s.ask("blue", "", ""); err == nil || !strings.Contains(err.Error(), "allocated to inv-1") {
		t.Errorf("got %v", err)
	}
}
