package inquiry

import (
	"context"
	"errors"
	"fmt"

	"purser/state"
)

// Found is a cell as a store holds it.
type Found struct {
	Key   string
	Value []byte // nil: there is no such cell as of that moment
	AsOf  AsOf
}

// Find looks cells of one partition up, each in the store whose moment is the later one. The cache holds only some cells, so
// that nothing there means that the checkpoint must be asked, where there is one; nothing in the checkpoint means that there is none as of it.
// Notes name the stores that did not answer; where nobody could tell of a cell, that is an error.
func (d *Desk) Find(ctx context.Context, partition int32, keys []string) (found []Found, notes []string, err error) {
	found = make([]Found, len(keys))
	for i, key := range keys {
		found[i] = Found{Key: key, AsOf: AsOf{Store: "none", Partition: partition, Offset: -1}}
	}
	alone := d.Checkpoint == nil && d.Away == nil // then nobody knows better than the cache
	if d.Cache != nil {
		values, at, ok, err := d.Cache.Load(ctx, partition, keys)
		if err != nil {
			notes = append(notes, "Redis did not answer: "+err.Error())
		}
		for i := range keys {
			if err == nil && ok && (values[i] != nil || alone) {
				found[i].take(values[i], "redis", at)
			}
		}
	}
	away := d.Away
	if d.Checkpoint != nil {
		var values [][]byte
		var at int64
		if values, at, away = d.Checkpoint.Load(ctx, partition, keys); away == nil {
			for i := range keys {
				if at > found[i].AsOf.Offset {
					found[i].take(values[i], "checkpoint", at)
				}
			}
		}
	}
	if away != nil {
		notes = append(notes, "the checkpoint did not answer: "+away.Error())
	}
	for i := range found {
		if found[i].AsOf.Store == "none" && len(notes) > 0 {
			return found, notes, fmt.Errorf("no store could answer: %v", notes)
		}
	}
	return found, notes, nil
}

func (f *Found) take(value []byte, store string, at int64) {
	f.Value, f.AsOf.Store, f.AsOf.Offset = value, store, at
	if value != nil && state.IsDeleted(value) {
		f.Value = nil
	}
}

// Each lists the cells of a partition whose keys begin with a prefix, ascending, as of one moment: that of the checkpoint, or, in
// an installation without one, of the cache, which may hold less than there is.
func (d *Desk) Each(ctx context.Context, partition int32, prefix string, f func(Found) error) (AsOf, error) {
	as := AsOf{Store: "checkpoint", Partition: partition, Offset: -1}
	list, ok := d.Checkpoint.(state.Lists)
	if d.Away != nil {
		return as, fmt.Errorf("the checkpoint did not answer: %w", d.Away)
	}
	if !ok {
		as.Store = "redis"
		list, ok = d.Cache.(state.Lists)
	}
	if !ok {
		return as, errors.New("there is no store that lists what it holds")
	}
	var err error
	as.Offset, err = list.List(ctx, partition, prefix, func(i state.Image) error { return f(Found{Key: i.Key, Value: i.Value}) })
	return as, err
}
