package model

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// saleLine is one thing that a transaction is for.
type saleLine struct {
	product         string
	quantity, price dec
	priced          bool
}

// prices reads a pricing agreement (R8.9); each product is in it once.
func (b *body) prices() map[string]dec {
	all := map[string]dec{}
	for _, o := range b.objects("prices") {
		product := o.name("product")
		price, given := o.number("unit_price", 9)
		_, twice := all[product]
		b.demand(given && !twice && !o.bad)
		all[product] = price
	}
	return all
}

func (b *body) sale() (lines []saleLine) {
	for _, o := range b.objects("lines") {
		l := saleLine{product: o.name("product"), quantity: decimal.NewFromInt(1)}
		if q, given := o.number("quantity", 9); given {
			l.quantity = q
		}
		l.price, l.priced = o.number("unit_price", 9)
		for _, word := range []string{"product_type", "product_family"} {
			o.text(word)
		}
		b.demand(!o.bad)
		lines = append(lines, l)
	}
	return lines
}

// price gives a transaction the amount that its lines come to, at what the account had agreed when it happened; or it says why there is none.
func (t *turn) price(a *account, x *transaction) string {
	if len(x.lines) == 0 {
		return ""
	}
	var own map[string]dec
	if c := a.terms.at(t.e.occurred).customer; c != nil {
		own = c.prices
	}
	sum := zero
	for _, l := range x.lines {
		price, agreed := own[l.product]
		if !agreed && !l.priced {
			return "no_price"
		}
		if !agreed {
			price = l.price
		}
		sum = sum.Add(l.quantity.Mul(price).RoundBank(6))
		if sum.GreaterThan(decimal.New(9, 12)) {
			return "balance_out_of_range"
		}
	}
	if sum.IsZero() {
		return "not_of_this_kind"
	}
	x.amount = sum
	return ""
}

// tellLines says what each line came to.
func (t *turn) tellLines(a *account, x *transaction) {
	for _, l := range x.lines {
		price, word := l.price, ""
		if c := a.terms.at(t.e.occurred).customer; c != nil {
			if own, agreed := c.prices[l.product]; agreed {
				price, word = own, " agreed"
			}
		}
		t.line("%s", fmt.Sprintf("line %s %s x %s is %s%s", l.product, l.quantity, price, l.quantity.Mul(price).RoundBank(6), word))
	}
}
