package processors_test

import (
	"fmt"
	"testing"

	. "purser/processors/core"
	"purser/processors/money"
)

func refused(t *testing.T, e *entry, why Reason) {
	t.Helper()
	if e.Result != Refused || e.Reason != why {
		t.Errorf("%v %q, want refused %q", e.Result, e.Reason, why)
	}
}

func applied(t *testing.T, e *entry) {
	t.Helper()
	if e.Result != Applied {
		t.Errorf("%v %q", e.Result, e.Reason)
	}
}

func TestR2_3_WhatIsNotDefinedIsRefused(t *testing.T) {
	w := newWorld(t)
	refused(t, w.send(wallet("w", "", "")), UnknownOrg)
	refused(t, w.send(plan("p", "")), UnknownOrg)
	refused(t, w.send(rate("USD", "EUR", "1")), UnknownOrg)
	refused(t, w.send(pay("w", "1")), UnknownOrg)
	refused(t, w.send(grant("w", "1", 0)), UnknownOrg)
	applied(t, w.send(org("")))
	refused(t, w.send(wallet("w", "nobody's", "")), UnknownPlan)
	refused(t, w.send(remove("w")), UnknownAccount)
	refused(t, w.send(&Event{Type: PlanRemoved, Plan: &PlanVersion{ID: "p"}}), UnknownPlan)
	refused(t, w.send(pay("w", "1")), UnknownAccount)
	refused(t, w.send(grant("w", "1", 0)), UnknownAccount)
	for _, name := range []string{"world:fx", "revenue:mine", "expense:provider"} {
		refused(t, w.send(wallet(name, "", "")), NotAWallet)
	}
	refused(t, w.send(&Event{Type: AccountDefined, Account: &AccountVersion{ID: "x", Kind: KindSystem}}), NotAWallet)
}

func TestR2_4_CurrencyIsFixed(t *testing.T) {
	w := newWorld(t)
	none := org("")
	none.OrgDef.Currency = money.Currency{}
	w.send(none)
	refused(t, w.send(wallet("w", "", "")), UnknownCurrency)
	applied(t, w.send(in("EUR", wallet("w", "", ""))))
	refused(t, w.send(in("USD", wallet("w", "", ""))), CurrencyFixed)
	refused(t, w.send(func() *Event { ev := agency("w"); ev.Account.Currency = eur; return ev }()), KindFixed)
	applied(t, w.send(wallet("w", "", "message 3"))) // not given: it stays what it is
	w.send(org(""))
	applied(t, w.send(wallet("v", "", "")))
	if a, b := w.account("w").Currency, w.account("v").Currency; a != eur || b != usd {
		t.Errorf("w in %v, v in %v", a, b)
	}
	refused(t, w.send(pay("w", "1")), CurrencyMismatch)
	refused(t, w.send(grant("w", "1", 0)), CurrencyMismatch)
}

func TestOneAgencyWalletAnOrg(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	applied(t, w.send(agency("house")))
	applied(t, w.send(agency("house")))
	refused(t, w.send(agency("second")), AgencyWalletExists)
	refused(t, w.send(grant("house", "1", 0)), NotAWallet)
	applied(t, w.send(remove("house")))
	applied(t, w.send(agency("second")))
	applied(t, w.send(pay("second", "5")))
	if w.account("second").Balance != m("5") {
		t.Errorf("balance %v", w.account("second").Balance)
	}
}

func TestR2_3_RemovalIsRefusedWhileInUse(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(wallet("w", "", ""))
	w.send(pay("w", "10"))
	refused(t, w.send(remove("w")), InUse)
	w.send(cost("w", "call", "10"))
	w.send(grant("w", "1", 0))
	w.send(cost("w", "call", "2"))
	refused(t, w.send(remove("w")), InUse)
	w.send(pay("w", "1"))
	applied(t, w.send(remove("w")))
	refused(t, w.send(remove("w")), UnknownAccount)
	refused(t, w.send(pay("w", "1")), UnknownAccount)
	// Its numbers go on where they were.
	seq := w.account("w").Seq
	applied(t, w.send(wallet("w", "", "")))
	e := w.send(pay("w", "1"))
	if w.account("w").Seq != seq+1 || e.Lines[1].Previous == 0 {
		t.Errorf("seq %d after %d, line %+v", w.account("w").Seq, seq, e.Lines[1])
	}
	// One that nothing was ever posted to leaves nothing.
	w.send(wallet("v", "", ""))
	applied(t, w.send(remove("v")))
	if c := w.b.cells[string(AppendAccountKey(nil, "acme", "v"))]; c != nil {
		t.Errorf("%+v is left", c)
	}
}

