// Package definition is the other way to define what an org is made of: not by events that a system writes, but by files
// that people keep. It turns documents into the events that define (R2.3), compares them with what is in force, sends what
// differs, and shows what is in force in the same form.
//
//	document   one definition in a file: the body of the event that it becomes, with `define` and `org` in front
//	kind       what a document defines: see Kinds
//	version    a definition as it is in force from a time on
//	change     a document that differs from what is in force
//
// What is in force is asked of Redis and Postgres and never of the engine (R9.7).
package definition

import (
	"errors"
	"reflect"

	"purser/processors/core"
	"purser/processors/money"
	"purser/topics"
)

// Kind is one kind of definition. Everything else in this package, and in the commands, goes by the table below.
type Kind struct {
	Name   string // as documents and commands call it
	Type   string // of the event that defines it
	ID     string // what its id looks like; "" where an org has one only
	letter byte   // which its cells' keys begin with
	body   reflect.Type
	key    func(org, id string) ([]byte, error)
	asked  func(*core.Event) (id string, v Version)
	held   func(core.Cell) *Held // nil: the cell is of another kind
	// settle fills in what a document may leave out because it was decided when the version was defined that it stands against; nil:
	// nothing.
	settle func(body, was any) any
}

// Kinds are all kinds, each after those that it refers to: in this order they are sent. A new kind is one line.
var Kinds = []*Kind{
	{"org", topics.TypeOrgDefined, "", 'o', reflect.TypeFor[topics.OrgDefinedBody](), orgKey, askedOrg, heldOrg, nil},
	{"fx-rate", topics.TypeFXRateDefined, "FROM/TO", 'x', reflect.TypeFor[topics.FXRateDefinedBody](), fxKey, askedFX, heldFX, nil},
	{"plan", topics.TypePlanDefined, "PLAN", 'p', reflect.TypeFor[topics.PlanDefinedBody](), planKey, askedPlan, heldPlan, nil},
	{"customer-settings", topics.TypeCustomerSettings, "", 'z', reflect.TypeFor[topics.CustomerSettingsBody](), settingsKey, askedSettings, heldSettings, nil},
	{"account", topics.TypeAccountDefined, "ACCOUNT", 'a', reflect.TypeFor[topics.AccountDefinedBody](), accountKey, askedAccount, heldAccount, settleAccount},
	{"team", topics.TypeTeamDefined, "TEAM", 't', reflect.TypeFor[topics.TeamDefinedBody](), teamKey, askedTeam, heldTeam, settleTeam},
	{"campaign", topics.TypeCampaignDefined, "CAMPAIGN", 'c', reflect.TypeFor[topics.CampaignDefinedBody](), campaignKey, askedCampaign, heldCampaign, nil},
	{"user", topics.TypeUserDefined, "USER", 'h', reflect.TypeFor[topics.UserDefinedBody](), userKey, askedUser, heldUser, nil},
	{"spending-account", topics.TypeSpendingDefined, "SPENDING-ACCOUNT", 'b', reflect.TypeFor[topics.SpendingDefinedBody](), spendingKey, askedSpending, heldSpending, settleSpending},
}

