package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/load"
	"purser/topics"
)

// latencyGoal is what p50 and p99 may be at a rate, in milliseconds.
type latencyGoal struct {
	rate     int
	p50, p99 float64
}

var latencyGoals = []latencyGoal{{20_000, 40, 80}, {100_000, 50, 100}}

const (
	warmUp          = 3 * time.Second // at the beginning of a rate, not counted
	watched         = 2               // partitions that are read: reading all would take from the machine what is measured
	latencySeconds  = 12
	quickSeconds    = 5
	quickRate       = 2_000
	latencyRepeats  = 3
	quickMeasureMin = 1
)

func (l *lab) latencies(ctx context.Context) error {
	goals, seconds, repeats := latencyGoals, latencySeconds, min(latencyRepeats, l.o.repeat)
	if l.o.quick {
		goals, seconds, repeats = []latencyGoal{{quickRate, 0, 0}}, quickSeconds, quickMeasureMin
	}
	s, err := l.newSystem(ctx, variant{Name: "latency"})
	if err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	p50, p99 := map[int][]float64{}, map[int][]float64{}
	for range repeats {
		for _, g := range goals {
			millis, err := s.latency(ctx, g.rate, seconds)
			if err != nil {
				return err
			}
			p50[g.rate] = append(p50[g.rate], quantile(millis, 50))
			p99[g.rate] = append(p99[g.rate], quantile(millis, 99))
			say("latency: %s/s: p50 %.0f ms, p99 %.0f ms, of %d", thousands(g.rate), quantile(millis, 50), quantile(millis, 99), len(millis))
		}
	}
	for _, g := range goals {
		what := "from produce to a committed ledger record at " + thousands(g.rate) + "/s, interval " + s.v.Interval.String()
		l.report.state("latency", what+", p50", "ms", g.p50, p50[g.rate]...)
		l.report.state("latency", what+", p99", "ms", g.p99, p99[g.rate]...)
	}
	return s.remove(ctx)
}

// sighting is a ledger record that a consumer of committed records has seen.
type sighting struct {
	event int64
	at    time.Time
}

// latency produces at a rate and returns, for a sample of the events, the time from when each was due to be produced to
// when its ledger record was read, in milliseconds, sorted. What the producer is late by counts.
func (s *system) latency(ctx context.Context, rate, seconds int) ([]float64, error) {
	c := s.load(int64(rate * seconds))
	c.Rate = rate
	watch, stop := context.WithCancel(ctx)
	defer stop()
	seen := make(chan []sighting, 1)
	failed := make(chan error, 1)
	ready := make(chan struct{})
	go s.watchLedger(watch, c.Seed, ready, seen, failed)
	select {
	case <-ready:
	case err := <-failed:
		return nil, err
	}
	summary, err := load.Run(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := s.drained(ctx); err != nil {
		return nil, err
	}
	stop()
	var sightings []sighting
	select {
	case sightings = <-seen:
	case err := <-failed:
		return nil, err
	}
	var millis []float64
	for _, g := range sightings {
		due := time.Duration(g.event) * time.Second / time.Duration(rate)
		if due < warmUp {
			continue
		}
		millis = append(millis, float64(g.at.Sub(summary.UsageBegan.Add(due)).Microseconds())/1000)
	}
	slices.Sort(millis)
	if len(millis) == 0 {
		return nil, fmt.Errorf("no ledger record of the watched partitions was seen at %d/s", rate)
	}
	return millis, s.forget(ctx)
}

// watchLedger reads some partitions of the ledger until its context ends, and notes every 16th usage event of a seed.
func (s *system) watchLedger(ctx context.Context, seed uint64, ready chan<- struct{}, seen chan<- []sighting, failed chan<- error) {
	ends, err := s.lab.endOffsets(ctx, s.names.Of(topics.Ledger))
	if err != nil {
		failed <- err
		return
	}
	from := map[int32]kgo.Offset{}
	for p := range int32(watched) {
		end, _ := ends.Lookup(s.names.Of(topics.Ledger), p)
		from[p] = kgo.NewOffset().At(end.Offset)
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.lab.kafka.Addr), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(100*time.Millisecond),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{s.names.Of(topics.Ledger): from}))
	if err != nil {
		failed <- err
		return
	}
	defer cl.Close()
	close(ready)
	source := []byte(`"source":"/purser/load/` + strconv.FormatUint(seed, 10) + `","id":"u-`)
	var all []sighting
	for n := 0; ctx.Err() == nil; {
		fetches := cl.PollFetches(ctx)
		at := time.Now()
		fetches.EachRecord(func(r *kgo.Record) {
			if n++; n%16 != 0 {
				return
			}
			if event, ok := eventOf(r.Value, source); ok {
				all = append(all, sighting{event, at})
			}
		})
	}
	seen <- all
}

// eventOf reads the number of a usage event out of its ledger record.
func eventOf(body, source []byte) (n int64, ok bool) {
	i := bytes.Index(body, source)
	if i < 0 {
		return 0, false
	}
	for _, c := range body[i+len(source):] {
		if c < '0' || c > '9' {
			return n, true
		}
		n = n*10 + int64(c-'0')
	}
	return 0, false
}

// quantile of sorted values, in percent.
func quantile(sorted []float64, percent int) float64 {
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)]
}
