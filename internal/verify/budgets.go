package verify

import (
	"strings"

	"purser/topics"
)

const teamBudget = "team_budget"

// budget is what a team gives its members (R5.5), as its definitions and the ledger make it.
type budget struct {
	versions []version[*topics.TeamBudget]
	runs     int // those that the ledger tells of: a member gets it once between two of them
}

func (o *orgModel) budget(team string) *budget {
	b := o.budgets[team]
	if b == nil {
		b = &budget{}
		o.budgets[team] = b
	}
	return b
}

func (b *budget) define(def *topics.TeamBudget, from int64) { b.versions = with(b.versions, from, def) }

// given is what a run gives and takes back.
type given struct {
	source, currency string
	shares           []portion
	asked            amount // of the card; 0: nothing waits for it
	method           string
}

type portion struct {
	account string
	sum     amount
}

// budgetDefined is the definition of a team: its first budget runs at once (R5.5).
func (a *audit) budgetDefined(o *orgModel, e *entry) flows {
	var b topics.TeamDefinedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	had := o.budget(b.Team).gives()
	a.organise(o, e)
	from := effective(b.EffectiveFrom, e.event)
	if b.Budget == nil || had || from > a.latest(e) && len(e.body.Postings)+len(e.body.Attempts) == 0 {
		return flows{}
	}
	o.budget(b.Team).runs++
	return a.give(o, e, b.Team, from, o.members(b.Team), false)
}

// gives says whether the last version of a budget that has run, or will, gives anything.
func (b *budget) gives() bool {
	for i := range b.versions {
		if b.versions[i].def != nil {
			return true
		}
	}
	return false
}

// joined is a member who joins, and gets the budget at once (R5.6).
func (a *audit) joined(o *orgModel, e *entry) flows {
	var b topics.MemberBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	acct := o.account(b.Account)
	was := acct.team()
	a.organise(o, e)
	if acct.team() != b.Team || was == b.Team || o.budget(b.Team).runs == 0 {
		return flows{}
	}
	return a.give(o, e, b.Team, a.latest(e), []string{b.Account}, true)
}

// budgetRun is the run of a team's budget when a period begins: due/<source>/budget_run/<time>/<team>.
func (a *audit) budgetRun(o *orgModel, e *entry) flows {
	rest, ok1 := strings.CutPrefix(e.body.ID, "due/")
	name, team, ok2 := strings.Cut(rest, "/budget_run/"+e.body.OccurredAt+"/")
	at, _ := micros(e.body.OccurredAt)
	if s := inForce(o.teams[team], at); !ok1 || !ok2 || s == nil || string(*s) != name {
		a.report.find(CheckPosting, e.where, "the budget of %q ran, which %q does not pay for", team, name)
		return nil
	}
	o.budget(team).runs++
	return a.give(o, e, team, at, o.members(team), false)
}

// members are those who are in a team now.
func (o *orgModel) members(team string) (all []string) {
	for name, acct := range o.accounts {
		if acct.team() == team {
			all = append(all, name)
		}
	}
	return all
}

func (acct *account) team() string {
	if len(acct.teams) == 0 {
		return ""
	}
	return acct.teams[len(acct.teams)-1].def
}

// latest is the newest time that an entry is known to have been decided at.
func (a *audit) latest(e *entry) int64 {
	at, _ := micros(e.body.RecordedAt)
	return max(at, a.due)
}

