package credit

import (
	"strings"

	"purser/processors/core"
	"purser/processors/money"
	"purser/processors/recharge"
)

// Remove takes credits out of a wallet, for nothing (R3.8): complimentary ones in the order in which they burn. It never
// takes more than there is, and starts no recharge.
func Remove(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	q := ev.Removal
	wallet, status := core.Credited(b, ev, d, q.Account)
	if wallet == nil {
		return status
	}
	var before *core.Removed
	if q.Reference != "" {
		var known bool
		if before, known = b.Removed(wallet.Org, wallet.ID, q.Reference); !known {
			return core.Miss
		}
	}
	switch had := removable(wallet, q.Bucket); {
	case wallet.Kind == core.KindCustomerAccount:
		return d.Refuse(core.IsACustomer)
	case q.Currency != wallet.Currency:
		return d.Refuse(core.CurrencyMismatch)
	case before != nil:
		return d.Refuse(core.RemovalExists)
	case q.Amount > had:
		d.Had, d.Needed = had, q.Amount
		return d.Refuse(core.InsufficientFunds)
	}
	if err := draftRemoval(wallet, b, d, q); err != nil || !d.Draft.Missing && !d.Fits() {
		return d.Refuse(core.BalanceOutOfRange)
	}
	if d.Draft.Missing {
		return core.Miss
	}
	if q.Bucket == core.Complimentary {
		wallet.Burn(q.Amount)
	}
	d.Post(b, wallet.Org)
	if q.Reference != "" {
		r := b.NewRemoved(wallet.Org, wallet.ID, strings.Clone(q.Reference))
		if q.Bucket == core.Purchased {
			r.Left = q.Amount
		}
	}
	at := core.Latest(b.Progress(), ev.RecordedAt)
	recharge.Cross(d, b, wallet, core.InForce(wallet.Versions, at), at)
	return d.Apply()
}

// removable is how much of a bucket there is: of purchased credits only what is available, because the rest is promised (R6.3). Complimentary
// ones are in wallets, and nothing is held of those.
func removable(a *core.Account, bucket core.Bucket) (sum money.Amount) {
	if bucket == core.Purchased {
		return max(min(a.Purchased, a.Available()), 0)
	}
	for i := range a.Grants {
		sum += a.Grants[i].Amount
	}
	return sum
}

func draftRemoval(a *core.Account, b core.Book, d *core.Decision, q *core.RemovalRequest) error {
	t := &d.Draft
	from, to := t.Account(b, a), t.System(b, a.Org, core.WorldRemoved, a.Currency)
	if q.Bucket == core.Purchased {
		return t.Move(from, to, q.Amount, core.Purchased, "")
	}
	rest := q.Amount
	for i := 0; i < len(a.Grants) && rest > 0; i++ {
		g := &a.Grants[i]
		part := min(g.Amount, rest)
		rest -= part
		if err := t.Move(from, to, part, core.Complimentary, g.ID); err != nil {
			return err
		}
	}
	return nil
}
