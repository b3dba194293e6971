package faultsim

import (
	"context"
	"fmt"
	"strings"
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
	ready    func() error // nil: it has nothing to say
}

func (s *simulation) newPlace(name string, run func(context.Context, *life) error) *place {
	return &place{name: name, sim: s, run: run}
}

// now is the host of the life that goes on; nil: there is none.
func (p *place) now() *host {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life == nil {
		return nil
	}
	return p.life.host
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
			<-ended
		}
	case err := <-ended:
		if ctx.Err() == nil {
			p.sim.find("%s ended by itself: %v", l.name, err)
		}
	}
	p.sim.stopped(l)
	p.sim.count(l)
	l.host.die()
	p.mu.Lock()
	p.life = nil
	p.mu.Unlock()
}

// stopped finds partitions that a life has set aside without cause: only a checkpoint store that lost what it had is one.
func (s *simulation) stopped(l *life) bool {
	if l.ready == nil {
		return false
	}
	why := l.ready()
	if why == nil || !strings.Contains(why.Error(), "is stopped") {
		return false
	}
	if !s.plan.setsBack() {
		s.find("%s: %v", l.name, why)
	}
	return true
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

// restartStopped ends the lives that have set a partition aside, as an operator does once the store is what it should be.
func (s *simulation) restartStopped() {
	for _, p := range s.places {
		p.mu.Lock()
		l := p.life
		p.mu.Unlock()
		if l != nil && s.stopped(l) {
			l.host.stop()
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
	metrics := stream.NewMetrics(l.registry)
	l.ready = metrics.Partitions.Ready
	return stream.Run(ctx, stream.Config{
		Names: s.names, Group: group, Partitions: s.plan.Partitions, ClientID: l.name, Client: s.client(l.host),
		Store: checkpointOf{l.host, s.keeper}, Cache: cache, Logger: s.log.With("life", l.name), Metrics: metrics, Failpoint: l.host.reach,
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
