package scenario

import (
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

// kafka is the record as the broker would hand it to a task.
func (r *record) kafka(offset int64, clock time.Time) *kgo.Record {
	at := clock
	if !r.recorded.IsZero() {
		at = r.recorded
	}
	rec := &kgo.Record{Topic: r.topic, Offset: offset, Timestamp: at, Value: r.value}
	if r.key != "" {
		rec.Key = []byte(r.key)
	}
	if r.structured {
		rec.Headers = header(rec.Headers, "content-type", "application/cloudevents+json")
		return rec
	}
	rec.Headers = header(rec.Headers, "ce_specversion", "1.0")
	rec.Headers = header(rec.Headers, "ce_id", r.id)
	rec.Headers = header(rec.Headers, "ce_source", r.source)
	rec.Headers = header(rec.Headers, "ce_type", r.typ)
	rec.Headers = header(rec.Headers, "ce_time", r.time)
	rec.Headers = header(rec.Headers, "content-type", "application/json")
	return rec
}

// header appends a header that has a value.
func header(to []kgo.RecordHeader, key, value string) []kgo.RecordHeader {
	if value == "" {
		return to
	}
	return append(to, kgo.RecordHeader{Key: key, Value: []byte(value)})
}

// input is the index of the record's topic among the inputs, -1 where it is none.
func (r *record) input() int { return topics.InputIndex(r.topic) }
