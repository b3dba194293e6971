package money_test

import (
	"math"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"purser/processors/money"
)

// failer is what a property and a fuzz target fail with.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// exactly is an amount as the oracle has it.
func exactly(a money.Amount) decimal.Decimal { return decimal.New(int64(a), -6) }

// within brings any number into the range of balances, so that most of what a fuzzer tries counts.
func within(n int64) money.Amount { return money.Amount(n % (int64(money.Limit) + 1)) }

// amountsAgree holds all that is done with amounts against the oracle: sums, differences, shares, minor units, and the way through text.
func amountsAgree(t failer, a, b, c money.Amount) {
	t.Helper()
	sumAgrees(t, "+", a, b, exactly(a).Add(exactly(b)), money.Amount.Add)
	sumAgrees(t, "-", a, b, exactly(a).Sub(exactly(b)), money.Amount.Sub)
	for code, digits := range map[string]int32{"JPY": 0, "USD": 2, "KWD": 3, "CLF": 4} {
		currency, err := money.ParseCurrency(code)
		if err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		if got, want := money.CeilMinor(a, currency), exactly(a).RoundCeil(digits); !exactly(got).Equal(want) {
			t.Fatalf("%v in whole units of %s is %v, want %v", a, code, got, want)
		}
	}
	if got := a.String(); got != exactly(a).StringFixed(6) {
		t.Fatalf("%d is printed as %s", int64(a), got)
	}
	shareAgrees(t, max(a, -a), max(b, -b), max(c, -c))
}

func sumAgrees(t failer, sign string, a, b money.Amount, want decimal.Decimal, of func(money.Amount, money.Amount) (money.Amount, error)) {
	t.Helper()
	got, err := of(a, b)
	if want.Abs().GreaterThan(limit) {
		if err == nil {
			t.Fatalf("%v %s %v passed as %v", a, sign, b, got)
		}
		return
	}
	if err != nil || !exactly(got).Equal(want) {
		t.Fatalf("%v %s %v = %v, %v; want %v", a, sign, b, got, err, want)
	}
}

// shareAgrees decides half to even on whole numbers: an exact quotient may have no end.
func shareAgrees(t failer, whole, part, of money.Amount) {
	t.Helper()
	if of < part {
		part, of = of, part
	}
	if of == 0 {
		return
	}
	product := decimal.NewFromInt(int64(whole)).Mul(decimal.NewFromInt(int64(part)))
	want, rest := product.QuoRem(decimal.NewFromInt(int64(of)), 0)
	switch twice := rest.Add(rest).Cmp(decimal.NewFromInt(int64(of))); {
	case twice > 0, twice == 0 && want.IntPart()%2 == 1:
		want = want.Add(decimal.NewFromInt(1))
	}
	if got := money.Share(whole, part, of); int64(got) != want.IntPart() {
		t.Fatalf("%d × %d ÷ %d = %d, want %v", whole, part, of, got, want)
	}
}

// factorsAgree holds all that is done with factors against the oracle.
func factorsAgree(t failer, s [3]string) {
	t.Helper()
	var fs [3]money.Factor
	var ds [3]decimal.Decimal
	for i := range s {
		f, err := money.ParseFactor(s[i])
		if err != nil {
			return // what is no factor is FuzzParse's
		}
		fs[i], ds[i] = f, decimal.RequireFromString(s[i])
	}
	productAgrees(t, fs, ds[0].Mul(ds[1]).Mul(ds[2]))
	if got, want := fs[0].Cmp(fs[1]), ds[0].Cmp(ds[1]); got != want {
		t.Fatalf("%s beside %s is %d, want %d", s[0], s[1], got, want)
	}
	sum, err := fs[0].Add(fs[1])
	if want := ds[0].Add(ds[1]); (err == nil) != want.LessThan(decimal.New(1, 12)) || err == nil && sum.String() != want.String() {
		t.Fatalf("%s + %s = %v, %v; want %v", s[0], s[1], sum, err, want)
	}
	difference, err := fs[0].Sub(fs[1])
	if want := ds[0].Sub(ds[1]); (err == nil) == want.IsNegative() || err == nil && difference.String() != want.String() {
		t.Fatalf("%s - %s = %v, %v; want %v", s[0], s[1], difference, err, want)
	}
}

// productAgrees: a product is rounded once, at once or as a sum of products that is multiplied (R1.2).
func productAgrees(t failer, fs [3]money.Factor, exact decimal.Decimal) {
	t.Helper()
	var sum money.Sum
	sum.AddProduct(fs[0], fs[1])
	product, err := money.Product(fs[0], fs[1], fs[2])
	times, timesErr := sum.Times(fs[2])
	want := exact.RoundBank(6)
	if want.GreaterThan(limit) {
		if err == nil || timesErr == nil {
			t.Fatalf("%v passed as %v, %v", want, product, times)
		}
		return
	}
	if err != nil || timesErr != nil || !exactly(product).Equal(want) || product != times {
		t.Fatalf("%v is %v, %v and %v, %v", exact, product, err, times, timesErr)
	}
}

func TestAmountsAgreeWithTheOracle(t *testing.T) {
	edges := rapid.SampledFrom([]int64{0, 1, -1, 5, 9_999, 10_000, 10_001, -10_001, 499_999, 500_000, 1_000_000, int64(money.Limit), -int64(money.Limit), math.MaxInt64, math.MinInt64})
	figures := rapid.OneOf(edges, rapid.Int64Range(-30, 30), rapid.Int64())
	rapid.Check(t, func(t *rapid.T) {
		amountsAgree(t, within(figures.Draw(t, "a")), within(figures.Draw(t, "b")), within(figures.Draw(t, "c")))
	})
}

func TestFactorsAgreeWithTheOracle(t *testing.T) {
	figures := rapid.OneOf(anyFactor, smallFactor, halves, rapid.SampledFrom([]string{"0", "999999999999.999999999", "0.999999999"}))
	rapid.Check(t, func(t *rapid.T) {
		factorsAgree(t, [3]string{figures.Draw(t, "f"), figures.Draw(t, "g"), figures.Draw(t, "h")})
	})
}

func FuzzAmounts(f *testing.F) {
	for _, seed := range [][3]int64{{0, 0, 0}, {1, 1, 2}, {3, 1, 2}, {-1, 1, 1}, {12_345_678, 9_999, 10_000}, {int64(money.Limit), 1, 1}, {int64(money.Limit), int64(money.Limit), int64(money.Limit)}, {math.MinInt64, math.MaxInt64, -1}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, a, b, c int64) { amountsAgree(t, within(a), within(b), within(c)) })
}

func FuzzFactors(f *testing.F) {
	for _, seed := range [][3]string{
		{"3", "0.0079", "1.25"}, {"0.0000005", "1", "1"}, {"0.0000015", "1", "1"}, {"0", "999999999999.999999999", "999999999999.999999999"},
		{"0.000000001", "0.000000001", "0.000000001"}, {"999999999999.999999999", "9", "1"}, {"1000000", "0.5", "0.000001"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, a, b, c string) { factorsAgree(t, [3]string{a, b, c}) })
}
