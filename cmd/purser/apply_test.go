package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"purser/topics"
)

// acme is an org as a person keeps it in a file.
const acme = `define: account        # in any order: they are sent in theirs
org: acme
account: alice
kind: wallet
plan: gold
low_balance: 60
contacts: [alice@example.com]
---
define: plan
org: acme
plan: gold
rate_cards:
  email: {currency: USD, tiers: [{up_to: 1000, unit_price: 0.002}, {unit_price: "0.001"}]}
---
define: org
org: acme
country: US
multipliers: {message: 5}
---
define: fx-rate
org: acme
from: USD
to: EUR
rate: 0.917531
`

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "acme.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// ends runs a command that has to end with a code, and returns what it printed.
func ends(t *testing.T, want int, args ...string) string {
	t.Helper()
	out, complaints, err := purser(t, args...)
	code := exitCode(0)
	if err != nil && !errors.As(err, &code) {
		code = 2
		out += err.Error()
	}
	if int(code) != want {
		t.Fatalf("purser %s ended with %v, want code %d\n%s%s", strings.Join(args, " "), err, want, out, complaints)
	}
	return out
}

func says(t *testing.T, out string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(out, part) {
			t.Errorf("it does not say %q:\n%s", part, out)
		}
	}
}

// TestApplyFromTheOutside is how an org is set up by hand, changed, and kept in a file.
func TestApplyFromTheOutside(t *testing.T) {
	stop := startDev(t, "")
	defer stop()
	f := file(t, acme)

	out := ends(t, 4, "apply", "-f", f, "--dry-run")
	says(t, out, "org acme: new", "  + multipliers.message: 5", "  + rate_cards.email.tiers.0.up_to: 1000", "account alice of acme: new", "4 of 4 definitions would change")
	out = ends(t, 0, "apply", "-f", f)
	says(t, out, "org acme: new, applied\nfx-rate USD/EUR of acme: new, applied\nplan gold of acme: new, applied\naccount alice of acme: new, applied\n",
		"4 definitions: 0 unchanged, 4 changed, 0 refused, 0 not known")
	// It has been decided, and Redis is a moment behind: from then on nothing is left to do.
	eventually(t, "0 of 4 definitions would change", "apply", "-f", f, "--dry-run")
	if out := ends(t, 0, "apply", "-f", f); out != "4 definitions: 4 unchanged, 0 changed, 0 refused, 0 not known\n" {
		t.Errorf("a second time: %s", out)
	}

	// What is shown is what was written, and applying what is shown changes nothing.
	says(t, must(t, "get", "account"), "alice", "plan gold", "as of offset", "from redis")
	says(t, must(t, "describe", "account", "acme", "alice"), "in force since ", `  low_balance: "60.000000"`, "balance 0.000000 USD", "as of offset")
	shown := must(t, "get", "-o", "yaml")
	says(t, shown, "# in force since ", "define: fx-rate")
	says(t, ends(t, 0, "apply", "-f", file(t, shown), "--dry-run"), "0 of 4 definitions would change")
	dated := must(t, "describe", "plan", "acme", "gold", "-o", "yaml") + must(t, "describe", "org", "acme", "-o", "yaml")
	says(t, ends(t, 0, "apply", "-f", file(t, dated)), "2 definitions: 2 unchanged")

	changeAndChangeBack(t, f)
	refuseAndRepair(t)
	mistakesSendNothing(t)
	asJSON(t)
	if out, complaints, err := purser(t, "verify"); err != nil || !strings.Contains(out, "differences=0") {
		t.Errorf("verify: %v\n%s%s", err, out, complaints)
	}
}

// changeAndChangeBack: what was in force before may come back, although the events that say so look like the first ones.
func changeAndChangeBack(t *testing.T, f string) {
	t.Helper()
	changed := file(t, strings.Replace(acme, "low_balance: 60", "low_balance: 80", 1))
	for range 2 {
		says(t, ends(t, 4, "apply", "-f", changed, "--dry-run"), "account alice of acme: changed\n  ~ low_balance: 60.000000 → 80.000000\n", "1 of 4")
		says(t, ends(t, 0, "apply", "-f", changed), "account alice of acme: changed, applied", "3 unchanged, 1 changed")
		eventually(t, `low_balance: "80.000000"`, "get", "account", "acme", "alice", "-o", "yaml")
		says(t, ends(t, 0, "apply", "-f", f), "account alice of acme: changed, applied")
		eventually(t, `low_balance: "60.000000"`, "get", "account", "acme", "alice", "-o", "yaml")
	}
	out := must(t, "describe", "account", "acme", "alice")
	if strings.Count(out, "was in force from ") != 4 || strings.Count(out, "in force since ") != 1 {
		t.Errorf("five versions are shown as\n%s", out)
	}
	soon := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	future := file(t, strings.Replace(acme, "low_balance: 60", "low_balance: 99\neffective_from: "+soon, 1))
	says(t, ends(t, 0, "apply", "-f", future), "account alice of acme: changed, applied")
	eventually(t, "comes into force on "+soon, "describe", "account", "acme", "alice")
	says(t, ends(t, 0, "apply", "-f", f), "4 unchanged") // today's is what it was
	says(t, ends(t, 0, "apply", "-f", future), "4 unchanged")
}

