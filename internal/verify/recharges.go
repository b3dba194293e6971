package verify

import (
	"slices"
	"strconv"
	"strings"

	"purser/topics"
)

// dunning is where an account stands with its recharges, as the ledger and the gateway's results make it (R4).
type dunning struct {
	recharges []*recharge // number n is recharges[n-1]
	auto      int         // the automatic one with which the next attempt goes on; 0: it begins a new one
	going     bool
	exhausted bool
}

type recharge struct {
	manual     bool
	covers     string // its purpose, where it is for something of its own
	closed     bool   // of what covers something: nothing more goes out
	waiting    bool   // its last attempt has failed, and is to be repeated
	reset      bool   // a success has come since
	limit      int
	attempts   []attempted
	shares     []portion // of what covers a team's budget: what goes on when it is paid
	held       amount
	licence    *licence     // that is charged when it is paid (R5.7)
	charge     *transaction // of a customer account, that waits for it (R8.5)
	invoice    *transaction // likewise, that it pays (R8.10); nil: it is not asked again
	send       *sent        // that waits for it (R6.3)
	adjusts    *sent        // whose final cost it pays (R6.8)
	answered   bool         // to who asked for it:
	source, id string
}

type attempted struct {
	amount amount
	result string // "", failed or succeeded
	told   bool   // that it has no result
	at     moment // when it went out,
	failed moment // and when it failed
}

const (
	succeeded = "succeeded"
	failed    = "failed"

	rechargeFailed     = "recharge_failed"
	rechargeExhausted  = "recharge_exhausted"
	rechargeUnresolved = "recharge_unresolved"
	rechargeDisputed   = "recharge_disputed"
	unknownAttempt     = "unknown_attempt"
)

func (d *dunning) autoRecharge() *recharge {
	if d.auto == 0 {
		return nil
	}
	return d.recharges[d.auto-1]
}

// attemptName takes account/recharge/attempt apart.
func attemptName(id string) (account string, n, k int, ok bool) {
	rest, last, ok1 := cutLast(id)
	account, middle, ok2 := cutLast(rest)
	n, err1 := strconv.Atoi(middle)
	k, err2 := strconv.Atoi(last)
	return account, n, k, ok1 && ok2 && err1 == nil && err2 == nil && nameOf(account, n, k) == id
}

func nameOf(account string, n, k int) string {
	return account + "/" + strconv.Itoa(n) + "/" + strconv.Itoa(k)
}

// attempt finds an attempt that went out; nil where there was none.
func (o *orgModel) attempt(id string) (acct *account, r *recharge, at *attempted) {
	name, n, k, ok := attemptName(id)
	acct = o.accounts[name]
	if !ok || acct == nil || n < 1 || n > len(acct.dunning.recharges) {
		return acct, nil, nil
	}
	r = acct.dunning.recharges[n-1]
	if k < 1 || k > len(r.attempts) {
		return acct, nil, nil
	}
	return acct, r, &r.attempts[k-1]
}

// creditAttempt says what a result moves: the amount of an attempt that succeeds for the first time (R4.7).
func (a *audit) creditAttempt(o *orgModel, e *entry) flows {
	var b topics.AttemptResolvedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil || a.blind {
		return nil
	}
	_, r, at := o.attempt(b.Attempt)
	if at == nil {
		a.report.find(CheckAttempt, e.where, "a result of %s was applied, which never went out", b.Attempt)
		return nil
	}
	expected := flows{}
	if b.Result == succeeded && at.result != succeeded {
		name, _, _, _ := attemptName(b.Attempt)
		currency := ""
		if c := a.charges[e.body.Org+"\x1f"+b.Attempt]; c != nil {
			currency = c.body.Currency
		}
		expected.move(worldPayments, name, currency, at.amount, "", "")
		if o.account(name).kind == customerAccount {
			return a.collectedCard(o, e, &b, r, at, currency)
		}
		payment := b.Payment
		if payment == "" {
			payment = b.Attempt
		}
		o.account(name).paid(payment, at.amount)
		r.shareOut(o, name, currency, &expected)
	}
	if r.charge != nil {
		return a.collectedCard(o, e, &b, r, at, "")
	}
	a.resolvedSend(o, e, r, b.Result, &expected)
	return expected
}

