package postgres

import (
	"encoding/binary"
	"errors"

	"purser/processors/core"
	"purser/state"
)

// A block is a stretch of a sealed run: records of one size, ascending by identity, as many as fit a page of Postgres
// together with the row's other columns.
const (
	recordBytes     = 16 + 8 + 8 + 1 + 8
	recordsPerBlock = 192
)

var errBlock = errors.New("a block of a sealed run that cannot be read")

func appendRecords(dst []byte, run []state.Known) []byte {
	for i := range run {
		k := &run[i]
		dst = append(dst, k.Identity[:]...)
		dst = binary.BigEndian.AppendUint64(dst, k.Payload)
		dst = binary.BigEndian.AppendUint64(dst, k.Entry)
		dst = append(dst, byte(k.Result))
		dst = binary.BigEndian.AppendUint64(dst, uint64(k.At))
	}
	return dst
}

func readRecord(b []byte) (k state.Known) {
	copy(k.Identity[:], b)
	k.Payload = binary.BigEndian.Uint64(b[16:])
	k.Entry = binary.BigEndian.Uint64(b[24:])
	k.Result = core.Result(b[32])
	k.At = core.Time(binary.BigEndian.Uint64(b[33:]))
	return k
}

// findRecord looks an identity up in what the query found of a block: its record, or the whole block.
func findRecord(b []byte, id core.Identity) (state.Known, bool, error) {
	if len(b)%recordBytes != 0 {
		return state.Known{}, false, errBlock
	}
	for ; len(b) > 0; b = b[recordBytes:] {
		if k := readRecord(b); k.Identity == id {
			return k, true, nil
		}
	}
	return state.Known{}, false, nil
}
