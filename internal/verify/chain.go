package verify

import (
	"crypto/sha256"
	"encoding/binary"
)

// linkBytes is the length of the link at the end of a mark's header.
const linkBytes = sha256.Size

// chain follows the links of a partition's ledger records: each has to be the hash of the record and of the link before.
type chain struct {
	last  [linkBytes]byte
	known bool // the link before the next record is known: the first record that is read may be any
	text  []byte
}

// next says whether a record continues the chain. After one that does not, the chain goes on from what that one says, so
// that one mistake is found once. The first record of all continues nothing but zeroes.
func (c *chain) next(entry uint64, key, body, header []byte) bool {
	if len(header) < linkBytes {
		c.known = false
		return false
	}
	mark, link := header[:len(header)-linkBytes], [linkBytes]byte(header[len(header)-linkBytes:])
	if entry == 1 {
		c.last, c.known = [linkBytes]byte{}, true
	}
	c.text = append(append(append(c.text[:0], c.last[:]...), body...), key...)
	c.text = append(binary.BigEndian.AppendUint16(c.text, uint16(len(key))), mark...)
	continues := !c.known || sha256.Sum256(c.text) == link
	c.last, c.known = link, true
	return continues
}

// linked checks the link of one ledger record.
func (a *audit) linked(e *entry, key, body []byte, header string) {
	if !a.chain.next(e.mark.Entry, key, body, []byte(header)) {
		a.report.find(CheckChain, e.where, "its link is not that of this record behind the one before it: one of them was changed, dropped or moved")
	}
}
