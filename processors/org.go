package processors

import (
	"strings"
	"time"
)

// defineOrg adds a version of an org, which exists from its first definition on.
func defineOrg(b Book, ev *Event, d *Decision) Status {
	org, known := b.Org(ev.Org)
	if !known {
		return Miss
	}
	if org == nil {
		org = b.NewOrg(strings.Clone(ev.Org))
	} else {
		b.Touch(org)
	}
	v := *ev.OrgDef
	v.EffectiveFrom = effective(v.EffectiveFrom, ev)
	v.Multipliers = ownMultipliers(v.Multipliers)
	if v.Zone == nil {
		v.Zone = time.UTC
	}
	org.Versions = withVersion(org.Versions, v)
	return d.apply()
}
