package processors

import "strings"

// defineCampaign adds a version of a campaign (R6.1).
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
	if c == nil {
		c = b.NewCampaign(org.ID, v.ID)
	} else {
		b.Touch(c)
	}
	c.Versions = withVersion(c.Versions, v)
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
	b.Delete(c)
	return d.apply()
}
