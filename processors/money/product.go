package money

import (
	"math"
	"math/bits"
)

// maxFactors is how many factors a product may have. Up to seven, a product that does not fit 256 bits is above Limit
// whatever its scale, so that no larger integers are needed: 2^256 ÷ 10^(9·7) units is more than 10^13.
const maxFactors = 7

// Product multiplies exactly and rounds once, half to even, to six fraction digits (R1.2). ErrOverflow above Limit.
func Product(fs ...Factor) (Amount, error) {
	hi, lo, scale := uint64(0), uint64(1), 0
	for _, f := range fs {
		n := f.lo
		if n%billion == 0 {
			n /= billion // whole numbers, the common case of quantities, cost no scale
		} else {
			scale += factorDigits
		}
		h, l := bits.Mul64(lo, n)
		over, h2 := bits.Mul64(hi, n)
		sum, carry := bits.Add64(h, h2, 0)
		if f.hi|over|carry != 0 {
			return wideProduct(fs)
		}
		hi, lo = sum, l
	}
	return round128(hi, lo, scale)
}

// wideProduct is Product in 256 bits.
func wideProduct(fs []Factor) (Amount, error) {
	if len(fs) > maxFactors {
		panic("money: a product of more factors than it is exact for")
	}
	for _, f := range fs {
		if f.IsZero() {
			return 0, nil
		}
	}
	w := wide{1}
	for _, f := range fs {
		product, fits := w.times(f)
		if !fits {
			return 0, ErrOverflow
		}
		w = product
	}
	return w.round(factorDigits * len(fs))
}

// Sum adds up exact products of two factors, such as units and the price of their tier, and is rounded once.
// The zero value is zero. It holds 2^100 of the largest products.
type Sum struct{ w wide } // 10^-18

// AddProduct adds f × g.
func (s *Sum) AddProduct(f, g Factor) {
	product, _ := wide{f.lo, f.hi}.times(g) // 140 bits at most
	s.w = s.w.plus(product)
}

// Less says whether the sum is less than an amount, which must not be negative.
func (s *Sum) Less(a Amount) bool {
	return s.w.less(wide{uint64(a)}.timesWord(pow10[2*factorDigits-amountDigits]))
}

// Times returns the sum × f, rounded once, half to even, to six fraction digits. ErrOverflow above Limit.
func (s *Sum) Times(f Factor) (Amount, error) {
	product, fits := s.w.times(f)
	if !fits {
		return 0, ErrOverflow
	}
	return product.round(3 * factorDigits)
}

// round128 returns the number hi,lo × 10^-scale in millionths.
func round128(hi, lo uint64, scale int) (Amount, error) {
	if scale < amountDigits {
		over, micro := bits.Mul64(lo, pow10[amountDigits-scale])
		return limited(hi|over, micro)
	}
	excess, sticky := scale-amountDigits, false
	for ; excess > maxPow10; excess -= 12 {
		var rest uint64
		hi, lo, rest = div128(hi, lo, pow10[12])
		sticky = sticky || rest != 0
	}
	divisor := pow10[excess]
	hi, lo, rest := div128(hi, lo, divisor)
	return limited(hi, roundHalfEven(lo, rest, divisor, sticky))
}

func div128(hi, lo, divisor uint64) (qhi, qlo, rest uint64) {
	if hi == 0 {
		return 0, lo / divisor, lo % divisor
	}
	qlo, rest = bits.Div64(hi%divisor, lo, divisor)
	return hi / divisor, qlo, rest
}

// roundHalfEven rounds quotient + rest/divisor; sticky says that something not zero was cut off below rest. The largest
// quotient stays what it is: it is far above Limit, and must not wrap to zero.
func roundHalfEven(quotient, rest, divisor uint64, sticky bool) uint64 {
	below := divisor - rest // rest < divisor, so this cannot wrap, as doubling rest could
	up := rest > below || rest == below && (sticky || quotient&1 == 1)
	if up && quotient < math.MaxUint64 {
		return quotient + 1
	}
	return quotient
}

func limited(hi, micro uint64) (Amount, error) {
	if hi != 0 || micro > uint64(Limit) {
		return 0, ErrOverflow
	}
	return Amount(micro), nil
}

const maxPow10 = 18

var pow10 = [maxPow10 + 1]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}
