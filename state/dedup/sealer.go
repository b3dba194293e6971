package dedup

import (
	"bytes"
	"cmp"
	"slices"

	"purser/processors/core"
	"purser/state"
)

// Sealer gathers the identities of one partition in the ledger's order and cuts them into pieces of exactly the same
// number of records. Where a piece ends therefore depends on the ledger alone, not on who reads it or when.
type Sealer struct {
	size  int
	next  uint64 // number of the piece that is being gathered
	known []state.Known
}

// NewSealer starts behind piece last (zero: none), at the record after its LastEntry. size is PieceSize but for tests.
func NewSealer(size int, last uint64) *Sealer {
	checkSize(size)
	return &Sealer{size: size, next: last + 1}
}

// Add takes the identity of the next record that is marked Indexed, and returns the piece that it completes, or nil. The
// place behind the record is then the checkpoint's Position.Sealed.
func (s *Sealer) Add(k state.Known) *state.SealedPiece {
	s.known = append(s.known, k)
	if len(s.known) < s.size {
		return nil
	}
	p := seal(s.known, s.size)
	p.Number = s.next
	s.next++
	s.known = nil // the piece may still be on its way to the store
	return p
}

// Len is how many identities wait for their piece to be complete.
func (s *Sealer) Len() int { return len(s.known) }

func seal(known []state.Known, size int) *state.SealedPiece {
	p := &state.SealedPiece{}
	p.FirstEntry, p.LastEntry = known[0].Entry, known[len(known)-1].Entry
	p.FirstAt, p.LastAt = known[0].At, known[0].At
	for i := range known {
		p.FirstAt, p.LastAt = min(p.FirstAt, known[i].At), max(p.LastAt, known[i].At)
	}
	p.Run = sortedRun(known)
	f := newFilter(size)
	for i := range p.Run {
		f.add(halvesOf(&p.Run[i].Identity))
	}
	p.Filter = f
	return p
}

// sortedRun orders records by identity, in place, and keeps the latest of each.
func sortedRun(known []state.Known) []state.Known {
	slices.SortFunc(known, func(a, b state.Known) int {
		if c := bytes.Compare(a.Identity[:], b.Identity[:]); c != 0 {
			return c
		}
		return cmp.Compare(b.Entry, a.Entry)
	})
	return slices.CompactFunc(known, func(a, b state.Known) bool { return a.Identity == b.Identity })
}

// FindInRun returns the record of an identity in a sorted run.
func FindInRun(run []state.Known, id core.Identity) (state.Known, bool) {
	i, found := slices.BinarySearchFunc(run, id, func(k state.Known, id core.Identity) int {
		return bytes.Compare(k.Identity[:], id[:])
	})
	if !found {
		return state.Known{}, false
	}
	return run[i], true
}
