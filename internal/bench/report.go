package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"purser/deploy/local/kafka"
	"purser/internal/servers"
)

// report is all that was measured, and on what.
type report struct {
	Began             time.Time         `json:"began"`
	Ended             time.Time         `json:"ended"`
	Machine           machine           `json:"machine"`
	Versions          map[string]string `json:"versions"`
	LedgerRecordBytes int               `json:"ledger_record_bytes"`
	Runs              []runOf           `json:"runs"`
	Facts             []fact            `json:"facts"`
}

type machine struct {
	CPU       string `json:"cpu"`
	Cores     int    `json:"cores"`
	MemoryKiB string `json:"memory"`
	Logs      string `json:"logs"`
	LoadBegan string `json:"load_average_at_start"`
	LoadEnded string `json:"load_average_at_end"`
}

// runOf is one run of one variant.
type runOf struct {
	Part    string  `json:"part"`
	Variant variant `json:"variant"`
	measurement
}

// measurement is what one burst has shown.
type measurement struct {
	At        time.Time `json:"at"`
	Events    int64     `json:"events"`
	Seconds   float64   `json:"seconds"`
	PerSecond float64   `json:"events_per_second"`
	CPU       perEvent  `json:"cpu_micros_per_event"`
	Load      string    `json:"load_average"`

	Resident     int64 `json:"resident_bytes"` // of the application, after the burst
	ResidentPeak int64 `json:"peak_resident_bytes"`
}

// fact is a figure of another kind: latency, takeover, memory, the core alone.
type fact struct {
	Part string             `json:"part"`
	What string             `json:"what"`
	At   time.Time          `json:"at"` // when the last of the runs had ended
	Runs []float64          `json:"runs"`
	Unit string             `json:"unit"`
	Goal string             `json:"goal,omitempty"`
	Met  *bool              `json:"met,omitempty"` // by the median
	Load string             `json:"load_average"`
	More map[string]float64 `json:"more,omitempty"`
}

func newReport(ctx context.Context) *report {
	r := &report{Began: time.Now(), Versions: map[string]string{"go": runtime.Version(), "kafka": kafka.Version}}
	r.Machine = machine{CPU: cpuModel(), Cores: runtime.NumCPU(), MemoryKiB: lineOf("/proc/meminfo", "MemTotal"), LoadBegan: loadAverage()}
	r.Versions["purser"] = revision(ctx)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if strings.Contains(d.Path, "franz-go") || strings.Contains(d.Path, "pgx") || strings.Contains(d.Path, "go-redis") {
				r.Versions[d.Path] = d.Version
			}
		}
	}
	return r
}

