package scenario

import (
	"bytes"
	"encoding/json"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const story = `scenario: A client pays
rules: R3.1

given
  org acme currency USD multiplier message 5
  wallet loc-1
  payment loc-1 100.00 USD

# Kept by a rewrite.
when usage loc-1 message quantity 100 unit_cost 0.10 USD id u-1
then applied
  expense:provider -> world:provider 10 USD
  loc-1 purchased -> revenue:rebilling 50 USD
  price cost 10 USD x 5 (org) = 50 USD
  balance loc-1 50 USD seq 2
when tick 2026-02-01
then nothing
`

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "story.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func simulate(t *testing.T, o Options, files ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	n, err := Simulate(&out, files, o)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), n
}

func TestSimulateShowsEveryStepToAReader(t *testing.T) {
	path := write(t, story)
	got, n := simulate(t, Options{}, path)
	want := path + `
A client pays (R3.1)

     given
       org acme currency USD multiplier message 5
       wallet loc-1
       payment loc-1 100.00 USD

   1 usage loc-1 message quantity 100 unit_cost 0.10 USD id u-1
     at 2026-01-01T00:00:00Z
     = applied
         expense:provider → world:provider    10.00 USD
         loc-1 purchased  → revenue:rebilling 50.00 USD
         price cost 10.00 USD x 5 (org) = 50.00 USD
         balance loc-1 50.00 USD seq 2

   2 tick 2026-02-01
     at 2026-02-01T00:00:00Z
     = nothing

as expected: ` + path + "\n\n"
	if n != 0 || got != want {
		t.Errorf("%d mismatches, got\n%s\nwant\n%s", n, got, want)
	}
}

func TestSimulateCountsMismatchesOverAllFiles(t *testing.T) {
	right := write(t, story)
	wrong := write(t, strings.Replace(story, "seq 2", "seq 3", 1))
	got, n := simulate(t, Options{}, wrong, right)
	if n != 1 || !strings.Contains(got, wrong+`:15: expected "balance loc-1 50 USD seq 3", got "balance loc-1 50.00 USD seq 2"`) {
		t.Errorf("%d mismatches:\n%s", n, got)
	}
	if !strings.Contains(got, "as expected: "+right) {
		t.Errorf("the file that is right is not told:\n%s", got)
	}
}

func TestSimulateSeesASetUpThatIsRefused(t *testing.T) {
	path := write(t, strings.Replace(story, "  wallet loc-1\n", "  wallet loc-1 plan none\n", 1))
	got, n := simulate(t, Options{}, path)
	if n == 0 || !strings.Contains(got, path+`:6: expected "applied, as it is given", got "wallet-1 refused unknown_plan"`) {
		t.Errorf("%d mismatches:\n%s", n, got)
	}
}

func TestSimulateRewrites(t *testing.T) {
	path := write(t, strings.Replace(story, "seq 2", "seq 3\n  alert low_balance loc-1", 1))
	if _, n := simulate(t, Options{Rewrite: true}, path); n != 0 {
		t.Errorf("%d mismatches after a rewrite", n)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := `# Kept by a rewrite.
when usage loc-1 message quantity 100 unit_cost 0.10 USD id u-1
then applied
  expense:provider -> world:provider    10.00 USD
  loc-1 purchased  -> revenue:rebilling 50.00 USD
  price cost 10.00 USD x 5 (org) = 50.00 USD
  balance loc-1 50.00 USD seq 2
when tick 2026-02-01
then nothing
`
	if got := string(b); !strings.HasSuffix(got, want) {
		t.Errorf("rewritten to\n%s", got)
	}
}

func TestSimulateAsJSON(t *testing.T) {
	path := write(t, story)
	got, _ := simulate(t, Options{JSON: true}, path, path)
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines for two files", len(lines))
	}
	var r Report
	if err := json.Unmarshal([]byte(lines[0]), &r); err != nil {
		t.Fatal(err)
	}
	d := r.Steps[3].Decided[0]
	if d.Result != "applied" || d.Entry != 4 || len(d.Postings) != 2 || d.Postings[1].Amount != "50.00" || d.Price.Multiplier != "5" {
		t.Errorf("the usage reads %+v", d)
	}
	if len(d.Balances) != 4 {
		t.Errorf("%d balances: both sides of both postings are told", len(d.Balances))
	}
	if r.Mismatches == nil || len(r.Mismatches) != 0 {
		t.Errorf("mismatches are %v", r.Mismatches)
	}
}

func TestSimulateGoesOnAfterAFileThatCannotBeRead(t *testing.T) {
	var out bytes.Buffer
	_, err := Simulate(&out, []string{"missing.txt", write(t, "when\n"), write(t, story)}, Options{})
	if err == nil || !strings.Contains(err.Error(), "missing.txt") || !strings.Contains(err.Error(), "story.txt:1: expected") {
		t.Errorf("err is %v", err)
	}
	if !strings.Contains(out.String(), "as expected") {
		t.Error("the file that can be read did not run")
	}
}

func TestClockRunsForward(t *testing.T) {
	f, err := Parse("f.txt", head+"now 2026-02-01\nnow 2026-01-31\n")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = Run(f); err == nil || !strings.Contains(err.Error(), "f.txt:4: expected a time that is not before 2026-02-01T00:00:00Z") {
		t.Errorf("got %v", err)
	}
}

// TestEveryReasonHasAScenario: whoever adds a reason to the core shows when it is given.
func TestEveryReasonHasAScenario(t *testing.T) {
	src, err := goparser.ParseFile(token.NewFileSet(), "../../processors/core/decision.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var reasons []string
	ast.Inspect(src, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != "Reason" {
			return true
		}
		for _, v := range spec.Values {
			if word, err := strconv.Unquote(v.(*ast.BasicLit).Value); err == nil && word != "" {
				reasons = append(reasons, word)
			}
		}
		return true
	})
	if len(reasons) < 15 {
		t.Fatalf("found only %v", reasons)
	}
	files, err := filepath.Glob(folder + "/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	for _, r := range reasons {
		outcome := regexp.MustCompile(`outcome (rejected|pending) \S+ ` + r)
		if !strings.Contains(all.String(), "refused "+r) && !strings.Contains(all.String(), "dead-letter "+r) &&
			!strings.Contains(all.String(), "expired "+r) && !outcome.MatchString(all.String()) {
			t.Errorf("no scenario shows %s", r)
		}
	}
}
