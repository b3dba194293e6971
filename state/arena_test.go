package state

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"purser/processors/core"
)

// weakHashes make keys meet: in one slot, in few, or in neighbouring slots of one segment.
var weakHashes = map[string]func([]byte) uint64{
	"one":        func([]byte) uint64 { return 7 },
	"at the end": func([]byte) uint64 { return 1<<56 - 1 },
	"few":        func(key []byte) uint64 { return uint64(len(key)%3) << 54 },
	"neighbours": func(key []byte) uint64 { return uint64(key[len(key)-1]) << 33 },
	"good":       nil,
}

func contentOf(a *arena) map[string]string {
	all := map[string]string{}
	for n, c := range a.chunks {
		if c == nil {
			continue
		}
		a.each(n, func(b []byte) {
			r := parse(b)
			all[string(r.key)] = fmt.Sprintf("%d %d %x", r.changed, r.entered, r.value)
		})
	}
	return all
}

// check holds the arena's figures against what lies in its chunks, and every record against the table.
func check(t *rapid.T, a *arena, want map[string]record) {
	taken, live := 0, 0
	for n, c := range a.chunks {
		if c == nil {
			continue
		}
		taken += len(c.memory)
		alive := 0
		a.each(n, func(b []byte) { live++; alive += sizeOf(b) })
		if alive != c.used-c.dead {
			t.Fatalf("chunk %d: %d bytes alive of %d used, %d dead", n, alive, c.used, c.dead)
		}
	}
	if taken != a.taken || live != a.len() || live != len(want) {
		t.Fatalf("%d bytes taken, said %d; %d records, said %d, want %d", taken, a.taken, live, a.len(), len(want))
	}
	for key, r := range want {
		_, slot, at := a.find(a.hash([]byte(key)), []byte(key))
		if slot < 0 {
			t.Fatalf("%q is not found", key)
		}
		got := parse(a.at(at))
		if string(got.key) != key || got.changed != r.changed || got.entered != r.entered || !bytes.Equal(got.value, r.value) {
			t.Fatalf("%q: got %+v, want %+v", key, got, r)
		}
	}
}

func TestAnArenaIsAMap(t *testing.T) {
	for name, hash := range weakHashes {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				a := newArena(512, hash)
				defer a.close()
				want := map[string]record{}
				drawKey := rapid.Custom(func(t *rapid.T) string { return fmt.Sprintf("a\x1f%d", rapid.IntRange(0, 60).Draw(t, "key")) })
				t.Repeat(map[string]func(*rapid.T){
					"put": func(t *rapid.T) {
						key := drawKey.Draw(t, "key")
						r := record{
							key: []byte(key), value: rapid.SliceOfN(rapid.Byte(), 0, rapid.SampledFrom([]int{40, 41, 300, 900}).Draw(t, "most")).Draw(t, "value"),
							changed: rapid.Uint64Range(0, 300).Draw(t, "changed"), entered: core.Time(rapid.Int64().Draw(t, "entered")),
						}
						_, had := want[key]
						if a.put(r) == had {
							t.Fatalf("put said that %q is new: %v", key, !had)
						}
						want[key] = r
					},
					"drop": func(t *rapid.T) {
						key := drawKey.Draw(t, "key")
						r, had := want[key]
						if changed, ok := a.drop([]byte(key)); ok != had || changed != r.changed {
							t.Fatalf("drop said %d, %v of %q", changed, ok, key)
						}
						delete(want, key)
					},
					"look up": func(t *rapid.T) {
						key := drawKey.Draw(t, "key")
						_, had := want[key]
						if a.has([]byte(key)) != had {
							t.Fatalf("has says %v of %q", !had, key)
						}
						if r, ok := a.takeOut([]byte(key)); ok != had || ok && !bytes.Equal(r.value, want[key].value) {
							t.Fatalf("%q was taken out as %+v, %v", key, r, ok)
						}
					},
					"compact": func(*rapid.T) { a.compact() },
					"shrink":  func(t *rapid.T) { shrunk(t, a, want) },
					"":        func(t *rapid.T) { check(t, a, want) },
				})
			})
		})
	}
}

