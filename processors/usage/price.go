package usage

import (
	"slices"
	"strings"

	"purser/processors/core"
	"purser/processors/money"
)

// Quote is what a channel is priced by: a multiplier of the cost, or a rate card.
type Quote struct {
	basis      core.Basis
	Multiplier money.Factor
	Card       *core.RateCard
	plan       string
	currency   money.Currency // of the price: the rate card's, or the cost's
}

// quote finds the price of a channel, the most specific first: the location's multiplier, the plan's rate card, the
// plan's multiplier, the org's, and 1 for the channels that are always known (R3.2, R3.3).
func (r *rating) quote(channel string, cost money.Currency) (q Quote, priced bool) {
	if m, ok := multiplier(r.terms.Multipliers, channel); ok {
		return Quote{basis: core.ByLocation, Multiplier: m, currency: cost}, true
	}
	if r.plan != nil {
		if card := RateCard(r.plan.RateCards, channel); card != nil {
			return Quote{basis: core.ByRateCard, Card: card, plan: r.terms.Plan, currency: card.Currency}, true
		}
		if m, ok := multiplier(r.plan.Multipliers, channel); ok {
			return Quote{basis: core.ByPlan, Multiplier: m, plan: r.terms.Plan, currency: cost}, true
		}
	}
	if m, ok := multiplier(r.policy.Multipliers, channel); ok {
		return Quote{basis: core.ByOrg, Multiplier: m, currency: cost}, true
	}
	return Quote{basis: core.ByDefault, Multiplier: money.One, currency: cost}, builtin(channel) != ""
}

// builtin returns the name of a channel that needs no price to be known (R3.1), or "".
func builtin(channel string) string {
	switch channel {
	case "message":
		return "message"
	case "email":
		return "email"
	case "call":
		return "call"
	case "phone_number":
		return "phone_number"
	default:
		return ""
	}
}

func multiplier(ms []core.Multiplier, channel string) (money.Factor, bool) {
	i, found := slices.BinarySearchFunc(ms, channel, func(m core.Multiplier, c string) int { return strings.Compare(m.Channel, c) })
	if !found {
		return money.Factor{}, false
	}
	return ms[i].Factor, true
}

// RateCard is the card of a channel; nil: there is none.
func RateCard(cards []core.RateCard, channel string) *core.RateCard {
	i, found := slices.BinarySearchFunc(cards, channel, func(c core.RateCard, s string) int { return strings.Compare(c.Channel, s) })
	if !found {
		return nil
	}
	return &cards[i]
}

// Charge returns the price times rate, rounded once. before is the month's volume without this event.
func (q *Quote) Charge(u *core.Usage, before, rate money.Factor) (money.Amount, error) {
	if q.Card == nil {
		return Cost(u, q.Multiplier, rate)
	}
	sum, err := price(q.Card, before, u.Quantity)
	if err != nil {
		return 0, err
	}
	return sum.Times(rate)
}

// Cost returns the provider's cost times two factors, rounded once (R1.2).
func Cost(u *core.Usage, multiplier, rate money.Factor) (money.Amount, error) {
	if u.HasCost {
		return money.Product(u.Cost, multiplier, rate)
	}
	return money.Product(u.Quantity, u.UnitCost, multiplier, rate)
}

// price returns the exact price of a quantity on top of the volume before it, not less than the card's minimum (R3.3).
func price(c *core.RateCard, before, quantity money.Factor) (money.Sum, error) {
	after, err := before.Add(quantity)
	if err != nil {
		return money.Sum{}, err
	}
	var sum money.Sum
	if c.WholeVolume {
		sum.AddProduct(quantity, reached(c, after))
	} else if sum, err = graduated(c, before, after); err != nil {
		return money.Sum{}, err
	}
	if !sum.Less(c.Minimum) {
		return sum, nil
	}
	minimum, err := c.Minimum.Factor()
	if err != nil {
		return money.Sum{}, err
	}
	sum = money.Sum{}
	sum.AddProduct(minimum, money.One)
	return sum, nil
}

// reached returns the unit price of the tier that a volume has reached: the bound of a tier still belongs to it. A card
// without tiers charges its minimum only.
func reached(c *core.RateCard, volume money.Factor) (price money.Factor) {
	for i := range c.Tiers {
		t := &c.Tiers[i]
		price = t.UnitPrice
		if volume.Cmp(t.UpTo) <= 0 {
			break
		}
	}
	return price
}

// graduated prices each unit between two volumes at the price of the tier that it falls into.
func graduated(c *core.RateCard, from, to money.Factor) (sum money.Sum, err error) {
	last := len(c.Tiers) - 1
	for i := range c.Tiers {
		t := &c.Tiers[i]
		end := to
		if i < last && t.UpTo.Cmp(to) < 0 {
			end = t.UpTo
		}
		if end.Cmp(from) <= 0 {
			continue
		}
		units, err := end.Sub(from)
		if err != nil {
			return money.Sum{}, err
		}
		sum.AddProduct(units, t.UnitPrice)
		from = end
	}
	return sum, nil
}
