package model_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"purser/internal/model"
)

// customerGenerators draw events about customer accounts, and of the others those that may be about one, too.
var customerGenerators = []struct {
	weight, everything int
	draw               func(*drawer) *model.Record
}{
	{4, 1, (*drawer).customerDefined},
	{40, 4, (*drawer).transactionRecorded},
	{10, 1, (*drawer).transactionNamed},
	{3, 0, (*drawer).customerSettings},
	{5, 0, (*drawer).customerStatus},
	{6, 0, (*drawer).creditRequested},
	{2, 0, (*drawer).periodsDefined},
	{8, 0, (*drawer).periodAsked},
	{8, 0, (*drawer).paymentReceived},
	{4, 0, (*drawer).walletFilled},
	{10, 0, (*drawer).attemptResolved},
	{12, 0, (*drawer).tick},
	{1, 0, (*drawer).orgDefined},
	{2, 0, (*drawer).accountRemoved},
	{1, 0, (*drawer).creditsRemoved},
	{1, 0, (*drawer).paymentRefunded},
	{1, 0, (*drawer).creditsGranted},
	{1, 0, (*drawer).rechargeRequested},
	{2, 0, (*drawer).again},
	{2, 0, (*drawer).malformed},
}

func (d *drawer) customer() string {
	return d.one("customer", "cu", "cu", "cu", "cu", "cu", "cv", "u", "nobody")
}

func (d *drawer) customerDefined() *model.Record {
	id := d.one("customer", "cu", "cu", "cv")
	b := fields{"account": id, "kind": "customer_account"}
	d.put(b, "currency", "", "", "", "USD", "EUR")
	if rapid.Bool().Draw(d.T, "terms") {
		b["customer"] = fields{}
		c := b["customer"].(fields)
		d.put(c, "credit_days", "", "", "1", "14", "30", "365")
		d.put(c, "credit_limit", "", "", "100", "0", "49.99")
		d.put(c, "credit_rating", "", "", "good", "poor")
		d.put(c, "kyc_profile", "", "", "known", "verified")
		if rapid.Bool().Draw(d.T, "classified") {
			c["classifications"] = []string{d.one("class", "retail", "trade")}
		}
		d.prefers(c)
		d.particulars(c)
	}
	if rapid.IntRange(0, 2).Draw(d.T, "agreement") == 0 {
		if b["customer"] == nil {
			b["customer"] = fields{}
		}
		b["customer"].(fields)["prices"] = d.agreed()
	}
	if d.sometimes("misfit") {
		b[d.one("misfit", "low_balance", "plan")] = d.one("of it", "1", "p")
	}
	d.effective(b)
	return d.record("account", "account.defined", b)
}

func (d *drawer) transactionRecorded() *model.Record {
	id := d.customer()
	kind := d.one("kind", "invoice", "invoice", "invoice", "debit_note", "payment", "payment", "credit_note", "write_off", "opening_balance")
	b := fields{"account": id, "transaction": fmt.Sprintf("t%d", len(d.h.records)), "kind": kind, "currency": d.currencyOf(id)}
	if d.sometimes("name again") {
		b["transaction"] = fmt.Sprintf("t%d", rapid.IntRange(0, len(d.h.records)).Draw(d.T, "name"))
	}
	if kind != "write_off" || rapid.Bool().Draw(d.T, "amount of it") {
		b["amount"] = d.owed(id)
	}
	if (kind == "invoice" || kind == "debit_note" || kind == "credit_note") && rapid.IntRange(0, 3).Draw(d.T, "in lines") == 0 != d.sometimes("wrong lines") {
		b["lines"] = d.saleLines()
		if !d.sometimes("amount, too") {
			delete(b, "amount")
		}
	}
	if (kind == "opening_balance") != d.sometimes("wrong side") {
		b["side"] = d.one("side", "debit", "credit")
	}
	if rapid.Bool().Draw(d.T, "dated") {
		b["date"] = d.now.AddDate(0, 0, -rapid.SampledFrom([]int{0, 1, 2, 13, 14, 15, 29, 30, 31, 45, -1, -20}).Draw(d.T, "days ago")).Format(time.DateOnly)
	}
	if debits := d.h.model.Debits(d.org, id); rapid.IntRange(0, 2).Draw(d.T, "against") == 0 {
		d.put(b, "against", append(debits, "t0", "")...)
	}
	d.put(b, "for", "", "", "subscription", "purchase")
	if rapid.IntRange(0, 3).Draw(d.T, "draft") == 0 {
		b["draft"] = true
	}
	return d.record("account", "transaction.recorded", b)
}

