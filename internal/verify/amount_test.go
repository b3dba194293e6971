package verify

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"

	"purser/topics"
)

func mustExact(t *testing.T, s string) exact {
	t.Helper()
	x, err := parseExact(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return x
}

func TestR1_2_RoundedOnceHalfToEven(t *testing.T) {
	for _, c := range []struct{ a, b, c, want string }{
		{"3", "0.0079", "1.25", "0.029625"},
		{"0.0000005", "1", "1", "0"},
		{"0.0000015", "1", "1", "0.000002"},
		{"0.0000025", "1", "1", "0.000002"},
		{"0.00000250", "1", "1.000000001", "0.000003"},
	} {
		got, err := mustExact(t, c.a).times(mustExact(t, c.b)).times(mustExact(t, c.c)).round()
		if err != nil || got.String() != c.want {
			t.Errorf("%s × %s × %s = %s, %v; want %s", c.a, c.b, c.c, got, err, c.want)
		}
	}
}

func TestArithmeticAgreesWithAnotherLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	figure := func() string { return fmt.Sprintf("%d.%09d", r.Int64N(1e5), r.Int64N(1e9)) }
	for range 20_000 {
		a, b := figure(), figure()
		x, y := decimal.RequireFromString(a), decimal.RequireFromString(b)
		got, err := mustExact(t, a).times(mustExact(t, b)).round()
		if err != nil || got.String() != x.Mul(y).RoundBank(6).String() {
			t.Fatalf("%s × %s = %s, %v; want %s", a, b, got, err, x.Mul(y).RoundBank(6))
		}
		if sum := mustExact(t, a).plus(mustExact(t, b)); sum.String() != x.Add(y).String() {
			t.Fatalf("%s + %s = %s", a, b, sum)
		}
		if mustExact(t, a).cmp(mustExact(t, b)) != x.Cmp(y) {
			t.Fatalf("%s and %s are in another order", a, b)
		}
		if w := billionths(mustExact(t, a)).add(billionths(mustExact(t, b))); w.exact().cmp(mustExact(t, x.Add(y).String())) != 0 {
			t.Fatalf("%s + %s = %s in billionths", a, b, w.exact())
		}
	}
}

func TestFiguresThatAreNone(t *testing.T) {
	for _, s := range []string{"", "-", "1e5", "NaN", ".5", "5.", "1,0", "+1", "--1", " 1", "0x1", "1.0000000"} {
		if a, err := parseAmount(s); err == nil {
			t.Errorf("%q was read as %s", s, a)
		}
	}
	if _, err := amount(9e18).add(amount(9e18)); err == nil {
		t.Error("an overflow was not seen")
	}
}

func TestR1_3_WhatIsToBeCollected(t *testing.T) {
	for _, c := range []struct{ balance, currency, want string }{
		{"-12.345678", "USD", "12.35"}, {"-0.000002", "USD", "0.01"}, {"-7", "USD", "7"}, {"-0.1", "JPY", "1"}, {"-0.0011", "KWD", "0.002"},
	} {
		balance, err := parseAmount(c.balance)
		if err != nil {
			t.Fatal(err)
		}
		if got := toCollect(balance, c.currency).String(); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.balance, c.currency, got, c.want)
		}
	}
}

func TestR3_3_RateCards(t *testing.T) {
	tiers := []topics.Tier{{UpTo: "100", UnitPrice: "0.05"}, {UpTo: "1000", UnitPrice: "0.04"}, {UnitPrice: "0.03"}}
	for _, c := range []struct{ mode, before, quantity, want string }{
		{"graduated", "0", "100", "5"},
		{"graduated", "90", "20", "0.9"}, // 10 × 0.05 + 10 × 0.04
		{"graduated", "90", "1000", "39.2"},
		{"", "2000", "1", "0.03"},
		{"whole_volume", "90", "10", "0.5"}, // the bound still belongs to the tier
		{"whole_volume", "90", "11", "0.44"},
		{"whole_volume", "1000", "1.5", "0.045"},
	} {
		card := topics.RateCard{Tiers: tiers, Mode: c.mode}
		quantity := mustExact(t, c.quantity)
		got := cardPrice(&card, mustExact(t, c.before).plus(quantity), quantity)
		if got.String() != c.want {
			t.Errorf("%s from %s, %s units: %s, want %s", c.mode, c.before, c.quantity, got, c.want)
		}
	}
	flat := quote{card: &topics.RateCard{UnitPrice: "0.019", Minimum: "0.05"}}
	for units, want := range map[string]string{"1": "0.05", "3": "0.057"} {
		if got := flat.price(&usage{volume: mustExact(t, units), quantity: mustExact(t, units)}); got.String() != want {
			t.Errorf("%s units at 0.019, at least 0.05: %s, want %s", units, got, want)
		}
	}
}
