package provision

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"

	"purser/topics"
)

// Watch looks at the topics again and again, because anyone may change them while the engine runs. It returns an error
// once two looks in a row find the same wrong with what every decision rests on: going on would be a lie. What is
// wrong with one output is told, and stops only the partitions that need it.
//
// A look that fails says nothing: a broker that is away is the business of those who work with it.
func Watch(ctx context.Context, admin *kadm.Client, names topics.Names, partitions int32, every time.Duration, m *Metrics, log *slog.Logger) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	told := map[string]bool{}
	suspect := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		n, wrongs, err := inspect(ctx, admin, names)
		if err != nil {
			continue
		}
		if n != 0 && n != partitions { // also where all were given more
			wrongs = append(wrongs, Wrong{fmt.Sprintf("the inputs have %d partitions and had %d when this process started. "+
				"Orgs hash to other partitions than their balances. %s", n, partitions, howToChange), true})
		}
		m.Wrong.Set(float64(len(wrongs)))
		now := map[string]bool{}
		foundation := ""
		for _, w := range wrongs {
			now[w.Text] = true
			if w.Foundation && foundation == "" {
				foundation = w.Text
			}
			if !told[w.Text] {
				log.Error("a topic is not as it must be", "error", w)
			}
		}
		if foundation != "" && foundation == suspect {
			return fmt.Errorf("a topic was changed while purser ran: %w", Wrong{foundation, true})
		}
		told, suspect = now, foundation
	}
}

// Metrics is what Watch shows.
type Metrics struct{ Wrong prometheus.Gauge }

// NewMetrics registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{Wrong: prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "purser_topics_wrong", Help: "Settings and partition counts of topics that are not as they must be, as of the last look.",
	})}
	r.MustRegister(m.Wrong)
	return m
}
