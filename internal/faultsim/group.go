package faultsim

import (
	"sync"
	"time"
)

// Kafka ends a join within the rebalance timeout, whoever is missing. kfake miscounts who has joined when a member is timed
// out while it waits for a sync, and then begins the timeout anew with every member that joins: with workers that lose
// patience and join again one after the other, it would never end. So a join that has gone on for longer than Kafka would
// allow gets no further members until kfake's own timeout has ended it.

const (
	sessionTimeout   = 6 * time.Second
	rebalanceTimeout = 10 * time.Second
	joinLimit        = rebalanceTimeout + sessionTimeout
)

// gate holds requests to join back.
type gate struct {
	mu    sync.Mutex
	until time.Time
}

func (g *gate) wait() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return max(0, time.Until(g.until))
}

// watchJoins closes the gate for a while when a join takes too long.
func (s *simulation) watchJoins() {
	var generation int32
	since := time.Now()
	for rest(s.ctx, time.Second) == nil {
		info := s.cluster.GroupInfo(group)
		if info == nil || info.State != "PreparingRebalance" || info.Epoch != generation {
			since = time.Now()
		}
		if info != nil {
			generation = info.Epoch
		}
		if time.Since(since) > joinLimit {
			since = time.Now()
			s.joins.mu.Lock()
			s.joins.until = time.Now().Add(rebalanceTimeout + time.Second)
			s.joins.mu.Unlock()
		}
	}
}
