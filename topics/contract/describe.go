package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Describe writes the contract for people: all of it, or of the topic or type that is named. It says false where nothing
// is called so.
func Describe(w io.Writer, name string) bool {
	d := describer{w: w, headers: map[string]string{}}
	if name == "" {
		for i := range Topics {
			d.topic(&Topics[i])
		}
		return true
	}
	if t, ok := topicOf(name); ok {
		d.topic(&t)
	}
	// A name may be both: the topic alert has the type alert.
	on := topicsWith(name)
	if len(on) > 0 && !slices.ContainsFunc(on, func(t Topic) bool { return t.Name == name }) {
		for i := range on {
			d.heading(&on[i])
		}
		for _, m := range on[0].Messages {
			if m.Type == name {
				d.message(&on[0], &m)
			}
		}
	}
	return d.wrote
}

// Names are the topics and types that Describe knows, in the order of Topics.
func Names() []string {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, t := range Topics {
		add(t.Name)
		for _, m := range t.Messages {
			add(m.Type)
		}
	}
	return names
}

const width = 110

type describer struct {
	w       io.Writer
	wrote   bool
	headers map[string]string // kinds of headers that were described, with the type at which
}

func (d *describer) printf(format string, args ...any) {
	d.wrote = true
	fmt.Fprintf(d.w, format, args...)
}

func (d *describer) topic(t *Topic) {
	d.heading(t)
	for i := range t.Messages {
		d.message(t, &t.Messages[i])
	}
}

func (d *describer) heading(t *Topic) {
	direction := "written by purser"
	if t.Input {
		direction = "read by purser"
	}
	if d.wrote {
		d.printf("\n")
	}
	d.printf("TOPIC %s, %s, kept: %s\n", t.Name, direction, t.Kept)
	d.paragraph("  ", t.About)
	d.paragraph("  ", "Key: "+t.Key)
}

func (d *describer) message(t *Topic, m *Message) {
	s, ok := schemaOf(m.Type)
	if !ok {
		d.headersOf(m)
		return
	}
	own := ""
	if m.Own {
		own = ", purser's own"
	}
	d.printf("\n  TYPE %s on %s%s\n", m.Type, t.Name, own)
	d.paragraph("    ", s.text("description"))
	d.headersOf(m)
	d.printf("\n    body (%s)\n", contentJSON)
	d.body(s)
}

// headersOf describes the headers of a message; those that were described already it only names.
func (d *describer) headersOf(m *Message) {
	if at := d.headers[m.Headers]; at != "" {
		d.printf("\n    headers as of %s, with the ce_type %s\n", at, m.Type)
		return
	}
	d.headers[m.Headers] = m.Type
	d.printf("\n    headers\n")
	d.fields(headersOf(m.Headers), "", m.Type, nil)
}

func (d *describer) body(s node) {
	if s.object.object("properties") == nil {
		d.printf("      says nothing\n")
	}
	d.fields(s, "", "", s.list("examples"))
	for i, example := range s.list("examples") {
		label := "example"
		if i > 0 {
			label = "or"
		}
		text, err := json.Marshal(example)
		if err != nil {
			panic(fmt.Sprintf("contract: an example cannot be written: %v", err))
		}
		d.printf("\n    %s\n", label)
		d.paragraph("      ", spaced(text))
	}
}

