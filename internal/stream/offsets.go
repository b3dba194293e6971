package stream

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"purser/internal/failpoint"
	"purser/topics"
)

// committedOffsets returns the group's offset of each input, in the order of topics.Inputs, once no open transaction is
// about to move them.
func (t *task) committedOffsets(ctx context.Context) ([]int64, error) {
	for tries := 1; ; tries++ {
		offsets, err := t.stableOffsets(ctx)
		if !kerr.IsRetriable(err) {
			return offsets, err
		}
		if tries%250 == 0 { // every five seconds or so
			t.w.log.Warn("a restore waits for an open transaction to end", "partition", t.partition, "error", err)
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stableOffsets asks for this partition of each input and no other: a transaction that is about to move another one is none of
// this task's business, and among many workers there is always one.
func (t *task) stableOffsets(ctx context.Context) ([]int64, error) {
	answer, err := t.offsetRequest().RequestWith(ctx, t.w.client)
	if err != nil {
		return nil, fmt.Errorf("reading committed offsets: %w", err)
	}
	held := map[string]int64{}
	for _, group := range answer.Groups {
		if err := kerr.ErrorForCode(group.ErrorCode); err != nil {
			return nil, fmt.Errorf("reading committed offsets: %w", err)
		}
		for _, topic := range group.Topics {
			for _, p := range topic.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					return nil, fmt.Errorf("reading the committed offset of %s/%d: %w", topic.Topic, p.Partition, err)
				}
				held[topic.Topic] = p.Offset
			}
		}
	}
	offsets := make([]int64, len(topics.Inputs))
	for i, input := range topics.Inputs {
		at, ok := held[t.w.cfg.Names.Of(input)]
		if !ok || at < 0 {
			err := fmt.Errorf("no committed offset for %s/%d: the group was never initialised, or its offsets have expired", t.w.cfg.Names.Of(input), t.partition)
			t.w.aside.put(t.partition, err)
			return nil, err
		}
		offsets[i] = at
	}
	return offsets, nil
}

func (t *task) offsetRequest() *kmsg.OffsetFetchRequest {
	group := kmsg.NewOffsetFetchRequestGroup()
	group.Group = t.w.cfg.Group
	for _, input := range topics.Inputs {
		topic := kmsg.NewOffsetFetchRequestGroupTopic()
		topic.Topic, topic.Partitions = t.w.cfg.Names.Of(input), []int32{t.partition}
		group.Topics = append(group.Topics, topic)
	}
	req := kmsg.NewPtrOffsetFetchRequest()
	req.Groups, req.RequireStable = append(req.Groups, group), !failpoint.Off("stable-offsets")
	return req
}
