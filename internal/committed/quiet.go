package committed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Quiet says what to wait for.
type Quiet struct {
	Group string
	// Ends are what the group must have got through: for each topic, the end of each partition.
	Ends map[string][]int64
	// Pending tells whether a record that the group has not consumed yet stands for work that is under way, on whatever
	// offset: an engine that writes continuations to itself is not done while one of them is waiting. Nil: none does.
	Pending func(*kgo.Record) bool
	// PendingTopic is where such records are.
	PendingTopic string
	Timeout      time.Duration
	Every        time.Duration    // how often it is looked; default 200 ms
	Progress     func(left int64) // records that are still to be consumed
}

// ErrNotQuiet says that the group did not get through its inputs in time.
var ErrNotQuiet = errors.New("the consumer group has not got through its inputs")

const lookEvery = 200 * time.Millisecond

// Wait returns when the group has consumed every record before the ends and nothing is pending. Markers of transactions
// at the end of a partition are never consumed, so a group that stands before them is through all the same.
func (r *Reader) Wait(ctx context.Context, q Quiet) error {
	deadline := time.Now().Add(q.Timeout)
	for {
		left, err := r.left(ctx, &q)
		if err != nil && !passing(err) {
			return err
		}
		if err == nil && q.Progress != nil {
			q.Progress(left)
		}
		if err == nil && left == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.Join(fmt.Errorf("%w: group %s, %d records left after %s", ErrNotQuiet, q.Group, left, q.Timeout), err)
		}
		if err := pause(ctx, cmp.Or(q.Every, lookEvery)); err != nil {
			return err
		}
	}
}

func (r *Reader) left(ctx context.Context, q *Quiet) (int64, error) {
	offsets, err := r.admin.FetchOffsets(kadm.RequireStable(ctx), q.Group)
	if err == nil {
		err = offsets.Error()
	}
	if errors.Is(err, kerr.GroupIDNotFound) { // it has not begun
		offsets, err = nil, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the offsets of group %s: %w", q.Group, err)
	}
	var left int64
	for topic, ends := range q.Ends {
		for p, end := range ends {
			n, err := r.leftOf(ctx, offsets, topic, int32(p), end)
			if err != nil {
				return 0, err
			}
			left += n
		}
	}
	if left > 0 || q.Pending == nil {
		return left, nil
	}
	return r.pending(ctx, q, offsets)
}

func (r *Reader) leftOf(ctx context.Context, offsets kadm.OffsetResponses, topic string, p int32, end int64) (int64, error) {
	at := int64(0)
	if committed, ok := offsets.Lookup(topic, p); ok && committed.At > 0 {
		at = committed.At
	}
	return r.Left(ctx, topic, p, Span{Start: at, End: end}, func(*kgo.Record) bool { return true })
}

// Left is how many committed records of some kind a span holds: exactly where it is short, and otherwise how long it is.
func (r *Reader) Left(ctx context.Context, topic string, p int32, span Span, which func(*kgo.Record) bool) (int64, error) {
	const many = 1000 // more than markers explain: no need to look
	switch n := span.End - span.Start; {
	case n <= 0:
		return 0, nil
	case n > many:
		return n, nil
	}
	return r.count(ctx, topic, p, span, which)
}

func (r *Reader) pending(ctx context.Context, q *Quiet, offsets kadm.OffsetResponses) (int64, error) {
	spans, err := r.Spans(ctx, q.PendingTopic)
	if err != nil {
		return 0, err
	}
	var pending int64
	for p, span := range spans[q.PendingTopic] {
		if committed, ok := offsets.Lookup(q.PendingTopic, int32(p)); ok {
			span.Start = max(span.Start, committed.At)
		}
		n, err := r.count(ctx, q.PendingTopic, int32(p), span, q.Pending)
		if err != nil {
			return 0, err
		}
		pending += n
	}
	return pending, nil
}

func (r *Reader) count(ctx context.Context, topic string, p int32, span Span, which func(*kgo.Record) bool) (n int64, err error) {
	err = r.Read(ctx, topic, p, span, func(record *kgo.Record) error {
		if which(record) {
			n++
		}
		return nil
	})
	return n, err
}
