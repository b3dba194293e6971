package model_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"purser/internal/model"
	"purser/internal/scenario"
	"purser/processors/core"
)

// orderGenerators draw events about spending accounts, and of the others those that other payers need.
var orderGenerators = []struct {
	weight, everything int
	draw               func(*drawer) *model.Record
}{
	{6, 1, (*drawer).spendingDefined},
	{4, 1, (*drawer).spendingSwitched},
	{2, 1, (*drawer).spendingCopied},
	{2, 1, (*drawer).spendingRemoved},
	{4, 1, (*drawer).shopperDefined},
	{1, 0, (*drawer).shopperRemoved},
	{45, 6, (*drawer).orderPlaced},
	{14, 2, (*drawer).orderCancelled},
	{8, 1, (*drawer).spendQuoted},
	{3, 0, (*drawer).paymentReceived},
	{8, 0, (*drawer).tick},
	{2, 0, (*drawer).orgDefined},
	{1, 0, (*drawer).accountRemoved},
	{1, 0, (*drawer).creditsGranted},
	{1, 0, (*drawer).rateDefined},
	{2, 0, (*drawer).again},
	{1, 0, (*drawer).malformed},
}

// beginOrders defines what orders need: mostly all of it, else as it happens to be drawn.
func (d *drawer) beginOrders() {
	for _, d.org = range []string{"acme", "zenith"} {
		tidy := d.evenly(8) > 1
		if tidy {
			b := fields{"time_zone": d.zones[d.org], "currency": "USD", "effective_from": "2025-01-01T00:00:00Z"}
			if d.evenly(4) > 0 {
				b["split_billing"] = true
			}
			d.add(d.onTime(d.record("account", "org.defined", b)))
			d.add(d.onTime(d.record("account", "account.defined", fields{"account": d.focus, "kind": "wallet"})))
		}
		for _, id := range []string{"gifts", "swag"} {
			r := d.spendingDefined()
			if tidy {
				r = d.started(r, id)
			}
			d.add(d.onTime(r))
			if tidy {
				d.add(d.onTime(d.record("account", "spending-account.switched", fields{"spending_account": id, "on": true, "effective_from": "2025-01-02T00:00:00Z"})))
			}
		}
		d.add(d.onTime(d.record("account", "user.defined", fields{"user": "ann", "groups": []string{"sales"}, "catalogs": []string{"x"}, "effective_from": "2025-01-01T00:00:00Z"})))
		if _, currency := d.h.model.Balance(d.org, d.focus); currency != "" {
			d.add(d.record("payment-result", "payment.received", fields{"account": d.focus, "payment": "p9", "amount": d.one("money", "1000", "20"), "currency": currency}))
		}
	}
}

// onTime is a record that says of no other time.
func (d *drawer) onTime(r *model.Record) *model.Record {
	r.At = ""
	return r
}

// started is a definition in the org's currency, for whoever is told of, that counts from long ago.
func (d *drawer) started(r *model.Record, id string) *model.Record {
	b := fields{}
	if err := json.Unmarshal(r.Body, &b); err != nil {
		d.Fatalf("%v", err)
	}
	delete(b, "currency")
	delete(b, "end")
	b["spending_account"], b["budget"], b["start"], b["effective_from"] = id, d.one("budget", "200", "1000", "60"), "2025-01-01", "2025-01-01T00:00:00Z"
	b["eligible_for"] = fields{[]string{"users", "groups"}[d.evenly(2)]: []string{"ann", "bob", "sales"}}
	r.Body, _ = json.Marshal(b)
	return r
}

func (d *drawer) spends() string {
	return []string{"gifts", "gifts", "swag", "gifts", "swag", "more", "gifts", "swag", "gifts", "swag", "gifts", "gifts", "swag", "gifts", "swag", "none"}[d.evenly(16)]
}

func (d *drawer) shopper() string {
	return []string{"ann", "ann", "ann", "bob", "ann", "ann", "bob", "eve"}[d.evenly(8)]
}

