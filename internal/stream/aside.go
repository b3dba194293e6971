package stream

import (
	"cmp"
	"log/slog"
	"slices"
	"sync"
	"time"

	"purser/internal/stream/balance"
)

// setAside holds the partitions that stopped for a reason that joining again would not cure: a broken invariant, an
// offset that is gone. This process does not serve them until someone resumes them (resume.go) or it is started again.
//
// A partition is first listened for and only then told to the group, so that whoever has seen it there and resumes it
// is heard.
type setAside struct {
	metrics *Metrics
	log     *slog.Logger
	added   chan struct{} // room for one: something was set aside

	mu      sync.Mutex
	stopped map[int32]*stopped
	news    uint64 // grows whenever the group should be told something else
}

type stopped struct {
	why   error
	since time.Time
	heard bool // a resume of it would be heard
}

func newSetAside(cfg *Config) *setAside {
	return &setAside{metrics: cfg.Metrics, log: cfg.Logger, added: make(chan struct{}, 1), stopped: map[int32]*stopped{}}
}

// put sets a partition aside. Where it is already, the first reason stands: what comes after it may follow from it.
func (s *setAside) put(p int32, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped[p] != nil {
		s.log.Warn("a partition that is set aside has failed again", "partition", p, "error", why)
		return
	}
	s.log.Error("partition is set aside: purser partitions resume starts it again", "partition", p, "error", why)
	s.stopped[p] = &stopped{why: why, since: time.Now()}
	s.metrics.SetAside.Inc()
	s.metrics.Partitions.set(p, nil, Stopped)
	select {
	case s.added <- struct{}{}:
	default:
	}
}

func (s *setAside) has(p int32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped[p] != nil
}

// all are the partitions that are set aside, ascending.
func (s *setAside) all() []int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]int32, 0, len(s.stopped))
	for p := range s.stopped {
		all = append(all, p)
	}
	slices.Sort(all)
	return all
}

// hear notes that resumes of these partitions are listened for from now on.
func (s *setAside) hear(partitions []int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range partitions {
		if a := s.stopped[p]; a != nil && !a.heard {
			a.heard = true
			s.news++
		}
	}
}

// resume forgets why a partition was set aside: the worker that holds it builds a new task.
func (s *setAside) resume(p int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.stopped[p]
	if a == nil {
		return
	}
	delete(s.stopped, p)
	if a.heard {
		s.news++
	}
	s.metrics.Resumed.Inc()
	s.metrics.Partitions.resumed(p)
	s.log.Info("partition is resumed", "partition", p, "stopped_seconds", time.Since(a.since).Seconds(), "was", a.why)
}

// rightsAgain is how long a partition waits that lacks a right, before it is tried whether it has it again.
const rightsAgain = 10 * time.Second

// resumeLater resumes a partition by itself, after a while.
func (s *setAside) resumeLater(p int32) { time.AfterFunc(rightsAgain, func() { s.resume(p) }) }

// tell is what the group should know, and the number of that news.
func (s *setAside) tell() (aside []balance.SetAside, news uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p, a := range s.stopped {
		if a.heard {
			aside = append(aside, balance.SetAside{Partition: p, Reason: a.why.Error(), Since: a.since})
		}
	}
	slices.SortFunc(aside, func(a, b balance.SetAside) int { return cmp.Compare(a.Partition, b.Partition) })
	return aside, s.news
}
