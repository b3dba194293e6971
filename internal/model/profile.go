package model

import (
	"fmt"
	"slices"
	"strings"
)

// profile is what a customer account says of its owner.
type particulars struct {
	name, contact, address string
	rewarded               bool
	gets                   []presented
}

type presented struct{ medium, recipient string }

// profileRules are what an org demands of it (R8.12, R8.13).
type profileRules struct {
	labels, optional, plans, terms []string
	names, address                 string
}

func (b *body) particulars() (p particulars) {
	p = particulars{name: b.text("name"), contact: b.text("contact_name"), address: b.text("billing_address"), rewarded: b.flag("reward_participant")}
	for _, o := range b.objects("presentment_preferences") {
		x := presented{o.name("medium"), o.text("recipient")}
		o.demand(slices.Contains([]string{"post", "email", "sms", "in_person", "other"}, x.medium))
		b.demand(!o.bad)
		p.gets = append(p.gets, x)
	}
	return p
}

func (b *body) profileRules() profileRules {
	o := b.object("accounts")
	if o == nil {
		return profileRules{}
	}
	r := profileRules{o.texts("classifications"), o.texts("optional_for"), o.texts("optional_for_plans"), o.texts("optional_for_billing_terms"), o.text("names"), o.text("billing_address")}
	o.demand(slices.Contains([]string{"", "given", "number", "number_and_contact"}, r.names) && slices.Contains([]string{"", "always", "never", "conditional"}, r.address))
	for _, what := range r.optional {
		o.demand(slices.Contains([]string{"standalone", "parent", "member", "reward_participant"}, what))
	}
	b.demand(!o.bad)
	return r
}

// refusesProfile says why the particulars of a definition are refused. a is nil where the account is new.
func (r profileRules) refusesProfile(a *account, c *customerTerms) string {
	if c == nil {
		c = &customerTerms{}
	}
	p := c.owner
	for _, label := range c.classes {
		if len(r.labels) > 0 && !slices.Contains(r.labels, label) {
			return "unknown_classification"
		}
	}
	if r.names == "number_and_contact" && p.name+p.contact == "" && (a == nil || a.number == 0) {
		return "contact_name_required"
	}
	exempt := r.address == "" || r.address == "never"
	if r.address == "conditional" { // there are no groups: every account stands alone
		exempt = slices.Contains(r.optional, "standalone") || p.rewarded && slices.Contains(r.optional, "reward_participant") ||
			c.plan != "" && slices.Contains(r.plans, c.plan) || c.term != "" && slices.Contains(r.terms, c.term)
	}
	if p.address == "" && !exempt {
		return "billing_address_required"
	}
	if len(p.gets) > 20 {
		return "too_many_preferences"
	}
	for _, x := range p.gets {
		if x.recipient == "" && (x.medium != "post" || p.address == "") {
			return "recipient_required"
		}
	}
	return ""
}

// number gives an account the next number of its org's, where its accounts are named by them.
func (o *org) number(a *account, r profileRules, c *customerTerms) {
	if a.number != 0 || r.names == "" || r.names == "given" {
		return
	}
	o.numbered++
	a.number, a.numberedName = o.numbered, fmt.Sprint(o.numbered)
	if c != nil && r.names == "number_and_contact" && c.owner.contact != "" {
		a.numberedName += " " + c.owner.contact
	}
}

// called is the account's name by a version of it.
func (a *account) called(c *customerTerms) string {
	if c != nil && c.owner.name != "" {
		return c.owner.name
	}
	return a.numberedName
}

// sentTo is who gets what goes out, by medium.
func sentTo(c *customerTerms) string {
	if c == nil {
		return ""
	}
	var all []string
	for _, medium := range []string{"post", "email", "sms", "in_person", "other"} {
		var to []string
		for _, x := range c.owner.gets {
			if x.medium == medium {
				if x.recipient == "" {
					x.recipient = c.owner.address
				}
				to = append(to, x.recipient)
			}
		}
		if len(to) > 0 {
			all = append(all, "by "+medium+" "+strings.Join(to, ","))
		}
	}
	return strings.Join(all, " ")
}
