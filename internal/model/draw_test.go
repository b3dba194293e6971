package model_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"purser/internal/model"
)

// A history is drawn event by event, with the model beside it, so that what is drawn means something: results of attempts that have
// gone out, reversals of usage that there was, debits that leave a balance exactly at its threshold.
//
// Another kind of event is one more line in generators.

// history is what happens to a partition, and what the model says of it.
type history struct {
	records []*model.Record
	facts   [][]*model.Fact // by record
	model   *model.Model
	decided *run // by the core
}

// fields are an event's body.
type fields map[string]any

// drawer draws the next event of a history.
type drawer struct {
	*rapid.T
	h     *history
	now   time.Time
	org   string
	zones map[string]string
	focus string                        // the account that most events are about
	draws []func(*drawer) *model.Record // generators, as often as they weigh

	tidy    bool // what sends need is there
	awaited int  // number in the id of the usage that reversals wait for; 0: none yet
}

// generators of one event each; more often is more weight. Some histories are of prepaid wallets alone (R3, R4), some of sources, teams and
// sends (R5, R6), some of sends above all, and some of everything: so what belongs together meets often enough.
var generators = []struct {
	prepaid, sales, sends int
	draw                  func(*drawer) *model.Record
}{
	{1, 1, 0, (*drawer).orgDefined},
	{2, 0, 0, (*drawer).planDefined},
	{1, 0, 0, (*drawer).planRemoved},
	{4, 1, 0, (*drawer).accountDefined},
	{2, 2, 1, (*drawer).accountRemoved},
	{1, 1, 1, (*drawer).rateDefined},
	{4, 4, 6, (*drawer).paymentReceived},
	{4, 1, 2, (*drawer).creditsGranted},
	{3, 1, 0, (*drawer).creditsRemoved},
	{4, 2, 0, (*drawer).paymentRefunded},
	{12, 2, 2, (*drawer).usageRecorded},
	{6, 0, 0, (*drawer).usageReversed},
	{2, 1, 0, (*drawer).rechargeRequested},
	{8, 12, 16, (*drawer).attemptResolved},
	{12, 14, 14, (*drawer).tick},
	{1, 1, 1, (*drawer).declines},
	{4, 3, 2, (*drawer).again},
	{2, 1, 0, (*drawer).malformed},
	{0, 4, 1, (*drawer).sourceDefined},
	{0, 2, 0, (*drawer).fundingRequested},
	{0, 4, 2, (*drawer).transferRequested},
	{0, 4, 5, (*drawer).licencePurchased},
	{0, 5, 5, (*drawer).invoicePaid},
	{0, 2, 1, (*drawer).invoiceVoided},
	{0, 3, 0, (*drawer).teamDefined},
	{0, 1, 1, (*drawer).teamRemoved},
	{0, 5, 1, (*drawer).memberJoined},
	{0, 2, 1, (*drawer).memberLeft},
	{0, 2, 1, (*drawer).campaignDefined},
	{0, 1, 1, (*drawer).campaignRemoved},
	{0, 10, 20, (*drawer).sendRequested},
	{0, 10, 26, (*drawer).sendFollowed},
}

