package definition

import (
	"context"
	"fmt"
	"slices"

	"purser/internal/inquiry"
	"purser/processors/core"
	"purser/state"
	"purser/topics"
)

// Seen is what a store holds under one name, as of a moment.
type Seen struct {
	Held *Held // nil: nothing
	AsOf inquiry.AsOf
}

// keysPerQuestion bounds one question to the stores.
const keysPerQuestion = 500

// Look asks for one definition.
func Look(ctx context.Context, desk *inquiry.Desk, k *Kind, org, id string) (Seen, []string, error) {
	key, err := k.key(org, id)
	if err != nil {
		return Seen{}, nil, err
	}
	found, notes, err := desk.Find(ctx, topics.PartitionOf(org, desk.Partitions), []string{string(key)})
	if err != nil {
		return Seen{}, notes, err
	}
	seen, err := k.see(found[0])
	return seen, notes, err
}

// see decodes what was found.
func (k *Kind) see(f inquiry.Found) (Seen, error) {
	seen := Seen{AsOf: f.AsOf}
	if f.Value == nil {
		return seen, nil
	}
	cell, err := state.DecodeCell(f.Key, f.Value, nil)
	if err != nil {
		return seen, fmt.Errorf("a cell of kind %s cannot be read: %w", k.Name, err)
	}
	if seen.Held = k.held(cell); seen.Held != nil {
		seen.Held.Kind = k
	}
	return seen, nil
}

// List calls f with every definition of a kind: those of one org, or where org is "" of all, partition by partition and
// within it by name. Removed ones are left out.
func List(ctx context.Context, desk *inquiry.Desk, k *Kind, org string, f func(Seen) error) ([]inquiry.AsOf, error) {
	var moments []inquiry.AsOf
	for p := range desk.Partitions {
		if org != "" && p != topics.PartitionOf(org, desk.Partitions) {
			continue
		}
		at, err := desk.Each(ctx, p, k.prefix(org), func(found inquiry.Found) error {
			seen, err := k.see(found)
			if err != nil || seen.Held == nil || len(seen.Held.Versions) == 0 || org != "" && seen.Held.Org != org {
				return err
			}
			return f(seen)
		})
		if err != nil {
			return moments, err
		}
		moments = append(moments, at)
	}
	return moments, nil
}

// prefix is what the keys of a kind's cells begin with. An org's own cell has no name after it.
func (k *Kind) prefix(org string) string {
	if k.ID == "" && org != "" {
		key, _ := k.key(org, "") // it has no id that could be wrong
		return string(key)
	}
	return string(core.AppendPrefix(nil, k.letter, org))
}

// Change is what one document comes to.
type Change struct {
	*Definition
	Was    *Version // what counts at the time that the document speaks of; nil: nothing is defined
	Fields []Difference
}

// Difference is a field of a definition that differs; "" where there is none.
type Difference struct{ Path, Was, Will string }

// What says in a word what a change does.
func (c *Change) What() string {
	switch {
	case c.Was == nil:
		return "new"
	case len(c.Fields) == 0:
		return "unchanged"
	}
	return "changed"
}

// Plan compares documents with what is in force at now, or at the time that each names, and returns what each comes to in the
// order in which changes are sent.
func Plan(ctx context.Context, desk *inquiry.Desk, all []*Definition, now core.Time) ([]*Change, []string, error) {
	if err := onceEach(all); err != nil {
		return nil, nil, err
	}
	ordered := slices.Clone(all)
	slices.SortStableFunc(ordered, func(a, b *Definition) int { return slices.Index(Kinds, a.Kind) - slices.Index(Kinds, b.Kind) })
	byPartition := map[int32][]*Definition{}
	for _, d := range ordered {
		p := topics.PartitionOf(d.Org, desk.Partitions)
		byPartition[p] = append(byPartition[p], d)
	}
	held, notes := map[*Definition]*Held{}, []string(nil)
	for p := range desk.Partitions { // in order, so that the same files ask the same questions
		for part := range slices.Chunk(byPartition[p], keysPerQuestion) {
			more, err := look(ctx, desk, p, part, held)
			notes = append(notes, more...)
			if err != nil {
				return nil, notes, err
			}
		}
	}
	changes := make([]*Change, len(ordered))
	for i, d := range ordered {
		changes[i] = d.against(held[d], now)
	}
	slices.Sort(notes)
	return changes, slices.Compact(notes), nil
}

func look(ctx context.Context, desk *inquiry.Desk, p int32, part []*Definition, into map[*Definition]*Held) ([]string, error) {
	keys := make([]string, len(part))
	for i, d := range part {
		key, err := d.Kind.key(d.Org, d.ID)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.Place(), err)
		}
		keys[i] = string(key)
	}
	found, notes, err := desk.Find(ctx, p, keys)
	if err != nil {
		return notes, err
	}
	for i, d := range part {
		seen, err := d.Kind.see(found[i])
		if err != nil {
			return notes, err
		}
		into[d] = seen.Held
	}
	return notes, nil
}

// onceEach refuses two documents that speak of the same thing at the same time: which one was meant nobody can know.
func onceEach(all []*Definition) error {
	type of struct {
		kind    *Kind
		org, id string
		from    core.Time
	}
	first := map[of]*Definition{}
	for _, d := range all {
		what := of{d.Kind, d.Org, d.ID, d.From}
		if before := first[what]; before != nil {
			return fmt.Errorf("%s: %s is defined a second time: first at %s", d.Place(), d, before.Place())
		}
		first[what] = d
	}
	return nil
}

// against compares a document with what is held under its name.
func (d *Definition) against(h *Held, now core.Time) *Change {
	at := d.From
	if at == 0 {
		at = now
	}
	c := &Change{Definition: d, Was: h.InForce(at)}
	var was []leaf
	if c.Was != nil {
		if d.Kind.settle != nil {
			d.Body = d.Kind.settle(d.Body, c.Was.Body)
		}
		was = leaves(c.Was.Body)
	}
	c.Fields = differences(was, leaves(d.Body))
	return c
}

// differences lists what is said otherwise, first in the order of the new, then what is said no more.
func differences(was, will []leaf) []Difference {
	old, listed := map[string]string{}, map[string]bool{}
	for _, l := range was {
		old[l.path] = l.value
	}
	var all []Difference
	for _, l := range will {
		listed[l.path] = true
		if before, ok := old[l.path]; !ok || before != l.value {
			all = append(all, Difference{l.path, before, l.value})
		}
	}
	for _, l := range was {
		if !listed[l.path] {
			all = append(all, Difference{Path: l.path, Was: l.value})
		}
	}
	return all
}
