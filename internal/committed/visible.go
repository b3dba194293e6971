package committed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// ErrHidden says that a transaction did not end in time, behind which readers of committed records see nothing.
var ErrHidden = errors.New("an open transaction hides what was committed after it began")

// AwaitVisible returns when readers of committed records see everything that the topics held when it was called. One transaction
// that is open, perhaps of a producer that is gone, hides whatever others have committed behind it.
func (r *Reader) AwaitVisible(ctx context.Context, timeout time.Duration, topics ...string) error {
	ends, err := r.admin.ListEndOffsets(ctx, topics...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fmt.Errorf("list the ends: %w", err)
	}
	for deadline := time.Now().Add(timeout); ; {
		hidden, err := r.hidden(ctx, ends, topics)
		if err != nil && !passing(err) {
			return err
		}
		if err == nil && hidden == "" {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.Join(fmt.Errorf("%w: %s, after %s. Whose it is: kafka-transactions.sh describe-producers", ErrHidden, hidden, timeout), err)
		}
		if err := pause(ctx, lookEvery); err != nil {
			return err
		}
	}
}

// hidden names a partition of which something before its end is not visible yet; empty: there is none.
func (r *Reader) hidden(ctx context.Context, ends kadm.ListedOffsets, topics []string) (string, error) {
	stable, err := r.admin.ListCommittedOffsets(ctx, topics...)
	if err == nil {
		err = stable.Error()
	}
	if err != nil {
		return "", fmt.Errorf("list the committed ends: %w", err)
	}
	hidden := ""
	ends.Each(func(end kadm.ListedOffset) {
		if at, ok := stable.Lookup(end.Topic, end.Partition); !ok || at.Offset < end.Offset {
			hidden = fmt.Sprintf("%s/%d from offset %d on", end.Topic, end.Partition, at.Offset)
		}
	})
	return hidden, nil
}

// Still returns the spans of topics that nobody writes to just now: what was committed to one of them is committed to all, and belongs
// together. Where they are never found like that in time, ok is false.
func (r *Reader) Still(ctx context.Context, within time.Duration, topics ...string) (spans map[string][]Span, ok bool, err error) {
	for deadline := time.Now().Add(within); ; {
		ends, err := r.admin.ListEndOffsets(ctx, topics...)
		if err == nil {
			err = ends.Error()
		}
		if err != nil {
			return nil, false, fmt.Errorf("list the ends: %w", err)
		}
		// A transaction hides what it has written from here on, and shows it partition by partition when it ends: either shows here.
		if spans, err = r.Spans(ctx, topics...); err != nil {
			return nil, false, err
		}
		if reach(spans, ends) {
			return spans, true, nil
		}
		if time.Now().After(deadline) {
			return nil, false, nil
		}
		if err := pause(ctx, lookEvery/10); err != nil {
			return nil, false, err
		}
	}
}

// reach says whether every partition is visible up to its end, and no further.
func reach(spans map[string][]Span, ends kadm.ListedOffsets) bool {
	for topic, partitions := range spans {
		for p, span := range partitions {
			if end, ok := ends.Lookup(topic, int32(p)); !ok || end.Offset != span.End {
				return false
			}
		}
	}
	return true
}
