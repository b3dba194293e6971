package credit

import (
	"fmt"

	"purser/processors/calendar"
	"purser/processors/core"
	"purser/processors/recharge"
)

// Gives says whether any version of a plan gives monthly credits.
func Gives(p *core.Plan) bool {
	for i := 0; p != nil && i < len(p.Versions); i++ {
		if p.Versions[i].Credits != nil {
			return true
		}
	}
	return false
}

// ExpectMonthly makes a wallet due on the 1st of the month after at, in the org's zone (R1.6), unless it is due already. The
// decision has touched it.
func ExpectMonthly(a *core.Account, org *core.Org, at core.Time) {
	if a.Kind != core.KindWallet || a.Monthly != (core.Monthly{}) {
		return
	}
	zone := core.InForce(org.Versions, at).Zone
	awaitMonth(a, org, calendar.Month(int64(at), zone)+1)
}

// awaitMonth makes a wallet due when a month begins in the zone that is in force then, as far as that is known.
func awaitMonth(a *core.Account, org *core.Org, month int32) {
	due := core.Time(calendar.MonthStart(month, core.InForce(org.Versions, core.LatestVersion).Zone))
	due = core.Time(calendar.MonthStart(month, core.InForce(org.Versions, due).Zone))
	a.Monthly = core.Monthly{Month: month, Due: due}
	a.Schedule()
}

// LoadMonthly looks up what a wallet's monthly credits depend on. The plan is that of the 1st (R3.7).
func LoadMonthly(b core.Book, a *core.Account) (org *core.Org, plan *core.Plan, known bool) {
	org, known = b.Org(a.Org)
	if name := core.InForce(a.Versions, a.Monthly.Due).Plan; name != "" {
		p, ok := b.Plan(a.Org, name)
		plan, known = p, known && ok
	}
	return org, plan, known
}

// GiveMonthly gives a wallet the credits of a month, as of when the month began: those of its own definition, else of its plan,
// as both were in force on the 1st, on top of what is there (R3.7). However many months were missed, each comes at its own time.
func GiveMonthly(b core.Book, a *core.Account, d *core.Decision) core.Status {
	org, plan, known := LoadMonthly(b, a)
	if !known {
		return core.Miss
	}
	month, due := a.Monthly.Month, a.Monthly.Due
	zone := core.InForce(org.Versions, due).Zone
	switch start := core.Time(calendar.MonthStart(month, zone)); { // the org may have moved to another zone since
	case start > due:
		b.Touch(a)
		a.Monthly.Due = start
		a.Schedule()
		return d.Silent()
	case start < due:
		due = start
	}
	credits := core.InForce(a.Versions, due).Credits
	if credits == nil && plan != nil {
		credits = core.InForce(plan.Versions, due).Credits
	}
	if credits == nil || credits.Amount == 0 {
		b.Touch(a)
		nextMonth(a, org, plan)
		return d.Silent()
	}
	g := core.Grant{ID: monthlyGrant(month), Amount: credits.Amount, GrantedAt: due}
	if credits.Months > 0 {
		g.ExpiresAt = core.Time(calendar.MonthStart(month+credits.Months, zone))
	}
	t := &d.Draft
	err := t.Move(t.System(b, a.Org, core.WorldComplimentary, a.Currency), t.Account(b, a), g.Amount, core.Complimentary, g.ID)
	if t.Missing {
		return core.Miss
	}
	d.Work, d.Worker, d.Worked = core.CreditsGiven, a, g.ID
	switch fits := err == nil && d.Fits(); {
	case len(a.Grants) >= core.MaxGrants:
		d.Refuse(core.TooManyGrants)
		b.Touch(a)
	case !fits:
		d.Refuse(core.BalanceOutOfRange)
		b.Touch(a)
	default:
		d.Apply()
		a.AddGrant(g)
		d.Post(b, a.Org)
	}
	nextMonth(a, org, plan)
	if d.Result == core.Applied {
		recharge.Judge(d, b, a, core.Latest(b.Progress(), due))
	}
	core.Number(b, d, a.Org, due)
	return core.Done
}

// nextMonth makes a wallet due for the month after, as long as there is something that may give credits then.
func nextMonth(a *core.Account, org *core.Org, plan *core.Plan) {
	own := Gives(plan)
	for i := range a.Versions {
		own = own || a.Versions[i].Credits != nil || a.Versions[i].Plan != "" && a.Versions[i].EffectiveFrom > a.Monthly.Due
	}
	if own {
		awaitMonth(a, org, a.Monthly.Month+1)
		return
	}
	a.Monthly = core.Monthly{}
	a.Schedule()
}

// monthlyGrant is the id of a month's credits.
func monthlyGrant(month int32) string { return fmt.Sprintf("monthly/%04d-%02d", month/12, month%12+1) }
