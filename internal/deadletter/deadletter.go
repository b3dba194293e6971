// Package deadletter reads the records that were refused, and sends them back where they came from after a fix (R10.1).
package deadletter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/topics"
)

// Letter is a refused record: all of what came, and why it was refused.
type Letter struct {
	Partition int32 // of the dead letter
	Offset    int64 // of the dead letter
	At        time.Time
	Reason    string
	Detail    string
	Cause     string // topic/partition/offset that it came from
	Entry     string // number of its ledger record on the same partition; "" where it has none
	Key       []byte
	Value     []byte
	Headers   []kgo.RecordHeader // those that it came with
}

// Position is the letter's own place, partition/offset, by which it is shown and replayed.
func (l *Letter) Position() string { return fmt.Sprintf("%d/%d", l.Partition, l.Offset) }

// ParsePosition is the inverse of Position.
func ParsePosition(s string) (partition int32, offset int64, err error) {
	p, o, ok := strings.Cut(s, "/")
	n, errP := strconv.ParseInt(p, 10, 32)
	offset, errO := strconv.ParseInt(o, 10, 64)
	if !ok || errP != nil || errO != nil || n < 0 || offset < 0 {
		return 0, 0, fmt.Errorf("%q is no place of a dead letter: it must be partition/offset, as purser dlq list prints it", s)
	}
	return int32(n), offset, nil
}

// Topic is the input on the broker that the letter came from; "" where that is unknown.
func (l *Letter) Topic() string {
	topic, _, _ := strings.Cut(l.Cause, "/")
	return topic
}

// origin is the partition that the letter came from.
func (l *Letter) origin() (int32, bool) {
	parts := strings.Split(l.Cause, "/")
	if len(parts) != 3 {
		return 0, false
	}
	n, err := strconv.ParseInt(parts[1], 10, 32)
	return int32(n), err == nil && n >= 0
}

var added = []string{topics.HeaderReason, topics.HeaderDetail, topics.HeaderCause, topics.HeaderEntry}

func letterOf(rec *kgo.Record) *Letter {
	l := &Letter{
		Partition: rec.Partition, Offset: rec.Offset, At: rec.Timestamp, Key: rec.Key, Value: rec.Value,
		Reason: string(topics.Header(rec, topics.HeaderReason)),
		Detail: string(topics.Header(rec, topics.HeaderDetail)),
		Cause:  string(topics.Header(rec, topics.HeaderCause)),
		Entry:  string(topics.Header(rec, topics.HeaderEntry)),
	}
	for _, h := range rec.Headers {
		if !slices.Contains(added, h.Key) {
			l.Headers = append(l.Headers, h)
		}
	}
	return l
}

// Filter chooses letters; what is empty chooses all.
type Filter struct {
	Reason string
	Org    string
	Topic  string // input, without prefix
	Since  time.Time
	Until  time.Time
}

func (f *Filter) matches(l *Letter, names topics.Names) bool {
	return (f.Reason == "" || f.Reason == l.Reason) &&
		(f.Org == "" || f.Org == string(l.Key)) &&
		(f.Topic == "" || names.Of(f.Topic) == l.Topic()) &&
		(f.Since.IsZero() || !l.At.Before(f.Since)) &&
		(f.Until.IsZero() || l.At.Before(f.Until))
}

// Box is the dead-letter topic.
type Box struct {
	client *kgo.Client
	reader *committed.Reader
	names  topics.Names
}

// Open opens it with a client of its own. Options say where the brokers are.
func Open(options []kgo.Opt, names topics.Names) (*Box, error) {
	client, err := kgo.NewClient(append(options[:len(options):len(options)],
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(2<<20))...)
	if err != nil {
		return nil, fmt.Errorf("a client for dead letters: %w", err)
	}
	return &Box{client, committed.NewReader(client), names}, nil
}

// Close closes the client.
func (b *Box) Close() { b.client.Close() }

// Each calls f with every letter that is there now and that the filter chooses: partition by partition, oldest first.
func (b *Box) Each(ctx context.Context, filter Filter, f func(*Letter) error) error {
	topic := b.names.Of(topics.DeadLetter)
	spans, err := b.reader.Spans(ctx, topic)
	if err != nil {
		return err
	}
	for p, span := range spans[topic] {
		err := b.reader.Read(ctx, topic, int32(p), span, func(rec *kgo.Record) error {
			if l := letterOf(rec); filter.matches(l, b.names) {
				return f(l)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ErrNone says that there is no letter at a place.
var ErrNone = errors.New("there is no dead letter there; it may have been too old to be kept")

// At returns the letter at a place.
func (b *Box) At(ctx context.Context, partition int32, offset int64) (*Letter, error) {
	topic := b.names.Of(topics.DeadLetter)
	spans, err := b.reader.Spans(ctx, topic)
	if err != nil {
		return nil, err
	}
	if int(partition) >= len(spans[topic]) || offset < spans[topic][partition].Start || offset >= spans[topic][partition].End {
		return nil, ErrNone
	}
	var found *Letter
	err = b.reader.Read(ctx, topic, partition, committed.Span{Start: offset, End: offset + 1}, func(rec *kgo.Record) error {
		found = letterOf(rec)
		return nil
	})
	if err == nil && found == nil {
		err = ErrNone
	}
	return found, err
}

// Replay sends a letter back to its input, as it came: the same event with the same identity. It names the ledger record of
// its refusal, and counts only while that record is the last word on the identity: so however often it is sent, it is
// decided once. It is keyed like any event of its org, also where it came to a wrong partition the first time.
func (b *Box) Replay(ctx context.Context, l *Letter) error {
	rec, err := b.replayOf(ctx, l)
	if err != nil {
		return fmt.Errorf("replay %s: %w", l.Position(), err)
	}
	if err := b.client.ProduceSync(ctx, rec).FirstErr(); err != nil {
		return fmt.Errorf("replay %s to %s/%d: %w", l.Position(), rec.Topic, rec.Partition, err)
	}
	return nil
}

func (b *Box) replayOf(ctx context.Context, l *Letter) (*kgo.Record, error) {
	topic := l.Topic()
	if _, input := b.names.Input(topic); !input {
		return nil, fmt.Errorf("it does not come from an input but from %q", l.Cause)
	}
	spans, err := b.reader.Spans(ctx, topic)
	if err != nil {
		return nil, err
	}
	partition, known := l.origin()
	if len(l.Key) > 0 && topic != b.names.Of(topics.RefillTick) { // ticks are for a partition, whatever their key
		partition = topics.PartitionOf(string(l.Key), int32(len(spans[topic])))
	} else if !known {
		return nil, fmt.Errorf("it has no key, and its origin %q names no partition", l.Cause)
	}
	rec := &kgo.Record{Topic: topic, Partition: partition, Key: l.Key, Value: l.Value}
	for _, h := range l.Headers {
		if h.Key != topics.HeaderReplay {
			rec.Headers = append(rec.Headers, h)
		}
	}
	if l.Entry != "" {
		replays := fmt.Sprintf("%d/%s", l.Partition, l.Entry)
		rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: topics.HeaderReplay, Value: []byte(replays)})
	}
	return rec, nil
}
