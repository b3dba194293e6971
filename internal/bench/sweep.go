package main

import (
	"context"
	"fmt"
	"time"
)

// sweep looks for the defaults: batch sizes at a fixed interval, intervals at a fixed batch, and compressions.
func (l *lab) sweep(ctx context.Context) error {
	if err := l.sample(ctx); err != nil {
		return err
	}
	var batches, codecs []variant
	for _, n := range []int{1_000, 2_500, 5_000, 10_000, 20_000} {
		batches = append(batches, variant{Name: fmt.Sprintf("batch %d", n), BatchMax: n})
	}
	for _, c := range []string{"none", "snappy", "lz4", "zstd"} {
		codecs = append(codecs, variant{Name: "compression " + c, Compression: c})
	}
	if l.o.wants("batch") {
		if err := l.compare(ctx, "batch", batches); err != nil {
			return err
		}
	}
	if l.o.wants("compression") {
		if err := l.compare(ctx, "compression", codecs); err != nil {
			return err
		}
	}
	if !l.o.wants("interval") {
		return nil
	}
	return l.intervals(ctx, []time.Duration{10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond})
}

// intervals measures latency and cost at 20,000/s for several commit intervals.
func (l *lab) intervals(ctx context.Context, intervals []time.Duration) error {
	var systems []*system
	for _, d := range intervals {
		s, err := l.newSystem(ctx, variant{Name: d.String(), Interval: d})
		if err != nil {
			return err
		}
		if err := s.prepare(ctx); err != nil {
			return err
		}
		systems = append(systems, s)
	}
	p50, p99, cpu := map[string][]float64{}, map[string][]float64{}, map[string][]float64{}
	const rate, seconds = 20_000, 8
	for range l.o.repeat {
		for _, s := range systems {
			before, err := s.usage()
			if err != nil {
				return err
			}
			millis, err := s.latency(ctx, rate, seconds)
			if err != nil {
				return err
			}
			after, err := s.usage()
			if err != nil {
				return err
			}
			used := after.since(before, rate*seconds)
			p50[s.v.Name] = append(p50[s.v.Name], quantile(millis, 50))
			p99[s.v.Name] = append(p99[s.v.Name], quantile(millis, 99))
			cpu[s.v.Name] = append(cpu[s.v.Name], used.Application+used.Broker)
			say("interval %s: p50 %.0f ms, p99 %.0f ms", s.v.Name, quantile(millis, 50), quantile(millis, 99))
		}
	}
	for _, s := range systems {
		what := "interval " + s.v.Name + " at " + thousands(rate) + "/s: "
		l.report.state("interval", what+"p50", "ms", 0, p50[s.v.Name]...)
		l.report.state("interval", what+"p99", "ms", 0, p99[s.v.Name]...)
		l.report.state("interval", what+"application and broker", "CPU µs an event", 0, cpu[s.v.Name]...)
		if err := s.remove(ctx); err != nil {
			return err
		}
	}
	return nil
}
