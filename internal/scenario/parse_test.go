package scenario

import (
	"strings"
	"testing"
)

const head = "scenario: a test\nrules: R3.1\n"

func TestParseReadsEveryEvent(t *testing.T) {
	f, err := Parse("f.txt", head+`
given
  org acme zone America/New_York currency USD country US multiplier message 5 effective 2026-01-01
  plan basic card message USD graduated 100@0.10,rest@0.05 minimum 0.01 multiplier email 2
  plan flat card message USD flat 0.10 card email EUR whole-volume 10@1,rest@2
  wallet loc-1 currency USD plan basic multiplier message 4 alert-below 50 contacts a@b.example,c@d.example
  agency-wallet agency
  now 2026-01-02
  fx EUR USD 1.10 effective 2026-01-01T00:00:00+02:00
  repeat 3 payment loc-1 1.00 USD id p
when usage   loc-1 message quantity 100   unit_cost 0.10 USD at 2026-03-01T10:00Z id u source s in other recorded 2026-03-02
then applied
  agency -> world:provider 10.00 USD
  balance agency -10.00 USD seq 1
then due: usage.recorded u applied as of 2026-03-01T00:00:00Z
when again u
then duplicate
when raw usage type usage.recorded key other id r json {"a": "<<x*3>>"}
then dead-letter missing_field data.account
check account world:payments USD
then account world:payments
  balance world:payments -3.00 USD seq 3
`)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Steps) != 12 {
		t.Fatalf("read %d steps, want 12", len(f.Steps))
	}
	if got := f.Steps[8].Text; got != "usage loc-1 message quantity 100 unit_cost 0.10 USD at 2026-03-01T10:00Z id u source s in other recorded 2026-03-02" {
		t.Errorf("spaces are kept: %q", got)
	}
	if got := len(f.Steps[8].Expected); got != 2 {
		t.Errorf("read %d outcomes of the usage, want 2", got)
	}
	by := newScribe()
	by.org = "acme"
	recs, err := by.records(f.Steps[10].words, f.Steps[10].json)
	if err != nil || string(recs[0].value) != `{"a": "xxx"}` {
		t.Errorf("raw body is %q, %v", recs[0].value, err)
	}
	rep, err := by.records(f.Steps[7].words, "")
	if err != nil || len(rep) != 3 || rep[2].id != "p-3" {
		t.Errorf("repeat makes %v, %v", rep, err)
	}
}

func TestParseSaysWhereAndWhat(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no title", "rules: R3.1\n", "f.txt:1: expected a line scenario:"},
		{"no rules", "scenario: x\n", "f.txt:1: expected a line rules:"},
		{"rule number", "scenario: x\nrules: R3\n", `f.txt:2: expected rule numbers such as R3.1, found "R3"`},
		{"second title", head + "scenario: y\n", "f.txt:3: expected one scenario: line"},
		{"unknown block", head + "whenever usage\n", `f.txt:3: expected scenario:, rules:, now, given, when, then or check at the start of a line, found "whenever"`},
		{"stray detail", head + "  balance x\n", "f.txt:3: expected given, when or check before an indented line"},
		{"detail without then", head + "when again\n  balance x 1 USD\n", "f.txt:4: expected then before an indented line"},
		{"stray then", head + "then applied\n", "f.txt:3: expected then only after when or check"},
		{"unknown event", head + "when use loc-1\n", `found "use"`},
		{"missing word", head + "when payment loc-1 5.00\n", "f.txt:3: expected a currency at the end of the line (payment ACCOUNT AMOUNT CUR"},
		{"unknown option", head + "when payment loc-1 5.00 USD tomorrow\n", `f.txt:3: found "tomorrow", which is no option here`},
		{"time", head + "when tick soon\n", `f.txt:3: expected the tick's time, a time such as 2026-03-01T10:00:00Z or 2026-03-01, found "soon"`},
		{"clock", head + "now\n", "f.txt:3: expected the broker's time"},
		{"again", head + "when again nothing\n", `f.txt:3: expected the id of an event above, found "nothing"`},
		{"card", head + "when plan p card message USD stepped 1\n", `f.txt:3: expected flat, graduated or whole-volume, found "stepped"`},
		{"tier", head + "when plan p card message USD graduated 100:1\n", `f.txt:3: expected a tier such as 1000@0.010 or rest@0.008, found "100:1"`},
		{"repeat", head + "when repeat 0 tick 2026-01-01\n", `f.txt:3: expected a number of times between 1 and`},
		{"raw topic", head + "when raw ledger type x json {}\n", `found "ledger"`},
		{"raw body", head + "when raw usage type x\n", "f.txt:3: expected json BODY at the end of the line"},
		{"headline", head + "when tick 2026-01-01\nthen fine\n", `f.txt:4: expected a result after then`},
		{"detail", head + "when tick 2026-01-01\nthen applied\n  something\n", `f.txt:5: expected a posting`},
		{"check", head + "check weather\n", `f.txt:3: a check: expected account, history, waiting, recharges, invoices, team, spells, send, spending-account, order, periods or ledger, found "weather"`},
		{"check currency", head + "check account a DOLLARS\n", `found "DOLLARS"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("f.txt", c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestParseTellsEveryMistakeAtOnce(t *testing.T) {
	_, err := Parse("f.txt", head+"when use x\nnow soon\n")
	if err == nil || !strings.Contains(err.Error(), "f.txt:3:") || !strings.Contains(err.Error(), "f.txt:4:") {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(head + "given\n  org a\nwhen usage l m cost 1 USD\nthen applied\n  a -> b 1 USD\n")
	f.Add(head + "when repeat 3 raw usage json <<x*9>>\ncheck ledger in b\n")
	f.Add("then\n  x\n#\n\r\nnow")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 || strings.Contains(text, "*") || strings.Contains(text, "repeat") {
			return
		}
		file, err := Parse("f.txt", text)
		if err != nil {
			return
		}
		// What was read comes back as it was where nothing is expected otherwise.
		got := make([][]Outcome, len(file.Steps))
		for i := range file.Steps {
			got[i] = file.Steps[i].Expected
		}
		again, err := Parse("f.txt", rewritten(file, got))
		if err != nil {
			t.Fatalf("a rewritten file cannot be read: %v", err)
		}
		if len(again.Steps) != len(file.Steps) {
			t.Fatalf("%d steps became %d", len(file.Steps), len(again.Steps))
		}
	})
}
