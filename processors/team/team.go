// Package team is about teams, who is in them (R5.4, R5.9), and their budgets (R5.5, R5.6).
package team

import (
	"slices"
	"strings"

	"purser/processors/core"
	"purser/processors/funding"
)

// maxMembers is how many users may be in one team, so that a run of its budget is one entry (R10.3).
const maxMembers = 1000

// named are the funding sources that any version of a team names, each once.
func named(versions []core.TeamVersion) (all []string) {
	for i := range versions {
		for _, id := range [...]string{versions[i].Balances, versions[i].Licences} {
			if id != "" && !slices.Contains(all, id) {
				all = append(all, id)
			}
		}
	}
	return all
}

// teamDefinition is what the definition of a team changes beside the team.
type teamDefinition struct {
	org      *core.Org
	team     *core.Team
	version  core.TeamVersion
	versions []core.TeamVersion
	sources  funding.References
	run      *budgetRun // of a first budget, at once
	at       core.Time  // now
}

// Define adds a version of a team. What it does not say about a funding source is the org's default (R5.4).
func Define(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	var def teamDefinition
	known, why := def.load(b, ev)
	if !known {
		return core.Miss
	}
	switch {
	case why != core.ReasonNone:
		return d.Refuse(why)
	case def.team != nil && d.DueFirst(b.Progress(), def.team):
		return core.DueFirst
	}
	if status := def.draftBudget(b, d); status != core.Done || d.Result == core.Refused {
		return status
	}
	def.apply(b, d)
	return d.Apply()
}

// Prefetch asks for what the definition of a team will need.
func Prefetch(b core.Book, ev *core.Event) { new(teamDefinition).load(b, ev) }

// draftBudget drafts the run of a first budget that is in force already: at once, and from then on by the calendar (R5.5).
func (def *teamDefinition) draftBudget(b core.Book, d *core.Decision) core.Status {
	if !firstBudget(def.team, &def.version) || def.version.EffectiveFrom > def.at {
		return core.Done
	}
	after := core.Team{Org: def.org.ID, ID: def.version.ID, Versions: def.versions}
	awaitBudget(&after, def.org, def.at)
	def.run = &budgetRun{team: &after, at: def.at, until: after.NextDue}
	var members []string
	if def.team != nil {
		members = def.team.Members
	}
	if !def.run.load(b, def.org.ID, members) {
		return core.Miss
	}
	return def.run.prepare(b, d)
}

func (def *teamDefinition) load(b core.Book, ev *core.Event) (known bool, why core.Reason) {
	org, orgKnown := b.Org(ev.Org)
	team, teamKnown := b.Team(ev.Org, ev.Team.ID)
	if !orgKnown || !teamKnown {
		return false, core.ReasonNone
	}
	if org == nil {
		return true, core.UnknownOrg
	}
	def.org, def.team, def.at = org, team, core.Latest(b.Progress(), ev.RecordedAt)
	v := *ev.Team
	v.ID, v.EffectiveFrom = strings.Clone(v.ID), core.Effective(v.EffectiveFrom, ev)
	v.Balances, v.Licences = sourceOr(org, v.Balances, v.EffectiveFrom), sourceOr(org, v.Licences, v.EffectiveFrom)
	def.version = v
	return def.loadSources(b)
}

// sourceOr is the funding source that a definition names, or the org's default where it names none.
func sourceOr(o *core.Org, named string, at core.Time) string {
	switch named {
	case "":
		return funding.DefaultAt(o, at)
	case core.NoSource:
		return ""
	}
	return strings.Clone(named)
}

func (def *teamDefinition) loadSources(b core.Book) (known bool, why core.Reason) {
	var old []core.TeamVersion
	if def.team != nil {
		old = def.team.Versions
	}
	def.versions = core.WithVersion(old, def.version)
	return def.sources.Load(b, def.org.ID, named(old), named(def.versions))
}

func (def *teamDefinition) apply(b core.Book, d *core.Decision) {
	first := firstBudget(def.team, &def.version)
	if def.team == nil {
		def.team = b.NewTeam(def.org.ID, def.version.ID)
	} else {
		b.Touch(def.team)
	}
	def.team.Versions = def.versions
	def.sources.Count(b)
	switch {
	case def.run != nil:
		def.team.Period, def.team.NextDue = def.run.team.Period, def.run.team.NextDue
		if def.run.moves() {
			def.run.post(b, d)
		}
	case first:
		def.team.Period, def.team.NextDue = 0, def.version.EffectiveFrom
	}
}

