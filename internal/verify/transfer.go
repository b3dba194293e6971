package verify

import "purser/topics"

// transfer is money that moves between a funding source and a user, no more than is there and was purchased (R5.8), and through
// world:fx between two currencies (R2.4).
func (a *audit) transfer(o *orgModel, e *entry) flows {
	var b topics.TransferRequestedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	from, to, sum := o.account(b.From), o.account(b.To), a.figure(e, b.Amount)
	if kinds := from.kind + " " + to.kind; kinds != "wallet funding_source" && kinds != "funding_source wallet" {
		a.report.find(CheckPosting, e.where, "a transfer from %s, a %s, to %s, a %s", b.From, from.kind, b.To, to.kind)
	}
	if have := a.transferable(e.body.Org, b.From, b.Currency, from); sum > have && !a.blind {
		a.report.find(CheckPosting, e.where, "%s is transferred from %s, which has %s", sum, b.From, have)
	}
	a.compareTo(e, &b)
	expected := flows{}
	currency := a.currencyOf(e, &b)
	if currency == b.Currency {
		expected.move(b.From, b.To, currency, sum, "", "")
		if e.body.Rate != "" {
			a.report.find(CheckPrice, e.where, "a transfer within a currency at the rate %s", e.body.Rate)
		}
		return expected
	}
	rate, known := o.rate(b.Currency, currency, e.event.occurred)
	if !known || !sameFigure(e.body.Rate, rate) {
		a.report.find(CheckPrice, e.where, "a transfer from %s to %s at the rate %q, it has to be %s", b.Currency, currency, e.body.Rate, rate)
		return nil
	}
	exactSum, err := parseExact(string(b.Amount))
	if err != nil {
		return nil
	}
	gets, err := exactSum.times(rate).round()
	if err != nil {
		return nil
	}
	expected.move(b.From, worldFX, b.Currency, sum, "", "")
	expected.move(worldFX, b.To, currency, gets, "", "")
	return expected
}

// currencyOf is that of the account that gets a transfer: its own where that is known, else what the entry says.
func (a *audit) currencyOf(e *entry, b *topics.TransferRequestedBody) string {
	if known := a.world.org(e.body.Org).account(b.To).currency; known != "" {
		return known
	}
	for i := range e.body.Balances {
		if l := &e.body.Balances[i]; l.Account == b.To {
			return l.Currency
		}
	}
	return b.Currency
}

// compareTo compares who gets the money, as the outcome says, with the entry.
func (a *audit) compareTo(e *entry, b *topics.TransferRequestedBody) {
	want := topics.OutcomeBody{Org: e.body.Org, Source: e.body.Source, ID: e.body.ID, Status: "accepted"}
	w := a.answers[answerKey(&want)]
	if w == nil {
		return // found when the answer is looked for
	}
	if w.body.To == nil || w.body.To.Account != b.To || w.body.Account != b.From || w.body.Rate != e.body.Rate {
		a.report.find(CheckOutcome, w.where, "it does not tell of the transfer from %s to %s at the rate %q", b.From, b.To, e.body.Rate)
		return
	}
	for i := range e.body.Balances {
		l := &e.body.Balances[i]
		if l.Account == b.To && !sameAmount(l.Balance, w.body.To.Balance) || l.Account == b.From && !sameAmount(l.Balance, w.body.Balance) {
			a.report.find(CheckOutcome, w.where, "it says that %s has %s and %s %s; the ledger says %s of %s", b.From, w.body.Balance, b.To, w.body.To.Balance, l.Balance, l.Account)
		}
	}
}
