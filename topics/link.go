package topics

import (
	"crypto/sha256"

	"purser/processors/core"
)

const linkBytes = len(core.Link{})

// LinkOf is the link of a ledger record, which stands behind its mark: the SHA-256 of the link before it on the partition
// (zeroes for the first), its body, its key, the key's length in two bytes, big endian, and its mark, one after the other as
// linked holds them.
//
// Whoever changes, drops or moves a record later breaks every link from there on, in Kafka, in a checkpoint's rows and in
// an export alike, and the newest link vouches for all.
func LinkOf(linked []byte) core.Link { return sha256.Sum256(linked) }

// ReadLink returns the link behind a mark.
func ReadLink(mark []byte) (core.Link, error) {
	if len(mark) != markBytes+linkBytes {
		return core.Link{}, errMark
	}
	return core.Link(mark[markBytes:]), nil
}
