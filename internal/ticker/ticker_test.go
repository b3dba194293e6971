package ticker_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/internal/ticker"
	"purser/processors/core"
	"purser/topics"
)

const partitions = 3

func newTicker(t *testing.T) (*ticker.Ticker, *kgo.Client) {
	t.Helper()
	names := topics.Names{Prefix: "p."}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, names.Of(topics.RefillTick)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	seeds := []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...)}
	tick, err := ticker.New(t.Context(), seeds, names, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tick.Close)
	client, err := kgo.NewClient(seeds...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return tick, client
}

// told reads the times that each partition was told, with the decoder that the engine reads them with.
func told(t *testing.T, client *kgo.Client) [partitions][]time.Time {
	t.Helper()
	reader := committed.NewReader(client)
	topic := "p." + topics.RefillTick
	spans, err := reader.Spans(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	var times [partitions][]time.Time
	decoder := topics.NewDecoder()
	for p, span := range spans[topic] {
		err := reader.Read(t.Context(), topic, int32(p), span, func(rec *kgo.Record) error {
			var ev core.Event
			if rejection := decoder.Decode(topics.InputIndex(topics.RefillTick), rec, &ev); rejection != nil {
				t.Fatalf("the engine cannot read a tick: %s", rejection.Text())
			}
			if ev.Type != core.Tick {
				t.Fatalf("a tick is read as %v", ev.Type)
			}
			times[p] = append(times[p], time.UnixMicro(int64(ev.TickAt)).UTC())
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return times
}

func TestEveryPartitionIsTold(t *testing.T) {
	tick, client := newTicker(t)
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	if err := tick.Tick(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	for p, times := range told(t, client) {
		if !slices.Equal(times, []time.Time{at}) {
			t.Errorf("partition %d was told %v", p, times)
		}
	}
}

// TestRunGoesOn: it tells the time again and again, and ends with its context.
func TestRunGoesOn(t *testing.T) {
	tick, client := newTicker(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	began := time.Now()
	go func() { defer close(done); tick.Run(ctx, 20*time.Millisecond) }()
	for deadline := time.Now().Add(10 * time.Second); len(told(t, client)[2]) < 3; {
		if time.Now().After(deadline) {
			t.Fatal("it stopped telling the time")
		}
	}
	cancel()
	<-done
	times := told(t, client)[2]
	if !slices.IsSortedFunc(times, time.Time.Compare) || times[0].Before(began.Truncate(time.Microsecond)) || times[len(times)-1].After(time.Now()) {
		t.Errorf("from %v on, it told %v", began, times)
	}
}
