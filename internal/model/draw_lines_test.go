package model_test

import "pgregory.net/rapid"

// agreed draws a pricing agreement.
func (d *drawer) agreed() []fields {
	all := []fields{}
	for _, product := range []string{"room", "bus", "fuel"} {
		if rapid.Bool().Draw(d.T, product) {
			all = append(all, fields{"product": product, "unit_price": d.one("agreed price", "0", "7.5", "0.0000005", "12.345678901")})
		}
	}
	if len(all) > 0 && d.sometimes("twice") {
		all = append(all, all[0])
	}
	return all
}

// saleLines draws what a transaction is for.
func (d *drawer) saleLines() (lines []fields) {
	for range rapid.IntRange(1, 3).Draw(d.T, "lines") {
		l := fields{"product": d.one("product", "room", "bus", "fuel", "tea")}
		d.put(l, "quantity", "", "", "2", "0.333333333", "0")
		d.put(l, "unit_price", "", "9.99", "9.99", "0.0000015", "999999999999")
		d.put(l, "product_type", "", "stay", "ride")
		d.put(l, "product_family", "", "travel")
		lines = append(lines, l)
	}
	return lines
}
