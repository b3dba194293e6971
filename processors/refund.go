package processors

import (
	"strings"

	"purser/processors/money"
)

// paid takes a payment down, so that it can be refunded (R3.8). Two that have one reference count as one.
func (a *Account) paid(b Book, known *Payments, payment string, amount money.Amount) {
	if known == nil {
		known = b.NewPayments(a.Org, a.ID, strings.Clone(payment))
	} else {
		b.Touch(known)
	}
	known.Paid += amount
}

// removeCredits takes credits out of a wallet, for nothing (R3.8): complimentary ones in the order in which they burn. It never
// takes more than there is, and starts no recharge.
func removeCredits(b Book, ev *Event, d *Decision) Status {
	q := ev.Removal
	wallet, status := credited(b, ev, d, q.Account)
	if wallet == nil {
		return status
	}
	var before *Removed
	if q.Reference != "" {
		var known bool
		if before, known = b.Removed(wallet.Org, wallet.ID, q.Reference); !known {
			return Miss
		}
	}
	switch had := wallet.removable(q.Bucket); {
	case q.Currency != wallet.Currency:
		return d.refuse(CurrencyMismatch)
	case before != nil:
		return d.refuse(RemovalExists)
	case q.Amount > had:
		d.Had, d.Needed = had, q.Amount
		return d.refuse(InsufficientFunds)
	}
	if err := wallet.draftRemoval(b, d, q); err != nil || !d.draft.missing && !d.fits() {
		return d.refuse(BalanceOutOfRange)
	}
	if d.draft.missing {
		return Miss
	}
	if q.Bucket == Complimentary {
		wallet.burn(q.Amount)
	}
	d.post(b, wallet.Org)
	if q.Reference != "" {
		r := b.NewRemoved(wallet.Org, wallet.ID, strings.Clone(q.Reference))
		if q.Bucket == Purchased {
			r.Left = q.Amount
		}
	}
	at := latest(b.Progress(), ev.RecordedAt)
	d.cross(b, wallet, inForce(wallet.Versions, at), at)
	return d.apply()
}

// removable is how much of a bucket there is.
func (a *Account) removable(bucket Bucket) (sum money.Amount) {
	if bucket == Purchased {
		return max(a.Purchased, 0)
	}
	for i := range a.Grants {
		sum += a.Grants[i].Amount
	}
	return sum
}

func (a *Account) draftRemoval(b Book, d *Decision, q *RemovalRequest) error {
	t := &d.draft
	from, to := t.account(b, a), t.system(b, a.Org, WorldRemoved, a.Currency)
	if q.Bucket == Purchased {
		return t.move(from, to, q.Amount, Purchased, "")
	}
	rest := q.Amount
	for i := 0; i < len(a.Grants) && rest > 0; i++ {
		g := &a.Grants[i]
		part := min(g.Amount, rest)
		rest -= part
		if err := t.move(from, to, part, Complimentary, g.ID); err != nil {
			return err
		}
	}
	return nil
}

// refundPayment gives money of a payment back (R3.8): out of purchased credits, even below zero, except for what a removal that
// it names has taken already. It starts no recharge.
func refundPayment(b Book, ev *Event, d *Decision) Status {
	q := ev.Refund
	a, status := credited(b, ev, d, q.Account)
	if a == nil {
		return status
	}
	payment, known := b.Payments(a.Org, a.ID, q.Payment)
	var removed *Removed
	if q.Removal != "" {
		var ok bool
		removed, ok = b.Removed(a.Org, a.ID, q.Removal)
		known = known && ok
	}
	if !known {
		b.System(a.Org, WorldPayments, a.Currency)
		return Miss
	}
	switch {
	case q.Currency != a.Currency:
		return d.refuse(CurrencyMismatch)
	case payment == nil:
		return d.refuse(UnknownPayment)
	case q.Removal != "" && removed == nil:
		return d.refuse(UnknownRemoval)
	case q.Amount > payment.Paid-payment.Refunded:
		d.Had, d.Needed = payment.Paid-payment.Refunded, q.Amount
		return d.refuse(ExceedsPayment)
	}
	taken := money.Amount(0)
	if removed != nil {
		taken = min(removed.Left, q.Amount)
	}
	if err := a.draftRefund(b, d, q.Amount, taken); err != nil || !d.draft.missing && !d.fits() {
		return d.refuse(BalanceOutOfRange)
	}
	if d.draft.missing {
		return Miss
	}
	d.post(b, a.Org)
	payment.Refunded += q.Amount
	b.Touch(payment)
	if taken > 0 {
		removed.Left -= taken
		b.Touch(removed)
	}
	if d.draft.posted(a) {
		at := latest(b.Progress(), ev.RecordedAt)
		d.cross(b, a, inForce(a.Versions, at), at)
	}
	return d.apply()
}

func (a *Account) draftRefund(b Book, d *Decision, amount, taken money.Amount) error {
	t := &d.draft
	wallet, out := t.account(b, a), t.system(b, a.Org, WorldPayments, a.Currency)
	if err := t.move(wallet, out, amount-taken, Purchased, ""); err != nil || taken == 0 {
		return err
	}
	return t.move(t.system(b, a.Org, WorldRemoved, a.Currency), out, taken, NoBucket, "")
}
