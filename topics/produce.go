package topics

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
)

// SourcePurser is the CloudEvents source of what purser itself writes.
const SourcePurser = "purser"

var (
	valueSpecVersion = []byte(specVersion)
	valueJSON        = []byte(contentJSON)
)

// NewEvent makes the record of an input event in CloudEvents' binary mode. Topic is the name on the broker; the zero
// occurredAt leaves the time to the broker. The producer's partitioner must be murmur2 over the key, as franz-go's default
// is. It panics where body cannot be written as JSON: that is a mistake in the caller, not in the data.
func NewEvent(topic, org, source, id, kind string, occurredAt core.Time, body any) *kgo.Record {
	value, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("topics: a body of type %T cannot be written as JSON: %v", body, err))
	}
	headers := make([]kgo.RecordHeader, 0, 6)
	headers = append(headers,
		kgo.RecordHeader{Key: headerSpecVersion, Value: valueSpecVersion},
		kgo.RecordHeader{Key: headerID, Value: []byte(id)},
		kgo.RecordHeader{Key: headerSource, Value: []byte(source)},
		kgo.RecordHeader{Key: headerType, Value: []byte(kind)},
		kgo.RecordHeader{Key: headerContentType, Value: valueJSON},
	)
	if occurredAt != 0 {
		headers = append(headers, kgo.RecordHeader{Key: headerTime, Value: AppendTime(nil, occurredAt)})
	}
	return &kgo.Record{Topic: topic, Key: []byte(org), Value: value, Headers: headers}
}

// NewTick makes the record that tells one partition what time it is. It must be produced to rec.Partition: a client with
// kgo.ManualPartitioner does.
func NewTick(names Names, partition int32, now core.Time) *kgo.Record {
	at := FormatTime(now)
	number := strconv.Itoa(int(partition))
	rec := NewEvent(names.Of(RefillTick), number, SourcePurser+"/tick", number+"/"+at, TypeTick, 0, TickBody{Time: at})
	rec.Partition = partition
	return rec
}

// NewContinue makes the record that a task writes to itself to drive the next slice of due work: n is the number of the
// transaction that writes it. It must be produced to rec.Partition.
func NewContinue(names Names, partition int32, n uint64) *kgo.Record {
	number := strconv.Itoa(int(partition))
	id := number + "/" + strconv.FormatUint(n, 10)
	rec := NewEvent(names.Of(RefillTick), number, SourcePurser, id, TypeContinue, 0, struct{}{})
	rec.Partition = partition
	return rec
}

// NewResume makes the record that tells whoever has set a partition aside to start it again. It must be produced to
// rec.Partition.
func NewResume(names Names, partition int32, now core.Time) *kgo.Record {
	number := strconv.Itoa(int(partition))
	rec := NewEvent(names.Of(RefillTick), number, SourcePurser+"/resume", number+"/"+FormatTime(now), TypeResume, 0, struct{}{})
	rec.Partition = partition
	return rec
}

// IsResume says that a record of refill-tick is one that NewResume made.
func IsResume(rec *kgo.Record) bool { return string(Header(rec, headerType)) == TypeResume }

// Header returns the value of a record's first header of that name; nil where there is none.
func Header(rec *kgo.Record, name string) []byte {
	for i := range rec.Headers {
		if rec.Headers[i].Key == name {
			return rec.Headers[i].Value
		}
	}
	return nil
}

// AppendPosition appends topic/partition/offset of a record: how an output names its cause.
func AppendPosition(dst []byte, rec *kgo.Record) []byte {
	dst = append(append(dst, rec.Topic...), '/')
	dst = strconv.AppendInt(dst, int64(rec.Partition), 10)
	return strconv.AppendInt(append(dst, '/'), rec.Offset, 10)
}
