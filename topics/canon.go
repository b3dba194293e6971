package topics

import (
	"crypto/sha256"
	"encoding/binary"

	"purser/processors/core"
	"purser/processors/money"
)

// canon writes an event down as it was decoded, in one form whatever the order of its fields, its white space and the way
// its numbers and times are written, so that the same identity with another payload is told from a repetition (R2.2).
// Fields that are ignored do not count.
//
// Hashes of it are in every ledger record: what it writes for an event never changes, nor does the number of its type. A
// new field of a body is written only where it is given. That of a usage event mostly fits in one block of SHA-256.
type canon struct{ b []byte }

// start begins with the event's type and the time that its producer gave, zero for none.
func (w *canon) start(kind core.Type, at core.Time) {
	w.b = append(w.b[:0], byte(kind))
	w.time(at)
}

// text is preceded by its length in two bytes, which MaxStringBytes fits in.
func (w *canon) text(s string) {
	w.b = append(binary.BigEndian.AppendUint16(w.b, uint16(len(s))), s...)
}

func (w *canon) time(t core.Time)          { w.b = binary.AppendVarint(w.b, int64(t)) }
func (w *canon) count(n int)               { w.b = binary.AppendUvarint(w.b, uint64(n)) }
func (w *canon) amount(a money.Amount)     { w.b = binary.AppendVarint(w.b, int64(a)) }
func (w *canon) currency(c money.Currency) { w.b = append(w.b, c[:]...) }

func (w *canon) factor(f money.Factor) {
	hi, lo := f.Bits()
	w.b = binary.AppendUvarint(binary.AppendUvarint(w.b, hi), lo)
}

func (w *canon) flag(set bool) {
	bit := byte(0)
	if set {
		bit = 1
	}
	w.b = append(w.b, bit)
}

// sum is the first eight bytes of the SHA-256 of what was written.
func (w *canon) sum() uint64 {
	sum := sha256.Sum256(w.b)
	return binary.BigEndian.Uint64(sum[:])
}

// identity hashes an event's identity in the same buffer.
func (w *canon) identity(org, source, id string) core.Identity {
	w.b = w.b[:0]
	w.text(org)
	w.text(source)
	w.text(id)
	sum := sha256.Sum256(w.b)
	return core.Identity(sum[:16])
}

// IdentityOf is the identity of an event (R2.1): the first 16 bytes of the SHA-256 of org, source and id, each preceded by
// its length in two bytes, big endian.
func IdentityOf(org, source, id string) core.Identity {
	var w canon
	return w.identity(org, source, id)
}
