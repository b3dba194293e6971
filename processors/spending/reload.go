package spending

import (
	"slices"
	"strconv"
	"time"

	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
)

// Reload rules (R7.4) run at local midnight of civil days, which are counted from a rule's first day and never from one another.

// times says how often a rule falls due up to a civil day, that day included.
func times(r *core.Reload, day int32) int32 {
	if day < r.First {
		return 0
	}
	if r.Months == 0 {
		return (day-r.First)/r.Days + 1
	}
	n := (calendar.CivilMonth(day) - calendar.CivilMonth(r.First)) / r.Months
	if occurrence(r, n) <= day {
		n++
	}
	return n
}

// occurrence is the day on which a rule falls due for the nth time, from 0 on.
func occurrence(r *core.Reload, n int32) int32 {
	if r.Months == 0 {
		return r.First + n*r.Days
	}
	return calendar.AddMonths(r.First, n*r.Months)
}

// falls says whether a rule falls due on a day.
func falls(r *core.Reload, day int32) bool { return times(r, day) > times(r, day-1) }

// reloads says whether an account has ever had a reload rule.
func reloads(versions []core.SpendingVersion) bool {
	return slices.ContainsFunc(versions, func(v core.SpendingVersion) bool { return len(v.Terms.Reloads) > 0 })
}

// runs says whether reloads run on a day, by a version (R7.4): the account is on, and may be used that day.
func runs(v *core.SpendingVersion, day int32) bool {
	return v.On && day >= v.Terms.Start && (v.Terms.End == 0 || day <= v.Terms.End)
}

// zone is the org's time zone at a time.
func (u *Use) zone(at core.Time) *time.Location { return core.InForce(u.org.Versions, at).Zone }

// told is a user as he is told of at a time; nil: nobody has told of him yet.
func told(s *core.Shopper, at core.Time) *core.ShopperVersion {
	if s == nil || at < s.Versions[0].EffectiveFrom {
		return nil
	}
	return core.InForce(s.Versions, at)
}

// boundary is the latest time up to another at which the account or the user changed; 0: never.
func (u *Use) boundary(at core.Time) (latest core.Time) {
	for i := range u.Spending.Versions {
		if from := u.Spending.Versions[i].EffectiveFrom; from <= at {
			latest = max(latest, from)
		}
	}
	for i := 0; u.shopper != nil && i < len(u.shopper.Versions); i++ {
		if from := u.shopper.Versions[i].EffectiveFrom; from <= at {
			latest = max(latest, from)
		}
	}
	return latest
}

// had says whether the balance was one of the user's at a time; that of all always is one.
func (u *Use) had(at core.Time) bool {
	t := core.InForce(u.Spending.Versions, at).Terms
	return t.Shared || eligible(t, u.User, told(u.shopper, at))
}

// since is when the user became one of the account's, without a break up to now (R7.4).
func (u *Use) since() core.Time {
	first := u.Spending.Versions[0].EffectiveFrom
	for at := u.at; ; {
		begin := u.boundary(at)
		switch {
		case begin == 0:
			return u.at
		case begin <= first:
			return begin
		case !u.had(begin - 1):
			return begin
		}
		at = begin - 1
	}
}

// reloaded is what a balance that nobody has opened has come to, by all reloads after one time and up to another. From the last change back to
// the first: what a rule has set it to is the end of the search. Each step is a count, however many times a rule fell due.
func (u *Use) reloaded(start money.Amount, from, until core.Time) money.Amount {
	added := money.Amount(0)
	for until > from {
		low := max(from, u.boundary(until)-1)
		v := core.InForce(u.Spending.Versions, until)
		if u.had(until) && v.On {
			z := u.zone(until)
			first, last := calendar.DayBegun(int64(low), z), calendar.DayBegun(int64(until), z)
			first = max(first, v.Terms.Start-1)
			if v.Terms.End != 0 {
				last = min(last, v.Terms.End)
			}
			sum, found := reloadedBetween(v.Terms.Reloads, first, last)
			if added = clamp(added.Add(sum)); found {
				return added
			}
		}
		until = low
	}
	return clamp(added.Add(start))
}

