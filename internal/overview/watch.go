package overview

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"purser/topics"
)

// Metrics are of the whole group, whichever process tells them. The checkpoint's lag is told by the checkpointer.
type Metrics struct{ lag *prometheus.GaugeVec }

// NewMetrics registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "purser_lag_offsets",
		Help: "Offsets of all inputs of a partition that the group has not committed yet; the marker of a transaction counts as one.",
	}, []string{"partition"})}
	r.MustRegister(m.lag)
	return m
}

// Watch looks every so often until ctx ends, and sets the metrics. While the brokers do not answer, the numbers stand still.
func Watch(ctx context.Context, s Sources, m *Metrics, every time.Duration, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := m.look(ctx, &s, every); err != nil && ctx.Err() == nil {
			log.Debug("the lag could not be read", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (m *Metrics) look(ctx context.Context, s *Sources, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ends, err := s.Admin.ListCommittedOffsets(ctx, s.Names.Inputs()...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return err
	}
	o := &Overview{Partitions: make([]Partition, len(ends[s.Names.Of(topics.Usage)]))}
	for i := range o.Partitions {
		o.Partitions[i].Number = int32(i)
	}
	if err := o.lags(ctx, s, ends); err != nil {
		return err
	}
	for _, p := range o.Partitions {
		if p.Lag >= 0 {
			m.lag.WithLabelValues(label(p.Number)).Set(float64(p.Lag))
		}
	}
	return nil
}

func label(p int32) string { return strconv.Itoa(int(p)) }
