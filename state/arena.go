package state

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"runtime"

	"purser/processors/core"
)

// arena keeps cells in their encoded form: some hundred bytes each that the garbage collector need not look at. A record
// lies in a chunk of memory and is found through the table. A cell that comes back usually fits where it lay; where it
// does not, its old record is dead, and a chunk with many dead ones is emptied into the newest (arena_sweep.go).
//
// A record: size uint32, with padding; length of the key uint16; padding byte; flags byte; the key; varint of the
// transaction in which the cell last changed; varint of its due time in the heap; the value.
type arena struct {
	hash    func(key []byte) uint64
	size    int // of a chunk
	table   table
	chunks  []*chunk // by number; nil: given back
	vacant  []int    // numbers given back
	current int      // number of the chunk that is being filled; -1: none
	taken   int      // bytes of all chunks
	hand    int      // number of the chunk that the sweep looks at next
}

// chunk is a run of records.
type chunk struct {
	memory  []byte
	used    int // bytes of records, dead ones among them
	dead    int
	cleanup runtime.Cleanup
}

// record is what the arena knows of a cell. Its slices point into the arena: they are good until it is next changed.
type record struct {
	key, value []byte
	changed    uint64
	entered    core.Time
}

const (
	chunkBits  = 20 // a position has so many bits for the offset; only a record that is larger has a chunk of another size
	headBytes  = 8
	alignment  = 8
	maxKeySize = 1<<16 - 1
)

// Flags of a record.
const (
	recordDead byte = 1 << iota
	recordOut       // decoded at the moment: the record may be out of date
	recordUsed      // looked up since the sweep last came by
)

func newArena(chunkSize int, hash func([]byte) uint64) *arena {
	if hash == nil {
		seed := maphash.MakeSeed()
		hash = func(key []byte) uint64 { return maphash.Bytes(seed, key) }
	}
	return &arena{hash: hash, size: chunkSize, current: -1}
}

// bytes is the memory that the arena takes.
func (a *arena) bytes() int { return a.taken + 8*a.table.slots }

// len is how many records there are.
func (a *arena) len() int { return a.table.live }

func (a *arena) at(p position) []byte {
	return a.chunks[p>>chunkBits].memory[p&(1<<chunkBits-1):]
}

func sizeOf(r []byte) int { return int(binary.LittleEndian.Uint32(r)) }

func keyOf(r []byte) []byte { return r[headBytes : headBytes+int(binary.LittleEndian.Uint16(r[4:]))] }

// parse takes a record apart.
func parse(r []byte) (out record) {
	out.key = keyOf(r)
	rest := r[headBytes+len(out.key) : sizeOf(r)-int(r[6])]
	changed, n := binary.Uvarint(rest)
	entered, m := binary.Varint(rest[n:])
	out.changed, out.entered, out.value = changed, core.Time(entered), rest[n+m:]
	return out
}

// find returns the slot of a key and where its record is; a negative slot: there is none.
func (a *arena) find(hash uint64, key []byte) (s *segment, slot int, at position) {
	s, tag := a.table.of(hash)
	slot = s.find(tag, func(p position) bool { return bytes.Equal(keyOf(a.at(p)), key) })
	if slot >= 0 {
		at = slotPosition(s.slots[slot])
	}
	return s, slot, at
}

// has says whether there is a record of a key.
func (a *arena) has(key []byte) bool {
	_, slot, _ := a.find(a.hash(key), key)
	return slot >= 0
}

// entered returns the due time with the record of a key, and whether there is one.
func (a *arena) entered(key []byte) (core.Time, bool) {
	_, slot, at := a.find(a.hash(key), key)
	if slot < 0 {
		return 0, false
	}
	return parse(a.at(at)).entered, true
}

// takeOut returns the record of a key and notes that its cell is decoded from now on: until it is put back the sweep
// spares the record, though it may be out of date.
func (a *arena) takeOut(key []byte) (r record, ok bool) {
	_, slot, at := a.find(a.hash(key), key)
	if slot < 0 {
		return r, false
	}
	b := a.at(at)
	b[7] |= recordOut | recordUsed
	return parse(b), true
}

