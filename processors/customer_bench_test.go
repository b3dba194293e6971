package processors_test

import (
	"fmt"
	"testing"

	"purser/processors"
	. "purser/processors/core"
	"purser/processors/money"
)

// owing is a warm book with one customer account that has a history: so many transactions, of which so many debits are open.
func owing(t tester, transactions, open int) *book {
	b := newBook()
	settle(t, b, org(""))
	settle(t, b, &Event{Type: AccountDefined, Account: &AccountVersion{ID: "blue", Kind: KindCustomerAccount, Customer: &CustomerTerms{CreditDays: 30}}})
	for i := range (transactions - open) / 2 {
		settle(t, b, recorded(InvoiceTransaction, fmt.Sprint("old-", i), money.Unit))
		settle(t, b, recorded(PaymentTransaction, fmt.Sprint("paid-", i), money.Unit))
	}
	for i := range open {
		settle(t, b, recorded(InvoiceTransaction, fmt.Sprint("open-", i), money.Unit))
	}
	return b
}

// settle decides an event that has to be applied at once.
func settle(t tester, b Book, ev *Event) {
	ev.Org, ev.OccurredAt, ev.RecordedAt = "acme", start, start
	var d Decision
	if processors.Decide(b, ev, &d) != Done || d.Result != Applied {
		t.Fatalf("%v %s", d.Result, d.Reason)
	}
}

func recorded(kind TransactionKind, reference string, amount money.Amount) *Event {
	return &Event{Type: TransactionRecorded, Transaction: &TransactionRequest{Account: "blue", Transaction: reference, Kind: kind, Amount: amount, Currency: usd}}
}

// TestPostingReadsTheSameWhateverTheHistory: a posting, a payment that goes to the oldest debit, and one that goes to a debit in the middle, look up and
// change as many cells in an account of ten transactions as in one of thousands.
func TestPostingReadsTheSameWhateverTheHistory(t *testing.T) {
	var looked, touched [3][]int
	for _, size := range []int{10, 3000} {
		b := owing(t, size, size/2)
		against := recorded(PaymentTransaction, "named", money.Unit)
		against.Transaction.Against = fmt.Sprint("open-", size/4)
		for i, ev := range []*Event{recorded(InvoiceTransaction, "new", money.Unit), recorded(PaymentTransaction, "oldest", money.Unit), against} {
			clear(b.touched)
			b.looked = map[string]bool{}
			settle(t, b, ev)
			looked[i], touched[i] = append(looked[i], len(b.looked)), append(touched[i], len(b.touched))
		}
	}
	for i := range looked {
		if looked[i][0] != looked[i][1] || touched[i][0] != touched[i][1] {
			t.Errorf("step %d looks up %v cells and changes %v", i, looked[i], touched[i])
		}
	}
}

// BenchmarkPostingByHistory: an invoice and the payment that goes to the oldest debit, in an account with a history.
func BenchmarkPostingByHistory(b *testing.B) {
	for _, size := range []struct{ transactions, open int }{{10, 5}, {100_000, 10_000}} {
		b.Run(fmt.Sprintf("transactions=%d/open=%d", size.transactions, size.open), func(b *testing.B) {
			book := &quiet{owing(b, size.transactions, size.open)}
			n := 0
			b.ReportAllocs()
			for b.Loop() {
				n++
				settle(b, book, recorded(InvoiceTransaction, fmt.Sprint("i", n), money.Unit))
				settle(b, book, recorded(PaymentTransaction, fmt.Sprint("p", n), money.Unit))
			}
		})
	}
}
