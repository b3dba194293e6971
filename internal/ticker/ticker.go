// Package ticker tells every partition what time it is (R1.7). Rules never read a clock: what is due runs when a record on
// refill-tick says that its time has come.
//
// Several tickers may run at once, and an existing scheduler may do the same: a tick that is older than the last one changes
// nothing, and one that is too far ahead of the broker's clock is refused.
package ticker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

// Ticker writes ticks.
type Ticker struct {
	client     *kgo.Client
	names      topics.Names
	partitions int32
	log        *slog.Logger
}

// New returns a ticker with a client of its own. Options say where the brokers are.
func New(ctx context.Context, options []kgo.Opt, names topics.Names, log *slog.Logger) (*Ticker, error) {
	client, err := kgo.NewClient(append(options[:len(options):len(options)],
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		// A tick that could not be written is overtaken by the next one: nothing is gained by holding on to it.
		kgo.RecordDeliveryTimeout(10*time.Second),
	)...)
	if err != nil {
		return nil, fmt.Errorf("a client for ticks: %w", err)
	}
	t := &Ticker{client: client, names: names, log: log}
	if t.partitions, err = t.count(ctx); err != nil {
		client.Close()
		return nil, err
	}
	return t, nil
}

// Close closes the client.
func (t *Ticker) Close() { t.client.Close() }

func (t *Ticker) count(ctx context.Context) (int32, error) {
	topic := t.names.Of(topics.RefillTick)
	details, err := kadm.NewClient(t.client).ListTopics(ctx, topic)
	if err == nil {
		err = details[topic].Err
	}
	if err != nil {
		return 0, fmt.Errorf("look at topic %s: %w", topic, err)
	}
	return int32(len(details[topic].Partitions)), nil
}

// Tick tells every partition that it is at, and returns when the broker has it from all of them.
func (t *Ticker) Tick(ctx context.Context, at time.Time) error {
	records := make([]*kgo.Record, t.partitions)
	for p := range t.partitions {
		records[p] = topics.NewTick(t.names, p, topics.TimeOf(at))
	}
	if err := t.client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return fmt.Errorf("write the tick of %s to %s: %w", at.UTC().Format(time.RFC3339Nano), t.names.Of(topics.RefillTick), err)
	}
	return nil
}

// Run ticks at once and then at every multiple of the interval, until ctx ends. A tick that fails is logged and not made up
// for: the next one says all that it would have said.
func (t *Ticker) Run(ctx context.Context, every time.Duration) {
	for {
		if err := t.Tick(ctx, time.Now()); err != nil && ctx.Err() == nil {
			t.log.Warn("a tick was not written; the next one makes up for it", "error", err)
		}
		now := time.Now()
		wait := time.NewTimer(now.Truncate(every).Add(every).Sub(now))
		select {
		case <-ctx.Done():
			wait.Stop()
			return
		case <-wait.C:
		}
	}
}
