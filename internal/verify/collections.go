package verify

import (
	"strconv"
	"strings"

	"purser/topics"
)

const (
	dueChargePosted  = "due.charge_posted"
	dueChargeGivenUp = "due.charge_given_up"
	dueRecurred      = "due.recurring_charged"
	dueAskedCard     = "due.recurring_asked"

	automaticPayment = "automatic_payment"
	recurringPayment = "recurring_payment"
	recurringFailed  = "recurring_payment_failed"
)

// toPay is what a charge waits for that would exceed the limit (R8.5).
type toPay struct {
	by         *recharge // that asks a card; nil: it is paid for
	held       amount
	drafted    bool // it was a draft before
	source, id string
	at         moment
}

// opted is the preference that pays for something by itself: the default where it has opted in for it, and where any will do the first that has.
func opted(own *topics.CustomerTerms, what string, anyOf bool) *topics.PaymentPreference {
	in := func(p *topics.PaymentPreference) bool {
		if what == "subscription" {
			return p.Subscriptions
		}
		return p.Purchases
	}
	var first, other *topics.PaymentPreference
	for i := range own.Preferences {
		p := &own.Preferences[i]
		if first == nil || p.Default {
			first = p
		}
		if other == nil && in(p) {
			other = p
		}
	}
	switch {
	case first != nil && in(first):
		return first
	case anyOf:
		return other
	}
	return nil
}

// chargeLacks is what a charge would exceed the limit by, and how that is paid; nil where it is not.
func (a *audit) chargeLacks(o *orgModel, e *entry, t *transaction) (by *topics.PaymentPreference, lacks amount) {
	own, settings := o.creditTerms(t.body.Account, a.presentOf(e))
	limit, limited := limitOf(own, settings)
	owed := t.amount - a.books.of(e.body.Org, t.body.Account, t.body.Currency).balance + o.account(t.body.Account).held
	if !limited || owed <= limit || letPass(own, settings, []string{t.body.Kind, t.body.For}) {
		return nil, 0
	}
	return opted(&own, t.body.For, true), owed - limit
}

// collectCharge is a charge that waits for a payment of what it would exceed the limit by: a card is asked for it, or it comes from a wallet at once.
func (a *audit) collectCharge(o *orgModel, e *entry, t *transaction, by *topics.PaymentPreference, lacks amount) flows {
	acct := o.account(t.body.Account)
	t.charge = &toPay{drafted: e.body.Type == topics.TypeTransactionPosted, source: e.body.Source, id: e.body.ID, at: a.now(e)}
	t.draft = true
	if by.Kind == byCard {
		a.tells(e, t, "pending")
		if !a.blind {
			a.raised = &raised{
				account: t.body.Account, currency: t.body.Currency, method: by.PaymentMethod, sum: lacks, held: max(t.amount-lacks, 0), purpose: automaticPayment, charge: t,
			}
		}
		return flows{}
	}
	if have := a.transferable(e.body.Org, by.Wallet, t.body.Currency, o.account(by.Wallet)); have < lacks && !a.blind {
		a.report.find(CheckPosting, e.where, "%s pays %s for %s, and has %s", by.Wallet, lacks, t.body.Account, have)
	}
	pay := acct.debts().payment(&t.body, by.Wallet, lacks)
	t.charge.held = t.amount
	acct.held += t.amount
	return a.postTransaction(o, e, pay)
}

// payment is one that nobody gives a reference: it is known by its number.
func (d *debtor) payment(of *topics.TransactionRecordedBody, wallet string, sum amount) *transaction {
	t := &transaction{from: wallet, amount: sum, body: topics.TransactionRecordedBody{
		Account: of.Account, Transaction: of.Account + "/" + strconv.Itoa(d.posted+1), Kind: "payment", Currency: of.Currency,
	}}
	d.known[t.body.Transaction] = t
	return t
}

