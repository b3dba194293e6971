package ledgerfile

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Bodies come back byte for byte, or the chain would seem to be broken.
func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Entry {
			return Entry{
				Partition: rapid.Int32Min(0).Draw(t, "partition"), Entry: rapid.Uint64().Draw(t, "entry"), Org: rapid.String().Draw(t, "org"),
				Mark: rapid.SliceOfN(rapid.Byte(), 1, 80).Draw(t, "mark"), Body: rapid.String().Draw(t, "body"),
			}
		})).Draw(t, "entries")
		var file bytes.Buffer
		w := NewWriter(&file)
		for _, e := range entries {
			require.NoError(t, w.Write(e))
		}
		require.NoError(t, w.Close())
		var read []Entry
		require.NoError(t, Read(&file, func(e Entry) error { read = append(read, e); return nil }))
		require.Equal(t, len(entries), len(read))
		for i := range read {
			require.Equal(t, entries[i], read[i])
		}
	})
}

func TestWhatWouldNotComeBackIsNotWritten(t *testing.T) {
	w := NewWriter(&bytes.Buffer{})
	require.ErrorContains(t, w.Write(Entry{Partition: 3, Entry: 7, Body: "\xff"}), "entry 7 of partition 3")
	require.ErrorContains(t, w.Write(Entry{Partition: 3, Entry: 7, Org: "\xff"}), "entry 7 of partition 3")
}

func TestALineThatIsNoneIsNamed(t *testing.T) {
	file := `{"partition":0,"entry":1,"org":"a","mark":"AA==","body":"{}"}` + "\n" + `{"partition":"x"}`
	n := 0
	err := Read(strings.NewReader(file), func(Entry) error { n++; return nil })
	require.ErrorContains(t, err, "line 2 is no entry")
	require.Equal(t, 1, n)
}
