package verify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// giveCredits checks that a month's credits are due, and of the right amount, and says what they move (R3.7). The entry of a wallet
// that has no room for them is refused; it has to be due like any other, and moves nothing.
func (a *audit) giveCredits(o *orgModel, e *entry) flows {
	name, id, ok := creditsOf(e)
	if !ok {
		a.report.find(CheckPosting, e.where, "credits were given, and it does not say which")
		return nil
	}
	year, month, err := yearMonth(id)
	if err != nil {
		a.report.find(CheckPosting, e.where, "credits of %q were given: %v", id, err)
		return nil
	}
	acct := o.account(name)
	at, _ := micros(e.body.OccurredAt)
	start := monthStart(year, month, o.zone(at))
	if at != start {
		a.report.find(CheckPosting, e.where, "the credits %s of %s are dated %s, which is not when the month begins", id, name, e.body.OccurredAt)
	}
	number := year*12 + int(month) - 1
	a.missedMonths(o, e, acct, name, number)
	sum, months := o.creditsAt(acct, start)
	if e.body.Result != resultApplied {
		return flows{}
	}
	g := grant{id: id, left: sum, granted: start}
	if months > 0 {
		end := time.Date(year, month+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
		g.expiresAt = monthStart(end.Year(), end.Month(), o.zone(at))
	}
	acct.grants = append(acct.grants, g)
	slices.SortStableFunc(acct.grants, burnOrder)
	expected := flows{}
	expected.move(worldComplimentary, name, e.body.Currency, sum, complimentary, id)
	if sum == 0 {
		a.report.find(CheckPosting, e.where, "%s got credits, and neither it nor its plan gives any", name)
	}
	return expected
}

// missedMonths finds a month that came twice, and one in between for which there were credits to give.
func (a *audit) missedMonths(o *orgModel, e *entry, acct *account, name string, month int) {
	if month <= acct.credited {
		a.report.find(CheckTwice, e.where, "%s got the credits of month %d after those of %d", name, month, acct.credited)
	}
	for m := acct.credited + 1; acct.credited > 0 && m < month; m++ {
		start := monthStart(m/12, time.Month(m%12+1), time.UTC)
		if sum, _ := o.creditsAt(acct, monthStart(m/12, time.Month(m%12+1), o.zone(start))); sum > 0 {
			a.report.find(CheckPosting, e.where, "%s did not get the credits of month %d", name, m)
		}
	}
	acct.credited, acct.expects = month, a.now(e)
}

// creditsAt are the credits that were in force at an instant: the wallet's own, else its plan's.
func (o *orgModel) creditsAt(acct *account, at int64) (sum amount, months int) {
	terms := inForce(acct.versions, at)
	if terms == nil {
		return 0, 0
	}
	credits := terms.MonthlyCredits
	if credits == nil {
		if plan := inForce(o.plans[terms.Plan], at); plan != nil {
			credits = plan.MonthlyCredits
		}
	}
	if credits == nil {
		return 0, 0
	}
	sum, err := parseAmount(string(credits.Amount))
	if err != nil {
		return 0, 0
	}
	months, err = strconv.Atoi(string(credits.ExpireAfterMonths))
	if err != nil {
		months = 0
	}
	return sum, months
}

// creditsOf says which wallet and month an entry is about: due/<account>/credits_given/<time>/monthly/<month>.
func creditsOf(e *entry) (name, id string, ok bool) {
	rest, ok1 := strings.CutPrefix(e.body.ID, "due/")
	i := strings.LastIndex(rest, "/monthly/")
	if !ok1 || i < 0 {
		return "", "", false
	}
	name, found := strings.CutSuffix(rest[:i], "/credits_given/"+e.body.OccurredAt)
	return name, rest[i+1:], found
}

func yearMonth(id string) (year int, month time.Month, err error) {
	t, err := time.Parse("monthly/2006-01", id)
	if err != nil {
		return 0, 0, fmt.Errorf("it names no month")
	}
	return t.Year(), t.Month(), nil
}

// monthStart is the first instant of a local month: it is looked for a minute at a time, from a day before it begins in UTC, so
// that nothing about daylight saving has to be known.
func monthStart(year int, month time.Month, zone *time.Location) int64 {
	at := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC).Add(-24 * time.Hour)
	for range 48 * 60 {
		if y, m, _ := at.In(zone).Date(); y == year && m == month {
			break
		}
		at = at.Add(time.Minute)
	}
	return at.UnixMicro()
}
