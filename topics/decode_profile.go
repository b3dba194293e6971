package topics

import (
	"slices"
	"strings"

	"purser/processors/core"
)

var media = map[string]core.Medium{
	"post": core.ByPost, "email": core.ByEmail, "sms": core.BySMS, "in_person": core.InPerson, "other": core.ByOtherMedium,
}

var namings = map[string]core.Naming{
	"": core.NamedByDefinition, "given": core.NamedByDefinition, "number": core.NamedByNumber, "number_and_contact": core.NamedByNumberAndContact,
}

var addressRules = map[string]core.AddressRule{
	"": core.AddressNever, "never": core.AddressNever, "always": core.AddressAlways, "conditional": core.AddressMaybe,
}

// particulars decodes a field of CustomerTerms that is about the account's owner (R8.12, R8.13, R8.16); false where it is another one.
func (c *cursor) particulars(name string, t *core.CustomerTerms) bool {
	var p core.Particulars
	if t.Particulars != nil {
		p = *t.Particulars
	}
	switch name {
	case "name":
		p.Name = strings.Clone(c.ident(name))
	case "contact_name":
		p.Contact = strings.Clone(c.ident(name))
	case "billing_address":
		p.Address = strings.Clone(c.ident(name))
	case "reward_participant":
		p.Rewarded = c.boolean(name)
	case "presentment_preferences":
		c.each(name, func() { p.Recipients = append(p.Recipients, c.recipient()) })
	default:
		return false
	}
	if p.Name != "" || p.Contact != "" || p.Address != "" || p.Rewarded || len(p.Recipients) > 0 {
		t.Particulars = &p
	}
	return true
}

// recipient decodes a PresentmentPreference. Whether it needs a recipient is a rule of the core.
func (c *cursor) recipient() (r core.Recipient) {
	medium := ""
	for c.more() {
		switch name := c.name(); name {
		case "medium":
			medium, _ = c.str(name)
		case "recipient":
			r.To = strings.Clone(c.ident(name))
		default:
			c.skip(name)
		}
	}
	r.Medium = media[medium]
	switch {
	case medium == "":
		c.missing("medium", "one of post, email, sms, in_person, other")
	case r.Medium == 0:
		c.refuse(ReasonBadValue, "medium", "expected one of post, email, sms, in_person, other, came "+quoted(medium))
	}
	return r
}

// accountRules decodes AccountSettings; nil where none is given.
func (c *cursor) accountRules(field string) *core.AccountRules {
	if !c.enter('{', field) {
		return nil
	}
	r, naming, address := &core.AccountRules{}, "", ""
	c.within(field, func() {
		for c.more() {
			switch name := c.name(); name {
			case "classifications":
				r.Classes = c.contacts(name)
			case "names":
				naming, _ = c.str(name)
			case "billing_address":
				address, _ = c.str(name)
			case "optional_for":
				c.optionalFor(name, r)
			case "optional_for_plans":
				r.Plans = c.contacts(name)
			case "optional_for_billing_terms":
				r.Terms = c.contacts(name)
			default:
				c.skip(name)
			}
		}
		var known bool
		if r.Naming, known = namings[naming]; !known {
			c.refuse(ReasonBadValue, "names", "expected one of given, number, number_and_contact, came "+quoted(naming))
		}
		if r.Address, known = addressRules[address]; !known {
			c.refuse(ReasonBadValue, "billing_address", "expected one of always, never, conditional, came "+quoted(address))
		}
	})
	return r
}

// optionalFor decodes where a billing address is not mandatory.
func (c *cursor) optionalFor(field string, r *core.AccountRules) {
	for _, word := range c.contacts(field) {
		switch word {
		case "standalone":
			r.Standalone = true
		case "parent":
			r.Parent = true
		case "member":
			r.Member = true
		case "reward_participant":
			r.Rewarded = true
		default:
			c.refuse(ReasonBadValue, field, "expected standalone, parent, member, reward_participant, came "+quoted(word))
		}
	}
}

// particulars is preceded by a word, as other optional fields are.
func (w *canon) particulars(p *core.Particulars) {
	if p == nil {
		return
	}
	w.text("particulars")
	w.text(p.Name)
	w.text(p.Contact)
	w.text(p.Address)
	w.flag(p.Rewarded)
	w.count(len(p.Recipients))
	for i := range p.Recipients {
		w.count(int(p.Recipients[i].Medium))
		w.text(p.Recipients[i].To)
	}
}

func (w *canon) accountRules(r *core.AccountRules) {
	if r == nil {
		return
	}
	w.text("accounts")
	w.count(int(r.Naming))
	w.count(int(r.Address))
	for _, holds := range [...]bool{r.Standalone, r.Parent, r.Member, r.Rewarded} {
		w.flag(holds)
	}
	for _, list := range [...][]string{r.Classes, r.Plans, r.Terms} {
		w.texts(list)
	}
}

func particularsBody(b *CustomerTerms, p *core.Particulars) {
	if p == nil {
		return
	}
	b.Name, b.ContactName, b.BillingAddress, b.RewardParticipant = p.Name, p.Contact, p.Address, p.Rewarded
	for i := range p.Recipients {
		b.Presentment = append(b.Presentment, PresentmentPreference{Medium: p.Recipients[i].Medium.String(), Recipient: p.Recipients[i].To})
	}
}

func accountSettingsOf(r *core.AccountRules) *AccountSettings {
	if r == nil {
		return nil
	}
	b := &AccountSettings{
		Classifications: slices.Clone(r.Classes), Names: r.Naming.String(), BillingAddress: r.Address.String(), Plans: slices.Clone(r.Plans),
		BillingTerms: slices.Clone(r.Terms),
	}
	for _, c := range [...]struct {
		holds bool
		word  string
	}{{r.Standalone, "standalone"}, {r.Parent, "parent"}, {r.Member, "member"}, {r.Rewarded, "reward_participant"}} {
		if c.holds {
			b.OptionalFor = append(b.OptionalFor, c.word)
		}
	}
	return b
}

// RecipientsOf are who gets what goes out about a customer account; nil where nobody is said to (R8.16).
func RecipientsOf(t *core.CustomerTerms) *Recipients {
	if t == nil || t.Particulars == nil || len(t.Particulars.Recipients) == 0 {
		return nil
	}
	return &Recipients{
		Post: t.Reached(core.ByPost), Email: t.Reached(core.ByEmail), SMS: t.Reached(core.BySMS), InPerson: t.Reached(core.InPerson),
		Other: t.Reached(core.ByOtherMedium),
	}
}
