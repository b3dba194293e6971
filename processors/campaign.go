package processors

import (
	"slices"
	"strings"
)

// paidBy are the funding sources that any version of a campaign names, each once.
func paidBy(versions []CampaignVersion) (all []string) {
	for i := range versions {
		if id := versions[i].FundingSource; id != "" && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

// defineCampaign adds a version of a campaign. The funding source that it names is there (R6.1), and stays as long as any version names
// it (R2.3).
func defineCampaign(b Book, ev *Event, d *Decision) Status {
	org, orgKnown := b.Org(ev.Org)
	c, known := b.Campaign(ev.Org, ev.Campaign.ID)
	if !orgKnown || !known {
		return Miss
	}
	if org == nil {
		return d.refuse(UnknownOrg)
	}
	v := *ev.Campaign
	v.ID, v.FundingSource = strings.Clone(v.ID), strings.Clone(v.FundingSource)
	v.EffectiveFrom = effective(v.EffectiveFrom, ev)
	var old []CampaignVersion
	if c != nil {
		old = c.Versions
	}
	versions := withVersion(old, v)
	var sources references
	switch known, why := sources.load(b, org.ID, paidBy(old), paidBy(versions)); {
	case !known:
		return Miss
	case why != ReasonNone:
		return d.refuse(why)
	}
	if c == nil {
		c = b.NewCampaign(org.ID, v.ID)
	} else {
		b.Touch(c)
	}
	c.Versions = versions
	sources.count(b)
	return d.apply()
}

// removeCampaign forgets a campaign of which no send is pending (R2.3). What follows sends that are final needs it no more.
func removeCampaign(b Book, ev *Event, d *Decision) Status {
	c, known := b.Campaign(ev.Org, ev.Campaign.ID)
	switch {
	case !known:
		return Miss
	case c == nil:
		return d.refuse(UnknownCampaign)
	case c.Pending > 0:
		return d.refuse(InUse)
	}
	var sources references
	if known, _ := sources.load(b, c.Org, paidBy(c.Versions), nil); !known {
		return Miss
	}
	b.Delete(c)
	sources.count(b)
	return d.apply()
}
