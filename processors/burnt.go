package processors

import (
	"slices"
	"strings"

	"purser/processors/money"
)

// What a usage event has burned is kept for as long as it may be reversed (R3.9): in a cell of its own, which only orgs pay for
// that have asked for it (docs/adr/0015).

// note begins to take down what a usage event burns, where its org wants usage to be reversible. It changes nothing.
func (r *rating) note(ev *Event, q *quote, before, chargeRate, costRate money.Factor) {
	r.kept = nil
	if r.policy.Reversible == 0 {
		return
	}
	r.kept = &Burnt{
		Usage: ev.Usage, OccurredAt: ev.OccurredAt, Month: r.month, PriceIn: q.currency, Rate: chargeRate,
		Multiplier: q.multiplier, Card: q.card,
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
func (r *rating) keep(b Book, ev *Event, d *Decision) {
	if r.kept == nil {
		return
	}
	c := b.NewBurnt(r.org.ID, ev.Identity)
	meta := c.Meta
	*c = *r.kept
	c.Meta = meta
	c.Cost, c.Charge = d.Price.Cost, d.Price.Charge
	c.NextDue = tickTime(b.Progress(), ev.RecordedAt) + r.policy.Reversible
}

func partOf(g *Grant, amount money.Amount) Part {
	if g == nil {
		return Part{Amount: amount}
	}
	return Part{Grant: g.ID, GrantedAt: g.GrantedAt, ExpiresAt: g.ExpiresAt, Amount: amount}
}

func ownChannel(channel string) string {
	if own := builtin(channel); own != "" {
		return own
	}
	return strings.Clone(channel)
}

// forgetBurnt ends the time in which a usage event can be reversed.
func forgetBurnt(b Book, c *Burnt, d *Decision) Status {
	b.Delete(c)
	return d.silent()
}

// purchased is the part of a charge that purchased credit has paid.
func (c *Burnt) purchased() (sum money.Amount) {
	for i := range c.Parts {
		if c.Parts[i].Grant == "" {
			sum += c.Parts[i].Amount
		}
	}
	return sum
}

// giveBack takes an amount off the parts, the last ones first (R3.9), and returns what came off which.
func (c *Burnt) giveBack(amount money.Amount) (back []Part) {
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

// wouldBurn is what an amount burns now, part by part (R3.5).
func (a *Account) wouldBurn(amount money.Amount) (parts []Part) {
	for i := 0; i < len(a.Grants) && amount > 0; i++ {
		g := &a.Grants[i]
		part := min(g.Amount, amount)
		amount -= part
		parts = append(parts, partOf(g, part))
	}
	if amount > 0 {
		parts = append(parts, partOf(nil, amount))
	}
	return parts
}

// grant finds the grant that a part came from; nil: nothing is left of it.
func (a *Account) grant(p *Part) *Grant {
	for i := range a.Grants {
		if g := &a.Grants[i]; g.ID == p.Grant && g.GrantedAt == p.GrantedAt && g.ExpiresAt == p.ExpiresAt {
			return g
		}
	}
	return nil
}

// giveGrant puts a part back into the grant that it came from.
func (a *Account) giveGrant(p *Part) {
	a.addGrant(Grant{ID: p.Grant, Amount: p.Amount, GrantedAt: p.GrantedAt, ExpiresAt: p.ExpiresAt})
}
