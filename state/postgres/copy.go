package postgres

import (
	"context"
	"encoding/binary"
	"io"

	"github.com/jackc/pgx/v5"

	"purser/processors/core"
)

// copyRows streams rows in COPY's binary format. It is written by hand because the ledger is most of what is stored: the
// library's own way boxes every field and costs the process several times as much.
func copyRows(ctx context.Context, tx pgx.Tx, into string, n int, encode func(dst []byte, i int) []byte) error {
	if n == 0 {
		return nil
	}
	r := &copyReader{n: n, encode: encode, buffer: append(make([]byte, 0, 2*copyChunk), copyHeader...)}
	_, err := tx.Conn().PgConn().CopyFrom(ctx, r, "COPY "+into+" FROM STDIN (FORMAT binary)")
	return err
}

const (
	copyHeader = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	copyEnd    = "\xff\xff"
	copyChunk  = 1 << 16
)

// copyReader encodes rows as they are asked for, so that a step of any size takes one buffer.
type copyReader struct {
	n, next int
	encode  func(dst []byte, i int) []byte
	buffer  []byte
	taken   int
	ended   bool
}

// Read implements io.Reader.
func (r *copyReader) Read(p []byte) (int, error) {
	if r.taken == len(r.buffer) {
		if r.ended {
			return 0, io.EOF
		}
		r.buffer, r.taken = r.buffer[:0], 0
	}
	for len(r.buffer) < copyChunk && r.next < r.n {
		r.buffer = r.encode(r.buffer, r.next)
		r.next++
	}
	if r.next == r.n && !r.ended {
		r.buffer, r.ended = append(r.buffer, copyEnd...), true
	}
	n := copy(p, r.buffer[r.taken:])
	r.taken += n
	return n, nil
}

func copyRow(dst []byte, fields int16) []byte {
	return binary.BigEndian.AppendUint16(dst, uint16(fields))
}

func copyInt4(dst []byte, v int32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(dst, 4), uint32(v))
}

func copyInt8(dst []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(dst, 8), uint64(v))
}

func copyBytes[T string | []byte](dst []byte, v T) []byte {
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(v))), v...)
}

// postgresEpoch is 2000-01-01T00:00:00Z, from which Postgres counts microseconds.
const postgresEpoch core.Time = 946_684_800_000_000

func copyTime(dst []byte, t core.Time) []byte { return copyInt8(dst, int64(t-postgresEpoch)) }