// owed is an amount, perhaps exactly what a customer owes.
func (d *drawer) owed(account string) string {
	balance, _ := d.h.model.Balance(d.org, account)
	if b := decimal.RequireFromString(balance).Neg(); b.IsPositive() && b.LessThan(decimal.New(1, 12)) && d.sometimes("all") {
		return b.String()
	}
	return d.one("amount", "1", "20", "0.000001", "49.99", "100", "12.345678", "7.5", "33", "999999999999")
}

func (d *drawer) transactionNamed() *model.Record {
	id := d.customer()
	names := slices.Concat(d.h.model.Drafts(d.org, id), d.h.model.Drafts(d.org, id), d.h.model.Debits(d.org, id), []string{"t0"})
	return d.record("account", d.one("what", "transaction.posted", "transaction.posted", "transaction.discarded"), fields{"account": id, "transaction": d.one("name", names...)})
}

func (d *drawer) customerSettings() *model.Record {
	good := fields{"credit_rating": "good"}
	d.put(good, "credit_limit", "100", "1000", "")
	d.put(good, "credit_days", "14", "30", "")
	d.put(good, "shortest_days", "", "1", "14")
	d.put(good, "longest_days", "", "30", "365")
	b := fields{"credit_ratings": []fields{good, {"credit_rating": "poor", "credit_limit": "0"}}, "kyc_profiles": []fields{{"kyc_profile": "known", "maximum_limit": d.one("maximum", "50", "500")}}}
	if rapid.Bool().Draw(d.T, "verified") {
		b["kyc_profiles"] = []fields{{"kyc_profile": "known", "maximum_limit": "50"}, {"kyc_profile": "verified", "maximum_limit": "5000"}}
	}
	if rapid.Bool().Draw(d.T, "overrides") {
		o := fields{}
		for _, c := range [][2]string{{"events", "subscription"}, {"classifications", "retail"}, {"credit_ratings", "good"}, {"kyc_profiles", "known"}} {
			if rapid.Bool().Draw(d.T, "condition") {
				o[c[0]] = []string{c[1]}
			}
		}
		b["credit_limit_overrides"] = []fields{o}
	}
	if rapid.IntRange(0, 3).Draw(d.T, "payments") > 0 {
		p := fields{"gateways": []string{"stripe"}, "opt_in": d.one("opt in", "never", "never", "never", "conditional", "always")}
		p["card_brands"], p["banks"] = []string{"visa"}, []string{"first"}
		p["optional_for_"+d.one("condition", "plans", "billing_terms", "classifications")] = []string{d.one("of it", "gold", "monthly", "retail")}
		b["payments"] = p
	}
	if rapid.IntRange(0, 2).Draw(d.T, "accounts") == 0 {
		a := fields{}
		d.put(a, "names", "", "given", "number", "number", "number_and_contact")
		d.put(a, "billing_address", "", "never", "conditional", "conditional", "always")
		a["optional_for"] = []string{d.one("where", "standalone", "parent", "member", "reward_participant", "reward_participant")}
		a[d.one("and", "optional_for_plans", "optional_for_billing_terms")] = []string{d.one("of it", "gold", "monthly")}
		if d.sometimes("labels") {
			a["classifications"] = []string{"retail"}
		}
		b["accounts"] = a
	}
	d.effective(b)
	return d.record("account", "customer-settings.defined", b)
}

// particulars draws what an account says of its owner.
func (d *drawer) particulars(c fields) {
	d.put(c, "name", "", "", "", "Blue")
	d.put(c, "contact_name", "", "Ada", "Grace")
	d.put(c, "billing_address", "", "here", "there")
	if d.sometimes("rewarded") {
		c["reward_participant"] = true
	}
	var all []fields
	for range rapid.IntRange(0, 3).Draw(d.T, "recipients") {
		r := fields{"medium": d.one("medium", "post", "email", "email", "sms", "in_person", "other"), "recipient": d.one("recipient", "ada", "bob")}
		if d.sometimes("nobody") {
			r["recipient"] = ""
		}
		all = append(all, r)
	}
	if len(all) > 0 {
		c["presentment_preferences"] = all
	}
}

