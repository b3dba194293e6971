package charging

import (
	"purser/processors/core"
	"purser/processors/money"
)

// Draw moves a charge out of an account's buckets in the order in which they burn (R3.5): what grants pay goes to
// world:complimentary, the rest is revenue (R3.6). Where the price is in another currency, the account's side goes to
// world:fx, and the price's side comes from there, split in the same proportion: revenue is rounded, complimentary gets
// what is left, so that both currencies sum to zero exactly (R2.4). It returns what grants pay.
func Draw(t *core.Draft, b core.Book, a *core.Account, revenueName string, in money.Currency, price, charge money.Amount) (burned money.Amount, err error) {
	from, revenue := t.Account(b, a), t.System(b, a.Org, revenueName, in)
	complimentary, purchasedTo := -1, revenue
	if len(a.Grants) > 0 {
		complimentary = t.System(b, a.Org, core.WorldComplimentary, in)
	}
	grantsTo := complimentary
	converted := in != a.Currency
	if converted {
		grantsTo = t.System(b, a.Org, core.WorldFX, a.Currency)
		purchasedTo = grantsTo
	}
	purchased := charge
	for i := 0; i < len(a.Grants) && purchased > 0; i++ {
		g := &a.Grants[i]
		part := min(g.Amount, purchased)
		purchased -= part
		if err := t.Move(from, grantsTo, part, core.Complimentary, g.ID); err != nil {
			return 0, err
		}
	}
	burned = charge - purchased
	if err := t.Move(from, purchasedTo, purchased, core.Purchased, ""); err != nil || !converted {
		return burned, err
	}
	fx, income := t.System(b, a.Org, core.WorldFX, in), RevenueOf(price, purchased, charge)
	if err := t.Move(fx, revenue, income, core.NoBucket, ""); err != nil || income == price {
		return burned, err
	}
	return burned, t.Move(fx, complimentary, price-income, core.NoBucket, "")
}

// RevenueOf is the part of a price that purchased money pays; all of it where the charge is too small to be split.
func RevenueOf(price, purchased, charge money.Amount) money.Amount {
	if charge == 0 {
		return price
	}
	return money.Share(price, purchased, charge)
}
