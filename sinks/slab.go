package sinks

import "github.com/twmb/franz-go/pkg/kgo"

const (
	byteChunk   = 256 << 10
	recordChunk = 512
	headerChunk = 8 * recordChunk
	keptChunks  = 128 // of each kind: a batch of ten thousand ledger records needs about 30; a freak batch is not kept
)

// slab hands out slices of T that are never moved and takes all of them back at once.
type slab[T any] struct {
	chunks [][]T // each with the length that is in use
	at     int   // the chunk that is being filled
	size   int   // of a chunk
}

// room returns an empty slice with room for n at the end of the current chunk. What is appended to it belongs to the slab
// only once it is kept.
func (s *slab[T]) room(n int) []T {
	if s.at < len(s.chunks) && cap(s.chunks[s.at])-len(s.chunks[s.at]) < n {
		s.at++
	}
	if s.at == len(s.chunks) {
		s.chunks = append(s.chunks, make([]T, 0, max(n, s.size)))
	}
	chunk := s.chunks[s.at]
	return chunk[len(chunk):len(chunk):cap(chunk)]
}

// keep claims what was appended to the slice that room returned. What outgrew its room has moved to the heap and is
// nobody's but the caller's.
func (s *slab[T]) keep(used []T) []T {
	chunk := s.chunks[s.at]
	if end := len(chunk) + len(used); len(used) > 0 && end <= cap(chunk) && &chunk[:end][len(chunk)] == &used[0] {
		s.chunks[s.at] = chunk[:end]
	}
	return used[:len(used):len(used)]
}

// reset takes everything back. With wipe, what was handed out is zeroed, so that nothing stays reachable through it.
func (s *slab[T]) reset(wipe bool) {
	if len(s.chunks) > keptChunks {
		clear(s.chunks[keptChunks:])
		s.chunks = s.chunks[:keptChunks]
	}
	for i, chunk := range s.chunks {
		if wipe {
			clear(chunk)
		}
		s.chunks[i] = chunk[:0]
	}
	s.at = 0
}

// slabs are those of an Encoder.
type slabs struct {
	bytes   slab[byte]
	records slab[kgo.Record]
	headers slab[kgo.RecordHeader]
}

func newSlabs() slabs {
	return slabs{
		bytes:   slab[byte]{size: byteChunk},
		records: slab[kgo.Record]{size: recordChunk},
		headers: slab[kgo.RecordHeader]{size: headerChunk},
	}
}

// record hands out a zero record.
func (s *slabs) record() *kgo.Record {
	return &s.records.keep(append(s.records.room(1), kgo.Record{}))[0]
}

func (s *slabs) reset() {
	s.bytes.reset(false)
	s.records.reset(true)
	s.headers.reset(false)
}
