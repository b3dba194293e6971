package books_test

import (
	"fmt"
	"strings"
	"testing"

	"purser/internal/books"
)

// said is an entry's body with what it says of attempts and invoices.
func said(kind, result, date, about string, postings ...string) string {
	body := posted(kind, result, date, "USD", "", postings...)
	return strings.TrimSuffix(body, "}") + "," + about + "}"
}

func emits(attempt, purpose, amount string) string {
	return fmt.Sprintf(`{"attempt":%q,"amount":%q,"currency":"USD","purpose":%q}`, attempt, amount, purpose)
}

// bills writes a ledger in which cards are charged, in vain and with success, and invoices are sent out, paid and voided.
func (b *ledger) bills() {
	usage := func(date, about string) {
		b.entry(1, "acme", date, said("usage.recorded", applied, date, about, "w>revenue:rebilling 1.000000"))
	}
	result := func(date, about string, postings ...string) {
		b.entry(1, "acme", date, said("recharge-attempt.resolved", applied, date, about, postings...))
	}
	// w's card fails, is tried again, and pays. Its next recharge is exhausted. An attempt of the first releases does not say why.
	usage("2026-03-01", `"attempts":[`+emits("w/1/1", "automatic", "50.000000")+`]`)
	result("2026-03-01", `"attempt":"w/1/1","told":"failed","why":"card \"declined\"","recharge":"retrying"`)
	b.entry(1, "acme", "2026-03-02", said("due.recharge_retried", applied, "2026-03-02", `"attempt":"w/1/1","recharge":"open","attempts":[`+emits("w/1/2", "automatic", "60.000000")+`]`))
	result("2026-03-02", `"attempt":"w/1/2","told":"succeeded","recharge":"succeeded"`, "world:payments>w 60.000000")
	usage("2026-03-05", `"attempts":[`+emits("w/2/1", "automatic", "50.000000")+`]`)
	result("2026-03-05", `"attempt":"w/2/1","told":"failed","why":"expired","recharge":"exhausted"`)
	b.entry(1, "acme", "2026-03-06", said("usage.recorded", applied, "2026-03-06", `"attempts":[{"attempt":"a/b/1/1","amount":"5.000000","currency":"USD"}]`))
	// Two invoices to a source, one of them paid in two parts, the other voided; a third is open.
	invoice := func(n int, kind, issued, due, amount string) string {
		return fmt.Sprintf(`"invoices":[{"invoice":%d,"amount":%q,"currency":"USD","kind":%q,"account":"src","issued":%q,"due":%q}]`, n, amount, kind, issued, due)
	}
	b.entry(1, "acme", "2026-03-07", said("funding.requested", applied, "2026-03-07", invoice(1, "funding", "2026-03-07", "2026-04-06", "100.000000")))
	b.entry(1, "acme", "2026-03-08", said("due.day_ended", applied, "2026-03-08", invoice(2, "negative_balance", "2026-03-08", "2026-04-07", "30.000000")))
	b.entry(1, "acme", "2026-03-09", said("invoice.paid", applied, "2026-03-09", `"invoice":1`, "world:payments>src 40.000000"))
	b.entry(1, "acme", "2026-03-10", said("invoice.voided", applied, "2026-03-10", `"invoice":2`))
	b.entry(1, "acme", "2026-03-11", said("funding.requested", applied, "2026-03-11", invoice(3, "funding", "2026-03-11", "2026-03-12", "7.500000")))
	b.entry(1, "acme", "2026-03-12", said("invoice.paid", applied, "2026-03-12", `"invoice":1`, "world:payments>src 60.000000"))
	// Another org's are its own.
	b.entry(2, "blau", "2026-03-12", said("funding.requested", applied, "2026-03-12", invoice(1, "funding", "2026-03-12", "2026-04-11", "9.000000")))
}

