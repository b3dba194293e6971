package dedup

import (
	"testing"

	"purser/processors/core"
)

// FuzzReadFilter asks a filter that a store made up: whatever its bytes, it answers, and what is added is found.
func FuzzReadFilter(f *testing.F) {
	f.Add(make([]byte, blockBytes), []byte("identity"))
	f.Add([]byte{}, []byte{})
	f.Add(make([]byte, 3*blockBytes+1), []byte{1})
	f.Fuzz(func(t *testing.T, b, id []byte) {
		read, err := readFilter(b)
		if err != nil {
			return
		}
		var identity core.Identity
		copy(identity[:], id)
		h := halvesOf(&identity)
		read.has(h)
		read.add(h)
		if !read.has(h) {
			t.Fatalf("%x was added to a filter of %d bytes and is not found", identity, len(b))
		}
	})
}
