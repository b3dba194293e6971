package processors_test

import (
	"fmt"
	"maps"
	"testing"

	. "purser/processors"
	. "purser/processors/core"
)

func TestR3_7_AGrantExpiresAtItsOwnTime(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(wallet("w", "", ""))
	w.tick(start)
	first := grant("w", "20", start+day)
	first.ID = "first"
	w.send(first)
	w.send(grant("w", "5", start+2*day))
	w.send(cost("w", "call", "8"))
	w.tick(start + day - 1)
	if w.account("w").Balance != m("17") {
		t.Fatalf("expired early: %v", w.account("w").Balance)
	}
	w.tick(start + 10*day) // a processor that slept
	if n := len(w.log); n < 2 || w.log[n-2].At != start+day || w.log[n-1].At != start+2*day {
		t.Fatalf("dated %+v", w.log[len(w.log)-1].At)
	}
	expect(t, "what is left goes back", postings(&w.log[len(w.log)-2]), []string{"w → world:complimentary 12.000000 USD complimentary first"})
	if a := w.account("w"); a.Balance != 0 || len(a.Grants) != 0 || a.NextDue != 0 {
		t.Errorf("%+v", a)
	}
	w.clock += hour // now is the last tick, not the broker's time
	refused(t, w.send(grant("w", "1", start+10*day)), AlreadyExpired)
	applied(t, w.send(grant("w", "1", start+10*day+1)))
	w.closeBooks()
}

func TestGrantsAreBounded(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(wallet("w", "", ""))
	for range 256 {
		applied(t, w.send(grant("w", "0.01", 0)))
	}
	refused(t, w.send(grant("w", "0.01", 0)), TooManyGrants)
	w.send(cost("w", "call", "2.57"))
	if a := w.account("w"); len(a.Grants) != 0 || a.Balance != m("-0.01") {
		t.Errorf("%d grants, balance %v", len(a.Grants), a.Balance)
	}
	applied(t, w.send(grant("w", "0", 0)))
	if len(w.account("w").Grants) != 0 {
		t.Error("a grant of nothing is kept")
	}
}

// TestR1_7_WhatIsDueRunsBeforeAnEventThatTouchesIt: the tick has been read, but is not worked off yet.
func TestR1_7_WhatIsDueRunsBeforeAnEventThatTouchesIt(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(wallet("w", "", ""))
	w.send(wallet("v", "", ""))
	for _, id := range []string{"w", "v"} {
		w.send(grant(id, "10", start+day))
	}
	// Before the tick is read the grant is there, whatever the event's own time.
	w.send(at(start+2*day, cost("w", "call", "1")))
	if w.account("w").Balance != m("9") {
		t.Fatalf("balance %v", w.account("w").Balance)
	}
	w.send(&Event{Type: Tick, TickAt: start + 2*day})
	before := len(w.log)
	e := w.send(cost("w", "call", "1"))
	if len(w.log) != before+2 || w.log[before].At != start+day || e.number != w.log[before].number+1 {
		t.Errorf("the expiry did not run first: %+v", w.log[before:])
	}
	expect(t, "the charge", postings(e)[1:], []string{"w → revenue:rebilling 1.000000 USD purchased"})
	if w.account("v").Balance != m("10") {
		t.Error("another wallet's due work ran")
	}
	w.settle()
	if w.account("v").Balance != 0 || w.b.progress.LastTick != start+2*day {
		t.Errorf("balance %v, last tick %v", w.account("v").Balance, w.b.progress.LastTick)
	}
}

func TestR1_7_AnOlderTickChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.tick(start)
	before := w.b.print()
	for _, at := range []Time{start, start - 1, 1} {
		if e := w.send(&Event{Type: Tick, TickAt: at}); e.Result != Silent {
			t.Errorf("%v", e.Result)
		}
	}
	for _, shells := range []Type{Continue, Resume} {
		if e := w.send(&Event{Type: shells}); e.Result != Silent || w.b.print() != before {
			t.Errorf("%v\n%s", e.Result, w.b.print())
		}
	}
}

func TestRunDueOfNothingIsSilent(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(wallet("w", "", ""))
	if e := w.runDue(w.account("w")); e.Result != Silent {
		t.Errorf("%v", e.Result)
	}
	w.send(grant("w", "1", start+day))
	w.b.progress.Target = start + day - 1
	if e := w.runDue(w.account("w")); e.Result != Silent || w.account("w").Balance != m("1") {
		t.Errorf("%v: later than until", e.Result)
	}
}

