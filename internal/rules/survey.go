package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"

	"purser/internal/scenario"
)

// rule is one heading of docs/rules.md and what shows it.
type rule struct {
	number, title string
	soFar         string // what of it is built, where that is not all
	tests         []testName
	shownBy       []string
}

// testName is a Go test that docs/rules.md names for a rule.
type testName struct{ dir, name string }

var (
	heading  = regexp.MustCompile(`^### (R\d+\.\d+) (.+)$`)
	soFar    = regexp.MustCompile(`^Built so far: (.+)$`)
	shownBy  = regexp.MustCompile(`^Shown by the test: (.+)$`)
	testLink = regexp.MustCompile("`(Test\\w+)` in `([\\w/.-]+)`")
)

// survey reads the rules and looks for what shows them under root.
func survey(root string) ([]*rule, []string, error) {
	list, faults, err := readRules(filepath.Join(root, "docs", "rules.md"))
	if err != nil {
		return nil, nil, err
	}
	byNumber := map[string]*rule{}
	for _, r := range list {
		if byNumber[r.number] != nil {
			faults = append(faults, fmt.Sprintf("%s is claimed twice in docs/rules.md", r.number))
		}
		byNumber[r.number] = r
	}
	more, err := findScenarios(root, byNumber)
	if err != nil {
		return nil, nil, err
	}
	faults = append(faults, more...)
	for _, r := range list {
		more, err := findTests(root, r)
		if err != nil {
			return nil, nil, err
		}
		faults = append(faults, more...)
		if len(r.shownBy) == 0 {
			faults = append(faults, fmt.Sprintf("%s is claimed, but no scenario and no test shows it", r.number))
		}
	}
	return list, faults, nil
}

func readRules(path string) ([]*rule, []string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the rules: %w", err)
	}
	defer f.Close()
	var list []*rule
	var faults []string
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if m := heading.FindStringSubmatch(line); m != nil {
			list = append(list, &rule{number: m[1], title: m[2]})
			continue
		}
		if len(list) == 0 {
			continue
		}
		last := list[len(list)-1]
		if m := soFar.FindStringSubmatch(line); m != nil {
			last.soFar = m[1]
		}
		if m := shownBy.FindStringSubmatch(line); m != nil {
			links := testLink.FindAllStringSubmatch(m[1], -1)
			if len(links) == 0 {
				faults = append(faults, fmt.Sprintf("docs/rules.md:%d: expected `TestName` in `folder` after Shown by the test:", n))
			}
			for _, l := range links {
				last.tests = append(last.tests, testName{dir: l[2], name: l[1]})
			}
		}
	}
	return list, faults, lines.Err()
}

// findScenarios notes each scenario under the rules that it names.
func findScenarios(root string, rules map[string]*rule) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(root, "processors", "scenarios", "*.txt"))
	if err != nil {
		return nil, err
	}
	sort.Strings(paths)
	var faults []string
	for _, path := range paths {
		f, err := scenario.ParseFile(path)
		if err != nil {
			return nil, err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return nil, err
		}
		for _, number := range f.Rules {
			r := rules[number]
			if r == nil {
				faults = append(faults, fmt.Sprintf("%s names %s, which docs/rules.md does not claim", name, number))
				continue
			}
			r.shownBy = append(r.shownBy, name)
		}
	}
	return faults, nil
}

// findTests looks for the tests that a rule names, in the Go files of the folder it names.
func findTests(root string, r *rule) ([]string, error) {
	var faults []string
	for _, t := range r.tests {
		found, err := hasTest(filepath.Join(root, filepath.FromSlash(t.dir)), t.name)
		if err != nil {
			return nil, err
		}
		if !found {
			faults = append(faults, fmt.Sprintf("%s names %s in %s, and there is no such test", r.number, t.name, t.dir))
			continue
		}
		r.shownBy = append(r.shownBy, t.name+" in "+t.dir)
	}
	return faults, nil
}

func hasTest(dir, name string) (bool, error) {
	declared := regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(name) + `\(`)
	paths, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return false, err
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return false, err
		}
		if declared.Match(b) {
			return true, nil
		}
	}
	return false, nil
}
