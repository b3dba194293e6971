package scenario

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write what happens into the scenario files as what is expected; commit only what you can explain")

const folder = "../../processors/scenarios"

// TestScenarios runs every file; a failure shows the place and both sides.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob(folder + "/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios in %s: %v", folder, err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			f, err := ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if *rewrite {
				if _, err := Simulate(io.Discard, []string{path}, Options{Rewrite: true}); err != nil {
					t.Fatal(err)
				}
				if f, err = ParseFile(path); err != nil {
					t.Fatal(err)
				}
			}
			name := filepath.Base(path)
			if rule, _, _ := strings.Cut(name, "-"); len(f.Rules) == 0 || f.Rules[0] != rule {
				t.Errorf("%s is named for %s, its first rule is %v", name, rule, f.Rules)
			}
			r, err := Run(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range r.Mismatches {
				t.Error(m)
			}
		})
	}
}

// TestTheDocumentsExample: what docs/scenarios.md shows is what happens.
func TestTheDocumentsExample(t *testing.T) {
	b, err := os.ReadFile("../../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(b), "```\nscenario:")
	text, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("docs/scenarios.md shows no scenario")
	}
	f, err := Parse("docs/scenarios.md", "scenario:"+text)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range r.Mismatches {
		t.Error(m)
	}
}

// TestEveryVerbIsDocumented: each event line that the parser takes is in the table of docs/scenarios.md.
func TestEveryVerbIsDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Split(verbNames(), ", ") {
		if !strings.Contains(string(b), "`"+name+" ") {
			t.Errorf("docs/scenarios.md does not tell of %s", name)
		}
	}
}
