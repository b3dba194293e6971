package processors_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"purser/internal/timezone"
	. "purser/processors/core"
	"purser/processors/money"
)

// TestOrdersAreDecidedAsQuoted: whatever has happened, a quote that is followed at once by the same order on one of the accounts has said what
// becomes of it (R7.8), and has changed no money.
func TestOrdersAreDecidedAsQuoted(t *testing.T) {
	checkHistories(t, func(t *rapid.T) []step {
		steps := shop(t)
		for range rapid.IntRange(1, 25).Draw(t, "events") {
			steps = append(steps, shopping(t))
		}
		return steps
	})
}

var (
	spendings = rapid.SampledFrom([]string{"a", "b", "c"})
	shoppers  = rapid.SampledFrom([]string{"ann", "bob"})
	shelves   = rapid.SampledFrom([][]string{nil, {"x"}, {"x", "y"}, {"z"}})
	prices    = rapid.SampledFrom([]string{"0", "0.333333333", "7", "12.5", "40"})
	moments   = rapid.Int64Range(-40, 3)
)

// shop defines the org, its spending accounts and users, and who pays the rest.
func shop(t *rapid.T) []step {
	split, zone := rapid.Bool().Draw(t, "split"), zones.Draw(t, "zone")
	till := rapid.SampledFrom([]string{"USD", "EUR"}).Draw(t, "till")
	steps := []step{func(w *world) {
		w.send(&Event{Type: OrgDefined, OrgDef: &OrgVersion{Currency: usd, Zone: must(timezone.Load(zone)), SplitBilling: split}})
		w.send(rate("USD", "EUR", "0.9"))
		w.send(&Event{Type: AccountDefined, Account: &AccountVersion{ID: "till", Kind: KindWallet, Currency: cur(till)}})
		w.send(&Event{Type: PaymentReceived, Payment: &Payment{Account: "till", Payment: "p", Amount: 60 * money.Unit, Currency: cur(till)}})
	}}
	for _, id := range []string{"a", "b", "c"} {
		terms := drawTerms(t, id)
		on := rapid.IntRange(0, 5).Draw(t, "on") > 0
		steps = append(steps, func(w *world) {
			own := *terms
			w.send(&Event{Type: SpendingDefined, Spending: &own, From: start - 60*day})
			w.send(&Event{Type: SpendingSwitched, Switch: &SpendingSwitch{Spending: id, On: on, EffectiveFrom: start - 50*day}})
		})
	}
	for _, id := range []string{"ann", "bob"} {
		sees := shelves.Draw(t, "sees")
		steps = append(steps, func(w *world) {
			w.send(&Event{Type: ShopperDefined, Shopper: &ShopperVersion{ID: id, EffectiveFrom: start - 60*day, Groups: []string{"sales"}, Catalogs: sees}})
		})
	}
	return steps
}

func drawTerms(t *rapid.T, id string) *SpendingTerms {
	listed := func(names []string) Listed {
		return Listed{Include: rapid.Bool().Draw(t, "include"), Names: names}
	}
	terms := &SpendingTerms{
		ID: id, Currency: cur(rapid.SampledFrom([]string{"USD", "USD", "USD", "EUR"}).Draw(t, "currency")), Shared: rapid.Bool().Draw(t, "shared"),
		Start: 20_400, Budget: money.Amount(rapid.Int64Range(0, 120).Draw(t, "budget")) * money.Unit,
		Items: listed(rapid.SampledFrom([][]string{nil, {"mug"}, {"card", "mug"}}).Draw(t, "items")), Shelves: listed(shelves.Draw(t, "shelves")),
	}
	switch rapid.IntRange(0, 2).Draw(t, "for") {
	case 0:
		terms.Users = []string{"ann"}
	case 1:
		terms.Groups = []string{"sales"}
	default:
		terms.Catalogs = []string{"x"}
	}
	for range rapid.IntRange(0, 3).Draw(t, "limits") {
		l := Limit{Kind: LimitKind(rapid.IntRange(int(PerItem), int(PerDays)).Draw(t, "kind")), Amount: money.Amount(rapid.Int64Range(0, 60).Draw(t, "limit")) * money.Unit}
		switch {
		case l.Kind == PerDays:
			l.Days = rapid.Int32Range(1, 30).Draw(t, "days")
		case !l.Kind.Timeframe() && rapid.Bool().Draw(t, "percentage"):
			l.Amount, l.Percent = 0, f("33.3")
		}
		terms.Limits = append(terms.Limits, l)
	}
	return terms
}

