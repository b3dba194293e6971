package dedup

import (
	"crypto/sha256"
	"encoding/binary"
	"runtime"
	"testing"

	"pgregory.net/rapid"

	"purser/processors/core"
	"purser/state"
)

// identity makes the n-th of a sequence of identities, as hashes are.
func identity(n uint64) (id core.Identity) {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))
	copy(id[:], sum[:])
	return id
}

func known(n, entry uint64) state.Known {
	return state.Known{Identity: identity(n), Payload: n * 7, Entry: entry, Result: core.Result(1 + n%4), At: core.Time(entry * 1000)}
}

// store stands for the checkpoint: it answers probes from the exact runs.
type store map[uint64]*state.SealedPiece

func (s store) find(id core.Identity, pieces []uint64) (state.Known, bool) {
	for _, n := range pieces {
		if p, held := s[n]; held {
			if k, found := FindInRun(p.Run, id); found {
				return k, true
			}
		}
	}
	return state.Known{}, false
}

// TestTheIndexAgreesWithAMap runs records, seals and drops in any order and asks for identities that were seen and others.
func TestTheIndexAgreesWithAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const size = 32
		x, sealer, held := NewIndex(size), NewSealer(size, 0), store{}
		want := map[core.Identity]state.Known{}
		var waiting []*state.SealedPiece // cut, but the task has not heard of them yet
		entry := uint64(0)
		check := func(n uint64) {
			id := identity(n)
			got, found, pieces := x.Lookup(&id)
			if !found {
				got, found = held.find(id, pieces)
			}
			if k, seen := want[id]; found != seen || got != k {
				t.Fatalf("identity %d: got %+v, %v; want %+v, %v", n, got, found, k, seen)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				for range rapid.IntRange(1, 40).Draw(t, "records") {
					entry += uint64(rapid.IntRange(1, 3).Draw(t, "skip")) // records that are not indexed lie between
					k := known(uint64(rapid.IntRange(0, 300).Draw(t, "identity")), entry)
					x.Add(k)
					want[k.Identity] = k
					if p := sealer.Add(k); p != nil {
						held[p.Number] = p
						waiting = append(waiting, p)
					}
				}
			},
			"seal": func(t *rapid.T) {
				if len(waiting) == 0 {
					t.Skip("nothing to seal")
				}
				if err := x.Sealed(waiting[0].Piece); err != nil {
					t.Fatal(err)
				}
				waiting = waiting[1:]
			},
			"": func(t *rapid.T) {
				check(uint64(rapid.IntRange(0, 300).Draw(t, "seen or not")))
				check(uint64(rapid.IntRange(1000, 2000).Draw(t, "never seen")))
				if most := len(waiting)*size + sealer.Len() + size; x.TailLen() > most {
					t.Fatalf("the tail holds %d, more than the %d that are not sealed and one piece", x.TailLen(), most)
				}
			},
		})
	})
}

func TestPiecesHaveTheSameNumberOfRecordsAndAreDroppedWhenTheWindowHasPassed(t *testing.T) {
	const size = 64
	x, sealer := NewIndex(size), NewSealer(size, 4)
	var pieces []*state.SealedPiece
	for n := uint64(1); n <= 3*size+1; n++ {
		x.Add(known(n, n))
		if p := sealer.Add(known(n, n)); p != nil {
			pieces = append(pieces, p)
		}
	}
	if len(pieces) != 3 || sealer.Len() != 1 {
		t.Fatalf("%d pieces and %d left over", len(pieces), sealer.Len())
	}
	for i, p := range pieces {
		first := uint64(i)*size + 1
		if p.Number != uint64(i)+5 || p.FirstEntry != first || p.LastEntry != first+size-1 || p.FirstAt != core.Time(first*1000) || p.LastAt != core.Time(p.LastEntry*1000) {
			t.Errorf("piece %d: %+v", i, p.Piece)
		}
		if err := x.Sealed(p.Piece); err != nil {
			t.Fatal(err)
		}
	}
	if x.TailLen() != 1 || x.Pieces() != 3 || x.LastPiece() != 7 {
		t.Errorf("sealed: tail %d, pieces %d, last %d", x.TailLen(), x.Pieces(), x.LastPiece())
	}
	x.DropBefore(pieces[1].LastAt)
	if x.Pieces() != 2 {
		t.Errorf("%d pieces are left; one has wholly passed out of the window", x.Pieces())
	}
	x.DropBefore(pieces[2].LastAt + 1)
	if err := x.Sealed(pieces[2].Piece); err != nil || x.Pieces() != 0 || x.LastPiece() != 7 {
		t.Errorf("a piece that was dropped came back: %d, %v", x.Pieces(), err)
	}
}

