package statement

import (
	"testing"

	"purser/topics"
)

// What a spending account has paid is told by the order or the send, and what opened its balance by itself.
func TestWordsOfSpending(t *testing.T) {
	order := &topics.OrderedBody{Order: "o-1", User: "ann", SpendingAccount: "gifts", CostCentre: "CC-7"}
	budget, paid := topics.PostingBody{From: "world:budget", To: "spending:gifts/ann"}, topics.PostingBody{From: "spending:gifts/ann", To: "revenue:sales"}
	for _, c := range []struct {
		b          topics.LedgerEntryBody
		p          topics.PostingBody
		kind, line string
	}{
		{topics.LedgerEntryBody{Type: topics.TypeOrderPlaced, Order: order}, budget, "starting amount of a spending account", "starting amount of a spending account"},
		{topics.LedgerEntryBody{Type: topics.TypeOrderPlaced, Order: order}, paid, "order", "order: o-1, cost centre CC-7"},
		{topics.LedgerEntryBody{Type: topics.TypeOrderCancelled, Order: order}, paid, "order, cancelled", "order, cancelled: o-1, cost centre CC-7"},
		{topics.LedgerEntryBody{Type: topics.TypeSendRequested, Send: "s-1", Spending: &topics.PartBody{}}, budget, "starting amount of a spending account", "starting amount of a spending account"},
		{topics.LedgerEntryBody{Type: topics.TypeSendRequested, Send: "s-1", Spending: &topics.PartBody{}}, paid, "send", "send: s-1"},
	} {
		if kind, line := words(&c.b, &c.p, "spending:gifts/ann"); kind != c.kind || line != c.line {
			t.Errorf("%s is %q, %q; want %q, %q", c.b.Type, kind, line, c.kind, c.line)
		}
	}
}
