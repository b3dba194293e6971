package verify

import (
	"slices"
	"strings"

	"purser/topics"
)

// The accounts that stand for the rest of the world.
const (
	worldPayments      = "world:payments"
	worldProvider      = "world:provider"
	worldComplimentary = "world:complimentary"
	worldFX            = "world:fx"
	worldRemoved       = "world:removed"
	expenseProvider    = "expense:provider"
	revenueRebilling   = "revenue:rebilling"

	complimentary = "complimentary" // the bucket that is named; whatever else a wallet holds is purchased
)

// flow is a posting as it has to be.
type flow struct {
	from, to, currency, bucket, grant string
	amount                            amount
}

type flows []flow

// move adds a posting; nothing is no posting.
func (f *flows) move(from, to, currency string, sum amount, bucket, grant string) {
	if sum != 0 {
		*f = append(*f, flow{from, to, currency, bucket, grant, sum})
	}
}

// recompute says which postings an entry has to have, and moves the auditor's own view of definitions, grants and volumes
// on. nil: that cannot be said, because the input is gone or unreadable.
func (a *audit) recompute(e *entry) flows {
	b := &e.body
	o := a.world.org(b.Org)
	if strings.HasPrefix(b.Type, duePrefix) {
		at, _ := micros(b.OccurredAt)
		a.due = max(a.due, at)
	}
	if b.Type == dueCredits {
		return a.giveCredits(o, e)
	}
	if b.Type == topics.TypeSendRequested && e.event != nil && (b.Result == resultApplied || b.Result == resultRefused) {
		return a.send(o, e)
	}
	if b.Result != resultApplied {
		a.rightlyRefused(o, e)
		return flows{}
	}
	if strings.HasPrefix(b.Type, duePrefix) {
		return a.recomputeDue(o, e)
	}
	if e.event == nil || kinds[e.event.kind] != b.Type {
		return nil
	}
	switch b.Type {
	case topics.TypeUsageRecorded:
		a.report.Debits++
		return a.rate(o, e)
	case topics.TypeCreditsGranted:
		return a.grant(o, e)
	case topics.TypeRechargeRequested, topics.TypeFundingRequested:
		return flows{}
	case topics.TypeAttemptResolved:
		return a.creditAttempt(o, e)
	case topics.TypeUsageVoided, topics.TypeUsageCorrected:
		return a.reverse(o, e)
	case topics.TypeCreditsRemoved:
		return a.removeCredits(o, e)
	}
	return a.recomputeFunding(o, e)
}

// recomputeDue is recompute for work that fell due.
func (a *audit) recomputeDue(o *orgModel, e *entry) flows {
	switch e.body.Type {
	case dueGrantExpired:
		return a.expireGrant(o, e)
	case dueBudget:
		return a.budgetRun(o, e)
	case dueDropped:
		a.retriedLicence(o, e)
		return a.droppedCovering(o, e)
	case dueRetried:
		a.retriedLicence(o, e)
		return flows{}
	case dueOverdue:
		return a.givenUp(o, e)
	case dueBudgetSet, dueBudgetReload:
		return a.balanceDue(o, e)
	case dueAllocated:
		a.allocateRest(e)
		return flows{}
	case dueChargePosted, dueChargeGivenUp, dueRecurred, dueAskedCard:
		return a.paymentDue(o, e)
	case dueClosing, dueDraft, dueDraftsDone:
		return a.periodsDue(o, e)
	case dueUnresolved, dueFunding, dueDay:
		return flows{}
	}
	return nil
}

// rightlyRefused checks a refusal where the reason can be recomputed.
func (a *audit) rightlyRefused(o *orgModel, e *entry) {
	if e.event == nil || e.body.Result != resultRefused || e.body.Reason == reasonConflict {
		return
	}
	switch e.body.Type {
	case topics.TypeLicencePurchased:
		a.refusedLicence(o, e)
	case topics.TypeTransferRequested:
		a.refusedTransfer(o, e)
	case topics.TypePeriodCloseRequested:
		a.refusedPeriod(o, e)
	case topics.TypeOrderPlaced:
		a.refusedOrder(o, e)
	case topics.TypeSpendingDefined:
		a.refusedSpending(o, e)
	}
}

// recomputeFunding is recompute for payments, teams, invoices, transfers, sends and definitions.
func (a *audit) recomputeFunding(o *orgModel, e *entry) flows {
	switch e.body.Type {
	case topics.TypePaymentRefunded:
		return a.refund(o, e)
	case topics.TypePaymentReceived:
		return a.receive(o, e)
	case topics.TypeTransferRequested:
		return a.transfer(o, e)
	case topics.TypeLicencePurchased:
		return a.licence(o, e)
	case topics.TypeInvoicePaid:
		return a.payInvoice(o, e)
	case topics.TypeInvoiceVoided:
		return a.voidInvoice(o, e)
	case topics.TypeTeamDefined:
		return a.budgetDefined(o, e)
	case topics.TypeMemberJoined:
		return a.joined(o, e)
	case topics.TypeTeamRemoved, topics.TypeMemberLeft:
		a.organise(o, e)
		return flows{}
	case topics.TypeTransactionRecorded, topics.TypeTransactionPosted, topics.TypeTransactionDiscarded, topics.TypeCustomerStatus, topics.TypeCreditRequested:
		return a.transact(o, e)
	case topics.TypePeriodsDefined, topics.TypePeriodCloseRequested, topics.TypePeriodDraftsPosted, topics.TypePeriodCorrected:
		return a.periods(o, e)
	case topics.TypeSendAdjusted, topics.TypeSendCancelled, topics.TypeSendApproved, topics.TypeSendDeclined:
		return a.follow(o, e)
	case topics.TypeBudgetsSet, topics.TypeBudgetsImported:
		return a.setBudgets(o, e)
	case topics.TypeOrderPlaced:
		return a.order(o, e)
	case topics.TypeOrderCancelled:
		return a.cancelOrder(o, e)
	case topics.TypeSpendQuoted:
		return a.quote(o, e)
	}
	if !a.define(o, e) {
		a.report.find(CheckUnproduced, e.where, "a definition was applied whose body cannot be read")
	}
	return flows{}
}