// paymentDue is what falls due of automatic and recurring payments.
func (a *audit) paymentDue(o *orgModel, e *entry) flows {
	if e.body.Type == dueRecurred || e.body.Type == dueAskedCard {
		return a.recurred(o, e)
	}
	return a.chargeDue(o, e)
}

// chargeDue is the end of a charge that has waited: it is posted, or given up.
func (a *audit) chargeDue(o *orgModel, e *entry) flows {
	said := e.body.Transaction
	if a.blind || said == nil {
		return nil
	}
	acct := o.account(said.Account)
	t := acct.debts().known[said.Transaction]
	if t == nil || t.charge == nil || (t.charge.by != nil) == (e.body.Type == dueChargePosted) {
		a.report.find(CheckPosting, e.where, "%s of %s does not wait for that", said.Transaction, said.Account)
		return nil
	}
	was := t.charge
	switch {
	case e.body.Type == dueChargePosted:
		acct.held -= was.held
		t.charge, t.draft, t.paidFor = nil, false, true
		a.answer(e, was.source, was.id, "accepted", "")
		return a.postTransaction(o, e, t)
	case was.by != nil:
		a.dropCharge(e, acct, t, fundsOverdue)
	case acct.debts().status == "written_off":
		a.dropCharge(e, acct, t, "account_written_off")
	default:
		a.dropCharge(e, acct, t, reasonOutOfRange)
	}
	return flows{}
}

// dropCharge rejects a charge: what was a draft before is one again.
func (a *audit) dropCharge(e *entry, acct *account, t *transaction, why string) {
	was := t.charge
	t.charge = nil
	if was.by != nil {
		was.by.release(acct)
		was.by.charge = nil
	} else {
		acct.held -= was.held
	}
	a.answer(e, was.source, was.id, "rejected", why)
	if was.drafted {
		a.tells(e, t, "draft")
		return
	}
	a.tells(e, t, "discarded")
	delete(acct.debts().known, t.body.Transaction)
}

// collectedCard is a result of a card that was asked for a customer account (R8.5, R8.6, R8.10): what it pays is a transaction.
func (a *audit) collectedCard(o *orgModel, e *entry, b *topics.AttemptResolvedBody, r *recharge, at *attempted, currency string) flows {
	name, _, _, _ := attemptName(b.Attempt)
	acct := o.account(name)
	t := r.charge
	switch {
	case b.Result != succeeded:
		if t != nil && at.result == "" {
			a.dropCharge(e, acct, t, "payment_failed")
		}
		return flows{}
	case at.result == succeeded:
		return flows{}
	}
	pay := &transaction{amount: at.amount, body: topics.TransactionRecordedBody{Account: name, Transaction: b.Attempt, Kind: "payment", Currency: currency}}
	if r.invoice != nil {
		pay.body.Against = r.invoice.body.Transaction
	}
	d := acct.debts()
	if d.known[b.Attempt] != nil {
		a.report.find(CheckTwice, e.where, "the payment %s of %s was taken before", b.Attempt, name)
	}
	d.known[b.Attempt] = pay
	expected := a.postTransaction(o, e, pay)
	if t != nil {
		r.release(acct)
		r.charge = nil
		t.charge.by, t.charge.held = nil, t.amount
		acct.held += t.amount
	}
	return expected
}