func (d *drawer) spendingDefined() *model.Record {
	b := fields{"spending_account": d.one("spending account", "gifts", "gifts", "swag"), "type": d.one("type", "standard", "shared"), "start": d.one("start", "2025-06-01", "2026-01-01", "2026-01-21")}
	d.put(b, "end", "", "", "", "2026-01-22", "2026-03-31")
	d.put(b, "budget", "200", "200", "50", "", "0.000003")
	d.put(b, "currency", "", "", "", "", "EUR")
	d.put(b, "name", "", "Gifts")
	d.put(b, "tooltip", "", "ask")
	d.put(b, "cost_centre", "", "CC-1")
	eligible := []string{"a", "a", "a", "b", "c", "", "a", "b"}[d.evenly(8)]
	for name, of := range map[string]fields{"a": {"users": []string{"ann", "bob"}}, "b": {"groups": []string{"sales"}}, "c": {"catalogs": []string{"x"}, "users": []string{"ann"}}} {
		if eligible == name {
			b["eligible_for"] = of
		}
	}
	for _, name := range []string{"items", "catalogs"} {
		names := map[string][]string{"items": {"mug", "pen"}, "catalogs": {"x", "y"}}[name]
		if rapid.IntRange(0, 2).Draw(d.T, name) == 0 {
			l := fields{"mode": d.one("mode", "include", "exclude")}
			if !d.sometimes("empty") {
				l["names"] = names[:rapid.IntRange(1, 2).Draw(d.T, "names")]
			}
			b[name] = l
		}
	}
	var limits []fields
	for range d.evenly(5) {
		limits = append(limits, d.limit())
	}
	if len(limits) > 0 {
		b["limits"] = limits
	}
	if !d.sometimes("from now") {
		b["effective_from"] = d.now.Add(-rapid.SampledFrom([]time.Duration{0, 0, 60 * 24 * time.Hour, 400 * 24 * time.Hour}).Draw(d.T, "since")).Format(time.RFC3339)
	}
	return d.record("account", "spending-account.defined", b)
}

func (d *drawer) limit() fields {
	l := fields{"per": []string{"item", "order", "week", "month", "year", "days", "days"}[d.evenly(7)]}
	switch {
	case (l["per"] == "item" || l["per"] == "order") && rapid.Bool().Draw(d.T, "percent"):
		l["percent"] = d.one("percent", "50", "12.5", "0.333333333")
		return l
	case l["per"] == "days":
		l["days"] = rapid.SampledFrom([]int{1, 2, 7, 30, 365}).Draw(d.T, "days")
	}
	l["amount"] = d.one("limit", "30", "25", "60", "100", "0", "7.5")
	return l
}

func (d *drawer) spendingSwitched() *model.Record {
	b := fields{"spending_account": d.spends(), "on": !d.sometimes("off") || rapid.Bool().Draw(d.T, "indeed")}
	if rapid.Bool().Draw(d.T, "since") {
		b["effective_from"] = d.moment("effective from").Format(time.RFC3339)
	}
	return d.record("account", "spending-account.switched", b)
}

func (d *drawer) spendingCopied() *model.Record {
	b := fields{"spending_account": d.spends(), "as": d.one("as", "swag", "more", "more")}
	d.put(b, "name", "", "Swag")
	return d.record("account", "spending-account.copied", b)
}

func (d *drawer) spendingRemoved() *model.Record {
	return d.record("account", "spending-account.removed", fields{"spending_account": d.one("spending account", "gifts", "swag", "more")})
}

func (d *drawer) shopperDefined() *model.Record {
	b := fields{"user": d.shopper()}
	if rapid.Bool().Draw(d.T, "in a group") {
		b["groups"] = []string{"sales"}
	}
	if rapid.Bool().Draw(d.T, "sees") {
		b["catalogs"] = []string{"x"}
	}
	d.effective(b)
	return d.record("account", "user.defined", b)
}

func (d *drawer) shopperRemoved() *model.Record {
	return d.record("account", "user.removed", fields{"user": d.shopper()})
}

