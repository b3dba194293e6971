package stream

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// PartitionState is what a process does with a partition.
type PartitionState int

// The states of a partition, as purser_partition_state tells them.
const (
	Away      PartitionState = iota // not ours
	Restoring                       // being taken over
	Running                         // events are decided
	Full                            // paused until the checkpoint catches up
	Stopped                         // set aside until it is resumed
)

// Partitions is what a process does with each partition, for metrics and readiness.
type Partitions struct {
	gauge  *prometheus.GaugeVec
	mu     sync.Mutex
	states map[int32]partitionState
}

type partitionState struct {
	owner any // the worker that said so; nil: the process
	state PartitionState
}

// set notes what owner does with a partition. A worker that lets one go does not overrule another that has it already.
func (s *Partitions) set(p int32, owner any, state PartitionState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.states[p]; state == Away && now.owner != owner {
		return
	}
	s.states[p] = partitionState{owner, state}
	s.gauge.WithLabelValues(label(p)).Set(float64(state))
}

// resumed notes that a partition is no longer set aside; whoever owns it takes it over.
func (s *Partitions) resumed(p int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.states[p].state != Stopped {
		return
	}
	delete(s.states, p)
	s.gauge.WithLabelValues(label(p)).Set(float64(Away))
}

// Ready says why this process does not do all that the group wants of it, or nil.
func (s *Partitions) Ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var not []string
	for p, now := range s.states {
		switch now.state {
		case Restoring:
			not = append(not, fmt.Sprintf("partition %d is being restored", p))
		case Full:
			not = append(not, fmt.Sprintf("partition %d waits for the checkpoint", p))
		case Stopped:
			not = append(not, fmt.Sprintf("partition %d is set aside: see purser partitions", p))
		case Away, Running:
		}
	}
	if len(not) == 0 {
		return nil
	}
	slices.Sort(not)
	return errors.New(strings.Join(not, "; "))
}