func drawHistory(t *rapid.T) *history {
	d := &drawer{T: t, h: &history{model: model.New()}, now: time.Date(2026, 1, 20, 10, 0, 0, 0, time.UTC), zones: map[string]string{}}
	for _, org := range []string{"acme", "zenith"} {
		d.zones[org] = d.one("zone", "UTC", "Asia/Kathmandu", "America/St_Johns", "Africa/Cairo", "America/Havana")
	}
	d.focus = d.one("focus", "u", "v")
	about := d.one("about", "everything", "prepaid", "sales", "sends", "customers", "orders", "parts")
	d.begin(about != "prepaid" && about != "customers" && (about != "orders" || rapid.Bool().Draw(t, "sources")))
	if about == "customers" {
		for _, d.org = range []string{"acme", "zenith"} {
			d.add(d.customerSettings())
			d.add(d.customerDefined())
			if rapid.Bool().Draw(t, "old") {
				d.add(d.transactionRecorded())
			}
			if rapid.Bool().Draw(t, "periods") {
				d.add(d.periodsDefined())
			}
		}
	}
	for _, g := range generators {
		for range map[string]int{"everything": g.prepaid + g.sales, "prepaid": g.prepaid, "sales": g.sales, "sends": g.sends}[about] {
			d.draws = append(d.draws, g.draw)
		}
	}
	for _, g := range orderGenerators {
		for range map[string]int{"everything": g.everything, "orders": g.weight}[about] {
			d.draws = append(d.draws, g.draw)
		}
	}
	for _, g := range customerGenerators {
		for range map[string]int{"everything": g.everything, "customers": g.weight}[about] {
			d.draws = append(d.draws, g.draw)
		}
	}
	if about == "customers" {
		d.focus = "cu"
	}
	if about == "everything" || about == "orders" {
		d.beginOrders()
	}
	if about == "parts" {
		d.beginParts()
		for _, g := range partGenerators {
			for range g.weight {
				d.draws = append(d.draws, g.draw)
			}
		}
	}
	orgs := []string{"acme", "acme", "zenith"}
	if about == "sends" || about == "parts" {
		orgs = []string{"acme", "acme", "acme", "acme", "acme", "acme", "zenith"}
	}
	for range rapid.IntRange(1, 80).Draw(t, "events") {
		d.pause()
		d.org = d.one("org", orgs...)
		d.add(d.draws[d.evenly(len(d.draws))](d))
	}
	d.now = d.now.Add(time.Hour)
	d.add(d.tickAt(d.now))
	return d.h
}

// begin defines most of what a history needs; what is left out is what some events find missing.
func (d *drawer) begin(sales bool) {
	for _, d.org = range []string{"acme", "zenith"} {
		if d.sometimes("no org") {
			continue
		}
		d.add(d.orgDefined())
		if sales {
			d.beginSales()
		}
		for _, draw := range []func(*drawer) *model.Record{(*drawer).planDefined, (*drawer).accountDefined, (*drawer).accountDefined, (*drawer).paymentReceived, (*drawer).creditsGranted} {
			d.add(draw(d))
		}
		if rapid.Bool().Draw(d.T, "rates") {
			for _, pair := range [][2]string{{"USD", "EUR"}, {"EUR", "USD"}, {"USD", "JPY"}} {
				d.add(d.record("account", "fx-rate.defined", fields{"from": pair[0], "to": pair[1], "rate": d.rate()}))
			}
		}
	}
}

// pause moves the broker's clock on: by nothing, by hours, by weeks of which no tick told.
func (d *drawer) pause() {
	d.now = d.now.Add(rapid.SampledFrom([]time.Duration{
		0, 0, 0, time.Second, time.Minute, time.Minute, time.Hour, time.Hour, 6 * time.Hour, 6 * time.Hour, 6 * time.Hour, 24 * time.Hour, 24*time.Hour - time.Second, 40 * time.Hour,
		8 * 24 * time.Hour, rapid.SampledFrom([]time.Duration{0, 33 * 24 * time.Hour, 100 * 24 * time.Hour}).Draw(d.T, "long"),
	}).Draw(d.T, "pause"))
}

func (d *drawer) add(r *model.Record) {
	if r == nil {
		return
	}
	d.h.records = append(d.h.records, r)
	d.h.facts = append(d.h.facts, d.h.model.Apply(r))
}

// record makes the record of an event of the org in hand.
func (d *drawer) record(topic, kind string, body fields) *model.Record {
	return d.recordAs(fmt.Sprintf("e%d", len(d.h.records)), topic, kind, body)
}

