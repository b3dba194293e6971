package verify

import "purser/topics"

func (a *audit) indexCharges(out *caused) {
	a.charges, a.answers = map[string]*charge{}, map[string]*answer{}
	for i := range out.charges {
		c := &out.charges[i]
		key := c.body.Org + "\x1f" + c.body.Attempt
		if other := a.charges[key]; other != nil {
			a.report.find(CheckAttempt, c.where, "%s went out before, at %s", c.body.Attempt, other.where)
			continue
		}
		a.charges[key] = c
	}
	for i := range out.answers {
		w := &out.answers[i]
		key := answerKey(&w.body)
		if other := a.answers[key]; other != nil {
			a.report.find(CheckOutcome, w.where, "%s of %s was answered before, at %s", w.body.ID, w.body.Source, other.where)
			continue
		}
		a.answers[key] = w
	}
}

// answerKey tells a final answer from one that is pending: there may be one of each, and of a send two.
func answerKey(b *topics.OutcomeBody) string {
	step := "final"
	switch {
	case b.Reason == fundsPending:
		step = fundsPending // it may have been pending before
	case b.Status == "pending":
		step = "pending"
	}
	id := identityOf(b.Org, b.Source, b.ID)
	return step + string(id[:])
}

// emitted compares the attempts that an entry names with those that it has to emit, and each with its record.
func (a *audit) emitted(e *entry, expected []expectedAttempt) {
	for i := range e.body.Attempts {
		b := &e.body.Attempts[i]
		at := -1
		for k := range expected {
			if expected[k].id == b.Attempt {
				at = k
			}
		}
		if at < 0 {
			a.report.find(CheckAttempt, e.where, "it emits %s of %s %s, which nothing asks for", b.Attempt, b.Amount, b.Currency)
			continue
		}
		a.compareCharge(e, b, &expected[at])
		expected[at].id = ""
	}
	for _, w := range expected {
		if w.id != "" {
			a.report.find(CheckAttempt, e.where, "it has to emit %s of %s", w.id, w.amount)
		}
	}
}

func (a *audit) compareCharge(e *entry, b *topics.AttemptedBody, want *expectedAttempt) {
	if !sameAmount(b.Amount, want.amount.String()) {
		a.report.find(CheckAttempt, e.where, "%s asks for %s, it has to be %s", b.Attempt, b.Amount, want.amount)
	}
	c := a.charges[e.body.Org+"\x1f"+b.Attempt]
	if c == nil {
		a.report.find(CheckAttempt, e.where, "%s did not go out", b.Attempt)
		return
	}
	c.used = true
	_, n, k, _ := attemptName(b.Attempt)
	r := &c.body
	if c.cause != e.cause || r.Source != e.body.Source || r.ID != e.body.ID {
		a.report.find(CheckAttempt, c.where, "its cause is %s, %s of %s; the ledger's %s, %s of %s", c.cause, r.ID, r.Source, e.cause, e.body.ID, e.body.Source)
	}
	recharge, _, _ := cutLast(nameOf(want.account, n, k))
	if r.Account != want.account || !sameAmount(r.Amount, b.Amount) || r.Currency != b.Currency || r.Purpose != want.purpose ||
		r.Number != k || r.RechargeID != recharge || want.method != "" && r.PaymentMethod != want.method || r.PaymentMethod == "" {
		a.report.find(CheckAttempt, c.where, "it is attempt %d of %s, %s %s of %s by %s; the ledger says %s, %s %s, %s",
			r.Number, r.RechargeID, r.Amount, r.Currency, r.Account, r.PaymentMethod, b.Attempt, b.Amount, b.Currency, want.purpose)
	}
}

// takeAttemptNotice finds the alert about an attempt that an entry has to cause. Without an attempt any will do.
func (a *audit) takeAttemptNotice(e *entry, kind, account, attempt string) {
	for _, n := range a.notices[noticeKey{e.cause, kind, account}] {
		if n.used || attempt != "" && n.attempt != attempt {
			continue
		}
		n.used = true
		return
	}
	a.report.find(CheckAlert, e.where, "no %s about %s", kind, attempt)
}

// asks says whether an event of a type asks a question, which is answered by an outcome and never by a dead letter.
func asks(kind string) bool {
	return kind == topics.TypeRechargeRequested || kind == topics.TypeFundingRequested || kind == topics.TypeLicencePurchased ||
		kind == topics.TypeSendRequested || ofPeriods(kind) || atOnce(kind)
}

// atOnce says whether an event of a type asks something that is accepted or rejected at once, whatever it is.
func atOnce(kind string) bool {
	switch kind {
	case topics.TypeTransferRequested, topics.TypeOrderPlaced, topics.TypeSpendQuoted,
		topics.TypeTransactionRecorded, topics.TypeTransactionPosted, topics.TypeCustomerStatus, topics.TypeCreditRequested:
		return true
	}
	return false
}

// ofPeriods says whether an event of a type asks something of an accounting period.
func ofPeriods(kind string) bool {
	return kind == topics.TypePeriodCloseRequested || kind == topics.TypePeriodDraftsPosted || kind == topics.TypePeriodCorrected
}

