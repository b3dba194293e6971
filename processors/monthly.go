package processors

import (
	"fmt"

	"purser/processors/calendar"
)

// gives says whether any version of a plan gives monthly credits.
func (p *Plan) gives() bool {
	for i := 0; p != nil && i < len(p.Versions); i++ {
		if p.Versions[i].Credits != nil {
			return true
		}
	}
	return false
}

// expectCredits makes a wallet due on the 1st of the month after at, in the org's zone (R1.6), unless it is due already. The
// decision has touched it.
func (a *Account) expectCredits(org *Org, at Time) {
	if a.Kind != KindWallet || a.Monthly != (Monthly{}) {
		return
	}
	zone := inForce(org.Versions, at).Zone
	a.awaitMonth(org, calendar.Month(int64(at), zone)+1)
}

// awaitMonth makes a wallet due when a month begins in the zone that is in force then, as far as that is known.
func (a *Account) awaitMonth(org *Org, month int32) {
	due := Time(calendar.MonthStart(month, inForce(org.Versions, latestVersion).Zone))
	due = Time(calendar.MonthStart(month, inForce(org.Versions, due).Zone))
	a.Monthly = Monthly{Month: month, Due: due}
	a.schedule()
}

// latestVersion is a time at which the last version of everything is in force.
const latestVersion = Time(1<<63 - 1)

// loadMonthly looks up what a wallet's monthly credits depend on. The plan is that of the 1st (R3.7).
func loadMonthly(b Book, a *Account) (org *Org, plan *Plan, known bool) {
	org, known = b.Org(a.Org)
	if name := inForce(a.Versions, a.Monthly.Due).Plan; name != "" {
		p, ok := b.Plan(a.Org, name)
		plan, known = p, known && ok
	}
	return org, plan, known
}

// giveCredits gives a wallet the credits of a month, as of when the month began: those of its own definition, else of its plan,
// as both were in force on the 1st, on top of what is there (R3.7). However many months were missed, each comes at its own time.
func giveCredits(b Book, a *Account, d *Decision) Status {
	org, plan, known := loadMonthly(b, a)
	if !known {
		return Miss
	}
	month, due := a.Monthly.Month, a.Monthly.Due
	zone := inForce(org.Versions, due).Zone
	switch start := Time(calendar.MonthStart(month, zone)); { // the org may have moved to another zone since
	case start > due:
		b.Touch(a)
		a.Monthly.Due = start
		a.schedule()
		return d.silent()
	case start < due:
		due = start
	}
	credits := inForce(a.Versions, due).Credits
	if credits == nil && plan != nil {
		credits = inForce(plan.Versions, due).Credits
	}
	if credits == nil || credits.Amount == 0 {
		b.Touch(a)
		a.nextMonth(org, plan)
		return d.silent()
	}
	g := Grant{ID: monthlyGrant(month), Amount: credits.Amount, GrantedAt: due}
	if credits.Months > 0 {
		g.ExpiresAt = Time(calendar.MonthStart(month+credits.Months, zone))
	}
	t := &d.draft
	err := t.move(t.system(b, a.Org, WorldComplimentary, a.Currency), t.account(b, a), g.Amount, Complimentary, g.ID)
	if t.missing {
		return Miss
	}
	d.Work, d.Worker, d.Worked = CreditsGiven, a, g.ID
	switch fits := err == nil && d.fits(); {
	case len(a.Grants) >= maxGrants:
		d.refuse(TooManyGrants)
		b.Touch(a)
	case !fits:
		d.refuse(BalanceOutOfRange)
		b.Touch(a)
	default:
		d.apply()
		a.addGrant(g)
		d.post(b, a.Org)
	}
	a.nextMonth(org, plan)
	if d.Result == Applied {
		d.judge(b, a, latest(b.Progress(), due))
	}
	number(b, d, a.Org, due)
	return Done
}

// nextMonth makes a wallet due for the month after, as long as there is something that may give credits then.
func (a *Account) nextMonth(org *Org, plan *Plan) {
	own := plan.gives()
	for i := range a.Versions {
		own = own || a.Versions[i].Credits != nil || a.Versions[i].Plan != "" && a.Versions[i].EffectiveFrom > a.Monthly.Due
	}
	if own {
		a.awaitMonth(org, a.Monthly.Month+1)
		return
	}
	a.Monthly = Monthly{}
	a.schedule()
}

// monthlyGrant is the id of a month's credits.
func monthlyGrant(month int32) string { return fmt.Sprintf("monthly/%04d-%02d", month/12, month%12+1) }

// ownCredits clones what a definition says of monthly credits.
func ownCredits(c *MonthlyCredits) *MonthlyCredits {
	if c == nil {
		return nil
	}
	own := *c
	return &own
}
