package definition

import (
	"purser/processors/core"
	"purser/topics"
)

func userKey(org, id string) ([]byte, error) { return core.AppendShopperKey(nil, org, id), nil }

func askedUser(ev *core.Event) (string, Version) {
	return ev.Shopper.ID, Version{ev.Shopper.EffectiveFrom, topics.UserBody(ev.Shopper)}
}

func heldUser(c core.Cell) *Held {
	user, ok := c.(*core.Shopper)
	if !ok {
		return nil
	}
	h := &Held{Org: user.Org, ID: user.ID}
	for i := range user.Versions {
		h.Versions = append(h.Versions, Version{user.Versions[i].EffectiveFrom, topics.UserBody(&user.Versions[i])})
	}
	return h
}

func spendingKey(org, id string) ([]byte, error) { return core.AppendSpendingKey(nil, org, id), nil }

func askedSpending(ev *core.Event) (string, Version) {
	return ev.Spending.ID, Version{ev.From, topics.SpendingBody(ev.Spending, ev.From)}
}

// heldSpending gives every version the currency that the first one has fixed. A version that only switches the account on or off is one of the
// same definition.
func heldSpending(c core.Cell) *Held {
	s, ok := c.(*core.Spending)
	if !ok {
		return nil
	}
	h := &Held{Org: s.Org, ID: s.ID, Spending: s}
	for i := range s.Versions {
		v := &s.Versions[i]
		b := topics.SpendingBody(v.Terms, v.EffectiveFrom)
		b.SpendingAccount, b.Currency = s.ID, s.Currency.String()
		h.Versions = append(h.Versions, Version{v.EffectiveFrom, b})
	}
	return h
}

// settleSpending gives a spending account that names no currency the one that is fixed.
func settleSpending(body, was any) any {
	b, isSpending := body.(topics.SpendingDefinedBody)
	before, wasSpending := was.(topics.SpendingDefinedBody)
	if isSpending && wasSpending && b.Currency == "" {
		b.Currency = before.Currency
		return b
	}
	return body
}
