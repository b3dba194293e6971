package stream

import (
	"context"
	"sync"
	"time"

	"purser/state"
)

// storeWatch reads the checkpoint's positions again and again, for all tasks of a process, and knows whether the store answers.
type storeWatch struct {
	cfg        *Config
	partitions []int32
	mu         sync.Mutex
	positions  map[int32]state.Position
	asked      time.Time // when positions were asked for
	away       bool
}

func newStoreWatch(cfg *Config) *storeWatch {
	s := &storeWatch{cfg: cfg, positions: map[int32]state.Position{}}
	for p := range cfg.Partitions {
		s.partitions = append(s.partitions, p)
	}
	return s
}

func (s *storeWatch) run(ctx context.Context) {
	tick := time.NewTicker(s.cfg.PositionInterval)
	defer tick.Stop()
	for {
		s.read(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *storeWatch) read(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	asked := time.Now()
	positions, err := s.cfg.Store.Positions(limited, s.partitions)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		s.setAway(true, err)
		return
	}
	s.setAway(false, nil)
	s.mu.Lock()
	s.positions, s.asked = positions, asked
	s.mu.Unlock()
}

func (s *storeWatch) setAway(away bool, err error) {
	s.mu.Lock()
	changed := s.away != away
	s.away = away
	s.mu.Unlock()
	if !changed {
		return
	}
	if away {
		s.cfg.Metrics.StoreAway.Set(1)
		s.cfg.Logger.Warn("the checkpoint store does not answer: what needs it waits, the rest goes on", "error", err)
	} else {
		s.cfg.Metrics.StoreAway.Set(0)
		s.cfg.Logger.Info("the checkpoint store answers again")
	}
}

// position returns where the store was on a partition when it was last asked, and when that was.
func (s *storeWatch) position(p int32) (state.Position, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.positions[p], s.asked
}

func (s *storeWatch) isAway() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.away
}
