package scenario

import (
	"flag"
	"io"
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