// shopping is a quote and the order after it, a cancellation, or a switch.
func shopping(t *rapid.T) step {
	kind, id, n := rapid.IntRange(0, 9).Draw(t, "what"), spendings.Draw(t, "account"), rapid.IntRange(1, 9).Draw(t, "order")
	switch {
	case kind < 2:
		return func(w *world) {
			w.send(&Event{Type: OrderTakenBack, Order: &OrderRequest{Order: fmt.Sprintf("o%d", n)}})
		}
	case kind == 2:
		on := rapid.Bool().Draw(t, "on")
		return func(w *world) { w.send(&Event{Type: SpendingSwitched, Switch: &SpendingSwitch{Spending: id, On: on}}) }
	}
	user, at := shoppers.Draw(t, "user"), start+Time(moments.Draw(t, "hours"))*12*hour
	payer := rapid.SampledFrom([]string{"till", "till", "", "nobody"}).Draw(t, "payer")
	var lines []OrderLine
	for range rapid.IntRange(1, 3).Draw(t, "lines") {
		lines = append(lines, OrderLine{
			Item: rapid.SampledFrom([]string{"mug", "card", "pen"}).Draw(t, "item"), Shelves: shelves.Draw(t, "of"),
			Quantity: f(rapid.SampledFrom([]string{"1", "2", "0.5"}).Draw(t, "quantity")), Price: f(prices.Draw(t, "price")),
		})
	}
	return func(w *world) {
		q := OrderRequest{User: user, Payer: payer, Lines: lines, Currency: cur("USD")}
		quote := w.send(&Event{Type: SpendQuoted, OccurredAt: at, Quote: &QuoteRequest{Order: q}})
		q.Order, q.Spending = fmt.Sprintf("o%d", len(w.log)), id
		order := w.send(&Event{Type: OrderPlaced, OccurredAt: at, Order: &q})
		if len(quote.Postings) > 0 || quote.Outcome.Quote == nil {
			w.t.Fatalf("a quote that moves money, or says nothing: %+v", quote.Outcome)
		}
		asQuoted(w, quote.Outcome.Quote, id, &order.Decision)
	}
}

// asQuoted says that an order was decided as quoted.
func asQuoted(w *world, q *Quote, id string, order *Decision) {
	w.t.Helper()
	var said *Quoted
	last := ""
	for i := range q.Accounts {
		a := &q.Accounts[i]
		if strings.Compare(last, a.Spent.Spending.ID) >= 0 {
			w.t.Fatalf("%s comes after %s", a.Spent.Spending.ID, last)
		}
		if last = a.Spent.Spending.ID; last == id {
			said = a
		}
	}
	o := &order.Outcome
	switch {
	case said == nil:
		if o.Reason != NotEligible && o.Reason != SpendingOff {
			w.t.Fatalf("the quote leaves out %s, on which the order is %s %s", id, o.Status, o.Reason)
		}
	case said.Reason != o.Reason:
		w.t.Fatalf("quoted %q, ordered %q", said.Reason, o.Reason)
	case said.Reason == ReasonNone && (o.Spent.Amount != said.Spent.Amount || o.Spent.Cost != q.Cost || o.Spent.Terms != said.Spent.Terms):
		w.t.Fatalf("quoted %s of %s, ordered %s of %s", said.Spent.Amount, q.Cost, o.Spent.Amount, o.Spent.Cost)
	case said.Reason == ReasonNone && o.Amount > 0 && o.Account.Balance != said.Available-said.Spent.Amount:
		w.t.Fatalf("quoted %s of %s, left %s", said.Spent.Amount, said.Available, o.Account.Balance)
	}
}