func (d *drawer) recordAs(id, topic, kind string, body fields) *model.Record {
	value, err := json.Marshal(body)
	if err != nil {
		d.Fatalf("%v", err)
	}
	r := &model.Record{Topic: topic, Org: d.org, Source: "upstream", ID: id, Type: kind, Recorded: d.now, Body: value}
	if d.sometimes("late") {
		r.At = d.moment("at").Format(time.RFC3339Nano)
	}
	return r
}

// evenly draws one of n. What rapid draws is small more often than not, so that of a long list the end would hardly be met.
func (d *drawer) evenly(n int) (i int) {
	for range 9 {
		i *= 2
		if rapid.Bool().Draw(d.T, "bit") {
			i++
		}
	}
	return i % n
}

func (d *drawer) one(what string, of ...string) string { return rapid.SampledFrom(of).Draw(d.T, what) }

// sometimes is true one time in eight.
func (d *drawer) sometimes(what string) bool { return rapid.IntRange(0, 7).Draw(d.T, what) == 7 }

// moment is some time before now, or soon.
func (d *drawer) moment(what string) time.Time {
	return d.now.Add(-rapid.SampledFrom([]time.Duration{0, time.Second, time.Hour, 24 * time.Hour, 3 * 24 * time.Hour, 31 * 24 * time.Hour, 70 * 24 * time.Hour, 130 * 24 * time.Hour, -time.Hour, -48 * time.Hour}).Draw(d.T, what))
}

// put gives a field one of the values, where that is not "".
func (d *drawer) put(b fields, name string, of ...string) {
	if v := d.one(name, of...); v != "" {
		b[name] = v
	}
}

func (d *drawer) account() string {
	return d.one("account", d.focus, d.focus, d.focus, d.focus, "u", "v", "house", "nobody", "card", "bill")
}

func (d *drawer) currencyOf(account string) string {
	_, own := d.h.model.Balance(d.org, account)
	if own == "" || d.sometimes("other currency") && d.sometimes("indeed") {
		own = d.one("currency", "USD", "EUR", "JPY")
	}
	return own
}

func (d *drawer) amount(what string) string {
	return d.one(what, "1", "20", "0.000001", "49.99", "100", "12.345678", "7.5", "999999999999")
}

func (d *drawer) figure(what string) string {
	return d.one(what, "1", "0", "0.0079", "3", "0.0000005", "0.0000015", "12.345678901", "100", "1.25", "999999999999.999999999")
}

func (d *drawer) factors(b fields, name string, of ...string) {
	channel := d.one(name, append(of, "")...)
	if channel != "" {
		b[name] = fields{channel: d.one("factor", "5", "1.25", "0", "0.333333333", "2")}
	}
}

func (d *drawer) effective(b fields) {
	if rapid.IntRange(0, 3).Draw(d.T, "effective") == 3 {
		b["effective_from"] = d.moment("effective from").Format(time.RFC3339)
	}
}

func (d *drawer) orgDefined() *model.Record {
	b := fields{"time_zone": d.zones[d.org]}
	d.put(b, "currency", "USD", "USD", "EUR", "")
	d.put(b, "country", "", "FR", "US")
	if rapid.IntRange(0, 3).Draw(d.T, "split") > 0 {
		b["split_billing"] = true
	}
	d.put(b, "usage_reversible_hours", "72", "24", "")
	d.factors(b, "multipliers", "message", "fax")
	d.effective(b)
	return d.record("account", "org.defined", b)
}

func (d *drawer) planDefined() *model.Record {
	b := fields{"plan": d.one("plan", "p", "p", "q")}
	d.factors(b, "multipliers", "message", "email")
	if rapid.Bool().Draw(d.T, "card") {
		b["rate_cards"] = fields{d.one("channel", "message", "email"): d.card()}
	}
	d.credits(b)
	d.effective(b)
	return d.record("account", "plan.defined", b)
}

