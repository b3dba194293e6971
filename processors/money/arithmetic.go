package money

import "math/bits"

// Add returns a+b, or ErrOverflow outside ±Limit.
func (a Amount) Add(b Amount) (Amount, error) {
	sum := a + b
	if (b > 0) != (sum > a) && b != 0 || sum > Limit || sum < -Limit {
		return 0, ErrOverflow
	}
	return sum, nil
}

// Sub returns a-b, or ErrOverflow outside ±Limit.
func (a Amount) Sub(b Amount) (Amount, error) {
	difference := a - b
	if (b > 0) != (difference < a) && b != 0 || difference > Limit || difference < -Limit {
		return 0, ErrOverflow
	}
	return difference, nil
}

// Factor returns the amount as a factor. It must not be negative, and below 10^12.
func (a Amount) Factor() (Factor, error) {
	if a < 0 {
		return Factor{}, ErrNegative
	}
	hi, lo := bits.Mul64(uint64(a), microPerFactor)
	return inRange(hi, lo, 0)
}

// Share returns whole × part ÷ of, rounded half to even: the part of whole that falls to part. It panics unless
// 0 ≤ part ≤ of, of is not zero, and whole is not negative.
func Share(whole, part, of Amount) Amount {
	if whole < 0 || part < 0 || part > of || of == 0 {
		panic("money: a share of nothing, or more than everything")
	}
	hi, lo := bits.Mul64(uint64(whole), uint64(part))
	quotient, rest := bits.Div64(hi, lo, uint64(of))
	return Amount(roundHalfEven(quotient, rest, uint64(of), false))
}

// One is the factor that changes nothing.
var One = Factor{lo: billion}

// Bound is the first factor that is too large: 10^12.
var bound = func() Factor { hi, lo := bits.Mul64(1_000_000_000_000, billion); return Factor{hi, lo} }()

// Bits returns the factor's 128 bits, for storing it.
func (f Factor) Bits() (hi, lo uint64) { return f.hi, f.lo }

// FactorFromBits is the inverse of Bits.
func FactorFromBits(hi, lo uint64) Factor { return Factor{hi, lo} }

// IsZero says whether the factor is zero.
func (f Factor) IsZero() bool { return f == Factor{} }

// Cmp returns -1, 0 or +1 as f is less than, equal to or greater than g.
func (f Factor) Cmp(g Factor) int {
	switch {
	case f == g:
		return 0
	case f.hi < g.hi || f.hi == g.hi && f.lo < g.lo:
		return -1
	default:
		return +1
	}
}

// Add returns f+g, or ErrRange at 10^12 and above.
func (f Factor) Add(g Factor) (Factor, error) {
	lo, carry := bits.Add64(f.lo, g.lo, 0)
	hi, carry := bits.Add64(f.hi, g.hi, carry)
	return inRange(hi, lo, carry)
}

// Sub returns f-g, or ErrNegative where g is greater.
func (f Factor) Sub(g Factor) (Factor, error) {
	lo, borrow := bits.Sub64(f.lo, g.lo, 0)
	hi, borrow := bits.Sub64(f.hi, g.hi, borrow)
	if borrow != 0 {
		return Factor{}, ErrNegative
	}
	return Factor{hi, lo}, nil
}

func inRange(hi, lo, carry uint64) (Factor, error) {
	if f := (Factor{hi, lo}); carry == 0 && f.Cmp(bound) < 0 {
		return f, nil
	}
	return Factor{}, ErrRange
}