// Remove forgets a team that nobody is in (R2.3).
func Remove(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	team, known := b.Team(ev.Org, ev.Team.ID)
	if !known {
		return core.Miss
	}
	if team == nil {
		return d.Refuse(core.UnknownTeam)
	}
	var sources []*core.Account
	for _, id := range named(team.Versions) {
		a, ok := b.Account(ev.Org, id)
		sources, known = append(sources, a), known && ok
	}
	switch {
	case !known:
		return core.Miss
	case d.DueFirst(b.Progress(), team):
		return core.DueFirst
	case len(team.Members) > 0:
		return d.Refuse(core.InUse)
	}
	for _, a := range sources {
		a.Funding.Named--
		b.Touch(a)
	}
	b.Delete(team)
	return d.Apply()
}

// membership is a user who joins a team or leaves it.
type membership struct {
	wallet *core.Account
	team   *core.Team // that the event names
	before *core.Team // that the user is in now, if another
}

// Join puts a user into a team from when it happened. A user is in one team at most: from then on he is no longer in the one
// that he was in (R5.9).
func Join(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	m, status := loadMembership(b, ev, d)
	if status != core.Done || d.Result == core.Refused {
		return status
	}
	if m.wallet.TeamAt(ev.OccurredAt) == m.team.ID {
		return d.Apply() // the same again
	}
	if len(m.team.Members) >= maxMembers {
		return d.Refuse(core.TeamFull)
	}
	spell := core.Spell{From: ev.OccurredAt, Team: m.team.ID}
	run, status := m.initial(b, d, spell, core.Latest(b.Progress(), ev.RecordedAt))
	if status != core.Done || d.Result == core.Refused {
		return status
	}
	m.move(b, spell)
	if run.moves() {
		run.post(b, d)
	}
	return d.Apply()
}

// initial drafts the budget that a member gets who joins, at once (R5.6): of the period that is going on, unless his joining is told so
// late that he is in the team no more.
func (m *membership) initial(b core.Book, d *core.Decision, s core.Spell, at core.Time) (run budgetRun, status core.Status) {
	run = budgetRun{team: m.team, at: at, until: m.team.NextDue, joins: true}
	spells := m.wallet.Spells
	if m.wallet.Team() == m.team.ID || len(spells) > 0 && spells[len(spells)-1].From > s.From || m.team.Period == 0 {
		return run, core.Done
	}
	if d.DueFirst(b.Progress(), m.team) || d.DueFirst(b.Progress(), m.wallet) {
		return run, core.DueFirst
	}
	if !run.load(b, m.wallet.Org, []string{m.wallet.ID}) {
		return run, core.Miss
	}
	return run, run.prepare(b, d)
}

// Leave takes a user out of a team from when it happened.
func Leave(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	m, status := loadMembership(b, ev, d)
	if status != core.Done || d.Result == core.Refused {
		return status
	}
	if m.wallet.TeamAt(ev.OccurredAt) != m.team.ID {
		return d.Refuse(core.NotAMember)
	}
	m.move(b, core.Spell{From: ev.OccurredAt})
	return d.Apply()
}

// loadMembership looks up whom and which teams the event is about.
func loadMembership(b core.Book, ev *core.Event, d *core.Decision) (m membership, status core.Status) {
	team, known := b.Team(ev.Org, ev.Member.Team)
	wallet, status := core.Credited(b, ev, d, ev.Member.Account)
	switch {
	case wallet == nil:
		return m, status
	case !known:
		return m, core.Miss
	case wallet.Kind != core.KindWallet:
		return m, d.Refuse(core.NotAWallet)
	case team == nil:
		return m, d.Refuse(core.UnknownTeam)
	}
	m = membership{wallet: wallet, team: team}
	if id := wallet.Team(); id != "" && id != team.ID {
		if m.before, known = b.Team(ev.Org, id); !known {
			return m, core.Miss
		}
	}
	return m, core.Done
}

// move enters a spell into the wallet's history. Events may come late: one that happened before the last spell began changes
// the past, and not who is in the team now.
func (m *membership) move(b core.Book, s core.Spell) {
	was := m.wallet.Team()
	b.Touch(m.wallet)
	m.wallet.Spells = core.WithVersion(m.wallet.Spells, s)
	is := m.wallet.Team()
	if was == is {
		return
	}
	for _, t := range [...]*core.Team{m.team, m.before} {
		if t != nil && t.ID == was {
			drop(t, b, m.wallet.ID)
		}
		if t != nil && t.ID == is {
			add(t, b, m.wallet.ID)
		}
	}
}

func add(t *core.Team, b core.Book, member string) {
	if i, found := slices.BinarySearch(t.Members, member); !found {
		t.Members = slices.Insert(slices.Clone(t.Members), i, member)
		b.Touch(t)
	}
}

func drop(t *core.Team, b core.Book, member string) {
	if i, found := slices.BinarySearch(t.Members, member); found {
		t.Members = slices.Delete(slices.Clone(t.Members), i, i+1)
		b.Touch(t)
	}
}
