package money

import "math/bits"

// wide is an unsigned integer of 256 bits, least significant word first.
type wide [4]uint64

// timesWord returns w × n. The caller knows that it fits.
func (w wide) timesWord(n uint64) wide {
	product, _ := w.timesCarry(n)
	return product
}

// timesCarry returns w × n and what does not fit.
func (w wide) timesCarry(n uint64) (product wide, carry uint64) {
	for i, word := range w {
		hi, lo := bits.Mul64(word, n)
		var c uint64
		product[i], c = bits.Add64(lo, carry, 0)
		carry = hi + c // hi ≤ 2^64-2, so this cannot wrap
	}
	return product, carry
}

// times returns w × f as an integer of billionths more, and whether it fits.
func (w wide) times(f Factor) (product wide, fits bool) {
	low, overLow := w.timesCarry(f.lo)
	high, overHigh := w.timesCarry(f.hi)
	var carry uint64
	product[0] = low[0]
	product[1], carry = bits.Add64(low[1], high[0], 0)
	product[2], carry = bits.Add64(low[2], high[1], carry)
	product[3], carry = bits.Add64(low[3], high[2], carry)
	return product, overLow|overHigh|high[3]|carry == 0
}

// plus returns w + v. The caller knows that it fits.
func (w wide) plus(v wide) (sum wide) {
	var carry uint64
	for i := range w {
		sum[i], carry = bits.Add64(w[i], v[i], carry)
	}
	return sum
}

func (w wide) less(v wide) bool {
	for i := len(w) - 1; i >= 0; i-- {
		if w[i] != v[i] {
			return w[i] < v[i]
		}
	}
	return false
}

// dividedBy returns w ÷ divisor and the rest.
func (w wide) dividedBy(divisor uint64) (quotient wide, rest uint64) {
	for i := len(w) - 1; i >= 0; i-- {
		quotient[i], rest = bits.Div64(rest, w[i], divisor)
	}
	return quotient, rest
}

// round returns w × 10^-scale in millionths, rounded half to even.
func (w wide) round(scale int) (Amount, error) {
	excess, sticky := scale-amountDigits, false
	for ; excess > maxPow10; excess -= 12 {
		var rest uint64
		w, rest = w.dividedBy(pow10[12])
		sticky = sticky || rest != 0
	}
	divisor := pow10[excess]
	w, rest := w.dividedBy(divisor)
	return limited(w[1]|w[2]|w[3], roundHalfEven(w[0], rest, divisor, sticky))
}
