package sinks

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/topics"
)

// What was handed out stays as it is until the reset, across chunks, and whatever outgrew its room.
func TestSlabNeverMovesWhatItHandedOut(t *testing.T) {
	s := slab[byte]{size: 64}
	for round := range 3 {
		var kept [][]byte
		for i := range 200 {
			want := bytes.Repeat([]byte{byte(i)}, i%100)
			kept = append(kept, s.keep(append(s.room(16), want...)))
		}
		for i, got := range kept {
			require.Equal(t, i%100, len(got), "round %d", round)
			require.Equal(t, len(got), bytes.Count(got, []byte{byte(i)}), "round %d, slice %d", round, i)
			require.Equal(t, len(got), cap(got), "appending to it must not reach its neighbour")
		}
		s.reset(false)
	}
}

func TestSlabDoesNotKeepAFreakBatch(t *testing.T) {
	s := slab[byte]{size: 8}
	for range 10 * keptChunks {
		s.keep(append(s.room(8), make([]byte, 8)...))
	}
	s.reset(false)
	require.Len(t, s.chunks, keptChunks)
}

// The client writes into the records that it is given; the next batch must not see it.
func TestRecordsComeBackZero(t *testing.T) {
	e := NewEncoder(topics.Names{})
	for range 3 {
		for i := range 2 * recordChunk {
			rec := e.Changelog(1, "k", nil)
			require.Zero(t, rec.Offset)
			require.Nil(t, rec.Headers)
			rec.Offset, rec.ProducerID, rec.Headers = int64(i)+1, 7, []kgo.RecordHeader{{Key: "x"}}
		}
		e.Reset()
	}
}

// A record that is larger than a whole chunk is as good as any other.
func TestLargeLedgerRecord(t *testing.T) {
	e := NewEncoder(topics.Names{})
	ev, d := example()
	for len(d.Postings) < 3000 {
		d.Postings = append(d.Postings, core.Posting{
			From: d.Postings[0].From, To: d.Postings[0].To, Amount: 1, Currency: usd, Grant: strings.Repeat("g", 100),
		})
	}
	large, _ := e.Ledger(ev, inputRecord(), d, topics.Mark{Entry: 1}, core.Link{})
	require.Greater(t, len(large.Value), byteChunk)
	small, sd := example()
	next, _ := e.Ledger(small, inputRecord(), sd, topics.Mark{Entry: 2}, core.Link{})
	require.Len(t, entryOf(t, large).Postings, 3000)
	require.EqualValues(t, 2, entryOf(t, next).Entry)
}

func TestABatchAllocatesNothingOnceWarm(t *testing.T) {
	e := NewEncoder(topics.Names{})
	ev, d := example()
	cause := inputRecord()
	require.Zero(t, testing.AllocsPerRun(5, func() {
		for n := range uint64(2000) {
			e.Ledger(ev, cause, d, topics.Mark{Entry: n}, core.Link{})
			e.Changelog(3, "a\x1facme\x1fw1", nil)
		}
		e.Reset()
	}))
}
