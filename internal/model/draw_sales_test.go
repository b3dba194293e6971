package model_test

import (
	"fmt"
	"strconv"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"purser/internal/model"
)

// The events about funding sources, teams, invoices and sends.

// beginSales defines what sends need: mostly all of it, else each is as it mostly is, or as it happens to be drawn, or not there.
func (d *drawer) beginSales() {
	d.tidy = rapid.IntRange(0, 7).Draw(d.T, "tidy") > 1
	for _, body := range []fields{
		{"account": d.focus, "kind": "wallet"},
		{"account": "card", "kind": "funding_source", "funding": fields{"name": "card", "payment_type": "credit_card", "payment_method": "tok"}},
		{"account": "bill", "kind": "funding_source", "funding": fields{"name": "bill", "payment_type": "invoice"}},
	} {
		d.perhaps("account.defined", body, (*drawer).accountDefined)
	}
	source := []string{"card", "bill"}[d.evenly(2)]
	d.perhaps("team.defined", fields{"team": "sales", "funding_source": source, "licence_source": source}, (*drawer).teamDefined)
	d.perhaps("team.defined", fields{"team": "support", "licence_source": "bill"}, (*drawer).teamDefined)
	d.perhaps("campaign.defined", fields{"campaign": "mugs", "payer": "funding_source", "funding_source": source, "add_funds": true}, (*drawer).campaignDefined)
	d.perhaps("campaign.defined", fields{"campaign": "cups", "payer": "funding_source", "approval": true}, (*drawer).campaignDefined)
	d.perhaps("campaign.defined", fields{"campaign": "hats", "payer": "sender"}, (*drawer).campaignDefined)
	d.perhaps("team-member.joined", fields{"team": "sales", "account": d.focus}, (*drawer).memberJoined)
	for _, id := range []string{d.focus, source} {
		_, currency := d.h.model.Balance(d.org, id)
		if currency != "" && !d.sometimes("no money") {
			d.add(d.record("payment-result", "payment.received", fields{"account": id, "payment": "p1", "amount": d.one("money", "20", "100"), "currency": currency}))
		}
	}
}

func (d *drawer) perhaps(kind string, body fields, otherwise func(*drawer) *model.Record) {
	switch {
	case d.tidy:
		d.add(d.record("account", kind, body))
	case d.sometimes("nothing"):
	case rapid.IntRange(0, 3).Draw(d.T, "as it happens") == 3:
		d.add(otherwise(d))
	default:
		d.add(d.record("account", kind, body))
	}
}

func (d *drawer) source() string { return d.one("source", "card", "card", "bill", "bill", d.focus) }

func (d *drawer) sourceDefined() *model.Record {
	id := d.one("source", "card", "bill")
	by := id
	if d.sometimes("otherwise paid") {
		by = d.one("by", "card", "bill")
	}
	f := fields{"name": id, "payment_type": "invoice"}
	if by == "card" {
		f["payment_type"], f["payment_method"] = "credit_card", d.one("method", "tok", "tak")
		d.put(f, "card_charges", "", "", "each")
	} else {
		d.put(f, "po_number", "", "PO-1")
		d.put(f, "payment_days", "", "10")
		if d.sometimes("payable") {
			f["accounts_payable"] = []string{"ap@" + id}
		}
	}
	if rapid.IntRange(0, 2).Draw(d.T, "default") == 0 {
		f["default"] = true
	}
	if rapid.IntRange(0, 3).Draw(d.T, "schedule") == 0 {
		f["schedule"] = fields{"every": d.one("every", "month", "quarter"), "amount": d.one("funded", "30", "12.345678")}
	}
	b := fields{"account": id, "kind": "funding_source", "funding": f}
	d.put(b, "currency", "", "", "", "USD", "EUR", "JPY")
	d.put(b, "low_balance", "", "10")
	if d.sometimes("contacts") {
		b["contacts"] = []string{"cfo@" + id}
	}
	if rapid.IntRange(0, 2).Draw(d.T, "recharge") == 0 {
		p := d.policy()
		delete(p, "payment_method")
		b["recharge"] = p
	}
	d.effective(b)
	return d.record("account", "account.defined", b)
}

