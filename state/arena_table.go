package state

// table finds records by the hash of their key. It is cut into segments by the hash's first byte, each an open-addressing
// table that grows by itself, so that no look-up waits for all of a large table to be made anew. A slot is one word: 24
// bits of the hash, from which its place in a table of any size follows without the key, and 40 bits of the position.
type table struct {
	segments [256]segment
	live     int // records in it
	slots    int
}

type segment struct {
	slots []uint64 // zero: empty
	live  int
}

const (
	tagBits      = 24
	positionBits = 64 - tagBits
	segmentLeast = 8
)

// position is where a record lies: the number of its chunk and the offset in there.
type position uint64

func (t *table) of(hash uint64) (*segment, uint64) {
	return &t.segments[hash>>56], hash >> (56 - tagBits) & (1<<tagBits - 1)
}

// home spreads tags evenly over any number of slots, in their order.
func (s *segment) home(tag uint64) int { return int(tag * uint64(len(s.slots)) >> tagBits) }

func (s *segment) next(i int) int {
	if i++; i == len(s.slots) {
		return 0
	}
	return i
}

// find returns the slot of the record that same says yes to, or -1. Only positions whose tag agrees are asked about.
func (s *segment) find(tag uint64, same func(position) bool) int {
	if len(s.slots) == 0 {
		return -1
	}
	for i := s.home(tag); s.slots[i] != 0; i = s.next(i) {
		if slot := s.slots[i]; slot>>positionBits == tag && same(slotPosition(slot)) {
			return i
		}
	}
	return -1
}

// A slot holds its position plus one, so that none is zero.
func makeSlot(tag uint64, at position) uint64 { return tag<<positionBits | uint64(at+1) }

func slotPosition(slot uint64) position { return position(slot&(1<<positionBits-1)) - 1 }

// add enters a position that is not in the table.
func (t *table) add(hash uint64, at position) {
	s, tag := t.of(hash)
	if s.live+1 > len(s.slots)*4/5 {
		t.grow(s)
	}
	s.insert(makeSlot(tag, at))
	s.live++
	t.live++
}

func (s *segment) insert(slot uint64) {
	i := s.home(slot >> positionBits)
	for s.slots[i] != 0 {
		i = s.next(i)
	}
	s.slots[i] = slot
}

// grow makes a segment half as large again. Nothing but the slots themselves is read.
func (t *table) grow(s *segment) {
	old := s.slots
	s.slots = make([]uint64, max(segmentLeast, len(old)+len(old)/2))
	t.slots += len(s.slots) - len(old)
	for _, slot := range old {
		if slot != 0 {
			s.insert(slot)
		}
	}
}

// remove empties slot i and closes the gap: what stands behind it and would be found no more moves up.
func (t *table) remove(s *segment, i int) {
	n := len(s.slots)
	for j := s.next(i); s.slots[j] != 0; j = s.next(j) {
		home := s.home(s.slots[j] >> positionBits)
		if (j-home+n)%n >= (j-i+n)%n {
			s.slots[i] = s.slots[j]
			i = j
		}
	}
	s.slots[i] = 0
	s.live--
	t.live--
}
