package checkpoint

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics is what a checkpointer shows of itself.
type Metrics struct {
	Steps         *prometheus.CounterVec
	StepSeconds   prometheus.Histogram
	Rows          prometheus.Counter
	Cells         prometheus.Counter
	Pieces        prometheus.Counter
	FetchErrors   prometheus.Counter
	Position      *prometheus.GaugeVec
	Lag           *prometheus.GaugeVec
	Age           *prometheus.GaugeVec
	CellsInterval prometheus.Gauge
	HeldRows      prometheus.Gauge
	HeldCells     prometheus.Gauge
	HeldBytes     prometheus.Gauge
	StandingBy    prometheus.Gauge
	Failing       prometheus.Gauge
	Stopped       prometheus.Gauge
}

// NewMetrics registers the checkpointer's metrics.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		Steps: counters("purser_checkpoint_steps_total", "Steps of the checkpoint, by result: saved; superseded, where another checkpointer had moved the partition on; failed, to be tried again.", "result"),
		StepSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "purser_checkpoint_step_seconds", Help: "How long the store took to save one step of one partition.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 120},
		}),
		Rows:          counter("purser_checkpoint_rows_total", "Ledger rows that were saved to the checkpoint."),
		Cells:         counter("purser_checkpoint_cells_total", "Cells that were saved to the checkpoint, each once a step however often it changed."),
		Pieces:        counter("purser_checkpoint_pieces_total", "Pieces of the duplicate index that were sealed and saved."),
		FetchErrors:   counter("purser_checkpoint_fetch_errors_total", "Errors of reading the ledger or the changelog that the client tries again by itself."),
		Position:      gauges("purser_checkpoint_position", "Next offset that the checkpoint does not hold, by topic and partition.", "topic", "partition"),
		Lag:           gauges("purser_checkpoint_lag", "Committed offsets that the checkpoint does not hold yet, markers of transactions among them, by topic and partition.", "topic", "partition"),
		Age:           gauges("purser_checkpoint_age_seconds", "Age of the oldest ledger record that was read and is not saved yet, by partition; zero where there is none.", "partition"),
		CellsInterval: gauge("purser_checkpoint_cells_interval_seconds", "How long cells gather before they are saved; it grows while the store is slow."),
		HeldRows:      gauge("purser_checkpoint_held_rows", "Ledger rows that are in the checkpointer's memory."),
		HeldCells:     gauge("purser_checkpoint_held_cells", "Cells that are in the checkpointer's memory."),
		HeldBytes:     gauge("purser_checkpoint_held_bytes", "Size of the rows and cells that are in the checkpointer's memory."),
		StandingBy:    gauge("purser_checkpoint_standing_by_partitions", "Partitions that another checkpointer moves and this one leaves alone."),
		Failing:       gauge("purser_checkpoint_failing_partitions", "Partitions whose last step failed and is being tried again."),
		Stopped:       gauge("purser_checkpoint_stopped_partitions", "Partitions whose checkpoint has stopped because their ledger or changelog cannot be read."),
	}
	r.MustRegister(m.Steps, m.StepSeconds, m.Rows, m.Cells, m.Pieces, m.FetchErrors, m.Position, m.Lag, m.Age,
		m.CellsInterval, m.HeldRows, m.HeldCells, m.HeldBytes, m.StandingBy, m.Failing, m.Stopped)
	for _, result := range []string{"saved", "superseded", "failed"} {
		m.Steps.WithLabelValues(result)
	}
	return m
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
}

func gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
}

// observe shows where a partition is.
func (c *Checkpointer) observe(p *partition) {
	m, label := c.cfg.Metrics, strconv.Itoa(int(p.number))
	m.Position.WithLabelValues("ledger", label).Set(float64(p.at.Ledger))
	m.Position.WithLabelValues("changelog", label).Set(float64(p.at.Changelog))
	m.Lag.WithLabelValues("ledger", label).Set(float64(max(0, p.ledgerEnd-p.at.Ledger)))
	m.Lag.WithLabelValues("changelog", label).Set(float64(max(0, p.changelogEnd-p.at.Changelog)))
}

// tellEvery is how often what moves all the time is shown.
const tellEvery = time.Second

func (c *Checkpointer) tell(now time.Time) {
	if now.Sub(c.told) < tellEvery {
		return
	}
	c.told = now
	m, h := c.cfg.Metrics, c.held()
	m.HeldRows.Set(float64(h.rows))
	m.HeldCells.Set(float64(h.cells))
	m.HeldBytes.Set(float64(h.bytes))
	m.CellsInterval.Set(c.cellsEvery.Seconds())
	standing, failing := 0, 0
	for _, p := range c.partitions {
		c.observe(p)
		m.Age.WithLabelValues(strconv.Itoa(int(p.number))).Set(p.age(now).Seconds())
		if p.standing {
			standing++
		}
		if p.failures > 0 {
			failing++
		}
	}
	m.StandingBy.Set(float64(standing))
	m.Failing.Set(float64(failing))
}

func (p *partition) age(now time.Time) time.Duration {
	oldest := p.rows
	if p.step != nil && len(p.step.Rows) > 0 {
		oldest = p.step.Rows
	}
	if len(oldest) == 0 {
		return 0
	}
	return max(0, now.Sub(time.UnixMicro(int64(oldest[0].RecordedAt))))
}
