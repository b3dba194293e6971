package definition_test

import (
	"strings"
	"testing"

	"purser/internal/definition"
)

// mistakes are each of one document, and what is said of it.
var mistakes = map[string]struct{ text, says string }{
	"an unknown field": {`
define: account
org: acme
account: alice
kind: wallet
plna: gold
`, `f.yaml:6: account has no field "plna": did you mean plan?`},
	"an unknown field far from any": {`
define: fx-rate
org: acme
from: USD
to: EUR
rate: 0.9
multiplier_of_everything: 2
`, `f.yaml:7: fx-rate has no field "multiplier_of_everything"; there are from, to, rate, effective_from`},
	"an unknown field within": {`
define: plan
org: acme
plan: gold
rate_cards:
  email:
    currency: USD
    unit_pric: "0.1"
`, `f.yaml:8: rate_cards.email has no field "unit_pric": did you mean unit_price?`},
	"an unknown kind": {"define: acount\norg: acme\n", `f.yaml:1: there is no kind "acount": did you mean account?`},
	"no kind":         {"\n\norg: acme\naccount: a\n", "f.yaml:3: define is missing: one of org, fx-rate, plan, customer-settings, account"},
	"no org":          {"define: org\ncurrency: USD\n", "f.yaml:1: org is missing: whose org it is"},
	"no mapping":      {"- define: org\n", "f.yaml:1: a document is a mapping"},
	"an empty one":    {"{}\n", "f.yaml:1: a document is a mapping"},
	"a field twice":   {"define: org\norg: acme\ncurrency: USD\ncurrency: EUR\n", `f.yaml:4: mapping key "currency" already defined`},
	"not YAML":        {"define: [\n", "f.yaml:1: "},
	"a float":         {"define: fx-rate\norg: acme\nfrom: USD\nto: EUR\nrate: 1e3\n", `f.yaml:5: rate: expected a decimal number below 10^12 with at most 9 fraction digits, came "1e3": not a decimal number`},
	"another float":   {"define: fx-rate\norg: acme\nfrom: USD\nto: EUR\nrate: 1.5e3\n", `f.yaml:5: rate: expected a decimal number such as 12.50, came "1.5e3"`},
	"a hexadecimal":   {"define: fx-rate\norg: acme\nfrom: USD\nto: EUR\nrate: 0x10\n", `f.yaml:5: rate: expected a decimal number such as 12.50, came "0x10"`},
	"an octal":        {"define: fx-rate\norg: acme\nfrom: USD\nto: EUR\nrate: 010\n", `f.yaml:5: rate: expected a decimal number`},
	"underscores":     {"define: fx-rate\norg: acme\nfrom: USD\nto: EUR\nrate: 1_000\n", `f.yaml:5: rate: expected a decimal number`},
	"infinity":        {"define: fx-rate\norg: acme\nfrom: USD\nto: EUR\nrate: .inf\n", `f.yaml:5: rate: expected a decimal number`},
	"text for a rate": {"define: fx-rate\norg: acme\nfrom: USD\nto: EUR\nrate: much\n", `f.yaml:5: rate: expected a decimal number below 10^12 with at most 9 fraction digits, came "much": not a decimal number`},
	"too many digits": {"define: account\norg: o\naccount: a\nkind: wallet\nlow_balance: 1.1234567\n", `f.yaml:5: low_balance: expected a decimal number below 10^12 with at most 6 fraction digits, came "1.1234567": too many fraction digits`},
	"a number as id":  {"define: account\norg: o\naccount: 007\nkind: wallet\n", `f.yaml:3: account: expected a string, came "007": put it in quotes`},
	"a truth as org":  {"define: org\norg: true\n", `f.yaml:2: org: expected a string, came "true"`},
	"no list": {"define: account\norg: o\naccount: a\nkind: wallet\ncontacts: x@example.com\n",
		"f.yaml:5: contacts: expected a list"},
	"a list for a mapping": {"define: org\norg: o\nmultipliers: [5]\n", "f.yaml:3: multipliers: expected a mapping"},
	"a number as a name":   {"define: org\norg: o\nmultipliers:\n  5: 5\n", `f.yaml:4: the name "5" is no string`},
	"an alias":             {"define: org\norg: &o acme\ncountry: *o\n", "f.yaml:2: org: expected a string"},
	"an alias within":      {"define: org\norg: o\nmultipliers: &m\n  sms: 5\n", "f.yaml:3: multipliers: anchors, aliases and tags are not read"},
	"a merge":              {"define: org\norg: o\nmultipliers:\n  <<: {sms: 5}\n", "f.yaml:4: << is not read"},
	"a tag":                {"define: org\norg: o\nmultipliers: !!map {sms: 5}\n", "f.yaml:3: multipliers: anchors, aliases and tags are not read"},
	"what the engine refuses": {"define: account\norg: o\naccount: a\nkind: purse\n",
		`f.yaml:4: kind: expected one of wallet, agency_wallet, funding_source, customer_account, came "purse"`},
	"what the engine misses": {"# a comment\ndefine: account\norg: o\nkind: wallet\n", "f.yaml:2: account: expected the account's id, came nothing"},
	"deep within": {`
define: plan
org: acme
plan: gold
rate_cards:
  email:
    currency: USD
    tiers:
      - up_to: 100
        unit_price: 0.02
      - up_to: 50
        unit_price: 0.01
`, "f.yaml:11: rate_cards.email.tiers.1.up_to: expected the last tier to have no end"},
	"in the second document": {"define: org\norg: o\n---\ndefine: org\norg: o\ntime_zone: Mars\n", `f.yaml:6: time_zone: expected an IANA zone`},
}

