package scenario

import (
	"strings"

	"purser/processors/core"
	"purser/topics"
)

// readSaleLine reads what a transaction is for: PRODUCT QUANTITYxPRICE, or PRODUCT QUANTITY at the account's own price.
func readSaleLine(w *words) topics.SaleLine {
	l := topics.SaleLine{Product: w.take("a product")}
	quantity, each, priced := strings.Cut(w.take("a number such as 2, or with a price 2x19.90"), "x")
	l.Quantity = topics.Number(quantity)
	if priced {
		l.UnitPrice = topics.Number(each)
	}
	for w.more() {
		switch {
		case w.skip("of-type"):
			l.ProductType = w.take("a product type")
		case w.skip("of-family"):
			l.ProductFamily = w.take("a product family")
		default:
			return l
		}
	}
	return l
}

// BilledLine is what one line of a transaction comes to.
type BilledLine struct {
	Product  string `json:"product"`
	Quantity string `json:"quantity"`
	Price    string `json:"unit_price"`
	Agreed   bool   `json:"agreed,omitempty"`
	Amount   string `json:"amount"`
}

func (t *Transaction) describeLines(lines []core.BilledLine) {
	for i := range lines {
		l := &lines[i]
		t.Lines = append(t.Lines, BilledLine{l.Product, l.Quantity.String(), l.Price.String(), l.Agreed, amount(l.Amount)})
	}
}

func (t *Transaction) lineRows() [][]string {
	rows := make([][]string, 0, len(t.Lines))
	for i := range t.Lines {
		l := &t.Lines[i]
		row := []string{"line", l.Product, l.Quantity + " x " + l.Price, l.Amount}
		if l.Agreed {
			row = append(row, "agreed")
		}
		rows = append(rows, row)
	}
	return rows
}
