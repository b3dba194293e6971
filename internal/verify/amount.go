package verify

import (
	"errors"
	"math"
	"math/big"
	"strings"
)

// amount is money in millionths. Balances are within ±9·10^12, which fits; sums that would not are caught by add.
type amount int64

var (
	errFigure = errors.New("not a decimal figure")
	errTooBig = errors.New("a figure outside the range of a balance")
)

const amountDigits = 6

// parseAmount reads a figure as the ledger writes it: an optional sign, digits, at most six fraction digits.
func parseAmount(s string) (amount, error) {
	x, err := parseExact(strings.TrimPrefix(s, "-"))
	if err != nil {
		return 0, err
	}
	if x.digits > amountDigits {
		return 0, errFigure
	}
	a, err := x.round()
	if strings.HasPrefix(s, "-") {
		a = -a
	}
	return a, err
}

func (a amount) add(b amount) (amount, error) {
	sum := a + b
	if (sum > a) != (b > 0) && b != 0 {
		return 0, errTooBig
	}
	return sum, nil
}

func (a amount) String() string {
	x := exact{new(big.Int).Abs(big.NewInt(int64(a))), amountDigits}
	if a < 0 {
		return "-" + x.String()
	}
	return x.String()
}

// exact is a non-negative decimal: n divided by 10^digits.
type exact struct {
	n      *big.Int
	digits int
}

var one = exact{big.NewInt(1), 0}

// maxFigure bounds what is parsed: no figure on the wire is longer.
const maxFigure = 40

func parseExact(s string) (exact, error) {
	whole, fraction, point := strings.Cut(s, ".")
	if len(s) > maxFigure || whole == "" || point && fraction == "" {
		return exact{}, errFigure
	}
	digits := whole + fraction
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return exact{}, errFigure
		}
	}
	if len(digits) <= 18 {
		n := int64(0)
		for i := range len(digits) {
			n = n*10 + int64(digits[i]-'0')
		}
		return exact{big.NewInt(n), len(fraction)}, nil
	}
	n, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return exact{}, errFigure
	}
	return exact{n, len(fraction)}, nil
}

func (x exact) times(y exact) exact {
	return exact{new(big.Int).Mul(x.n, y.n), x.digits + y.digits}
}

// aligned returns both numerators over the same power of ten.
func aligned(x, y exact) (a, b *big.Int, digits int) {
	digits = max(x.digits, y.digits)
	return scaled(x, digits), scaled(y, digits), digits
}

func scaled(x exact, digits int) *big.Int {
	if x.digits == digits {
		return x.n
	}
	return new(big.Int).Mul(x.n, pow10(digits-x.digits))
}

// powers of ten, which nobody changes.
var powers = func() (p [4 * maxFigure]*big.Int) {
	p[0] = big.NewInt(1)
	for i := 1; i < len(p); i++ {
		p[i] = new(big.Int).Mul(p[i-1], big.NewInt(10))
	}
	return p
}()

func pow10(n int) *big.Int {
	if n < len(powers) {
		return powers[n]
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

func (x exact) plus(y exact) exact {
	a, b, digits := aligned(x, y)
	return exact{new(big.Int).Add(a, b), digits}
}

func (x exact) minus(y exact) exact {
	a, b, digits := aligned(x, y)
	return exact{new(big.Int).Sub(a, b), digits}
}

func (x exact) cmp(y exact) int {
	a, b, _ := aligned(x, y)
	return a.Cmp(b)
}

func (x exact) isZero() bool { return x.n == nil || x.n.Sign() == 0 }

// round rounds to an amount once, half to even (R1.2).
func (x exact) round() (amount, error) {
	if x.digits <= amountDigits {
		return toAmount(scaled(x, amountDigits))
	}
	return divide(x.n, pow10(x.digits-amountDigits))
}

// divide returns n / by, rounded half to even.
func divide(n, by *big.Int) (amount, error) {
	quotient, rest := new(big.Int).QuoRem(n, by, new(big.Int))
	switch rest.Lsh(rest, 1).Cmp(by) {
	case 1:
		quotient.Add(quotient, big.NewInt(1))
	case 0:
		if quotient.Bit(0) == 1 {
			quotient.Add(quotient, big.NewInt(1))
		}
	}
	return toAmount(quotient)
}

// share returns whole × part ÷ of, rounded half to even.
func share(whole, part, of amount) (amount, error) {
	return divide(new(big.Int).Mul(big.NewInt(int64(whole)), big.NewInt(int64(part))), big.NewInt(int64(of)))
}

func toAmount(n *big.Int) (amount, error) {
	if !n.IsInt64() || n.Int64() == math.MinInt64 {
		return 0, errTooBig
	}
	return amount(n.Int64()), nil
}

// String writes the shortest form: no zeros at the end of a fraction.
func (x exact) String() string {
	s := x.n.String()
	if x.digits == 0 {
		return s
	}
	if short := x.digits + 1 - len(s); short > 0 {
		s = strings.Repeat("0", short) + s
	}
	whole, fraction := s[:len(s)-x.digits], strings.TrimRight(s[len(s)-x.digits:], "0")
	if fraction == "" {
		return whole
	}
	return whole + "." + fraction
}

// sameFigure compares two figures by value; what cannot be read equals nothing.
func sameFigure(shown string, want exact) bool {
	x, err := parseExact(shown)
	return err == nil && x.cmp(want) == 0
}

// minorDigits are those of a currency's minor unit, where they are not two (R1.3).
var minorDigits = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0, "UYI": 0,
	"VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3, "CLF": 4, "UYW": 4,
}

// toCollect is what would bring a negative balance back to zero, in whole minor units, rounded up.
func toCollect(balance amount, currency string) amount {
	digits, special := minorDigits[currency]
	if !special {
		digits = 2
	}
	unit := amount(1)
	for range amountDigits - digits {
		unit *= 10
	}
	owed := -balance
	if rest := owed % unit; rest != 0 {
		owed += unit - rest
	}
	return owed
}