// give says what a run moves: what is over goes back at once, what is added comes at once where the source covers the sum or is paid by
// invoice (R5.10), and else when its card has paid.
func (a *audit) give(o *orgModel, e *entry, team string, at int64, members []string, joins bool) flows {
	expected := flows{}
	b, s := inForce(o.budget(team).versions, at), inForce(o.teams[team], at)
	if b == nil || *b == nil || s == nil || *s == "" {
		return expected
	}
	name := string(*s)
	source := o.account(name)
	def := inForce(source.versions, at)
	if a.blind || def == nil || def.Funding == nil {
		return nil
	}
	if len(e.body.Attempts) > 0 && source.currency == "" {
		source.currency = e.body.Attempts[0].Currency
	}
	a.learnCurrency(e, name, source)
	g := given{source: name, currency: source.currency, method: def.Funding.PaymentMethod}
	sum, added := amount(0), amount(0)
	for _, member := range members {
		acct := o.account(member)
		if run, has := acct.budgeted[team]; has && run == o.budget(team).runs || acct.currency != "" && acct.currency != g.currency {
			continue
		}
		if acct.budgeted == nil {
			acct.budgeted = map[string]int{}
		}
		acct.budgeted[team] = o.budget(team).runs
		more := a.lacks(e, *b, member, g.currency, joins)
		sum += more
		if more < 0 {
			expected.move(member, name, g.currency, -more, "", "")
		} else if more > 0 {
			added += more
			g.shares = append(g.shares, portion{member, more})
		}
	}
	have := a.books.of(e.body.Org, name, g.currency).balance - source.held
	if g.method == "" || sum <= 0 || def.Funding.CardCharges != "each" && sum <= have {
		for _, s := range g.shares {
			expected.move(name, s.account, g.currency, s.sum, "", "")
		}
		return expected
	}
	g.asked = sum
	if def.Funding.CardCharges != "each" {
		g.asked -= max(0, have)
	}
	a.given = &g
	a.givenHeld = added - g.asked
	return expected
}

// lacks is what a member is to get; what is over is less than nothing.
func (a *audit) lacks(e *entry, b *topics.TeamBudget, member, currency string, joins bool) amount {
	sum := a.figure(e, b.Amount)
	if b.Mode == "rollover" {
		return sum
	}
	wallet := a.books.of(e.body.Org, member, currency)
	more := sum - wallet.balance
	switch {
	case more >= 0:
		return more
	case joins:
		return 0
	}
	return -min(-more, max(min(wallet.balance, wallet.purchased), 0))
}

// budgetCharged is the attempt that a run makes, for what the source does not cover.
func (a *audit) budgetCharged(o *orgModel) []expectedAttempt {
	g := a.given
	if g == nil {
		return nil
	}
	acct := o.account(g.source)
	x := acct.cover(g.source, teamBudget, g.method, g.asked, g.currency, "", "")
	r := acct.dunning.recharges[len(acct.dunning.recharges)-1]
	r.shares, r.held = g.shares, a.givenHeld
	acct.held += r.held
	a.given, a.givenHeld = nil, 0
	return []expectedAttempt{x}
}

// shareOut is what goes on from a source when its card has paid.
func (r *recharge) shareOut(o *orgModel, name, currency string, expected *flows) {
	for _, s := range r.shares {
		if len(o.account(s.account).versions) > 0 {
			expected.move(name, s.account, currency, s.sum, "", "")
		}
	}
	if r.licence != nil {
		r.licence.charged(name, expected)
	}
	r.release(o.account(name))
}

// release ends what a recharge covers.
func (r *recharge) release(acct *account) {
	acct.held -= r.held
	r.shares, r.licence, r.held = nil, nil, 0
}

// droppedCovering is a retry that is not made: where its source has come to be paid by invoice, it gives what waited for its card, even
// below zero (R5.10); or where it has by now what a licence costs (R5.7).
func (a *audit) droppedCovering(o *orgModel, e *entry) flows {
	expected := flows{}
	_, r, _ := o.attempt(e.body.Attempt)
	if a.blind || r == nil || r.covers != teamBudget && r.covers != licencePurpose {
		return expected
	}
	name, _, _, _ := attemptName(e.body.Attempt)
	acct := o.account(name)
	a.learnCurrency(e, name, acct)
	r.shareOut(o, name, acct.currency, &expected)
	return expected
}

// undone is a retry that is not made, where a balance would have left its range by what waited for its card: that is given up.
func (a *audit) undone(o *orgModel, e *entry) {
	if acct, r, _ := o.attempt(e.body.Attempt); e.body.Type == dueDropped && r != nil && !a.blind {
		r.closed, r.waiting = true, false
		r.release(acct)
	}
}
