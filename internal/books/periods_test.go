package books_test

import "testing"

// TestPeriods asks for accounting periods and the balances in them; the answers were put down by hand.
func TestPeriods(t *testing.T) {
	b := newLedger(t)
	entry := func(org, kind, result, date, about string, postings ...string) {
		b.entry(1, org, date, said(kind, result, date, about, postings...))
	}
	invoice := func(name, amount, date string) string {
		return `"transaction":{"transaction":"` + name + `","account":"blue","kind":"invoice","side":"debit","state":"posted","amount":"` + amount + `","currency":"USD","date":"` + date + `","due":"` + date + `","number":1}`
	}
	paid := func(name, amount, date string) string {
		return `"transaction":{"transaction":"` + name + `","account":"blue","kind":"payment","side":"credit","state":"posted","amount":"` + amount + `","currency":"USD","date":"` + date + `","number":1}`
	}
	entry("acme", "transaction.recorded", applied, "2026-01-20", invoice("inv-0", "5.000000", "2025-12-01"), "blue>revenue:sales 5.000000")
	entry("acme", "accounting-periods.defined", applied, "2026-01-31", `"period":{"period":"2026-01-31","to":"2026-02-27","state":"opened","next":"2026-01-31"},"periods":{"length":"monthly","year_begins":"01-31"}`)
	b.expect("the first one", `SELECT number, first_day, last_day, length, state, closed_at IS NULL FROM finance_period WHERE org = 'acme'`, "1 2026-01-31 2026-02-27 monthly open true")
	entry("acme", "transaction.recorded", applied, "2026-02-10", invoice("inv-1", "100.000000", "2026-02-10"), "blue>revenue:sales 100.000000")
	entry("acme", "transaction.recorded", applied, "2026-02-11", paid("pay-1", "30.000000", "2026-03-01"), "world:payments>blue 30.000000")
	entry("acme", "period.close_requested", `"refused","reason":"period_has_errors"`, "2026-02-28", `"period":{"period":"2026-01-31","to":"2026-02-27","state":"has_errors","drafts":{"count":1,"first":[{"account":"blue","transaction":"inv-9"}]}}`)
	entry("acme", "period.drafts_posted", applied, "2026-02-28", `"period":{"period":"2026-01-31","to":"2026-02-27","state":"posting_drafts"}`)
	entry("acme", "period.close_requested", applied, "2026-02-28", `"period":{"period":"2026-01-31","to":"2026-02-27","state":"closed","next":"2026-02-28"}`)
	entry("acme", "due.period_closing", applied, "2026-03-31", `"period":{"period":"2026-02-28","to":"2026-03-30","state":"closed","next":"2026-03-31"}`)
	entry("acme", "transaction.recorded", applied, "2026-04-01", invoice("inv-2", "7.000000", "2026-05-02"), "blue>revenue:sales 7.000000")
	entry("acme", "transaction.recorded", applied, "2026-04-01", invoice("inv-3", "2.000000", "2026-04-01"), "blue>revenue:sales 2.000000")
	entry("fleet", "accounting-periods.defined", applied, "2027-03-31", `"period":{"period":"2026-04-01","to":"2027-03-31","state":"opened","next":"2026-04-01"},"periods":{"length":"yearly","year_begins":"04-01"}`)
	b.expect("periods", `SELECT org, number, first_day, last_day, length, state FROM finance_period ORDER BY org, number`,
		"acme 1 2026-01-31 2026-02-27 monthly closed", "acme 2 2026-02-28 2026-03-30 monthly closed", "acme 3 2026-03-31 2026-04-29 monthly open",
		"fleet 1 2026-04-01 2027-03-31 yearly open")
	b.expect("balances", `SELECT account, currency, number, state, opening, debits, credits, closing FROM finance_period_balance WHERE org = 'acme' ORDER BY number`,
		"blue USD 1 closed 0.000000 105.000000 0.000000 -105.000000", "blue USD 2 closed -105.000000 0.000000 30.000000 -75.000000",
		"blue USD 3 open -75.000000 2.000000 0.000000 -77.000000")
	b.expect("an org without periods", `SELECT count(*) FROM finance_period_balance WHERE org = 'fleet'`, "0")
}