// receive is money that came in.
func (a *audit) receive(o *orgModel, e *entry) flows {
	var body topics.PaymentReceivedBody
	if decode(a.inputs.bodyOf(e.event), &body) != nil {
		return nil
	}
	if o.account(body.Account).kind == customerAccount {
		return a.received(o, e, &body)
	}
	expected := flows{}
	expected.move(worldPayments, body.Account, body.Currency, a.figure(e, body.Amount), "", "")
	o.account(body.Account).paid(body.Payment, a.figure(e, body.Amount))
	return expected
}

// figure reads an amount that was posted as it came.
func (a *audit) figure(e *entry, n topics.Number) amount {
	sum, err := parseAmount(string(n))
	if err != nil {
		a.report.find(CheckPosting, e.where, "the amount %q was applied", n)
	}
	return sum
}

func (a *audit) grant(o *orgModel, e *entry) flows {
	var body topics.CreditsGrantedBody
	if decode(a.inputs.bodyOf(e.event), &body) != nil {
		return nil
	}
	g := grant{id: e.body.ID, left: a.figure(e, body.Amount), granted: e.event.occurred}
	g.expiresAt, _ = micros(body.ExpiresAt)
	if g.left > 0 {
		acct := o.account(body.Account)
		acct.grants = append(acct.grants, g)
		slices.SortStableFunc(acct.grants, burnOrder)
	}
	expected := flows{}
	expected.move(worldComplimentary, body.Account, body.Currency, g.left, complimentary, g.id)
	return expected
}

// expireGrant gives back what is left of the grant that the entry names, which has to have expired (R3.7).
func (a *audit) expireGrant(o *orgModel, e *entry) flows {
	if len(e.body.Postings) != 1 {
		a.report.find(CheckPosting, e.where, "a grant expired with %d postings", len(e.body.Postings))
		return nil
	}
	p := &e.body.Postings[0]
	acct := o.account(p.From)
	i := slices.IndexFunc(acct.grants, func(g grant) bool { return g.id == p.Grant && g.expiresAt != 0 })
	if i < 0 {
		a.report.find(CheckPosting, e.where, "the grant %q of %s expired, and there is none", p.Grant, p.From)
		return nil
	}
	expected := flows{}
	expected.move(p.From, worldComplimentary, p.Currency, acct.grants[i].left, complimentary, p.Grant)
	if at, ok := micros(e.body.OccurredAt); !ok || at != acct.grants[i].expiresAt {
		a.report.find(CheckPosting, e.where, "the grant %q expired at %s, which is not its time", p.Grant, e.body.OccurredAt)
	}
	acct.grants = slices.Delete(acct.grants, i, i+1)
	return expected
}

// burn takes an amount out of the grants in their order and returns what was taken from each.
func (a *account) burn(sum amount) (parts []grant) {
	for sum > 0 && len(a.grants) > 0 {
		g := &a.grants[0]
		part := min(g.left, sum)
		parts = append(parts, grant{id: g.id, left: part, expiresAt: g.expiresAt, granted: g.granted})
		g.left -= part
		sum -= part
		if g.left == 0 {
			a.grants = a.grants[1:]
		}
	}
	return parts
}

// comparePostings compares an entry's postings with those that it has to have, in any order.
func (a *audit) comparePostings(e *entry, expected flows) {
	shown := make(flows, 0, len(e.body.Postings))
	for i := range e.body.Postings {
		p := &e.body.Postings[i]
		sum, err := parseAmount(p.Amount)
		if err != nil {
			return // found when it was posted
		}
		shown = append(shown, flow{p.From, p.To, p.Currency, p.Bucket, p.Grant, sum})
	}
	for _, f := range expected {
		i := slices.Index(shown, f)
		if i < 0 {
			a.report.find(CheckPosting, e.where, "it has to have %s and does not", f)
			continue
		}
		shown = slices.Delete(shown, i, i+1)
	}
	for _, f := range shown {
		a.report.find(CheckPosting, e.where, "it has %s, which nothing asks for", f)
	}
}

func (f flow) String() string {
	parts := []string{f.amount.String(), f.currency, "from", f.from, "to", f.to}
	if f.bucket != "" {
		parts = append(parts, f.bucket)
	}
	if f.grant != "" {
		parts = append(parts, "grant", f.grant)
	}
	return strings.Join(parts, " ")
}