// wanted is what an order is of.
func (d *drawer) wanted() fields {
	var lines []fields
	for range rapid.IntRange(1, 4).Draw(d.T, "lines") {
		l := fields{"item": d.one("item", "mug", "pen", "cap"), "unit_price": d.one("price", "10", "30", "9.99", "0.0000005", "0", "1.333333333", "50")}
		if catalog := d.one("catalog", "", "x", "y", "z"); catalog != "" {
			l["catalogs"] = []string{catalog}
		}
		d.put(l, "quantity", "", "1", "2", "0.5")
		lines = append(lines, l)
	}
	b := fields{"user": d.shopper(), "lines": lines, "currency": []string{"USD", "EUR"}[d.evenly(16)/15]}
	if d.sometimes("dear") && d.sometimes("indeed") {
		lines[0]["unit_price"] = "999999999"
	}
	if payer := []string{d.focus, d.focus, d.focus, d.focus, d.focus, "card", "", "cu", "nobody", d.focus, "", d.focus, d.focus, d.focus, d.focus, "card"}[d.evenly(16)]; payer != "" {
		b["other_payer"] = payer
	}
	return b
}

func (d *drawer) orderPlaced() *model.Record {
	b := d.wanted()
	b["order"], b["spending_account"] = fmt.Sprintf("o%d", len(d.h.records)), d.spends()
	if d.sometimes("name again") {
		b["order"] = fmt.Sprintf("o%d", rapid.IntRange(0, len(d.h.records)).Draw(d.T, "name"))
	}
	return d.record("send", "order.placed", b)
}

func (d *drawer) orderCancelled() *model.Record {
	all := d.h.model.Orders(d.org)
	if len(all) == 0 && !d.sometimes("unknown") {
		return nil
	}
	return d.record("send", "order.cancelled", fields{"order": d.one("order", append(all, "o0")...)})
}

// spendQuoted asks what would be paid, and mostly orders just that then.
func (d *drawer) spendQuoted() *model.Record {
	b := d.wanted()
	d.put(b, "after", "", "", "", "", "", "gifts")
	r := d.record("send", "spend.quoted", b)
	if d.sometimes("no more") {
		return r
	}
	d.add(r)
	delete(b, "after")
	b["order"], b["spending_account"] = fmt.Sprintf("o%d", len(d.h.records)), d.spends()
	placed := d.record("send", "order.placed", b)
	placed.At = r.At
	return placed
}

// asQuoted: an order that comes right after a quote for just that is decided as quoted (R7.8), and quotes post nothing.
func asQuoted(t *rapid.T, h *history) {
	for i, all := range h.decided.decided {
		if h.records[i].Type != "spend.quoted" || len(all) != 1 || all[0].Outcome == nil {
			continue
		}
		if len(all[0].Postings)+len(all[0].Balances) > 0 {
			t.Fatalf("%s\na quote posts: %+v", told(h.records[:i+1]), all[0])
		}
		if i+1 == len(h.records) || h.records[i+1].Type != "order.placed" || !sameWish(t, h.records[i], h.records[i+1]) {
			continue
		}
		var asked struct {
			Spending string `json:"spending_account"`
		}
		_ = json.Unmarshal(h.records[i+1].Body, &asked)
		next := h.decided.decided[i+1][0]
		for _, q := range all[0].Outcome.Quoted {
			if q.Spending == asked.Spending && (next.Reason != q.Reason || next.Result == "applied" && next.Outcome.Amount != q.Amount) {
				t.Fatalf("%s\nquoted as %+v, and decided as %+v, %+v", told(h.records[:i+2]), q, next, next.Outcome)
			}
		}
	}
}

// sameWish says whether an order asks for what a quote was for, at the same time and in the same hand.
func sameWish(t *rapid.T, quote, order *model.Record) bool {
	same := quote.Org == order.Org && quote.At == order.At && quote.Recorded.Equal(order.Recorded)
	bodies := make([]fields, 2)
	for i, r := range []*model.Record{quote, order} {
		if err := json.Unmarshal(r.Body, &bodies[i]); err != nil {
			t.Fatalf("%v", err)
		}
		for _, name := range []string{"order", "spending_account", "after"} {
			delete(bodies[i], name)
		}
	}
	return same && fmt.Sprint(bodies[0]) == fmt.Sprint(bodies[1])
}

