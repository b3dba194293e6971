package verify

import "purser/topics"

// edges are where an account stands to its threshold and to zero (R4.9).
type edges struct {
	low, negative bool // the alert has gone out, or the account began there
	has           bool // it has a threshold
	threshold     amount
	loose         bool // its versions have different thresholds: which one counts depends on when the engine looked
}

// define takes a definition over. A new account that is below its threshold has not crossed it.
func (g *edges) define(b *topics.AccountDefinedBody, first bool) {
	threshold, err := parseAmount(string(b.LowBalance))
	has := b.LowBalance != "" && err == nil
	if !first {
		g.loose = g.loose || has != g.has || threshold != g.threshold
		return
	}
	*g = edges{has: has, threshold: threshold, low: has && threshold > 0}
}

type noticeKey struct {
	cause         place
	kind, account string
}

// notices are the alerts of a partition by what they are about. A list: the same may be told of different balances.
type notices map[noticeKey][]*notice

const (
	lowBalance      = "low_balance"
	negativeBalance = "negative_balance"
	conflictAlert   = "identity_conflict"
)

func (n *notices) index(all []notice) {
	*n = make(notices, len(all))
	for i := range all {
		key := noticeKey{all[i].cause, all[i].kind, all[i].account}
		(*n)[key] = append((*n)[key], &all[i])
	}
}

func (n notices) take(key noticeKey) *notice {
	for _, notice := range n[key] {
		if !notice.used {
			notice.used = true
			return notice
		}
	}
	return nil
}

// alerts compares the crossings of an entry with the alerts that name its cause, one to one.
func (a *audit) alerts(e *entry) {
	if e.body.Reason == reasonConflict {
		if a.notices.take(noticeKey{e.cause, conflictAlert, ""}) == nil {
			a.report.find(CheckAlert, e.where, "a conflict without an alert")
		}
		return
	}
	o := a.world.org(e.body.Org)
	a.limits(o, e)
	for i := range e.body.Balances {
		if l := &e.body.Balances[i]; !isSystem(l.Account) && o.account(l.Account).kind != customerAccount {
			a.crossings(e, l, o.account(l.Account))
		}
	}
	if e.body.Type == topics.TypeAccountDefined && e.event != nil {
		a.movedThreshold(e)
	}
}

// movedThreshold accepts the alert of a definition that moves an account's threshold above its balance.
func (a *audit) movedThreshold(e *entry) {
	var b topics.AccountDefinedBody
	if decode(a.inputs.bodyOf(e.event), &b) == nil && a.world.org(e.body.Org).account(b.Account).edges.loose {
		a.notices.take(noticeKey{e.cause, lowBalance, b.Account})
	}
}

func (a *audit) crossings(e *entry, l *topics.BalanceBody, acct *account) {
	balance, err := parseAmount(l.Balance)
	if err != nil {
		return // found when it was posted
	}
	g := &acct.edges
	if g.loose {
		if n := a.notices.take(noticeKey{e.cause, lowBalance, l.Account}); n != nil {
			a.compareNotice(e, l, n, n.threshold, "")
		}
	} else {
		low := g.has && balance < g.threshold
		if low && !g.low {
			a.compareNotice(e, l, a.notices.take(noticeKey{e.cause, lowBalance, l.Account}), g.threshold.String(), "")
		}
		g.low = low
	}
	negative := balance < 0
	if negative && !g.negative {
		a.compareNotice(e, l, a.notices.take(noticeKey{e.cause, negativeBalance, l.Account}), "", toCollect(balance, l.Currency).String())
	}
	g.negative = negative
}

func (a *audit) compareNotice(e *entry, l *topics.BalanceBody, n *notice, threshold, collect string) {
	switch {
	case n == nil && collect != "":
		a.report.find(CheckAlert, e.where, "%s fell below zero without an alert", l.Account)
	case n == nil:
		a.report.find(CheckAlert, e.where, "%s fell below %s without an alert", l.Account, threshold)
	case n.org != e.body.Org || n.currency != l.Currency || !sameAmount(n.balance, l.Balance) ||
		!sameAmount(n.threshold, threshold) || !sameAmount(n.toCollect, collect):
		a.report.find(CheckAlert, n.where, "it says %s %s, threshold %q, to collect %q; the ledger says %s %s, %q, %q",
			n.balance, n.currency, n.threshold, n.toCollect, l.Balance, l.Currency, threshold, collect)
	}
}

func sameAmount(x, y string) bool {
	if x == "" || y == "" {
		return x == y
	}
	a, err1 := parseAmount(x)
	b, err2 := parseAmount(y)
	return err1 == nil && err2 == nil && a == b
}

// leftOver finds the alerts that nothing in the ledger caused.
func (a *audit) leftOver(all []notice) {
	for i := range all {
		n := &all[i]
		switch {
		case n.used || a.inputs.forgotten(n.cause):
		case a.inputs.find(n.cause) == nil:
			a.report.find(CheckCause, n.where, "its cause %s does not exist", n.cause)
		default:
			a.report.find(CheckAlert, n.where, "no entry that %s caused explains a %s of %s", n.cause, n.kind, n.account)
		}
	}
}
