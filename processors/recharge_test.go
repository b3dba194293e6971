package processors_test

import (
	"testing"

	. "purser/processors/core"
)

func TestR4_3_ARetryComesBeforeAnEventOfItsTick(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.tick(start)
	w.send(recharged("w", "20", "50", 7))
	w.send(result("w/1/1", false))
	w.send(&Event{Type: Tick, TickAt: start + day}) // read, and not worked off yet
	w.send(pay("w", "100"))
	if n := len(w.log); len(w.log[n-2].Attempts) != 1 || w.log[n-2].At != start+day {
		t.Fatalf("the retry was not decided before the payment: %+v", w.log[n-2].Attempts)
	}
	w.settle()
	w.closeBooks()
}

func TestR4_3_WhatHoldsForARechargeIsFixedWhenItBegins(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.tick(start)
	w.send(recharged("w", "20", "50", 2))
	w.send(result("w/1/1", false))
	changed := recharged("w", "20", "70", 9)
	changed.Account.Recharge.Method = "new"
	w.clock += second
	w.send(changed)
	w.tick(start + day)
	expect(t, "card and amount are those of now", attemptsOf(&w.log[len(w.log)-1]), []string{"w/1/2 70.000000 by new"})
	w.send(result("w/1/2", false))
	if a := w.account("w"); !a.Dunning.Exhausted || a.Dunning.Open != 0 {
		t.Errorf("%+v", a.Dunning)
	}
}

func TestR4_7_IDsOfAttempts(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(recharged("a/b/1", "20", "50", 7))
	applied(t, w.send(result("a/b/1/1/1", true)))
	for _, id := range []string{"", "/", "//", "a", "a/b/1/1", "a/b/1/1/1/1", "a/b/1/1/+1", "a/b/1/1/99999999999", "a/b/1/-1/1", "a/b/1/ 1/1", "/1/1"} {
		refused(t, w.send(result(id, true)), UnknownAttempt)
	}
	w.closeBooks()
}

func TestR2_3_ARemovedAccountKeepsTheNumbersOfItsRecharges(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(recharged("w", "20", "50", 1))
	refused(t, w.send(remove("w")), InUse)
	w.send(result("w/1/1", false))
	applied(t, w.send(remove("w")))
	w.clock += second
	expect(t, "the next recharge", attemptsOf(w.send(recharged("w", "20", "50", 1))), []string{"w/2/1 50.000000 by tok-w"})
}