func (d *drawer) fundingRequested() *model.Record {
	id := d.source()
	return d.record("account", "funding.requested", fields{"account": id, "amount": d.amount("amount"), "currency": d.currencyOf(id)})
}

func (d *drawer) transferRequested() *model.Record {
	from, to := d.source(), d.one("to", d.focus, d.focus, "u", "house", "bill")
	if rapid.IntRange(0, 2).Draw(d.T, "back") == 0 {
		from, to = to, from
	}
	amount := d.one("amount", "1", "20", "0.000001", "5.555555")
	if a := decimal.RequireFromString(d.h.model.Available(d.org, from)); a.IsPositive() && a.LessThan(decimal.New(1, 12)) && rapid.Bool().Draw(d.T, "all") {
		amount = a.String()
	}
	return d.record("account", "transfer.requested", fields{"from": from, "to": to, "amount": amount, "currency": d.currencyOf(from)})
}

// user is mostly one that there is.
func (d *drawer) user() string {
	if d.sometimes("anyone") {
		return d.one("user", "u", "v", "house", "nobody")
	}
	return d.focus
}

func (d *drawer) team() string { return d.one("team", "sales", "sales", "sales", "support", "nobodys") }

func (d *drawer) licencePurchased() *model.Record {
	return d.record("account", "license.purchased", fields{"team": d.team(), "amount": d.price("card"), "currency": d.one("currency", "USD", "USD", "EUR")})
}

// price is some amount, perhaps exactly what an account has, or a millionth more.
func (d *drawer) price(account string) string {
	has := decimal.RequireFromString(d.h.model.Available(d.org, account))
	if has.IsPositive() && has.LessThan(decimal.New(1, 11)) {
		switch rapid.IntRange(0, 3).Draw(d.T, "price") {
		case 0:
			return has.String()
		case 1:
			return has.Add(decimal.New(1, -6)).String()
		}
	}
	return d.one("amount", "1", "20", "0.000001", "49.99", "12.345678", "7.5", "100")
}

// invoicePaid pays one that went out, whole, in part or over; or one that never did.
func (d *drawer) invoicePaid() *model.Record {
	open := d.h.model.Open(d.org)
	if len(open) == 0 && !d.sometimes("unknown") {
		return nil
	}
	n := len(open) // one that never went out
	if n > 0 && !d.sometimes("another") {
		n = rapid.IntRange(0, n-1).Draw(d.T, "invoice")
	}
	amount, currency := d.one("amount", "0.01", "1", "20", "12.35"), d.one("currency", "USD", "USD", "EUR")
	if n < len(open) {
		_, currency = d.h.model.Balance(d.org, d.h.model.Billed(d.org, n+1))
		if open[n] != "0" && rapid.IntRange(0, 3).Draw(d.T, "whole") > 0 {
			amount = open[n]
		}
	}
	if currency == "" {
		currency = "USD"
	}
	return d.record("payment-result", "invoice.paid", fields{"invoice": strconv.Itoa(n + 1), "payment": d.one("payment", "p1", "p4"), "amount": amount, "currency": currency})
}

func (d *drawer) invoiceVoided() *model.Record {
	n := rapid.IntRange(1, len(d.h.model.Open(d.org))+1).Draw(d.T, "invoice")
	return d.record("account", "invoice.voided", fields{"invoice": strconv.Itoa(n)})
}

func (d *drawer) teamDefined() *model.Record {
	b := fields{"team": d.one("team", "sales", "sales", "support")}
	d.put(b, "funding_source", "card", "card", "bill", "bill", "", "none", "nobody")
	d.put(b, "licence_source", "card", "card", "bill", "bill", "", "none")
	if rapid.IntRange(0, 2).Draw(d.T, "budget") > 0 {
		g := fields{"amount": d.one("budget", "20", "50", "0.5", "7.654321"), "every": d.one("every", "week", "week", "month", "quarter", "year")}
		d.put(g, "mode", "", "refresh", "rollover")
		b["budget"] = g
	}
	d.effective(b)
	return d.record("account", "team.defined", b)
}