// recharges follows what an entry does to recharges, and compares the attempts that it emits with those that it has to (R4).
func (a *audit) recharges(e *entry) {
	o := a.world.org(e.body.Org)
	if e.body.Result == resultRefused && e.body.Type == topics.TypeAttemptResolved && e.body.Reason != reasonConflict {
		a.takeAttemptNotice(e, unknownAttempt, "", "")
		return
	}
	if e.body.Result != resultApplied {
		a.undone(o, e)
		a.emitted(e, nil)
		return
	}
	due := strings.HasPrefix(e.body.Type, duePrefix)
	if !due && (e.event == nil || kinds[e.event.kind] != e.body.Type) {
		a.blind = true
	}
	if a.blind {
		return
	}
	var expected []expectedAttempt
	var bills []expectedInvoice
	switch e.body.Type {
	case topics.TypeRechargeRequested:
		expected = a.requested(o, e)
	case topics.TypeFundingRequested:
		expected, bills = a.fundingRequested(o, e)
	case dueFunding:
		expected, bills = a.fundingScheduled(o, e)
	case dueDay:
		bills = a.dayEnded(o, e)
	case topics.TypeTransactionRecorded, topics.TypeTransactionPosted, dueAskedCard,
		topics.TypeSendRequested, topics.TypeSendApproved, topics.TypeSendAdjusted, topics.TypeLicencePurchased:
		expected, bills = a.fundsAsked(o)
	case topics.TypeAttemptResolved:
		a.resolved(o, e)
	case dueRetried, dueDropped:
		expected, bills = a.fallenDue(o, e)
	case dueUnresolved:
		a.untold(o, e)
	case topics.TypeTeamDefined, topics.TypeMemberJoined, dueBudget:
		expected = a.budgetCharged(o)
	}
	judged := a.judged(e)
	if e.body.Type == topics.TypeCreditsRemoved || e.body.Type == topics.TypePaymentRefunded {
		judged = nil // neither starts a recharge by itself (R3.8)
	}
	for _, name := range judged {
		attempts, invoices := a.automatic(o, e, name)
		expected, bills = append(expected, attempts...), append(bills, invoices...)
	}
	ids := make([]string, len(expected)) // emitted strikes them out
	for i := range expected {
		ids[i] = expected[i].id
	}
	a.emitted(e, expected)
	a.invoiced(e, bills)
	for _, id := range ids {
		if _, _, at := o.attempt(id); at != nil {
			at.at = a.now(e)
		}
	}
}

// expectedAttempt is one that has to go out.
type expectedAttempt struct {
	account, id, purpose string
	amount               amount
	method               string
}

// judged are the accounts whose balances the entry may leave lower than a threshold.
func (a *audit) judged(e *entry) (names []string) {
	for i := range e.body.Balances {
		if l := &e.body.Balances[i]; !isSystem(l.Account) {
			names = append(names, l.Account)
			if acct := a.world.org(e.body.Org).account(l.Account); acct.currency == "" {
				acct.currency = l.Currency
			}
		}
	}
	var b topics.AccountDefinedBody
	if e.body.Type == topics.TypeAccountDefined && decode(a.inputs.bodyOf(e.event), &b) == nil {
		names = append(names, b.Account)
	}
	return names
}

// requested is a recharge that was asked for (R4.5): one attempt, by the method that was named, or that of the policy.
func (a *audit) requested(o *orgModel, e *entry) []expectedAttempt {
	var b topics.RechargeRequestedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	acct := o.account(b.Account)
	sum := toCollect(-a.figure(e, b.Amount), b.Currency)
	r := &recharge{manual: true, limit: 1, attempts: []attempted{{amount: sum}}, source: e.body.Source, id: e.body.ID}
	acct.dunning.recharges = append(acct.dunning.recharges, r)
	return []expectedAttempt{{b.Account, nameOf(b.Account, len(acct.dunning.recharges), 1), "manual", sum, b.PaymentMethod}}
}

