package team

import (
	"slices"
	"strings"

	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
	"purser/processors/recharge"
)

// budgetRun gives a team's budget to members (R5.5, R5.6): what is over goes back to the funding source at once, what is added comes from
// it; at once where it covers the sum or is paid by invoice (R5.10), else when its card has been charged.
type budgetRun struct {
	team   *core.Team
	source *core.Account // nil: the team has none, and nothing moves
	terms  *core.FundingTerms
	budget *core.Budget
	at     core.Time // by what was in force then
	until  core.Time // the end of the period
	joins  bool      // one member, who has just joined: nothing is taken from him

	members []*core.Account // who get it
	shares  []core.Share    // what is added
	sum     money.Amount    // what is added, without what is taken back
	over    []money.Amount  // by member: what is taken back
	later   bool            // what is added waits for a card
}

// load looks up whom a run is for, and what it is paid from.
func (r *budgetRun) load(b core.Book, org string, names []string) (known bool) {
	v := core.InForce(r.team.Versions, r.at)
	r.budget = v.Budget
	if r.budget == nil || v.Balances == "" {
		return true
	}
	if r.source, known = b.Account(org, v.Balances); known {
		r.terms = core.InForce(r.source.Versions, r.at).Terms
	}
	r.members = make([]*core.Account, 0, len(names))
	for _, name := range names {
		m, ok := b.Account(org, name)
		known = known && ok
		if ok && gets(m, r) {
			r.members = append(r.members, m)
		}
	}
	return known
}

// gets says whether a wallet takes part in a run: in each period once.
func gets(a *core.Account, r *budgetRun) bool {
	return a.Defined() && r.source != nil && a.Currency == r.source.Currency &&
		!slices.ContainsFunc(a.Budgeted, func(p core.Budgeted) bool { return p.Team == r.team.ID && p.Until > r.at })
}

// moves says whether the run has anything to do.
func (r *budgetRun) moves() bool { return r.source != nil && r.budget != nil && len(r.members) > 0 }

// draft drafts what moves now. It changes nothing. Out of range: nothing of the run can be done.
func (r *budgetRun) draft(b core.Book, d *core.Decision) (outOfRange bool) {
	r.over = make([]money.Amount, len(r.members))
	for i, m := range r.members {
		more, err := r.lacks(m)
		if err != nil {
			return true
		}
		if more > 0 {
			r.shares = append(r.shares, core.Share{Account: m.ID, Amount: more})
		} else {
			r.over[i] = -more
		}
		if r.sum, err = r.sum.Add(more); err != nil {
			return true
		}
	}
	r.later = !r.terms.Invoiced() && r.sum > 0 && (r.terms.Each || r.sum > r.source.Available())
	t := &d.Draft
	source := t.Account(b, r.source)
	for i, m := range r.members {
		if err := t.Move(t.Account(b, m), source, r.over[i], core.Purchased, ""); err != nil {
			return true
		}
	}
	if !r.later {
		return recharge.GiveShares(b, t, source, r.members, r.shares) != nil || !d.Fits()
	}
	return !d.Fits()
}

// prepare drafts a run that an event asks for, on accounts that have nothing to do first.
func (r *budgetRun) prepare(b core.Book, d *core.Decision) core.Status {
	if !r.moves() {
		return core.Done
	}
	for _, a := range append(r.members[:len(r.members):len(r.members)], r.source) {
		if d.DueFirst(b.Progress(), a) {
			return core.DueFirst
		}
	}
	outOfRange := r.draft(b, d)
	switch {
	case d.Draft.Missing:
		return core.Miss
	case outOfRange:
		return d.Refuse(core.BalanceOutOfRange)
	}
	return core.Done
}

// lacks is what a member is to get; what is over is less than nothing, and only of purchased money.
func (r *budgetRun) lacks(m *core.Account) (money.Amount, error) {
	if r.budget.Rollover {
		return r.budget.Amount, nil
	}
	more, err := r.budget.Amount.Sub(m.Available())
	if err != nil || more >= 0 {
		return more, err
	}
	if r.joins {
		return 0, nil
	}
	return -min(-more, max(m.Transferable(), 0)), nil
}

// post posts what was drafted, and asks the card for what lacks: once, whatever comes of it, is this period's budget given.
func (r *budgetRun) post(b core.Book, d *core.Decision) {
	d.Post(b, r.team.Org)
	r.mark(b)
	at := core.Latest(b.Progress(), r.at)
	if r.later {
		b.Touch(r.source)
		r.charge(b, d, at)
	}
	if d.Draft.Posted(r.source) {
		recharge.Judge(d, b, r.source, at)
	}
	for _, m := range r.members {
		if d.Draft.Posted(m) {
			recharge.Judge(d, b, m, at)
		}
	}
}

