package topics

import (
	"slices"
	"strconv"
	"strings"

	"purser/processors/core"
	"purser/processors/money"
)

// agreedPrices reads the prices of an agreement, each product once (R8.9).
func (c *cursor) agreedPrices(field string) (all []core.AgreedPrice) {
	c.each(field, func() { all = append(all, c.agreedPrice()) })
	slices.SortFunc(all, func(a, b core.AgreedPrice) int { return strings.Compare(a.Product, b.Product) })
	for i := 1; i < len(all); i++ {
		c.once(field, all[i-1].Product, all[i].Product)
	}
	return all
}

func (c *cursor) agreedPrice() (p core.AgreedPrice) {
	given := false
	for c.more() {
		switch name := c.name(); name {
		case "product":
			p.Product = strings.Clone(c.ident(name))
		case "unit_price":
			p.Price, given = c.factor(name)
		default:
			c.skip(name)
		}
	}
	switch {
	case p.Product == "":
		c.missing("product", "the product that it is of")
	case !given:
		c.missing("unit_price", "what one of it costs")
	}
	return p
}

// saleLines reads what a transaction is for.
func (c *cursor) saleLines(field string) (lines []core.SaleLine) {
	for ok := c.enter('[', field); ok && c.more(); {
		c.within(field+"."+strconv.Itoa(len(lines)), func() { lines = append(lines, c.saleLine()) })
	}
	return lines
}

func (c *cursor) saleLine() core.SaleLine {
	l := core.SaleLine{Quantity: money.One}
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "product":
			l.Product = c.ident(name)
		case "product_type":
			l.Type = c.ident(name)
		case "product_family":
			l.Family = c.ident(name)
		case "quantity":
			if f, given := c.factor(name); given {
				l.Quantity = f
			}
		case "unit_price":
			l.Price, l.Priced = c.factor(name)
		default:
			c.skip(name)
		}
	}
	if l.Product == "" {
		c.missing("product", "what it is")
	}
	return l
}

func (w *canon) agreedPrices(all []core.AgreedPrice) {
	if len(all) == 0 {
		return
	}
	w.text("prices")
	w.count(len(all))
	for i := range all {
		w.text(all[i].Product)
		w.factor(all[i].Price)
	}
}

func (w *canon) saleLines(lines []core.SaleLine) {
	if len(lines) == 0 {
		return
	}
	w.text("lines")
	w.count(len(lines))
	for i := range lines {
		l := &lines[i]
		w.text(l.Product)
		w.text(l.Type)
		w.text(l.Family)
		w.factor(l.Quantity)
		w.flag(l.Priced)
		w.factor(l.Price)
	}
}

func agreedPricesBody(all []core.AgreedPrice) (b []AgreedPrice) {
	for i := range all {
		b = append(b, AgreedPrice{Product: all[i].Product, UnitPrice: Number(all[i].Price.String())})
	}
	return b
}
