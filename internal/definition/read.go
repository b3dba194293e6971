package definition

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/spelling"
	"purser/processors/core"
	"purser/topics"
)

// Source is the CloudEvents source of the events that documents become.
const Source = "purser/apply"

// Definition is what one document asks for.
type Definition struct {
	Kind    *Kind
	Org, ID string
	From    core.Time // its effective_from; zero where it gives none: from when it is recorded
	File    string
	Line    int // where it begins
	Body    any // as the engine reads it
	event   []byte
}

func (d *Definition) String() string {
	if d.ID == "" {
		return d.Kind.Name + " " + d.Org
	}
	return d.Kind.Name + " " + d.ID + " of " + d.Org
}

// Place is where the document is.
func (d *Definition) Place() string { return fmt.Sprintf("%s:%d", d.File, d.Line) }

// Read reads the documents of a file. It is strict: the error names every mistake that it finds, with file and line, and
// then there are no definitions.
func Read(file string, text []byte) ([]*Definition, error) {
	parsed, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, syntaxError(file, err)
	}
	var all []*Definition
	var errs []error
	decoder := topics.NewDecoder()
	for _, doc := range parsed.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		r := &reading{file: file, decoder: decoder, lines: map[string]int{}}
		d := r.document(doc.Body)
		if errs = append(errs, r.errs...); len(r.errs) == 0 {
			all = append(all, d)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return all, nil
}

func syntaxError(file string, err error) error {
	var syntax yaml.Error
	if errors.As(err, &syntax) && syntax.GetToken() != nil {
		return fmt.Errorf("%s:%d: %s", file, syntax.GetToken().Position.Line, syntax.GetMessage())
	}
	return fmt.Errorf("%s: %w", file, err)
}

// reading is one document while it is read.
type reading struct {
	file    string
	decoder *topics.Decoder
	lines   map[string]int // where each field is, by the path that a rejection names
	errs    []error
}

func (r *reading) wrong(n ast.Node, format string, args ...any) {
	r.wrongAt(n.GetToken().Position.Line, format, args...)
}

func (r *reading) wrongAt(line int, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s:%d: %s", r.file, line, fmt.Sprintf(format, args...)))
}

func (r *reading) document(n ast.Node) *Definition {
	entries, ok := entriesOf(n)
	if !ok || len(entries) == 0 {
		r.wrong(n, "a document is a mapping that begins with %s and %s", fieldDefine, fieldOrg)
		return nil
	}
	d := &Definition{File: r.file, Line: entries[0].Key.GetToken().Position.Line}
	var rest []*ast.MappingValueNode
	for _, e := range entries {
		switch name, _ := r.name(e); name {
		case fieldDefine:
			d.Kind = r.kind(e.Value)
		case fieldOrg:
			d.Org, _ = r.str(e.Value, fieldOrg)
		default:
			rest = append(rest, e)
		}
	}
	switch {
	case len(r.errs) > 0:
		return nil
	case d.Kind == nil:
		r.wrongAt(d.Line, "%s is missing: one of %s", fieldDefine, strings.Join(Names(), ", "))
		return nil
	case d.Org == "":
		r.wrongAt(d.Line, "%s is missing: whose %s it is", fieldOrg, d.Kind.Name)
		return nil
	}
	d.event = r.object(nil, rest, d.Kind.body, d.Kind.Name, "data")
	if len(r.errs) == 0 {
		r.decode(d)
	}
	return d
}

func (r *reading) kind(n ast.Node) *Kind {
	name, ok := r.str(n, fieldDefine)
	k := Named(name)
	if ok && k == nil {
		r.wrong(n, "there is no kind %q%s", name, meant(name, Names()))
	}
	return k
}

// decode reads the event as the engine will, so that nothing is sent that would become a dead letter.
func (r *reading) decode(d *Definition) {
	var ev core.Event
	rec := d.record(topics.Names{}, "-")
	rec.Timestamp = time.UnixMicro(0) // then a time that is not given is zero
	if bad := r.decoder.Decode(topics.InputIndex(topics.Account), rec, &ev); bad != nil {
		r.wrongAt(r.line(bad.Field, d.Line), "%s", strings.TrimPrefix(bad.Text(), "data."))
		return
	}
	id, v := d.Kind.asked(&ev)
	d.ID, d.From, d.Body = id, v.From, v.Body
}

// record is the event under an id. It has no time of its own: it counts from when the broker has it.
func (d *Definition) record(names topics.Names, id string) *kgo.Record {
	return topics.NewEvent(names.Of(topics.Account), d.Org, Source, id, d.Kind.Type, 0, rawJSON(d.event))
}

// line finds where a field is by its path, or the nearest one around it that is written down.
func (r *reading) line(path string, otherwise int) int {
	for path != "" {
		if line, ok := r.lines[path]; ok {
			return line
		}
		path = path[:max(0, strings.LastIndexByte(path, '.'))]
	}
	return otherwise
}

// meant is a hint at the name that was meant.
func meant(misspelt string, names []string) string {
	if nearest := spelling.Nearest(misspelt, names); nearest != "" {
		return ": did you mean " + nearest + "?"
	}
	return "; there are " + strings.Join(names, ", ")
}

// object writes the JSON of a mapping that is a body, or a part of one.
func (r *reading) object(dst []byte, entries []*ast.MappingValueNode, t reflect.Type, what, path string) []byte {
	fields, names := fieldsOf(t), fieldNames(t)
	dst = append(dst, '{')
	for _, e := range entries {
		name, ok := r.name(e)
		if !ok {
			continue
		}
		i := slices.Index(names, name)
		if i < 0 {
			r.wrong(e.Key, "%s has no field %q%s", what, name, meant(name, names))
			continue
		}
		dst = r.member(dst, e, name, fields[i].typ, path)
	}
	return append(dst, '}')
}

// dictionary writes the JSON of a mapping whose names are the user's.
func (r *reading) dictionary(dst []byte, entries []*ast.MappingValueNode, t reflect.Type, path string) []byte {
	dst = append(dst, '{')
	for _, e := range entries {
		if name, ok := r.name(e); ok {
			dst = r.member(dst, e, name, t, path)
		}
	}
	return append(dst, '}')
}

func (r *reading) member(dst []byte, e *ast.MappingValueNode, name string, t reflect.Type, path string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	path += "." + name
	r.lines[path] = e.Key.GetToken().Position.Line
	return r.value(append(append(dst, quote(name)...), ':'), e.Value, t, path)
}