// revision of the source: `go run` puts none into what it builds, so git is asked then, where there is one.
func revision(ctx context.Context) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	out, err := exec.CommandContext(ctx, "git", "rev-parse", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

func cpuModel() string { return lineOf("/proc/cpuinfo", "model name") }

func lineOf(path, key string) string {
	f, err := os.Open(path)
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// servers notes what the stores say of themselves.
func (r *report) servers(ctx context.Context, l *lab) error {
	client := redis.NewClient(&redis.Options{Addr: l.redis.Addr, Protocol: 2, DisableIdentity: true})
	defer client.Close()
	info, err := client.Info(ctx, "server").Result()
	if err != nil {
		return err
	}
	for line := range strings.Lines(info) {
		if v, ok := strings.CutPrefix(line, "redis_version:"); ok {
			r.Versions["redis"] = strings.TrimSpace(v)
		}
	}
	conn, err := pgx.Connect(ctx, servers.PostgresURL(l.postgres.Addr, "postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var v string
	if err := conn.QueryRow(ctx, "SHOW server_version").Scan(&v); err != nil {
		return err
	}
	r.Versions["postgres"] = v
	return nil
}

func (r *report) add(part string, v variant, m measurement) {
	r.Runs = append(r.Runs, runOf{Part: part, Variant: v, measurement: m})
}

// state adds a fact. A goal of zero is none; otherwise the median has to be at most the goal, or at least -goal where
// the goal is negative.
func (r *report) state(part, what, unit string, goal float64, runs ...float64) {
	f := fact{Part: part, What: what, At: time.Now(), Unit: unit, Runs: runs, Load: loadAverage()}
	if goal != 0 && len(runs) > 0 {
		met := median(runs) <= goal
		f.Goal = fmt.Sprintf("≤ %s", figure(goal))
		if goal < 0 {
			met = median(runs) >= -goal
			f.Goal = fmt.Sprintf("≥ %s", figure(-goal))
		}
		f.Met = &met
	}
	r.Facts = append(r.Facts, f)
}

func (r *report) finish() { r.Ended, r.Machine.LoadEnded = time.Now(), loadAverage() }

func (r *report) write(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	if len(s) == 0 {
		return 0
	}
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

// summary is all runs of one variant of one part.
type summary struct {
	part  string
	v     variant
	runs  []runOf
	rates []float64
}

func (r *report) summaries() (all []*summary) {
	for _, run := range r.Runs {
		i := slices.IndexFunc(all, func(s *summary) bool { return s.part == run.Part && s.v.Name == run.Variant.Name })
		if i < 0 {
			i = len(all)
			all = append(all, &summary{part: run.Part, v: run.Variant})
		}
		all[i].runs = append(all[i].runs, run)
		all[i].rates = append(all[i].rates, run.PerSecond)
	}
	return all
}

func (s *summary) of(f func(*runOf) float64) float64 {
	v := make([]float64, len(s.runs))
	for i := range s.runs {
		v[i] = f(&s.runs[i])
	}
	return median(v)
}

// ratios compares each run with the pass-through's run of the same round.
func (s *summary) ratios(to *summary) (v []float64) {
	for i := range min(len(s.rates), len(to.rates)) {
		v = append(v, s.rates[i]/to.rates[i])
	}
	return v
}

func (r *report) print(w io.Writer) {
	fmt.Fprintf(w, "\n%s to %s, purser %s. %s, %d cores; load average %s at the start, %s at the end. Ledger record: %d bytes.\n\n",
		r.Began.Format(time.DateTime), r.Ended.Format(time.TimeOnly), r.Versions["purser"], r.Machine.CPU, r.Machine.Cores, r.Machine.LoadBegan, r.Machine.LoadEnded, r.LedgerRecordBytes)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "part\twhat\truns\tmedian [range]\tof pass-through\tgoal\tCPU µs/event: app\tbroker\tRedis\tPostgres")
	all := r.summaries()
	for _, s := range all {
		ratio, goal := "", ""
		if i := slices.IndexFunc(all, func(p *summary) bool { return p.part == s.part && p.v.Copy && p.v.Workers == s.v.Workers }); i >= 0 && !s.v.Copy {
			ratios := s.ratios(all[i])
			ratio = fmt.Sprintf("%.2f [%.2f–%.2f]", median(ratios), slices.Min(ratios), slices.Max(ratios))
			goal = s.goal(median(ratios))
		}
		if s.v.CPUGoal > 0 {
			goal = fmt.Sprintf("≤ %.0f µs: %s", s.v.CPUGoal, verdict(s.of(func(r *runOf) float64 { return r.CPU.Application }) <= s.v.CPUGoal))
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s events/s\t%s\t%s\t%.2f\t%.2f\t%.2f\t%.2f\n", s.part, s.v.Name, len(s.runs), spread(s.rates), ratio, goal,
			s.of(func(r *runOf) float64 { return r.CPU.Application }), s.of(func(r *runOf) float64 { return r.CPU.Broker }),
			s.of(func(r *runOf) float64 { return r.CPU.Redis }), s.of(func(r *runOf) float64 { return r.CPU.Postgres }))
	}
	for i := range r.Facts {
		f := &r.Facts[i]
		goal := f.Goal
		if f.Met != nil {
			goal += ": " + verdict(*f.Met)
		}
		more := ""
		for _, k := range []string{"application", "broker", "redis", "postgres"} {
			if f.More != nil {
				more += fmt.Sprintf("\t%.2f", f.More[k])
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s %s\t\t%s%s\n", f.Part, f.What, len(f.Runs), spread(f.Runs), f.Unit, goal, more)
	}
	_ = t.Flush() // a terminal that is gone
}

// goal says what was wanted of a burst and whether it is reached.
func (s *summary) goal(ratio float64) string {
	if s.part == "workers" || s.v.Workers != 2 {
		return ""
	}
	goal := goalBurst
	if s.v.Redis {
		goal = goalBurstRedis
	}
	cpu := s.of(func(r *runOf) float64 { return r.CPU.Application })
	return fmt.Sprintf("≥ %.2f: %s; ≤ %.0f µs: %s", goal, verdict(ratio >= goal), goalCPU, verdict(cpu <= goalCPU))
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "NOT met"
}

func spread(v []float64) string {
	if len(v) == 0 {
		return "–"
	}
	if len(v) == 1 {
		return figure(v[0]) + " (one run)"
	}
	return fmt.Sprintf("%s [%s–%s]", figure(median(v)), figure(slices.Min(v)), figure(slices.Max(v)))
}

// figure writes a number with about three digits that mean something.
func figure(v float64) string {
	switch {
	case v >= 10_000:
		return thousands(int(v))
	case v >= 100 || v == float64(int(v)):
		return fmt.Sprintf("%.0f", v)
	case v >= 1:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

func thousands(i int) string {
	if i >= 1_000_000 && i%100_000 == 0 {
		return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(i)/1e6), ".0") + "M"
	}
	if i < 1000 {
		return fmt.Sprint(i)
	}
	return fmt.Sprintf("%dk", (i+500)/1000)
}
