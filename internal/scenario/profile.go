package scenario

import (
	"strings"

	"purser/processors/core"
	"purser/topics"
)

// profileOption reads what a customer account says of its owner (R8.12, R8.13, R8.16).
func profileOption(w *words, c *topics.CustomerTerms) bool {
	switch {
	case w.skip("name"):
		c.Name = w.take("a name")
	case w.skip("contact"):
		c.ContactName = w.take("the contact's name")
	case w.skip("address"):
		c.BillingAddress = w.take("the billing address")
	case w.skip("rewarded"):
		c.RewardParticipant = true
	case w.skip("by-post"):
		c.Presentment = append(c.Presentment, topics.PresentmentPreference{Medium: core.ByPost.String()})
	case w.skip("gets"):
		c.Presentment = append(c.Presentment, topics.PresentmentPreference{Medium: w.take("a medium"), Recipient: w.take("who gets it")})
	default:
		return false
	}
	return true
}

// readAccountSettings reads what an org demands of its customer accounts.
func readAccountSettings(w *words) *topics.AccountSettings {
	a := &topics.AccountSettings{}
	for w.more() {
		switch {
		case w.skip("label"):
			a.Classifications = append(a.Classifications, w.take("a classification"))
		case w.skip("named-by"):
			a.Names = w.take("given, number or number_and_contact")
		case w.skip("address"):
			a.BillingAddress = w.take("always, never or conditional")
		case w.skip("none-for"):
			a.OptionalFor = append(a.OptionalFor, w.take("standalone, parent, member or reward_participant"))
		case w.skip("none-for-plan"):
			a.Plans = append(a.Plans, w.take("a subscription plan"))
		case w.skip("none-for-term"):
			a.BillingTerms = append(a.BillingTerms, w.take("a billing term"))
		default:
			return a
		}
	}
	return a
}

// sentTo lists who gets what goes out about a customer account, by medium.
func sentTo(t *core.CustomerTerms) (all []string) {
	for m := core.ByPost; m <= core.ByOtherMedium; m++ {
		if to := t.Reached(m); len(to) > 0 {
			all = append(all, "by "+m.String()+" "+strings.Join(to, ","))
		}
	}
	return all
}
