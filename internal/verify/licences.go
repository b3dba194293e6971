package verify

import "purser/topics"

const (
	licencePurpose  = "licence"
	revenueLicences = "revenue:licences"
)

// licence is one that was bought for a team (R5.7), or several.
type licence struct {
	price         amount
	currency      string // of the price
	sum           amount // in the source's currency, by the rate of when it was bought
	paidIn        string // which is this one
	source, event string // identity of the event
}

// charged is what it moves.
func (l *licence) charged(name string, expected *flows) {
	if l.currency == l.paidIn {
		expected.move(name, revenueLicences, l.currency, l.sum, "", "")
		return
	}
	expected.move(name, worldFX, l.paidIn, l.sum, "", "")
	expected.move(worldFX, revenueLicences, l.currency, l.price, "", "")
}

// licenceSource is the funding source that paid for a team's licences; "" for none.
func (o *orgModel) licenceSource(team string, at int64) string {
	if s := inForce(o.licensers[team], at); s != nil {
		return string(*s)
	}
	return ""
}

// licence says what a licence moves: all of it at once where its source has enough or is paid by invoice, and else nothing before its card
// has paid.
func (a *audit) licence(o *orgModel, e *entry) flows {
	var b topics.LicencePurchasedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	name := o.licenceSource(b.Team, e.event.occurred)
	if name == "" {
		a.report.find(CheckPosting, e.where, "a licence of the team %s was charged, and nobody pays for its licences", b.Team)
		return nil
	}
	acct := o.account(name)
	if len(e.body.Attempts) > 0 && acct.currency == "" {
		acct.currency = e.body.Attempts[0].Currency
	}
	a.learnCurrency(e, name, acct)
	price := a.figure(e, b.Amount)
	rate, ok := o.rate(b.Currency, acct.currency, e.event.occurred)
	sum, err := exactOf(price).times(rate).round()
	if !ok || err != nil {
		a.report.find(CheckPosting, e.where, "%s is charged in %s, and there is no rate from %s", name, acct.currency, b.Currency)
		return nil
	}
	if a.blind {
		return nil
	}
	l := &licence{price, b.Currency, sum, acct.currency, e.body.Source, e.body.ID}
	expected := flows{}
	lacks := max(0, sum-max(a.books.of(e.body.Org, name, acct.currency).balance-acct.held, 0))
	if lacks > 0 && !a.licensedByInvoice(e, acct, name) {
		method := a.cardThat(e, acct, name)
		a.raised = &raised{account: name, currency: acct.currency, method: method, sum: lacks, held: sum - lacks, purpose: licencePurpose, licence: l}
		return expected
	}
	l.charged(name, &expected)
	return expected
}

// licensedByInvoice says whether an entry goes without a card, where its source has too little for a licence. Where the source's versions differ
// in that, which one counted depends on when the engine looked: the entry tells, and one of them has to allow it.
func (a *audit) licensedByInvoice(e *entry, acct *account, name string) bool {
	return a.anyInvoiced(acct) && !a.asksFor(e, name, licencePurpose)
}

// cardThat is the card of an account that an entry charges, as one of its definitions has it; "" for none.
func (a *audit) cardThat(e *entry, acct *account, name string) (method string) {
	for i := range acct.versions {
		if method = cardOf(&acct.versions[i].def); method != "" && a.charged(e, name, method) {
			return method
		}
	}
	return method
}

// refusedLicence checks a refusal for want of somebody who pays.
func (a *audit) refusedLicence(o *orgModel, e *entry) {
	var b topics.LicencePurchasedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return
	}
	_, known := o.licensers[b.Team]
	name := o.licenceSource(b.Team, e.event.occurred)
	if e.body.Reason == "unknown_team" && known || e.body.Reason == "no_funding_source" && name != "" {
		a.report.find(CheckPosting, e.where, "a licence of the team %s was refused, %s, and %q pays for its licences", b.Team, e.body.Reason, name)
	}
}

// retriedLicence compares a retry for a licence, or its end, with what its source has: where that is enough, or the source has come to be paid
// by invoice, no card is asked. It comes before anything is posted.
func (a *audit) retriedLicence(o *orgModel, e *entry) {
	name, _, _, _ := attemptName(e.body.Attempt)
	acct, r, _ := o.attempt(e.body.Attempt)
	if a.blind || r == nil || r.licence == nil {
		return
	}
	enough := a.books.of(e.body.Org, name, r.licence.paidIn).balance-acct.held+r.held >= r.licence.sum
	switch {
	case e.body.Type == dueRetried && enough:
		a.report.find(CheckAttempt, e.where, "%s is made again, and %s has what the licence costs", e.body.Attempt, name)
	case e.body.Type == dueDropped && !enough && !a.anyInvoiced(acct):
		a.report.find(CheckAttempt, e.where, "%s is not made again, and %s has less than the licence costs", e.body.Attempt, name)
	}
}

// licenceAnswer is the answer to a licence: at once, or first that it waits for its card.
func (a *audit) licenceAnswer(e *entry) {
	if a.asksFor(e, "", licencePurpose) {
		a.answer(e, e.body.Source, e.body.ID, "pending", fundsPending)
		return
	}
	a.answer(e, e.body.Source, e.body.ID, "accepted", "")
}
