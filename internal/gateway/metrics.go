package gateway

import "github.com/prometheus/client_golang/prometheus"

// Metrics is what the gateway counts.
type Metrics struct {
	attempts   *prometheus.CounterVec
	results    *prometheus.CounterVec
	unreadable prometheus.Counter
	waiting    prometheus.Gauge
}

// NewMetrics registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "purser_gateway_attempts_total", Help: "Recharge attempts that the gateway for development has taken, by its name for their token.",
		}, []string{"token"}),
		results: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "purser_gateway_results_total", Help: "Results that the gateway for development has written, by result; after a restart some are written again.",
		}, []string{"result"}),
		unreadable: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "purser_gateway_unreadable_total", Help: "Records that the gateway for development has passed over because they are no attempts.",
		}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "purser_gateway_waiting_attempts", Help: "Recharge attempts that the gateway for development has taken and not answered yet.",
		}),
	}
	r.MustRegister(m.attempts, m.results, m.unreadable, m.waiting)
	return m
}