// resolved takes a result: a failure is dunned or ends it, a success begins the counter anew (R4.2–R4.7).
func (a *audit) resolved(o *orgModel, e *entry) {
	var b topics.AttemptResolvedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return
	}
	acct, r, at := o.attempt(b.Attempt)
	if at == nil {
		return // found
	}
	name, _, k, _ := attemptName(b.Attempt)
	before := at.result
	if before != "" && before != b.Result {
		a.takeAttemptNotice(e, rechargeDisputed, name, b.Attempt)
	}
	if before == "" || before == failed {
		at.result, at.failed = b.Result, a.now(e)
	}
	d := &acct.dunning
	last := before == "" && k == len(r.attempts)
	switch {
	case before != "" && (before == b.Result || before == succeeded):
	case r.covers == automaticPayment: // likewise
	case r.covers == recurringPayment && b.Result == failed && last && !r.reset && acct.debts().status == "terminated":
		r.closed, r.invoice = true, nil
		a.takeAttemptNotice(e, rechargeFailed, name, b.Attempt)
	case r.covers == addFunds: // recompute has ended what waits for it
	case r.covers != "":
		a.resolvedCovering(e, r, name, b.Attempt, b.Result, last && before == "")
		if r.closed || r.reset {
			r.invoice = nil
		}
	case b.Result == failed && r.manual:
	case b.Result == failed && last && k >= r.limit && !r.reset:
		d.going, d.exhausted = false, true
		a.takeAttemptNotice(e, rechargeExhausted, name, b.Attempt)
	case b.Result == failed && last:
		r.waiting = true
		a.takeAttemptNotice(e, rechargeFailed, name, b.Attempt)
	case b.Result == succeeded:
		if last && !r.manual {
			d.going = false
		}
		d.succeed()
	}
}

// succeed begins the counter anew, whatever recharge it was.
func (d *dunning) succeed() {
	d.exhausted = false
	if !d.going {
		d.auto = 0
		return
	}
	d.autoRecharge().reset = true
}

// fallenDue is a retry that was due: it went out, or was dropped because the balance is no longer lower (R4.3, R4.6).
func (a *audit) fallenDue(o *orgModel, e *entry) ([]expectedAttempt, []expectedInvoice) {
	acct, r, at := o.attempt(e.body.Attempt)
	name, n, k, _ := attemptName(e.body.Attempt)
	if at != nil && r.covers != "" {
		return a.retriedCovering(e, r, name, n, k)
	}
	if at == nil || !r.waiting || r != acct.dunning.autoRecharge() || k != len(r.attempts) {
		a.report.find(CheckAttempt, e.where, "no retry of %s was waiting", e.body.Attempt)
		return nil, nil
	}
	low, certain, policy := a.low(e, acct, name)
	if certain && low != (e.body.Type == dueRetried) {
		a.report.find(CheckAttempt, e.where, "%s of %s, with a balance that is lower than the threshold: %v", e.body.Type, e.body.Attempt, low)
	}
	d := &acct.dunning
	r.waiting = false
	if e.body.Type == dueDropped || r.reset {
		d.going = false
		if r.reset {
			d.auto = 0
		}
		if e.body.Type == dueDropped {
			return nil, a.billed(o, e, acct, name, policy)
		}
		return a.begin(e, acct, name, policy), nil
	}
	return a.goOn(e, acct, name, n, policy), nil
}

// billed is the invoice that takes the place of a retry, where a source has come to be paid by invoice (R5.3). When it has is not certain.
func (a *audit) billed(o *orgModel, e *entry, acct *account, name string, p *topics.RechargePolicy) []expectedInvoice {
	if p == nil || p.PaymentMethod != "" || a.sends(e, rechargeInvoice, name) == nil {
		return nil
	}
	if i, due := a.rechargeByInvoice(o, acct, name, p); due {
		return []expectedInvoice{i}
	}
	return nil
}

// untold is an attempt that has no result for a day: it is told once (R4.7).
func (a *audit) untold(o *orgModel, e *entry) {
	_, _, at := o.attempt(e.body.Attempt)
	name, _, _, _ := attemptName(e.body.Attempt)
	if at == nil || at.result != "" || at.told {
		a.report.find(CheckAttempt, e.where, "%s has no result, it says: it never went out, has one, or was told before", e.body.Attempt)
		return
	}
	at.told = true
	a.takeAttemptNotice(e, rechargeUnresolved, name, e.body.Attempt)
}

// automatic is the attempt that an account has to emit after an entry (R4.1), or the invoice that it has to get (R5.3).
func (a *audit) automatic(o *orgModel, e *entry, name string) ([]expectedAttempt, []expectedInvoice) {
	acct := o.account(name)
	d := &acct.dunning
	if len(acct.versions) == 0 {
		return nil, nil
	}
	low, certain, policy := a.low(e, acct, name)
	switch {
	case certain && !low, !certain && !a.emits(e, name) && a.sends(e, rechargeInvoice, name) == nil:
		return nil, nil
	case d.going || acct.invoice != 0: // one at a time, by card or by invoice (R5.3)
		return nil, nil
	case policy != nil && policy.PaymentMethod == "":
		if i, due := a.rechargeByInvoice(o, acct, name, policy); due {
			return nil, []expectedInvoice{i}
		}
		return nil, nil
	case d.exhausted:
		return nil, nil
	case d.auto != 0:
		return a.goOn(e, acct, name, d.auto, policy), nil
	}
	return a.begin(e, acct, name, policy), nil
}

