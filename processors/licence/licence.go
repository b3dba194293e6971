// Package licence charges user licences to the funding source of their team (R5.7).
package licence

import (
	"strings"

	"purser/processors/charging"
	"purser/processors/core"
	"purser/processors/recharge"
)

// Purchase charges a licence to the funding source that pays for those of its team (R5.7): by invoice at once, even below zero. By card,
// where the source has too little, the licence waits for the card as a send does (R6.3), and the card is asked again as for a budget (R4.3).
func Purchase(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	source, known, why := licenceSource(b, ev)
	switch {
	case !known:
		return core.Miss
	case why != core.ReasonNone:
		return d.Refuse(why)
	case d.DueFirst(b.Progress(), source):
		return core.DueFirst
	}
	c := charging.Charge{Account: source, Price: ev.Licence.Amount, Currency: ev.Licence.Currency}
	if status := c.Convert(b, d, ev.OccurredAt); status != core.Done || d.Result == core.Refused {
		return status
	}
	at := core.Latest(b.Progress(), ev.RecordedAt)
	c.Lacks, c.Terms = c.Shortfall(), core.InForce(source.Versions, at)
	if c.Pending() {
		awaitLicence(&c, b, d, ev, at)
		return d.Apply()
	}
	_, err := charging.Draw(&d.Draft, b, source, core.RevenueLicences, c.Currency, c.Price, c.Amount)
	if status := charging.Drafted(d, err); status != core.Done || d.Result == core.Refused {
		return status
	}
	d.Post(b, source.Org)
	recharge.JudgePosted(d, b, source, at)
	d.Outcome = core.Outcome{Status: core.Accepted, Account: source, Amount: c.Amount}
	return core.Done
}

// Prefetch asks for what the purchase of a licence will need.
func Prefetch(b core.Book, ev *core.Event) {
	licenceSource(b, ev)
	b.System(ev.Org, core.RevenueLicences, ev.Licence.Currency)
}

// licenceSource is the funding source that paid for a team's licences when one was bought (R5.4), or why there is none.
func licenceSource(b core.Book, ev *core.Event) (source *core.Account, known bool, why core.Reason) {
	org, orgKnown := b.Org(ev.Org)
	team, teamKnown := b.Team(ev.Org, ev.Licence.Team)
	switch {
	case !orgKnown || !teamKnown:
		return nil, false, core.ReasonNone
	case org == nil:
		return nil, true, core.UnknownOrg
	case team == nil:
		return nil, true, core.UnknownTeam
	}
	_, name := team.SourcesAt(ev.OccurredAt)
	if name == "" {
		return nil, true, core.NoFundingSource
	}
	if source, known = b.Account(ev.Org, name); known && !source.Pays() {
		why = core.NotAFundingSource
	}
	return source, known, why
}

// awaitLicence sets aside what is there, and asks the card for the rest.
func awaitLicence(c *charging.Charge, b core.Book, d *core.Decision, ev *core.Event, at core.Time) {
	a := c.Account
	b.Touch(a)
	r := recharge.Cover(d, b, a, core.Licence, c.Lacks, c.Terms.Terms.Method, at)
	r.Source, r.ID = strings.Clone(ev.Source), strings.Clone(ev.ID)
	covered := b.NewCovered(a.Org, a.ID, r.Number)
	covered.Held, covered.Licence = c.Amount-c.Lacks, core.Charged{Price: c.Price, Currency: c.Currency, Amount: c.Amount}
	a.Hold(covered.Held)
	d.Outcome = core.Outcome{Status: core.Pending, Reason: core.FundsPending, Account: a, Attempt: r.AttemptID(1), Amount: c.Amount}
}
