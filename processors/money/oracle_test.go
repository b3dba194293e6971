package money_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"purser/processors/money"
)

// Here shopspring/decimal is the oracle: slow, of any size, and written by others.

var (
	limit       = decimal.RequireFromString("9000000000000")
	anyFactor   = rapid.StringMatching(`(0|[1-9][0-9]{0,3}|[0-9]{1,12})(\.[0-9]{1,9})?`)
	smallFactor = rapid.StringMatching(`[0-9]{1,4}(\.[0-9]{1,9})?`)
	halves      = rapid.SampledFrom([]string{"0.5", "0.001", "0.0000005", "0.000000001", "1.5", "5", "1000000", "0.000001"})
	factors     = rapid.SliceOfN(rapid.OneOf(anyFactor, smallFactor, halves), 0, 7)
)

func TestProductAgreesWithTheOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := decimal.NewFromInt(1)
		var fs []money.Factor
		for _, s := range factors.Draw(t, "factors") {
			f, err := money.ParseFactor(s)
			if err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			if !decimal.RequireFromString(f.String()).Equal(decimal.RequireFromString(s)) {
				t.Fatalf("%q printed as %q", s, f)
			}
			fs = append(fs, f)
			want = want.Mul(decimal.RequireFromString(s))
		}
		got, err := money.Product(fs...)
		agree(t, got, err, want)
	})
}

func TestSumAgreesWithTheOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sum money.Sum
		var exact decimal.Decimal
		for range rapid.IntRange(0, 20).Draw(t, "products") {
			f, g := anyFactor.Draw(t, "f"), anyFactor.Draw(t, "g")
			sum.AddProduct(factorOf(t, f), factorOf(t, g))
			exact = exact.Add(decimal.RequireFromString(f).Mul(decimal.RequireFromString(g)))
		}
		floor := rapid.Int64Range(0, int64(money.Limit)).Draw(t, "floor")
		if got, want := sum.Less(money.Amount(floor)), exact.LessThan(decimal.New(floor, -6)); got != want {
			t.Fatalf("less than %v: %v, want %v", floor, got, want)
		}
		rate := rapid.OneOf(anyFactor, halves).Draw(t, "rate")
		got, err := sum.Times(factorOf(t, rate))
		agree(t, got, err, exact.Mul(decimal.RequireFromString(rate)))
	})
}

func agree(t *rapid.T, got money.Amount, err error, exact decimal.Decimal) {
	t.Helper()
	want := exact.RoundBank(6)
	if want.GreaterThan(limit) {
		if err == nil {
			t.Fatalf("%v passed as %v", want, got)
		}
		return
	}
	if err != nil || got.String() != want.StringFixed(6) {
		t.Fatalf("got %v, %v; want %v", got, err, want)
	}
}

func factorOf(t *rapid.T, s string) money.Factor {
	f, err := money.ParseFactor(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return f
}

// FuzzParse feeds anything to the parsers. What they accept, the oracle reads as the same number within the bounds of
// R1.1, and it survives being printed and read again; text and bytes are read alike.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "0", "-0", "1.5", "-9000000000000", "999999999999.999999999", "1e5", "NaN", ".1", "1.", "0.1234567890",
		strings.Repeat("9", 100), strings.Repeat("0", 63) + "1", "\x00", "１"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		check := func(what, printed string, err, bytesErr error, digits int32, below decimal.Decimal) {
			if !errors.Is(err, bytesErr) {
				t.Fatalf("%s: text %v, bytes %v", what, err, bytesErr)
			}
			if err != nil {
				return
			}
			want, oracleErr := decimal.NewFromString(s)
			if oracleErr != nil || strings.ContainsAny(s, "eE+_ ") {
				t.Fatalf("%s accepted %q", what, s)
			}
			if !decimal.RequireFromString(printed).Equal(want) || want.Abs().GreaterThan(below) || -want.Exponent() > digits {
				t.Fatalf("%s read %q as %s", what, s, printed)
			}
		}
		below := decimal.RequireFromString("999999999999.999999999")
		a, err := money.ParseAmount(s)
		_, bytesErr := money.ParseAmount([]byte(s))
		check("amount", a.String(), err, bytesErr, 6, below)
		x, err := money.ParseFactor(s)
		_, bytesErr = money.ParseFactor([]byte(s))
		check("factor", x.String(), err, bytesErr, 9, below)
		b, err := money.ParseSigned(s)
		_, bytesErr = money.ParseSigned([]byte(s))
		check("signed", b.String(), err, bytesErr, 6, limit)
		if again, err := money.ParseSigned(b.String()); err != nil || again != b {
			t.Fatalf("%v read again as %v, %v", b, again, err)
		}
	})
}
