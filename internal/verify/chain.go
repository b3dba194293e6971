package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
)

// linkBytes is the length of the link at the end of a mark's header.
const linkBytes = sha256.Size

const broken = "its link is not that of this record behind the one before it: one of them was changed, dropped or moved"

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
		a.report.find(CheckChain, e.where, broken)
	}
}

// Chains follows the links of ledger records that are not on Kafka: rows of a checkpoint, or an export.
type Chains struct {
	partitions map[int32]*linkedEntries
	report     *Report
}

// linkedEntries is what was seen of a partition.
type linkedEntries struct {
	chain
	first, last uint64
}

// NewChains returns chains of which nothing is known.
func NewChains() *Chains { return &Chains{map[int32]*linkedEntries{}, newReport()} }

// Take takes the next record of a partition; the partitions may come in any order, mixed or not.
func (c *Chains) Take(partition int32, entry uint64, key, body, header []byte) {
	p := c.partitions[partition]
	if p == nil {
		p = &linkedEntries{first: entry, last: entry - 1}
		c.partitions[partition] = p
	}
	where := fmt.Sprintf("partition %d, entry %d", partition, entry)
	c.report.Entries++
	if entry != p.last+1 {
		c.report.find(CheckEntry, where, "it follows entry %d", p.last)
	}
	if !p.next(entry, key, body, header) {
		c.report.find(CheckChain, where, broken)
	}
	p.last = entry
}

// Reaches demands that the last record of a partition was the one with a number: a chain cannot tell that its end was cut.
func (c *Chains) Reaches(partition int32, entry uint64) {
	var last uint64
	if p := c.partitions[partition]; p != nil {
		last = p.last
	}
	if last != entry {
		c.report.find(CheckEntry, fmt.Sprintf("partition %d", partition), "its last entry is %d, and it has to reach %d", last, entry)
	}
}

// Write ends the audit: a line for each partition with its newest link, which vouches for all before it, then what was found,
// and how much.
func (c *Chains) Write(w io.Writer) (differences int64, err error) {
	c.report.close()
	for _, n := range slices.Sorted(maps.Keys(c.partitions)) {
		p := c.partitions[n]
		if _, err := fmt.Fprintf(w, "partition %d: entries %d to %d, link %s\n", n, p.first, p.last, hex.EncodeToString(p.chain.last[:])); err != nil {
			return 0, err
		}
	}
	for _, f := range c.report.Findings {
		if _, err := fmt.Fprintln(w, f); err != nil {
			return 0, err
		}
	}
	_, err = fmt.Fprintf(w, "chain: entries=%d differences=%d\n", c.report.Entries, c.report.Differences)
	return c.report.Differences, err
}
