package customer

import (
	"slices"
	"strings"

	"purser/processors/core"
	"purser/processors/money"
)

// bill says what the lines of a transaction come to: each at the account's own price for its product (R8.9), else at the one that it has, and rounded once (R1.2).
// Prices are those in force when it happened (R1.5).
func (p *posting) bill(lines []core.SaleLine, at core.Time) (sum money.Amount, why core.Reason) {
	var own []core.AgreedPrice
	if terms := core.InForce(p.account.Versions, at).Customer; terms != nil {
		own = terms.Prices
	}
	p.lines = make([]core.BilledLine, len(lines))
	for i := range lines {
		l := core.BilledLine{SaleLine: lines[i]}
		if at, agreed := slices.BinarySearchFunc(own, l.Product, byProduct); agreed {
			l.Price, l.Agreed = own[at].Price, true
		} else if !l.Priced {
			return 0, core.NoPrice
		}
		var tooMuch, over error
		l.Amount, tooMuch = money.Product(l.Quantity, l.Price)
		if sum, over = sum.Add(l.Amount); tooMuch != nil || over != nil {
			return 0, core.BalanceOutOfRange
		}
		p.lines[i] = l
	}
	if sum == 0 {
		return 0, core.NotOfThisKind
	}
	return sum, core.ReasonNone
}

func byProduct(a core.AgreedPrice, product string) int { return strings.Compare(a.Product, product) }

// ownPrices clones the prices of an agreement.
func ownPrices(all []core.AgreedPrice) []core.AgreedPrice {
	own := slices.Clone(all)
	for i := range own {
		own[i].Product = strings.Clone(own[i].Product)
	}
	return own
}
