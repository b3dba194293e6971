package processors

import (
	"slices"
	"strings"
)

const (
	// maxMembers is how many users may be in one team, so that a run of its budget is one entry (R10.3).
	maxMembers = 1000
	// NoSource is what a team's definition calls no funding source: members pay by themselves (R5.4).
	NoSource = "none"
)

// sourcesAt are the funding sources of a team at a time; "" for none.
func (t *Team) sourcesAt(at Time) (balances, licences string) {
	v := inForce(t.Versions, at)
	return v.Balances, v.Licences
}

// teamAt is the team that a wallet's user was in at a time (R5.9); "" for none. Before the first one it was none.
func (a *Account) teamAt(at Time) string {
	if len(a.Spells) == 0 || at < a.Spells[0].From {
		return ""
	}
	return inForce(a.Spells, at).Team
}

// team is the team that a wallet's user is in; "" for none.
func (a *Account) team() string {
	if len(a.Spells) == 0 {
		return ""
	}
	return a.Spells[len(a.Spells)-1].Team
}

// named are the funding sources that any version of a team names, each once.
func named(versions []TeamVersion) (all []string) {
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
	org      *Org
	team     *Team
	version  TeamVersion
	versions []TeamVersion
	sources  references
	run      *budgetRun // of a first budget, at once
	at       Time       // now
}

// defineTeam adds a version of a team. What it does not say about a funding source is the org's default (R5.4).
func defineTeam(b Book, ev *Event, d *Decision) Status {
	var def teamDefinition
	known, why := def.load(b, ev)
	if !known {
		return Miss
	}
	switch {
	case why != ReasonNone:
		return d.refuse(why)
	case def.team != nil && d.dueFirst(b.Progress(), def.team):
		return DueFirst
	}
	if status := def.draftBudget(b, d); status != Done || d.Result == Refused {
		return status
	}
	def.apply(b, d)
	return d.apply()
}

// draftBudget drafts the run of a first budget that is in force already: at once, and from then on by the calendar (R5.5).
func (def *teamDefinition) draftBudget(b Book, d *Decision) Status {
	if !def.team.firstBudget(&def.version) || def.version.EffectiveFrom > def.at {
		return Done
	}
	after := Team{Org: def.org.ID, ID: def.version.ID, Versions: def.versions}
	after.awaitBudget(def.org, def.at)
	def.run = &budgetRun{team: &after, at: def.at, until: after.NextDue}
	var members []string
	if def.team != nil {
		members = def.team.Members
	}
	if !def.run.load(b, def.org.ID, members) {
		return Miss
	}
	return def.run.prepare(b, d)
}

func (def *teamDefinition) load(b Book, ev *Event) (known bool, why Reason) {
	org, orgKnown := b.Org(ev.Org)
	team, teamKnown := b.Team(ev.Org, ev.Team.ID)
	if !orgKnown || !teamKnown {
		return false, ReasonNone
	}
	if org == nil {
		return true, UnknownOrg
	}
	def.org, def.team, def.at = org, team, latest(b.Progress(), ev.RecordedAt)
	v := *ev.Team
	v.ID, v.EffectiveFrom = strings.Clone(v.ID), effective(v.EffectiveFrom, ev)
	v.Balances, v.Licences = org.sourceOr(v.Balances, v.EffectiveFrom), org.sourceOr(v.Licences, v.EffectiveFrom)
	def.version = v
	return def.loadSources(b)
}

// sourceOr is the funding source that a definition names, or the org's default where it names none.
func (o *Org) sourceOr(named string, at Time) string {
	switch named {
	case "":
		return o.defaultAt(at)
	case NoSource:
		return ""
	}
	return strings.Clone(named)
}

func (def *teamDefinition) loadSources(b Book) (known bool, why Reason) {
	var old []TeamVersion
	if def.team != nil {
		old = def.team.Versions
	}
	def.versions = withVersion(old, def.version)
	return def.sources.load(b, def.org.ID, named(old), named(def.versions))
}

