package definition

import (
	"strings"

	"purser/processors/core"
)

// DefinePlan adds a version of a price plan.
func DefinePlan(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	org, orgKnown := b.Org(ev.Org)
	plan, planKnown := b.Plan(ev.Org, ev.Plan.ID)
	if !orgKnown || !planKnown {
		return core.Miss
	}
	if org == nil {
		return d.Refuse(core.UnknownOrg)
	}
	v := *ev.Plan
	v.ID = strings.Clone(v.ID)
	v.EffectiveFrom = core.Effective(v.EffectiveFrom, ev)
	v.Credits = core.OwnCredits(v.Credits)
	v.Multipliers, v.RateCards = core.OwnMultipliers(v.Multipliers), core.OwnRateCards(v.RateCards)
	if plan == nil {
		plan = b.NewPlan(org.ID, v.ID)
	} else {
		b.Touch(plan)
	}
	plan.Versions = core.WithVersion(plan.Versions, v)
	return d.Apply()
}

// RemovePlan forgets a plan that no account names (R2.3).
func RemovePlan(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	plan, known := b.Plan(ev.Org, ev.Plan.ID)
	if !known {
		return core.Miss
	}
	if plan == nil {
		return d.Refuse(core.UnknownPlan)
	}
	if plan.Accounts > 0 {
		return d.Refuse(core.InUse)
	}
	b.Delete(plan)
	return d.Apply()
}
