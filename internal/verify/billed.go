package verify

import (
	"slices"
	"strings"

	"purser/topics"
)

// sold is what the lines of a transaction come to: each at the account's own price for its product in force when it happened, else at the one that it
// has (R8.9). It compares them with what the entry says of them.
func (a *audit) sold(o *orgModel, e *entry, t *transaction) {
	lines := t.body.Lines
	if len(lines) == 0 {
		return
	}
	own := map[string]topics.Number{}
	if def := inForce(o.account(t.body.Account).versions, e.event.occurred); def != nil && def.Customer != nil {
		for _, p := range def.Customer.Prices {
			own[p.Product] = p.UnitPrice
		}
	}
	var shown []topics.BilledLine
	if e.body.Transaction != nil {
		shown = e.body.Transaction.Lines
	}
	if len(shown) != len(lines) {
		a.report.find(CheckSubject, e.where, "it tells of %d lines of %s, and there are %d", len(shown), t.body.Transaction, len(lines))
		shown = make([]topics.BilledLine, len(lines))
	}
	for i := range lines {
		l, said := &lines[i], &shown[i]
		price, agreed := own[l.Product]
		if !agreed {
			price = l.UnitPrice
		}
		quantity, each, err := one, exact{}, error(nil)
		if l.Quantity != "" {
			quantity, err = parseExact(string(l.Quantity))
		}
		if err == nil {
			each, err = parseExact(string(price))
		}
		if err != nil {
			a.report.find(CheckPosting, e.where, "%q of %s at %q was applied", l.Quantity, l.Product, price)
			continue
		}
		sum, err := quantity.times(each).round()
		if err != nil {
			a.report.find(CheckPosting, e.where, "%q of %s at %q was applied", l.Quantity, l.Product, price)
		}
		t.amount += sum
		if said.Product != l.Product || said.ProductType != l.ProductType || said.ProductFamily != l.ProductFamily || said.Agreed != agreed ||
			said.Quantity != quantity.String() || said.UnitPrice != each.String() || !sameAmount(said.Amount, sum.String()) {
			a.report.find(CheckPosting, e.where, "it says %s of %s at %s is %s; it is %s at %s, %s", said.Quantity, said.Product, said.UnitPrice, said.Amount, quantity, each, sum)
		}
	}
}

func normalizeSale(lines []topics.SaleLine) {
	for i := range lines {
		l := &lines[i]
		if l.Quantity == "" {
			l.Quantity = "1"
		}
		figures(&l.Quantity, &l.UnitPrice)
	}
}

// normalizePrices gives a pricing agreement its one order: each product is in it once.
func normalizePrices(all []topics.AgreedPrice) {
	slices.SortFunc(all, func(a, b topics.AgreedPrice) int { return strings.Compare(a.Product, b.Product) })
	for i := range all {
		figures(&all[i].UnitPrice)
	}
}
