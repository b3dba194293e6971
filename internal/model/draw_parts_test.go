package model_test

import (
	"fmt"

	"pgregory.net/rapid"

	"purser/internal/model"
)

// partGenerators draw sends of which a spending account pays a part (R6.10), and what these need.
var partGenerators = []struct {
	weight int
	draw   func(*drawer) *model.Record
}{
	{1, (*drawer).splitDefined},
	{1, (*drawer).spendingDefined},
	{1, (*drawer).spendingSwitched},
	{1, (*drawer).shopperDefined},
	{4, (*drawer).orderPlaced},
	{1, (*drawer).orderCancelled},
	{2, (*drawer).spendQuoted},
	{26, (*drawer).partRequested},
	{26, (*drawer).sendFollowed},
	{14, (*drawer).attemptResolved},
	{12, (*drawer).tick},
	{3, (*drawer).paymentReceived},
	{1, (*drawer).rateDefined},
	{1, (*drawer).creditsGranted},
	{1, (*drawer).accountRemoved},
	{1, (*drawer).invoicePaid},
	{2, (*drawer).again},
	{1, (*drawer).malformed},
}

// longAgo is before anything that a history tells of.
const longAgo = "2025-01-01T00:00:00Z"

// beginParts defines what sends and spending accounts need, so that most of what follows meets something.
func (d *drawer) beginParts() {
	for _, d.org = range []string{"acme", "zenith"} {
		define := func(kind string, body fields) {
			body["effective_from"] = longAgo
			d.add(d.record("account", kind, body))
		}
		org := fields{"time_zone": d.zones[d.org], "currency": "USD", "split_billing": d.evenly(6) != 3}
		d.add(d.record("account", "org.defined", org)) // in place of what there may be
		define("org.defined", org)
		define("account.defined", fields{"account": d.focus, "kind": "wallet", "currency": "USD"})
		define("account.defined", fields{"account": "card", "kind": "funding_source", "currency": "USD", "funding": fields{"name": "card", "payment_type": "credit_card", "payment_method": "tok"}})
		define("account.defined", fields{"account": "bill", "kind": "funding_source", "currency": "USD", "funding": fields{"name": "bill", "payment_type": "invoice"}})
		define("campaign.defined", fields{"campaign": "mugs", "payer": "funding_source", "funding_source": "card", "add_funds": true})
		define("campaign.defined", fields{"campaign": "cups", "payer": "funding_source", "funding_source": "bill", "approval": true, "add_funds": true})
		define("campaign.defined", fields{"campaign": "hats", "payer": "sender"})
		define("user.defined", fields{"user": d.focus, "groups": []string{"sales"}, "catalogs": []string{"x"}})
		for _, id := range []string{"gifts", "store"} {
			b := d.spendingTerms()
			b["currency"] = "USD"
			b["spending_account"], b["type"] = id, map[string]string{"gifts": "standard", "store": "shared"}[id]
			define("spending-account.defined", b)
			d.add(d.record("account", "spending-account.switched", fields{"spending_account": id, "on": true, "effective_from": "2025-01-02T00:00:00Z"}))
		}
		d.add(d.record("payment-result", "payment.received", fields{"account": d.focus, "payment": "p1", "amount": d.one("money", "20", "7.5", "100"), "currency": "USD"}))
	}
}

// splitDefined defines the org anew, mostly with its bills split.
func (d *drawer) splitDefined() *model.Record {
	b := fields{"time_zone": d.zones[d.org], "currency": "USD", "split_billing": d.evenly(4) != 2}
	d.effective(b)
	return d.record("account", "org.defined", b)
}

func (d *drawer) spendingID() string {
	return []string{"gifts", "store", "gifts", "store", "gifts", "nothing", "gifts", "store", "store", "gifts"}[d.evenly(10)]
}

// spendingTerms are all that a definition of a spending account says but which one it is, and of what type.
func (d *drawer) spendingTerms() fields {
	b := fields{"start": "2025-01-01"}
	d.put(b, "budget", "60", "200", "12.345678", "")
	if d.evenly(10) == 5 {
		b["end"] = "2026-02-10"
	}
	switch of := (fields{}); d.evenly(8) {
	case 5:
		of["groups"] = []string{"sales"}
		b["eligible_for"] = of
	case 6:
		of["catalogs"], of["users"] = []string{"x", "y"}, []string{d.focus}
		b["eligible_for"] = of
	case 3:
		of["catalogs"], of["groups"] = []string{"y"}, []string{"sales"}
		b["eligible_for"] = of
	default:
		b["eligible_for"] = fields{"users": []string{"ann", "house", "u", "v"}}
	}
	for _, list := range [][2]string{{"items", "mug"}, {"catalogs", "x"}} {
		if d.evenly(3) == 1 {
			b[list[0]] = fields{"mode": d.one("mode", "exclude", "include"), "names": []string{list[1]}}
		}
	}
	var limits []fields
	for range []int{1, 2, 0, 3}[d.evenly(4)] {
		l := fields{"per": []string{"item", "order", "week", "month", "year", "days", "days"}[d.evenly(7)]}
		switch per := l["per"]; {
		case per == "days":
			l["days"] = d.one("days", "1", "7", "30")
		case (per == "item" || per == "order") && rapid.Bool().Draw(d.T, "percentage"):
			l["percent"] = d.one("percent", "50", "33.3", "5")
		}
		if l["percent"] == nil {
			l["amount"] = d.one("limit", "20", "25", "49.99", "0.5", "100")
		}
		limits = append(limits, l)
	}
	if limits != nil {
		b["limits"] = limits
	}
	return b
}

// partRequested is a send that mostly names a spending account.
func (d *drawer) partRequested() *model.Record {
	b := fields{
		"send": fmt.Sprintf("s%d", len(d.h.records)), "campaign": []string{"mugs", "hats", "cups"}[d.evenly(3)], "sender": d.focus,
		"origin": []string{"manual", "manual", "manual", "triggered"}[d.evenly(4)], "currency": "USD",
	}
	if d.evenly(12) == 5 {
		b["currency"] = "EUR"
	}
	if d.evenly(16) == 9 {
		b["sender"] = d.user()
	}
	if known := d.h.model.Sends(d.org); len(known) > 0 && d.sometimes("known") {
		b["send"] = d.one("send", known...)
	}
	if d.evenly(6) != 3 {
		b["add_funds"] = true
	}
	if d.evenly(8) != 5 {
		b["spending_account"] = d.spendingID()
	}
	var lines []fields
	for range rapid.IntRange(1, 3).Draw(d.T, "lines") {
		l := fields{"item": d.one("item", "mug", "cup"), "unit_price": d.one("price", "7", "20", "30", "0.333333333", "0")}
		d.put(l, "quantity", "", "2", "0.5")
		if rapid.Bool().Draw(d.T, "of") {
			l["catalogs"] = []string{d.one("of", "x", "z")}
		}
		lines = append(lines, l)
	}
	b["lines"] = lines
	if rapid.IntRange(0, 4).Draw(d.T, "estimated") == 0 {
		b["estimated_cost"] = d.price(d.one("of", "card", "bill", d.focus))
	}
	return d.record("send", "send.requested", b)
}
