package send

import (
	"slices"
	"strings"

	"purser/processors/core"
	"purser/processors/funding"
)

// paidBy are the funding sources that any version of a campaign names, each once.
func paidBy(versions []core.CampaignVersion) (all []string) {
	for i := range versions {
		if id := versions[i].FundingSource; id != "" && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

// DefineCampaign adds a version of a campaign. The funding source that it names is there (R6.1), and stays as long as any version names
// it (R2.3).
func DefineCampaign(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	org, orgKnown := b.Org(ev.Org)
	c, known := b.Campaign(ev.Org, ev.Campaign.ID)
	if !orgKnown || !known {
		return core.Miss
	}
	if org == nil {
		return d.Refuse(core.UnknownOrg)
	}
	v := *ev.Campaign
	v.ID, v.FundingSource = strings.Clone(v.ID), strings.Clone(v.FundingSource)
	v.EffectiveFrom = core.Effective(v.EffectiveFrom, ev)
	var old []core.CampaignVersion
	if c != nil {
		old = c.Versions
	}
	versions := core.WithVersion(old, v)
	var sources funding.References
	switch known, why := sources.Load(b, org.ID, paidBy(old), paidBy(versions)); {
	case !known:
		return core.Miss
	case why != core.ReasonNone:
		return d.Refuse(why)
	}
	if c == nil {
		c = b.NewCampaign(org.ID, v.ID)
	} else {
		b.Touch(c)
	}
	c.Versions = versions
	sources.Count(b)
	return d.Apply()
}

// RemoveCampaign forgets a campaign of which no send is pending (R2.3). What follows sends that are final needs it no more.
func RemoveCampaign(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	c, known := b.Campaign(ev.Org, ev.Campaign.ID)
	switch {
	case !known:
		return core.Miss
	case c == nil:
		return d.Refuse(core.UnknownCampaign)
	case c.Pending > 0:
		return d.Refuse(core.InUse)
	}
	var sources funding.References
	if known, _ := sources.Load(b, c.Org, paidBy(c.Versions), nil); !known {
		return core.Miss
	}
	b.Delete(c)
	sources.Count(b)
	return d.Apply()
}
