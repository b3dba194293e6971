package sinks

import (
	"encoding/json"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/topics"
)

// Changelog makes the record of a cell's after-image; nil is a tombstone. The value is not copied: it must stay as it is
// until Reset.
func (e *Encoder) Changelog(partition int32, key string, value []byte) *kgo.Record {
	rec := e.slabs.record()
	rec.Topic, rec.Partition, rec.Value = e.changelog, partition, value
	rec.Key = e.slabs.bytes.keep(append(e.slabs.bytes.room(len(key)), key...))
	return rec
}

// Progress makes the record of a partition's progress, which ends its part of a transaction and tells how far the checkpoint was
// known to be.
func (e *Encoder) Progress(partition int32, value []byte, checkpointed int64) *kgo.Record {
	rec := e.Changelog(partition, core.ProgressKey, value)
	known := e.slabs.bytes.keep(topics.AppendCheckpointed(e.slabs.bytes.room(8), checkpointed))
	rec.Headers = e.slabs.headers.keep(append(e.slabs.headers.room(1), kgo.RecordHeader{Key: topics.HeaderCheckpointed, Value: known}))
	return rec
}

// Ownership makes the records that a new owner commits to the ledger and the changelog of its partition before it reads
// them up to there. Readers of either skip them (topics.IsOwnership); they have no mark and no entry number.
func (e *Encoder) Ownership(partition int32, member string) (ledger, changelog *kgo.Record) {
	value, err := json.Marshal(topics.OwnershipBody{Partition: partition, Member: member})
	if err != nil {
		panic(fmt.Sprintf("sinks: an ownership record cannot be written: %v", err))
	}
	headers := []kgo.RecordHeader{
		{Key: "ce_specversion", Value: valueSpecVersion},
		{Key: "ce_id", Value: []byte(member)},
		{Key: "ce_source", Value: valuePurser},
		{Key: "ce_type", Value: valueOwnership},
		{Key: "content-type", Value: valueJSON},
	}
	ledger = &kgo.Record{Topic: e.ledger, Partition: partition, Value: value, Headers: headers}
	changelog = &kgo.Record{Topic: e.changelog, Partition: partition, Key: []byte(topics.OwnershipKey), Value: value, Headers: headers}
	return ledger, changelog
}
