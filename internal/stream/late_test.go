package stream

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

// TestALateMemberSetsNothingAside: a contradiction counts only where the partition has not been another member's since.
func TestALateMemberSetsNothingAside(t *testing.T) {
	cfg := &Config{Names: topics.Names{Prefix: "t."}, Group: "g", TransactionTimeout: 10 * time.Second, Logger: slog.New(slog.DiscardHandler), Metrics: NewMetrics(prometheus.NewRegistry())}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, cfg.Names.Inputs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	w := &worker{cfg: cfg, log: cfg.Logger, client: client, aside: newSetAside(cfg)}
	known := make([]int64, len(topics.Inputs))
	commit := func() {
		t.Helper()
		offsets := kadm.Offsets{}
		for i, name := range cfg.Names.Inputs() {
			offsets.AddOffset(name, 0, known[i], -1)
		}
		if _, err := kadm.NewClient(client).CommitOffsets(t.Context(), "g", offsets); err != nil {
			t.Fatal(err)
		}
	}
	for i := range known {
		known[i] = int64(10 + i)
	}
	commit()
	task := &task{w: w, offsets: append([]int64(nil), known...)}

	ways := map[string]func(context.Context) error{
		"a panic":      func(ctx context.Context) error { return task.poisoned(ctx, "gone") },
		"a difference": func(ctx context.Context) error { return task.disagree(ctx, errors.New("gone")) },
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for what, stop := range ways {
		known[1]++
		commit()
		if err := stop(t.Context()); !errors.Is(err, errDoubt) || w.aside.has(0) {
			t.Errorf("%s, and others have moved on: %v, set aside: %v", what, err, w.aside.has(0))
		}
		if err := stop(ended); !errors.Is(err, errDoubt) || w.aside.has(0) {
			t.Errorf("%s, and whether others have moved on is not known: %v, set aside: %v", what, err, w.aside.has(0))
		}
		known[1]--
		commit()
		if err := stop(t.Context()); errors.Is(err, errDoubt) || !w.aside.has(0) {
			t.Errorf("%s, and nobody has moved on: %v, set aside: %v", what, err, w.aside.has(0))
		}
		w.aside.resume(0)
	}
}
