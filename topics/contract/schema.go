package contract

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"purser/topics/schemas"
)

// Files that are no event's schema.
const (
	commonFile  = "common.json"
	headersFile = "headers.json"
	dialect     = "https://json-schema.org/draft/2020-12/schema"
	defs        = "#/$defs/"
)

// files are the embedded schemas as trees, by the name of their file. They are part of the program, so what is wrong with
// them is a mistake in the program.
var files = sync.OnceValue(func() map[string]object {
	all := map[string]object{}
	names, err := fs.Glob(schemas.Files, "*.json")
	if err != nil {
		panic(fmt.Sprintf("contract: the embedded schemas: %v", err))
	}
	for _, name := range names {
		text, err := schemas.Files.ReadFile(name)
		if err != nil {
			panic(fmt.Sprintf("contract: the embedded schema %s: %v", name, err))
		}
		tree, err := parse(text)
		o, ok := tree.(object)
		if err != nil || !ok {
			panic(fmt.Sprintf("contract: the embedded schema %s is no JSON object: %v", name, err))
		}
		all[name] = o
	}
	return all
})

// fileOf is the name of the file with a type's schema.
func fileOf(kind string) string { return kind + ".json" }

// node is a schema, or a part of one, with the file that its references start from.
type node struct {
	file string
	object
}

// schemaOf returns the schema of a type's body.
func schemaOf(kind string) (node, bool) {
	o, ok := files()[fileOf(kind)]
	return node{fileOf(kind), o}, ok && fileOf(kind) != commonFile && fileOf(kind) != headersFile
}

// headersOf returns the schema of a kind of records' headers.
func headersOf(name string) node { return node{headersFile, nil}.find(defs + name) }

// at is a part of a schema.
func (n node) at(name string) node { return node{n.file, n.object.object(name)} }

// find follows a reference: FILE#/$defs/NAME, or #/$defs/NAME in the same file.
func (n node) find(ref string) node {
	file, name, ok := strings.Cut(ref, defs)
	if file == "" {
		file = n.file
	}
	found := files()[file].object("$defs").object(name)
	if !ok || found == nil {
		panic(fmt.Sprintf("contract: %s refers to %s, which is not there", n.file, ref))
	}
	return node{file, found}
}

// resolved is the node with what it refers to: its own members win.
func (n node) resolved() node {
	ref := n.text("$ref")
	if ref == "" {
		return n
	}
	found := n.find(ref).resolved()
	merged := object{}
	for _, m := range n.object {
		if m.name != "$ref" {
			merged = append(merged, m)
		}
	}
	for _, m := range found.object {
		if merged.get(m.name) == nil {
			merged = append(merged, m)
		}
	}
	return node{found.file, merged}
}

// Schema is the JSON Schema of a type's body with all that it refers to.
func Schema(kind string) ([]byte, bool) {
	n, ok := schemaOf(kind)
	if !ok {
		return nil, false
	}
	b := bundle{prefix: defs, name: func(file, name string) string { return name }}
	whole := object{{"$schema", dialect}}
	for _, m := range n.object {
		if m.name != "$schema" && m.name != "$defs" {
			whole = append(whole, member{m.name, b.move(n.file, m.value)})
		}
	}
	return indented(append(whole, member{"$defs", b.all()})), true
}

// bundle moves schemas into another document: references are written anew, and what they refer to is collected.
type bundle struct {
	prefix string // of a reference in that document
	name   func(file, name string) string
	found  object
}

// move copies a value with its references written anew.
func (b *bundle) move(file string, value any) any {
	switch v := value.(type) {
	case object:
		moved := make(object, 0, len(v))
		for _, m := range v {
			if ref, ok := m.value.(string); ok && m.name == "$ref" {
				moved = append(moved, member{m.name, b.refer(file, ref)})
				continue
			}
			moved = append(moved, member{m.name, b.move(file, m.value)})
		}
		return moved
	case []any:
		moved := make([]any, len(v))
		for i := range v {
			moved[i] = b.move(file, v[i])
		}
		return moved
	}
	return value
}

// refer collects what a reference in a file stands for, once, and returns the reference to it.
func (b *bundle) refer(file, ref string) string {
	target := node{file, nil}.find(ref)
	_, local, _ := strings.Cut(ref, defs)
	name := b.name(target.file, local)
	if b.found.get(name) == nil {
		at := len(b.found)
		b.found = append(b.found, member{name, object{}}) // before its own references, which may lead back to it
		b.found[at].value = b.move(target.file, target.object)
	}
	return b.prefix + name
}

// all is what was collected.
func (b *bundle) all() object { return b.found }

func indented(v any) []byte {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("contract: a document cannot be written: %v", err))
	}
	return append(text, '\n')
}