// put stores a record, over the one that the key has. It says whether the key is new.
func (a *arena) put(r record) (added bool) {
	var fixed [2 * binary.MaxVarintLen64]byte
	head := binary.AppendVarint(binary.AppendUvarint(fixed[:0], r.changed), int64(r.entered))
	need := headBytes + len(r.key) + len(head) + len(r.value)
	hash := a.hash(r.key)
	s, slot, at := a.find(hash, r.key)
	if slot >= 0 {
		b := a.at(at)
		if size := sizeOf(b); need <= size && size-need < 256 {
			fill(b[:size], need, b[7]&recordUsed, &r, head)
			return false
		}
		a.kill(at)
	}
	size := (need + alignment - 1) / alignment * alignment
	b, at := a.room(size)
	fill(b, need, recordUsed, &r, head)
	if slot >= 0 {
		s.slots[slot] = s.slots[slot]>>positionBits<<positionBits | uint64(at+1)
		return false
	}
	a.table.add(hash, at)
	return true
}

func fill(b []byte, need int, flags byte, r *record, head []byte) {
	if len(r.key) > maxKeySize {
		panic(fmt.Sprintf("state: a key of %d bytes", len(r.key)))
	}
	binary.LittleEndian.PutUint32(b, uint32(len(b)))
	binary.LittleEndian.PutUint16(b[4:], uint16(len(r.key)))
	b[6], b[7] = byte(len(b)-need), flags
	n := headBytes + copy(b[headBytes:], r.key)
	n += copy(b[n:], head)
	copy(b[n:], r.value)
}

// drop removes the record of a key and says when that cell had changed, and whether there was one.
func (a *arena) drop(key []byte) (changed uint64, ok bool) {
	s, slot, at := a.find(a.hash(key), key)
	if slot < 0 {
		return 0, false
	}
	changed = parse(a.at(at)).changed
	a.table.remove(s, slot)
	a.kill(at)
	return changed, true
}

// kill marks a record dead; a chunk in which nothing else is left is given back.
func (a *arena) kill(at position) {
	n := int(at >> chunkBits)
	c, b := a.chunks[n], a.at(at)
	b[7] |= recordDead
	if c.dead += sizeOf(b); c.dead == c.used && n != a.current {
		a.release(n)
	}
}

// room finds place for a record.
func (a *arena) room(size int) ([]byte, position) {
	n := a.current
	if n < 0 || size > len(a.chunks[n].memory)-a.chunks[n].used {
		n = a.open(max(size, a.size))
	}
	c := a.chunks[n]
	at := position(n)<<chunkBits | position(c.used)
	b := c.memory[c.used : c.used+size : c.used+size]
	c.used += size
	return b, at
}

// open makes a new chunk, the current one unless it is for a single large record.
func (a *arena) open(size int) int {
	c := &chunk{memory: takeMemory(size)}
	c.cleanup = runtime.AddCleanup(c, giveBack, c.memory)
	a.taken += size
	n := len(a.chunks)
	if v := len(a.vacant); v > 0 {
		n, a.vacant = a.vacant[v-1], a.vacant[:v-1]
		a.chunks[n] = c
	} else {
		a.chunks = append(a.chunks, c)
	}
	if size == a.size {
		a.retire()
		a.current = n
	}
	return n
}

// retire ends the filling of the current chunk.
func (a *arena) retire() {
	n := a.current
	a.current = -1
	if n >= 0 && a.chunks[n].dead == a.chunks[n].used {
		a.release(n)
	}
}

func (a *arena) release(n int) {
	c := a.chunks[n]
	c.cleanup.Stop()
	a.taken -= len(c.memory)
	giveBack(c.memory)
	c.memory = nil
	a.chunks[n] = nil
	a.vacant = append(a.vacant, n)
}

// close gives all memory back; nothing is found any more.
func (a *arena) close() {
	for n, c := range a.chunks {
		if c != nil {
			a.release(n)
		}
	}
	*a = arena{hash: a.hash, size: a.size, current: -1}
}
