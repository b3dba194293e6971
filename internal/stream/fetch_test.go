package stream

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func fetched(topic string, p int32, err error) kgo.Fetches {
	return kgo.Fetches{{Topics: []kgo.FetchTopic{{Topic: topic, Partitions: []kgo.FetchPartition{{Partition: p, Err: err}}}}}}
}

// TestOnlyAPartitionsOwnErrorSetsItAside: the client tells of a lost place in the group as of an error of partition 0, and of
// a missing topic as of an error of partition -1.
func TestOnlyAPartitionsOwnErrorSetsItAside(t *testing.T) {
	for name, c := range map[string]struct {
		fetches kgo.Fetches
		aside   bool
		doubt   bool
	}{
		"an offset that is gone":    {fetched("usage", 0, kerr.OffsetOutOfRange), true, false},
		"a lost place in the group": {fetched("", 0, &kgo.ErrGroupSession{Err: kerr.UnknownMemberID}), false, true},
		"trouble of the client":     {fetched("", 0, errors.New("something")), false, false},
		"a topic that is missing":   {fetched("usage", -1, kerr.UnknownTopicOrPartition), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			log := slog.New(slog.DiscardHandler)
			w := &worker{log: log, cfg: &Config{Group: "g"}, aside: newSetAside(&Config{Metrics: NewMetrics(prometheus.NewRegistry()), Logger: log})}
			err := w.fetchErrors(c.fetches)
			if err == nil || errors.Is(err, errDoubt) != c.doubt {
				t.Errorf("the worker ends with %v", err)
			}
			if aside := len(w.aside.all()) > 0; aside != c.aside {
				t.Errorf("set aside: %v", w.aside.all())
			}
		})
	}
}
