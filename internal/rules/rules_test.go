package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree is a small project in which every rule is shown.
func tree(t *testing.T) (root string, write func(path, text string)) {
	t.Helper()
	root = t.TempDir()
	write = func(path, text string) {
		t.Helper()
		path = filepath.Join(root, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("docs/rules.md", "# Rules\n\n### R1.1 First\nText.\n\n### R1.2 Second\nText.\n\nBuilt so far: half.\n\n### R9.6 Third\n\nShown by the test: `TestIt` in `internal/x`\n")
	write("processors/scenarios/R1.1-a.txt", "scenario: a\nrules: R1.1 R1.2\n")
	write("internal/x/x_test.go", "package x\n\nfunc TestIt(t *testing.T) {}\n")
	return root, write
}

func TestRulesAreListedWithWhatShowsThem(t *testing.T) {
	root, _ := tree(t)
	var out, problems bytes.Buffer
	if code := run(&out, &problems, root); code != 0 {
		t.Fatalf("exit %d: %s", code, problems.String())
	}
	for _, want := range []string{
		"R1.1   First\n       processors/scenarios/R1.1-a.txt\n",
		"R1.2   Second\n       so far: half.\n       processors/scenarios/R1.1-a.txt\n",
		"R9.6   Third\n       TestIt in internal/x\n",
		"3 rules",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestRulesFailWhere(t *testing.T) {
	for _, c := range []struct{ name, path, text, want string }{
		{"a claimed rule has nothing", "docs/rules.md", "### R1.1 First\n### R1.2 Second\n### R1.3 Third\n", "R1.3 is claimed, but no scenario and no test shows it"},
		{"a scenario names a rule that is not claimed", "processors/scenarios/R7.1-b.txt", "scenario: b\nrules: R7.1\n", "processors/scenarios/R7.1-b.txt names R7.1, which docs/rules.md does not claim"},
		{"a test does not exist", "internal/x/x_test.go", "package x\n\nfunc TestItNot(t *testing.T) {}\n", "R9.6 names TestIt in internal/x, and there is no such test"},
		{"a rule is claimed twice", "docs/rules.md", "### R1.1 First\n### R1.2 Second\n### R1.1 Again\n", "R1.1 is claimed twice"},
		{"a test is named so that nobody finds it", "docs/rules.md", "### R1.1 First\n### R1.2 Second\nShown by the test: TestIt\n", "docs/rules.md:3: expected"},
		{"a scenario cannot be read", "processors/scenarios/R1.1-c.txt", "scenario: c\nrules: R1.1\nwhen something\n", "R1.1-c.txt:3: expected"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, write := tree(t)
			write(c.path, c.text)
			var out, problems bytes.Buffer
			if code := run(&out, &problems, root); code != 1 || !strings.Contains(problems.String(), c.want) {
				t.Errorf("exit %d: %s\nwant %s", code, problems.String(), c.want)
			}
		})
	}
}

// TestRulesOfThisProject is make rules itself.
func TestRulesOfThisProject(t *testing.T) {
	var out, problems bytes.Buffer
	if code := run(&out, &problems, "../.."); code != 0 {
		t.Errorf("make rules would fail:\n%s", problems.String())
	}
}
