package overview_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	goredis "github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/overview"
	"purser/internal/provision"
	"purser/internal/stream/balance"
	"purser/processors/core"
	"purser/state"
	"purser/state/inmem"
	"purser/state/redis"
	"purser/topics"
)

// TestWhereThingsStand: an owner, a lag, a checkpoint that is behind, and a cache that knows more.
func TestWhereThingsStand(t *testing.T) {
	names := topics.Names{Prefix: "p."}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if _, err := provision.CreateTopics(t.Context(), admin, names, 2, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := provision.CommitStartOffsets(t.Context(), admin, names, "g"); err != nil {
		t.Fatal(err)
	}
	for topic, n := range map[string]int{topics.Usage: 3, topics.Ledger: 5, topics.Changelog: 4} {
		for range n {
			if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: names.Of(topic), Partition: 1}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
	mini := miniredis.RunT(t)
	cache := redis.New(&goredis.Options{Addr: mini.Addr()}, "p.", 0)
	defer cache.Close()
	progress := &core.Progress{Meta: core.Meta{Key: core.ProgressKey}, Entry: 5, LastTick: 77, Offsets: make([]int64, 5)}
	_, err = cache.Store(t.Context(), state.CacheWrite{Partition: 1, Owner: 1, From: -1, To: 3, Reset: true,
		Images: []state.Image{{Key: core.ProgressKey, Value: state.AppendCell(nil, progress)}}})
	if err != nil {
		t.Fatal(err)
	}
	sources := overview.Sources{Admin: admin, Names: names, Group: "g", Checkpoint: &inmem.Checkpoint{}, Cache: cache}
	o, err := overview.Gather(t.Context(), sources)
	if err != nil {
		t.Fatal(err)
	}
	want := []overview.Partition{
		{Number: 0, State: overview.Nobody, CacheChangelog: -1},
		{Number: 1, State: overview.Nobody, Lag: 3, Ledger: 5, CheckpointLedger: 5, CheckpointChangelog: 4, CacheChangelog: 1, Entry: 5, LastTick: 77},
	}
	for i := range want {
		if !reflect.DeepEqual(o.Partitions[i], want[i]) {
			t.Errorf("got %+v, want %+v", o.Partitions[i], want[i])
		}
	}

	registry := prometheus.NewRegistry()
	watching, stop := context.WithCancel(t.Context())
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		overview.Watch(watching, sources, overview.NewMetrics(registry), 50*time.Millisecond, slog.New(slog.DiscardHandler))
	}()
	for _, want := range []string{`purser_lag_offsets{partition="0"} 0`, `purser_lag_offsets{partition="1"} 3`} {
		for deadline := time.Now().Add(10 * time.Second); !strings.Contains(exposition(t, registry), want); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s is not told:\n%s", want, exposition(t, registry))
			}
		}
	}
	stop()
	<-watched

	ctx, cancel := context.WithCancel(t.Context())
	member, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ClientID("worker-1"), kgo.ConsumerGroup("g"),
		kgo.ConsumeTopics(names.Inputs()...), kgo.Balancers(balance.CoPartition()), kgo.DisableAutoCommit())
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			member.PollFetches(ctx)
		}
	}()
	defer func() { cancel(); <-done; member.Close() }()
	for deadline := time.Now().Add(20 * time.Second); o.Partitions[0].Owner == "" || o.Partitions[1].Owner == ""; {
		if time.Now().After(deadline) {
			t.Fatalf("no owner is seen: %+v", o)
		}
		if o, err = overview.Gather(t.Context(), sources); err != nil {
			t.Fatal(err)
		}
	}
	if o.Partitions[1].Owner != "worker-1" || o.Partitions[1].State != overview.Owned || o.Members != 1 || o.GroupState != "Stable" {
		t.Errorf("got %+v", o)
	}
	mini.SetError("LOADING")
	if o, err = overview.Gather(t.Context(), sources); err != nil || len(o.Notes) != 1 || o.Partitions[1].CacheChangelog != -1 {
		t.Errorf("with Redis away: %+v, %v", o, err)
	}
}

func exposition(t *testing.T, g prometheus.Gatherer) string {
	t.Helper()
	w := httptest.NewRecorder()
	promhttp.HandlerFor(g, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}
