package definition

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"purser/topics"
)

// The bodies of package topics say by their JSON tags which fields a document may have, so that nothing is written down
// twice: what follows walks them by reflection.

// field is one of a body's.
type field struct {
	name  string
	typ   reflect.Type
	index int
}

// fieldsOf lists the fields of a body in their order.
func fieldsOf(t reflect.Type) []field {
	fields := make([]field, 0, t.NumField())
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		fields = append(fields, field{name, t.Field(i).Type, i})
	}
	return fields
}

func fieldNames(t reflect.Type) []string {
	fields := fieldsOf(t)
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].name
	}
	return names
}

var numberType = reflect.TypeFor[topics.Number]()

// leaf is one value within a body, at its path: multipliers.message, rate_cards.email.tiers.0.up_to.
type leaf struct{ path, value string }

// effectiveFrom is compared by itself: it says when the rest is in force.
const effectiveFrom = "effective_from"

// leaves lists what a body says, but for when it is in force, in the order of its fields. What is not given is not said.
func leaves(body any) []leaf {
	var all []leaf
	gather(reflect.ValueOf(body), "", &all)
	return all
}

func gather(v reflect.Value, path string, into *[]leaf) {
	switch v.Kind() {
	case reflect.Pointer:
		gather(v.Elem(), path, into)
	case reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			if !v.Field(f.index).IsZero() && below(path, f.name) != effectiveFrom {
				gather(v.Field(f.index), below(path, f.name), into)
			}
		}
	case reflect.Map:
		for _, key := range sortedKeys(v) {
			gather(v.MapIndex(reflect.ValueOf(key)), below(path, key), into)
		}
	case reflect.Slice:
		for i := range v.Len() {
			gather(v.Index(i), below(path, strconv.Itoa(i)), into)
		}
	default:
		*into = append(*into, leaf{path, text(v)})
	}
}

func below(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func sortedKeys(m reflect.Value) []string {
	keys := make([]string, 0, m.Len())
	for _, k := range m.MapKeys() {
		keys = append(keys, k.String())
	}
	slices.Sort(keys)
	return keys
}

// text is a value as a person reads it.
func text(v reflect.Value) string { return fmt.Sprint(v.Interface()) }
