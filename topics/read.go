package topics

import (
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

// MarkOf reads the mark of a ledger record.
func MarkOf(rec *kgo.Record) (Mark, error) {
	return ReadMark(Header(rec, HeaderMark))
}

// ReplayOf returns the ledger entry that a replay names (HeaderReplay: partition/entry), if it is of this partition; otherwise zero.
func ReplayOf(rec *kgo.Record, partition int32) uint64 {
	p, entry, ok := strings.Cut(string(Header(rec, HeaderReplay)), "/")
	if !ok || p != strconv.Itoa(int(partition)) {
		return 0
	}
	n, err := strconv.ParseUint(entry, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
