package spending

import (
	"strings"

	"purser/processors/core"
)

// DefineShopper adds a version of a user: from then on he is in these groups and can see these catalogs (R7.2).
func DefineShopper(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	org, orgKnown := b.Org(ev.Org)
	user, known := b.Shopper(ev.Org, ev.Shopper.ID)
	switch {
	case !known || !orgKnown:
		return core.Miss
	case org == nil:
		return d.Refuse(core.UnknownOrg)
	}
	v := *ev.Shopper
	v.EffectiveFrom = core.Effective(v.EffectiveFrom, ev)
	if user == nil {
		user = b.NewShopper(ev.Org, strings.Clone(v.ID))
	} else {
		b.Touch(user)
	}
	versions := core.WithVersion(user.Versions, v)
	user.Versions = versions[max(0, len(versions)-maxVersions):]
	return d.Apply()
}

// RemoveShopper forgets in which groups a user is, and what he can see. What he has on spending accounts stays.
func RemoveShopper(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	user, known := b.Shopper(ev.Org, ev.Shopper.ID)
	switch {
	case !known:
		return core.Miss
	case user == nil:
		return d.Refuse(core.UnknownUser)
	}
	b.Delete(user)
	return d.Apply()
}

// eligible says whether a user may use an account (R7.2): each selection that is not empty has to match. Where nothing is selected, nobody
// may.
func eligible(t *core.SpendingTerms, id string, user *core.ShopperVersion) bool {
	if len(t.Catalogs)+len(t.Groups)+len(t.Users) == 0 {
		return false
	}
	var groups, catalogs []string
	if user != nil {
		groups, catalogs = user.Groups, user.Catalogs
	}
	return (len(t.Users) == 0 || among(t.Users, id)) &&
		(len(t.Groups) == 0 || meet(t.Groups, groups)) &&
		(len(t.Catalogs) == 0 || meet(t.Catalogs, catalogs))
}

// MaySpend says whether an account is one of a user's at a time (R7.2).
func MaySpend(s *core.Spending, id string, user *core.Shopper, at core.Time) bool {
	return eligible(core.InForce(s.Versions, at).Terms, id, told(user, at))
}
