package dedup

import (
	"math"

	"purser/processors/core"
	"purser/state"
)

// A generation holds a stretch of the tail, as long as a piece: an open-addressing table of positions in chunks of
// records. It is filled once and let go of as a whole when its stretch is sealed, so nothing is ever taken out of the table.
//
// A record takes 36 bytes and a table is between 3/8 and 3/4 full of 4-byte slots: 41 to 47 bytes an identity.
type generation struct {
	first, last uint64 // entries of the first and the last record that came
	lastAt      core.Time
	came        int // records that came, those that superseded another of this generation among them
	stored      int
	slots       []uint32 // 0: empty; otherwise a tag from the identity above the record's place + 1
	chunks      []*chunk
}

const (
	chunkRecords = 1 << 10
	leastSlots   = 1 << 11
	placeBits    = 19 // so a generation is at most 2^18 long, with one to spare for "place + 1"
	placeMask    = 1<<placeBits - 1
	resultShift  = 25 // a result takes the top 7 bits of a record's packed word, its distance from the generation's first entry the rest
	mostDistance = 1<<resultShift - 1
)

// chunk keeps the records' small words apart from the large ones, which would pad them.
type chunk struct {
	records [chunkRecords]record
	packed  [chunkRecords]uint32
}

type record struct {
	identity core.Identity
	payload  uint64
	at       core.Time
}

func newGeneration(first uint64) *generation {
	return &generation{first: first, slots: make([]uint32, leastSlots), lastAt: math.MinInt64}
}

// find returns the slot of an identity, or the empty slot where it would go.
func (g *generation) find(id *core.Identity, h halves) (slot uint64, found bool) {
	mask := uint64(len(g.slots) - 1)
	tag := uint32(h.block>>placeBits) &^ placeMask
	for slot = h.bits & mask; ; slot = (slot + 1) & mask {
		v := g.slots[slot]
		if v == 0 {
			return slot, false
		}
		if v&^placeMask == tag {
			if r, _ := g.record(v); r.identity == *id {
				return slot, true
			}
		}
	}
}

func (g *generation) record(slot uint32) (*record, *uint32) {
	place := slot&placeMask - 1
	c := g.chunks[place/chunkRecords]
	return &c.records[place%chunkRecords], &c.packed[place%chunkRecords]
}

func (g *generation) lookup(id *core.Identity, h halves) (state.Known, bool) {
	slot, found := g.find(id, h)
	if !found {
		return state.Known{}, false
	}
	r, packed := g.record(g.slots[slot])
	return state.Known{
		Identity: r.identity, Payload: r.payload, At: r.at,
		Entry: g.first + uint64(*packed&mostDistance), Result: core.Result(*packed >> resultShift),
	}, true
}

// fits says whether the record of an entry can still go into this generation.
func (g *generation) fits(entry uint64, size int) bool {
	return g.came < size && entry >= g.first && entry-g.first <= mostDistance
}

func (g *generation) add(k *state.Known) {
	h := halvesOf(&k.Identity)
	slot, found := g.find(&k.Identity, h)
	if !found {
		if 4*(g.stored+1) > 3*len(g.slots) {
			g.grow()
			slot, _ = g.find(&k.Identity, h)
		}
		if g.stored%chunkRecords == 0 {
			g.chunks = append(g.chunks, new(chunk))
		}
		g.stored++
		g.slots[slot] = uint32(h.block>>placeBits)&^placeMask | uint32(g.stored)
	}
	r, packed := g.record(g.slots[slot])
	*r = record{identity: k.Identity, payload: k.Payload, at: k.At}
	*packed = uint32(k.Entry-g.first) | uint32(k.Result)<<resultShift
	g.came++
	g.last, g.lastAt = k.Entry, max(g.lastAt, k.At)
}

// grow doubles the table. The tags are kept; the homes come from the records.
func (g *generation) grow() {
	old := g.slots
	g.slots = make([]uint32, 2*len(old))
	mask := uint64(len(g.slots) - 1)
	for _, v := range old {
		if v == 0 {
			continue
		}
		r, _ := g.record(v)
		slot := halvesOf(&r.identity).bits & mask
		for g.slots[slot] != 0 {
			slot = (slot + 1) & mask
		}
		g.slots[slot] = v
	}
}

func (g *generation) bytes() int {
	const chunkBytes = chunkRecords * (32 + 4)
	return 4*len(g.slots) + chunkBytes*len(g.chunks)
}
