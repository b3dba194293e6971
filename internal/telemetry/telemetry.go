// Package telemetry is what a process shows of itself: its log, its metrics and its health.
//
// Every metric is registered with a registry that is passed in, has a Help that is a whole sentence, and is listed in
// docs/metrics.md; a test holds the two against each other. What the loop counts is in package stream; here is what is
// common to all processes: the clients of Kafka, Redis and Postgres, and the runtime.
package telemetry

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Logger returns a logger of a level (debug, info, warn, error) in a format (text, json).
func Logger(w io.Writer, level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: it must be debug, info, warn or error", level)
	}
	options := &slog.HandlerOptions{Level: l}
	switch format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	}
	return nil, fmt.Errorf("log format %q: it must be text or json", format)
}

// NewRegistry returns a registry that has the runtime's metrics and the build's version.
func NewRegistry(version string) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "purser_build_info", Help: "One, with the version of this build as a label.",
	}, []string{"version"})
	info.WithLabelValues(version).Set(1)
	r.MustRegister(info)
	return r
}
