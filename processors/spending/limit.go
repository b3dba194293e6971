package spending

import (
	"cmp"
	"slices"

	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/money"
)

const (
	maxPeriods = 24   // of each kind that an allowance looks back on; the oldest goes first (R10.3)
	maxRecent  = 1000 // instants that it looks back on; the two oldest become one, at the later one's time (R10.3)

	day     core.Time = 24 * 60 * 60 * 1_000_000
	maxDays           = 2 * 365 // that are looked back on: what comes up to 365 days late meets those of a limit's 365 days before it
)

// hundredth is 0.01.
var hundredth = money.FactorFromBits(0, 10_000_000)

// amountOf is a limit as an amount: a percentage is of the budget, and rounded once.
func amountOf(l *core.Limit, budget money.Amount) money.Amount {
	if l.Percent.IsZero() {
		return l.Amount
	}
	whole, err := budget.Factor()
	if err != nil {
		return money.Limit
	}
	part, err := money.Product(whole, l.Percent, hundredth)
	if err != nil {
		return money.Limit
	}
	return part
}

// smallest is the smallest limit of a kind, where there is one.
func smallest(t *core.SpendingTerms, kind core.LimitKind, budget money.Amount) (least money.Amount, found bool) {
	for i := range t.Limits {
		if l := &t.Limits[i]; l.Kind == kind {
			if amount := amountOf(l, budget); !found || amount < least {
				least, found = amount, true
			}
		}
	}
	return least, found
}

// units are the calendar periods that limits may be for.
var units = [...]calendar.Unit{core.PerWeek: calendar.Week, core.PerMonth: calendar.MonthLong, core.PerYear: calendar.Year}

// left is what is left of the timeframe limit of which the least is left at a time (R7.6), where there is one.
func left(t *core.SpendingTerms, a *core.Allowance, at core.Time, today int32) (least money.Amount, found bool) {
	for i := range t.Limits {
		l := &t.Limits[i]
		if !l.Kind.Timeframe() {
			continue
		}
		used := money.Amount(0)
		if a != nil {
			used = usedOf(l, a, at, today)
		}
		if rest := max(0, l.Amount-used); !found || rest < least {
			least, found = rest, true
		}
	}
	return least, found
}

// usedOf is what was spent in the time that a limit looks at.
func usedOf(l *core.Limit, a *core.Allowance, at core.Time, today int32) money.Amount {
	if l.Kind == core.PerDays {
		return busiest(a.Recent, at, core.Time(l.Days)*day)
	}
	if i, found := period(a, l.Kind, units[l.Kind].Begins(today)); found {
		return a.Periods[i].Used
	}
	return 0
}

// busiest is the most that was spent in any time of a length that ends with an instant or includes it: an order may come late, and what was
// spent after it then counts too, so that the limit holds however orders come.
func busiest(uses []core.RecentUse, at, length core.Time) (most money.Amount) {
	first, _ := slices.BinarySearchFunc(uses, at-length+1, byTime)
	sum := money.Amount(0)
	for from, i := first, first; i < len(uses) && uses[i].At < at+length; i++ {
		sum += uses[i].Used
		for end := max(at, uses[i].At); uses[from].At <= end-length; from++ {
			sum -= uses[from].Used
		}
		most = max(most, sum)
	}
	return most
}

func byTime(u core.RecentUse, at core.Time) int { return cmp.Compare(u.At, at) }

// period finds a period among those that an allowance looks back on.
func period(a *core.Allowance, kind core.LimitKind, first int32) (i int, found bool) {
	return slices.BinarySearchFunc(a.Periods, core.PeriodUse{Kind: kind, Period: first}, func(p, of core.PeriodUse) int {
		return cmp.Or(cmp.Compare(p.Kind, of.Kind), cmp.Compare(p.Period, of.Period))
	})
}

// use notes that an amount was spent, in every kind of timeframe that the account has a limit for, and says in which: a bit each.
func use(t *core.SpendingTerms, a *core.Allowance, amount money.Amount, at core.Time, today int32) (noted uint8) {
	if amount == 0 {
		return 0
	}
	for i := range t.Limits {
		kind := t.Limits[i].Kind
		if !kind.Timeframe() || noted&(1<<kind) != 0 {
			continue
		}
		noted |= 1 << kind
		if kind == core.PerDays {
			useAt(a, at, amount)
		} else {
			useIn(a, kind, units[kind].Begins(today), amount)
		}
	}
	return noted
}

// useIn notes it in a calendar period.
func useIn(a *core.Allowance, kind core.LimitKind, first int32, amount money.Amount) {
	i, found := period(a, kind, first)
	if !found {
		a.Periods = slices.Insert(a.Periods, i, core.PeriodUse{Kind: kind, Period: first})
	}
	a.Periods[i].Used += amount
	begin, _ := slices.BinarySearchFunc(a.Periods, kind, func(p core.PeriodUse, of core.LimitKind) int { return cmp.Compare(p.Kind, of) })
	end := begin
	for end < len(a.Periods) && a.Periods[end].Kind == kind {
		end++
	}
	if end-begin > maxPeriods {
		a.Periods = slices.Delete(a.Periods, begin, begin+1)
	}
}

// useAt notes it at an instant.
func useAt(a *core.Allowance, at core.Time, amount money.Amount) {
	i, found := slices.BinarySearchFunc(a.Recent, at, byTime)
	if !found {
		a.Recent = slices.Insert(a.Recent, i, core.RecentUse{At: at})
	}
	a.Recent[i].Used += amount
	old := 0
	for last := a.Recent[len(a.Recent)-1].At; a.Recent[old].At <= last-maxDays*day; old++ {
		a.Dropped = a.Recent[old].At
	}
	a.Recent = slices.Delete(a.Recent, 0, old)
	if len(a.Recent) > maxRecent {
		a.Recent[1].Used += a.Recent[0].Used
		a.Recent = slices.Delete(a.Recent, 0, 1)
	}
}

// giveBack takes an amount out of what was spent at a time (R7.9). What is not looked back on any more needs nothing.
func giveBack(a *core.Allowance, noted uint8, amount money.Amount, at core.Time, today int32) {
	for kind := core.PerWeek; kind <= core.PerYear; kind++ {
		if noted&(1<<kind) == 0 {
			continue
		}
		if i, found := period(a, kind, units[kind].Begins(today)); found {
			if a.Periods[i].Used -= min(amount, a.Periods[i].Used); a.Periods[i].Used == 0 {
				a.Periods = slices.Delete(a.Periods, i, i+1)
			}
		}
	}
	i, _ := slices.BinarySearchFunc(a.Recent, at, byTime)
	if noted&(1<<core.PerDays) == 0 || at <= a.Dropped || i == len(a.Recent) {
		return
	}
	if a.Recent[i].Used -= min(amount, a.Recent[i].Used); a.Recent[i].Used == 0 {
		a.Recent = slices.Delete(a.Recent, i, i+1)
	}
}
