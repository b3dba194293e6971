package stream

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestReadyWhenEveryPartitionThatIsOursRuns(t *testing.T) {
	s := NewMetrics(prometheus.NewRegistry()).Partitions
	old, next := new(worker), new(worker)
	for _, step := range []struct {
		owner *worker
		state PartitionState
		ready bool
	}{
		{old, Restoring, false}, {old, Running, true}, {old, Full, false}, {old, Running, true},
		{next, Restoring, false}, {old, Away, false}, // the one that lets go does not overrule the one that has it
		{next, Running, true}, {next, Away, true}, {next, Stopped, false},
	} {
		s.set(3, step.owner, step.state)
		if err := s.Ready(); (err == nil) != step.ready {
			t.Errorf("after state %d: %v", step.state, err)
		}
	}
}
