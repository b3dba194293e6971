package books_test

import "testing"

// TestSpending asks what was spent of which budget; the answers were put down by hand.
func TestSpending(t *testing.T) {
	b := newLedger(t)
	entry := func(kind, date, about string, postings ...string) {
		b.entry(1, "acme", date, said(kind, applied, date, about, postings...))
	}
	order := func(name, status, cost, paid string) string {
		return `"order":{"order":"` + name + `","user":"ann","spending_account":"gifts","cost_centre":"CC-7","status":"` + status + `","cost":"` + cost + `","paid":"` + paid + `"}`
	}
	entry("order.placed", "2026-03-01", order("o-1", "accepted", "60.000000", "50.000000"),
		"world:budget>spending:gifts/ann 200.000000", "spending:gifts/ann>revenue:sales 50.000000", "till>revenue:sales 10.000000")
	entry("order.placed", "2026-03-02", order("o-2", "accepted", "20.000000", "20.000000"), "spending:gifts/ann>revenue:sales 20.000000")
	entry("order.cancelled", "2026-03-02", order("o-1", "cancelled", "60.000000", "50.000000"), "revenue:sales>spending:gifts/ann 50.000000", "revenue:sales>till 10.000000")
	entry("send.requested", "2026-03-03", `"send":"s-1","campaign":"mugs","spending":{"spending_account":"store","account":"spending:store","user":"bob","status":"accepted","cost":"9.000000","paid":"7.000000"}`,
		"world:budget>spending:store 100.000000", "spending:store>revenue:sales 7.000000", "bob>revenue:sales 2.000000")
	entry("usage.recorded", "2026-03-03", `"send":"x"`, "w>revenue:rebilling 5.000000")
	b.expect("what was spent", `SELECT day, spending_account, spender, what, reference, cost_centre, amount FROM finance_spending WHERE org = 'acme' ORDER BY entry, amount DESC`,
		"2026-03-01 gifts ann budget - - 200.000000", "2026-03-01 gifts ann order o-1 CC-7 -50.000000", "2026-03-02 gifts ann order o-2 CC-7 -20.000000",
		"2026-03-02 gifts ann order o-1 CC-7 50.000000", "2026-03-03 store bob budget - - 100.000000", "2026-03-03 store bob send s-1 - -7.000000")
	b.expect("budget used", `SELECT spending_account, account, currency, budget, used, remaining FROM finance_budget_used WHERE org = 'acme' ORDER BY account`,
		"gifts spending:gifts/ann USD 200.000000 20.000000 180.000000", "store spending:store USD 100.000000 7.000000 93.000000")
	b.expect("by cost centre", `SELECT cost_centre, -sum(amount) FROM finance_spending WHERE org = 'acme' AND what IN ('order', 'send') GROUP BY cost_centre ORDER BY cost_centre`,
		"- 7.000000", "CC-7 20.000000")
}
