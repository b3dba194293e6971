package arch

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestImportsPointAtTheCore(t *testing.T) {
	imports := map[string][]string{}
	walkInto(t, token.NewFileSet(), func(pkg string, file *ast.File) {
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			imports[pkg] = append(imports[pkg], name)
		}
	})
	if len(imports[module+"processors"]) == 0 {
		t.Fatal("the core was not found: the test looks in the wrong place")
	}
	for _, v := range violations(imports) {
		t.Error(v)
	}
}

func TestCoreIsPure(t *testing.T) {
	core := &core{fset: token.NewFileSet(), files: map[string][]*ast.File{}, checked: map[string]*types.Package{}}
	core.std = importer.ForCompiler(core.fset, "source", nil)
	walkInto(t, core.fset, func(pkg string, file *ast.File) {
		if within(pkg, module+"processors") {
			core.files[pkg] = append(core.files[pkg], file)
		}
	})
	if len(core.files) == 0 {
		t.Fatal("the core was not found: the test looks in the wrong place")
	}
	for pkg := range core.files {
		if _, err := core.Import(pkg); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range core.impure {
		t.Error(v)
	}
}

// core type-checks the packages of the core from their source, each once, and notes what is impure in them.
type core struct {
	fset    *token.FileSet
	files   map[string][]*ast.File
	std     types.Importer
	checked map[string]*types.Package
	impure  []string
}

func (c *core) Import(pkg string) (*types.Package, error) {
	files, ours := c.files[pkg]
	if !ours {
		return c.std.Import(pkg)
	}
	if done, ok := c.checked[pkg]; ok {
		return done, nil
	}
	checked, found, err := check(c.fset, pkg, files, c)
	c.checked[pkg] = checked
	c.impure = append(c.impure, found...)
	return checked, err
}

func check(fset *token.FileSet, pkg string, files []*ast.File, imports types.Importer) (*types.Package, []string, error) {
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{},
		Defs:  map[*ast.Ident]types.Object{},
		Uses:  map[*ast.Ident]types.Object{},
	}
	checked, err := (&types.Config{Importer: imports}).Check(pkg, fset, files, info)
	if err != nil {
		return nil, nil, err
	}
	var found []string
	for _, file := range files {
		found = append(found, impurities(fset, file, info)...)
	}
	return checked, found, nil
}

func TestViolationsAreFound(t *testing.T) {
	for name, planted := range map[string][2]string{
		"the core does I/O":               {"purser/processors/usage", "net/http"},
		"a kind knows one above it":       {"purser/processors/usage", "purser/processors/send"},
		"a kind calls for a decision":     {"purser/processors/usage", "purser/processors"},
		"what all stand on knows a kind":  {"purser/processors/core", "purser/processors/usage"},
		"a kind that has no place":        {"purser/processors/fax", "purser/processors/core"},
		"a store knows a kind":            {"purser/state", "purser/processors/usage"},
		"the loop decides a kind itself":  {"purser/internal/stream", "purser/processors/usage"},
		"the core uses a library":         {"purser/processors", "github.com/shopspring/decimal"},
		"the core knows a store":          {"purser/processors", "purser/state"},
		"the contract knows a store":      {"purser/topics", "purser/state"},
		"a store knows the contract":      {"purser/state/postgres", "purser/topics"},
		"a sink knows the loop":           {"purser/sinks", "purser/internal/stream"},
		"the auditor asks the core":       {"purser/internal/verify", "purser/processors/money"},
		"the auditor reads a store":       {"purser/internal/verify", "purser/state"},
		"the auditor's adapter decides":   {"purser/internal/verify/stores", "purser/internal/stream"},
		"the auditor's neighbour decodes": {"purser/internal/verify/storesome", "purser/state"},
		"the model asks the core":         {"purser/internal/model", "purser/processors/money"},
		"a program carries the model":     {"purser/cmd/purser", "purser/internal/model"},
		"a package imports a program":     {"purser/internal/node", "purser/cmd/purser"},
		"a program carries test servers":  {"purser/cmd/purser", "purser/internal/testenv"},
		"a program carries a simulation":  {"purser/cmd/purser", "purser/internal/faultsim"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := violations(map[string][]string{planted[0]: {planted[1]}}); len(got) != 1 {
				t.Errorf("%s may import %s: %q", planted[0], planted[1], got)
			}
		})
	}
}

func TestAuditorsAdapterMayDecodeCells(t *testing.T) {
	adapter := map[string][]string{"purser/internal/verify/stores": {"purser/internal/verify", "purser/processors", "purser/state"}}
	if got := violations(adapter); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

func TestImpuritiesAreFound(t *testing.T) {
	const source = `package p
import "time"
const million int64 = 1e6
var rate = 0.5
func f(x float64) { go f(x); _ = time.Now() }
func g(m map[string]int) { for range m {} }`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "planted.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	_, got, err := check(fset, "p", []*ast.File{file}, importer.ForCompiler(fset, "source", nil))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"planted.go:4:5: a float in the core",  // the variable, and
		"planted.go:4:12: a float in the core", // its value
		"planted.go:5:8: a float in the core",
		"planted.go:5:10: a float in the core",
		"planted.go:5:21: a goroutine in the core",
		"planted.go:5:26: a float in the core",
		"planted.go:5:34: time.Now in the core",
		"planted.go:6:28: a loop over a map in the core",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// walkInto calls f with every Go file of the project that is no test.
func walkInto(t *testing.T, fset *token.FileSet, f func(pkg string, file *ast.File)) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		f(path.Join(module, filepath.ToSlash(folder)), file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
