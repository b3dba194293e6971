// Package node puts the roles of one purser process together: the loop that decides, the checkpointer and the ticker.
// What they work on is handed in, so that the embedded mode runs the same code on in-process parts.
package node

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/provision"
	"purser/internal/stream"
	"purser/internal/telemetry"
	"purser/state"
	"purser/topics"
)

// Parts is what a process works with.
type Parts struct {
	Engine    config.Engine
	Names     topics.Names
	Group     string
	Client    []kgo.Opt
	Store     state.Checkpoint
	Cache     state.Cache // nil: none
	Log       *slog.Logger
	Registry  prometheus.Registerer
	Health    *telemetry.Health
	Failpoint func(name string) // nil but in tests that kill
	// Check says which rights are missing before anything is begun, and Explain which one is behind a refusal later on; both are
	// nil where there is nobody to refuse anything.
	Check   func(context.Context, *kgo.Client) error
	Explain func(context.Context, error) error
	// AnyTime is for the embedded broker, which leaves it to the producers to date their records.
	AnyTime bool

	tombstones time.Duration // how long the changelog tells of a deletion
}

// topicsEvery is how often the topics are looked at while purser runs: two looks find a change.
const topicsEvery = 5 * time.Second

// Run checks that the topics are as they must be, and runs the roles until ctx ends. The error says why it cannot go on.
func Run(ctx context.Context, p Parts) error {
	var started atomic.Bool
	p.Health.Part("start", func() error {
		if !started.Load() {
			return errors.New("the topics are being checked")
		}
		return nil
	})
	client, err := kgo.NewClient(append(slices.Clone(p.Client), kgo.ClientID("purser-check"))...)
	if err != nil {
		return fmt.Errorf("a Kafka client: %w", err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	partitions, err := p.prepare(ctx, admin)
	if err != nil {
		return err
	}
	if err := p.mayWork(ctx, client); err != nil {
		return err
	}
	if p.tombstones, err = provision.Tombstones(ctx, admin, p.Names); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	onTopics := provision.NewMetrics(p.Registry)
	g.Go(func() error { return provision.Watch(ctx, admin, p.Names, partitions, topicsEvery, onTopics, p.Log) })
	for _, role := range p.Engine.Roles {
		switch role {
		case config.RoleProcess:
			metrics := stream.NewMetrics(p.Registry)
			p.Health.Part("partitions", metrics.Partitions.Ready)
			g.Go(func() error { return stream.Run(ctx, p.stream(partitions, metrics)) })
			g.Go(func() error { return p.watch(ctx, admin) })
		case config.RoleCheckpoint:
			g.Go(func() error { return p.checkpoint(ctx, partitions) })
		case config.RoleTick:
			g.Go(func() error { return p.tick(ctx) })
		default:
			return fmt.Errorf("role %q is none: choose among process, checkpoint and tick", role)
		}
	}
	started.Store(true)
	p.Log.Info("purser runs", "roles", p.Engine.Roles, "group", p.Group, "partitions", partitions)
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	p.Log.Info("purser stopped")
	return nil
}

// mayWork refuses to start without a right that some role needs. Brokers that cannot tell just now are no reason not to: what
// is missing will be refused.
func (p *Parts) mayWork(ctx context.Context, client *kgo.Client) error {
	if p.Check == nil {
		return nil
	}
	err := p.Check(ctx, client)
	var denied *access.Denied
	if errors.As(err, &denied) {
		return err
	}
	if err != nil {
		p.Log.Warn("whether all rights are there cannot be told", "error", err)
	}
	return nil
}

// prepare gives the group its first offsets at the first run of all, and refuses to start on topics that are not right.
func (p *Parts) prepare(ctx context.Context, admin *kadm.Client) (partitions int32, err error) {
	if slices.Contains(p.Engine.Roles, config.RoleProcess) {
		first, err := provision.CommitStartOffsets(ctx, admin, p.Names, p.Group)
		if err != nil {
			return 0, err
		}
		if first {
			p.Log.Info("first run of the group: the start offsets of all inputs are committed", "group", p.Group)
		}
	}
	return p.check(ctx, admin)
}

// check is provision.Check; roles that decide nothing wait until those that do have run for the first time.
func (p *Parts) check(ctx context.Context, admin *kadm.Client) (partitions int32, err error) {
	for told := false; ; told = true {
		partitions, err = provision.Check(ctx, admin, p.Names, p.Group)
		if !errors.Is(err, provision.ErrNoOffsets) || slices.Contains(p.Engine.Roles, config.RoleProcess) {
			return partitions, err
		}
		if !told {
			p.Log.Info("waiting for the first run of the process role", "group", p.Group)
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func (p *Parts) stream(partitions int32, metrics *stream.Metrics) stream.Config {
	e := &p.Engine
	return stream.Config{
		Names: p.Names, Group: p.Group, Partitions: partitions, ClientID: bootID(p.Names.Prefix), Client: p.Client,
		Store: p.Store, Cache: watchCache(p.Cache, p.Log), Logger: p.Log, Metrics: metrics, Failpoint: p.Failpoint, Explain: p.Explain, BrokerTime: !p.AnyTime,
		Workers: e.Workers, BatchMax: e.BatchMax, BatchInterval: e.BatchInterval,
		SessionTimeout: e.SessionTimeout, RebalanceTimeout: e.RebalanceTimeout, TransactionTimeout: e.TransactionTimeout,
		DuplicateWindow: e.DuplicateWindow, MaxTickAhead: e.MaxTickAhead,
		SliceMax: e.SliceMax, PinnedMax: e.PinnedCells, HeldMax: uint64(e.HeldEvents), CellsMax: e.CacheCells, CacheBytes: e.CacheMiB << 20,
		PositionInterval: e.PositionInterval, ChangelogVersion: e.ChangelogVersion,
	}
}

// bootID names this start of this process like no other: transactional ids are made of it, and a successor tells by it
// whether the owner of an open transaction is still a member. It begins with the prefix of the topics, so that installations that
// share a cluster can be granted their own transactional ids and no others.
func bootID(prefix string) string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%spurser-%.40s-%s", prefix, host, hex.EncodeToString(b[:]))
}