// Named returns the kind of that name; nil where there is none.
func Named(name string) *Kind {
	for _, k := range Kinds {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// Names are the names of all kinds.
func Names() []string {
	names := make([]string, len(Kinds))
	for i, k := range Kinds {
		names[i] = k.Name
	}
	return names
}

// Version is a definition as it is in force from a time on.
type Version struct {
	From core.Time
	Body any // one of the …DefinedBody of package topics, with From as its effective_from
}

// Held is what a store holds under one name.
type Held struct {
	Kind     *Kind
	Org, ID  string
	Versions []Version      // ascending by From; empty where it was removed
	Account  *core.Account  // of kind account: the cell, for its balance
	Spending *core.Spending // of kind spending-account: the cell, for whether it is switched on
}

// InForce returns which version counts at a time: before the first one it is the first (R2.3). nil: there is none.
func (h *Held) InForce(at core.Time) *Version {
	if h == nil || len(h.Versions) == 0 {
		return nil
	}
	in := &h.Versions[0]
	for i := range h.Versions {
		if h.Versions[i].From <= at {
			in = &h.Versions[i]
		}
	}
	return in
}

func orgKey(org, _ string) ([]byte, error) { return core.AppendOrgKey(nil, org), nil }

func askedOrg(ev *core.Event) (string, Version) {
	return "", Version{ev.OrgDef.EffectiveFrom, topics.OrgBody(ev.OrgDef)}
}

func heldOrg(c core.Cell) *Held {
	org, ok := c.(*core.Org)
	if !ok {
		return nil
	}
	h := &Held{Org: org.ID}
	for i := range org.Versions {
		h.Versions = append(h.Versions, Version{org.Versions[i].EffectiveFrom, topics.OrgBody(&org.Versions[i])})
	}
	return h
}

var errPair = errors.New(`a rate is named by two currencies, such as USD/EUR`)

func fxKey(org, id string) ([]byte, error) {
	if len(id) != 7 || id[3] != '/' {
		return nil, errPair
	}
	from, err := money.ParseCurrency(id[:3])
	if err != nil {
		return nil, errPair
	}
	to, err := money.ParseCurrency(id[4:])
	if err != nil {
		return nil, errPair
	}
	return core.AppendFXKey(nil, org, from, to), nil
}

func askedFX(ev *core.Event) (string, Version) {
	return ev.FX.From.String() + "/" + ev.FX.To.String(), Version{ev.FX.EffectiveFrom, topics.FXRateBody(ev.FX)}
}

func heldFX(c core.Cell) *Held {
	fx, ok := c.(*core.FX)
	if !ok {
		return nil
	}
	h := &Held{Org: fx.Org, ID: fx.From.String() + "/" + fx.To.String()}
	for i := range fx.Versions {
		h.Versions = append(h.Versions, Version{fx.Versions[i].EffectiveFrom, topics.FXRateBody(&fx.Versions[i])})
	}
	return h
}

func planKey(org, id string) ([]byte, error) { return core.AppendPlanKey(nil, org, id), nil }

func askedPlan(ev *core.Event) (string, Version) {
	return ev.Plan.ID, Version{ev.Plan.EffectiveFrom, topics.PlanBody(ev.Plan)}
}

func heldPlan(c core.Cell) *Held {
	plan, ok := c.(*core.Plan)
	if !ok {
		return nil
	}
	h := &Held{Org: plan.Org, ID: plan.ID}
	for i := range plan.Versions {
		h.Versions = append(h.Versions, Version{plan.Versions[i].EffectiveFrom, topics.PlanBody(&plan.Versions[i])})
	}
	return h
}

func accountKey(org, id string) ([]byte, error) {
	return core.AppendAccountKey(nil, org, id), nil
}

func askedAccount(ev *core.Event) (string, Version) {
	return ev.Account.ID, Version{ev.Account.EffectiveFrom, topics.AccountBody(ev.Account)}
}

// heldAccount leaves the system's accounts out, which nobody has defined. Every version gets what the cell holds once for all of
// them: the id, and the currency that the first one has fixed, whether it names it or not (R2.4).
func heldAccount(c core.Cell) *Held {
	a, ok := c.(*core.Account)
	if !ok || a.Kind == core.KindSystem {
		return nil
	}
	h := &Held{Org: a.Org, ID: a.ID, Account: a}
	for i := range a.Versions {
		v := a.Versions[i]
		v.ID, v.Currency = a.ID, a.Currency
		h.Versions = append(h.Versions, Version{v.EffectiveFrom, topics.AccountBody(&v)})
	}
	return h
}

// settleAccount gives an account that names no currency the one that is fixed.
func settleAccount(body, was any) any {
	b, isAccount := body.(topics.AccountDefinedBody)
	before, wasAccount := was.(topics.AccountDefinedBody)
	if isAccount && wasAccount && b.Currency == "" {
		b.Currency = before.Currency
		return b
	}
	return body
}

func teamKey(org, id string) ([]byte, error) { return core.AppendTeamKey(nil, org, id), nil }

func askedTeam(ev *core.Event) (string, Version) {
	return ev.Team.ID, Version{ev.Team.EffectiveFrom, topics.TeamBody(ev.Team)}
}

func heldTeam(c core.Cell) *Held {
	team, ok := c.(*core.Team)
	if !ok {
		return nil
	}
	h := &Held{Org: team.Org, ID: team.ID}
	for i := range team.Versions {
		h.Versions = append(h.Versions, Version{team.Versions[i].EffectiveFrom, topics.HeldTeamBody(&team.Versions[i])})
	}
	return h
}

func settingsKey(org, _ string) ([]byte, error) { return core.AppendCustomerSettingsKey(nil, org), nil }

func askedSettings(ev *core.Event) (string, Version) {
	return "", Version{ev.Settings.EffectiveFrom, topics.CustomerSettingsOf(ev.Settings)}
}

func heldSettings(c core.Cell) *Held {
	s, ok := c.(*core.CustomerSettings)
	if !ok {
		return nil
	}
	h := &Held{Org: s.Org}
	for i := range s.Versions {
		h.Versions = append(h.Versions, Version{s.Versions[i].EffectiveFrom, topics.CustomerSettingsOf(&s.Versions[i])})
	}
	return h
}

func campaignKey(org, id string) ([]byte, error) {
	return core.AppendCampaignKey(nil, org, id), nil
}

func askedCampaign(ev *core.Event) (string, Version) {
	return ev.Campaign.ID, Version{ev.Campaign.EffectiveFrom, topics.CampaignBody(ev.Campaign)}
}

func heldCampaign(c core.Cell) *Held {
	campaign, ok := c.(*core.Campaign)
	if !ok {
		return nil
	}
	h := &Held{Org: campaign.Org, ID: campaign.ID}
	for i := range campaign.Versions {
		h.Versions = append(h.Versions, Version{campaign.Versions[i].EffectiveFrom, topics.CampaignBody(&campaign.Versions[i])})
	}
	return h
}

// settleTeam gives a team that names no funding source the one that it got from the org's default (R5.4).
func settleTeam(body, was any) any {
	b, isTeam := body.(topics.TeamDefinedBody)
	before, wasTeam := was.(topics.TeamDefinedBody)
	if !isTeam || !wasTeam {
		return body
	}
	if b.FundingSource == "" {
		b.FundingSource = before.FundingSource
	}
	if b.LicenceSource == "" {
		b.LicenceSource = before.LicenceSource
	}
	return b
}
