// Package credit gives complimentary credits (R3.5), each month where a plan or a wallet says so (R3.7), lets them expire, and takes credits away (R3.8).
package credit

import (
	"strings"

	"purser/processors/core"
	"purser/processors/recharge"
)

// Grant gives complimentary credits to a wallet.
func Grant(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	g := ev.Grant
	wallet, status := core.Credited(b, ev, d, g.Account)
	if wallet == nil {
		return status
	}
	p := b.Progress()
	switch {
	case wallet.Kind != core.KindWallet:
		return d.Refuse(core.NotAWallet)
	case g.Currency != wallet.Currency:
		return d.Refuse(core.CurrencyMismatch)
	case g.ExpiresAt != 0 && g.ExpiresAt <= core.Now(p, ev):
		return d.Refuse(core.AlreadyExpired)
	case len(wallet.Grants) >= core.MaxGrants:
		return d.Refuse(core.TooManyGrants)
	}
	t := &d.Draft
	id := strings.Clone(ev.ID)
	from, to := t.System(b, wallet.Org, core.WorldComplimentary, wallet.Currency), t.Account(b, wallet)
	err := t.Move(from, to, g.Amount, core.Complimentary, id)
	if t.Missing {
		return core.Miss
	}
	if err != nil || !d.Fits() {
		return d.Refuse(core.BalanceOutOfRange)
	}
	if g.Amount > 0 {
		wallet.AddGrant(core.Grant{ID: id, Amount: g.Amount, GrantedAt: ev.OccurredAt, ExpiresAt: g.ExpiresAt})
		d.Post(b, wallet.Org)
		recharge.Judge(d, b, wallet, core.Latest(p, ev.RecordedAt))
	}
	return d.Apply()
}

// Expire posts what is left of the grant that expires first back to world:complimentary, at its own time.
func Expire(b core.Book, wallet *core.Account, d *core.Decision) core.Status {
	g := wallet.Grants[0]
	t := &d.Draft
	if err := t.Move(t.Account(b, wallet), t.System(b, wallet.Org, core.WorldComplimentary, wallet.Currency), g.Amount, core.Complimentary, g.ID); err != nil {
		panic("processors: a grant larger than any balance")
	}
	if t.Missing {
		return core.Miss
	}
	if !d.Fits() {
		// The wallet cannot leave its range: what remains is not less than its purchased bucket, which is within it.
		panic("processors: world:complimentary has no room for what comes back to it")
	}
	wallet.Burn(g.Amount)
	d.Post(b, wallet.Org)
	recharge.Judge(d, b, wallet, core.Latest(b.Progress(), g.ExpiresAt))
	d.Work, d.Worker, d.Worked = core.GrantExpired, wallet, g.ID
	core.Number(b, d, wallet.Org, g.ExpiresAt)
	return d.Apply()
}
