// Package money is the only place where amounts are parsed, multiplied, rounded and printed.
//
// An Amount is a whole number of micro-units (six fraction digits) in an int64; a Factor is an exact decimal that is
// multiplied but never posted. Nothing here uses floating point. Products are exact and rounded once, half to even (R1.2).
package money

import "errors"

// Amount is a sum of money in millionths of its currency's unit. Its currency is kept beside it, never inside.
type Amount int64

// Unit is one whole unit of a currency.
const Unit Amount = 1_000_000

// Limit is the largest magnitude a balance may have: ±9·10^12 units (R1.1).
const Limit Amount = 9_000_000_000_000 * Unit

// Errors that parsing and arithmetic return. They name what is wrong with the figure, never the figure itself.
var (
	ErrSyntax   = errors.New("not a decimal number")              // NaN, exponents, signs where none may be, empty
	ErrRange    = errors.New("10^12 or more")                     // R1.1
	ErrDigits   = errors.New("too many fraction digits")          // more than 9, or more than 6 where it is posted as it comes
	ErrNegative = errors.New("negative")                          // amounts that are posted as they come are not negative
	ErrOverflow = errors.New("outside the range that is allowed") // a result outside ±Limit
	ErrLength   = errors.New("longer than a number can be")       // refused before a digit is looked at
	ErrCurrency = errors.New("not a currency code")               // three capitals (ISO 4217)
)

// Currency is an ISO 4217 code in capitals; the zero value is "no currency".
type Currency [3]byte

// String returns the code, or "" for the zero value.
func (c Currency) String() string {
	if c == (Currency{}) {
		return ""
	}
	return string(c[:])
}

// Factor is an exact, non-negative decimal below 10^12 with at most nine fraction digits: a quantity, a price per unit,
// a multiplier or a rate. Two factors are equal exactly when == says so. The zero value is zero.
type Factor struct{ hi, lo uint64 } // billionths, 128 bits
