package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/telemetry"
)

func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

// TestKafkaClientsComeAndGo: the counters outlive a client and are shared by the next.
func TestKafkaClientsComeAndGo(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "usage"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	r := telemetry.NewRegistry("v1")
	hooks := telemetry.NewKafka(r)
	for range 2 {
		client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.WithHooks(hooks),
			kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{"usage": {0: kgo.NewOffset().AtStart()}}))
		if err != nil {
			t.Fatal(err)
		}
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: "usage", Value: []byte("x")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		client.PollFetches(t.Context())
		client.Close()
	}
	_, body := get(t, telemetry.Handler(r, telemetry.NewHealth(), false), "/metrics")
	for _, line := range []string{
		`purser_kafka_produced_records_total{topic="usage"} 2`,
		`purser_kafka_fetched_records_total{topic="usage"} `,
		`purser_kafka_request_seconds_count{request="Produce"} 2`,
		`purser_build_info{version="v1"} 1`,
		"go_goroutines",
	} {
		if !strings.Contains(body, line) {
			t.Errorf("/metrics lacks %q", line)
		}
	}
}

func TestPoolsAreAsked(t *testing.T) {
	m := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: m.Addr()})
	defer client.Close()
	pool, err := pgxpool.New(t.Context(), "postgres://nobody@127.0.0.1:1/none?pool_max_conns=3")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	r := prometheus.NewPedanticRegistry()
	telemetry.RegisterRedis(r, client.PoolStats)
	telemetry.RegisterPostgres(r, pool.Stat)
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	_, body := get(t, telemetry.Handler(r, telemetry.NewHealth(), false), "/metrics")
	for _, line := range []string{"purser_redis_connections 1", "purser_redis_pool_misses_total 1", "purser_postgres_connections_max 3"} {
		if !strings.Contains(body, "\n"+line) {
			t.Errorf("/metrics lacks %q:\n%s", line, body)
		}
	}
}

func TestHealth(t *testing.T) {
	h := telemetry.NewHealth()
	handler := telemetry.Handler(prometheus.NewRegistry(), h, false)
	expect := func(path string, code int, says string) {
		t.Helper()
		if got, body := get(t, handler, path); got != code || !strings.Contains(body, says) {
			t.Errorf("%s answers %d %q, want %d %q", path, got, body, code, says)
		}
	}
	expect("/healthz", 200, "ok")
	expect("/readyz", 200, "ok")
	restored := false
	h.Part("partitions", func() error {
		if !restored {
			return errors.New("3 of 8 are restoring")
		}
		return nil
	})
	expect("/healthz", 200, "ok")
	expect("/readyz", 503, "partitions: 3 of 8 are restoring")
	restored = true
	expect("/readyz", 200, "ok")
	h.Fail(errors.New("a broken invariant"))
	expect("/healthz", 503, "a broken invariant")
	expect("/readyz", 503, "a broken invariant")
	expect("/debug/pprof/", 404, "")
	if code, _ := get(t, telemetry.Handler(prometheus.NewRegistry(), h, true), "/debug/pprof/"); code != 200 {
		t.Errorf("pprof answers %d where it is on", code)
	}
}

// TestServeEnds: it listens on a port of its own and ends with its context.
func TestServeEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	address := make(chan net.Addr, 1)
	done := make(chan error, 1)
	handler := telemetry.Handler(prometheus.NewRegistry(), telemetry.NewHealth(), false)
	go func() {
		done <- telemetry.Serve(ctx, "127.0.0.1:0", handler, slog.New(slog.DiscardHandler), func(a net.Addr) { address <- a })
	}()
	resp, err := http.Get(fmt.Sprintf("http://%s/healthz", <-address))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	if resp.Body.Close(); string(body) != "ok\n" {
		t.Errorf("got %q", body)
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it did not end")
	}
}

func TestAnAddressThatIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	err = telemetry.Serve(t.Context(), taken.Addr().String(), http.NotFoundHandler(), slog.New(slog.DiscardHandler), func(net.Addr) {})
	if err == nil || !strings.Contains(err.Error(), "http-listen") {
		t.Errorf("got %v, want an error that names the setting", err)
	}
}

func TestLogger(t *testing.T) {
	var out strings.Builder
	log, err := telemetry.Logger(&out, "warn", "json")
	if err != nil {
		t.Fatal(err)
	}
	log.Info("quiet")
	log.Warn("loud", "partition", 3)
	if got := out.String(); strings.Contains(got, "quiet") || !strings.Contains(got, `"msg":"loud","partition":3`) {
		t.Errorf("logged %q", got)
	}
	if _, err := telemetry.Logger(&out, "loud", "json"); err == nil {
		t.Error("a level that is none was accepted")
	}
	if _, err := telemetry.Logger(&out, "info", "xml"); err == nil {
		t.Error("a format that is none was accepted")
	}
}