// billQuestions asks what was asked of cards and by invoice; the answers were put down by hand.
func (b *ledger) billQuestions() {
	b.t.Helper()
	b.expect("recharges", `SELECT account, recharge, purpose, currency, amount, attempts, credited, state, reason, began_at::date AS began, last_at::date AS last
		FROM finance_recharge WHERE org = 'acme' ORDER BY 1, 2`,
		"a/b 1 - USD 5.000000 1 0.000000 unknown - 2026-03-06 2026-03-06",
		`w 1 automatic USD 60.000000 2 60.000000 succeeded card "declined" 2026-03-01 2026-03-02`,
		"w 2 automatic USD 50.000000 1 0.000000 exhausted expired 2026-03-05 2026-03-05")
	b.expect("failed recharges", `SELECT account, amount, reason FROM finance_recharge WHERE org = 'acme' AND state IN ('failed', 'retrying', 'exhausted')`, "w 50.000000 expired")
	b.expect("invoices", `SELECT invoice, kind, account, currency, issued, due, amount, paid, open, status FROM finance_invoice WHERE org = 'acme' ORDER BY 1`,
		"1 funding src USD 2026-03-07 2026-04-06 100.000000 100.000000 0.000000 paid",
		"2 negative_balance src USD 2026-03-08 2026-04-07 30.000000 0.000000 0.000000 voided",
		"3 funding src USD 2026-03-11 2026-03-12 7.500000 0.000000 7.500000 open")
	b.expect("invoices that are overdue", `SELECT invoice, open FROM finance_invoice WHERE org = 'acme' AND status = 'open' AND due < '2026-03-13'`, "3 7.500000")
	b.expect("payments of invoices", `SELECT invoice, day, currency, amount, what FROM finance_invoice_settled WHERE org = 'acme' ORDER BY posted_at`,
		"1 2026-03-09 USD 40.000000 paid", "2 2026-03-10 USD 0.000000 voided", "1 2026-03-12 USD 60.000000 paid")
	b.expect("what came in by card", `SELECT day, -sum(amount) FROM finance_by_account
		WHERE org = 'acme' AND account = 'world:payments' AND type = 'recharge-attempt.resolved' GROUP BY day ORDER BY day`, "2026-03-02 60.000000")
	b.expect("another org's", `SELECT invoice, open FROM finance_invoice WHERE org = 'blau'`, "1 9.000000")
	b.expect("entries about an invoice", `SELECT type, invoice FROM finance_entry WHERE org = 'acme' AND invoice = 2`, "invoice.voided 2")
	b.expect("entries about an attempt", `SELECT type, recharge FROM finance_entry WHERE org = 'acme' AND attempt = 'w/1/1' ORDER BY entry`,
		"recharge-attempt.resolved retrying", "due.recharge_retried open")
}

