package processors_test

import (
	"testing"

	. "purser/processors"
	. "purser/processors/core"
)

// reversible is an org whose usage can be reversed for a day.
func reversible(multipliers string) *Event {
	ev := org(multipliers)
	ev.OrgDef.Reversible = day
	return ev
}

func void(usage string) *Event {
	return &Event{Type: UsageVoided, Reversal: &Reversal{Usage: identityOf("acme", usage), Void: true}}
}

// Foreseeing what a reversal needs must not make it: the shell foresees events long before their turn.
func TestR3_9_ForeseeingAReversalChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.b.cold = false
	w.send(reversible("call 2"))
	w.send(wallet("w", "", ""))
	used := cost("w", "call", "5")
	used.ID = "used"
	w.send(used)
	before, undo := w.b.print(), void("used")
	undo.Org = "acme"
	Prefetch(w.b, undo)
	if after := w.b.print(); after != before {
		t.Fatalf("foreseen:\n%s\nwas\n%s", after, before)
	}
	expect(t, "and then it is made", postings(w.send(void("used"))), []string{
		"world:provider → expense:provider 5.000000 USD", "revenue:rebilling → w 10.000000 USD purchased",
	})
	w.closeBooks()
}

func TestR3_9_WhatUsageHasBurnedIsForgottenInTime(t *testing.T) {
	w := newWorld(t)
	w.send(reversible(""))
	w.send(wallet("w", "", ""))
	w.tick(start)
	used := cost("w", "call", "5")
	used.ID = "used"
	w.send(used)
	kept := func() bool {
		_, there := w.b.cells[string(AppendBurntKey(nil, "acme", identityOf("acme", "used")))]
		return there
	}
	w.tick(start + day - 1)
	if !kept() {
		t.Fatal("it was forgotten early")
	}
	w.tick(start + day)
	if kept() {
		t.Fatal("it is still there")
	}
	if e := w.send(void("used")); e.Result != Waiting {
		t.Fatalf("%v", e.Result)
	}
}

// The wallet of usage may be gone, and so may the agency's: the provider's cost is then an expense that comes back.
func TestR3_9_AnAgencyThatIsGone(t *testing.T) {
	w := newWorld(t)
	w.send(reversible(""))
	w.send(agency("house"))
	w.send(wallet("w", "", ""))
	used := cost("w", "call", "5")
	used.ID = "used"
	w.send(used)
	w.send(pay("house", "5"))
	applied(t, w.send(remove("house")))
	expect(t, "reversal", postings(w.send(void("used"))), []string{
		"world:provider → expense:provider 5.000000 USD", "revenue:rebilling → w 5.000000 USD purchased",
	})
	applied(t, w.send(remove("w")))
	refused(t, w.send(void("used")), UnknownAccount)
	w.closeBooks()
}
