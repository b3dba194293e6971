package processors

import (
	"slices"
	"strings"

	"purser/processors/money"
)

// maxGrants is how many grants a wallet may have at once, so that a cell is bounded (R10.3).
const maxGrants = 256

// grantCredits gives complimentary credits to a wallet.
func grantCredits(b Book, ev *Event, d *Decision) Status {
	g := ev.Grant
	wallet, status := credited(b, ev, d, g.Account)
	if wallet == nil {
		return status
	}
	p := b.Progress()
	switch {
	case wallet.Kind != KindWallet:
		return d.refuse(NotAWallet)
	case g.Currency != wallet.Currency:
		return d.refuse(CurrencyMismatch)
	case g.ExpiresAt != 0 && g.ExpiresAt <= now(p, ev):
		return d.refuse(AlreadyExpired)
	case len(wallet.Grants) >= maxGrants:
		return d.refuse(TooManyGrants)
	}
	t := &d.draft
	id := strings.Clone(ev.ID)
	from, to := t.system(b, wallet.Org, WorldComplimentary, wallet.Currency), t.account(b, wallet)
	err := t.move(from, to, g.Amount, Complimentary, id)
	if t.missing {
		return Miss
	}
	if err != nil || !d.fits() {
		return d.refuse(BalanceOutOfRange)
	}
	if g.Amount > 0 {
		wallet.addGrant(Grant{ID: id, Amount: g.Amount, GrantedAt: ev.OccurredAt, ExpiresAt: g.ExpiresAt})
		d.post(b, wallet.Org)
		d.judge(b, wallet, latest(p, ev.RecordedAt))
	}
	return d.apply()
}

// addGrant puts a grant where it burns: by earliest expiry, then those without one, ties by grant time, then by id (R3.5). One that is
// there is made larger, so that the order is total: the same is given again after the duplicate window, or comes back.
func (a *Account) addGrant(g Grant) {
	i := len(a.Grants)
	for i > 0 && burnsBefore(&g, &a.Grants[i-1]) {
		i--
	}
	if i > 0 && !burnsBefore(&a.Grants[i-1], &g) {
		if sum, err := a.Grants[i-1].Amount.Add(g.Amount); err == nil {
			a.Grants[i-1].Amount = sum
			return
		}
	}
	a.Grants = slices.Insert(a.Grants, i, g)
	a.schedule()
}

func burnsBefore(g, h *Grant) bool {
	switch {
	case g.ExpiresAt != h.ExpiresAt:
		return h.ExpiresAt == 0 || g.ExpiresAt != 0 && g.ExpiresAt < h.ExpiresAt
	case g.GrantedAt != h.GrantedAt:
		return g.GrantedAt < h.GrantedAt
	default:
		return g.ID < h.ID
	}
}

// burn takes an amount out of the grants, the first ones first. There is that much.
func (a *Account) burn(amount money.Amount) {
	gone := 0
	for amount > 0 {
		g := &a.Grants[gone]
		part := min(g.Amount, amount)
		g.Amount -= part
		amount -= part
		if g.Amount == 0 {
			gone++
		}
	}
	if gone > 0 {
		a.Grants = slices.Delete(a.Grants, 0, gone)
		a.schedule()
	}
}

// expiry is when the first of the account's grants expires: those with an expiry come first.
func (a *Account) expiry() Time {
	if len(a.Grants) == 0 {
		return 0
	}
	return a.Grants[0].ExpiresAt
}

// expireGrant posts what is left of the grant that expires first back to world:complimentary, at its own time.
func expireGrant(b Book, wallet *Account, d *Decision) Status {
	g := wallet.Grants[0]
	t := &d.draft
	if err := t.move(t.account(b, wallet), t.system(b, wallet.Org, WorldComplimentary, wallet.Currency), g.Amount, Complimentary, g.ID); err != nil {
		panic("processors: a grant larger than any balance")
	}
	if t.missing {
		return Miss
	}
	if !d.fits() {
		// The wallet cannot leave its range: what remains is not less than its purchased bucket, which is within it.
		panic("processors: world:complimentary has no room for what comes back to it")
	}
	wallet.burn(g.Amount)
	d.post(b, wallet.Org)
	d.judge(b, wallet, latest(b.Progress(), g.ExpiresAt))
	d.Work, d.Worker, d.Worked = GrantExpired, wallet, g.ID
	number(b, d, wallet.Org, g.ExpiresAt)
	return d.apply()
}
