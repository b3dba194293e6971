package load

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/record"
)

// slot is the memory of one record on its way: it is used again once the record is acknowledged.
type slot struct {
	run     *run
	record  kgo.Record
	headers [6]kgo.RecordHeader
	buffer  []byte // id, time and body, one after the other
	entry   record.Entry
	done    func(*kgo.Record, error)
}

// maxKept bounds a slot's buffer: that of an oversized record is not kept.
const maxKept = 4 << 10

func newSlot(r *run) *slot {
	s := &slot{run: r, buffer: make([]byte, 0, 512)}
	s.done = s.acknowledged
	return s
}

var (
	specVersion = []byte("1.0")
	contentType = []byte("application/json")
)

// event is a record before it has its envelope.
type event struct {
	topic     uint8
	org       int
	typ       []byte
	kind      record.Kind
	noKey     bool
	misplaced bool
}

// misplacedMark in a record's partition asks the partitioner for a wrong one.
const misplacedMark = -2

// produce sends what is in the slot's buffer: the id up to idEnd, the time up to timeEnd, then the body.
func (r *run) produce(ctx context.Context, s *slot, e event, idEnd, timeEnd int) {
	id := s.buffer[:idEnd:idEnd]
	s.headers = [6]kgo.RecordHeader{
		{Key: "ce_specversion", Value: specVersion},
		{Key: "ce_type", Value: e.typ},
		{Key: "ce_source", Value: r.sourceHeader},
		{Key: "ce_time", Value: s.buffer[idEnd:timeEnd:timeEnd]},
		{Key: "content-type", Value: contentType},
		{Key: "ce_id", Value: id},
	}
	s.entry = record.Entry{Kind: e.kind, Topic: e.topic, Org: r.orgs[e.org].name, Source: r.source, ID: string(id)}
	s.record = kgo.Record{Topic: r.names[e.topic], Key: r.keys[e.org], Value: s.buffer[timeEnd:], Headers: s.headers[:]}
	if idEnd == 0 { // an event without an id
		s.record.Headers = s.headers[:5]
	}
	if e.noKey {
		s.record.Key, s.entry.Org = nil, ""
	}
	if e.misplaced {
		s.record.Partition = misplacedMark
	}
	r.client.Produce(ctx, &s.record, s.done)
}

// acknowledged notes where the record is. The client calls it for one record after the other.
func (s *slot) acknowledged(rec *kgo.Record, err error) {
	r := s.run
	if err != nil {
		if !errors.Is(err, context.Canceled) || r.failure.Load() == nil {
			r.fail(fmt.Errorf("produce to %s: %w", rec.Topic, err))
		}
		return
	}
	s.entry.Partition, s.entry.Offset = rec.Partition, rec.Offset
	if r.file != nil {
		if err := r.file.Append(&s.entry); err != nil {
			r.fail(err)
			return
		}
	}
	r.acked[s.entry.Kind].Add(1)
	if cap(s.buffer) <= maxKept {
		r.slots.Put(s)
	}
}

// partitioner hashes keys as Kafka's own clients do, and puts a record elsewhere where it is asked to.
type partitioner struct{ keyed kgo.Partitioner }

// ForTopic makes the partitioner of one topic.
func (p partitioner) ForTopic(topic string) kgo.TopicPartitioner {
	return topicPartitioner{p.keyed.ForTopic(topic)}
}

type topicPartitioner struct{ keyed kgo.TopicPartitioner }

// RequiresConsistency says that a record never goes elsewhere because a partition cannot be written to.
func (topicPartitioner) RequiresConsistency(*kgo.Record) bool { return true }

// Partition is the key's; records without a key go to the first.
func (p topicPartitioner) Partition(rec *kgo.Record, n int) int {
	if rec.Key == nil {
		return 0
	}
	partition := p.keyed.Partition(rec, n)
	if rec.Partition == misplacedMark {
		return (partition + 1) % n
	}
	return partition
}
