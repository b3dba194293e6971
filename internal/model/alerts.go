package model

import (
	"strings"
	"time"
)

func (v accountTerms) isLow(balance dec) bool { return v.low != nil && balance.LessThan(*v.low) }

// judge looks at an account after a posting or a definition: has it crossed a line (R4.9), is it to be recharged (R4.1)?
func (t *turn) judge(a *account, at time.Time) {
	t.cross(a, at)
	t.recharge(a, at)
}

// cross alerts once when a balance goes below a line, and again only after it was back at or above it (R4.9).
func (t *turn) cross(a *account, at time.Time) {
	v, balance := a.terms.at(at), a.balance()
	low, negative := v.isLow(balance), balance.IsNegative()
	if low && !a.low {
		t.line("alert low_balance %s %s %s threshold %s to %s", a.id, balance, a.currency, *v.low, contacts(v.contacts))
	}
	if negative && !a.negative {
		t.line("alert negative_balance %s %s %s to collect %s to %s", a.id, balance, a.currency, collected(balance.Neg(), a.currency), contacts(v.contacts))
	}
	a.low, a.negative = low, negative
	t.awaitNight(a, at)
}

func contacts(all []string) string { return "[" + strings.Join(all, " ") + "]" }
