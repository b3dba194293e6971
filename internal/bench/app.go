package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/pprof"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/config"
	"purser/internal/node"
	"purser/internal/telemetry"
	"purser/state/inmem"
	"purser/state/postgres"
	"purser/state/redis"
	"purser/topics"
)

// appSettings are those of the application under test, and of the copy that it is compared with.
type appSettings struct {
	Brokers     string
	Prefix      string
	Group       string
	Roles       []string
	Redis       string // address; "": none
	Postgres    string // URL; "": the checkpoint is empty and in memory
	Workers     int
	BatchMax    int
	Interval    time.Duration
	Compression string // "": the client's own
	Cells       int    // so many may be pinned, because where nothing takes a checkpoint all are
	SliceMax    int    // 0: the default
	Profile     string // file for a CPU profile, from SIGUSR2 on
	Template    string // of the copy: a file of ledger records
	PerEvent    int    // of the copy: bytes of a record
}

const (
	partitions     = 8
	sessionTimeout = 6 * time.Second
)

func (a *appSettings) client() []kgo.Opt {
	opts := []kgo.Opt{kgo.SeedBrokers(a.Brokers)}
	switch a.Compression {
	case "none":
		opts = append(opts, kgo.ProducerBatchCompression(kgo.NoCompression()))
	case "lz4":
		opts = append(opts, kgo.ProducerBatchCompression(kgo.Lz4Compression()))
	case "zstd":
		opts = append(opts, kgo.ProducerBatchCompression(kgo.ZstdCompression()))
	case "snappy":
		opts = append(opts, kgo.ProducerBatchCompression(kgo.SnappyCompression()))
	}
	return opts
}

// runApp is what `purser run` runs, without its HTTP port.
func runApp(settings string) error {
	var a appSettings
	if err := json.Unmarshal([]byte(settings), &a); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	parts, err := a.parts(ctx)
	if err != nil {
		return err
	}
	stopProfile := profileOnSignal(a.Profile)
	defer stopProfile()
	parts.Failpoint = dieOnSignal()
	done := make(chan error, 1)
	go func() { done <- node.Run(ctx, parts) }()
	select {
	case err := <-done:
		return err
	case <-untilClosed():
		cancel()
		return <-done
	}
}

// parts is a process of purser with the default settings, but for what is varied.
func (a *appSettings) parts(ctx context.Context) (node.Parts, error) {
	p := node.Parts{
		Engine: config.New().Engine, Names: topics.Names{Prefix: a.Prefix}, Group: a.Group, Client: a.client(),
		Store: new(inmem.Checkpoint), Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Registry: prometheus.NewRegistry(), Health: telemetry.NewHealth(),
	}
	p.Engine.Roles = a.Roles
	p.Engine.Workers, p.Engine.BatchMax, p.Engine.BatchInterval = a.Workers, a.BatchMax, a.Interval
	p.Engine.SessionTimeout = sessionTimeout
	if a.SliceMax > 0 {
		p.Engine.SliceMax = a.SliceMax
	}
	if a.Redis != "" {
		cache, err := redis.Open(redis.Config{URL: "redis://" + a.Redis, Prefix: a.Prefix})
		if err != nil {
			return p, err
		}
		p.Cache = cache
	}
	p.Engine.PinnedCells = max(p.Engine.PinnedCells, a.Cells)
	if a.Postgres != "" {
		store, err := postgres.Open(ctx, postgres.Config{URL: a.Postgres})
		if err != nil {
			return p, err
		}
		p.Store = store
	}
	return p, nil
}

// dieOnSignal makes a failpoint at which the process kills itself, once SIGUSR1 has come: everything is produced and
// nothing is ended, so a transaction stays open.
func dieOnSignal() func(string) {
	var doomed atomic.Bool
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	go func() {
		<-c
		doomed.Store(true)
	}()
	return func(name string) {
		if name == "before-end" && doomed.Load() {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
}

// profileOnSignal starts a CPU profile at the first SIGUSR2, so that it shows the work and not the preparation.
func profileOnSignal(path string) (stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR2)
	if path == "" {
		return func() {}
	}
	go func() {
		<-c
		f, err := os.Create(path)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "profile:", err)
		}
	}()
	return pprof.StopCPUProfile
}
