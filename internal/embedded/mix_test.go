package embedded_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/config"
	"purser/internal/embedded"
	"purser/internal/gateway"
	"purser/internal/load"
	"purser/internal/node"
	"purser/internal/telemetry"
	"purser/internal/verify"
	"purser/internal/verify/stores"
	"purser/state/redis"
	"purser/topics"
)

// town is purser with a gateway on the embedded broker.
type town struct {
	t      *testing.T
	env    *embedded.Environment
	client []kgo.Opt
	names  topics.Names
	cache  *redis.Cache
}

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{t: t, names: topics.Names{Prefix: "mix."}}
	env, err := embedded.Start(t.Context(), embedded.Config{Partitions: 4, Names: w.names, Group: "g"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { env.Close() })
	w.env, w.client = env, []kgo.Opt{kgo.SeedBrokers(env.Brokers...)}
	w.cache = redis.New(&goredis.Options{Addr: env.Redis}, w.names.Prefix, 0)
	t.Cleanup(func() { _ = w.cache.Close() })
	s := config.New()
	s.Engine.TickInterval, s.Engine.CheckpointCellsInterval = 500*time.Millisecond, 500*time.Millisecond
	log := slog.New(slog.DiscardHandler)
	w.run("purser", func(ctx context.Context) error {
		return node.Run(ctx, node.Parts{
			Engine: s.Engine, Names: w.names, Group: "g", Client: w.client, Store: env.Checkpoint, Cache: w.cache, Log: log,
			Registry: prometheus.NewRegistry(), Health: telemetry.NewHealth(), AnyTime: true,
		})
	})
	w.run("the gateway", func(ctx context.Context) error {
		return gateway.Run(ctx, gateway.Config{Client: w.client, Names: w.names, Group: "cards", Log: log, Metrics: gateway.NewMetrics(prometheus.NewRegistry())})
	})
	return w
}

// run runs something until the test ends.
func (w *town) run(what string, do func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- do(ctx) }()
	w.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			w.t.Errorf("%s has ended with %v", what, err)
		}
	})
}

// TestTheFullMixIsAccountedFor: every event of the load, and every result of the gateway, is what it has to be.
func TestTheFullMixIsAccountedFor(t *testing.T) {
	w := newTown(t)
	file := filepath.Join(t.TempDir(), "produced")
	produced, err := load.Run(t.Context(), load.Config{
		Client: w.client, Prefix: w.names.Prefix, Seed: seedOf(t), Start: time.Now(), Group: "g", RecordFile: file,
		Mix: load.Mix{Usage: 70, Sends: 18, Payments: 6, Others: 6}, Count: 20_000, Rate: 3000, Orgs: 20, Accounts: 1000, Skew: load.Skew{Kind: load.Zipf},
		Late: 0.05, Duplicates: 0.03, Conflicts: 0.01, Malformed: 0.01, Misplaced: 0.005, Unknown: 0.02, Refused: 0.005, Oversized: 3,
	})
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify.Run(t.Context(), verify.Config{
		Client: w.client, Prefix: w.names.Prefix, Group: "g", QuietTimeout: time.Minute, RecordFiles: []string{file},
		ReadCell: stores.ReadCell, Unsettled: stores.Unsettled, Due: stores.Due, CheckpointTimeout: time.Minute, Checkpoint: stores.Checkpoint{Store: w.env.Checkpoint}, Cache: w.cache,
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = report.Write(lines{t})
	if report.Differences > 0 || report.Produced < produced.Produced {
		t.Errorf("%d events were produced: %s", produced.Produced, report.LastLine())
	}
	for what, n := range map[string]int64{
		"invoices": report.Invoices, "attempts": report.Attempts, "rejections": report.Rejected, "results of the gateway": report.Unrecorded,
		"failures": report.Alerts["recharge_failed"], "contradictions": report.Alerts["recharge_disputed"], "unknown attempts": report.DeadLetterReasons["unknown_attempt"],
	} {
		if n == 0 {
			t.Errorf("there are no %s", what)
		}
	}
}

// TestAnEngineThatWorksIsAudited: sends and their charges go on while it is looked at, and what was under way is either seen whole or not
// at all.
func TestAnEngineThatWorksIsAudited(t *testing.T) {
	w := newTown(t)
	c := load.Config{
		Client: w.client, Prefix: w.names.Prefix, Seed: 1, Start: time.Now(), Group: "g",
		Mix: load.Mix{Usage: 40, Sends: 40, Payments: 10, Others: 10}, Count: 2000, Orgs: 4, Accounts: 100,
	}
	if _, err := load.Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		c.Seed, c.SkipDefinitions, c.Count, c.Rate = 2, true, 1_000_000, 10
		_, err := load.Run(ctx, c)
		ended <- err
	}()
	seen := int64(0)
	for range 8 {
		report, err := verify.Run(t.Context(), verify.Config{
			Client: w.client, Prefix: w.names.Prefix, Group: "g", QuietTimeout: time.Minute, ReadCell: stores.ReadCell,
			CheckpointTimeout: time.Minute, Checkpoint: stores.Checkpoint{Store: w.env.Checkpoint}, Cache: w.cache,
		})
		if err != nil {
			t.Fatal(err)
		}
		if report.Differences > 0 || report.Produced <= seen {
			_ = report.Write(lines{t})
			t.Errorf("after %d events: %s", seen, report.LastLine())
		}
		seen = report.Produced
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the load has ended with %v", err)
	}
}

type lines struct{ t *testing.T }

func (w lines) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// seedOf is that of PURSER_MIX_SEED, or the one that is always played.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("PURSER_MIX_SEED")
	if text == "" {
		return 5
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return seed
}
