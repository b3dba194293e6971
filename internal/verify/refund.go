package verify

import "purser/topics"

// paid takes a payment down: so much of it may be refunded.
func (a *account) paid(payment string, sum amount) {
	if a.payments == nil {
		a.payments = map[string]amount{}
	}
	a.payments[payment] += sum
}

// removeCredits says what a removal moves (R3.8): purchased credits, or complimentary ones in the order in which they burn.
func (a *audit) removeCredits(o *orgModel, e *entry) flows {
	var b topics.CreditsRemovedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	acct, sum := o.account(b.Account), a.figure(e, b.Amount)
	expected := flows{}
	if b.Bucket == complimentary {
		rest := sum
		for _, part := range acct.burn(sum) {
			expected.move(b.Account, worldRemoved, b.Currency, part.left, complimentary, part.id)
			rest -= part.left
		}
		if rest > 0 {
			a.report.find(CheckPosting, e.where, "%s of complimentary credits more than %s had were removed", rest, b.Account)
		}
		sum = 0
	} else {
		expected.move(b.Account, worldRemoved, b.Currency, sum, "", "")
		k := a.books.of(e.body.Org, b.Account, b.Currency)
		if had := min(k.purchased, k.balance-acct.held); had < sum && !a.blind {
			a.report.find(CheckPosting, e.where, "%s of purchased credits were removed, and %s had %s", sum, b.Account, had)
		}
	}
	if b.Removal != "" {
		if acct.removals == nil {
			acct.removals = map[string]amount{}
		}
		acct.removals[b.Removal] = sum
	}
	return expected
}

// refund says what a refund moves (R3.8): no more than is left of the payment, and out of the wallet what the removal that it names
// has not taken already.
func (a *audit) refund(o *orgModel, e *entry) flows {
	var b topics.PaymentRefundedBody
	if decode(a.inputs.bodyOf(e.event), &b) != nil {
		return nil
	}
	acct, sum := o.account(b.Account), a.figure(e, b.Amount)
	if left := acct.payments[b.Payment]; sum > left {
		a.report.find(CheckPosting, e.where, "%s of the payment %s were refunded, of which %s were left", sum, b.Payment, left)
	}
	acct.paid(b.Payment, -sum)
	taken := min(acct.removals[b.Removal], sum)
	expected := flows{}
	expected.move(b.Account, worldPayments, b.Currency, sum-taken, "", "")
	expected.move(worldRemoved, worldPayments, b.Currency, taken, "", "")
	if taken > 0 {
		acct.removals[b.Removal] -= taken
	}
	return expected
}
