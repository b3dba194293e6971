package money

// ParseCurrency reads an ISO 4217 code: three capitals. The list of codes in use changes more often than this program,
// so the shape is all that is checked.
func ParseCurrency[T ~string | ~[]byte](s T) (Currency, error) {
	if len(s) != 3 {
		return Currency{}, ErrCurrency
	}
	c := Currency{s[0], s[1], s[2]}
	for _, letter := range c {
		if letter < 'A' || letter > 'Z' {
			return Currency{}, ErrCurrency
		}
	}
	return c, nil
}

// MinorDigits returns how many fraction digits the currency's minor unit has: 2 but for the exceptions of ISO 4217.
func MinorDigits(c Currency) int {
	switch c.String() {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF",
		"UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	case "CLF", "UYW":
		return 4
	default:
		return 2
	}
}

// CeilMinor rounds a up to a whole number of the currency's minor unit (R1.3). Within ±Limit it stays there.
func CeilMinor(a Amount, c Currency) Amount {
	unit := Amount(pow10[amountDigits-MinorDigits(c)])
	rest := a % unit
	if rest > 0 {
		a += unit
	}
	return a - rest
}
