package stream_test

import (
	"testing"

	"purser/topics"
)

// TestSpendingIsCounted: orders, sends that a spending account pays a part of, and what quotes say.
func TestSpendingIsCounted(t *testing.T) {
	r := newRig(t)
	p := r.process("a")
	account := func(id, kind string, body any) { r.send(r.event(topics.Account, "acme", id, kind, body)); r.drained() }
	send := func(id, kind string, body any) { r.send(r.event(topics.Send, "acme", id, kind, body)); r.drained() }
	const since = "2025-01-01T00:00:00Z"
	account("a1", topics.TypeOrgDefined, topics.OrgDefinedBody{Currency: "USD"})
	account("a2", topics.TypeAccountDefined, topics.AccountDefinedBody{Account: "ann", Kind: "wallet"})
	account("a3", topics.TypeCampaignDefined, topics.CampaignDefinedBody{Campaign: "mugs", Payer: "sender", EffectiveFrom: since})
	for _, id := range []string{"gifts", "spent"} {
		account("d"+id, topics.TypeSpendingDefined, topics.SpendingDefinedBody{
			SpendingAccount: id, Type: "standard", Start: "2025-01-01", Budget: topics.Number(map[string]string{"gifts": "60", "spent": "1"}[id]),
			EligibleFor: &topics.SpendingFor{Users: []string{"ann"}}, EffectiveFrom: since,
		})
		account("s"+id, topics.TypeSpendingSwitched, topics.SpendingSwitchedBody{SpendingAccount: id, On: true, EffectiveFrom: since})
	}
	line := []topics.OrderLine{{Item: "mug", UnitPrice: "20"}}
	send("q", topics.TypeSpendQuoted, topics.SpendQuotedBody{User: "ann", Lines: line, Currency: "USD"})
	send("o1", topics.TypeOrderPlaced, topics.OrderPlacedBody{Order: "o-1", User: "ann", SpendingAccount: "gifts", Lines: line, Currency: "USD"})
	send("o2", topics.TypeOrderPlaced, topics.OrderPlacedBody{Order: "o-2", User: "ann", SpendingAccount: "gifts", Lines: line, Currency: "USD"})
	send("c1", topics.TypeOrderCancelled, topics.OrderCancelledBody{Order: "o-1"})
	send("s1", topics.TypeSendRequested, topics.SendRequestedBody{
		Send: "s-1", Campaign: "mugs", Sender: "ann", Origin: "manual", Lines: []topics.SendLine{{Item: "mug", UnitPrice: "20"}}, Currency: "USD", SpendingAccount: "gifts",
	})
	for _, c := range []struct {
		name, label string
		want        float64
	}{
		{"purser_orders_total", "accepted", 2}, {"purser_orders_total", "cancelled", 1}, {"purser_spending_parts_total", "accepted", 1},
		{"purser_quoted_accounts_total", "applies", 1}, {"purser_quoted_accounts_total", "order_not_covered", 1},
	} {
		if got := p.metric(c.name, c.label); got != c.want {
			t.Errorf("%s of %s is %v, want %v", c.name, c.label, got, c.want)
		}
	}
}