func TestMistakesAreNamedWithTheirLine(t *testing.T) {
	for what, m := range mistakes {
		all, err := definition.Read("f.yaml", []byte(m.text))
		if err == nil || !strings.HasPrefix(err.Error(), m.says) || all != nil {
			t.Errorf("%s: %v\nwant %s", what, err, m.says)
		}
	}
}

// TestEveryMistakeIsNamed: who writes files by hand wants all of them at once.
func TestEveryMistakeIsNamed(t *testing.T) {
	_, err := definition.Read("f.yaml", []byte("define: org\norg: o\ncurency: USD\ncolour: red\n---\ndefine: plan\norg: o\n"))
	want := []string{
		`f.yaml:3: org has no field "curency": did you mean currency?`, `f.yaml:4: org has no field "colour"`, "f.yaml:6: plan: expected the plan's id",
	}
	for i, line := range strings.Split(err.Error(), "\n") {
		if i >= len(want) || !strings.HasPrefix(line, want[i]) {
			t.Errorf("line %d is %q", i, line)
		}
	}
}

func TestWhatMayBeWrittenInSeveralWays(t *testing.T) {
	const plain = `define: account
org: acme
account: "007"
kind: wallet
currency: EUR
low_balance: 60
multipliers: {message: 5, "on": 1.50}
contacts: ["a@example.com"]
effective_from: 2026-03-01T01:00:00+01:00
`
	const other = `# The same with other words.
org: "acme"
define: account

kind:   'wallet'
account: '007'
country: DE
low_balance: "60.00"
multipliers:
  "on": "1.5"
  message: "5.0"
contacts:
  - a@example.com
plan:
effective_from: "2026-03-01T00:00:00Z"
---
---
# nothing
`
	one, two := read(t, plain), read(t, other)
	if len(one) != 1 || len(two) != 1 {
		t.Fatalf("%d and %d documents", len(one), len(two))
	}
	if got, want := written(two[0]), written(one[0]); got != want {
		t.Errorf("the same is read as\n%s\nand as\n%s", want, got)
	}
	const json = `{"org":"acme","define":"account","account":"007","kind":"wallet","currency":"EUR","low_balance":60.00,
		"multipliers":{"message":5,"on":1.50},"contacts":["a@example.com"],"effective_from":"2026-03-01T00:00:00Z"}`
	if got, want := written(read(t, json)[0]), written(one[0]); got != want {
		t.Errorf("as JSON it is read as\n%s\nwant\n%s", got, want)
	}
	if one[0].Place() != "f.yaml:1" || two[0].Place() != "f.yaml:2" {
		t.Errorf("they are at %s and %s", one[0].Place(), two[0].Place())
	}
}

func read(t testing.TB, text string) []*definition.Definition {
	t.Helper()
	all, err := definition.Read("f.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// written is a definition as the YAML that would ask for it.
func written(d *definition.Definition) string {
	return string(definition.AppendYAML(nil, d.Kind, d.Org, &definition.Version{From: d.From, Body: d.Body}, true))
}

func FuzzRead(f *testing.F) {
	f.Add(everything)
	for _, m := range mistakes {
		f.Add(m.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := definition.Read("f.yaml", []byte(text))
		if err != nil {
			return
		}
		for _, d := range all {
			again, err := definition.Read("f.yaml", []byte(written(d)))
			if err != nil || len(again) != 1 || written(again[0]) != written(d) {
				t.Fatalf("%s\nis read again as %v, %v", written(d), again, err)
			}
		}
	})
}
