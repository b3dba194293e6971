package books_test

import "testing"

// TestCustomers asks for transactions, allocations and what is open; the answers were put down by hand.
func TestCustomers(t *testing.T) {
	b := newLedger(t)
	entry := func(kind, date, about string, postings ...string) {
		b.entry(1, "acme", date, said(kind, applied, date, about, postings...))
	}
	const (
		invoice = `"transaction":{"transaction":"inv-1","account":"blue","kind":"invoice","side":"debit","state":"posted","amount":"120.000000","currency":"USD","date":"2026-03-01","due":"2026-03-31","number":1}`
		draft   = `"transaction":{"transaction":"inv-2","account":"blue","kind":"invoice","side":"debit","state":"draft","amount":"9.000000","currency":"USD","date":"2026-03-02"}`
		note    = `"transaction":{"transaction":"dn-1","account":"blue","kind":"debit_note","side":"debit","state":"posted","amount":"30.000000","currency":"USD","date":"2026-03-02","due":"2026-04-01","number":2}`
		payment = `"transaction":{"transaction":"pay-1","account":"blue","kind":"payment","side":"credit","state":"posted","amount":"125.000000","currency":"USD","date":"2026-03-03","number":3}`
	)
	entry("transaction.recorded", "2026-03-01", invoice, "blue>revenue:sales 120.000000")
	entry("transaction.recorded", "2026-03-02", draft)
	entry("transaction.posted", "2026-03-02", note, "blue>revenue:sales 30.000000")
	entry("transaction.recorded", "2026-03-03", payment+`,"allocations":[{"credit":"pay-1","debit":"inv-1","amount":"120.000000"}]`, "world:payments>blue 125.000000")
	entry("due.credit_allocated", "2026-03-03", payment+`,"allocations":[{"credit":"pay-1","debit":"dn-1","amount":"5.000000"}]`)
	b.expect("transactions", `SELECT number, transaction, kind, side, amount, date, due FROM finance_transaction WHERE org = 'acme' AND account = 'blue' ORDER BY number`,
		"1 inv-1 invoice debit 120.000000 2026-03-01 2026-03-31", "2 dn-1 debit_note debit 30.000000 2026-03-02 2026-04-01", "3 pay-1 payment credit 125.000000 2026-03-03 -")
	b.expect("allocations", `SELECT credit, debit, amount, currency, day FROM finance_allocation WHERE org = 'acme' ORDER BY entry`,
		"pay-1 inv-1 120.000000 USD 2026-03-03", "pay-1 dn-1 5.000000 USD 2026-03-03")
	b.expect("debits", `SELECT transaction, amount, settled, open FROM finance_debit WHERE org = 'acme' ORDER BY number`,
		"inv-1 120.000000 120.000000 0.000000", "dn-1 30.000000 5.000000 25.000000")
	b.expect("what is overdue", `SELECT account, sum(open) FROM finance_debit WHERE org = 'acme' AND open > 0 AND due < '2026-04-02' GROUP BY account`, "blue 25.000000")
}
