package checkpoint

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/testenv"
	"purser/processors/core"
	"purser/state"
	"purser/state/postgres"
	"purser/topics"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// realServers returns a source on a real broker and a store in a real Postgres.
func realServers(t *testing.T, partitions int32, pg testenv.PostgresServer) (*source, *postgres.Checkpoint) {
	t.Helper()
	k := testenv.Kafka(t)
	store, err := postgres.Open(t.Context(), postgres.Config{URL: pg.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return newSource(t, k.Brokers, topics.Names{Prefix: k.Prefix}, partitions), store
}

func TestOnRealServers(t *testing.T) {
	s, store := realServers(t, 3, testenv.Postgres(t))
	s.work(30)
	stop := run(t, s.config(store))
	s.reached(store)
	run(t, s.config(&flaky{Checkpoint: store, random: s.random}))
	for range 5 {
		s.work(10)
	}
	stop()
	s.work(10)
	s.reached(store)
	s.same(store)
}

func TestOverARestartOfPostgres(t *testing.T) {
	pg := testenv.PrivatePostgres(t, nil)
	s, store := realServers(t, 2, pg)
	registry := prometheus.NewRegistry()
	cfg := s.config(store)
	cfg.Metrics = NewMetrics(registry)
	run(t, cfg)
	s.work(20)
	s.reached(store)
	if err := pg.Server.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.work(20)
	s.eventually("steps fail", func() bool { return gathered(t, registry, "purser_checkpoint_steps_total", "failed") > 0 })
	if err := pg.Server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.work(20)
	s.reached(store)
	s.same(store)
	s.eventually("none is failing", func() bool { return gathered(t, registry, "purser_checkpoint_failing_partitions") == 0 })
}

// BenchmarkCheckpoint reads a ledger and a changelog from a real broker into a real Postgres: 4 partitions, a row an event,
// cells of 20,000 wallets. Set PURSER_BENCH_EVENTS for another number of events than 400,000.
func BenchmarkCheckpoint(b *testing.B) {
	events := 400_000
	if v := os.Getenv("PURSER_BENCH_EVENTS"); v != "" {
		if _, err := fmt.Sscan(v, &events); err != nil {
			b.Fatal(err)
		}
	}
	const partitions = 4
	k, pg := testenv.Kafka(b), testenv.Postgres(b)
	store, err := postgres.Open(b.Context(), postgres.Config{URL: pg.URL})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	if _, err := store.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	names := topics.Names{Prefix: k.Prefix}
	ends := fill(b, k, names, partitions, events/partitions)
	for b.Loop() {
		saveAll(b, k, names, store, partitions, ends)
		b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "rows/s")
	}
}

// fill produces the topics and returns their ends. The records need no transactions to be read as committed.
func fill(b *testing.B, k testenv.KafkaServer, names topics.Names, partitions int32, events int) (ends []state.Position) {
	b.Helper()
	client := k.Client(b, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(20*time.Millisecond))
	ledger, changelog := k.CreateTopic(b, topics.Ledger, partitions, nil), k.CreateTopic(b, topics.Changelog, partitions, nil)
	body := make([]byte, 700)
	for i := range body {
		body[i] = byte('a' + i*i%26)
	}
	account := state.AppendCell(nil, &core.Account{Kind: core.KindWallet, Balance: 123_456_789, Seq: 1234, Last: 1_234_567})
	ends = make([]state.Position, partitions)
	for p := range partitions {
		for n := range events {
			id := hashed(p, uint64(n))
			m := topics.Mark{Entry: uint64(n) + 1, Result: core.Applied, Indexed: true, Identity: id, At: core.Time(n)}
			key := core.AppendAccountKey(nil, "org", fmt.Sprintf("wallet-%05d", n*7919%5000))
			client.Produce(b.Context(), &kgo.Record{Topic: ledger, Partition: p, Key: []byte("agency-0042"), Value: body, Headers: []kgo.RecordHeader{{Key: topics.HeaderMark, Value: topics.AppendLinkedMark(nil, m, core.Link{})}}}, nil)
			client.Produce(b.Context(), &kgo.Record{Topic: changelog, Partition: p, Key: key, Value: account}, nil)
		}
		ends[p] = state.Position{Ledger: int64(events), Changelog: int64(events)}
	}
	if err := client.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	return ends
}

func saveAll(b *testing.B, k testenv.KafkaServer, names topics.Names, store state.Checkpoint, partitions int32, ends []state.Position) {
	b.Helper()
	s := &source{brokers: k.Brokers, names: names, partitions: make([]*sourcePartition, partitions)}
	c, err := New(Config{
		Client: []kgo.Opt{kgo.SeedBrokers(k.Brokers...)}, Names: names, Partitions: partitions, Store: store,
		Logger: slog.New(slog.DiscardHandler), Metrics: NewMetrics(prometheus.NewRegistry()), Window: 7 * 24 * time.Hour,
		CellsEvery: time.Second,
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	}()
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		positions, err := store.Positions(b.Context(), s.numbers())
		if err != nil {
			b.Fatal(err)
		}
		reached := 0
		for p, at := range positions {
			if at.Ledger >= ends[p].Ledger && at.Changelog >= ends[p].Changelog {
				reached++
			}
		}
		if reached == len(ends) {
			return
		}
		if time.Now().After(deadline) {
			b.Fatalf("after minutes only at %+v", positions)
		}
	}
}