// reloadedBetween is what the rules add after a day and up to another, after the last time that one of them sets the balance, with what it sets.
func reloadedBetween(rules []core.Reload, after, last int32) (sum money.Amount, set bool) {
	by, on := -1, after
	for i := range rules {
		r := &rules[i]
		if n := times(r, last); r.Set && n > times(r, after) {
			if day := occurrence(r, n-1); day >= on {
				by, on = i, day
			}
		}
	}
	if by >= 0 {
		sum = rules[by].Amount
	}
	for i := range rules {
		r, from := &rules[i], on
		if r.Set || last <= after {
			continue
		}
		if i > by && by >= 0 {
			from-- // it comes after the one that has set it, on that day too
		}
		n := money.Amount(times(r, last) - times(r, from))
		if r.Amount > money.Limit/max(n, 1) {
			return money.Limit, by >= 0
		}
		sum = clamp(sum.Add(n * r.Amount))
	}
	return sum, by >= 0
}

// clamp is a sum, or what no balance has room for.
func clamp(sum money.Amount, err error) money.Amount {
	if err != nil {
		return money.Limit
	}
	return sum
}

func (w *settling) zone(at core.Time) *time.Location { return core.InForce(w.org.Versions, at).Zone }

// day is the latest civil day that has begun at a time.
func (w *settling) day(at core.Time) int32 { return calendar.DayBegun(int64(at), w.zone(at)) }

// midnight is when a civil day begins, in the zone that is in force then as far as that is known.
func (w *settling) midnight(day int32) core.Time {
	at := core.Time(calendar.DayStart(day, w.zone(core.LatestVersion)))
	return core.Time(calendar.DayStart(day, w.zone(at)))
}

// schedule makes the balance due on the next day after Ran on which a rule of a version runs that is in force then. Who has it is looked at then.
func (w *settling) schedule() {
	a, versions := w.allowance, w.spending.Versions
	a.Reload, a.Rule, a.NextDue = 0, 0, 0
	for i := range versions {
		v := &versions[i]
		if !v.On {
			continue
		}
		after := max(a.Ran, v.Terms.Start-1)
		if i > 0 {
			after = max(after, w.day(v.EffectiveFrom-1))
		}
		for j := range v.Terms.Reloads {
			r := &v.Terms.Reloads[j]
			day := occurrence(r, times(r, after))
			if runs(v, day) && (i+1 == len(versions) || w.midnight(day) < versions[i+1].EffectiveFrom) && (a.Reload == 0 || day < a.Reload) {
				a.Reload = day
			}
		}
	}
	if a.Reload != 0 {
		a.NextDue = w.midnight(a.Reload)
	}
}

// reload runs the first rule of the day that has not run (R7.4). Where the account is off, or the user is not one of its own then, none of that
// day runs, and none is made up for.
func (w *settling) reload(b core.Book, d *core.Decision, until core.Time) core.Status {
	a := w.allowance
	at := w.midnight(a.Reload)
	if a.Reload == 0 || at > until { // the org has moved to another zone since
		b.Touch(a)
		w.schedule()
		return d.Silent()
	}
	v := core.InForce(w.spending.Versions, at)
	rules := v.Terms.Reloads
	if !runs(v, a.Reload) || !v.Terms.Shared && !eligible(v.Terms, a.User, told(w.shopper, at)) {
		rules = nil
	}
	i := dueRule(rules, a.Reload, a.Rule)
	if i < 0 {
		b.Touch(a)
		w.done()
		return d.Silent()
	}
	d.Work, d.Worked = core.BudgetReloaded, strconv.Itoa(int(i)+1)
	status := w.move(b, d, rules[i].Amount, rules[i].Set, at)
	if status != core.Done {
		return status
	}
	if next := dueRule(rules, a.Reload, i+1); next >= 0 {
		a.Rule = next
	} else {
		w.done()
	}
	return status
}

// done ends a day. A balance that has yet to look at a change does so next.
func (w *settling) done() {
	a := w.allowance
	a.Ran = a.Reload
	if w.schedule(); a.Seen != w.spending.Changes {
		a.NextDue = core.DueNow
	}
}

// dueRule is the first of the rules, from one on, that falls due on a day; -1: none.
func dueRule(rules []core.Reload, day, from int32) int32 {
	for i := from; i < int32(len(rules)); i++ {
		if falls(&rules[i], day) {
			return i
		}
	}
	return -1
}
