package node

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

// Tick writes the time to every partition of refill-tick, now and at each interval, until ctx ends. A second ticker does no
// harm: a tick that is older than the last one changes nothing.
func Tick(ctx context.Context, opts []kgo.Opt, names topics.Names, partitions int32, interval time.Duration, log *slog.Logger) error {
	client, err := kgo.NewClient(append(slices.Clone(opts), kgo.ClientID("purser-tick"), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		return fmt.Errorf("a producer of ticks: %w", err)
	}
	defer client.Close()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if err := WriteTick(ctx, client, names, partitions, time.Now()); err != nil && ctx.Err() == nil {
			log.Warn("writing ticks; the next one makes up for it", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// WriteTick tells every partition what time it is. The client must partition by hand.
func WriteTick(ctx context.Context, client *kgo.Client, names topics.Names, partitions int32, now time.Time) error {
	ticks := make([]*kgo.Record, partitions)
	for p := range partitions {
		ticks[p] = topics.NewTick(names, p, topics.TimeOf(now))
	}
	return client.ProduceSync(ctx, ticks...).FirstErr()
}
