package model

import (
	"maps"
	"slices"
)

// card is a rate card (R3.3).
type card struct {
	currency string
	whole    bool
	tiers    []tier
	minimum  dec
}

type tier struct{ upTo, unitPrice dec }

func (b *body) cards() map[string]*card {
	o := b.object("rate_cards")
	if o == nil {
		return nil
	}
	all := map[string]*card{}
	for _, channel := range slices.Sorted(maps.Keys(o.fields)) {
		all[channel] = o.card(channel)
	}
	b.demand(!o.bad)
	return all
}

func (b *body) card(channel string) *card {
	o := b.object(channel)
	c := &card{currency: o.name("currency"), whole: o.text("mode") == "whole_volume"}
	c.minimum, _ = o.number("minimum", 6)
	flat, hasFlat := o.number("unit_price", 9)
	tiers, hasTiers := o.fields["tiers"].([]any)
	o.demand(hasFlat != hasTiers)
	if hasFlat {
		c.tiers = []tier{{beyond, flat}}
	}
	for i, v := range tiers {
		fields, _ := v.(map[string]any)
		each := &body{fields: fields}
		upTo, ends := each.number("up_to", 9)
		if !ends {
			upTo = beyond
		}
		unitPrice, given := each.number("unit_price", 9)
		o.demand(!each.bad && given && ends == (i < len(tiers)-1))
		c.tiers = append(c.tiers, tier{upTo, unitPrice})
	}
	b.demand(!o.bad)
	return c
}

// of is the exact price of a quantity on top of a volume, not less than the minimum.
func (c *card) of(before, quantity dec) dec {
	after, sum, from := before.Add(quantity), zero, zero
	for _, t := range c.tiers {
		if c.whole { // every unit at the price of the tier that the volume with this event reaches
			if sum = quantity.Mul(t.unitPrice); !after.GreaterThan(t.upTo) {
				break
			}
			continue
		}
		// Each unit at the price of the tier that it falls into: those between before and after that are in this one.
		low, high := from, smaller(t.upTo, after)
		if low.LessThan(before) {
			low = before
		}
		if high.GreaterThan(low) {
			sum = sum.Add(high.Sub(low).Mul(t.unitPrice))
		}
		from = t.upTo
	}
	if sum.LessThan(c.minimum) {
		return c.minimum
	}
	return sum
}

// volumes are what a wallet has used, by channel and month, of the latest three months in which it used a channel.
type volumes struct{ of3 map[string]map[month]dec }

func newVolumes() *volumes { return &volumes{map[string]map[month]dec{}} }

func (v *volumes) of(channel string, m month) dec { return v.of3[channel][m] }

// counted says whether a month is one of the three.
func (v *volumes) counted(channel string, m month) bool {
	_, ok := v.of3[channel][m]
	return ok
}

func (v *volumes) count(channel string, m month, units dec) {
	if v.of3[channel] == nil {
		v.of3[channel] = map[month]dec{}
	}
	months := v.of3[channel]
	months[m] = units
	if len(months) > 3 {
		delete(months, slices.Min(slices.Collect(maps.Keys(months))))
	}
}
