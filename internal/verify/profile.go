package verify

import (
	"fmt"
	"slices"

	"purser/topics"
)

// customerTerms are what the definition of a customer account says, empty where it says nothing.
func (o *orgModel) customerTerms(account string, at int64) topics.CustomerTerms {
	if def := inForce(o.account(account).versions, at); def != nil && def.Customer != nil {
		return *def.Customer
	}
	return topics.CustomerTerms{}
}

// profiled finds a customer account that has a label that its org has not (R8.12), lacks a billing address that it has to have (R8.13), or sends
// something to nobody (R8.16); and gives it its number (R8.12).
func (a *audit) profiled(o *orgModel, e *entry, b *topics.AccountDefinedBody) {
	if b.Kind != customerAccount {
		return
	}
	var own topics.CustomerTerms
	if b.Customer != nil {
		own = *b.Customer
	}
	for _, p := range own.Presentment {
		if p.Recipient == "" && (p.Medium != "post" || own.BillingAddress == "") {
			a.report.find(CheckPosting, e.where, "%s is to get something by %s, and it is not said who", b.Account, p.Medium)
		}
	}
	settings := inForce(o.customers, a.presentOf(e))
	if settings == nil || settings.Accounts == nil {
		return
	}
	rules := settings.Accounts
	for _, label := range own.Classifications {
		if len(rules.Classifications) > 0 && !slices.Contains(rules.Classifications, label) {
			a.report.find(CheckPosting, e.where, "%s is %s, which is no label of its org's", b.Account, label)
		}
	}
	optional := rules.BillingAddress != "always"
	if rules.BillingAddress == "conditional" {
		optional = slices.Contains(rules.OptionalFor, "standalone") || own.RewardParticipant && slices.Contains(rules.OptionalFor, "reward_participant") ||
			own.SubscriptionPlan != "" && slices.Contains(rules.Plans, own.SubscriptionPlan) || own.BillingTerm != "" && slices.Contains(rules.BillingTerms, own.BillingTerm)
	}
	if own.BillingAddress == "" && !optional {
		a.report.find(CheckPosting, e.where, "%s has to have a billing address, and has none", b.Account)
	}
	acct := o.account(b.Account)
	if acct.number != 0 || rules.Names == "" || rules.Names == "given" {
		return
	}
	o.numbered++
	acct.number, acct.numberedName = o.numbered, fmt.Sprint(o.numbered)
	if rules.Names == "number_and_contact" && own.ContactName != "" {
		acct.numberedName += " " + own.ContactName
	}
}

// addressed finds an invoice that goes out under another name than that of its account, or to others than it says (R8.12, R8.16).
func (a *audit) addressed(o *orgModel, e *entry, t *transaction) {
	b := e.body.Transaction
	if b == nil {
		return
	}
	name, to := "", ""
	if t.body.Kind == "invoice" {
		own := o.customerTerms(t.body.Account, a.presentOf(e))
		if name, to = own.Name, sentTo(own); name == "" {
			name = o.account(t.body.Account).numberedName
		}
	}
	if said := listed(b.Recipients); b.Name != name || said != to {
		a.report.find(CheckSubject, e.where, "it is of %q and goes %s, and should be of %q and go %s", b.Name, said, name, to)
	}
}

// sentTo lists who gets what goes out, by medium.
func sentTo(own topics.CustomerTerms) string {
	var r topics.Recipients
	for _, p := range own.Presentment {
		to := p.Recipient
		if to == "" {
			to = own.BillingAddress
		}
		switch p.Medium {
		case "post":
			r.Post = append(r.Post, to)
		case "email":
			r.Email = append(r.Email, to)
		case "sms":
			r.SMS = append(r.SMS, to)
		case "in_person":
			r.InPerson = append(r.InPerson, to)
		default:
			r.Other = append(r.Other, to)
		}
	}
	return listed(&r)
}

func listed(r *topics.Recipients) string {
	if r == nil || len(r.Post)+len(r.Email)+len(r.SMS)+len(r.InPerson)+len(r.Other) == 0 {
		return ""
	}
	return fmt.Sprintf("by post to %q, email %q, sms %q, in person %q, other %q", r.Post, r.Email, r.SMS, r.InPerson, r.Other)
}