func TestASupersededRecordIsInAPieceOnce(t *testing.T) {
	const size = 32
	sealer := NewSealer(size, 0)
	var p *state.SealedPiece
	for n := uint64(1); n <= size; n++ {
		p = sealer.Add(known(n%16, n))
	}
	if len(p.Run) != 16 {
		t.Fatalf("a run of %d records", len(p.Run))
	}
	for _, k := range p.Run {
		if k.Entry <= 16 {
			t.Errorf("entry %d was superseded", k.Entry)
		}
	}
}

func TestADamagedFilterIsRefused(t *testing.T) {
	for _, bytes := range []int{0, 63, 65} {
		if err := NewIndex(32).Sealed(state.Piece{Number: 1, Filter: make([]byte, bytes)}); err == nil {
			t.Errorf("a filter of %d bytes was taken", bytes)
		}
	}
}

func TestAFarEntryStartsAnotherGeneration(t *testing.T) {
	x := NewIndex(64)
	far := known(2, 1+2*mostDistance)
	x.Add(known(1, 1))
	x.Add(far)
	if k, found, _ := x.Lookup(&far.Identity); !found || k != far {
		t.Fatalf("got %+v, %v", k, found)
	}
}

// TestFalsePositivesAndMemory fills a whole piece, as large as it is in use.
func TestFalsePositivesAndMemory(t *testing.T) {
	x, sealer := NewIndex(PieceSize), NewSealer(PieceSize, 0)
	var p *state.SealedPiece
	for n := range uint64(PieceSize) {
		k := known(n, n+1)
		x.Add(k)
		p = sealer.Add(k)
		if n > 4096 && n%997 == 0 {
			if each := x.Bytes() / x.TailLen(); each > 48 {
				t.Fatalf("%d identities take %d bytes each", n+1, each)
			}
		}
	}
	if each := float64(x.Bytes()) / PieceSize; each > 48 {
		t.Errorf("a full generation takes %.1f bytes an identity", each)
	}
	if err := x.Sealed(p.Piece); err != nil {
		t.Fatal(err)
	}
	if x.Bytes() != 2*PieceSize {
		t.Errorf("a sealed piece takes %d bytes", x.Bytes())
	}
	perhaps := 0
	const asked = 1_000_000
	for n := range uint64(asked) {
		id := identity(n + 1<<32)
		if _, _, pieces := x.Lookup(&id); len(pieces) > 0 {
			perhaps++
		}
	}
	t.Logf("%d of %d: %.4f %%", perhaps, asked, 100*float64(perhaps)/asked)
	if perhaps > asked/1000 {
		t.Errorf("%d of %d new identities look known", perhaps, asked)
	}
}

func BenchmarkAdd(b *testing.B) {
	ids := make([]state.Known, 1<<20)
	for i := range ids {
		ids[i] = known(uint64(i), 0)
	}
	x := NewIndex(PieceSize)
	runtime.GC()
	n := uint64(0)
	for b.Loop() {
		k := ids[n&(1<<20-1)]
		n++
		k.Entry = n
		x.Add(k)
		if x.TailLen() >= 2*PieceSize {
			x = NewIndex(PieceSize)
		}
	}
}

func BenchmarkLookupNew(b *testing.B) {
	for _, pieces := range []int{1, 8, 32} {
		b.Run(map[int]string{1: "1 piece", 8: "8 pieces", 32: "32 pieces"}[pieces], func(b *testing.B) {
			x, sealer := NewIndex(PieceSize), NewSealer(PieceSize, 0)
			var p *state.SealedPiece
			for n := range uint64(PieceSize) {
				p = sealer.Add(known(n, n+1))
			}
			for i := range pieces {
				q := p.Piece
				q.Number, q.Filter = uint64(i+1), append([]byte(nil), p.Filter...)
				if err := x.Sealed(q); err != nil {
					b.Fatal(err)
				}
			}
			for n := range uint64(PieceSize / 2) {
				x.Add(known(n+1<<40, n+1<<30))
			}
			ids := make([]core.Identity, 1<<16)
			for i := range ids {
				ids[i] = identity(uint64(i) + 1<<33)
			}
			n := 0
			for b.Loop() {
				x.Lookup(&ids[n&(1<<16-1)])
				n++
			}
		})
	}
}
