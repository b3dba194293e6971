package stream

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"purser/processors/core"
)

// TestTheHeapGivesTheEarliestFirst: by time, ties by key, whatever was added and taken in between.
func TestTheHeapGivesTheEarliestFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h dueHeap
		var all []dueEntry
		takeOne := func() {
			slices.SortFunc(all, func(a, b dueEntry) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.key, b.key)) })
			require.True(t, h.upTo(all[0].at))
			require.False(t, h.upTo(all[0].at-1))
			require.Equal(t, all[0], h.take())
			all = all[1:]
		}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			if len(all) > 0 && rapid.IntRange(0, 2).Draw(t, "take") == 0 {
				takeOne()
				continue
			}
			e := dueEntry{core.Time(rapid.IntRange(1, 5).Draw(t, "at")), fmt.Sprint("k", rapid.IntRange(0, 20).Draw(t, "key"))}
			h.add(e.at, e.key)
			all = append(all, e)
		}
		for len(all) > 0 {
			takeOne()
		}
		require.False(t, h.upTo(100))
	})
}