// refuseAndRepair: a definition that a rule refuses is told, the others are in force, and once the reason is gone the same file is
// accepted, although its event was known already.
func refuseAndRepair(t *testing.T) {
	t.Helper()
	f := file(t, "define: account\norg: acme\naccount: bob\nkind: wallet\nplan: silver\n---\ndefine: account\norg: acme\naccount: carol\nkind: wallet\n")
	for range 2 { // the second event has the identity of the first, and an answer of its own all the same
		out := ends(t, 1, "apply", "-f", f)
		says(t, out, "account bob of acme: new, refused: unknown_plan", "1 refused")
		eventually(t, "carol", "get", "account", "acme")
	}
	silver := "define: plan\norg: acme\nplan: silver\n"
	in, err := os.Open(file(t, silver))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	c := root()
	c.SetArgs([]string{"apply", "-f", "-", "-f", f})
	c.SetIn(in)
	var out bytes.Buffer
	c.SetOut(&out)
	c.SetErr(&out)
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	says(t, out.String(), "plan silver of acme: new, applied", "account bob of acme: new, applied", "1 unchanged, 2 changed")
	f = file(t, "define: account\norg: acme\naccount: alice\nkind: wallet\ncurrency: EUR\n")
	says(t, ends(t, 1, "apply", "-f", f), "account alice of acme: changed, refused: currency_fixed")
}

// mistakesSendNothing: one mistake in one file, and no document of any file is sent.
func mistakesSendNothing(t *testing.T) {
	t.Helper()
	good := file(t, "define: org\norg: fresh\ncurrency: USD\n")
	bad := file(t, "define: org\norg: fresh2\ncurency: USD\n")
	says(t, ends(t, 2, "apply", "-f", good, "-f", bad), bad+`:3: org has no field "curency": did you mean currency?`)
	says(t, ends(t, 2, "apply", "-f", good, "-f", good), "is defined a second time: first at "+good+":1")
	says(t, ends(t, 2, "apply", "-f", file(t, "# nothing\n")), "there is no document in it")
	// What comes later on the same topic has been decided: so would the good one have been.
	ends(t, 0, "apply", "-f", file(t, "define: org\norg: fresh3\ncurrency: USD\n"))
	if out := eventually(t, "fresh3", "get", "org"); strings.Contains(out, "fresh ") {
		t.Errorf("something was sent:\n%s", out)
	}
}

// asJSON reads what machines read.
func asJSON(t *testing.T) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(must(t, "get", "org", "acme", "--json")), "\n")
	var one struct {
		Kind, Org  string
		Since      string `json:"in_force_since"`
		Versions   int
		Definition topics.OrgDefinedBody
	}
	if err := json.Unmarshal([]byte(lines[0]), &one); err != nil || one.Kind != "org" || one.Org != "acme" || one.Definition.Multipliers["message"] != "5" || one.Versions != 1 || one.Since == "" {
		t.Errorf("%s is read as %+v, %v", lines[0], one, err)
	}
	if len(lines) != 2 || !regexp.MustCompile(`^\{"as_of":\{"store":"redis","partition":\d,"changelog":\d+\}\}$`).MatchString(lines[1]) {
		t.Errorf("it ends with %s", lines[len(lines)-1])
	}
	var whole struct {
		Versions []topics.AccountDefinedBody
		Balance  struct{ Balance, Currency string }
		AsOf     struct{ Store string } `json:"as_of"`
	}
	if err := json.Unmarshal([]byte(must(t, "describe", "account", "acme", "alice", "--json")), &whole); err != nil ||
		len(whole.Versions) != 6 || whole.Balance.Balance != "0.000000" || whole.AsOf.Store != "redis" {
		t.Errorf("%+v, %v", whole, err)
	}
	if _, _, err := purser(t, "describe", "plan", "acme", "lead"); err == nil || !strings.Contains(err.Error(), "there is no plan lead of org acme") {
		t.Errorf("what is not there: %v", err)
	}
	if out := must(t, "get", "plan", "nobody"); strings.Contains(out, "gold") {
		t.Errorf("the plans of another org: %s", out)
	}
}
