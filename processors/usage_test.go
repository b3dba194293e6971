package processors_test

import (
	"testing"

	"purser/internal/timezone"
	. "purser/processors"
	. "purser/processors/core"
)

// Each test drives the world with events and then looks at what the rule speaks of.

func TestR3_1_CostAndCharge(t *testing.T) {
	w := newWorld(t)
	w.send(org("message 5"))
	w.send(agency("house"))
	w.send(wallet("w", "", ""))
	e := w.send(usage("w", "message", "100", "0.10"))
	expect(t, "with an agency wallet", postings(e), []string{
		"house → world:provider 10.000000 USD purchased",
		"w → revenue:rebilling 50.000000 USD purchased",
	})
	w.send(remove("house"))
	if e := w.send(remove("house")); e.Reason != InUse || e.Had != m("-10") {
		t.Errorf("an agency wallet with a balance was removed: %v, had %v", e.Reason, e.Had)
	}
	p := e.Price
	if !p.Set || p.Cost != m("10") || p.Charge != m("50") || p.Basis != ByOrg || p.Multiplier != f("5") || p.CostIn != usd || p.ChargeIn != usd || !p.Rate.IsZero() || !p.AgencyRate.IsZero() {
		t.Errorf("price %+v", p)
	}
}

func TestR3_1_WithoutAnAgencyWalletTheCostIsAnExpense(t *testing.T) {
	w := newWorld(t)
	w.send(org("message 5"))
	w.send(wallet("w", "", ""))
	expect(t, "postings", postings(w.send(cost("w", "message", "10"))), []string{
		"expense:provider → world:provider 10.000000 USD",
		"w → revenue:rebilling 50.000000 USD purchased",
	})
	w.closeBooks()
}

func TestR3_1_Channels(t *testing.T) {
	w := newWorld(t)
	w.send(org("fax 2"))
	w.send(plan("p", "", card("letter", "0", false, "1")))
	w.send(wallet("w", "p", "pigeon 3"))
	for _, channel := range []string{"message", "email", "call", "phone_number", "fax", "letter", "pigeon"} {
		if e := w.send(usage("w", channel, "1", "1")); e.Result != Applied {
			t.Errorf("%s: %v %s", channel, e.Result, e.Reason)
		}
	}
	before := w.b.print()
	e := w.send(usage("w", "telegram", "1", "1"))
	if e.Result != Refused || e.Reason != UnknownChannel {
		t.Errorf("telegram: %v %s", e.Result, e.Reason)
	}
	if w.account("w").Seq != 7 || before == w.b.print() {
		t.Errorf("a refusal takes an entry number and posts nothing: seq %d", w.account("w").Seq)
	}
}

func TestR3_2_TheMostSpecificMultiplierCounts(t *testing.T) {
	for _, c := range []struct {
		name, org, plan, location string
		card                      bool
		charge                    string
		basis                     Basis
		named                     string
	}{
		{"none", "email 9", "email 8", "email 7", false, "10", ByDefault, ""},
		{"org", "message 2", "email 8", "email 7", false, "20", ByOrg, ""},
		{"plan over org", "message 2", "message 3", "email 7", false, "30", ByPlan, "p"},
		{"location over plan", "message 2", "message 3", "message 4", false, "40", ByLocation, ""},
		{"rate card over multipliers", "message 2", "message 3", "email 7", true, "0.7", ByRateCard, "p"},
		{"location over rate card", "message 2", "message 3", "message 4", true, "40", ByLocation, ""},
		{"a multiplier of zero counts", "message 2", "message 0", "", false, "0", ByPlan, "p"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.send(org(c.org))
			var cards []RateCard
			if c.card {
				cards = append(cards, card("message", "0", false, "0.7"))
			}
			w.send(plan("p", c.plan, cards...))
			w.send(wallet("w", "p", c.location))
			e := w.send(cost("w", "message", "10"))
			if e.Price.Charge != m(c.charge) || e.Price.Basis != c.basis || e.Price.Plan != c.named {
				t.Errorf("charged %v by %v %q", e.Price.Charge, e.Price.Basis, e.Price.Plan)
			}
			if w.account("w").Balance != -m(c.charge) {
				t.Errorf("balance %v", w.account("w").Balance)
			}
		})
	}
}