// emits says whether the entry has an automatic attempt of an account, whatever it is.
func (a *audit) emits(e *entry, name string) bool {
	return slices.ContainsFunc(e.body.Attempts, func(b topics.AttemptedBody) bool {
		account, _, _, ok := attemptName(b.Attempt)
		c := a.charges[e.body.Org+"\x1f"+b.Attempt]
		return ok && account == name && (c == nil || c.body.Purpose == "automatic")
	})
}

// low says whether an account's balance is lower than its policy's threshold. Where its versions differ it is not certain which
// one counts: that depends on when the engine looked; policy is then the one that explains what the entry says.
func (a *audit) low(e *entry, acct *account, name string) (low, certain bool, policy *topics.RechargePolicy) {
	balance := a.books.of(e.body.Org, name, acct.currency).balance - acct.held
	certain = true
	for i := range acct.versions {
		p := acct.versions[i].def.Recharge
		if !samePolicy(p, acct.versions[0].def.Recharge) {
			certain = false
		}
		if p == nil {
			continue
		}
		below, err := parseAmount(string(p.WhenBalanceLowerThan))
		if err == nil && balance < below && (policy == nil || a.explains(e, name, p)) {
			low, policy = true, p
		}
	}
	return low, certain, policy
}

// explains says whether an attempt of an entry asks for what a policy says.
func (a *audit) explains(e *entry, name string, p *topics.RechargePolicy) bool {
	sum, err := parseAmount(string(p.Amount))
	if p.PaymentMethod == "" {
		w := a.sends(e, rechargeInvoice, name)
		return err == nil && w != nil && sameAmount(w.body.Amount, toCollect(-sum, w.body.Currency).String())
	}
	return err == nil && slices.ContainsFunc(e.body.Attempts, func(b topics.AttemptedBody) bool {
		account, _, _, _ := attemptName(b.Attempt)
		c := a.charges[e.body.Org+"\x1f"+b.Attempt]
		return account == name && sameAmount(b.Amount, toCollect(-sum, b.Currency).String()) && c != nil && c.body.PaymentMethod == p.PaymentMethod
	})
}

func samePolicy(p, q *topics.RechargePolicy) bool {
	if p == nil || q == nil {
		return p == q
	}
	return *p == *q
}

// begin is the first attempt of a new automatic recharge.
func (a *audit) begin(e *entry, acct *account, name string, p *topics.RechargePolicy) []expectedAttempt {
	d := &acct.dunning
	d.recharges = append(d.recharges, &recharge{limit: acct.attemptsOf(p)})
	d.auto = len(d.recharges)
	return a.goOn(e, acct, name, d.auto, p)
}

// goOn is the next attempt of an automatic recharge.
func (a *audit) goOn(e *entry, acct *account, name string, n int, p *topics.RechargePolicy) []expectedAttempt {
	if p == nil {
		a.report.find(CheckAttempt, e.where, "%s is recharged, and no policy asks for it", name)
		return nil
	}
	d := &acct.dunning
	r := d.recharges[n-1]
	d.going, r.waiting = true, false
	currency := acct.currency
	for _, b := range e.body.Attempts {
		if account, _, _, _ := attemptName(b.Attempt); account == name {
			currency = b.Currency
		}
	}
	sum, err := parseAmount(string(p.Amount))
	if err != nil {
		return nil
	}
	r.attempts = append(r.attempts, attempted{amount: toCollect(-sum, currency)})
	k := len(r.attempts)
	if k > r.limit {
		a.report.find(CheckAttempt, e.where, "attempt %d of %d of %s", k, r.limit, name)
	}
	return []expectedAttempt{{name, nameOf(name, n, k), "automatic", toCollect(-sum, currency), p.PaymentMethod}}
}

// attemptsOf is how often a policy tries a card in all (R4.3).
func (a *account) attemptsOf(p *topics.RechargePolicy) int {
	if p == nil {
		return 0
	}
	if n, err := strconv.Atoi(string(p.Attempts)); err == nil {
		return n
	}
	if a.kind == "agency_wallet" {
		return 12
	}
	return 7
}
