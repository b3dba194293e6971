package state

import (
	"encoding/binary"
	"fmt"
	"math"

	"purser/processors/core"
	"purser/processors/money"
)

// reader takes a value apart. After the first fault it answers zeroes and keeps the fault, so that the callers need not ask
// after each step. A list is made only as long as the bytes that are left could fill, whatever its length says.
type reader struct {
	rest  []byte
	err   error
	codec *Codec
	form  byte // version in which the value is written
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrCell, what)
	}
	r.rest = nil
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.fail("a number is cut off")
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.fail("a number is cut off")
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) time() core.Time { return core.Time(r.varint()) }

func (r *reader) amount() money.Amount { return money.Amount(r.varint()) }

func (r *reader) bytes(n int) []byte {
	if n > len(r.rest) {
		r.fail("it is cut off")
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) bool() bool {
	b := r.byte()
	if b > 1 {
		r.fail("a flag is neither 0 nor 1")
	}
	return b == 1
}

func (r *reader) currency() (c money.Currency) {
	copy(c[:], r.bytes(3))
	return c
}

func (r *reader) factor() money.Factor {
	hi, lo := r.uvarint(), r.uvarint()
	return money.FactorFromBits(hi, lo)
}

// count reads the length of a list whose elements take at least size bytes each.
func (r *reader) count(size int) int {
	n := r.uvarint()
	if n > uint64(len(r.rest)/size) {
		r.fail("a list is longer than its value")
		return 0
	}
	return int(n)
}

// whole reads a number that is no larger than an int32 holds.
func (r *reader) whole() int {
	n := r.uvarint()
	if n > math.MaxInt32 {
		r.fail("a number is too large")
		return 0
	}
	return int(n)
}

// list is nil where there is nothing in it, as it was before it was written.
func list[T any](n int) []T {
	if n == 0 {
		return nil
	}
	return make([]T, n)
}

func (r *reader) text() []byte { return r.bytes(r.count(1)) }

func (r *reader) string() string { return string(r.text()) }

// name reads a string that many cells have in common.
func (r *reader) name() string { return r.codec.name(r.text()) }
