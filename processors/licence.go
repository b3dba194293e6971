package processors

import "strings"

// purchaseLicence charges a licence to the funding source that pays for those of its team (R5.7): by invoice at once, even below zero. By card,
// where the source has too little, the licence waits for the card as a send does (R6.3), and the card is asked again as for a budget (R4.3).
func purchaseLicence(b Book, ev *Event, d *Decision) Status {
	source, known, why := licenceSource(b, ev)
	switch {
	case !known:
		return Miss
	case why != ReasonNone:
		return d.refuse(why)
	case d.dueFirst(b.Progress(), source):
		return DueFirst
	}
	c := charge{account: source, price: ev.Licence.Amount, currency: ev.Licence.Currency}
	if status := c.convert(b, d, ev.OccurredAt); status != Done || d.Result == Refused {
		return status
	}
	at := latest(b.Progress(), ev.RecordedAt)
	c.lacks, c.terms = c.shortfall(), inForce(source.Versions, at)
	if c.pending() {
		c.awaitLicence(b, d, ev, at)
		return d.apply()
	}
	_, err := d.draft.charge(b, source, RevenueLicences, c.currency, c.price, c.amount)
	if status := d.drafted(err); status != Done || d.Result == Refused {
		return status
	}
	d.post(b, source.Org)
	d.judgePosted(b, source, at)
	d.Outcome = Outcome{Status: Accepted, Account: source, Amount: c.amount}
	return Done
}

// prefetchLicence asks for what the purchase of a licence will need.
func prefetchLicence(b Book, ev *Event) {
	licenceSource(b, ev)
	b.System(ev.Org, RevenueLicences, ev.Licence.Currency)
}

// licenceSource is the funding source that paid for a team's licences when one was bought (R5.4), or why there is none.
func licenceSource(b Book, ev *Event) (source *Account, known bool, why Reason) {
	org, orgKnown := b.Org(ev.Org)
	team, teamKnown := b.Team(ev.Org, ev.Licence.Team)
	switch {
	case !orgKnown || !teamKnown:
		return nil, false, ReasonNone
	case org == nil:
		return nil, true, UnknownOrg
	case team == nil:
		return nil, true, UnknownTeam
	}
	_, name := team.sourcesAt(ev.OccurredAt)
	if name == "" {
		return nil, true, NoFundingSource
	}
	if source, known = b.Account(ev.Org, name); known && !source.pays() {
		why = NotAFundingSource
	}
	return source, known, why
}

// awaitLicence sets aside what is there, and asks the card for the rest.
func (c *charge) awaitLicence(b Book, d *Decision, ev *Event, at Time) {
	a := c.account
	b.Touch(a)
	r := d.cover(b, a, Licence, c.lacks, c.terms.Terms.Method, at)
	r.Source, r.ID = strings.Clone(ev.Source), strings.Clone(ev.ID)
	covered := b.NewCovered(a.Org, a.ID, r.Number)
	covered.Held, covered.Licence = c.amount-c.lacks, Charged{Price: c.price, Currency: c.currency, Amount: c.amount}
	a.hold(covered.Held)
	d.Outcome = Outcome{Status: Pending, Reason: FundsPending, Account: a, Attempt: r.AttemptID(1), Amount: c.amount}
}

// needsNoCard says whether what waits for a card moves on without it when its retry is due: where its source has come to be paid by invoice,
// or has what a licence costs by now.
func (r *Recharge) needsNoCard(b Book, a *Account, v *AccountVersion) (yes, known bool) {
	if r.Purpose != Licence || v.Terms.invoiced() {
		return v.Terms.invoiced() && (r.Purpose == Licence || r.Purpose == TeamBudget), true
	}
	c, known := b.Covered(r.Org, r.Account, r.Number)
	return known && a.available()+c.Held >= c.Licence.Amount, known
}
