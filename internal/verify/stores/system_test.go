package stores_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	goredis "github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/load"
	"purser/internal/provision"
	"purser/internal/stream"
	"purser/internal/verify"
	"purser/internal/verify/stores"
	"purser/state"
	"purser/state/inmem"
	"purser/state/redis"
	"purser/topics"
)

// The auditor and the engine were written apart: here the one judges the other, on events of every kind.
func TestTheEngineAndTheAuditorAgree(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	client := []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...)}
	names := topics.Names{Prefix: "audit."}
	cache := redis.New(&goredis.Options{Addr: miniredis.RunT(t).Addr()}, names.Prefix, 0)
	t.Cleanup(func() { _ = cache.Close() })
	startEngine(t, client, names, 4, cache)

	file := filepath.Join(t.TempDir(), "record")
	summary, err := load.Run(t.Context(), load.Config{
		Client: client, Prefix: names.Prefix, Seed: 11, Start: time.Now(), Group: "engine", RecordFile: file,
		Count: 20_000, Orgs: 40, Accounts: 600, Skew: load.Skew{Kind: load.Zipf},
		Late: 0.05, Duplicates: 0.03, Conflicts: 0.01, Malformed: 0.02, Misplaced: 0.005, Unknown: 0.02, Refused: 0.005, Oversized: 3,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, records := range [][]string{{file}, nil} {
		report, err := verify.Run(t.Context(), verify.Config{
			Client: client, Prefix: names.Prefix, Group: "engine", QuietTimeout: time.Minute,
			RecordFiles: records, ReadCell: stores.ReadCell, Checkpoint: stores.Checkpoint{Store: new(inmem.Checkpoint)}, Cache: cache,
		})
		if err != nil {
			t.Fatal(err)
		}
		if report.Differences > 0 || report.Produced != summary.Produced || report.Unrecorded > 0 && records != nil {
			_ = report.Write(testWriter{t})
			t.Fatalf("produced %d; with records %v: %s", summary.Produced, records, report.LastLine())
		}
		t.Log(report.LastLine())
		if report.Waiting == 0 || report.Duplicate == 0 || report.DeadLetterReasons["identity_conflict"] == 0 || report.Alerts["low_balance"] == 0 || report.CacheCells == 0 {
			t.Errorf("not every kind of end was seen: %+v", report)
		}
	}
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) { w.t.Log(string(b)); return len(b), nil }

func startEngine(t *testing.T, client []kgo.Opt, names topics.Names, partitions int32, cache state.Cache, tune ...func(*stream.Config)) {
	t.Helper()
	cl, err := kgo.NewClient(client...)
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	admin := kadm.NewClient(cl)
	if _, err := provision.CreateTopics(t.Context(), admin, names, partitions, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := provision.CommitStartOffsets(t.Context(), admin, names, "engine"); err != nil {
		t.Fatal(err)
	}
	out := io.Discard
	if os.Getenv("PURSER_TEST_LOG") != "" {
		out = os.Stderr
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	cfg := stream.Config{
		Names: names, Group: "engine", Partitions: partitions, ClientID: "engine", Client: client,
		Store: new(inmem.Checkpoint), Cache: cache, Logger: slog.New(slog.NewTextHandler(out, nil)), Metrics: stream.NewMetrics(prometheus.NewRegistry()),
		Workers: 2, BatchMax: 1000, BatchInterval: 5 * time.Millisecond,
		SessionTimeout: 10 * time.Second, RebalanceTimeout: 10 * time.Second, TransactionTimeout: 10 * time.Second,
		DuplicateWindow: 7 * 24 * time.Hour, MaxTickAhead: 5 * time.Minute,
		SliceMax: 100, PinnedMax: 1_000_000, HeldMax: 10_000, CellsMax: 100_000, CacheBytes: 64 << 20, PositionInterval: 50 * time.Millisecond,
	}
	for _, change := range tune {
		change(&cfg)
	}
	go func() { done <- stream.Run(ctx, cfg) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("the engine ended with %v", err)
		}
	})
}