func TestR10_2_UsageWaitsForItsAccountAndKeepsItsOrder(t *testing.T) {
	w := newWorld(t)
	for i := range 3 { // not even the org is known
		if e := w.send(cost("w", "message", fmt.Sprintf("%d", i+1))); e.Result != Waiting {
			t.Fatalf("%v %s", e.Result, e.Reason)
		}
	}
	w.send(org("message 2"))
	w.send(wallet("w", "", ""))
	if w.account("w").Seq != 0 {
		t.Fatal("something was posted before its turn")
	}
	// The account is there now, but who comes later stands behind.
	if e := w.send(cost("w", "message", "4")); e.Result != Waiting {
		t.Fatalf("overtook: %v", e.Result)
	}
	refused(t, w.send(remove("w")), InUse)
	// A payment is not usage: it waits for nobody.
	applied(t, w.send(pay("w", "100")))
	if e := w.send(cost("w", "nonsense", "5")); e.Result != Waiting {
		t.Fatalf("overtook: %v", e.Result)
	}
	before := len(w.log)
	w.settle()
	var costs []string
	for _, e := range w.log[before:] {
		costs = append(costs, fmt.Sprintf("%v %s %v", e.Result, e.Reason, e.Subject.Event.Usage.Cost))
		if e.At != e.Subject.Event.OccurredAt || e.Org != "acme" {
			t.Errorf("dated %v in %s", e.At, e.Org)
		}
	}
	expect(t, "in order", costs, []string{"applied  1", "applied  2", "applied  3", "applied  4", "refused unknown_channel 5"})
	if a := w.account("w"); a.Waiting || a.Balance != m("80") {
		t.Errorf("%+v", a)
	}
	for key, c := range w.b.cells {
		switch c.(type) {
		case *Queue, *Parked:
			t.Errorf("%q is left", key)
		}
	}
	applied(t, w.send(cost("w", "message", "6")))
	w.closeBooks()
}

func TestR10_2_UsageThatWaitsInVainIsGivenUpAfterADay(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.tick(start)
	w.send(cost("w", "call", "1"))
	w.tick(start + hour)
	w.send(cost("w", "call", "2"))
	w.tick(start + day - 1)
	before := len(w.log)
	w.tick(start + day)
	if got := w.log[before:]; len(got) != 1 || got[0].Result != Expired || got[0].Reason != UnknownAccount || got[0].At != start+day || got[0].Subject.Event.Usage.Cost != f("1") {
		t.Fatalf("%+v", got)
	}
	w.send(wallet("w", "", ""))
	w.tick(start + 5*day) // the second one has its account now
	if a := w.account("w"); a.Balance != m("-2") || a.Waiting {
		t.Errorf("%+v", a)
	}
}

// TestR1_7_ADeadlineComesBeforeADefinitionThatIsLate: the tick that ends the wait was read first.
func TestR1_7_ADeadlineComesBeforeADefinitionThatIsLate(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(cost("w", "call", "1")) // no tick yet: the broker's time counts
	w.send(&Event{Type: Tick, TickAt: start + day})
	before := len(w.log)
	w.send(wallet("w", "", ""))
	if got := w.log[before:]; len(got) != 2 || got[0].Result != Expired || got[1].Result != Applied {
		t.Fatalf("%+v", got)
	}
	if w.account("w").Waiting {
		t.Error("it waits for nothing")
	}
}

// TestR1_7_ADeadlineComesBeforeUsageThatWouldJoinTheQueue: the entries are in the order in which all would have run.
func TestR1_7_ADeadlineComesBeforeUsageThatWouldJoinTheQueue(t *testing.T) {
	w := newWorld(t)
	w.tick(start)
	w.send(cost("w", "call", "1"))
	w.send(&Event{Type: Tick, TickAt: start + day})
	before := len(w.log)
	w.send(cost("w", "call", "2"))
	if got := w.log[before:]; len(got) != 2 || got[0].Result != Expired || got[1].Result != Waiting {
		t.Fatalf("%+v", got)
	}
}

// TestADueExpiryComesBeforeUsageThatWaited: the queue is at its turn, but its wallet's grant expired first.
func TestADueExpiryComesBeforeUsageThatWaited(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.tick(start)
	w.send(cost("w", "call", "1"))
	w.send(wallet("w", "", ""))
	w.send(grant("w", "10", start+hour))
	before := len(w.log)
	w.tick(start + 2*hour)
	if got := w.log[before:]; len(got) != 2 || got[0].Subject != nil || got[0].At != start+hour || got[1].Subject == nil {
		t.Fatalf("%+v", got)
	}
	if w.account("w").Balance != m("-1") {
		t.Errorf("balance %v", w.account("w").Balance)
	}
}

func TestR10_3_AQueueIsBounded(t *testing.T) {
	w := newWorld(t)
	w.send(cost("w", "call", "1"))
	q := w.b.cells[string(AppendQueueKey(nil, "acme", "w"))].(*Queue)
	q.Next = q.First + 100_000 - 1
	if e := w.send(cost("w", "call", "1")); e.Result != Waiting {
		t.Fatalf("%v", e.Result)
	}
	refused(t, w.send(cost("w", "call", "1")), QueueFull)
}

func TestUsageOfARemovedAccountWaits(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(wallet("w", "", ""))
	w.send(pay("w", "1"))
	w.send(cost("w", "call", "1"))
	w.send(remove("w"))
	if e := w.send(cost("w", "call", "2")); e.Result != Waiting {
		t.Fatalf("%v %s", e.Result, e.Reason)
	}
	w.send(wallet("w", "", ""))
	w.settle()
	if a := w.account("w"); a.Balance != m("-2") || a.Seq != 3 {
		t.Errorf("%+v", a)
	}
}

