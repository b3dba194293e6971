package state

import (
	"fmt"
	"hash/maphash"
	"time"

	"purser/internal/timezone"
	"purser/processors/core"
)

// Codec decodes cells and lets them share what they have in common: the versions of accounts that were defined alike, and
// the names of channels, plans and contacts. Its tables have a fixed size and forget what is seldom used; a cell keeps
// what it was given. The zero Codec is ready. It is for one goroutine at a time.
type Codec struct {
	single   bool // for one cell: tables would cost more than they save
	names    nameTable
	versions versionTable
}

const (
	nameSlots    = 1 << 10
	versionSlots = 1 << 10
)

var slotSeed = maphash.MakeSeed()

// nameTable holds in each slot the name that was last asked for there.
type nameTable struct{ slots []string }

func (c *Codec) name(b []byte) string {
	if len(b) == 0 || c.single {
		return string(b)
	}
	t := &c.names
	if t.slots == nil {
		t.slots = make([]string, nameSlots)
	}
	slot := &t.slots[maphash.Bytes(slotSeed, b)%nameSlots]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}

// versionTable holds in each slot the versions that were last decoded there, and the bytes they came from.
type versionTable struct{ slots []versionSlot }

type versionSlot struct {
	encoded  []byte
	form     byte
	versions []core.AccountVersion
}

func (c *Codec) slot(encoded []byte) *versionSlot {
	if c.single {
		return new(versionSlot)
	}
	t := &c.versions
	if t.slots == nil {
		t.slots = make([]versionSlot, versionSlots)
	}
	return &t.slots[maphash.Bytes(slotSeed, encoded)%versionSlots]
}

// zone reads the name of a time zone.
func (r *reader) zone() *time.Location {
	name := r.text()
	loc, err := timezone.Load(string(name))
	if err != nil {
		r.fail(fmt.Sprintf("the time zone %q is unknown", name))
		return time.UTC
	}
	return loc
}