func TestR2_3_APlanIsInUseWhileAnyVersionNamesIt(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(plan("p", ""))
	w.send(plan("q", ""))
	count := func(p, q int64) {
		t.Helper()
		for id, want := range map[string]int64{"p": p, "q": q} {
			if got := w.b.cells[string(AppendPlanKey(nil, "acme", id))].(*Plan).Accounts; got != want {
				t.Errorf("%s is named by %d, want %d", id, got, want)
			}
		}
	}
	w.send(from(start, wallet("w", "p", "")))
	w.send(from(start+day, wallet("w", "p", "")))
	count(1, 0)
	w.send(from(start+2*day, wallet("w", "q", "")))
	count(1, 1)
	w.send(wallet("v", "p", ""))
	count(2, 1)
	w.send(from(start, wallet("w", "q", ""))) // replaces one of two that name p
	count(2, 1)
	w.send(from(start+day, wallet("w", "", "")))
	count(1, 1)
	refused(t, w.send(&Event{Type: PlanRemoved, Plan: &PlanVersion{ID: "p"}}), InUse)
	w.send(remove("v"))
	w.send(remove("w"))
	count(0, 0)
	applied(t, w.send(&Event{Type: PlanRemoved, Plan: &PlanVersion{ID: "p"}}))
	refused(t, w.send(wallet("v", "p", "")), UnknownPlan)
	applied(t, w.send(plan("p", "")))
	applied(t, w.send(wallet("v", "p", "")))
}

func TestVersionsAreBoundedAndReleaseTheirPlans(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(plan("p", ""))
	w.send(from(1, wallet("w", "p", "")))
	for i := range 512 {
		w.send(from(start+Time(i), wallet("w", "", fmt.Sprintf("message %d", i))))
	}
	a := w.account("w")
	if len(a.Versions) != 512 || a.Versions[0].EffectiveFrom != start {
		t.Errorf("%d versions from %d", len(a.Versions), a.Versions[0].EffectiveFrom)
	}
	applied(t, w.send(&Event{Type: PlanRemoved, Plan: &PlanVersion{ID: "p"}}))
}

// TestVersionsThatOthersHoldStayAsTheyAre: a new definition makes a new list.
func TestVersionsThatOthersHoldStayAsTheyAre(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(wallet("w", "", "message 1"))
	held := w.account("w").Versions
	w.send(from(1, wallet("w", "", "message 2")))
	w.send(from(start, wallet("w", "", "message 3")))
	if len(held) != 1 || held[0].Multipliers[0].Factor != f("1") {
		t.Errorf("%+v", held)
	}
}

// TestNothingKeepsAnEventsStrings: they may point into a record whose memory is used again.
func TestNothingKeepsAnEventsStrings(t *testing.T) {
	w := newWorld(t)
	var borrowed [][]byte
	borrow := func(s string) string {
		b := []byte(s)
		borrowed = append(borrowed, b)
		return bytesAsString(b)
	}
	send := func(ev *Event) {
		t.Helper()
		ev.Org, ev.ID = borrow("acme"), borrow(fmt.Sprintf("id-%d", len(borrowed)))
		w.send(ev)
	}
	send(&Event{Type: OrgDefined, OrgDef: &OrgVersion{Currency: usd, Multipliers: []Multiplier{{Channel: borrow("fax"), Factor: f("2")}}}})
	c := card("message", "0", false, "1")
	c.Channel = borrow("letter")
	send(plan(borrow("p"), "", c))
	ev := wallet(borrow("w"), borrow("p"), "")
	ev.Account.Multipliers = []Multiplier{{Channel: borrow("pigeon"), Factor: f("2")}}
	ev.Account.Contacts = []string{borrow("ops@acme.test")}
	send(ev)
	send(agency(borrow("house")))
	send(rate("USD", "EUR", "2"))
	send(grant(borrow("w"), "100", 0))
	send(usage(borrow("w"), borrow("pigeon"), "1", "1"))
	send(usage(borrow("nobody"), borrow("message"), "1", "1"))
	for key, c := range w.b.cells {
		if _, ok := c.(*Parked); ok {
			delete(w.b.cells, key) // the shell's to fill in
		}
	}
	before := w.b.print()
	for _, b := range borrowed {
		for i := range b {
			b[i] = '!'
		}
	}
	if after := w.b.print(); after != before {
		t.Errorf("changed with the record:\n%s\nwas\n%s", after, before)
	}
}
