package definition

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// rawJSON is a body that is written already.
type rawJSON = json.RawMessage

// value writes the JSON of what stands behind a name. What a field may hold is said by its type; whether it makes sense is
// left to the engine's own decoder, and so are the bounds on numbers: they are handed on by their digits (R1.1).
func (r *reading) value(dst []byte, n ast.Node, t reflect.Type, path string) []byte {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	field := strings.TrimPrefix(path, "data.")
	switch n.(type) {
	case *ast.NullNode:
		return append(dst, "null"...)
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		r.wrong(n, "%s: anchors, aliases and tags are not read: write it out", field)
		return append(dst, "null"...)
	}
	switch {
	case t == numberType:
		return append(dst, quote(r.digits(n, field))...)
	case t.Kind() == reflect.String:
		s, _ := r.str(n, field)
		return append(dst, quote(s)...)
	case t.Kind() == reflect.Struct, t.Kind() == reflect.Map:
		entries, ok := entriesOf(n)
		if !ok {
			r.wrong(n, "%s: expected a mapping", field)
			return append(dst, "null"...)
		}
		if t.Kind() == reflect.Map {
			return r.dictionary(dst, entries, t.Elem(), path)
		}
		return r.object(dst, entries, t, field, path)
	case t.Kind() == reflect.Slice:
		return r.list(dst, n, t.Elem(), path)
	}
	return r.plain(dst, n, field)
}

func (r *reading) list(dst []byte, n ast.Node, t reflect.Type, path string) []byte {
	sequence, ok := n.(*ast.SequenceNode)
	if !ok {
		r.wrong(n, "%s: expected a list", strings.TrimPrefix(path, "data."))
		return append(dst, "null"...)
	}
	dst = append(dst, '[')
	for i, element := range sequence.Values {
		if i > 0 {
			dst = append(dst, ',')
		}
		at := path + "." + strconv.Itoa(i)
		r.lines[at] = element.GetToken().Position.Line
		dst = r.value(dst, element, t, at)
	}
	return append(dst, ']')
}

// digits are a number as it is written, in quotes or not. A form that YAML would compute from (0x1f, 0o17, 1_000) has to be
// in quotes, where the decoder refuses it like any other text that is no decimal.
func (r *reading) digits(n ast.Node, field string) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.IntegerNode, *ast.FloatNode:
		written := n.GetToken().Value
		if strings.Trim(written, "0123456789.") == "" && (len(written) < 2 || written[0] != '0' || written[1] == '.') {
			return written
		}
	}
	r.wrong(n, "%s: expected a decimal number such as 12.50, came %s", field, shown(n))
	return ""
}

// plain writes a whole number, true or false as it is.
func (r *reading) plain(dst []byte, n ast.Node, field string) []byte {
	switch n := n.(type) {
	case *ast.BoolNode:
		return strconv.AppendBool(dst, n.Value)
	case *ast.IntegerNode:
		if written := n.GetToken().Value; json.Valid([]byte(written)) {
			return append(dst, written...)
		}
	}
	r.wrong(n, "%s: expected a whole number, true or false, came %s", field, shown(n))
	return append(dst, "null"...)
}

func (r *reading) str(n ast.Node, field string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	}
	r.wrong(n, "%s: expected a string, came %s: put it in quotes if it is one", field, shown(n))
	return "", false
}

// shown is a node's beginning, for a person to recognise it.
func shown(n ast.Node) string {
	const most = 40
	s, _, more := strings.Cut(n.String(), "\n")
	if len(s) > most {
		s, more = s[:most], true
	}
	if more {
		s += "…"
	}
	return strconv.Quote(s)
}

// name is the key of an entry, which has to be a string.
func (r *reading) name(e *ast.MappingValueNode) (string, bool) {
	if e.Key.IsMergeKey() {
		r.wrong(e.Key, "<< is not read: write it out")
		return "", false
	}
	key, ok := e.Key.(*ast.StringNode)
	if !ok {
		r.wrong(e.Key, "the name %s is no string: put it in quotes", shown(e.Key))
		return "", false
	}
	return key.Value, true
}

// entriesOf returns a mapping's entries; there is at least one, or an empty mapping was written as {}.
func entriesOf(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}
