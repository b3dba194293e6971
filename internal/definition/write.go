package definition

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"purser/topics"
)

// Names of the two fields that stand in front of a body.
const (
	fieldDefine = "define"
	fieldOrg    = "org"
)

// AppendYAML appends one version as a document that Read takes back. When it is in force from is left out: the document then
// says what is to be in force, whenever that began, and an edited one comes into force when it is applied. With dated it is
// a field, so that a document names this version and no other.
func AppendYAML(dst []byte, k *Kind, org string, v *Version, dated bool) []byte {
	dst = append(dst, "---\n"...)
	if !dated {
		dst = fmt.Appendf(dst, "# in force since %s\n", topics.FormatTime(v.From))
	}
	dst = fmt.Appendf(dst, "%s: %s\n%s: %s\n", fieldDefine, k.Name, fieldOrg, quote(org))
	return appendStruct(dst, reflect.ValueOf(v.Body), "", dated)
}

func appendStruct(dst []byte, v reflect.Value, indent string, dated bool) []byte {
	for _, f := range fieldsOf(v.Type()) {
		if v.Field(f.index).IsZero() || f.name == effectiveFrom && !dated {
			continue
		}
		dst = append(append(append(dst, indent...), f.name...), ':')
		dst = appendValue(dst, v.Field(f.index), indent)
	}
	return dst
}

// appendValue appends what follows a name and its colon.
func appendValue(dst []byte, v reflect.Value, indent string) []byte {
	switch v.Kind() {
	case reflect.Pointer:
		return appendValue(dst, v.Elem(), indent)
	case reflect.Struct:
		return appendStruct(append(dst, '\n'), v, indent+"  ", true)
	case reflect.Map:
		dst = append(dst, '\n')
		for _, key := range sortedKeys(v) {
			dst = append(append(append(dst, indent...), "  "...), name(key)...)
			dst = appendValue(append(dst, ':'), v.MapIndex(reflect.ValueOf(key)), indent+"  ")
		}
		return dst
	case reflect.Slice:
		dst = append(dst, '\n')
		for i := range v.Len() {
			dst = appendElement(dst, v.Index(i), indent+"  ")
		}
		return dst
	}
	return append(append(append(dst, ' '), scalar(v)...), '\n')
}

// appendElement puts an element's first field behind its dash.
func appendElement(dst []byte, v reflect.Value, indent string) []byte {
	dst = append(append(dst, indent...), '-')
	if v.Kind() != reflect.Struct {
		return appendValue(dst, v, indent)
	}
	fields := appendStruct(nil, v, indent+"  ", true)
	return append(append(dst, ' '), bytes.TrimPrefix(fields, []byte(indent+"  "))...)
}

// scalar quotes every string, so that none is taken for a number, a date or nothing.
func scalar(v reflect.Value) string {
	if v.Kind() == reflect.String {
		return quote(v.String())
	}
	return text(v)
}

// name quotes a name unless it cannot be taken for anything else.
func name(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") != "" || s == "" || s == "null" || s == "true" || s == "false" {
		return quote(s)
	}
	return s
}

// quote writes a string as JSON does, which YAML reads in the same way.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string can be written
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Summary is a version in a line.
func Summary(v *Version) string {
	parts := []string{}
	for _, l := range leaves(v.Body) {
		parts = append(parts, l.path+" "+l.value)
	}
	return strings.Join(parts, ", ")
}

// Indented is a version for a person, a line for each field.
func Indented(v *Version) []byte { return appendStruct(nil, reflect.ValueOf(v.Body), "  ", false) }