func (d *drawer) card() fields {
	c := fields{"currency": d.one("currency", "USD", "USD", "EUR")}
	d.put(c, "minimum", "", "0.5")
	if rapid.Bool().Draw(d.T, "flat") {
		c["unit_price"] = d.figure("unit price")
		return c
	}
	d.put(c, "mode", "", "graduated", "whole_volume")
	c["tiers"] = []fields{{"up_to": "3", "unit_price": d.figure("unit price")}, {"up_to": "100", "unit_price": "0.5"}, {"unit_price": d.figure("last price")}}
	return c
}

func (d *drawer) credits(b fields) {
	if rapid.IntRange(0, 2).Draw(d.T, "credits") > 0 {
		return
	}
	c := fields{"amount": d.one("credits", "5", "30", "0")}
	d.put(c, "expire_after_months", "1", "", "2")
	b["monthly_credits"] = c
}

func (d *drawer) planRemoved() *model.Record {
	return d.record("account", "plan.removed", fields{"plan": d.one("plan", "p", "q", "r")})
}

func (d *drawer) accountDefined() *model.Record {
	id := d.one("account", d.focus, d.focus, "u", "v", "house")
	b := fields{"account": id, "kind": "wallet"}
	if id == "house" || d.sometimes("agency") {
		b["kind"] = "agency_wallet"
	}
	d.put(b, "currency", "", "", "", "USD", "EUR", "JPY")
	d.put(b, "country", "", "", "", "FR", "JP")
	d.put(b, "low_balance", "", "10", "50")
	if d.sometimes("contacts") {
		b["contacts"] = []string{"ann@" + id, "bob"}
	}
	if b["kind"] == "wallet" {
		d.put(b, "plan", "p", "p", "", "q")
		d.factors(b, "multipliers", "", "", "message")
		d.credits(b)
	}
	if rapid.Bool().Draw(d.T, "recharge") {
		b["recharge"] = d.policy()
	}
	d.effective(b)
	return d.record("account", "account.defined", b)
}

func (d *drawer) policy() fields {
	p := fields{"when_balance_lower_than": d.one("below", "10", "50", "0", "20"), "amount": d.one("recharged", "12.345678", "100", "1"), "payment_method": d.one("method", "tok", "tak")}
	d.put(p, "attempts", "", "1", "2", "3")
	d.put(p, "retry_seconds", "", "3600", "21600", "1")
	return p
}

func (d *drawer) accountRemoved() *model.Record {
	return d.record("account", "account.removed", fields{"account": d.account()})
}

func (d *drawer) rateDefined() *model.Record {
	b := fields{"from": d.one("from", "USD", "USD", "EUR", "JPY"), "to": d.one("to", "EUR", "EUR", "USD", "JPY"), "rate": d.rate()}
	d.effective(b)
	return d.record("account", "fx-rate.defined", b)
}

func (d *drawer) rate() string { return d.one("rate", "0.917531", "2", "1.3333", "150") }

func (d *drawer) paymentReceived() *model.Record {
	id := d.account()
	return d.record("payment-result", "payment.received", fields{"account": id, "payment": d.one("payment", "p1", "p2", "p3"), "amount": d.amount("amount"), "currency": d.currencyOf(id)})
}

func (d *drawer) creditsGranted() *model.Record {
	id := d.account()
	b := fields{"account": id, "amount": d.amount("amount"), "currency": d.currencyOf(id)}
	if rapid.Bool().Draw(d.T, "expires") {
		b["expires_at"] = d.now.Add(rapid.SampledFrom([]time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour, 3 * 24 * time.Hour, 0, -time.Hour}).Draw(d.T, "in")).Format(time.RFC3339)
	}
	return d.record("account", "credits.granted", b)
}

func (d *drawer) creditsRemoved() *model.Record {
	id := d.account()
	b := fields{"account": id, "amount": d.some(id), "currency": d.currencyOf(id), "bucket": d.one("bucket", "purchased", "complimentary")}
	d.put(b, "removal", "", "r1", "r1", "r2")
	return d.record("account", "credits.removed", b)
}

