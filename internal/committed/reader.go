// Package committed reads partitions as a consumer of committed records sees them, up to an end that is known beforehand,
// and tells when a consumer group has got through its inputs. It belongs to the tools around the engine, which only look.
//
// A consumer's poll loop does not tell where a log ends: commit markers and compaction leave offsets at its end that hold
// no record, so a reader that waits for the last one may wait forever. Here each fetch is one request whose answer says
// both what there is and how far it goes.
package committed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Span is what a partition holds: the first offset that is kept, and the one after the last that is committed.
type Span struct{ Start, End int64 }

// Reader reads committed records. It may be used by several goroutines.
type Reader struct {
	client  *kgo.Client
	admin   *kadm.Client
	inflate kgo.Decompressor
}

// NewReader reads through a client that the caller keeps and closes.
func NewReader(client *kgo.Client) *Reader {
	return &Reader{client: client, admin: kadm.NewClient(client), inflate: kgo.DefaultDecompressor()}
}

// Spans returns the span of every partition of each topic. A topic that does not exist is an error.
func (r *Reader) Spans(ctx context.Context, topics ...string) (map[string][]Span, error) {
	starts, err := r.admin.ListStartOffsets(ctx, topics...)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list the first offsets: %w", err)
	}
	ends, err := r.admin.ListCommittedOffsets(ctx, topics...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list the committed ends: %w", err)
	}
	spans := make(map[string][]Span, len(topics))
	for _, topic := range topics {
		spans[topic] = make([]Span, len(ends[topic]))
		for p := range spans[topic] {
			start, okStart := starts.Lookup(topic, int32(p))
			end, okEnd := ends.Lookup(topic, int32(p))
			if !okStart || !okEnd {
				return nil, fmt.Errorf("topic %s: the broker says nothing of partition %d", topic, p)
			}
			spans[topic][p] = Span{Start: start.Offset, End: end.Offset}
		}
	}
	return spans, nil
}

const (
	fetchBytes = 8 << 20
	fetchWait  = 250 * time.Millisecond
	// patience is how long a partition may answer with errors that pass by themselves.
	patience = 30 * time.Second
)

// Read calls f with every committed record of a partition from one offset up to, not including, another, in order. The
// record stays valid after the call.
func (r *Reader) Read(ctx context.Context, topic string, partition int32, span Span, f func(*kgo.Record) error) error {
	c := &cursor{reader: r, topic: topic, partition: partition, next: span.Start}
	for c.next < span.End {
		records, err := c.fetch(ctx, span.End)
		if err != nil {
			return fmt.Errorf("read %s/%d at offset %d: %w", topic, partition, c.next, err)
		}
		for _, record := range records {
			if record.Offset >= span.End {
				return nil
			}
			if err := f(record); err != nil {
				return err
			}
		}
	}
	return nil
}

// cursor is one reading of one partition.
type cursor struct {
	reader    *Reader
	topic     string
	partition int32
	next      int64
	leader    int32
	id        [16]byte
	located   bool
}

// fetch asks until there are records or nothing is left before end, and moves next on.
func (c *cursor) fetch(ctx context.Context, end int64) ([]*kgo.Record, error) {
	deadline := time.Now().Add(patience)
	for {
		answer, throttled, err := c.ask(ctx)
		if err != nil {
			if !passing(err) || time.Now().After(deadline) || ctx.Err() != nil {
				return nil, err
			}
			c.located = false
			if err := pause(ctx, 100*time.Millisecond); err != nil {
				return nil, err
			}
			continue
		}
		options := kgo.ProcessFetchPartitionOpts{
			Offset: c.next, IsolationLevel: kgo.ReadCommitted(), Topic: c.topic, Partition: c.partition,
		}
		fetched, next := kgo.ProcessFetchPartition(options, answer, c.reader.inflate, nil)
		if fetched.Err != nil {
			return nil, fetched.Err
		}
		moved := next > c.next
		c.next = next
		switch {
		case len(fetched.Records) > 0:
			return fetched.Records, nil
		case c.next >= end:
			return nil, nil
		case moved:
			deadline = time.Now().Add(patience) // markers or aborted records only
		case !throttled && answer.LastStableOffset >= end && len(answer.RecordBatches) == 0:
			c.next = end // an answer with nothing in it: what is left are holes
			return nil, nil
		case time.Now().After(deadline):
			return nil, fmt.Errorf("no answer that goes on to offset %d", end)
		}
	}
}

// ask sends one fetch to the partition's leader.
func (c *cursor) ask(ctx context.Context) (*kmsg.FetchResponseTopicPartition, bool, error) {
	if err := c.locate(ctx); err != nil {
		return nil, false, err
	}
	part := kmsg.NewFetchRequestTopicPartition()
	part.Partition, part.FetchOffset, part.PartitionMaxBytes = c.partition, c.next, fetchBytes
	topic := kmsg.NewFetchRequestTopic()
	topic.Topic, topic.TopicID, topic.Partitions = c.topic, c.id, []kmsg.FetchRequestTopicPartition{part}
	request := kmsg.NewPtrFetchRequest()
	request.ReplicaID, request.MaxWaitMillis, request.MinBytes = -1, int32(fetchWait.Milliseconds()), 1
	request.MaxBytes, request.IsolationLevel, request.SessionEpoch = fetchBytes, 1, -1
	request.Topics = []kmsg.FetchRequestTopic{topic}
	response, err := c.reader.client.Broker(int(c.leader)).RetriableRequest(ctx, request)
	if err != nil {
		return nil, false, err
	}
	answer, ok := response.(*kmsg.FetchResponse)
	if !ok {
		return nil, false, fmt.Errorf("a fetch was answered with %T", response)
	}
	if err := kerr.ErrorForCode(answer.ErrorCode); err != nil {
		return nil, false, err
	}
	if len(answer.Topics) != 1 || len(answer.Topics[0].Partitions) != 1 {
		return nil, false, errors.New("a fetch of one partition was answered with another number")
	}
	got := &answer.Topics[0].Partitions[0]
	return got, answer.ThrottleMillis > 0, kerr.ErrorForCode(got.ErrorCode)
}

// locate finds the partition's leader and the topic's id, which newer brokers ask for.
func (c *cursor) locate(ctx context.Context) error {
	if c.located {
		return nil
	}
	metadata, err := c.reader.admin.Metadata(ctx, c.topic)
	if err != nil {
		return err
	}
	detail, ok := metadata.Topics[c.topic]
	if !ok {
		return kerr.UnknownTopicOrPartition
	}
	if detail.Err != nil {
		return detail.Err
	}
	partition, ok := detail.Partitions[c.partition]
	if !ok {
		return kerr.UnknownTopicOrPartition
	}
	if partition.Leader < 0 {
		return kerr.LeaderNotAvailable
	}
	c.leader, c.id, c.located = partition.Leader, detail.ID, true
	return nil
}

// passing says that an error may be gone at the next attempt: the leader moved, or a connection broke.
func passing(err error) bool {
	var broker *kerr.Error
	if errors.As(err, &broker) {
		return broker.Retriable
	}
	return !errors.Is(err, kgo.ErrClientClosed)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
