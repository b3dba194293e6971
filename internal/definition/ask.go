package definition

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/topics"
)

// Question is an event that asks something, and is answered by an outcome (R9.1).
type Question struct {
	Topic, Type, Org, ID string
	Body                 any
}

// Ask sends a question and waits for the first answer to it that is final, or that the caller takes for enough.
func Ask(ctx context.Context, opts []kgo.Opt, names topics.Names, q *Question, timeout time.Duration, enough func(*topics.OutcomeBody) bool) (*topics.OutcomeBody, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client, err := kgo.NewClient(append(opts, kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.RecordDeliveryTimeout(timeout))...)
	if err != nil {
		return nil, fmt.Errorf("a Kafka client: %w", err)
	}
	defer client.Close()
	outcome := names.Of(topics.Outcome)
	spans, err := committed.NewReader(client).Spans(ctx, outcome)
	if err != nil {
		return nil, err
	}
	from := map[int32]kgo.Offset{}
	for p, span := range spans[outcome] {
		from[int32(p)] = kgo.NewOffset().At(span.End)
	}
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{outcome: from})
	rec := topics.NewEvent(names.Of(q.Topic), q.Org, Source, q.ID, q.Type, topics.TimeOf(time.Now()), q.Body)
	if err := client.ProduceSync(ctx, rec).FirstErr(); err != nil {
		return nil, fmt.Errorf("the question: %w", err)
	}
	for {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, fmt.Errorf("no answer to %s of %s within %v: %w", q.ID, Source, timeout, err)
		}
		for _, r := range fetches.Records() {
			var b topics.OutcomeBody
			if string(r.Key) != q.Org || json.Unmarshal(r.Value, &b) != nil || b.Source != Source || b.ID != q.ID {
				continue
			}
			if b.Status != "pending" || enough(&b) {
				return &b, nil
			}
		}
	}
}
