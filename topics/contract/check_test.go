package contract

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"purser/processors/core"
	"purser/topics"
)

const base = "https://purser.invalid/" // nothing is fetched: every resource is added beforehand

// judge validates bodies by one type's schema.
type judge struct{ schema *jsonschema.Schema }

// judgeOf compiles the schema at a place such as "tick.json" or "headers.json#/$defs/event", from the given files.
func judgeOf(all map[string]object, place string) (judge, error) {
	c := jsonschema.NewCompiler()
	for name, tree := range all {
		if err := c.AddResource(base+name, plain(tree)); err != nil {
			return judge{}, err
		}
	}
	s, err := c.Compile(base + place)
	return judge{s}, err
}

// plain is a tree as the library wants it.
func plain(v any) any {
	switch v := v.(type) {
	case object:
		m := make(map[string]any, len(v))
		for i := range v {
			m[v[i].name] = plain(v[i].value)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i])
		}
		return list
	}
	return v
}

func mustJudge(t testing.TB, place string) judge {
	t.Helper()
	j, err := judgeOf(files(), place)
	if err != nil {
		t.Fatalf("%s cannot be compiled: %v", place, err)
	}
	return j
}

// refusal is why the schema refuses a body; nil where it takes it.
func (j judge) refusal(body []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return j.schema.Validate(v)
}

// decoded is what the decoder says of a body.
func decoded(topic, kind string, body []byte) (core.Event, *topics.Rejection) {
	rec := topics.NewEvent(topic, "acme", "billing", "evt-1", kind, 0, struct{}{})
	rec.Value, rec.Timestamp = body, time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	var ev core.Event
	bad := topics.NewDecoder().Decode(topics.InputIndex(topic), rec, &ev)
	return ev, bad
}

// inputTypes are the types that the decoder takes, with the topic of each.
func inputTypes() map[string]string {
	all := map[string]string{}
	for _, t := range Topics {
		for _, m := range t.Messages {
			if t.Input {
				all[m.Type] = t.Name
			}
		}
	}
	return all
}

// sources parses the Go files of a folder of the project that are no tests.
func sources(t testing.TB, folder string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no sources in %s: %v", folder, err)
	}
	var all []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

// constants are the strings of those constants of a folder whose name begins so, or whose declared type is that one.
func constants(t testing.TB, folder, prefix, ofType string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, f := range sources(t, folder) {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			lit, ok := spec.Values[0].(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			declared := ""
			if spec.Type != nil {
				declared = fmt.Sprint(spec.Type)
			}
			if prefix != "" && strings.HasPrefix(spec.Names[0].Name, prefix) || ofType != "" && declared == ofType {
				found[spec.Names[0].Name], _ = strconv.Unquote(lit.Value)
			}
			return true
		})
	}
	if len(found) == 0 {
		t.Fatalf("no constants %s %s in %s", prefix, ofType, folder)
	}
	return found
}
