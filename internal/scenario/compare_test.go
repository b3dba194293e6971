package scenario

import (
	"strings"
	"testing"
)

func step(t *testing.T, then string) (*File, *Step) {
	t.Helper()
	f, err := Parse("f.txt", head+"# why\nwhen tick 2026-01-01\n"+then+"\n# after\ncheck ledger\n")
	if err != nil {
		t.Fatal(err)
	}
	return f, &f.Steps[0]
}

func outcome(head string, details ...string) Outcome {
	o := Outcome{Head: head}
	for _, d := range details {
		o.Details = append(o.Details, Detail{Text: d})
	}
	return o
}

func TestCompareIgnoresSpacesAndZerosThatSayNothing(t *testing.T) {
	_, s := step(t, "then applied\n  a   ->  b 50 USD\n  balance a -50.100000 USD seq 1\n")
	if got := compare("f.txt", s, []Outcome{outcome("applied", "a -> b 50.00 USD", "balance a   -50.1 USD seq 1")}); len(got) != 0 {
		t.Errorf("mismatches: %v", got)
	}
}

func TestCompareSeesEachDifferenceWhereItIs(t *testing.T) {
	_, s := step(t, "then applied\n  a -> b 50.00 USD\n  balance a -50.00 USD seq 1\n")
	for _, c := range []struct {
		name string
		got  []Outcome
		want []string
	}{
		{"another figure", []Outcome{outcome("applied", "a -> b 50.000001 USD", "balance a -50.00 USD seq 1")},
			[]string{`f.txt:6: expected "a -> b 50.00 USD", got "a -> b 50.000001 USD"`}},
		{"one too many", []Outcome{outcome("applied", "a -> b 50.00 USD", "a -> c 1.00 USD", "balance a -50.00 USD seq 1")},
			[]string{`f.txt:6: got "a -> c 1.00 USD", which is not expected`}},
		{"one missing", []Outcome{outcome("applied", "balance a -50.00 USD seq 1")},
			[]string{`f.txt:6: expected "a -> b 50.00 USD"`}},
		{"order", []Outcome{outcome("applied", "balance a -50.00 USD seq 1", "a -> b 50.00 USD")},
			[]string{"f.txt:6:", "f.txt:7:"}},
		{"another headline", []Outcome{outcome("refused in_use", "a -> b 50.00 USD", "balance a -50.00 USD seq 1")},
			[]string{`f.txt:5: expected "then applied", got "then refused in_use"`}},
		{"nothing at all", nil, []string{"f.txt:5:", "f.txt:6:", "f.txt:7:"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := compare("f.txt", s, c.got)
			if len(got) != len(c.want) {
				t.Fatalf("mismatches: %v", got)
			}
			for i := range got {
				if !strings.HasPrefix(got[i].String(), c.want[i]) {
					t.Errorf("got %s\nwant %s", got[i], c.want[i])
				}
			}
		})
	}
}

func TestRewriteChangesNothingButExpectations(t *testing.T) {
	f, _ := step(t, "then applied\n  # lost\n  balance a 1 USD seq 1\n")
	got := rewritten(f, [][]Outcome{{outcome("nothing")}, {outcome("none")}})
	want := head + "# why\nwhen tick 2026-01-01\nthen nothing\n\n# after\ncheck ledger\nthen none\n"
	if got != want {
		t.Errorf("rewritten to\n%s\nwant\n%s", got, want)
	}
}

func TestTableAlignsDecimalPoints(t *testing.T) {
	got := strings.Join(table([][]string{
		{"agency", "->", "world:provider", "10.00", "USD"},
		{"loc-1 purchased", "->", "revenue:rebilling", "-1050.029625", "USD"},
	}), "\n")
	want := "agency          -> world:provider       10.00     USD\n" +
		"loc-1 purchased -> revenue:rebilling -1050.029625 USD"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTidyKeepsEveryDigitThatSaysSomething(t *testing.T) {
	for in, want := range map[string]string{
		"50.000000": "50.00", "0.029625": "0.029625", "-12.345670": "-12.34567", "100": "100.00", "0.500000": "0.50",
	} {
		if got := tidy(in); got != want {
			t.Errorf("tidy(%s) = %s, want %s", in, got, want)
		}
	}
}
