package stream_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/pprof"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/load"
	"purser/internal/provision"
	"purser/internal/stream"
	"purser/internal/testenv"
	"purser/state/inmem"
	"purser/topics"
)

func TestZZPerf(t *testing.T) {
	k := testenv.PrivateKafka(t, nil)
	names := topics.Names{Prefix: "p."}
	opts := []kgo.Opt{kgo.SeedBrokers(k.Brokers...)}
	cl, _ := kgo.NewClient(opts...)
	defer cl.Close()
	adm := kadm.NewClient(cl)
	ctx := context.Background()
	if _, err := provision.CreateTopics(ctx, adm, names, 8, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := provision.CommitStartOffsets(ctx, adm, names, "g"); err != nil {
		t.Fatal(err)
	}
	n := int64(2_000_000)
	t0 := time.Now()
	sum, err := load.Run(ctx, load.Config{Client: opts, Prefix: names.Prefix, Seed: 1, Count: n, Orgs: 100, Accounts: 10000, Skew: load.Skew{Kind: load.Uniform}, Start: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("loaded %+v in %v\n", sum, time.Since(t0))
	var want int64
	ends, _ := adm.ListEndOffsets(ctx, names.Inputs()...)
	ends.Each(func(o kadm.ListedOffset) { want += o.Offset })
	out := io.Discard
	if os.Getenv("PURSER_TEST_LOG") != "" {
		out = os.Stderr
	}
	f, _ := os.Create("/tmp/cpu.prof")
	pprof.StartCPUProfile(f)
	var ru0, ru1 syscall.Rusage
	syscall.Getrusage(0, &ru0)
	c2, cancel := context.WithCancel(ctx)
	done := make(chan error)
	cfg := stream.Config{
		Names: names, Group: "g", Partitions: 8, ClientID: "perf", Client: opts,
		Store: new(inmem.Checkpoint), Logger: slog.New(slog.NewTextHandler(out, nil)), Metrics: stream.NewMetrics(prometheus.NewRegistry()),
		Workers: 2, BatchMax: 10000, BatchInterval: 50 * time.Millisecond,
		SessionTimeout: 6 * time.Second, RebalanceTimeout: 10 * time.Second, TransactionTimeout: 10 * time.Second,
		DuplicateWindow: 7 * 24 * time.Hour, MaxTickAhead: 5 * time.Minute,
		SliceMax: 2000, PinnedMax: 10_000_000, HeldMax: 10_000, CellsMax: 10_000_000, PositionInterval: time.Second,
	}
	t1 := time.Now()
	go func() { done <- stream.Run(c2, cfg) }()
	var first time.Time
	var at0 int64
	for {
		offs, err := adm.FetchOffsets(ctx, "g")
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		offs.Each(func(o kadm.OffsetResponse) { sum += o.At })
		if sum > 0 && first.IsZero() {
			first, at0 = time.Now(), sum
		}
		if sum >= want {
			break
		}
		if time.Since(t1) > 2*time.Minute {
			t.Fatalf("at %d of %d", sum, want)
		}
		time.Sleep(20 * time.Millisecond)
	}
	el := time.Since(first)
	syscall.Getrusage(0, &ru1)
	pprof.StopCPUProfile()
	f.Close()
	cpu := time.Duration(ru1.Utime.Nano()+ru1.Stime.Nano()-ru0.Utime.Nano()-ru0.Stime.Nano())
	fmt.Printf("PERF %.0f events/s over %v, cpu/event %v, start %v\n", float64(want-at0)/el.Seconds(), el, cpu/time.Duration(want), first.Sub(t1))
	cancel()
	<-done
}
