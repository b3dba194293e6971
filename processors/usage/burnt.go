package usage

import (
	"slices"
	"strings"

	"purser/processors/core"
	"purser/processors/money"
)

// What a usage event has burned is kept for as long as it may be reversed (R3.9): in a cell of its own, which only orgs pay for
// that have asked for it (docs/adr/0015).

// note begins to take down what a usage event burns, where its org wants usage to be reversible. It changes nothing.
func (r *rating) note(ev *core.Event, q *Quote, before, chargeRate, costRate money.Factor) {
	r.kept = nil
	if r.policy.Reversible == 0 {
		return
	}
	r.kept = &core.Burnt{
		Usage: ev.Usage, OccurredAt: ev.OccurredAt, Month: r.month, PriceIn: q.currency, Rate: chargeRate,
		Multiplier: q.Multiplier, Card: q.Card,
	}
	c := r.kept
	c.Usage.Account, c.Usage.Channel = r.wallet.ID, ownChannel(ev.Usage.Channel)
	if c.Card != nil {
		c.Plan, c.Before = strings.Clone(q.plan), before
	}
	if r.agency != nil {
		c.Agency, c.AgencyRate = r.agency.ID, costRate
	}
}

// keep makes the cell of what post has burned.
func (r *rating) keep(b core.Book, ev *core.Event, d *core.Decision) {
	if r.kept == nil {
		return
	}
	c := b.NewBurnt(r.org.ID, ev.Identity)
	meta := c.Meta
	*c = *r.kept
	c.Meta = meta
	c.Cost, c.Charge = d.Price.Cost, d.Price.Charge
	c.NextDue = core.TickTime(b.Progress(), ev.RecordedAt) + r.policy.Reversible
}

func ownChannel(channel string) string {
	if own := builtin(channel); own != "" {
		return own
	}
	return strings.Clone(channel)
}

// Forget ends the time in which a usage event can be reversed.
func Forget(b core.Book, c *core.Burnt, d *core.Decision) core.Status {
	b.Delete(c)
	return d.Silent()
}

// Purchased is the part of a charge that purchased credit has paid.
func Purchased(c *core.Burnt) (sum money.Amount) {
	for i := range c.Parts {
		if c.Parts[i].Grant == "" {
			sum += c.Parts[i].Amount
		}
	}
	return sum
}

// GiveBack takes an amount off the parts, the last ones first (R3.9), and returns what came off which.
func GiveBack(c *core.Burnt, amount money.Amount) (back []core.Part) {
	parts := slices.Clone(c.Parts)
	for amount > 0 {
		last := &parts[len(parts)-1]
		part := *last
		part.Amount = min(last.Amount, amount)
		amount -= part.Amount
		if last.Amount -= part.Amount; last.Amount == 0 {
			parts = parts[:len(parts)-1]
		}
		back = append(back, part)
	}
	c.Parts = parts
	return back
}
