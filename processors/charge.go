package processors

import "purser/processors/money"

// charge moves a charge out of an account's buckets in the order in which they burn (R3.5): what grants pay goes to
// world:complimentary, the rest is revenue (R3.6). Where the price is in another currency, the account's side goes to
// world:fx, and the price's side comes from there, split in the same proportion: revenue is rounded, complimentary gets
// what is left, so that both currencies sum to zero exactly (R2.4). It returns what grants pay.
func (t *draft) charge(b Book, a *Account, revenueName string, in money.Currency, price, charge money.Amount) (burned money.Amount, err error) {
	from, revenue := t.account(b, a), t.system(b, a.Org, revenueName, in)
	complimentary, purchasedTo := -1, revenue
	if len(a.Grants) > 0 {
		complimentary = t.system(b, a.Org, WorldComplimentary, in)
	}
	grantsTo := complimentary
	converted := in != a.Currency
	if converted {
		grantsTo = t.system(b, a.Org, WorldFX, a.Currency)
		purchasedTo = grantsTo
	}
	purchased := charge
	for i := 0; i < len(a.Grants) && purchased > 0; i++ {
		g := &a.Grants[i]
		part := min(g.Amount, purchased)
		purchased -= part
		if err := t.move(from, grantsTo, part, Complimentary, g.ID); err != nil {
			return 0, err
		}
	}
	burned = charge - purchased
	if err := t.move(from, purchasedTo, purchased, Purchased, ""); err != nil || !converted {
		return burned, err
	}
	fx, income := t.system(b, a.Org, WorldFX, in), revenueOf(price, purchased, charge)
	if err := t.move(fx, revenue, income, NoBucket, ""); err != nil || income == price {
		return burned, err
	}
	return burned, t.move(fx, complimentary, price-income, NoBucket, "")
}

// revenueOf is the part of a price that purchased money pays; all of it where the charge is too small to be split.
func revenueOf(price, purchased, charge money.Amount) money.Amount {
	if charge == 0 {
		return price
	}
	return money.Share(price, purchased, charge)
}