// TestR1_5_WhatWasInForceWhenItHappenedPricesIt also holds that before the first version the first counts (R2.3), and
// that a backdated version rates nothing again.
func TestR1_5_WhatWasInForceWhenItHappenedPricesIt(t *testing.T) {
	w := newWorld(t)
	w.send(from(start-10*day, org("message 2")))
	w.send(from(start-5*day, org("message 3")))
	w.send(wallet("w", "", ""))
	for _, c := range []struct {
		at     Time
		charge string
	}{
		{start - 20*day, "2"}, {start - 10*day, "2"}, {start - 5*day - 1, "2"}, {start - 5*day, "3"}, {start, "3"},
	} {
		if e := w.send(at(c.at, cost("w", "call", "1"))); e.Price.Basis != ByDefault {
			t.Errorf("call: %+v", e.Price)
		}
		if e := w.send(at(c.at, cost("w", "message", "1"))); e.Price.Charge != m(c.charge) {
			t.Errorf("%v before now: %v, want %s", start-c.at, e.Price.Charge, c.charge)
		}
	}
	before := w.account("w").Balance
	w.send(from(start-7*day, org("message 7")))
	if w.account("w").Balance != before {
		t.Error("a backdated version rated something again")
	}
	if e := w.send(at(start-6*day, cost("w", "message", "1"))); e.Price.Charge != m("7") {
		t.Errorf("the backdated version does not count: %v", e.Price.Charge)
	}
	w.send(from(start-7*day, org("message 8")))
	if e := w.send(at(start-6*day, cost("w", "message", "1"))); e.Price.Charge != m("8") {
		t.Errorf("the version was not replaced: %v", e.Price.Charge)
	}
}

func TestR1_2_AChargeIsRoundedOnce(t *testing.T) {
	w := newWorld(t)
	w.send(org("message 1.25, email 3"))
	w.send(wallet("w", "", ""))
	if e := w.send(usage("w", "message", "3", "0.0079")); e.Price.Charge.String() != "0.029625" || e.Price.Cost.String() != "0.023700" {
		t.Errorf("%+v", e.Price)
	}
	// The cost alone rounds to zero; three times it does not.
	e := w.send(cost("w", "email", "0.0000005"))
	expect(t, "nothing is no posting", postings(e), []string{"w → revenue:rebilling 0.000002 USD purchased"})
}

func TestR3_3_RateCards(t *testing.T) {
	tiers := []string{"100 0.01", "1000 0.008", "0.005"}
	for _, c := range []struct {
		name       string
		card       RateCard
		quantities []string
		charges    []string
	}{
		{"flat", card("message", "0", false, "0.02"), []string{"1", "2.5"}, []string{"0.02", "0.05"}},
		{"graduated", card("message", "0", false, tiers...), []string{"100", "1", "998", "1", "10"},
			[]string{"1", "0.008", "7.687", "0.005", "0.05"}},
		{"graduated, over several tiers at once", card("message", "0", false, tiers...), []string{"1100"}, []string{"8.7"}},
		{"graduated, a fraction", card("message", "0", false, tiers...), []string{"99.5", "1"}, []string{"0.995", "0.009"}},
		// The tier is the one that the volume with this event reaches, for all of the event; what was charged stays.
		{"whole volume", card("message", "0", true, tiers...), []string{"100", "1", "899", "1"}, []string{"1", "0.008", "7.192", "0.005"}},
		{"minimum per event", card("message", "0.5", false, "0.02"), []string{"1", "25", "26"}, []string{"0.5", "0.5", "0.52"}},
		{"rounded once over all tiers", card("message", "0", false, "1 0.0000004", "0.0000004"), []string{"2"}, []string{"0.000001"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.send(org(""))
			w.send(plan("p", "", c.card))
			w.send(wallet("w", "p", ""))
			for i, quantity := range c.quantities {
				e := w.send(usage("w", "message", quantity, "0.001"))
				if e.Price.Charge != m(c.charges[i]) || e.Price.Basis != ByRateCard || e.Price.Plan != "p" {
					t.Errorf("event %d: %+v, want %s", i+1, e.Price, c.charges[i])
				}
			}
		})
	}
}