// TestOneCellThatIsMissingIsAMiss: a store may have given up any of them, and not the others.
func TestOneCellThatIsMissingIsAMiss(t *testing.T) {
	w := newWorld(t)
	w.send(org("message 5"))
	w.send(plan("p", ""))
	w.send(agency("house"))
	w.send(in("EUR", wallet("w", "p", "")))
	w.send(wallet("v", "p", ""))
	w.send(rate("USD", "EUR", "0.9"))
	w.send(pay("v", "1"))
	w.send(grant("v", "1", 0))
	w.send(cost("waits", "message", "1"))
	for _, made := range []func() *Event{
		func() *Event { return cost("w", "message", "1") }, func() *Event { return cost("v", "message", "1") },
		func() *Event { return cost("waits", "message", "1") }, func() *Event { return wallet("v", "p", "") },
		func() *Event { return wallet("waits", "p", "") }, func() *Event { return plan("p", "") },
		func() *Event { return rate("USD", "EUR", "1") }, func() *Event { return pay("v", "1") },
		func() *Event { return grant("v", "1", 0) }, func() *Event { return org("") }, func() *Event { return remove("v") },
	} {
		probe := made()
		probe.Org = "acme"
		for first := true; first || len(w.b.missed) > 0; first = false {
			w.b.load()
			w.b.looked = map[string]bool{} // in the last round nothing is asked on suspicion
			Prefetch(w.b, probe)
		}
		needed := w.b.looked
		w.b.looked = nil
		for key := range needed {
			w.b.loaded = maps.Clone(needed)
			delete(w.b.loaded, key)
			clear(w.b.missed)
			w.b.hand = probe
			before := w.b.print()
			if status := Decide(w.b, probe, new(Decision)); status != Miss || !w.b.missed[key] || w.b.print() != before {
				t.Fatalf("type %d without %q: status %d, missed %v", probe.Type, key, status, w.b.missed)
			}
		}
		w.b.forget()
		w.send(made())
	}
}

// TestPrefetchAsksForWhatADecisionNeeds, in few rounds of loading, and changes nothing.
func TestPrefetchAsksForWhatADecisionNeeds(t *testing.T) {
	w := newWorld(t)
	w.send(org("message 5"))
	w.send(plan("p", ""))
	w.send(agency("house"))
	w.send(in("EUR", wallet("w", "p", "")))
	w.send(wallet("v", "", ""))
	w.send(rate("USD", "EUR", "0.9"))
	w.send(cost("waits", "message", "1"))
	w.b.cold = true
	before := w.b.print()
	for _, ev := range []*Event{
		cost("w", "message", "1"), cost("waits", "message", "1"), wallet("w", "", ""), wallet("waits", "p", ""), remove("w"), org(""), plan("q", ""),
		rate("EUR", "JPY", "160"), pay("v", "1"), grant("v", "1", 0), {Type: PlanRemoved, Plan: &PlanVersion{ID: "p"}}, {Type: Tick, TickAt: start},
	} {
		ev.Org, ev.ID, ev.RecordedAt, ev.OccurredAt = "acme", "x", start, start
		w.b.forget()
		loads := 0
		for ; loads == 0 || len(w.b.missed) > 0; loads++ {
			w.b.load()
			Prefetch(w.b, ev)
		}
		if loads > 4 {
			t.Errorf("type %d took %d loads", ev.Type, loads)
		}
		if w.b.print() != before {
			t.Fatalf("type %d: a prefetch has changed something", ev.Type)
		}
		w.b.hand = ev
		if status := Decide(w.b, ev, new(Decision)); status != Done {
			t.Errorf("type %d: status %d after its prefetch", ev.Type, status)
		}
		before = w.b.print()
	}
}

func TestR3_7_AWalletWithoutRoomForMonthlyCredits(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	ev := plan("p", "")
	ev.Plan.Credits = &MonthlyCredits{Amount: m("5")}
	w.send(ev)
	w.tick(start)
	w.send(wallet("w", "p", ""))
	for range 256 {
		applied(t, w.send(grant("w", "1", 0)))
	}
	w.tick(instant("2026-04-01T00:00:00Z"))
	if e := &w.log[len(w.log)-1]; e.Result != Refused || e.Reason != TooManyGrants || e.Work != CreditsGiven || e.At != instant("2026-04-01T00:00:00Z") {
		t.Fatalf("%v %v %v", e.Result, e.Reason, e.Work)
	}
	w.send(cost("w", "call", "1.5"))
	w.tick(instant("2026-05-01T00:00:00Z"))
	expect(t, "there is room again", postings(&w.log[len(w.log)-1]), []string{"world:complimentary → w 5.000000 USD complimentary monthly/2026-05"})
	w.closeBooks()
}
