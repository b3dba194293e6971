package dedup

import (
	"fmt"
	"slices"

	"purser/processors/core"
	"purser/state"
)

// Index is what one partition's task holds of the identities it has seen: the tail exactly, the sealed pieces as filters.
// One goroutine uses it. It forgets nothing by itself: Sealed and DropBefore shrink it.
type Index struct {
	size        int
	generations []*generation // of the tail, oldest first
	pieces      []piece       // oldest first
	newest      uint64        // number of the newest piece there has been
	perhaps     []uint64
}

type piece struct {
	number uint64
	lastAt core.Time
	filter filter
}

// NewIndex returns an empty index for pieces of size identities (PieceSize but for tests), a power of two.
func NewIndex(size int) *Index {
	checkSize(size)
	return &Index{size: size}
}

func checkSize(size int) {
	if size < leastIdentities || size > PieceSize || size&(size-1) != 0 {
		panic(fmt.Sprintf("dedup: a piece of %d identities: it must be a power of two from %d to %d", size, leastIdentities, PieceSize))
	}
}

// Lookup says what is known of an identity. Where the tail has it, inTail is true and k is its latest record. Otherwise
// pieces names the sealed pieces that may have it, newest first: the latest of what the store finds in them counts, and
// where there are none the identity is new. The slice is good until the next call.
func (x *Index) Lookup(id *core.Identity) (k state.Known, inTail bool, pieces []uint64) {
	h := halvesOf(id)
	for i := len(x.generations) - 1; i >= 0; i-- {
		if k, ok := x.generations[i].lookup(id, h); ok {
			return k, true, nil
		}
	}
	x.perhaps = x.perhaps[:0]
	for i := len(x.pieces) - 1; i >= 0; i-- {
		if x.pieces[i].filter.has(h) {
			x.perhaps = append(x.perhaps, x.pieces[i].number)
		}
	}
	return state.Known{}, false, x.perhaps
}

// Add appends an identity to the tail. Entries ascend; an identity that is there already is superseded.
func (x *Index) Add(k state.Known) {
	n := len(x.generations)
	if n == 0 || !x.generations[n-1].fits(k.Entry, x.size) {
		x.generations = append(x.generations, newGeneration(k.Entry))
		n++
	}
	x.generations[n-1].add(&k)
}

// Sealed takes a piece that the checkpoint holds: its filter stands for it from now on, and what of the tail lies in it is let
// go of. Pieces come in order; one that is known already changes nothing.
func (x *Index) Sealed(p state.Piece) error {
	if p.Number <= x.newest {
		return nil
	}
	f, err := readFilter(p.Filter)
	if err != nil {
		return fmt.Errorf("piece %d: %w", p.Number, err)
	}
	x.pieces = append(x.pieces, piece{number: p.Number, lastAt: p.LastAt, filter: f})
	x.newest = p.Number
	x.generations = slices.DeleteFunc(x.generations, func(g *generation) bool { return g.last <= p.LastEntry })
	return nil
}

// DropBefore lets go of the pieces whose identities all came before t: the duplicate window has passed them.
func (x *Index) DropBefore(t core.Time) {
	x.pieces = slices.DeleteFunc(x.pieces, func(p piece) bool { return p.lastAt < t })
}

// LastPiece is the number of the newest piece that Sealed was given, dropped since or not; zero: none.
func (x *Index) LastPiece() uint64 { return x.newest }

// Pieces is how many sealed pieces are held.
func (x *Index) Pieces() int { return len(x.pieces) }

// TailLen is how many records the tail holds.
func (x *Index) TailLen() int {
	n := 0
	for _, g := range x.generations {
		n += g.stored
	}
	return n
}

// Bytes is how much memory the tail and the filters take.
func (x *Index) Bytes() int {
	n := 0
	for _, g := range x.generations {
		n += g.bytes()
	}
	for _, p := range x.pieces {
		n += len(p.filter)
	}
	return n
}
