package verify

import "purser/topics"

// source is the funding source that a team's definition came to name; "" for none.
type source string

// flagDefault moves the flag of the org's default funding source, as of when the definition comes into force (R5.1).
func (o *orgModel) flagDefault(b *topics.AccountDefinedBody, from int64) {
	if b.Funding == nil {
		return
	}
	has := o.defaultSource(from) == source(b.Account)
	switch {
	case b.Funding.Default && !has:
		o.defaults = with(o.defaults, from, source(b.Account))
	case !b.Funding.Default && has:
		o.defaults = with(o.defaults, from, source(""))
	}
}

// forgetDefault takes the flag from an account that is removed.
func (o *orgModel) forgetDefault(name string) {
	for i := range o.defaults {
		if o.defaults[i].def == source(name) {
			o.defaults[i].def = ""
		}
	}
}

func (o *orgModel) defaultSource(at int64) source {
	if s := inForce(o.defaults, at); s != nil {
		return *s
	}
	return ""
}

// named is the funding source that a team's definition names, or the org's default where it names none (R5.4).
func (o *orgModel) named(name string, from int64) source {
	switch name {
	case "":
		return o.defaultSource(from)
	case "none":
		return ""
	}
	return source(name)
}

// organise follows the definitions of teams, and who is in them (R5.4, R5.9).
func (a *audit) organise(o *orgModel, e *entry) {
	in := e.event
	body := bodyOf(kinds[in.kind])
	if body == nil || decode(a.inputs.bodyOf(in), body) != nil {
		return
	}
	switch b := body.(type) {
	case *topics.TeamDefinedBody:
		from := effective(b.EffectiveFrom, in)
		o.teams[b.Team] = with(o.teams[b.Team], from, o.named(b.FundingSource, from))
		o.licensers[b.Team] = with(o.licensers[b.Team], from, o.named(b.LicenceSource, from))
		o.budget(b.Team).define(b.Budget, from)
	case *topics.TeamRemovedBody:
		delete(o.teams, b.Team)
		delete(o.licensers, b.Team)
		delete(o.budgets, b.Team)
	case *topics.MemberBody:
		team := b.Team
		if kinds[in.kind] == topics.TypeMemberLeft {
			team = ""
		}
		acct := o.account(b.Account)
		acct.teams = with(acct.teams, in.occurred, team)
	}
}

// teamAt is the team that a wallet's user was in; "" for none.
func (acct *account) teamAt(at int64) string {
	if len(acct.teams) == 0 || at < acct.teams[0].from {
		return ""
	}
	return *inForce(acct.teams, at)
}

// payerOf is who pays for a send of a campaign (R6.1).
func (o *orgModel) payerOf(terms *topics.CampaignDefinedBody, sender, team string, at int64) string {
	switch {
	case terms.Payer == payerSender:
		return sender
	case terms.FundingSource != "":
		return terms.FundingSource
	}
	if s := inForce(o.teams[team], at); team != "" && s != nil && *s != "" {
		return string(*s)
	}
	return string(o.defaultSource(at))
}

// adjusterOf is who pays what a send costs more in the end (R6.6); "" for nobody.
func (o *orgModel) adjusterOf(s *sent, at int64) string {
	if s.funding != "" {
		return s.funding
	}
	if source := inForce(o.teams[s.team], at); s.team != "" && source != nil {
		if *source == "" {
			return s.sender
		}
		return string(*source)
	}
	return string(o.defaultSource(at))
}
