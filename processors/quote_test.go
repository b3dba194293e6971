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
	case said.Reason == ReasonNone && o.Amount > 0 && o.Account.Available() != said.Available-said.Spent.Amount:
		w.t.Fatalf("quoted %s of %s, left %s", said.Spent.Amount, said.Available, o.Account.Available())
	}
}

// TestAnyHistoryOfPartlyPaidSends sends random histories of sends that spending accounts pay a part of (R6.10), beside orders, through a cold book and a warm
// one. When all is cancelled, or has failed, the spending accounts have what they started with, nothing is held, and no limit is used.
func TestAnyHistoryOfPartlyPaidSends(t *testing.T) {
	checkHistories(t, func(t *rapid.T) []step {
		steps := append(shop(t), func(w *world) {
			w.send(&Event{Type: AccountDefined, Account: &AccountVersion{ID: "ann", Kind: KindWallet, Currency: usd}})
			w.send(&Event{Type: AccountDefined, Account: &AccountVersion{ID: "bob", Kind: KindWallet, Currency: eur}})
			w.send(pay("ann", "30"))
			w.send(&Event{Type: AccountDefined, Account: &AccountVersion{ID: "card", Kind: KindFundingSource, Currency: usd, Terms: &FundingTerms{Name: "card", Method: "tok"}}})
			w.send(&Event{Type: AccountDefined, Account: &AccountVersion{ID: "bill", Kind: KindFundingSource, Currency: eur, Terms: &FundingTerms{Name: "bill", Days: 30}}})
			for _, c := range []CampaignVersion{{ID: "own"}, {ID: "card", FundingPays: true, FundingSource: "card", AddFunds: true}, {ID: "bill", FundingPays: true, FundingSource: "bill", Approval: true}} {
				c.EffectiveFrom = start - 60*day
				w.send(&Event{Type: CampaignDefined, Campaign: &c})
			}
		})
		for range rapid.IntRange(1, 25).Draw(t, "events") {
			if rapid.IntRange(0, 4).Draw(t, "an order") == 0 {
				steps = append(steps, shopping(t))
			} else {
				steps = append(steps, sending(t))
			}
		}
		return append(steps, allIsGivenBack)
	})
}

// sending is a send on a spending account, or what follows one.
func sending(t *rapid.T) step {
	name := fmt.Sprintf("s%d", rapid.IntRange(1, 9).Draw(t, "send"))
	campaign := rapid.SampledFrom([]string{"own", "card", "card", "bill"}).Draw(t, "campaign")
	user, id := shoppers.Draw(t, "user"), spendings.Draw(t, "account")
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0:
		return func(w *world) { w.send(&Event{Type: SendWithdrawn, Step: &SendStep{Send: name}}) }
	case 1:
		cost := m(amounts.Draw(t, "cost"))
		return func(w *world) {
			w.send(&Event{Type: SendAdjusted, Step: &SendStep{Send: name, Cost: cost, Currency: usd}})
		}
	case 2:
		return func(w *world) { w.send(&Event{Type: SendApproved, Step: &SendStep{Send: name}}) }
	case 3:
		attempt, ok := fmt.Sprintf("card/%d/1", rapid.IntRange(1, 5).Draw(t, "attempt")), rapid.Bool().Draw(t, "success")
		return func(w *world) { w.send(result(attempt, ok)) }
	case 4:
		later := Time(rapid.IntRange(1, 30).Draw(t, "hours")) * hour
		return func(w *world) { w.clock += later; w.tick(w.clock) }
	}
	q := SendRequest{Send: name, Campaign: campaign, Sender: user, Currency: usd, Trigger: campaign == "bill" && rapid.Bool().Draw(t, "triggered"), AddFunds: true, Spending: id}
	for range rapid.IntRange(1, 3).Draw(t, "lines") {
		q.Lines = append(q.Lines, OrderLine{
			Item: rapid.SampledFrom([]string{"mug", "card", "pen"}).Draw(t, "item"), Shelves: shelves.Draw(t, "of"), Quantity: money.One, Price: f(prices.Draw(t, "price")),
		})
	}
	q.Cost = money.Amount(rapid.Int64Range(0, 90).Draw(t, "estimate")) * money.Unit
	return func(w *world) {
		own := q
		w.send(&Event{Type: SendRequested, Send: &own})
	}
}

// allIsGivenBack takes back all that was bought, and finds the spending accounts as they were.
func allIsGivenBack(w *world) {
	w.tick(w.clock + 1)
	for _, e := range w.log {
		switch {
		case e.event == nil || e.Result != Applied:
		case e.event.Type == OrderPlaced:
			w.send(&Event{Type: OrderTakenBack, Order: &OrderRequest{Order: e.event.Order.Order}})
		case e.event.Type == SendRequested:
			w.send(&Event{Type: SendWithdrawn, Step: &SendStep{Send: e.event.Send.Send}})
		}
	}
	w.tick(w.clock + 1)
	for _, c := range w.b.cells {
		switch c := c.(type) {
		case *Account:
			if c.Kind == KindSpending && (c.Held != 0 || c.Balance != budgetOf(w, c)) {
				w.t.Fatalf("%s has %s, and %s are held", c.ID, c.Balance, c.Held)
			}
		case *Allowance:
			if len(c.Periods)+len(c.Recent) > 0 {
				w.t.Fatalf("%s is used: %+v", c.Key, *c)
			}
		}
	}
}

// budgetOf is what a balance started with.
func budgetOf(w *world, a *Account) money.Amount {
	id, _, _ := strings.Cut(strings.TrimPrefix(a.ID, SpendingPrefix), "/")
	for _, c := range w.b.cells {
		if s, ok := c.(*Spending); ok && s.ID == id {
			return s.Versions[0].Terms.Budget
		}
	}
	return -1
}
