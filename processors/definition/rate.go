package definition

import "purser/processors/core"

// DefineRate adds a version of a conversion rate.
func DefineRate(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	v := *ev.FX
	org, orgKnown := b.Org(ev.Org)
	fx, fxKnown := b.FX(ev.Org, v.From, v.To)
	if !orgKnown || !fxKnown {
		return core.Miss
	}
	if org == nil {
		return d.Refuse(core.UnknownOrg)
	}
	if fx == nil {
		fx = b.NewFX(org.ID, v.From, v.To)
	} else {
		b.Touch(fx)
	}
	v.EffectiveFrom = core.Effective(v.EffectiveFrom, ev)
	fx.Versions = core.WithVersion(fx.Versions, v)
	return d.Apply()
}
