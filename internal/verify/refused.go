package verify

import "purser/topics"

const (
	reasonBetweenUsers    = "transfer_between_users"
	reasonNotTransferable = "not_transferable"
	reasonCurrency        = "currency_mismatch"
	reasonNoRate          = "no_fx_rate"
	reasonInsufficient    = "insufficient_funds"
	reasonOutOfRange      = "balance_out_of_range"
)

// transferable is how much of an account may be moved: nothing that is held, and of a wallet only what was purchased (R5.8).
func (a *audit) transferable(org, name, currency string, acct *account) amount {
	k := a.books.of(org, name, currency)
	have := k.balance - acct.held
	if acct.kind == "wallet" {
		have = min(have, k.purchased)
	}
	return have
}

// refusedTransfer checks that a transfer was refused for the reason that it had to be refused for, and that it moved nothing (R5.8).
func (a *audit) refusedTransfer(o *orgModel, e *entry) {
	var b topics.TransferRequestedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return
	}
	if n := len(e.body.Postings) + len(e.body.Balances) + len(e.body.Attempts) + len(e.body.Invoices); n > 0 {
		a.report.find(CheckTransfer, e.where, "the transfer %s was refused, %s, and did something all the same", e.body.ID, e.body.Reason)
	}
	if a.report.Forgotten > 0 {
		return // a definition may be among what is gone
	}
	if want := a.refusalOf(o, e, &b); want != "" && want != e.body.Reason {
		a.report.find(CheckTransfer, e.where, "the transfer from %s to %s was refused because of %s, it had to be %s", b.From, b.To, e.body.Reason, want)
	}
}

// refusalOf is the reason for which a transfer has to be refused, in the order in which they count; "" where it cannot be said.
func (a *audit) refusalOf(o *orgModel, e *entry, b *topics.TransferRequestedBody) string {
	if len(o.versions) == 0 {
		return "unknown_org"
	}
	from, to := o.account(b.From), o.account(b.To)
	if len(from.versions) == 0 || len(to.versions) == 0 {
		return reasonUnknownAccount
	}
	switch from.kind + " " + to.kind {
	case "wallet wallet":
		return reasonBetweenUsers
	case "wallet funding_source", "funding_source wallet":
	default:
		return reasonNotTransferable
	}
	switch {
	case from.currency == "" || to.currency == "":
		return ""
	case from.currency != b.Currency:
		return reasonCurrency
	}
	if _, known := o.rate(from.currency, to.currency, e.event.occurred); !known {
		return reasonNoRate
	}
	have, sum := a.transferable(e.body.Org, b.From, from.currency, from), a.figure(e, b.Amount)
	switch {
	case a.blind:
		return ""
	case sum > have:
		a.toldOf(e, b, have, sum)
		return reasonInsufficient
	case e.body.Reason == reasonOutOfRange:
		return "" // what the other side has may be near the end of its range
	}
	return "none: " + b.From + " had " + have.String()
}

// toldOf compares the figures of a rejection for want of money.
func (a *audit) toldOf(e *entry, b *topics.TransferRequestedBody, have, sum amount) {
	w := a.answers[answerKey(&topics.OutcomeBody{Org: e.body.Org, Source: e.body.Source, ID: e.body.ID, Status: sendRejected})]
	if w == nil || e.body.Reason != reasonInsufficient {
		return // found otherwise
	}
	if !sameAmount(w.body.Had, have.String()) || !sameAmount(w.body.Needed, sum.String()) {
		a.report.find(CheckTransfer, w.where, "it says that %s had %s of %s; the ledger says %s of %s", b.From, w.body.Had, w.body.Needed, have, sum)
	}
}

// transfers finds the transfers that have not exactly one answer, that is final and says what their ledger record says (R9.1).
func (a *audit) transfers(out *caused) {
	final, open := map[identity][]*answer{}, map[identity]*answer{}
	for i := range out.answers {
		w := &out.answers[i]
		id := identityOf(w.body.Org, w.body.Source, w.body.ID)
		if w.body.Status == sendPending {
			open[id] = w
			continue
		}
		final[id] = append(final[id], w)
	}
	for i := range a.decisions.list {
		d := &a.decisions.list[i]
		if d.input == nil || kinds[d.input.kind] != topics.TypeTransferRequested || d.again {
			continue
		}
		a.oneAnswer(d, final[d.input.identity], open[d.input.identity])
	}
}

func (a *audit) oneAnswer(d *decision, final []*answer, open *answer) {
	where := a.inputs.where(d.input)
	if len(final) != 1 {
		a.report.find(CheckTransfer, where, "the transfer of entry %d has %d final outcomes", d.entry, len(final))
		return
	}
	if open != nil {
		a.report.find(CheckTransfer, open.where, "the transfer of entry %d is pending, it says: a transfer never is", d.entry)
	}
	want := sendRejected
	if d.result == applied {
		want = sendAccepted
	}
	if got := final[0].body.Status; got != want {
		a.report.find(CheckTransfer, final[0].where, "the transfer of entry %d was %s, it says; the ledger says %s", d.entry, got, want)
	}
}