func (def *teamDefinition) apply(b Book, d *Decision) {
	first := def.team.firstBudget(&def.version)
	if def.team == nil {
		def.team = b.NewTeam(def.org.ID, def.version.ID)
	} else {
		b.Touch(def.team)
	}
	def.team.Versions = def.versions
	def.sources.count(b)
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

// removeTeam forgets a team that nobody is in (R2.3).
func removeTeam(b Book, ev *Event, d *Decision) Status {
	team, known := b.Team(ev.Org, ev.Team.ID)
	if !known {
		return Miss
	}
	if team == nil {
		return d.refuse(UnknownTeam)
	}
	var sources []*Account
	for _, id := range named(team.Versions) {
		a, ok := b.Account(ev.Org, id)
		sources, known = append(sources, a), known && ok
	}
	switch {
	case !known:
		return Miss
	case d.dueFirst(b.Progress(), team):
		return DueFirst
	case len(team.Members) > 0:
		return d.refuse(InUse)
	}
	for _, a := range sources {
		a.Funding.Named--
		b.Touch(a)
	}
	b.Delete(team)
	return d.apply()
}

// membership is a user who joins a team or leaves it.
type membership struct {
	wallet *Account
	team   *Team // that the event names
	before *Team // that the user is in now, if another
}

// joinTeam puts a user into a team from when it happened. A user is in one team at most: from then on he is no longer in the one
// that he was in (R5.9).
func joinTeam(b Book, ev *Event, d *Decision) Status {
	m, status := loadMembership(b, ev, d)
	if status != Done || d.Result == Refused {
		return status
	}
	if m.wallet.teamAt(ev.OccurredAt) == m.team.ID {
		return d.apply() // the same again
	}
	if len(m.team.Members) >= maxMembers {
		return d.refuse(TeamFull)
	}
	spell := Spell{ev.OccurredAt, m.team.ID}
	run, status := m.initial(b, d, spell, latest(b.Progress(), ev.RecordedAt))
	if status != Done || d.Result == Refused {
		return status
	}
	m.move(b, spell)
	if run.moves() {
		run.post(b, d)
	}
	return d.apply()
}

// initial drafts the budget that a member gets who joins, at once (R5.6): of the period that is going on, unless his joining is told so
// late that he is in the team no more.
func (m *membership) initial(b Book, d *Decision, s Spell, at Time) (run budgetRun, status Status) {
	run = budgetRun{team: m.team, at: at, until: m.team.NextDue, joins: true}
	spells := m.wallet.Spells
	if m.wallet.team() == m.team.ID || len(spells) > 0 && spells[len(spells)-1].From > s.From || m.team.Period == 0 {
		return run, Done
	}
	if d.dueFirst(b.Progress(), m.team) || d.dueFirst(b.Progress(), m.wallet) {
		return run, DueFirst
	}
	if !run.load(b, m.wallet.Org, []string{m.wallet.ID}) {
		return run, Miss
	}
	return run, run.prepare(b, d)
}

// leaveTeam takes a user out of a team from when it happened.
func leaveTeam(b Book, ev *Event, d *Decision) Status {
	m, status := loadMembership(b, ev, d)
	if status != Done || d.Result == Refused {
		return status
	}
	if m.wallet.teamAt(ev.OccurredAt) != m.team.ID {
		return d.refuse(NotAMember)
	}
	m.move(b, Spell{ev.OccurredAt, ""})
	return d.apply()
}

// loadMembership looks up whom and which teams the event is about.
func loadMembership(b Book, ev *Event, d *Decision) (m membership, status Status) {
	team, known := b.Team(ev.Org, ev.Member.Team)
	wallet, status := credited(b, ev, d, ev.Member.Account)
	switch {
	case wallet == nil:
		return m, status
	case !known:
		return m, Miss
	case wallet.Kind != KindWallet:
		return m, d.refuse(NotAWallet)
	case team == nil:
		return m, d.refuse(UnknownTeam)
	}
	m = membership{wallet: wallet, team: team}
	if id := wallet.team(); id != "" && id != team.ID {
		if m.before, known = b.Team(ev.Org, id); !known {
			return m, Miss
		}
	}
	return m, Done
}

// move enters a spell into the wallet's history. Events may come late: one that happened before the last spell began changes
// the past, and not who is in the team now.
func (m *membership) move(b Book, s Spell) {
	was := m.wallet.team()
	b.Touch(m.wallet)
	m.wallet.Spells = withVersion(m.wallet.Spells, s)
	is := m.wallet.team()
	if was == is {
		return
	}
	for _, t := range [...]*Team{m.team, m.before} {
		if t != nil && t.ID == was {
			t.drop(b, m.wallet.ID)
		}
		if t != nil && t.ID == is {
			t.add(b, m.wallet.ID)
		}
	}
}

func (t *Team) add(b Book, member string) {
	if i, found := slices.BinarySearch(t.Members, member); !found {
		t.Members = slices.Insert(slices.Clone(t.Members), i, member)
		b.Touch(t)
	}
}

func (t *Team) drop(b Book, member string) {
	if i, found := slices.BinarySearch(t.Members, member); found {
		t.Members = slices.Delete(slices.Clone(t.Members), i, i+1)
		b.Touch(t)
	}
}