// TestBills asks when nothing has been added up, then after each entry that is, and when all has: the answers are the same.
func TestBills(t *testing.T) {
	b := newLedger(t)
	b.bills()
	b.billQuestions()
	for added := 1; added > 0; {
		var err error
		if added, err = b.store.RollUp(t.Context(), 1, 1, books.Add); err != nil {
			t.Fatal(err)
		}
		b.billQuestions()
	}
	if _, err := b.store.RollUp(t.Context(), 2, 100, books.Add); err != nil {
		t.Fatal(err)
	}
	b.billQuestions()
	if err := b.store.Reset(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	b.expect("the tables after a reset", "SELECT org FROM finance_recharged UNION ALL SELECT org FROM finance_settled UNION ALL SELECT org FROM finance_billed", "blau")
	b.expect("recharges after a reset", "SELECT org FROM finance_recharge")
	b.expect("invoices after a reset", "SELECT org FROM finance_invoice", "blau")
	b.expect("payments after a reset", "SELECT org FROM finance_invoice_settled")
}

// TestBillsInOneStep: what is added up at once is what is added up one by one.
func TestBillsInOneStep(t *testing.T) {
	for _, limit := range []int{100, 3, 5} {
		b := newLedger(t)
		b.bills()
		for added := 1; added > 0; {
			var err error
			if added, err = b.store.RollUp(t.Context(), 1, limit, books.Add); err != nil {
				t.Fatal(err)
			}
			b.billQuestions()
		}
	}
}

// TestBillsCatchUp: a database whose sums were made by a release that knew no bills gets them from the beginning, and no sum twice.
func TestBillsCatchUp(t *testing.T) {
	b := newLedger(t)
	b.bills()
	all := "SELECT * FROM finance_moved ORDER BY org, account, currency, day, occurred_on, type, channel, bucket, counter_account"
	var sums string
	for _, step := range []struct{ upTo, limit int }{{7, 100}, {100, 4}, {100, 100}} {
		if _, err := b.store.RollUp(t.Context(), 1, step.upTo, books.Add); err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{"UPDATE finance_position SET billed = 0", "DELETE FROM finance_billed", "DELETE FROM finance_settled", "DELETE FROM finance_recharged"} {
			if _, err := b.db.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		b.billQuestions()
		for added := 1; added > 0; {
			var err error
			if added, err = b.store.RollUp(t.Context(), 1, step.limit, books.Add); err != nil {
				t.Fatal(err)
			}
			b.billQuestions()
		}
		b.expect("the position", "SELECT entry, billed FROM finance_position", "13 13")
		got := strings.Join(b.rows("SELECT q::text FROM ("+all+") AS q"), "\n")
		if sums == "" {
			sums = got
		}
		if got != sums {
			t.Errorf("the sums are\n%s\nand were\n%s", got, sums)
		}
	}
}

// TestBillsAreFoundByIndex: what an org has not been paid, and which cards failed it, is found without reading all of it.
func TestBillsAreFoundByIndex(t *testing.T) {
	b := newLedger(t)
	b.bills()
	for _, p := range []int32{1, 2} {
		if _, err := b.store.RollUp(t.Context(), p, 100, books.Add); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.db.Exec(t.Context(), "SET enable_seqscan = off"); err != nil {
		t.Fatal(err)
	}
	for sql, index := range map[string]string{
		"SELECT * FROM finance_invoice WHERE org = 'acme' AND status = 'open' AND due < '2026-03-13'":           "finance_billed_status",
		"SELECT * FROM finance_invoice WHERE org = 'acme' AND invoice = 3":                                      "finance_billed_pkey",
		"SELECT * FROM finance_invoice WHERE org = 'acme' AND account = 'src'":                                  "finance_billed_account",
		"SELECT * FROM finance_recharge WHERE org = 'acme' AND state = 'exhausted' AND last_at >= '2026-03-01'": "finance_recharged_state",
		"SELECT * FROM finance_recharge WHERE org = 'acme' AND account = 'w'":                                   "finance_recharged_pkey",
		"SELECT * FROM finance_invoice_settled WHERE org = 'acme' AND posted_at >= '2026-03-01'":                "finance_settled_posted",
		"SELECT * FROM finance_invoice_settled WHERE org = 'acme' AND invoice = 1":                              "finance_settled_invoice",
		"SELECT count(*) FROM finance_invoice":                                                                  "ledger_pkey",
		"SELECT count(*) FROM finance_recharge":                                                                 "ledger_pkey",
	} {
		plan := strings.Join(b.rows("EXPLAIN "+sql), "\n")
		if !strings.Contains(plan, index) {
			t.Errorf("%s does not use %s:\n%s", sql, index, plan)
		}
	}
}

// TestWhatEntriesOfTheFirstReleasesSay: a result that names no attempt, and an invoice whose account is not known, stop nobody.
func TestWhatEntriesOfTheFirstReleasesSay(t *testing.T) {
	b := newLedger(t)
	b.entry(1, "acme", "2026-03-01", said("usage.recorded", applied, "2026-03-01", `"attempts":[{"attempt":"w/1/1","amount":"5.000000","currency":"USD"}],"invoices":[{"invoice":1,"amount":"2.000000","currency":"USD"}]`))
	b.entry(1, "acme", "2026-03-02", posted("recharge-attempt.resolved", applied, "2026-03-02", "USD", "", "world:payments>w 5.000000"))
	b.entry(1, "acme", "2026-03-02", posted("invoice.paid", applied, "2026-03-02", "USD", "", "world:payments>s 2.000000"))
	for range 2 {
		b.expect("the recharge", "SELECT account, state, attempts, credited FROM finance_recharge", "w unknown 1 0.000000")
		b.expect("the invoice", "SELECT invoice, kind, account, amount, status FROM finance_invoice", "1 - - 2.000000 open")
		if _, err := b.store.RollUp(t.Context(), 1, 100, books.Add); err != nil {
			t.Fatal(err)
		}
	}
}
