package topics

import (
	"slices"
	"strconv"
	"strings"

	"purser/processors/core"
	"purser/processors/money"
)

// rateCards reads a map of channel to rate card, ascending by channel (R3.3).
func (c *cursor) rateCards(field string) []core.RateCard {
	var list []core.RateCard
	for ok := c.enter('{', field); ok && c.more(); {
		channel := c.channel(field)
		c.within(field+"."+channel, func() { list = append(list, c.rateCard(channel)) })
	}
	slices.SortFunc(list, func(a, b core.RateCard) int { return strings.Compare(a.Channel, b.Channel) })
	return list
}

// rateCard reads one. A flat unit price is a single tier without an end.
func (c *cursor) rateCard(channel string) core.RateCard {
	card := core.RateCard{Channel: channel}
	var flat money.Factor
	hasFlat, hasCurrency := false, false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "currency":
			card.Currency, hasCurrency = c.currency(name)
		case "unit_price":
			flat, hasFlat = c.factor(name)
		case "tiers":
			card.Tiers = c.tiers(name)
		case "mode":
			card.WholeVolume = c.wholeVolume(name)
		case "minimum":
			card.Minimum, _ = c.amount(name)
		default:
			c.skip(name)
		}
	}
	switch {
	case !hasCurrency:
		c.missing("currency", "the currency of the prices")
	case hasFlat && len(card.Tiers) > 0:
		c.refuse(ReasonConflict, "tiers", "expected either unit_price or tiers, came both")
	case hasFlat:
		card.Tiers = []core.Tier{{UnitPrice: flat}}
	case len(card.Tiers) == 0:
		c.missing("unit_price", "either unit_price or tiers")
	}
	return card
}

func (c *cursor) wholeVolume(field string) bool {
	switch s, _ := c.str(field); s {
	case "", "graduated":
		return false
	case "whole_volume":
		return true
	default:
		c.refuse(ReasonBadValue, field, `expected one of graduated, whole_volume, came `+quoted(s))
		return false
	}
}

// tiers reads the list: each but the last ends, at a greater volume than the one before it, and the last has no end.
func (c *cursor) tiers(field string) []core.Tier {
	var tiers []core.Tier
	for ok := c.enter('[', field); ok && c.more(); {
		c.within(field+"."+strconv.Itoa(len(tiers)), func() { tiers = append(tiers, c.tier()) })
	}
	last := len(tiers) - 1
	for i, tier := range tiers {
		at := field + "." + strconv.Itoa(i) + ".up_to"
		switch {
		case i == last && !tier.UpTo.IsZero():
			c.refuse(ReasonBadTiers, at, "expected the last tier to have no end, came "+tier.UpTo.String())
		case i < last && tier.UpTo.IsZero():
			c.refuse(ReasonBadTiers, at, "expected an end of every tier but the last, came nothing")
		case i < last && i > 0 && tier.UpTo.Cmp(tiers[i-1].UpTo) <= 0:
			c.refuse(ReasonBadTiers, at, "expected a volume greater than "+tiers[i-1].UpTo.String()+", the end of the tier before, came "+tier.UpTo.String())
		}
	}
	return tiers
}

func (c *cursor) tier() (tier core.Tier) {
	hasPrice := false
	for ok := c.enter('{', ""); ok && c.more(); {
		switch name := c.name(); name {
		case "up_to":
			var given bool
			if tier.UpTo, given = c.factor(name); given && tier.UpTo.IsZero() {
				c.refuse(ReasonBadTiers, name, "expected a volume greater than zero, came zero")
			}
		case "unit_price":
			tier.UnitPrice, hasPrice = c.factor(name)
		default:
			c.skip(name)
		}
	}
	if !hasPrice {
		c.missing("unit_price", "a price")
	}
	return tier
}

func (w *canon) rateCards(list []core.RateCard) {
	w.count(len(list))
	for i := range list {
		card := &list[i]
		w.text(card.Channel)
		w.currency(card.Currency)
		w.flag(card.WholeVolume)
		w.amount(card.Minimum)
		w.count(len(card.Tiers))
		for _, tier := range card.Tiers {
			w.factor(tier.UpTo)
			w.factor(tier.UnitPrice)
		}
	}
}
