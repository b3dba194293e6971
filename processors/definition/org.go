package definition

import (
	"strings"
	"time"

	"purser/processors/core"
)

// DefineOrg adds a version of an org, which exists from its first definition on.
func DefineOrg(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	org, known := b.Org(ev.Org)
	if !known {
		return core.Miss
	}
	if org == nil {
		org = b.NewOrg(strings.Clone(ev.Org))
	} else {
		b.Touch(org)
	}
	v := *ev.OrgDef
	v.EffectiveFrom = core.Effective(v.EffectiveFrom, ev)
	v.Multipliers = core.OwnMultipliers(v.Multipliers)
	if v.Zone == nil {
		v.Zone = time.UTC
	}
	org.Versions = core.WithVersion(org.Versions, v)
	return d.Apply()
}