// answered says whether an entry's refusal is told by an outcome.
func (e *entry) answered() bool {
	return e.event != nil && e.body.Result == resultRefused && e.body.Reason != reasonConflict && asks(kinds[e.event.kind])
}

// outcome compares the answers that an entry has to give with those that went out (R9.1).
func (a *audit) outcome(e *entry) {
	switch {
	case e.answered():
		a.answer(e, e.body.Source, e.body.ID, "rejected", e.body.Reason)
	case e.body.Result == resultApplied && a.waitsForPay(e):
		a.answer(e, e.body.Source, e.body.ID, "pending", fundsPending)
	case e.body.Result == resultApplied && atOnce(e.body.Type):
		a.answer(e, e.body.Source, e.body.ID, "accepted", "")
	case e.body.Result == resultApplied && ofPeriods(e.body.Type):
		a.periodAnswer(e)
	case e.body.Result == resultApplied && e.body.Type == topics.TypeFundingRequested && len(e.body.Invoices) > 0:
		a.answer(e, e.body.Source, e.body.ID, "accepted", "")
	case e.body.Type == dueDropped && !a.blind:
		a.answerDropped(e)
	case e.body.Result == resultApplied && e.body.Type == topics.TypeLicencePurchased:
		a.licenceAnswer(e)
	case e.body.Result == resultApplied && e.body.Type == topics.TypeSendRequested:
		a.sendAnswer(e)
	case e.body.Result == resultApplied && asks(e.body.Type):
		a.answer(e, e.body.Source, e.body.ID, "pending", "")
	case e.body.Result == resultApplied && e.body.Type == topics.TypeAttemptResolved && e.event != nil && !a.blind:
		a.finalAnswer(e)
	}
}

// sendAnswer is the answer to a send: at once, or first that it waits for an approval.
func (a *audit) sendAnswer(e *entry) {
	var b topics.SendRequestedBody
	if e.event == nil || decode(a.inputs.bodyOf(e.event), &b) != nil {
		return
	}
	s := a.world.org(e.body.Org).sends[b.Send]
	switch {
	case s != nil && s.state == sendPending:
		a.answer(e, e.body.Source, e.body.ID, "pending", "pending_approval")
	case s != nil && s.state == fundsPending:
		a.answer(e, e.body.Source, e.body.ID, "pending", fundsPending)
	default:
		a.answer(e, e.body.Source, e.body.ID, "accepted", "")
	}
}

// finalAnswer is the first result of an attempt that was asked for.
func (a *audit) finalAnswer(e *entry) {
	var b topics.AttemptResolvedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return
	}
	_, r, at := a.world.org(e.body.Org).attempt(b.Attempt)
	if at == nil || r.source == "" && r.id == "" || r.answered {
		return
	}
	if r.covers != "" && b.Result == failed && (!r.closed || len(r.attempts) < r.limit) {
		return // it is tried again
	}
	r.answered = true
	if b.Result == succeeded {
		a.answer(e, r.source, r.id, "accepted", "")
	} else {
		a.answer(e, r.source, r.id, "rejected", "payment_failed")
	}
}

// answerDropped is the end of a recharge that someone asked for and that is invoiced instead, or that is no longer needed.
func (a *audit) answerDropped(e *entry) {
	if _, r, at := a.world.org(e.body.Org).attempt(e.body.Attempt); at != nil && r.id != "" && !r.answered {
		r.answered = true
		if e.body.Result == resultRefused {
			a.answer(e, r.source, r.id, "rejected", e.body.Reason)
			return
		}
		a.answer(e, r.source, r.id, "accepted", "")
	}
}

func (a *audit) answer(e *entry, source, id, status, reason string) {
	want := topics.OutcomeBody{Org: e.body.Org, Source: source, ID: id, Status: status, Reason: reason}
	w := a.answers[answerKey(&want)]
	if w == nil {
		a.report.find(CheckOutcome, e.where, "%s of %s has no %s outcome", id, source, status)
		return
	}
	w.used = true
	if w.body.Status != status || w.body.Reason != reason || w.cause != e.cause {
		a.report.find(CheckOutcome, w.where, "it is %s %s because of %s; the ledger says %s %s because of %s",
			w.body.Status, w.body.Reason, w.cause, status, reason, e.cause)
	}
}

// unexplained finds the attempts and outcomes that nothing in the ledger caused.
func (a *audit) unexplained(out *caused) {
	for i := range out.charges {
		if c := &out.charges[i]; !c.used && !a.blind && !a.inputs.forgotten(c.cause) {
			a.report.find(CheckAttempt, c.where, "no entry emits %s of %s", c.body.Attempt, c.body.Org)
		}
	}
	for i := range out.answers {
		if w := &out.answers[i]; !w.used && !a.blind && !a.inputs.forgotten(w.cause) {
			a.report.find(CheckOutcome, w.where, "no entry answers %s of %s with %s", w.body.ID, w.body.Source, w.body.Status)
		}
	}
}
