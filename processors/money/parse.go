package money

import "math/bits"

const (
	maxLength       = 64 // bytes of a number, leading zeros included: checked before a digit is looked at
	maxWholeDigits  = 12 // below 10^12 (R1.1)
	amountDigits    = 6
	factorDigits    = 9
	billion         = 1_000_000_000
	microPerFactor  = 1_000 // billionths in a millionth
	maxSignedDigits = 13    // balances reach ±9·10^12
)

// ParseAmount reads an amount that is posted as it comes: not negative, below 10^12, at most six fraction digits.
// The grammar is digits, then optionally a point and digits; nothing else, not even a space.
func ParseAmount[T ~string | ~[]byte](s T) (Amount, error) {
	whole, fraction, err := scan(s, maxWholeDigits, amountDigits)
	if err != nil {
		return 0, err
	}
	return Amount(whole*uint64(Unit) + fraction/microPerFactor), nil
}

// ParseSigned reads back what String wrote: an amount that may be negative, anywhere within ±Limit.
func ParseSigned[T ~string | ~[]byte](s T) (Amount, error) {
	negative := len(s) > 0 && s[0] == '-'
	if negative {
		s = s[1:]
	}
	whole, fraction, err := scan(s, maxSignedDigits, amountDigits)
	if err != nil {
		return 0, err
	}
	if whole > uint64(Limit/Unit) || whole == uint64(Limit/Unit) && fraction != 0 {
		return 0, ErrOverflow
	}
	a := Amount(whole*uint64(Unit) + fraction/microPerFactor)
	if negative {
		a = -a
	}
	return a, nil
}

// ParseFactor reads a quantity, price, multiplier or rate: not negative, below 10^12, at most nine fraction digits.
func ParseFactor[T ~string | ~[]byte](s T) (Factor, error) {
	whole, fraction, err := scan(s, maxWholeDigits, factorDigits)
	if err != nil {
		return Factor{}, err
	}
	hi, lo := bits.Mul64(whole, billion)
	lo, carry := bits.Add64(lo, fraction, 0)
	return Factor{hi + carry, lo}, nil
}

// scan splits a decimal into its whole part and its billionths. It reads each byte once and never more than maxLength.
func scan[T ~string | ~[]byte](s T, wholeDigits, fractionDigits int) (whole, fraction uint64, err error) {
	if len(s) > maxLength {
		return 0, 0, ErrLength
	}
	if len(s) > 1 && s[0] == '-' && isDigit(s[1]) {
		return 0, 0, ErrNegative
	}
	i, significant, tooLarge := 0, 0, false
	for ; i < len(s) && isDigit(s[i]); i++ {
		if significant > 0 || s[i] != '0' {
			significant++
		}
		if tooLarge = tooLarge || significant > wholeDigits; !tooLarge {
			whole = whole*10 + uint64(s[i]-'0')
		}
	}
	if i == 0 {
		return 0, 0, ErrSyntax
	}
	if i < len(s) {
		if fraction, err = scanFraction(s[i:], fractionDigits); err != nil {
			return 0, 0, err
		}
	}
	if tooLarge {
		return 0, 0, ErrRange
	}
	return whole, fraction, nil
}

// scanFraction reads a point and the digits after it, as billionths.
func scanFraction[T ~string | ~[]byte](s T, digits int) (uint64, error) {
	if s[0] != '.' || len(s) == 1 {
		return 0, ErrSyntax
	}
	var fraction uint64
	for i := 1; i < len(s); i++ {
		if !isDigit(s[i]) {
			return 0, ErrSyntax
		}
		if i <= digits {
			fraction = fraction*10 + uint64(s[i]-'0')
		}
	}
	if len(s)-1 > digits {
		return 0, ErrDigits
	}
	return fraction * pow10[factorDigits-(len(s)-1)], nil
}

func isDigit(c byte) bool { return c-'0' <= 9 }
