package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// impure are the functions of package time that look at a clock, a timer or the machine's settings.
var impure = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "LoadLocation", "Local"}

// impurities are the places in a file of the core that an import list does not show: clocks, goroutines, floats, and
// loops over maps, whose order differs from run to run. A constant such as 1e6 counts only where it becomes a float.
func impurities(fset *token.FileSet, file *ast.File, info *types.Info) []string {
	var found []string
	report := func(n ast.Node, what string) {
		found = append(found, fmt.Sprintf("%s: %s in the core", fset.Position(n.Pos()), what))
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			report(n, "a goroutine")
		case *ast.RangeStmt:
			if _, ok := info.TypeOf(n.X).Underlying().(*types.Map); ok {
				report(n, "a loop over a map")
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(impure, n.Sel.Name) {
				report(n, "time."+n.Sel.Name)
			}
		}
		if e, ok := n.(ast.Expr); ok && isFloat(info.TypeOf(e)) {
			report(n, "a float")
			return false
		}
		return true
	})
	return found
}

func isFloat(t types.Type) bool {
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsFloat|types.IsComplex) != 0
}
