package arch

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var (
	claimed = regexp.MustCompile(`(?m)^### (R\d+\.\d+)`)
	named   = regexp.MustCompile(`R\d+\.\d+`)
)

// TestARulesNumberLeadsToItsCode: whoever searches for the number of a rule that docs/rules.md claims finds it in a comment of what
// decides it, and not only in the auditor, the model or the tests.
func TestARulesNumberLeadsToItsCode(t *testing.T) {
	rules, err := os.ReadFile(filepath.Join("..", "..", "docs", "rules.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	walkInto(t, token.NewFileSet(), func(pkg string, file *ast.File) {
		switch pkg {
		case module + "internal/verify", module + "internal/model", module + "internal/scenario":
			return
		}
		for _, group := range file.Comments {
			for _, number := range named.FindAllString(group.Text(), -1) {
				found[number] = true
			}
		}
	})
	all := claimed.FindAllStringSubmatch(string(rules), -1)
	if len(all) < 50 {
		t.Fatalf("only %d rules were found: the test looks in the wrong place", len(all))
	}
	for _, rule := range all {
		if !found[rule[1]] {
			t.Errorf("no comment says %s", rule[1])
		}
	}
}
