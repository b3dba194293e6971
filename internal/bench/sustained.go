package main

import (
	"context"
	"fmt"
	"time"

	"purser/internal/load"
)

// goalSustained is in events a second.
const goalSustained = 100_000

// sustained produces at a rate with everything attached and says what each part of the system used.
func (l *lab) sustained(ctx context.Context) error {
	rate := goalSustained
	if l.o.quick {
		rate = quickRate
	}
	s, err := l.newSystem(ctx, variant{Name: "sustained", Redis: true})
	if err != nil {
		return err
	}
	if _, err := s.start(); err != nil {
		return err
	}
	if err := s.define(ctx); err != nil {
		return err
	}
	before, err := s.usage()
	if err != nil {
		return err
	}
	c := s.load(int64(float64(rate) * l.o.sustained.Seconds()))
	c.Rate = rate
	began := time.Now()
	summary, err := load.Run(ctx, c)
	if err != nil {
		return err
	}
	if err := s.drained(ctx); err != nil {
		return err
	}
	took := time.Since(began)
	after, err := s.usage()
	if err != nil {
		return err
	}
	cpu := after.since(before, summary.Usage)
	what := fmt.Sprintf("%s at %s/s, Redis attached", l.o.sustained, thousands(rate))
	l.report.state("sustained", what, "events/s", 0, float64(summary.Usage)/took.Seconds())
	f := &l.report.Facts[len(l.report.Facts)-1]
	f.More = map[string]float64{"application": cpu.Application, "broker": cpu.Broker, "redis": cpu.Redis, "postgres": cpu.Postgres, "bench": cpu.Bench}
	say("sustained: %.0f events/s, %.2f µs of the application an event", float64(summary.Usage)/took.Seconds(), cpu.Application)
	return s.remove(ctx)
}
