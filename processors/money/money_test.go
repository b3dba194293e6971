package money_test

import (
	"errors"
	"testing"

	"purser/processors/money"
)

func factor(t testing.TB, s string) money.Factor {
	t.Helper()
	f, err := money.ParseFactor(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return f
}

func amount(t testing.TB, s string) money.Amount {
	t.Helper()
	a, err := money.ParseSigned(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return a
}

func TestParseAmount(t *testing.T) {
	for _, c := range []struct {
		in, out string
		err     error
	}{
		{"0", "0.000000", nil},
		{"10", "10.000000", nil},
		{"0.000001", "0.000001", nil},
		{"007.50", "7.500000", nil},
		{"999999999999.999999", "999999999999.999999", nil},
		{"1000000000000", "", money.ErrRange},
		{"99999999999999999999999999999999", "", money.ErrRange},
		{"0.0000001", "", money.ErrDigits},
		{"1.0000000", "", money.ErrDigits},
		{"-1", "", money.ErrNegative},
		{"-", "", money.ErrSyntax},
		{"", "", money.ErrSyntax},
		{"+1", "", money.ErrSyntax},
		{".5", "", money.ErrSyntax},
		{"5.", "", money.ErrSyntax},
		{"1e3", "", money.ErrSyntax},
		{"1.5E3", "", money.ErrSyntax},
		{"NaN", "", money.ErrSyntax},
		{"Infinity", "", money.ErrSyntax},
		{" 1", "", money.ErrSyntax},
		{"1 ", "", money.ErrSyntax},
		{"1_000", "", money.ErrSyntax},
		{"1,5", "", money.ErrSyntax},
		{"1.2.3", "", money.ErrSyntax},
		{"0x10", "", money.ErrSyntax},
		{"00000000000000000000000000000000000000000000000000000000000000001", "", money.ErrLength},
	} {
		got, err := money.ParseAmount([]byte(c.in))
		if !errors.Is(err, c.err) || err == nil && got.String() != c.out {
			t.Errorf("%q: got %v, %v; want %q, %v", c.in, got, err, c.out, c.err)
		}
	}
}

func TestParseFactor(t *testing.T) {
	for _, c := range []struct {
		in, out string
		err     error
	}{
		{"0", "0", nil},
		{"0.0079", "0.0079", nil},
		{"1.250", "1.25", nil},
		{"0.000000001", "0.000000001", nil},
		{"999999999999.999999999", "999999999999.999999999", nil},
		{"100", "100", nil},
		{"0.0000000001", "", money.ErrDigits},
		{"1000000000000", "", money.ErrRange},
		{"-0.5", "", money.ErrNegative},
	} {
		got, err := money.ParseFactor(c.in)
		if !errors.Is(err, c.err) || err == nil && got.String() != c.out {
			t.Errorf("%q: got %v, %v; want %q, %v", c.in, got, err, c.out, c.err)
		}
	}
}

func TestParseSigned(t *testing.T) {
	for _, s := range []string{"-50.000000", "0.000000", "-0.000001", "9000000000000.000000", "-9000000000000.000000"} {
		if got := amount(t, s).String(); got != s {
			t.Errorf("%q read back as %q", s, got)
		}
	}
	for _, s := range []string{"9000000000000.000001", "-9000000000000.000001", "9999999999999"} {
		if _, err := money.ParseSigned(s); !errors.Is(err, money.ErrOverflow) {
			t.Errorf("%q: %v", s, err)
		}
	}
	if _, err := money.ParseSigned("--1"); err == nil {
		t.Error("two signs were accepted")
	}
}

// TestR1_2_RoundedOnceHalfToEven holds the rule's examples.
func TestR1_2_RoundedOnceHalfToEven(t *testing.T) {
	for _, c := range []struct {
		factors []string
		want    string
	}{
		{[]string{"3", "0.0079", "1.25"}, "0.029625"},
		{[]string{"0.0000005"}, "0.000000"},
		{[]string{"0.0000015"}, "0.000002"},
		{[]string{"0.0000025"}, "0.000002"},
		{[]string{"0.000000501"}, "0.000001"},
		{[]string{"0.000000001", "0.000000001", "0.000000001", "0.000000001"}, "0.000000"},
		{[]string{"999999999999.999999999", "9"}, "9000000000000.000000"},
		// Exactly half at the sixth digit, but for a one at the far end that the first division cuts off.
		{[]string{"0.500000001", "0.001", "0.001"}, "0.000001"},
		{[]string{"0.5", "0.001", "0.001"}, "0.000000"},
		{[]string{"999999999999.999999999", "999999999999.999999999", "0.000000001", "0.001"}, "1000000000000.000000"},
		{[]string{"0", "999999999999.999999999", "999999999999.999999999", "999999999999.999999999", "999999999999.999999999"}, "0.000000"},
		{nil, "1.000000"},
	} {
		var fs []money.Factor
		for _, s := range c.factors {
			fs = append(fs, factor(t, s))
		}
		got, err := money.Product(fs...)
		if err != nil || got.String() != c.want {
			t.Errorf("%v: got %v, %v; want %s", c.factors, got, err, c.want)
		}
	}
}

func TestProductOverflows(t *testing.T) {
	most := factor(t, "999999999999.999999999")
	for _, fs := range [][]money.Factor{
		{most, factor(t, "9.1")},
		{most, most},
		{most, most, most, most},
		// The quotient before rounding is the largest 64-bit number, and its rest rounds up.
		{factor(t, "184467440737.095516157"), factor(t, "100")},
	} {
		if got, err := money.Product(fs...); !errors.Is(err, money.ErrOverflow) {
			t.Errorf("%v: got %v, %v", fs, got, err)
		}
	}
}

func TestAddAndSubStayWithinTheLimit(t *testing.T) {
	for _, c := range []struct {
		a, b money.Amount
		fits bool
	}{
		{money.Limit - 1, 1, true},
		{money.Limit, 1, false},
		{money.Limit, money.Limit, false},
		{-money.Limit, -1, false},
		{-money.Limit, -money.Limit, false},
		{-money.Limit, money.Limit, true},
		{0, 0, true},
	} {
		sum, err := c.a.Add(c.b)
		if (err == nil) != c.fits || c.fits && sum != c.a+c.b {
			t.Errorf("%v + %v: %v, %v", c.a, c.b, sum, err)
		}
		difference, err := c.a.Sub(-c.b)
		if (err == nil) != c.fits || c.fits && difference != c.a+c.b {
			t.Errorf("%v - %v: %v, %v", c.a, -c.b, difference, err)
		}
	}
}

func TestFactorAddAndSub(t *testing.T) {
	most, least := factor(t, "999999999999.999999999"), factor(t, "0.000000001")
	if _, err := most.Add(least); !errors.Is(err, money.ErrRange) {
		t.Errorf("10^12 was reached: %v", err)
	}
	if _, err := least.Sub(most); !errors.Is(err, money.ErrNegative) {
		t.Errorf("a factor became negative: %v", err)
	}
	down, err := most.Sub(least)
	if err != nil {
		t.Fatal(err)
	}
	if up, err := down.Add(least); err != nil || up != most {
		t.Errorf("got %v, %v", up, err)
	}
	if got := money.FactorFromBits(most.Bits()); got != most {
		t.Errorf("bits came back as %v", got)
	}
}

// TestR1_3_MinorUnitsRoundUp holds the rule's example, and the exceptions of ISO 4217.
func TestR1_3_MinorUnitsRoundUp(t *testing.T) {
	for _, c := range []struct{ currency, in, want string }{
		{"USD", "12.345678", "12.350000"},
		{"USD", "12.340000", "12.340000"},
		{"USD", "0.000001", "0.010000"},
		{"JPY", "12.000001", "13.000000"},
		{"KWD", "12.345678", "12.346000"},
		{"CLF", "1.00001", "1.000100"},
		{"USD", "-12.345678", "-12.340000"},
		{"USD", "0", "0.000000"},
	} {
		currency, err := money.ParseCurrency(c.currency)
		if err != nil {
			t.Fatal(err)
		}
		if got := money.CeilMinor(amount(t, c.in), currency); got.String() != c.want {
			t.Errorf("%s %s: got %v, want %s", c.in, c.currency, got, c.want)
		}
	}
	if got := money.CeilMinor(money.Limit, money.Currency{'J', 'P', 'Y'}); got != money.Limit {
		t.Errorf("the limit became %v", got)
	}
}

func TestParseCurrency(t *testing.T) {
	for _, s := range []string{"", "US", "USDX", "usd", "U5D", "ÜS"} {
		if c, err := money.ParseCurrency(s); err == nil {
			t.Errorf("%q was read as %v", s, c)
		}
	}
	if c, err := money.ParseCurrency([]byte("EUR")); err != nil || c.String() != "EUR" {
		t.Errorf("got %v, %v", c, err)
	}
	if got := (money.Currency{}).String(); got != "" {
		t.Errorf("no currency reads %q", got)
	}
}

func TestArithmeticAllocatesNothing(t *testing.T) {
	quantity, price, multiplier, rate := factor(t, "100"), factor(t, "0.0079"), factor(t, "1.25"), factor(t, "1.0837")
	text, buffer := []byte("12.345678"), make([]byte, 0, 64)
	most := factor(t, "999999999999.999999999")
	var sink money.Amount
	if n := testing.AllocsPerRun(100, func() {
		sink, _ = money.Product(quantity, price, multiplier, rate)
		sink, _ = money.Product(most, most, price) // the slow path
		a, _ := money.ParseAmount(text)
		f, _ := money.ParseFactor(text)
		buffer = f.AppendTo(a.AppendTo(buffer[:0]))
		var s money.Sum
		s.AddProduct(quantity, price)
		sink, _ = s.Times(rate)
	}); n != 0 {
		t.Errorf("%v allocations; %v", n, sink)
	}
}

func BenchmarkProduct(b *testing.B) {
	quantity, price, multiplier := factor(b, "100"), factor(b, "0.0079"), factor(b, "1.25")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := money.Product(quantity, price, multiplier); err != nil {
			b.Fatal(err)
		}
	}
}
