package model

import (
	"regexp"
	"strings"

	"github.com/shopspring/decimal"
)

type dec = decimal.Decimal

var (
	zero       = decimal.Zero
	one        = decimal.NewFromInt(1)
	beyond     = decimal.New(1, 12) // R1.1: no figure reaches it
	limit      = decimal.New(9, 12) // R1.1: no balance goes beyond it
	figureForm = regexp.MustCompile(`^([0-9]+)(?:\.([0-9]+))?$`)
)

// figure reads a decimal within its bounds (R1.1).
func figure(s string, digits int) (dec, bool) {
	m := figureForm.FindStringSubmatch(s)
	if m == nil || len(s) > 64 || len(m[2]) > digits || len(strings.TrimLeft(m[1], "0")) > 12 {
		return zero, false
	}
	d, err := decimal.NewFromString(s)
	return d, err == nil
}

// rounded is a figure of the ledger: six fraction digits, a tie to the even one (R1.2).
func rounded(d dec) dec { return d.RoundBank(6) }

// collected is a sum as it is asked for: in whole minor units, rounded up (R1.3).
func collected(d dec, currency string) dec {
	digits, other := map[string]int32{"JPY": 0, "KWD": 3}[currency]
	if !other {
		digits = 2
	}
	return d.RoundCeil(digits)
}

// share is the part of a whole that falls to a part of something else, rounded like any other figure (R3.6).
func share(whole, part, of dec) dec {
	unit := decimal.New(1, 6)
	product := whole.Mul(part).Mul(unit)
	quotient, rest := product.QuoRem(of, 0) // so many millionths, and what is left over
	switch twice := rest.Add(rest).Cmp(of); {
	case twice > 0, twice == 0 && !quotient.Mod(decimal.NewFromInt(2)).IsZero():
		quotient = quotient.Add(one)
	}
	return quotient.Div(unit)
}

func smaller(a, b dec) dec {
	if a.LessThan(b) {
		return a
	}
	return b
}
