package processors

import "strings"

// definePlan adds a version of a price plan.
func definePlan(b Book, ev *Event, d *Decision) Status {
	org, orgKnown := b.Org(ev.Org)
	plan, planKnown := b.Plan(ev.Org, ev.Plan.ID)
	if !orgKnown || !planKnown {
		return Miss
	}
	if org == nil {
		return d.refuse(UnknownOrg)
	}
	v := *ev.Plan
	v.ID = strings.Clone(v.ID)
	v.EffectiveFrom = effective(v.EffectiveFrom, ev)
	v.Credits = ownCredits(v.Credits)
	v.Multipliers, v.RateCards = ownMultipliers(v.Multipliers), ownRateCards(v.RateCards)
	if plan == nil {
		plan = b.NewPlan(org.ID, v.ID)
	} else {
		b.Touch(plan)
	}
	plan.Versions = withVersion(plan.Versions, v)
	return d.apply()
}

// removePlan forgets a plan that no account names (R2.3).
func removePlan(b Book, ev *Event, d *Decision) Status {
	plan, known := b.Plan(ev.Org, ev.Plan.ID)
	if !known {
		return Miss
	}
	if plan == nil {
		return d.refuse(UnknownPlan)
	}
	if plan.Accounts > 0 {
		return d.refuse(InUse)
	}
	b.Delete(plan)
	return d.apply()
}
