package topics

import (
	"encoding/binary"
	"errors"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
)

// Mark is the fixed binary head of a ledger record; the record's link follows it (ReadLink).
type Mark struct {
	Entry    uint64 // the record's number on its partition: 1, 2, 3 … without a gap
	Result   core.Result
	Indexed  bool // Identity enters the duplicate index; false for conflicts (R2.2), due work and ownership records
	Identity core.Identity
	Payload  uint64
	At       core.Time // append time of the input record that carried the identity: the duplicate window counts from it
}

const markBytes = 1 + 8 + 1 + 16 + 8 + 8 // version, entry, result and flag, identity, payload, time

const markVersion = 1

var errMark = errors.New("ledger record without a mark that can be read")

// AppendLinkedMark appends a mark and its record's link: what the record's header holds.
func AppendLinkedMark(dst []byte, m Mark, link core.Link) []byte {
	return append(AppendMark(dst, m), link[:]...)
}

// AppendMark appends the binary form of m.
func AppendMark(dst []byte, m Mark) []byte {
	dst = append(dst, markVersion)
	dst = binary.BigEndian.AppendUint64(dst, m.Entry)
	flags := byte(m.Result)
	if m.Indexed {
		flags |= 0x80
	}
	dst = append(dst, flags)
	dst = append(dst, m.Identity[:]...)
	dst = binary.BigEndian.AppendUint64(dst, m.Payload)
	return binary.BigEndian.AppendUint64(dst, uint64(m.At))
}

// ReadMark reads a mark, with the link behind it.
func ReadMark(b []byte) (Mark, error) {
	if len(b) != markBytes+linkBytes || b[0] != markVersion {
		return Mark{}, errMark
	}
	m := Mark{
		Entry:   binary.BigEndian.Uint64(b[1:]),
		Result:  core.Result(b[9] & 0x7f),
		Indexed: b[9]&0x80 != 0,
		Payload: binary.BigEndian.Uint64(b[26:]),
		At:      core.Time(binary.BigEndian.Uint64(b[34:])),
	}
	copy(m.Identity[:], b[10:26])
	return m, nil
}

// CheckpointedOf returns what a Progress record of the changelog knew of the checkpoint; zero where it says nothing.
func CheckpointedOf(rec *kgo.Record) int64 {
	b := Header(rec, HeaderCheckpointed)
	if len(b) != 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(b))
}

// AppendCheckpointed appends the value of HeaderCheckpointed.
func AppendCheckpointed(dst []byte, changelog int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(changelog))
}
