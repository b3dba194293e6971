package faultsim

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/stream"
	"purser/sinks/checkpoint"
	"purser/state"
	"purser/state/dedup"
)

// place is where one life of a process follows the other.
type place struct {
	name string
	sim  *simulation
	run  func(context.Context, *life) error

	mu   sync.Mutex
	life *life
	n    int
}

// life is one start of a process.
type life struct {
	name     string // like no other's
	host     *host
	registry *prometheus.Registry
}

func (s *simulation) newPlace(name string, run func(context.Context, *life) error) *place {
	return &place{name: name, sim: s, run: run}
}

// current is the life that goes on; nil: there is none.
func (p *place) current() *life {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.life
}

// serve begins a life, after a while, each time one ended.
func (p *place) serve(first time.Duration) {
	p.sim.lives.Go(func() {
		if rest(p.sim.ctx, first) != nil {
			return
		}
		for p.sim.ctx.Err() == nil {
			ctx, stop := context.WithCancel(p.sim.ctx)
			p.live(ctx, stop)
			stop()
			pause := 100*time.Millisecond + 400*p.sim.latency(p.name, "restart", p.n)
			_ = rest(p.sim.ctx, pause)
		}
	})
}

// serveOnce is one life of a given length.
func (p *place) serveOnce(length time.Duration) {
	p.sim.lives.Go(func() {
		ctx, stop := context.WithTimeout(p.sim.ctx, length)
		defer stop()
		p.live(ctx, stop)
	})
}

// live is one life: until it is killed, stops as it was asked to, or ends by itself, which it must not.
func (p *place) live(ctx context.Context, stop context.CancelFunc) {
	p.n++
	l := &life{name: fmt.Sprintf("%s.%d", p.name, p.n), registry: prometheus.NewRegistry()}
	l.host = p.sim.newHost(p.name, l.name, stop)
	p.mu.Lock()
	p.life = l
	p.mu.Unlock()
	ended := make(chan error, 1)
	p.sim.lives.Go(func() { ended <- p.run(ctx, l) })
	select {
	case <-ctx.Done():
		if !l.host.isDead() {
			<-ended //nolint:errcheck // it was asked to stop: no answer is wrong
		}
	case err := <-ended:
		if ctx.Err() == nil {
			p.sim.find("%s ended by itself: %v", l.name, err)
		}
	}
	p.sim.aside(l)
	p.sim.count(l)
	l.host.die()
	p.mu.Lock()
	p.life = nil
	p.mu.Unlock()
}

// aside returns the partitions that a life has set aside. Without a cause that is a finding, and the only cause there is here is
// a checkpoint store that lost what it had.
func (s *simulation) aside(l *life) (partitions []int32) {
	families, err := l.registry.Gather()
	if err != nil {
		s.find("gathering the metrics of %s: %v", l.name, err)
	}
	for _, f := range families {
		if f.GetName() != "purser_partition_state" {
			continue
		}
		for _, m := range f.GetMetric() {
			if m.GetGauge().GetValue() != float64(stream.Stopped) {
				continue
			}
			number := m.GetLabel()[0].GetValue()
			if p, err := strconv.ParseInt(number, 10, 32); err == nil {
				partitions = append(partitions, int32(p))
			}
			if !s.plan.setsBack() {
				s.find("%s has set partition %s aside", l.name, number)
			}
		}
	}
	return partitions
}

// count adds what the metrics of a life have counted.
func (s *simulation) count(l *life) {
	families, err := l.registry.Gather()
	if err != nil {
		s.find("gathering the metrics of %s: %v", l.name, err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if m.GetCounter() == nil {
				continue
			}
			name := f.GetName()
			for _, label := range m.GetLabel() {
				if label.GetName() != "partition" {
					name += " " + label.GetValue()
				}
			}
			s.seen[name] += m.GetCounter().GetValue()
		}
	}
}

// process is a process of the engine with the role that decides.
func (s *simulation) process(ctx context.Context, l *life) error {
	e := &s.plan.Engine
	var cache state.Cache
	if s.plan.Cache {
		cache = cacheOf{l.host, s.cache}
	}
	return stream.Run(ctx, stream.Config{
		Names: s.names, Group: group, Partitions: s.plan.Partitions, ClientID: l.name, Client: s.client(l.host),
		Store: checkpointOf{l.host, s.keeper}, Cache: cache, Logger: s.log.With("life", l.name), Metrics: stream.NewMetrics(l.registry), Failpoint: l.host.reach,
		Workers: 2, BatchMax: e.BatchMax, BatchInterval: e.BatchInterval,
		SessionTimeout: sessionTimeout, RebalanceTimeout: rebalanceTimeout, TransactionTimeout: 10 * time.Second,
		DuplicateWindow: 7 * 24 * time.Hour, SliceMax: e.SliceMax, PinnedMax: e.PinnedMax, HeldMax: e.HeldMax,
		CellsMax: e.CellsMax, CacheBytes: e.CacheBytes, PositionInterval: e.PositionInterval,
	})
}

// save is a process with the role of the checkpointer.
func (s *simulation) save(ctx context.Context, l *life) error {
	e := &s.plan.Engine
	c, err := checkpoint.New(checkpoint.Config{
		Client: append(s.client(l.host), kgo.ClientID(l.name)), Names: s.names, Partitions: s.plan.Partitions,
		Store: checkpointOf{l.host, s.keeper}, Logger: s.log.With("life", l.name), Metrics: checkpoint.NewMetrics(l.registry),
		Window: 7*24*time.Hour + dedup.Lag, Failpoint: l.host.reach,
		RowsEvery: e.RowsEvery, CellsEvery: e.CellsEvery, StandBy: e.StandBy, PieceSize: e.PieceSize,
	})
	if err != nil {
		return err
	}
	return c.Run(ctx)
}
