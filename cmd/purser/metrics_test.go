package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"purser/internal/gateway"
	"purser/internal/overview"
	"purser/internal/provision"
	"purser/internal/stream"
	"purser/internal/telemetry"
	"purser/sinks/checkpoint"
)

var rewrite = flag.Bool("rewrite", false, "write docs/metrics.md and testdata anew")

// registerAll registers what any process of purser registers.
func registerAll(r prometheus.Registerer) {
	stream.NewMetrics(r)
	checkpoint.NewMetrics(r)
	overview.NewMetrics(r)
	provision.NewMetrics(r)
	gateway.NewMetrics(r)
	telemetry.NewKafka(r)
	telemetry.RegisterPostgres(r, func() *pgxpool.Stat { return nil })
	telemetry.RegisterRedis(r, func() *redis.PoolStats { return nil })
}

type metric struct{ name, kind, labels, help string }

// recorder is a registry that only writes down what is registered. Gathering alone would miss every metric with labels that
// has not been counted yet.
type recorder struct{ metrics map[string]metric }

var description = regexp.MustCompile(`^Desc\{fqName: "([^"]+)", help: ("(?:[^"\\]|\\.)*"), .*variableLabels: \{([^}]*)\}\}$`)

func (r recorder) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		if err := r.Register(c); err != nil {
			panic(err)
		}
	}
}

func (r recorder) Unregister(prometheus.Collector) bool { return false }

func (r recorder) Register(c prometheus.Collector) error {
	ch := make(chan *prometheus.Desc, 100)
	c.Describe(ch)
	close(ch)
	for desc := range ch {
		m := description.FindStringSubmatch(desc.String())
		if m == nil {
			return fmt.Errorf("cannot read %s", desc)
		}
		var help string
		if _, err := fmt.Sscanf(m[2], "%q", &help); err != nil {
			return err
		}
		if _, twice := r.metrics[m[1]]; twice {
			return fmt.Errorf("%s is registered twice", m[1])
		}
		r.metrics[m[1]] = metric{m[1], kindOf(c, m[1]), strings.ReplaceAll(m[3], ",", ", "), help}
	}
	return nil
}

func kindOf(c prometheus.Collector, name string) string {
	switch c.(type) {
	case *prometheus.HistogramVec, prometheus.Histogram:
		return "histogram"
	}
	if strings.HasSuffix(name, "_total") {
		return "counter"
	}
	return "gauge"
}

func registered(t *testing.T) map[string]metric {
	t.Helper()
	r := recorder{map[string]metric{}}
	registerAll(r)
	r.metrics["purser_build_info"] = metric{"purser_build_info", "gauge", "version", "One, with the version of this build as a label."}
	return r.metrics
}

const metricsDoc = "../../docs/metrics.md"

const metricsHead = `# Metrics

What a process of purser shows on /metrics, where the setting http-listen gives it an address. Beside these are those of the Go
runtime and of the process (go_… and process_…), as client_golang defines them. Times are in seconds, sizes in bytes.

This page is held against the code by a test; ` + "`go test ./cmd/purser -run Metrics -rewrite`" + ` writes it anew.

| metric | kind | labels | meaning |
| --- | --- | --- | --- |
`

// TestMetricsAreDocumented holds the page against what is registered, both ways.
func TestMetricsAreDocumented(t *testing.T) {
	var page strings.Builder
	page.WriteString(metricsHead)
	all := registered(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		m := all[name]
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s |\n", m.name, m.kind, m.labels, m.help)
	}
	if *rewrite {
		if err := os.WriteFile(metricsDoc, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(metricsDoc)
	if err != nil {
		t.Fatal(err)
	}
	documented := strings.Split(string(have), "\n")
	want := strings.Split(page.String(), "\n")
	for _, line := range want {
		if !slices.Contains(documented, line) {
			t.Errorf("docs/metrics.md lacks: %s", line)
		}
	}
	for _, line := range documented {
		if !slices.Contains(want, line) {
			t.Errorf("docs/metrics.md has what no code has: %s", line)
		}
	}
}

// TestEveryHelpIsASentence: it begins with a capital and ends with a full stop.
func TestEveryHelpIsASentence(t *testing.T) {
	for name, m := range registered(t) {
		if !unicode.IsUpper([]rune(m.help)[0]) || !strings.HasSuffix(m.help, ".") || !strings.Contains(m.help, " ") {
			t.Errorf("the help of %s is no sentence: %q", name, m.help)
		}
	}
}

// TestNoMetricIsForgotten finds every name of a metric that is written anywhere in the code, so that a new set of them cannot
// be left out of registerAll.
func TestNoMetricIsForgotten(t *testing.T) {
	all := registered(t)
	literal := regexp.MustCompile(`"(purser_[a-z0-9_]+)", *"[A-Z]|Name: *"(purser_[a-z0-9_]+)"`)
	found := 0
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range literal.FindAllStringSubmatch(string(text), -1) {
			name := m[1] + m[2]
			found++
			if _, ok := all[name]; !ok {
				t.Errorf("%s defines %s, which registerAll does not register", path, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < len(all) {
		t.Errorf("only %d of %d metrics were found in the code: this test has gone blind", found, len(all))
	}
}
