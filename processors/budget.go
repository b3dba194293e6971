package processors

import (
	"slices"
	"strings"

	"purser/processors/calendar"
	"purser/processors/money"
)

// budgetRun gives a team's budget to members (R5.5, R5.6): what is over goes back to the funding source at once, what is added comes from
// it; at once where it covers the sum or is paid by invoice (R5.10), else when its card has been charged.
type budgetRun struct {
	team   *Team
	source *Account // nil: the team has none, and nothing moves
	terms  *FundingTerms
	budget *Budget
	at     Time // by what was in force then
	until  Time // the end of the period
	joins  bool // one member, who has just joined: nothing is taken from him

	members []*Account     // who get it
	shares  []Share        // what is added
	sum     money.Amount   // what is added, without what is taken back
	over    []money.Amount // by member: what is taken back
	later   bool           // what is added waits for a card
}

// load looks up whom a run is for, and what it is paid from.
func (r *budgetRun) load(b Book, org string, names []string) (known bool) {
	v := inForce(r.team.Versions, r.at)
	r.budget = v.Budget
	if r.budget == nil || v.Balances == "" {
		return true
	}
	if r.source, known = b.Account(org, v.Balances); known {
		r.terms = inForce(r.source.Versions, r.at).Terms
	}
	r.members = make([]*Account, 0, len(names))
	for _, name := range names {
		m, ok := b.Account(org, name)
		known = known && ok
		if ok && m.gets(r) {
			r.members = append(r.members, m)
		}
	}
	return known
}

// gets says whether a wallet takes part in a run: in each period once.
func (a *Account) gets(r *budgetRun) bool {
	return a.defined() && r.source != nil && a.Currency == r.source.Currency &&
		!slices.ContainsFunc(a.Budgeted, func(p Budgeted) bool { return p.Team == r.team.ID && p.Until > r.at })
}

// moves says whether the run has anything to do.
func (r *budgetRun) moves() bool { return r.source != nil && r.budget != nil && len(r.members) > 0 }

// draft drafts what moves now. It changes nothing. Out of range: nothing of the run can be done.
func (r *budgetRun) draft(b Book, d *Decision) (outOfRange bool) {
	r.over = make([]money.Amount, len(r.members))
	for i, m := range r.members {
		more, err := r.lacks(m)
		if err != nil {
			return true
		}
		if more > 0 {
			r.shares = append(r.shares, Share{m.ID, more})
		} else {
			r.over[i] = -more
		}
		if r.sum, err = r.sum.Add(more); err != nil {
			return true
		}
	}
	r.later = !r.terms.invoiced() && r.sum > 0 && (r.terms.Each || r.sum > r.source.available())
	t := &d.draft
	source := t.account(b, r.source)
	for i, m := range r.members {
		if err := t.move(t.account(b, m), source, r.over[i], Purchased, ""); err != nil {
			return true
		}
	}
	if !r.later {
		return giveShares(b, t, source, r.members, r.shares) != nil || !d.fits()
	}
	return !d.fits()
}

// prepare drafts a run that an event asks for, on accounts that have nothing to do first.
func (r *budgetRun) prepare(b Book, d *Decision) Status {
	if !r.moves() {
		return Done
	}
	for _, a := range append(r.members[:len(r.members):len(r.members)], r.source) {
		if d.dueFirst(b.Progress(), a) {
			return DueFirst
		}
	}
	outOfRange := r.draft(b, d)
	switch {
	case d.draft.missing:
		return Miss
	case outOfRange:
		return d.refuse(BalanceOutOfRange)
	}
	return Done
}

// lacks is what a member is to get; what is over is less than nothing, and only of purchased money.
func (r *budgetRun) lacks(m *Account) (money.Amount, error) {
	if r.budget.Rollover {
		return r.budget.Amount, nil
	}
	more, err := r.budget.Amount.Sub(m.available())
	if err != nil || more >= 0 {
		return more, err
	}
	if r.joins {
		return 0, nil
	}
	return -min(-more, max(m.transferable(), 0)), nil
}

// giveShares moves shares from a source to the members whose they are; the others' stay.
func giveShares(b Book, t *draft, source int, members []*Account, shares []Share) error {
	for _, share := range shares {
		i := slices.IndexFunc(members, func(m *Account) bool { return m.ID == share.Account })
		if i < 0 {
			continue
		}
		if err := t.move(source, t.account(b, members[i]), share.Amount, Purchased, ""); err != nil {
			return err
		}
	}
	return nil
}

// post posts what was drafted, and asks the card for what lacks: once, whatever comes of it, is this period's budget given.
func (r *budgetRun) post(b Book, d *Decision) {
	d.post(b, r.team.Org)
	r.mark(b)
	at := latest(b.Progress(), r.at)
	if r.later {
		b.Touch(r.source)
		r.charge(b, d, at)
	}
	if d.draft.posted(r.source) {
		d.judge(b, r.source, at)
	}
	for _, m := range r.members {
		if d.draft.posted(m) {
			d.judge(b, m, at)
		}
	}
}

// mark notes in each member that he has got the budget of the period.
func (r *budgetRun) mark(b Book) {
	for _, m := range r.members {
		b.Touch(m)
		m.budgeted(r.team.ID, r.at, r.until)
	}
}

// charge asks the card for what lacks, or for the whole sum; the rest of what is to be added is there, and held.
func (r *budgetRun) charge(b Book, d *Decision, at Time) {
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
	recharge := d.cover(b, r.source, TeamBudget, asked, r.terms.Method, at)
	c := b.NewCovered(r.source.Org, r.source.ID, recharge.Number)
	c.Held, c.Shares = added-asked, r.shares
	r.source.hold(c.Held)
}

