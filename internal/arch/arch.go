// Package arch keeps the project's imports pointing at its core. It holds no code that runs, only the rules and the test.
package arch

import (
	"fmt"
	"slices"
	"strings"
)

const module = "purser/"

// rule says which packages of the project, and of the standard library, the packages below a folder may import.
type rule struct {
	folder  string
	except  string   // a folder within that the rule does not bind
	project []string // folders of the project; nil: none
	std     []string // nil: any
	others  bool     // packages of other modules
	why     string
}

var rules = []rule{
	{
		folder:  "processors",
		project: []string{"processors"},
		std: []string{"bytes", "cmp", "encoding/binary", "errors", "fmt", "iter", "maps", "math", "math/bits",
			"slices", "sort", "strconv", "strings", "time", "unicode", "unicode/utf8"},
		why: "the core decides from what it is given: no I/O, goroutines, randomness or contexts",
	},
	{folder: "internal/timezone", project: []string{"internal/timezone"},
		why: "time zones are data that everything may read"},
	{folder: "internal/failpoint", project: []string{"internal/failpoint"},
		why: "what tests switch off is asked everywhere"},
	{folder: "topics", project: []string{"topics", "processors", "internal/timezone"}, others: true,
		why: "the contract knows the core and nothing that moves records"},
	{folder: "state", project: []string{"state", "processors", "internal/timezone", "internal/failpoint"}, others: true,
		why: "cells are stored without knowing the events that changed them"},
	{folder: "sinks", project: []string{"sinks", "processors", "topics", "state"}, others: true,
		why: "a decision goes out the same way whoever runs the loop"},
	{folder: "internal/verify", project: []string{"internal/verify", "topics", "internal/record", "internal/committed", "internal/timezone"}, others: true,
		except: "internal/verify/stores",
		why:    "an auditor that shares the engine's code shares its mistakes"},
	{folder: "internal/model", project: []string{"internal/model", "internal/timezone"}, others: true,
		why: "a model that shares the core's code shares its mistakes"},
	// What Postgres and Redis hold is the engine's own encoding, so someone has to decode it by the engine's code. That is
	// this one package: it turns cells into the auditor's figures, and the auditor compares those without knowing it.
	{folder: "internal/verify/stores", project: []string{"internal/verify", "processors", "state"}, others: true,
		why: "the auditor's adapter to the stores decodes cells, and nothing else"},
}

// kinds are the folders of processors from the bottom up: each imports only those that stand before it, so what a rule stands on is below it.
// Package processors stands above them all.
var kinds = []string{
	"money", "calendar", "core",
	"charging", "invoice", "recharge", // what any posting may come to
	"customer",
	"credit", "payment", "usage", "reversal", "funding", "team", "licence", "spending", "send", "order",
	"dunning", "definition",
}

// level is the place of a package of the core among the kinds; -1 of any other.
func level(pkg string) int {
	rest, found := strings.CutPrefix(pkg, module+"processors/")
	if !found {
		if pkg == module+"processors" {
			return len(kinds)
		}
		return -1
	}
	return slices.Index(kinds, rest)
}

// misplaced says what is wrong with an import of or by a package of the core; "": nothing.
func misplaced(pkg, path string) string {
	from, to := level(pkg), level(path)
	for _, p := range [...]string{pkg, path} {
		if within(p, module+"processors") && level(p) < 0 {
			return p + " has no place among the kinds"
		}
	}
	switch {
	case from >= 0 && to >= from:
		return "a kind knows what stands below it and nothing beside or above"
	case from < 0 && to > level(module+"processors/core") && to < len(kinds):
		return "kinds are decided through package processors alone"
	}
	return ""
}

// violations are the imports that a rule forbids, one sentence each, sorted.
func violations(imports map[string][]string) []string {
	var found []string
	for pkg, imported := range imports {
		for _, path := range imported {
			if within(path, module+"cmd") {
				found = append(found, fmt.Sprintf("%s imports %s: nothing imports a program", pkg, path))
			}
			for _, tests := range []string{"internal/testenv", "internal/faultsim", "internal/model"} {
				if within(path, module+tests) && !within(pkg, module+tests) {
					found = append(found, fmt.Sprintf("%s imports %s: only tests may", pkg, path))
				}
			}
			if why := misplaced(pkg, path); why != "" {
				found = append(found, fmt.Sprintf("%s imports %s: %s", pkg, path, why))
			}
			for _, r := range rules {
				if r.binds(pkg) && !r.allows(path) {
					found = append(found, fmt.Sprintf("%s imports %s: %s", pkg, path, r.why))
				}
			}
		}
	}
	slices.Sort(found)
	return found
}

func (r rule) binds(pkg string) bool {
	return within(pkg, module+r.folder) && (r.except == "" || !within(pkg, module+r.except))
}

func (r rule) allows(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	switch {
	case strings.HasPrefix(path, module):
		return slices.ContainsFunc(r.project, func(folder string) bool { return within(path, module+folder) })
	case strings.Contains(first, "."):
		return r.others
	default:
		return r.std == nil || slices.Contains(r.std, path)
	}
}

func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}
