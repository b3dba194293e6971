package charging

import (
	"purser/processors/core"
	"purser/processors/money"
)

// RateBetween returns the org's rate between two currencies in force at a time: Done with the rate (1 within a currency),
// Miss, or no status where the org has none (R2.4).
func RateBetween(b core.Book, org string, from, to money.Currency, at core.Time) (money.Factor, core.Status) {
	if from == to {
		return money.One, core.Done
	}
	fx, known := b.FX(org, from, to)
	switch {
	case !known:
		return money.One, core.Miss
	case fx == nil:
		return money.One, 0
	default:
		return core.InForce(fx.Versions, at).Rate, core.Done
	}
}

// Convert multiplies an amount with a rate, and rounds once (R1.2).
func Convert(a money.Amount, rate money.Factor) (money.Amount, error) {
	f, err := a.Factor()
	if err != nil {
		return 0, err
	}
	return money.Product(f, rate)
}