// spaced puts a space behind the commas between JSON's members, so that a long text can be broken into lines.
func spaced(text []byte) string {
	var b bytes.Buffer
	quoted, escaped := false, false
	for _, c := range text {
		b.WriteByte(c)
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == ':'):
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// fields describes each member of an object, and of the objects within it. Kind is what the header ce_type is, where the
// object is one of headers; examples are what the object is in the examples.
func (d *describer) fields(s node, path, kind string, examples []any) {
	required := s.list("required")
	properties := s.at("properties")
	for _, p := range properties.object {
		field := properties.at(p.name)
		if p.name == "ce_type" && kind != "" {
			field.object = object{{"const", kind}, {"description", field.text("description")}}
		}
		need := ""
		if slices.Contains(required, any(p.name)) {
			need = " (required)"
		}
		d.hanging("      ", "          ", path+p.name+": "+what(field)+need)
		inExamples := valuesOf(examples, p.name)
		d.paragraph("        ", meaning(field, inExamples))
		d.within(field.resolved(), path+p.name, inExamples)
	}
	if choice := alternatives(s); choice != "" {
		d.printf("      exactly one of %s\n", choice)
	}
}

// within describes what a field holds where that has fields of its own.
func (d *describer) within(field node, path string, examples []any) {
	if field.object.object("properties") != nil {
		d.fields(field, path+".", "", examples)
	}
	if items := field.at("items").resolved(); items.object.object("properties") != nil {
		d.fields(items, path+"[].", "", entriesOf(examples))
	}
	if entries := field.at("additionalProperties").resolved(); entries.object.object("properties") != nil {
		d.fields(entries, path+".*.", "", entriesOf(examples))
	}
}

// valuesOf are the values that a field has in examples of its object.
func valuesOf(examples []any, field string) []any {
	var all []any
	for _, e := range examples {
		if o, ok := e.(object); ok && o.get(field) != nil {
			all = append(all, o.get(field))
		}
	}
	return all
}

// entriesOf are what examples of lists or maps hold.
func entriesOf(examples []any) []any {
	var all []any
	for _, e := range examples {
		switch e := e.(type) {
		case []any:
			all = append(all, e...)
		case object:
			for _, m := range e {
				all = append(all, m.value)
			}
		}
	}
	return all
}

// alternatives are the fields of which one has to be there.
func alternatives(s node) string {
	var names []string
	for _, one := range s.list("oneOf") {
		o, _ := one.(object)
		for _, name := range o.list("required") {
			names = append(names, fmt.Sprint(name))
		}
	}
	return strings.Join(names, ", ")
}

// meaning is what a field is for, what bounds it, and an example.
func meaning(field node, examples []any) string {
	text := field.text("description")
	if ref := field.text("$ref"); ref != "" {
		if bound := field.find(ref).text("description"); bound != text {
			text += " " + bound
		}
	}
	examples = append(examples, field.list("examples")...)
	if len(examples) == 0 {
		return text
	}
	switch examples[0].(type) {
	case object, []any:
		return text
	}
	shown, err := json.Marshal(examples[0])
	if err != nil {
		panic(fmt.Sprintf("contract: an example cannot be written: %v", err))
	}
	return text + " For example " + string(shown) + "."
}

// what says in a few words what a value is. The bounds of what is referred to are in that one's own description.
func what(field node) string {
	if field.text("$ref") != "" {
		field = field.resolved()
		field.object = slices.DeleteFunc(slices.Clone(field.object), func(m member) bool { return m.name == "maxLength" })
	}
	if v := field.get("const"); v != nil {
		return fmt.Sprintf("always %q", v)
	}
	if words := field.list("enum"); len(words) > 0 {
		var quoted []string
		for _, w := range words {
			if s, ok := w.(string); ok && s != "" {
				quoted = append(quoted, s)
			}
		}
		return "one of " + strings.Join(quoted, ", ")
	}
	types := typesOf(field)
	switch {
	case slices.Contains(types, "string") && slices.Contains(types, "number"):
		return "decimal, as a string or a number"
	case slices.Contains(types, "string"):
		return "string" + bound(field, "maxLength", "bytes")
	case slices.Contains(types, "integer"):
		return "whole number" + atLeast(field)
	case slices.Contains(types, "array"):
		return "list" + bound(field, "maxItems", "entries") + of(field.at("items"))
	case slices.Contains(types, "object") && field.object.object("properties") == nil:
		return "map" + bound(field, "maxProperties", "entries") + of(field.at("additionalProperties"))
	}
	return "object"
}

func typesOf(field node) []string {
	switch t := field.get("type").(type) {
	case string:
		return []string{t}
	case []any:
		var all []string
		for _, one := range t {
			all = append(all, fmt.Sprint(one))
		}
		return all
	}
	return nil
}

func bound(field node, keyword, unit string) string {
	if limit := field.get(keyword); limit != nil {
		return fmt.Sprintf(", at most %v %s", limit, unit)
	}
	return ""
}

func atLeast(field node) string {
	if limit := field.get("minimum"); limit != nil {
		return fmt.Sprintf(", at least %v", limit)
	}
	return ""
}

// of says what a list or map holds.
func of(entry node) string {
	if entry.object == nil {
		return ""
	}
	return ", each: " + what(entry)
}

// paragraph breaks a text into lines.
func (d *describer) paragraph(indent, text string) { d.hanging(indent, indent, text) }

// hanging is a paragraph whose first line is indented otherwise.
func (d *describer) hanging(indent, rest, text string) {
	line := indent
	for _, word := range strings.Fields(text) {
		if line != indent && len(line)+1+len(word) > width {
			d.printf("%s\n", line)
			indent, line = rest, rest
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	d.printf("%s\n", line)
}