func (d *drawer) teamRemoved() *model.Record {
	return d.record("account", "team.removed", fields{"team": d.team()})
}

func (d *drawer) memberJoined() *model.Record {
	return d.record("account", "team-member.joined", fields{"team": d.team(), "account": d.user()})
}

func (d *drawer) memberLeft() *model.Record {
	return d.record("account", "team-member.left", fields{"team": d.team(), "account": d.user()})
}

func (d *drawer) campaignDefined() *model.Record {
	b := fields{"campaign": d.one("campaign", "mugs", "mugs", "cups", "cups", "hats"), "payer": "sender"}
	if rapid.IntRange(0, 3).Draw(d.T, "funded") > 0 {
		b["payer"] = "funding_source"
		d.put(b, "funding_source", "card", "card", "bill", "bill", "", "", "u", "nobody")
	}
	for _, what := range []string{"approval", "add_funds"} {
		if rapid.Bool().Draw(d.T, what) {
			b[what] = true
		}
	}
	d.effective(b)
	return d.record("account", "campaign.defined", b)
}

func (d *drawer) campaignRemoved() *model.Record {
	return d.record("account", "campaign.removed", fields{"campaign": d.one("campaign", "mugs", "cups", "hats")})
}

func (d *drawer) sendRequested() *model.Record {
	id := fmt.Sprintf("s%d", len(d.h.records))
	if known := d.h.model.Sends(d.org); len(known) > 0 && rapid.IntRange(0, 3).Draw(d.T, "known") == 0 { // it was overtaken, or is there already
		id = d.one("send", known...)
	}
	b := fields{
		"send": id, "campaign": []string{"mugs", "cups", "hats"}[d.evenly(3)], "sender": d.user(),
		"origin": d.one("origin", "manual", "triggered"), "currency": d.one("currency", "USD", "USD", "USD", "EUR"),
	}
	if rapid.Bool().Draw(d.T, "add funds") {
		b["add_funds"] = true
	}
	if d.sometimes("lines") {
		b["lines"] = []fields{{"item": "mug", "quantity": d.figure("quantity"), "unit_price": d.one("unit price", "0.0000005", "0.5", "3")}, {"item": "cup", "unit_price": "1.0000015"}}
	} else {
		b["estimated_cost"] = d.price(d.one("of", "card", "bill", d.focus))
	}
	return d.record("send", "send.requested", b)
}

// sendFollowed is about a send that there is, one that is pending or accepted more often than another, or one that is yet to come.
func (d *drawer) sendFollowed() *model.Record {
	all := d.h.model.Sends(d.org)
	switch pending, accepted := d.h.model.Going(d.org); {
	case len(pending) > 0 && rapid.Bool().Draw(d.T, "pending"):
		all = pending
	case len(accepted) > 0 && rapid.IntRange(0, 3).Draw(d.T, "accepted") > 0:
		all = accepted
	}
	if d.sometimes("to come") {
		all = append(all, fmt.Sprintf("s%d", len(d.h.records)+rapid.IntRange(1, 5).Draw(d.T, "ahead")))
	}
	if len(all) == 0 {
		return nil
	}
	b := fields{"send": d.one("send", all...)}
	switch kind := d.one("step", "send.adjusted", "send.adjusted", "send.approved", "send.approved", "send.declined", "send.cancelled"); kind {
	case "send.adjusted":
		b["final_cost"], b["currency"] = d.one("final", "0", "1", "20", "12.345679", "49.99", "70", "0.000001", "100.5"), d.one("currency", "USD", "USD", "USD", "USD", "EUR")
		return d.record("send", kind, b)
	default:
		return d.record("send", kind, b)
	}
}
