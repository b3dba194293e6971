package sinks

import (
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

// DeadLetter makes a whole copy of an input record that is refused (R10.1): its key, value and headers, and in further
// headers the reason, the detail, where it came from and, where it has a ledger record, that one's number. It goes to the
// partition of the same number, so that a task writes to no other. It is larger than the input: the topic and the client
// must allow it.
//
// Headers of these names that came with the input are from an earlier death, or made up, and are left out.
func (e *Encoder) DeadLetter(rec *kgo.Record, reason, detail string, entry uint64, hasEntry bool) *kgo.Record {
	headers := make([]kgo.RecordHeader, 0, len(rec.Headers)+4)
	for _, h := range rec.Headers {
		if !slices.Contains(ownHeaders, h.Key) {
			headers = append(headers, h)
		}
	}
	headers = append(headers,
		kgo.RecordHeader{Key: topics.HeaderReason, Value: []byte(reason)},
		kgo.RecordHeader{Key: topics.HeaderCause, Value: topics.AppendPosition(nil, rec)},
	)
	if detail != "" {
		headers = append(headers, kgo.RecordHeader{Key: topics.HeaderDetail, Value: []byte(bounded(detail))})
	}
	if hasEntry {
		headers = append(headers, kgo.RecordHeader{Key: topics.HeaderEntry, Value: strconv.AppendUint(nil, entry, 10)})
	}
	return &kgo.Record{Topic: e.deadLetter, Partition: rec.Partition, Key: rec.Key, Value: rec.Value, Headers: headers}
}

var ownHeaders = []string{topics.HeaderReason, topics.HeaderCause, topics.HeaderDetail, topics.HeaderEntry}

// bounded cuts a detail to what a header may hold, and to whole characters.
func bounded(detail string) string {
	if len(detail) > topics.MaxStringBytes {
		detail = detail[:topics.MaxStringBytes]
	}
	return strings.ToValidUTF8(detail, "")
}