// budgeted notes that the budget of a period has been given, and forgets periods that are over.
func (a *Account) budgeted(team string, at, until Time) {
	kept := make([]Budgeted, 0, len(a.Budgeted)+1)
	for _, p := range a.Budgeted {
		if p.Until > at && p.Team != team {
			kept = append(kept, p)
		}
	}
	a.Budgeted = append(kept, Budgeted{strings.Clone(team), until})
}

// firstBudget says whether a version is the first that gives a budget, or comes into force before that would: it runs at once, where it
// is in force already. A change counts from the next period.
func (t *Team) firstBudget(v *TeamVersion) bool {
	if v.Budget == nil {
		return false
	}
	return t == nil || t.NextDue == 0 || t.Period == 0 && v.EffectiveFrom < t.NextDue
}

// awaitBudget makes a team due when the period after at begins, by the budget and the zone of then; never where no version gives one.
func (t *Team) awaitBudget(org *Org, at Time) {
	t.Period, t.NextDue = 0, 0
	if budget := inForce(t.Versions, at).Budget; budget != nil {
		t.Period = budget.Every.Next(calendar.Day(int64(at), inForce(org.Versions, at).Zone))
		t.NextDue = t.begins(org)
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
func (t *Team) begins(org *Org) Time {
	due := Time(calendar.DayStart(t.Period, inForce(org.Versions, latestVersion).Zone))
	return Time(calendar.DayStart(t.Period, inForce(org.Versions, due).Zone))
}

// runBudget runs a team's budget as of when its period began (R5.5). However many were missed, each comes at its own time (R1.7).
func runBudget(b Book, t *Team, d *Decision) Status {
	org, known := b.Org(t.Org)
	if !known {
		return Miss
	}
	due := t.NextDue
	if t.Period != 0 {
		start := Time(calendar.DayStart(t.Period, inForce(org.Versions, due).Zone))
		if start > due {
			b.Touch(t)
			t.NextDue = start // the org has moved to another zone since
			return d.silent()
		}
		due = start
	}
	next := Team{Versions: t.Versions}
	next.awaitBudget(org, due)
	run := budgetRun{team: t, at: due, until: next.NextDue}
	if !run.load(b, t.Org, t.Members) {
		return Miss
	}
	outOfRange := run.moves() && run.draft(b, d)
	if d.draft.missing {
		return Miss
	}
	b.Touch(t)
	t.Period, t.NextDue = next.Period, next.NextDue
	if run.source == nil {
		return d.silent()
	}
	d.Work, d.Worker, d.Worked = BudgetRun, run.source, t.ID
	d.apply()
	if outOfRange {
		d.refuse(BalanceOutOfRange)
	} else {
		run.post(b, d)
	}
	number(b, d, t.Org, due)
	return Done
}

// covers looks up what a recharge covers, and whose it is; of no other purpose is there anything.
func (s *resolution) covers(b Book) (known bool) {
	r := s.recharge
	if r.Purpose == AddFunds && r.State != Closed {
		return s.loadSend(b)
	}
	if !r.movesOn() || r.State == Closed || r.Reset {
		return true
	}
	if s.covered, known = b.Covered(r.Org, r.Account, r.Number); !known {
		return false
	}
	s.getters, known = s.covered.getters(b)
	return known
}

// movesOn says whether there is a cell of what a recharge covers.
func (r *Recharge) movesOn() bool {
	return r.Purpose == TeamBudget || r.Purpose == Adjustment || r.Purpose == Licence
}

// getters are the accounts that get a share and are still there.
func (c *Covered) getters(b Book) (all []*Account, known bool) {
	known = true
	for _, share := range c.Shares {
		a, ok := b.Account(c.Org, share.Account)
		known = known && ok
		if ok && a.defined() {
			all = append(all, a)
		}
	}
	return all, known
}

// end forgets what a recharge has covered, and releases what was held for it. The decision has touched the account.
func (c *Covered) end(b Book, a *Account) {
	a.release(c.Held)
	b.Delete(c)
}

// draft drafts what moves on from an account when it has been paid.
func (c *Covered) draft(b Book, t *draft, a *Account, getters []*Account) error {
	if l := &c.Licence; l.Price > 0 {
		_, err := t.charge(b, a, RevenueLicences, l.Currency, l.Price, l.Amount)
		return err
	}
	return giveShares(b, t, t.account(b, a), getters, c.Shares)
}

// giveWithoutCard moves on what waited for a card that is not to be charged any more: that of a source which has come to be paid by invoice,
// even below zero (R5.10), or which has what a licence costs by now (R5.7).
func giveWithoutCard(b Book, a *Account, r *Recharge, d *Decision, at Time) Status {
	c, known := b.Covered(r.Org, r.Account, r.Number)
	if !known {
		return Miss
	}
	getters, known := c.getters(b)
	err := c.draft(b, &d.draft, a, getters)
	if !known || d.draft.missing {
		return Miss
	}
	d.onRecharge(RechargeDropped, a, r)
	if err != nil || !d.fits() {
		d.refuse(BalanceOutOfRange)
	} else {
		d.apply()
		d.post(b, a.Org)
	}
	if d.Result == Refused || !d.draft.posted(a) {
		b.Touch(a)
	}
	b.Touch(r)
	r.State, r.NextDue = Closed, 0
	a.Dunning.Open--
	c.end(b, a)
	if d.Result == Applied {
		d.judge(b, a, at)
		for _, getter := range getters {
			d.judge(b, getter, at)
		}
	}
	if r.ID != "" {
		d.Outcome = Outcome{Status: Accepted, Source: r.Source, ID: r.ID, Account: a, Amount: c.Licence.Amount}
		if d.Result == Refused {
			d.Outcome.Status, d.Outcome.Reason = Rejected, d.Reason
		}
	}
	number(b, d, a.Org, at)
	return Done
}
