package postgres

import (
	"testing"

	"purser/processors/core"
	"purser/state"
)

// FuzzFindRecord looks an identity up in a block that a store made up: what is found is the identity that was asked for.
func FuzzFindRecord(f *testing.F) {
	known := state.Known{Identity: core.Identity{1}, Payload: 2, Entry: 3, Result: core.Applied, At: 4}
	f.Add(appendRecords(nil, []state.Known{known, {}}), known.Identity[:])
	f.Add([]byte{1, 2, 3}, []byte{})
	f.Fuzz(func(t *testing.T, block, wanted []byte) {
		var id core.Identity
		copy(id[:], wanted)
		if k, found, err := findRecord(block, id); found && (err != nil || k.Identity != id) {
			t.Fatalf("asked for %x, found %+v, %v", id, k, err)
		}
	})
}