// mark notes in each member that he has got the budget of the period.
func (r *budgetRun) mark(b core.Book) {
	for _, m := range r.members {
		b.Touch(m)
		budgeted(m, r.team.ID, r.at, r.until)
	}
}

// charge asks the card for what lacks, or for the whole sum; the rest of what is to be added is there, and held.
func (r *budgetRun) charge(b core.Book, d *core.Decision, at core.Time) {
	before := r.source.Balance
	for _, over := range r.over {
		before -= over // it is there now
	}
	asked := r.sum
	if !r.terms.Each {
		asked -= max(0, before-r.source.Held)
	}
	added := money.Amount(0)
	for _, share := range r.shares {
		added += share.Amount
	}
	recharge := recharge.Cover(d, b, r.source, core.TeamBudget, asked, r.terms.Method, at)
	c := b.NewCovered(r.source.Org, r.source.ID, recharge.Number)
	c.Held, c.Shares = added-asked, r.shares
	r.source.Hold(c.Held)
}

// budgeted notes that the budget of a period has been given, and forgets periods that are over.
func budgeted(a *core.Account, team string, at, until core.Time) {
	kept := make([]core.Budgeted, 0, len(a.Budgeted)+1)
	for _, p := range a.Budgeted {
		if p.Until > at && p.Team != team {
			kept = append(kept, p)
		}
	}
	a.Budgeted = append(kept, core.Budgeted{Team: strings.Clone(team), Until: until})
}

// firstBudget says whether a version is the first that gives a budget, or comes into force before that would: it runs at once, where it
// is in force already. A change counts from the next period.
func firstBudget(t *core.Team, v *core.TeamVersion) bool {
	if v.Budget == nil {
		return false
	}
	return t == nil || t.NextDue == 0 || t.Period == 0 && v.EffectiveFrom < t.NextDue
}

// awaitBudget makes a team due when the period after at begins, by the budget and the zone of then; never where no version gives one.
func awaitBudget(t *core.Team, org *core.Org, at core.Time) {
	t.Period, t.NextDue = 0, 0
	if budget := core.InForce(t.Versions, at).Budget; budget != nil {
		t.Period = budget.Every.Next(calendar.Day(int64(at), core.InForce(org.Versions, at).Zone))
		t.NextDue = begins(t, org)
		return
	}
	for i := range t.Versions {
		if v := &t.Versions[i]; v.Budget != nil && v.EffectiveFrom > at {
			t.NextDue = v.EffectiveFrom
			return
		}
	}
}

// begins is when the team's next period does, in the zone that is in force then as far as that is known.
func begins(t *core.Team, org *core.Org) core.Time {
	due := core.Time(calendar.DayStart(t.Period, core.InForce(org.Versions, core.LatestVersion).Zone))
	return core.Time(calendar.DayStart(t.Period, core.InForce(org.Versions, due).Zone))
}

// PrefetchBudget asks for what the run of a team's budget will need.
func PrefetchBudget(b core.Book, t *core.Team) {
	b.Org(t.Org)
	run := budgetRun{team: t, at: t.NextDue}
	run.load(b, t.Org, t.Members)
}

// RunBudget runs a team's budget as of when its period began (R5.5). However many were missed, each comes at its own time (R1.7).
func RunBudget(b core.Book, t *core.Team, d *core.Decision) core.Status {
	org, known := b.Org(t.Org)
	if !known {
		return core.Miss
	}
	due := t.NextDue
	if t.Period != 0 {
		start := core.Time(calendar.DayStart(t.Period, core.InForce(org.Versions, due).Zone))
		if start > due {
			b.Touch(t)
			t.NextDue = start // the org has moved to another zone since
			return d.Silent()
		}
		due = start
	}
	next := core.Team{Versions: t.Versions}
	awaitBudget(&next, org, due)
	run := budgetRun{team: t, at: due, until: next.NextDue}
	if !run.load(b, t.Org, t.Members) {
		return core.Miss
	}
	outOfRange := run.moves() && run.draft(b, d)
	if d.Draft.Missing {
		return core.Miss
	}
	b.Touch(t)
	t.Period, t.NextDue = next.Period, next.NextDue
	if run.source == nil {
		return d.Silent()
	}
	d.Work, d.Worker, d.Worked = core.BudgetRun, run.source, t.ID
	d.Apply()
	if outOfRange {
		d.Refuse(core.BalanceOutOfRange)
	} else {
		run.post(b, d)
	}
	core.Number(b, d, t.Org, due)
	return core.Done
}
