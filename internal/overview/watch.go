package overview

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"

	"purser/topics"
)

// Metrics are what an overview is as numbers over time. They are of the whole group, whichever process tells them.
type Metrics struct {
	lag, ledger, changelog *prometheus.GaugeVec
}

// NewMetrics registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	gauges := func(name, help string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{"partition"})
		r.MustRegister(g)
		return g
	}
	return &Metrics{
		lag:       gauges("purser_lag_offsets", "Offsets of all inputs of a partition that the group has not committed yet; the marker of a transaction counts as one."),
		ledger:    gauges("purser_checkpoint_behind_ledger_offsets", "Offsets of a partition's ledger that are not in the checkpoint yet."),
		changelog: gauges("purser_checkpoint_behind_changelog_offsets", "Offsets of a partition's changelog that are not in the checkpoint yet."),
	}
}

// Watch looks every so often until ctx ends, and sets the metrics. While something does not answer, its numbers stand still.
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
	ends, err := s.Admin.ListCommittedOffsets(ctx, append(s.Names.Inputs(), s.Names.Of(topics.Ledger), s.Names.Of(topics.Changelog))...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return err
	}
	o := &Overview{Partitions: make([]Partition, len(ends[s.Names.Of(topics.Ledger)]))}
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
	return m.checkpoint(ctx, s, ends, o)
}

func (m *Metrics) checkpoint(ctx context.Context, s *Sources, ends kadm.ListedOffsets, o *Overview) error {
	if s.Checkpoint == nil {
		return nil
	}
	behind, err := o.behind(ctx, s, ends)
	if err != nil {
		return err
	}
	for p, b := range behind {
		m.ledger.WithLabelValues(label(p)).Set(float64(b.ledger))
		m.changelog.WithLabelValues(label(p)).Set(float64(b.changelog))
	}
	return nil
}

func label(p int32) string { return strconv.Itoa(int(p)) }