// ordered is what an outcome says of an order, or of a quote.
func ordered(o *scenario.Answer) (all []string) {
	if o.Order != "" {
		all = append(all, "about order "+o.Order)
	}
	if o.Of != "" {
		number, currency, _ := strings.Cut(o.Of, " ")
		all = append(all, fmt.Sprintf("of %s about %s", strings.TrimSpace(tidy(number)+" "+currency), o.About))
	}
	for _, q := range o.Quoted {
		all = append(all, fmt.Sprintf("quoted %s %s of %s %s %s about %s", q.Spending, tidy(q.Amount), tidy(q.Has), q.In, q.Reason, q.About))
	}
	return all
}

// allowed is what limits know of a balance.
func allowed(a *core.Allowance) string {
	used := ""
	for _, p := range a.Periods {
		used += fmt.Sprintf(" %s %s %s", p.Kind, time.Unix(int64(p.Period)*24*60*60, 0).UTC().Format(time.DateOnly), plain(p.Used))
	}
	for _, r := range a.Recent {
		used += fmt.Sprintf(" at %s %s", instant(r.At), plain(r.Used))
	}
	return fmt.Sprintf("%s allowance %s budget %s used%s", a.Org, core.BalanceID(a.Spending, a.User), plain(a.Budget), used)
}

func orderStands(o *core.Order) string {
	state, paid := map[core.OrderState]string{core.OrderAccepted: "accepted", core.OrderCancelled: "cancelled"}[o.State], ""
	for _, p := range o.Other {
		paid += fmt.Sprintf(" %s %s", p.Account, plain(p.Price))
	}
	return fmt.Sprintf("%s order %s %s by %s on %s: %s of %s, the rest by%s", o.Org, o.ID, state, o.User, o.Account, plain(o.Applied), plain(o.Cost), paid)
}

// TestLimitsHold: however orders and cancellations come, late or early, at no time is more spent than a limit lets through: in a week or month of
// the org's zone, in any n times 24 hours, of one order, of the balance (R7.6, R7.7). It is decided by the core alone, and judged by adding up.
func TestLimitsHold(t *testing.T) {
	configure(t)
	rapid.Check(t, func(t *rapid.T) {
		shop := newShop(t)
		for n := range rapid.IntRange(1, 60).Draw(t, "events") {
			if len(shop.accepted) > 0 && rapid.IntRange(0, 3).Draw(t, "cancels") == 0 {
				shop.cancel()
			} else {
				shop.order(n)
			}
			shop.holds()
		}
	})
}

// bought is what a spending account has paid of an order that was not cancelled.
type bought struct {
	id   string
	at   time.Time
	paid decimal.Decimal
}

type shop struct {
	*run
	now      time.Time
	zone     *time.Location
	limits   map[string]decimal.Decimal
	days     int
	accepted []bought
}

func newShop(t *rapid.T) *shop {
	s := &shop{run: newRun(t), now: time.Date(2026, 2, 25, 10, 0, 0, 0, time.UTC), limits: map[string]decimal.Decimal{}}
	name := rapid.SampledFrom([]string{"UTC", "Asia/Kathmandu", "America/Havana"}).Draw(t, "zone")
	s.zone, _ = time.LoadLocation(name)
	s.days = rapid.SampledFrom([]int{1, 2, 7, 30}).Draw(t, "days")
	var limits []fields
	for _, per := range []string{"order", "week", "month", "days"} {
		amount := rapid.SampledFrom([]string{"30", "50", "80", "120"}).Draw(t, per)
		s.limits[per] = decimal.RequireFromString(amount)
		l := fields{"per": per, "amount": amount}
		if per == "days" {
			l["days"] = s.days
		}
		limits = append(limits, l)
	}
	s.limits["balance"] = decimal.NewFromInt(300)
	s.tell("account", "org.defined", fields{"currency": "USD", "time_zone": name, "split_billing": true})
	s.tell("account", "account.defined", fields{"account": "rest", "kind": "wallet"})
	s.tell("payment-result", "payment.received", fields{"account": "rest", "payment": "p", "amount": "1000000", "currency": "USD"})
	s.tell("account", "spending-account.defined", fields{
		"spending_account": "gifts", "type": "shared", "start": "2025-01-01", "budget": "300", "eligible_for": fields{"users": []string{"ann", "bob"}}, "limits": limits, "effective_from": "2025-01-01T00:00:00Z",
	})
	s.tell("account", "spending-account.switched", fields{"spending_account": "gifts", "on": true, "effective_from": "2025-01-01T00:00:00Z"})
	return s
}