// shrunk shrinks the arena, and takes from want what is gone, which must not be pinned or out.
func shrunk(t *rapid.T, a *arena, want map[string]record) {
	clean := rapid.Uint64Range(0, 300).Draw(t, "clean")
	limit := rapid.IntRange(0, 4000).Draw(t, "limit")
	out := map[string]bool{}
	for n, c := range a.chunks {
		if c != nil {
			a.each(n, func(b []byte) { out[string(keyOf(b))] = b[7]&recordOut != 0 })
		}
	}
	before := len(want)
	dropped := a.shrink(limit, clean)
	left := contentOf(a)
	for key, r := range want {
		if _, ok := left[key]; ok {
			continue
		}
		if r.changed > clean || out[key] {
			t.Fatalf("%q was dropped: changed in %d, clean up to %d, out: %v", key, r.changed, clean, out[key])
		}
		delete(want, key)
	}
	if dropped != before-len(want) {
		t.Fatalf("said that %d were dropped, but %d were", dropped, before-len(want))
	}
}

func recordOfSize(n, size int) record {
	return record{key: binary.BigEndian.AppendUint32([]byte("a"), uint32(n)), value: make([]byte, size), changed: uint64(n) + 1}
}

func TestACellThatComesBackAsLargeTakesNoNewRoom(t *testing.T) {
	a := newArena(arenaChunk, nil)
	defer a.close()
	for n := range 1000 {
		a.put(recordOfSize(n, 80))
	}
	used := a.chunks[0].used
	for n := range 1000 {
		a.put(recordOfSize(n, 80-n%8)) // a little smaller, and back
		a.put(recordOfSize(n, 80))
	}
	if a.chunks[0].used != used || a.chunks[0].dead != 0 {
		t.Fatalf("%d bytes are used, were %d; %d are dead", a.chunks[0].used, used, a.chunks[0].dead)
	}
}

func TestDeadRecordsAreReclaimed(t *testing.T) {
	a := newArena(4096, nil)
	defer a.close()
	for round := range 50 { // each time larger, so that no record stays where it is
		for n := range 200 {
			a.put(recordOfSize(n, 50+10*round))
		}
		for range 20 {
			a.compact()
		}
		live := 0
		for n, c := range a.chunks {
			if c != nil {
				a.each(n, func(b []byte) { live += sizeOf(b) })
			}
		}
		if a.taken > 3*live+2*4096 {
			t.Fatalf("round %d: %d bytes are taken for %d", round, a.taken, live)
		}
	}
}

func TestAShrunkArenaKeepsItsBoundAndWhatWasUsed(t *testing.T) {
	const limit = 256 << 10
	a := newArena(4096, nil)
	defer a.close()
	for n := range 10_000 {
		a.put(recordOfSize(n, 80))
		if n%100 == 0 {
			a.takeOut(recordOfSize(0, 0).key) // used all the time; put back, it may be dropped
			a.put(recordOfSize(0, 80))
			a.shrink(limit, 1<<40)
		}
	}
	for range 10 {
		a.shrink(limit, 1<<40)
	}
	if a.bytes() > limit {
		t.Fatalf("it takes %d bytes", a.bytes())
	}
	if a.len() < limit/2/100 {
		t.Fatalf("only %d records are left", a.len())
	}
	if !a.has(recordOfSize(0, 0).key) {
		t.Fatal("what is used all the time was dropped")
	}
}

func TestAnArenaOfPinnedRecordsGrows(t *testing.T) {
	a := newArena(4096, nil)
	defer a.close()
	for n := range 1000 {
		a.put(recordOfSize(n, 80))
		a.shrink(8192, 0)
	}
	if a.len() != 1000 {
		t.Fatalf("%d records are left", a.len())
	}
}

func TestAClosedArenaIsEmpty(t *testing.T) {
	a := newArena(4096, nil)
	a.put(recordOfSize(1, 10_000))
	a.put(recordOfSize(2, 10))
	a.close()
	if a.len() != 0 || a.bytes() != 0 || a.has(recordOfSize(1, 0).key) {
		t.Fatal("something is left")
	}
}

func TestATableLosesNothingWhenItGrows(t *testing.T) {
	var tab table
	hash := func(n int) uint64 { return uint64(n) * 0x9e3779b97f4a7c15 }
	const many = 100_000
	for n := range many {
		tab.add(hash(n), position(n))
	}
	for n := range many {
		s, tag := tab.of(hash(n))
		if s.find(tag, func(p position) bool { return p == position(n) }) < 0 {
			t.Fatalf("%d is lost", n)
		}
	}
	var order []uint64
	for _, slot := range tab.segments[0].slots {
		if slot != 0 {
			order = append(order, slot>>positionBits)
		}
	}
	if tab.slots > 2*many || !slices.IsSorted(order[:len(order)/2]) {
		t.Fatalf("%d slots for %d records", tab.slots, many)
	}
}
