package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

var switches = regexp.MustCompile(`failpoint\.Off\("([a-z-]+)"\)`)

// TestEveryRuleThatCanBeSwitchedOffHasItsProof: the table and the code name the same rules, and each test is there.
func TestEveryRuleThatCanBeSwitchedOffHasItsProof(t *testing.T) {
	all, err := proofs(filepath.Join(root, "docs/faults.md"))
	if err != nil {
		t.Fatal(err)
	}
	inCode := map[string]bool{}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range switches.FindAllSubmatch(text, -1) {
			inCode[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if !inCode[p.off] {
			t.Errorf("nothing in the code is switched off by %q", p.off)
		}
		delete(inCode, p.off)
		if !hasTest(t, p.pkg, p.test) {
			t.Errorf("%s has no %s", p.pkg, p.test)
		}
	}
	for rule := range inCode {
		t.Errorf("docs/faults.md has no proof for %q", rule)
	}
}

func hasTest(t *testing.T, pkg, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, pkg, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(text), "func "+name+"(")
	})
}

func TestOnlyAFailedTestIsAProof(t *testing.T) {
	for name, c := range map[string]struct {
		out, said string
		proof     bool
	}{
		"a failure":             {"=== RUN\n--- FAIL: TestX (0.1s)\n    x_test.go:7: it hurts\nFAIL\n", "x_test.go:7: it hurts", true},
		"a failure of one part": {"--- FAIL: TestX (0.1s)\n    --- FAIL: TestX/part (0.1s)\n        x_test.go:9: it aches\n", "x_test.go:9: it aches", true},
		"a build":               {"x.go:1: undefined: y\nFAIL purser/x [build failed]\n", "", false},
		"another test":          {"--- FAIL: TestY (0.1s)\n    y_test.go:7: no\n", "", false},
		"silence":               {"--- FAIL: TestX (0.1s)\n", "", false},
	} {
		said, err := complaint(c.out, "TestX")
		if said != c.said || (err == nil) != c.proof {
			t.Errorf("%s: %q, %v", name, said, err)
		}
	}
}
