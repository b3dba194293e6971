package topics

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// The binary form of a whole input record, as a parked event keeps it: a version, where it came from, the broker's time in
// microseconds, key, value and headers. Lengths are unsigned varints; 0 stands for "none" where Kafka tells none from
// empty, and a length is then one more than it is.
const recordVersion = 1

// MaxStoredRecordBytes bounds what AppendRecord writes for an input that was within MaxRecordBytes: topic, position and
// the lengths come on top.
const MaxStoredRecordBytes = MaxRecordBytes + 64<<10

var (
	errRecordVersion = errors.New("stored record: unknown version")
	errRecordShort   = errors.New("stored record: cut short")
	errRecordLong    = errors.New("stored record: longer than it says")
	errRecordSize    = errors.New("stored record: larger than any input")
)

// AppendRecord appends the binary form of rec.
func AppendRecord(dst []byte, rec *kgo.Record) []byte {
	dst = append(dst, recordVersion)
	dst = appendText(dst, rec.Topic)
	dst = binary.AppendVarint(dst, int64(rec.Partition))
	dst = binary.AppendVarint(dst, rec.Offset)
	dst = binary.AppendVarint(dst, rec.Timestamp.UnixMicro())
	dst = appendBytes(dst, rec.Key)
	dst = appendBytes(dst, rec.Value)
	dst = binary.AppendUvarint(dst, uint64(len(rec.Headers)))
	for _, h := range rec.Headers {
		dst = appendText(dst, h.Key)
		dst = appendBytes(dst, h.Value)
	}
	return dst
}

// ReadRecord is the inverse of AppendRecord. Key, value and the headers' values point into b.
func ReadRecord(b []byte) (*kgo.Record, error) {
	if len(b) > MaxStoredRecordBytes {
		return nil, errRecordSize
	}
	if len(b) == 0 || b[0] != recordVersion {
		return nil, errRecordVersion
	}
	r := recordReader{rest: b[1:]}
	rec := &kgo.Record{Topic: r.text()}
	partition := r.varint()
	rec.Partition = int32(partition)
	rec.Offset = r.varint()
	rec.Timestamp = time.UnixMicro(r.varint()).UTC()
	rec.Key = r.bytes()
	rec.Value = r.bytes()
	rec.Headers = r.headers()
	switch {
	case r.failed || int64(rec.Partition) != partition:
		return nil, errRecordShort
	case len(r.rest) > 0:
		return nil, errRecordLong
	}
	return rec, nil
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendBytes(dst, b []byte) []byte {
	if b == nil {
		return append(dst, 0)
	}
	return append(binary.AppendUvarint(dst, uint64(len(b))+1), b...)
}

// recordReader reads the parts one by one; after the first that is not there, it answers with nothing.
type recordReader struct {
	rest   []byte
	failed bool
}

func (r *recordReader) varint() int64 {
	v, n := binary.Varint(r.rest)
	r.move(n)
	return v
}

func (r *recordReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	r.move(n)
	return v
}

// move goes past the n bytes of a varint; n is not positive where there was none.
func (r *recordReader) move(n int) {
	if r.failed || n <= 0 {
		r.failed, r.rest = true, nil
		return
	}
	r.rest = r.rest[n:]
}

func (r *recordReader) take(n uint64) []byte {
	if r.failed || n > uint64(len(r.rest)) {
		r.failed, r.rest = true, nil
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *recordReader) text() string { return string(r.take(r.uvarint())) }

func (r *recordReader) bytes() []byte {
	n := r.uvarint()
	if n == 0 {
		return nil
	}
	return r.take(n - 1)
}

// headers reads the list. A header takes two bytes at least, so a count that the rest cannot hold allocates nothing.
func (r *recordReader) headers() []kgo.RecordHeader {
	n := r.uvarint()
	if n > uint64(len(r.rest))/2 {
		r.failed = true
		return nil
	}
	if n == 0 {
		return nil
	}
	headers := make([]kgo.RecordHeader, n)
	for i := range headers {
		headers[i] = kgo.RecordHeader{Key: r.text(), Value: r.bytes()}
	}
	return headers
}