// some is an amount, perhaps exactly what an account has.
func (d *drawer) some(account string) string {
	balance, _ := d.h.model.Balance(d.org, account)
	if b := decimal.RequireFromString(balance); b.IsPositive() && b.LessThan(decimal.New(1, 12)) && rapid.Bool().Draw(d.T, "all") {
		return balance
	}
	return d.amount("amount")
}

func (d *drawer) paymentRefunded() *model.Record {
	id := d.account()
	payments := append([]string{"p1", "p1", "p2", "p3"}, d.h.model.Attempts(d.org)...)
	b := fields{"account": id, "payment": d.one("payment", payments...), "amount": d.one("amount", "1", "0.5", "20", "100"), "currency": d.currencyOf(id)}
	d.put(b, "removal", "", "r1", "r1", "r2")
	return d.record("payment-result", "payment.refunded", b)
}

func (d *drawer) usageRecorded() *model.Record {
	id := d.account()
	b := fields{"account": id, "channel": d.one("channel", "message", "message", "email", "fax", "smoke"), "currency": d.one("currency", "USD", "USD", "EUR")}
	d.put(b, "quantity", "", "1", "2", "3", "7.5", "100", "0", "999999999999")
	switch balance, _ := d.h.model.Balance(d.org, id); rapid.IntRange(0, 3).Draw(d.T, "costs") {
	case 0: // down to a threshold, exactly
		left := decimal.RequireFromString(balance).Sub(decimal.RequireFromString(d.one("left", "10", "50", "0", "20")))
		if left.IsNegative() || !left.LessThan(decimal.New(1, 12)) {
			left = decimal.Zero
		}
		b["cost"] = left.String()
	case 1:
		b["cost"] = d.figure("cost")
	default:
		b["unit_cost"] = d.figure("unit cost")
	}
	if rapid.Bool().Draw(d.T, "awaited") && d.awaited > 0 { // a reversal has overtaken it
		d.awaited++
		return d.recordAs(fmt.Sprintf("w%d", d.awaited-1), "usage", "usage.recorded", b)
	}
	return d.record("usage", "usage.recorded", b)
}

// usageReversed undoes or corrects usage that there was, or that is yet to come.
func (d *drawer) usageReversed() *model.Record {
	all := d.h.model.Usage(d.org)
	if len(all) == 0 || rapid.IntRange(0, 3).Draw(d.T, "to come") == 3 {
		d.awaited = max(d.awaited, 1)
		all = []string{fmt.Sprintf("w%d", d.awaited)}
	}
	b := fields{"usage": d.one("usage", all...)}
	if rapid.IntRange(0, 2).Draw(d.T, "void") == 2 {
		return d.record("usage", "usage.voided", b)
	}
	switch rapid.IntRange(0, 3).Draw(d.T, "what") {
	case 0:
		b["cost"] = d.figure("cost")
		d.put(b, "currency", "", "USD")
	case 1:
		b["unit_cost"] = d.figure("unit cost")
	default:
		b["quantity"] = d.one("quantity", "0", "1", "2", "50", "101", "3.5")
	}
	return d.record("usage", "usage.corrected", b)
}

func (d *drawer) rechargeRequested() *model.Record {
	id := d.account()
	b := fields{"account": id, "amount": d.amount("amount"), "currency": d.currencyOf(id)}
	d.put(b, "payment_method", "", "tok", "tik")
	return d.record("account", "recharge.requested", b)
}

// attemptResolved answers an attempt, one of the last ones more often than others, or one that never was.
func (d *drawer) attemptResolved() *model.Record {
	all := d.h.model.Attempts(d.org)
	if open := d.h.model.Unresolved(d.org); len(open) > 0 && rapid.IntRange(0, 3).Draw(d.T, "any") > 0 {
		all = open
	}
	if len(all) == 0 && !d.sometimes("unknown") {
		return nil
	}
	b := fields{"attempt": d.one("attempt", append(all, "u/9/1")...), "result": d.one("result", "failed", "failed", "succeeded")}
	d.put(b, "reason", "", "declined")
	d.put(b, "payment", "", "", "p1", "p3")
	return d.record("payment-result", "recharge-attempt.resolved", b)
}