func (s *shop) tell(topic, kind string, body fields) scenario.Decided {
	return s.tellAt(topic, kind, body, s.now)
}

func (s *shop) tellAt(topic, kind string, body fields, at time.Time) scenario.Decided {
	value, err := json.Marshal(body)
	if err != nil {
		s.t.Fatalf("%v", err)
	}
	id := fmt.Sprintf("e%d", len(s.decided))
	return s.take(&model.Record{Topic: topic, Org: "acme", Source: "shop", ID: id, Type: kind, At: at.Format(time.RFC3339), Recorded: s.now, Body: value})[0]
}

func (s *shop) order(n int) {
	s.now = s.now.Add(rapid.SampledFrom([]time.Duration{0, time.Minute, 7 * time.Hour, 24 * time.Hour, 24*time.Hour - time.Second, 6 * 24 * time.Hour}).Draw(s.t, "later"))
	at := s.now.Add(-rapid.SampledFrom([]time.Duration{0, 0, time.Second, time.Hour, 23 * time.Hour, 24 * time.Hour, 48 * time.Hour, 7 * 24 * time.Hour, 20 * 24 * time.Hour}).Draw(s.t, "late"))
	name := fmt.Sprintf("o%d", n)
	price := rapid.SampledFrom([]string{"5", "12.5", "29.999999", "60"}).Draw(s.t, "price")
	d := s.tellAt("send", "order.placed", fields{
		"order": name, "user": rapid.SampledFrom([]string{"ann", "bob"}).Draw(s.t, "user"), "spending_account": "gifts", "other_payer": "rest",
		"lines": []fields{{"item": "mug", "unit_price": price}}, "currency": "USD",
	}, at)
	if d.Result == "applied" {
		s.accepted = append(s.accepted, bought{name, at, decimal.RequireFromString(d.Outcome.Amount)})
	}
}

func (s *shop) cancel() {
	i := rapid.IntRange(0, len(s.accepted)-1).Draw(s.t, "which")
	if d := s.tell("send", "order.cancelled", fields{"order": s.accepted[i].id}); d.Result != "applied" {
		s.t.Fatalf("%s is not cancelled: %+v", s.accepted[i].id, d)
	}
	s.accepted = slices.Delete(s.accepted, i, i+1)
}

// holds adds up what was paid and not given back.
func (s *shop) holds() {
	for _, b := range s.accepted {
		sums := map[string]decimal.Decimal{"order": b.paid}
		day := b.at.In(s.zone)
		year, week := day.ISOWeek()
		for _, other := range s.accepted {
			sums["balance"] = sums["balance"].Add(other.paid)
			of := other.at.In(s.zone)
			if y, w := of.ISOWeek(); y == year && w == week {
				sums["week"] = sums["week"].Add(other.paid)
			}
			if of.Year() == day.Year() && of.Month() == day.Month() {
				sums["month"] = sums["month"].Add(other.paid)
			}
			if back := b.at.Sub(other.at); back >= 0 && back < time.Duration(s.days)*24*time.Hour {
				sums["days"] = sums["days"].Add(other.paid)
			}
		}
		for what, sum := range sums {
			if sum.GreaterThan(s.limits[what]) {
				s.t.Fatalf("%s: with %s at %v %s was spent, and no more than %s may be: %+v", what, b.id, b.at, sum, s.limits[what], s.accepted)
			}
		}
	}
	cells, left := s.Cells(), s.limits["balance"]
	for _, b := range s.accepted {
		left = left.Sub(b.paid)
	}
	if cell := cells[string(core.AppendAccountKey(nil, "acme", "spending:gifts"))]; cell != nil {
		if has := s.balance(); !has.Equal(left) {
			s.t.Fatalf("%s is left, and %s should be", has, left)
		}
	}
}

// balance is what the ledger says is left.
func (s *shop) balance() (has decimal.Decimal) {
	for _, d := range s.Ledger() {
		for _, b := range d.Balances {
			if b.Account == "spending:gifts" {
				has = decimal.RequireFromString(b.Balance)
			}
		}
	}
	return has
}
