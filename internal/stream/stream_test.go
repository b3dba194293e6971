package stream_test

import (
	"fmt"
	"testing"
)

func TestUsageIsDebitedOnce(t *testing.T) {
	r := newRig(t)
	r.run("a")
	r.define("acme", "loc-1")
	r.ledger(2)
	r.send(r.usage("acme", "loc-1", "u1"), r.usage("acme", "loc-1", "u1"), r.usage("acme", "loc-1", "u2"))
	entries := r.ledger(4)
	last := entries[3]
	if got := balance(last, "loc-1"); got != "-100.000000" {
		t.Errorf("after two usages of 50.00, one of them delivered twice, the wallet is at %s", got)
	}
}

func TestStateSurvivesARestartWithoutStores(t *testing.T) {
	r := newRig(t)
	stop := r.run("a")
	r.define("acme", "loc-1")
	r.ledger(2)
	for i := range 50 {
		r.send(r.usage("acme", "loc-1", fmt.Sprint("u", i)))
	}
	r.ledger(52)
	stop()
	r.run("b")
	r.send(r.usage("acme", "loc-1", "u7"), r.usage("acme", "loc-1", "late"))
	entries := r.ledger(53)
	if got := balance(entries[52], "loc-1"); got != "-2550.000000" {
		t.Errorf("the wallet is at %s", got)
	}
}

func TestTheOwnerMoves(t *testing.T) {
	r := newRig(t)
	stops := []func(){r.run("a")}
	for org := range 12 {
		r.define(fmt.Sprint("org", org), "w")
	}
	n := 24
	r.ledger(n)
	for round := range 4 {
		stops = append(stops, r.run(fmt.Sprint("p", round)))
		for org := range 12 {
			r.send(r.usage(fmt.Sprint("org", org), "w", fmt.Sprint("u", round)))
		}
		n += 12
		r.ledger(n)
		stops[round]()
	}
	seen := map[string]string{}
	for _, e := range r.ledger(n) {
		if b := balance(e, "w"); b != "" {
			seen[e.Org] = b
		}
	}
	for org, b := range seen {
		if b != "-200.000000" {
			t.Errorf("wallet of %s is at %s", org, b)
		}
	}
}

func TestUsageWaitsForItsWallet(t *testing.T) {
	r := newRig(t)
	r.run("a")
	r.send(r.usage("acme", "later", "u1"), r.usage("acme", "later", "u2"))
	for _, e := range r.ledger(2) {
		if e.Result != "waiting" {
			t.Errorf("usage of a wallet that nobody defined is %s", e.Result)
		}
	}
	r.define("acme", "later")
	entries := r.ledger(6)
	if got := balance(entries[5], "later"); got != "-100.000000" {
		t.Errorf("the wallet is at %s", got)
	}
}