// prefers draws ways to pay, of which most are as they should be.
func (d *drawer) prefers(c fields) {
	if rapid.IntRange(0, 2).Draw(d.T, "one that pays") > 0 { // as it is most often
		p := fields{"preference": "one", "kind": "card", "gateway": "stripe", "payment_method": "tok", "purchases": true, "subscriptions": true}
		if rapid.Bool().Draw(d.T, "from a wallet") {
			p = fields{"preference": "one", "kind": "wallet", "wallet": d.one("wallet", "u", "v"), "purchases": true}
		}
		c["payment_preferences"] = []fields{p}
		d.put(c, "credit_limit", "", "10", "100")
		return
	}
	d.put(c, "subscription_plan", "", "gold", "free")
	d.put(c, "billing_term", "", "monthly")
	var all []fields
	for range rapid.IntRange(0, 2).Draw(d.T, "ways to pay") {
		p := fields{"preference": d.one("preference", "one", "two", "three", "four"), "kind": d.one("kind", "card", "card", "card", "wallet", "wallet", "direct_debit", "other")}
		switch p["kind"] {
		case "card":
			p["gateway"], p["payment_method"] = d.one("gateway", "stripe", "stripe", "stripe", "stripe", "braintree"), d.one("token", "tok-a", "tok-b")
			d.put(p, "brand", "", "", "visa", "amex")
		case "direct_debit":
			p["bank"] = d.one("bank", "first", "second")
		case "wallet":
			p["wallet"] = d.one("wallet", "u", "u", "u", "v", "cu", "nobody")
		}
		if p["kind"] == "card" || p["kind"] == "wallet" || d.sometimes("opt in all the same") {
			p["subscriptions"], p["purchases"] = rapid.Bool().Draw(d.T, "subscriptions"), rapid.Bool().Draw(d.T, "purchases")
		}
		if rapid.Bool().Draw(d.T, "default") {
			p["default"] = true
		}
		if d.sometimes("of another kind") {
			p[d.one("field", "bank", "wallet", "brand")] = "first"
		}
		all = append(all, p)
	}
	if len(all) > 0 {
		c["payment_preferences"] = all
	}
}

func (d *drawer) customerStatus() *model.Record {
	b := fields{"account": d.customer(), "status": d.one("status", "active", "active", "active", "suspended", "suspended", "written_off", "written_off", "terminated")}
	if (b["status"] == "written_off") != d.sometimes("wrong reference") {
		b["transaction"] = fmt.Sprintf("w%d", len(d.h.records))
	}
	return d.record("account", "customer-status.requested", b)
}

func (d *drawer) creditRequested() *model.Record {
	id := d.customer()
	return d.record("account", "credit.requested", fields{"account": id, "for": d.one("for", "subscription", "usage"), "amount": d.owed(id), "currency": d.currencyOf(id)})
}

// walletFilled is money for a wallet that customers may pay from.
func (d *drawer) walletFilled() *model.Record {
	id := d.one("wallet", "u", "v")
	return d.record("payment-result", "payment.received", fields{"account": id, "payment": fmt.Sprintf("p%d", len(d.h.records)), "amount": d.one("amount", "20", "100", "12.345678", "0.000001"), "currency": d.currencyOf(id)})
}

func (d *drawer) periodsDefined() *model.Record {
	b := fields{"length": d.one("length", "monthly", "monthly", "monthly", "monthly", "yearly", "weekly")}
	d.put(b, "year_begins", "", "", "01-31", "02-28", d.now.Format("01-02"), d.now.AddDate(0, 0, 1).Format("01-02"), "02-29")
	if rapid.Bool().Draw(d.T, "from") {
		b["from"] = d.now.AddDate(0, -rapid.IntRange(-1, 2).Draw(d.T, "months"), 0).Format(time.DateOnly)
	}
	return d.record("account", "accounting-periods.defined", b)
}

func (d *drawer) periodAsked() *model.Record {
	b, kind := fields{}, d.one("what", "period.close_requested", "period.close_requested", "period.close_requested", "period.drafts_posted", "period.corrected")
	if over := d.h.model.PeriodOver(d.org); over.After(d.now) && rapid.Bool().Draw(d.T, "at its end") {
		d.now = over.Add(rapid.SampledFrom([]time.Duration{-time.Second, 0, 0, time.Hour}).Draw(d.T, "about"))
	}
	if start := d.h.model.Period(d.org); rapid.IntRange(0, 3).Draw(d.T, "named") == 0 {
		d.put(b, "period", append([]string{d.now.Format(time.DateOnly), "2020-01-01"}, start...)...)
	}
	if rapid.IntRange(0, 2).Draw(d.T, "scheduled") == 0 {
		b["at"] = d.now.Add(time.Duration(rapid.IntRange(-1, 60).Draw(d.T, "hours")) * 12 * time.Hour).Format(time.RFC3339)
	}
	return d.record("account", kind, b)
}
