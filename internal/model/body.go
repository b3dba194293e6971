package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// body is an event's JSON object. Reading a field that is not as the rules want it makes it bad: then the event is a dead letter (R10.1).
type body struct {
	fields map[string]any
	bad    bool
}

func readBody(raw []byte) *body {
	b := &body{}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	b.bad = d.Decode(&b.fields) != nil
	return b
}

func (b *body) demand(ok bool) { b.bad = b.bad || !ok }

// text reads a string; "" where there is none.
func (b *body) text(name string) string {
	v, given := b.fields[name]
	if !given {
		return ""
	}
	s, ok := v.(string)
	b.demand(ok)
	return s
}

// name reads a string that must be there.
func (b *body) name(field string) string {
	s := b.text(field)
	b.demand(s != "")
	return s
}

// number reads a decimal, as a string or by its digits; given is false where there is none.
func (b *body) number(name string, digits int) (d dec, given bool) {
	v, given := b.fields[name]
	if !given {
		return zero, false
	}
	d, ok := figure(fmt.Sprint(v), digits)
	b.demand(ok)
	return d, true
}

// posted reads the amount that is posted as it comes, greater than zero (R1.1).
func (b *body) posted() dec {
	d, given := b.number("amount", 6)
	b.demand(given && d.IsPositive())
	return d
}

// texts reads a list of strings.
func (b *body) texts(name string) (all []string) {
	v, given := b.fields[name]
	list, ok := v.([]any)
	b.demand(ok || !given)
	for _, each := range list {
		s, ok := each.(string)
		b.demand(ok)
		all = append(all, s)
	}
	return all
}

// flag reads whether something is so.
func (b *body) flag(name string) bool {
	v, given := b.fields[name]
	yes, ok := v.(bool)
	b.demand(ok || !given)
	return yes
}

func (b *body) time(name string) time.Time {
	s := b.text(name)
	if s == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	b.demand(err == nil)
	return at.UTC()
}

// object reads what is nested; nil where there is none.
func (b *body) object(name string) *body {
	v, given := b.fields[name]
	if !given {
		return nil
	}
	fields, ok := v.(map[string]any)
	b.demand(ok)
	return &body{fields: fields}
}

// factors reads a map of numbers.
func (b *body) factors(name string) map[string]dec {
	o := b.object(name)
	if o == nil {
		return nil
	}
	all := map[string]dec{}
	for _, key := range slices.Sorted(maps.Keys(o.fields)) {
		all[key], _ = o.number(key, 9)
	}
	b.demand(!o.bad)
	return all
}

// same is the body as it is compared with another one of its identity: in one order, numbers in one form (R2.2).
func (b *body) same() string { return plain(b.fields) }

func plain(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var s strings.Builder
		for _, key := range slices.Sorted(maps.Keys(v)) {
			fmt.Fprintf(&s, "%q: %s, ", key, plain(v[key]))
		}
		return "{" + s.String() + "}"
	case []any:
		var s strings.Builder
		for _, element := range v {
			fmt.Fprintf(&s, "%s, ", plain(element))
		}
		return "[" + s.String() + "]"
	}
	s := fmt.Sprint(v)
	if figureForm.MatchString(s) {
		if d, err := decimal.NewFromString(s); err == nil {
			return d.String()
		}
	}
	return s
}
