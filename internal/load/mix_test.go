package load

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"purser/internal/gateway"
)

// TestUsageAloneStaysAsItIs: figures that were measured with a seed can only be compared as long as it produces the same.
func TestUsageAloneStaysAsItIs(t *testing.T) {
	seeds := broker(t)
	makeTopics(t, seeds, "")
	if _, err := Run(t.Context(), mixed(seeds, "", "")); err != nil {
		t.Fatal(err)
	}
	const want = "db6498d7808ebfe368c735df19e7f6b867b98b8bd59d6925712c43e63417d7e6"
	if got := digest(t, seeds, ""); got != want {
		t.Errorf("what seed 7 produces has the digest %s, not %s", got, want)
	}
}

// TestTheMixIsWhatWasAskedFor counts the types of events by topic, and that each type that the contract takes from others is there.
func TestTheMixIsWhatWasAskedFor(t *testing.T) {
	seeds := broker(t)
	makeTopics(t, seeds, "")
	c := mixed(seeds, "", "")
	c.Mix = Mix{Usage: 40, Sends: 30, Payments: 20, Others: 10}
	if _, err := Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	types, parts := map[string]int{}, map[string]int{}
	for _, r := range readTopics(t, seeds, "") {
		kind, id := headerOf(r, "ce_type"), headerOf(r, "ce_id")
		types[kind]++
		if id == "" || id[0] != 'u' && id[0] != 'm' || strings.HasPrefix(kind, "something.") {
			continue // a definition, a first payment, or an event of no type that there is
		}
		switch {
		case id[0] == 'u':
			parts["usage"]++
		case strings.HasPrefix(kind, "send."):
			parts["sends"]++
		case kind == "payment.received" || kind == "payment.refunded" || kind == "recharge-attempt.resolved" || kind == "invoice.paid":
			parts["payments"]++
		default:
			parts["others"]++
		}
	}
	for part, percent := range map[string]int{"usage": 40, "sends": 30, "payments": 20, "others": 10} {
		if got, want := parts[part], int(c.Count)*percent/100; got < want*9/10 || got > want*11/10 {
			t.Errorf("%d events are %s, not about %d", got, part, want)
		}
	}
	for _, role := range shapes() {
		if role.typ != "" && types[role.typ] == 0 {
			t.Errorf("there is no %s", role.typ)
		}
	}
}

// TestCardsAreThoseOfTheGateway: a card that it does not know is declined, and nothing else would ever be seen.
func TestCardsAreThoseOfTheGateway(t *testing.T) {
	known := map[string]bool{"pm_decline_1_then_success": true}
	for _, token := range gateway.Tokens {
		known[token.Name] = true
	}
	for _, card := range cards {
		if !known[card] {
			t.Errorf("%s is no card of the gateway", card)
		}
	}
}

func TestMixesAreRead(t *testing.T) {
	for text, want := range map[string]Mix{"usage": {Usage: 100}, "full": {90, 6, 2, 2}, "0/100/0/0": {Sends: 100}, "25/25/25/25": {25, 25, 25, 25}} {
		if got, err := ParseMix(text); err != nil || got != want {
			t.Errorf("%s is %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "most", "90/6/2", "90/6/2/1", "90/6/2/x", "110/-10/0/0", "50/50/0/0/0"} {
		if got, err := ParseMix(text); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

// digest is of all records of the inputs, each at its place.
func digest(t *testing.T, seeds []string, prefix string) string {
	t.Helper()
	var lines []string
	for at, r := range readTopics(t, seeds, prefix) {
		lines = append(lines, fmt.Sprint(at, string(r.Key), r.Headers, string(r.Value)))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}