func TestR3_3_VolumeIsOfTheMonthInTheOrgsZone(t *testing.T) {
	w := newWorld(t)
	zone, err := timezone.Load("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	ev := org("")
	ev.OrgDef.Zone = zone
	w.send(ev)
	w.send(plan("p", "", card("message", "0", false, "10 1", "0.5")))
	w.send(wallet("w", "p", ""))
	charge := func(when, want string) {
		t.Helper()
		if e := w.send(at(instant(when), usage("w", "message", "10", "0"))); e.Price.Charge != m(want) {
			t.Errorf("%s: %v, want %s", when, e.Price.Charge, want)
		}
	}
	charge("2026-03-01T04:59:59Z", "10") // still February there
	charge("2026-03-01T05:00:00Z", "10")
	charge("2026-03-15T05:00:00Z", "5")
	charge("2026-02-15T00:00:00Z", "5") // late, in February's volume
	charge("2026-04-02T00:00:00Z", "10")
	if n := len(w.account("w").Volumes); n != 3 {
		t.Fatalf("%d volumes", n)
	}
	charge("2026-05-02T00:00:00Z", "10") // February is forgotten
	charge("2026-02-15T00:00:00Z", "10")
	charge("2026-02-15T00:00:00Z", "10")
	charge("2026-03-15T00:00:00Z", "5")
	if n := len(w.account("w").Volumes); n != 3 {
		t.Errorf("%d volumes", n)
	}
}

// TestR3_3_VolumeSurvivesAChangeOfPlan: it is counted for every usage, also where nothing asked for it.
func TestR3_3_VolumeSurvivesAChangeOfPlan(t *testing.T) {
	w := newWorld(t)
	w.send(org("message 2"))
	w.send(wallet("w", "", ""))
	w.send(usage("w", "message", "60", "1"))
	w.send(usage("w", "email", "60", "1"))
	w.send(plan("p", "", card("message", "0", true, "100 1", "0.5")))
	w.send(wallet("w", "p", ""))
	e := w.send(usage("w", "message", "41", "1"))
	if e.Price.Charge != m("20.5") || e.Price.Volume != f("101") {
		t.Errorf("%+v", e.Price)
	}
}

func TestR3_4_UsageAlwaysPostsEvenBelowZero(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(wallet("w", "", ""))
	w.send(pay("w", "1"))
	if e := w.send(cost("w", "call", "100")); e.Result != Applied || w.account("w").Balance != m("-99") {
		t.Errorf("%v, balance %v", e.Result, w.account("w").Balance)
	}
}

func TestR1_1_ABalanceOutOfRangeIsRefusedAndNothingIsChanged(t *testing.T) {
	w := newWorld(t)
	w.send(org("message 9"))
	w.send(wallet("w", "", ""))
	for range 9 {
		w.send(cost("w", "call", "999999999999.999999"))
	}
	before := w.account("w").Balance
	e := w.send(cost("w", "call", "999999999999"))
	if e.Result != Refused || e.Reason != BalanceOutOfRange || w.account("w").Balance != before {
		t.Errorf("%v %s, balance %v", e.Result, e.Reason, w.account("w").Balance)
	}
	if e.Had == 0 || e.Needed == 0 {
		t.Errorf("without figures: had %v, needed %v", e.Had, e.Needed)
	}
	big := plan("p", "", card("message", "0", false, "999999999999"))
	w.send(big)
	w.send(wallet("v", "p", ""))
	if e := w.send(usage("v", "message", "999999999999", "0")); e.Reason != BalanceOutOfRange {
		t.Errorf("a price that no balance can hold: %v %s", e.Result, e.Reason)
	}
	if len(w.account("v").Volumes) != 0 {
		t.Error("a refused event counts in the volume")
	}
	w.closeBooks()
}

func TestR3_5_OrderOfBurning(t *testing.T) {
	w := newWorld(t)
	w.send(org("message 5"))
	w.send(wallet("w", "", ""))
	w.send(pay("w", "100"))
	w.send(grant("w", "20", 0))
	w.send(cost("w", "message", "10"))
	if a := w.account("w"); a.Purchased != m("70") || len(a.Grants) != 0 {
		t.Errorf("purchased %v, grants %+v", a.Purchased, a.Grants)
	}
	give := func(id string, granted, expires Time) {
		ev := at(granted, grant("w", "1", expires))
		ev.ID = id
		w.send(ev)
	}
	give("never", start, 0)
	give("later", start, start+2*day)
	give("soon, second by id", start-1, start+day)
	give("soon, first by id", start-1, start+day)
	give("soon, first by time", start-2, start+day)
	give("never, but granted before", start-5, 0)
	var order []string
	e := w.send(cost("w", "message", "1.3"))
	for _, p := range e.Postings {
		if p.Bucket == Complimentary {
			order = append(order, p.Amount.String()+" "+p.Grant)
		}
	}
	expect(t, "order", order, []string{
		"1.000000 soon, first by time", "1.000000 soon, first by id", "1.000000 soon, second by id", "1.000000 later",
		"1.000000 never, but granted before", "1.000000 never",
	})
	if got := w.account("w").Purchased; got != m("69.5") {
		t.Errorf("purchased %v", got)
	}
}

func TestR3_5_OnlyPurchasedMayBeNegative(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(wallet("w", "", ""))
	w.send(cost("w", "call", "30"))
	w.send(grant("w", "20", 0))
	if a := w.account("w"); a.Balance != m("-10") || a.Purchased != m("-30") || a.Grants[0].Amount != m("20") {
		t.Errorf("%+v", a)
	}
	w.send(cost("w", "call", "25"))
	if a := w.account("w"); a.Balance != m("-35") || a.Purchased != m("-35") || len(a.Grants) != 0 {
		t.Errorf("%+v", a)
	}
}

func TestR3_6_WhatComplimentaryCreditsPayIsNoRevenue(t *testing.T) {
	w := newWorld(t)
	w.send(org("message 5"))
	w.send(agency("house"))
	w.send(wallet("w", "", ""))
	w.send(pay("w", "100"))
	ev := grant("w", "20", 0)
	ev.ID = "gift"
	w.send(ev)
	expect(t, "postings", postings(w.send(cost("w", "message", "10"))), []string{
		"house → world:provider 10.000000 USD purchased",
		"w → world:complimentary 20.000000 USD complimentary gift",
		"w → revenue:rebilling 30.000000 USD purchased",
	})
	expect(t, "balances", w.balances(), []string{
		"house USD -10.000000", "revenue:rebilling USD 30.000000", "w USD 70.000000",
		"world:payments USD -100.000000", "world:provider USD 10.000000",
	})
}

func TestR2_4_Conversions(t *testing.T) {
	w := newWorld(t)
	w.send(org("message 5"))
	w.send(in("EUR", wallet("w", "", "")))
	if e := w.send(cost("w", "message", "10")); e.Reason != NoFXRate {
		t.Fatalf("without a rate: %v %s", e.Result, e.Reason)
	}
	w.send(rate("EUR", "USD", "1.1")) // the other way round is not a rate
	if e := w.send(cost("w", "message", "10")); e.Reason != NoFXRate {
		t.Fatalf("with the inverse rate: %v %s", e.Result, e.Reason)
	}
	w.send(rate("USD", "EUR", "0.9037"))
	e := w.send(cost("w", "message", "10"))
	expect(t, "wallet in another currency", postings(e), []string{
		"expense:provider → world:provider 10.000000 USD",
		"w → world:fx 45.185000 EUR purchased",
		"world:fx → revenue:rebilling 50.000000 USD",
	})
	if e.Price.Rate != f("0.9037") || e.Price.ChargeIn != eur || e.Price.CostIn != usd || e.Price.Charge != m("45.185") {
		t.Errorf("%+v", e.Price)
	}
	w.send(in("EUR", agency("house")))
	e = w.send(cost("w", "message", "0.0001"))
	expect(t, "agency wallet in another currency", postings(e), []string{
		"house → world:fx 0.000090 EUR purchased", // 0.00009037
		"world:fx → world:provider 0.000100 USD",
		"w → world:fx 0.000452 EUR purchased", // 0.00045185: the product with the rate is rounded once
		"world:fx → revenue:rebilling 0.000500 USD",
	})
	if e.Price.AgencyRate != f("0.9037") {
		t.Errorf("%+v", e.Price)
	}
	w.closeBooks()
}

func TestR2_4_TheRateIsThatOfWhenItHappened(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(in("EUR", wallet("w", "", "")))
	w.send(from(start-10*day, rate("USD", "EUR", "2")))
	w.send(from(start-5*day, rate("USD", "EUR", "3")))
	for when, want := range map[Time]string{start - 20*day: "2", start - 6*day: "2", start - 5*day: "3", start: "3"} {
		if e := w.send(at(when, cost("w", "call", "1"))); e.Price.Charge != m(want) {
			t.Errorf("%v before now: %v", start-when, e.Price.Charge)
		}
	}
}

// TestR3_6_AConvertedChargeIsSplitExactly: the price's side is apportioned, and each currency sums to zero.
func TestR3_6_AConvertedChargeIsSplitExactly(t *testing.T) {
	w := newWorld(t)
	w.send(org("message 5"))
	w.send(in("EUR", wallet("w", "", "")))
	w.send(rate("USD", "EUR", "0.9"))
	gift := grant("w", "20", 0)
	gift.ID, gift.Grant.Currency = "gift", eur
	w.send(gift)
	expect(t, "postings", postings(w.send(cost("w", "message", "10"))), []string{
		"expense:provider → world:provider 10.000000 USD",
		"w → world:fx 20.000000 EUR complimentary gift",
		"w → world:fx 25.000000 EUR purchased",
		"world:fx → revenue:rebilling 27.777778 USD",
		"world:fx → world:complimentary 22.222222 USD",
	})
	gift.ID = "gift 2"
	w.send(gift)
	expect(t, "all of it complimentary", postings(w.send(cost("w", "message", "1"))), []string{
		"expense:provider → world:provider 1.000000 USD",
		"w → world:fx 4.500000 EUR complimentary gift 2",
		"world:fx → world:complimentary 5.000000 USD",
	})
	w.closeBooks()
}

func TestR2_4_ARateCardsCurrencyIsThePrices(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	c := card("message", "0", false, "2")
	c.Currency = eur
	w.send(plan("p", "", c))
	w.send(wallet("w", "p", ""))
	w.send(rate("EUR", "USD", "1.5"))
	expect(t, "cost in dollars, price in euros, wallet in dollars", postings(w.send(usage("w", "message", "10", "0.1"))), []string{
		"expense:provider → world:provider 1.000000 USD",
		"w → world:fx 30.000000 USD purchased",
		"world:fx → revenue:rebilling 20.000000 EUR",
	})
}

func TestUsageOfSomethingThatIsNotAWallet(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(agency("house"))
	if e := w.send(cost("house", "call", "1")); e.Reason != NotAWallet {
		t.Errorf("%v %s", e.Result, e.Reason)
	}
}

func TestPlainUsageAllocatesNothing(t *testing.T) {
	b, ev := plainUsage(t)
	d := new(Decision)
	if n := testing.AllocsPerRun(1000, func() {
		if Decide(b, ev, d) != Done || d.Result != Applied {
			t.Fatal(d.Result, d.Reason)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDecideUsage(b *testing.B) {
	book, ev := plainUsage(b)
	d := new(Decision)
	b.ReportAllocs()
	for b.Loop() {
		if Decide(book, ev, d) != Done || d.Result != Applied {
			b.Fatal(d.Result, d.Reason)
		}
	}
}

// BenchmarkDecideReversibleUsage is what an org pays for that wants to reverse usage: without what it costs to write the cell, and
// to delete it again.
func BenchmarkDecideReversibleUsage(b *testing.B) {
	book, ev := plainUsage(b)
	book.cells[string(AppendOrgKey(nil, "acme"))].(*Org).Versions[0].Reversible = day
	d := new(Decision)
	b.ReportAllocs()
	for b.Loop() {
		delete(book.cells, string(AppendBurntKey(nil, "acme", ev.Identity)))
		if Decide(book, ev, d) != Done || d.Result != Applied {
			b.Fatal(d.Result, d.Reason)
		}
	}
}

// plainUsage is an org with an agency wallet and a plan, a wallet, and a message of the usual kind.
func plainUsage(t tester) (*quiet, *Event) {
	w := newWorld(t)
	w.b.cold = false
	w.send(org("message 5"))
	w.send(agency("house"))
	w.send(plan("p", "email 1.2, message 1.25"))
	w.send(wallet("w", "p", ""))
	w.send(usage("w", "message", "3", "0.0079"))
	ev := usage("w", "message", "3", "0.000000079")
	ev.Org, ev.OccurredAt, ev.RecordedAt = "acme", start, start
	return &quiet{w.b}, ev
}

// quiet is a book that does not note what is touched: that is the audit's, and costs more than the decision.
type quiet struct{ *book }

func (*quiet) Touch(Cell) {}

var _ Book = (*quiet)(nil)