// declines is a card that fails for days: each attempt of one recharge, as it goes out again, a week and a day long (R4.3, R4.4).
func (d *drawer) declines() *model.Record {
	open := d.h.model.Unresolved(d.org)
	if len(open) == 0 {
		return nil
	}
	id := d.one("declined", open...)
	at := strings.LastIndexByte(id, '/')
	number, err := strconv.Atoi(id[at+1:])
	if err != nil {
		d.Fatalf("an attempt is called %s", id)
	}
	for n := number; n < number+8; n++ {
		d.add(d.record("payment-result", "recharge-attempt.resolved", fields{"attempt": fmt.Sprintf("%s/%d", id[:at], n), "result": "failed"}))
		d.now = d.now.Add(24*time.Hour + time.Second)
		d.add(d.tickAt(d.now))
	}
	return nil
}

// tick is now, or of a while ago, or from a clock that is ahead: by a little, or by too much.
func (d *drawer) tick() *model.Record {
	return d.tickAt(d.now.Add(rapid.SampledFrom([]time.Duration{0, 0, 0, 0, 0, -time.Minute, -40 * time.Hour, 4 * time.Minute, 6 * time.Minute}).Draw(d.T, "ahead")))
}

func (d *drawer) tickAt(at time.Time) *model.Record {
	return &model.Record{Topic: "refill-tick", Org: "0", Source: "purser/tick", ID: fmt.Sprintf("t%d", len(d.h.records)), Type: "tick", Recorded: d.now, Body: []byte(`{"time":"` + at.Format(time.RFC3339Nano) + `"}`)}
}

// again delivers an event of before once more: as it was, or contradicting it. What may still wait, because no tick has told of the time
// since, or for a result, is not delivered again after the window: the identity would be that of two events which wait side by side.
func (d *drawer) again() *model.Record {
	if len(d.h.records) == 0 {
		return nil
	}
	was := *rapid.SampledFrom(d.h.records).Draw(d.T, "again")
	if (was.Topic == "usage" || was.Topic == "send" || asks[was.Type]) && d.now.Sub(was.Recorded) > 7*24*time.Hour {
		return nil
	}
	was.Recorded = d.now
	if d.sometimes("otherwise") {
		was.At = d.now.Add(-time.Minute).Format(time.RFC3339)
	}
	return &was
}

var asks = map[string]bool{"recharge.requested": true, "funding.requested": true, "license.purchased": true, "order.placed": true, "spend.quoted": true}

// malformed is an event in which one field is not what a rule wants.
func (d *drawer) malformed() *model.Record {
	r := rapid.SampledFrom([]func(*drawer) *model.Record{
		(*drawer).rateDefined, (*drawer).paymentReceived, (*drawer).creditsGranted, (*drawer).creditsRemoved, (*drawer).paymentRefunded, (*drawer).usageRecorded, (*drawer).rechargeRequested,
		(*drawer).fundingRequested, (*drawer).transferRequested, (*drawer).licencePurchased, (*drawer).sendRequested, (*drawer).orderPlaced,
	}).Draw(d.T, "of kind")(d)
	b := fields{}
	if err := json.Unmarshal(r.Body, &b); err != nil {
		d.Fatalf("%v", err)
	}
	b = maps.Clone(b)
	switch field := d.one("field", "amount", "currency", "account", "cost", "rate"); field {
	case "currency", "account":
		delete(b, field)
	default:
		b[field] = d.one("figure", "-1", "1e3", "1000000000000", "0.1234567891", "NaN", "", "1.")
	}
	r.Body, _ = json.Marshal(b)
	return r
}
