package processors

import (
	"purser/processors/money"
)

// rateBetween returns the org's rate between two currencies in force at a time: Done with the rate (1 within a currency),
// Miss, or no status where the org has none (R2.4).
func rateBetween(b Book, org string, from, to money.Currency, at Time) (money.Factor, Status) {
	if from == to {
		return money.One, Done
	}
	fx, known := b.FX(org, from, to)
	switch {
	case !known:
		return money.One, Miss
	case fx == nil:
		return money.One, 0
	default:
		return inForce(fx.Versions, at).Rate, Done
	}
}

// defineRate adds a version of a conversion rate.
func defineRate(b Book, ev *Event, d *Decision) Status {
	v := *ev.FX
	org, orgKnown := b.Org(ev.Org)
	fx, fxKnown := b.FX(ev.Org, v.From, v.To)
	if !orgKnown || !fxKnown {
		return Miss
	}
	if org == nil {
		return d.refuse(UnknownOrg)
	}
	if fx == nil {
		fx = b.NewFX(org.ID, v.From, v.To)
	} else {
		b.Touch(fx)
	}
	v.EffectiveFrom = effective(v.EffectiveFrom, ev)
	fx.Versions = withVersion(fx.Versions, v)
	return d.apply()
}
