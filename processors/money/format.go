package money

import (
	"math/bits"
	"strconv"
)

// AppendTo appends the amount with its six fraction digits: "-50.000000".
func (a Amount) AppendTo(dst []byte) []byte {
	magnitude := uint64(a)
	if a < 0 {
		dst = append(dst, '-')
		magnitude = -magnitude
	}
	dst = strconv.AppendUint(dst, magnitude/uint64(Unit), 10)
	return appendFraction(append(dst, '.'), magnitude%uint64(Unit), amountDigits)
}

// String returns the amount with its six fraction digits.
func (a Amount) String() string { return string(a.AppendTo(make([]byte, 0, 24))) }

// AppendTo appends the factor exactly, with no more fraction digits than it has: "0.0079", "5".
func (f Factor) AppendTo(dst []byte) []byte {
	whole, fraction := bits.Div64(f.hi, f.lo, billion)
	dst = strconv.AppendUint(dst, whole, 10)
	if fraction == 0 {
		return dst
	}
	digits := factorDigits
	for fraction%10 == 0 {
		fraction /= 10
		digits--
	}
	return appendFraction(append(dst, '.'), fraction, digits)
}

// String returns the factor exactly, with no more fraction digits than it has.
func (f Factor) String() string { return string(f.AppendTo(make([]byte, 0, 24))) }

// appendFraction appends n with leading zeros.
func appendFraction(dst []byte, n uint64, digits int) []byte {
	for d := digits - 1; d >= 0; d-- {
		dst = append(dst, '0'+byte(n/pow10[d]%10))
	}
	return dst
}
