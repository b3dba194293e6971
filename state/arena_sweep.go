package state

// How much work one call may do, so that a batch does not wait for it.
const (
	sweepChunks   = 16 // chunks that are looked through
	sweepEmptied  = 8  // chunks whose records are moved
	worthEmptying = 4  // a chunk is emptied where one part of so many, or more, is free then
)

// compact empties chunks of which half is dead.
func (a *arena) compact() {
	left := sweepEmptied
	for n, c := range a.chunks {
		if left == 0 {
			return
		}
		if c != nil && n != a.current && 2*c.dead > c.used {
			a.empty(n, func([]byte) bool { return true })
			left--
		}
	}
}

// shrink drops records until the arena takes no more than limit: not those that changed after the transaction clean, or
// are out, and once more not those that were looked up since it last came by. It goes round the chunks in their order and
// does a bounded part of the work at a time. It returns how many records it dropped.
func (a *arena) shrink(limit int, clean uint64) (dropped int) {
	keep := func(b []byte) bool {
		return b[7]&(recordOut|recordUsed) != 0 || parse(b).changed > clean
	}
	before := a.len()
	emptied := 0
	for range min(len(a.chunks), sweepChunks) {
		if a.bytes() <= limit || emptied == sweepEmptied {
			break
		}
		n := a.hand % len(a.chunks)
		a.hand = n + 1
		c := a.chunks[n]
		if c == nil {
			continue
		}
		free, size := c.dead, c.used
		if n != a.current { // whose end is yet to be filled
			free, size = free+len(c.memory)-c.used, len(c.memory)
		}
		a.each(n, func(b []byte) {
			if !keep(b) {
				free += sizeOf(b)
			}
		})
		if free > 0 && worthEmptying*free >= size {
			a.empty(n, keep)
			emptied++
			continue
		}
		a.each(n, func(b []byte) { b[7] &^= recordUsed })
	}
	return before - a.len()
}

// each calls f with every record of a chunk that is not dead.
func (a *arena) each(n int, f func(b []byte)) {
	c := a.chunks[n]
	for at := 0; at < c.used; {
		b := c.memory[at:c.used]
		size := sizeOf(b)
		if b[7]&recordDead == 0 {
			f(b[:size])
		}
		at += size
	}
}

// empty moves the records of a chunk that are to be kept to the current one, drops the others, and gives the chunk back.
func (a *arena) empty(n int, keep func(b []byte) bool) {
	if n == a.current {
		a.current = -1
	}
	at := position(n) << chunkBits
	c := a.chunks[n]
	for end := at + position(c.used); at < end; {
		b := a.at(at)
		b = b[:sizeOf(b)]
		if b[7]&recordDead == 0 {
			a.moveOrDrop(at, b, keep(b))
		}
		at += position(len(b))
	}
	a.release(n)
}

func (a *arena) moveOrDrop(from position, b []byte, keep bool) {
	s, tag := a.table.of(a.hash(keyOf(b)))
	slot := s.find(tag, func(p position) bool { return p == from })
	if !keep {
		a.table.remove(s, slot)
		return
	}
	to, at := a.room(len(b))
	copy(to, b)
	to[7] &^= recordUsed
	s.slots[slot] = makeSlot(tag, at)
}