// dueInvoice is the invoice that is charged on its due date: due/<account>/<work>/<time>/<invoice>.
func (a *audit) dueInvoice(o *orgModel, e *entry) (t *transaction, by *topics.PaymentPreference) {
	rest, ok1 := strings.CutPrefix(e.body.ID, "due/")
	name, invoice, ok2 := strings.Cut(rest, "/"+strings.TrimPrefix(e.body.Type, duePrefix)+"/"+e.body.OccurredAt+"/")
	acct := o.account(name)
	t = acct.debts().known[invoice]
	if !ok1 || !ok2 || t == nil || t.body.Kind != "invoice" || t.open == 0 {
		a.report.find(CheckPosting, e.where, "%q of %q is charged, and is no invoice of which anything is open", invoice, name)
		return nil, nil
	}
	if t.asked {
		a.report.find(CheckTwice, e.where, "%s of %s was charged before", invoice, name)
	}
	t.asked = true
	own, _ := o.creditTerms(name, a.presentOf(e))
	by = opted(&own, t.body.For, false)
	if kind := map[string]string{dueRecurred: byWallet, dueAskedCard: byCard}[e.body.Type]; by == nil || by.Kind != kind || acct.debts().status == "terminated" {
		a.report.find(CheckPosting, e.where, "%s of %s is charged to a %s that has not opted in for it", invoice, name, kind)
		return nil, nil
	}
	return t, by
}

// recurred is a recurring payment (R8.10): from a wallet that has enough, or by a card that is asked.
func (a *audit) recurred(o *orgModel, e *entry) flows {
	if a.blind {
		return nil
	}
	t, by := a.dueInvoice(o, e)
	if t == nil {
		return nil
	}
	if by.Kind == byCard {
		a.raised = &raised{account: t.body.Account, currency: t.body.Currency, method: by.PaymentMethod, sum: t.open, purpose: recurringPayment, invoice: t}
		return flows{}
	}
	d := o.account(t.body.Account).debts()
	enough := a.transferable(e.body.Org, by.Wallet, t.body.Currency, o.account(by.Wallet)) >= t.open
	taken := d.known[t.body.Account+"/"+strconv.Itoa(d.posted+1)] != nil
	if !enough || taken {
		a.takeAttemptNotice(e, recurringFailed, t.body.Account, "")
		return flows{}
	}
	pay := d.payment(&t.body, by.Wallet, t.open)
	pay.body.Against = t.body.Transaction
	return a.postTransaction(o, e, pay)
}

// retriedInvoice is the retry for an invoice of a customer account, or its end: where nothing is open of it, the account is terminated, or the
// default preference is no card that has opted in for it.
func (a *audit) retriedInvoice(e *entry, r *recharge, name string, n, k int) []expectedAttempt {
	o, t := a.world.org(e.body.Org), r.invoice
	acct := o.account(name)
	own, _ := o.creditTerms(name, a.presentOf(e))
	by := opted(&own, t.body.For, false)
	goesOn := t.open > 0 && acct.debts().status != "terminated" && by != nil && by.Kind == byCard
	if goesOn != (e.body.Type == dueRetried) {
		a.report.find(CheckAttempt, e.where, "%s of %s, of which %s is open, and it has to go on: %v", e.body.Type, t.body.Transaction, t.open, goesOn)
	}
	if !goesOn {
		r.closed, r.invoice = true, nil
		return nil
	}
	sum := toCollect(-t.open, t.body.Currency)
	r.attempts = append(r.attempts, attempted{amount: sum})
	return []expectedAttempt{{name, nameOf(name, n, k+1), recurringPayment, sum, by.PaymentMethod}}
}

// waitsForPay says whether an event about a transaction has left it waiting for an automatic payment.
func (a *audit) waitsForPay(e *entry) bool {
	var b topics.TransactionNamedBody
	if e.event == nil || e.body.Type != topics.TypeTransactionRecorded && e.body.Type != topics.TypeTransactionPosted ||
		decode(a.inputs.bodyOf(e.event), &b) != nil {
		return false
	}
	t := a.world.org(e.body.Org).account(b.Account).debts().known[b.Transaction]
	return t != nil && t.charge != nil
}

// overdueCharges finds charges that wait for a card for more than a day.
func (a *audit) overdueCharges(org, name string, acct *account) {
	for n, r := range acct.dunning.recharges {
		if t := r.charge; t != nil && a.passed(t.charge.at, patience) {
			a.late(org, "%s of %s waits for %s for more than a day", t.body.Transaction, name, nameOf(name, n+1, 1))
		}
	}
}
