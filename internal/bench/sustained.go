package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"purser/internal/load"
)

// goalSustained is in events a second.
const goalSustained = 100_000

// sustained produces at a rate with Redis and Postgres attached, and says what each part of the system used and how far
// the checkpoint was behind. It ends when Postgres has every ledger record.
func (l *lab) sustained(ctx context.Context) error {
	rate := goalSustained
	if l.o.quick {
		rate = quickRate
	}
	s, err := l.newSystem(ctx, variant{Name: "sustained", Redis: true, Postgres: true})
	if err != nil {
		return err
	}
	app, err := s.start()
	if err != nil {
		return err
	}
	checkpointer, err := s.startCheckpointer()
	if err != nil {
		return err
	}
	if err := s.define(ctx); err != nil {
		return err
	}
	if err := s.caughtUp(ctx); err != nil {
		return err
	}
	c := s.load(int64(float64(rate) * l.o.sustained.Seconds()))
	c.Rate = rate
	m, err := s.sustain(ctx, c, checkpointer)
	if err != nil {
		return err
	}
	if _, m.peak, err = residentOf(app.pid()); err != nil {
		return err
	}
	l.stateSustained(rate, m)
	return s.remove(ctx)
}

// endurance is what was measured while the load was sustained.
type endurance struct {
	events          int64
	decided, stored time.Duration // from the beginning
	cpu             perEvent
	checkpointer    float64   // CPU µs an event
	lag             []float64 // in ledger records
	peak            int64     // bytes of the application
}

func (m *endurance) perSecond(d time.Duration) float64 { return float64(m.events) / d.Seconds() }

// sustain runs the load and waits until everything is in Postgres, which is checked.
func (s *system) sustain(ctx context.Context, c load.Config, checkpointer *child) (m endurance, err error) {
	before, err := s.reading(ctx, checkpointer)
	if err != nil {
		return m, err
	}
	watch, stop := context.WithCancel(ctx)
	lags := make(chan []float64, 1)
	go s.watchLag(watch, lags)
	began := time.Now()
	summary, err := load.Run(ctx, c)
	stop()
	m.lag = <-lags
	if err != nil {
		return m, err
	}
	if err := s.drained(ctx); err != nil {
		return m, err
	}
	m.decided = time.Since(began)
	if err := s.caughtUp(ctx); err != nil {
		return m, err
	}
	m.stored = time.Since(began)
	after, err := s.reading(ctx, checkpointer)
	if err != nil {
		return m, err
	}
	if got := after.rows - before.rows; got != summary.Usage {
		return m, fmt.Errorf("%d events were produced, and %d ledger rows are in Postgres", summary.Usage, got)
	}
	m.events = summary.Usage
	m.cpu = after.usage.since(before.usage, m.events)
	m.checkpointer = float64((after.checkpointer - before.checkpointer).Nanoseconds()) / 1000 / float64(m.events)
	return m, nil
}

// reading is what the meters show at one moment.
type reading struct {
	usage        usage
	checkpointer time.Duration
	rows         int64 // of the ledger, in Postgres
}

func (s *system) reading(ctx context.Context, checkpointer *child) (r reading, err error) {
	if r.usage, err = s.usage(); err != nil {
		return r, err
	}
	if r.checkpointer, err = cpuOf(checkpointer.pid()); err != nil {
		return r, err
	}
	r.rows, err = s.rows(ctx)
	return r, err
}

func (l *lab) stateSustained(rate int, m endurance) {
	what := fmt.Sprintf("%s at %s/s, Redis and Postgres attached", l.o.sustained, thousands(rate))
	goal := -float64(rate) * 0.98 // the last batch and the last checkpoint come after the last event
	if l.o.quick {
		goal = 0
	}
	l.report.state("sustained", what+", until the last row is in Postgres", "events/s", goal, m.perSecond(m.stored))
	f := &l.report.Facts[len(l.report.Facts)-1]
	application := m.cpu.Application - m.checkpointer
	f.More = map[string]float64{
		"application": application, "checkpointer": m.checkpointer,
		"broker": m.cpu.Broker, "redis": m.cpu.Redis, "postgres": m.cpu.Postgres, "bench": m.cpu.Bench,
	}
	l.report.state("sustained", "until the last was decided", "events/s", 0, m.perSecond(m.decided))
	l.report.state("sustained", "application without checkpointer", "CPU µs an event", goalCPU, application)
	l.report.state("sustained", "checkpointer", "CPU µs an event", 0, m.checkpointer)
	if len(m.lag) > 0 {
		l.report.state("sustained", "ledger records that the checkpoint lacked, at the worst", "", 0, slices.Max(m.lag))
		l.report.state("sustained", "ledger records that the checkpoint lacked, every half second", "", 0, m.lag...)
	}
	l.report.state("sustained", "application", "GiB at the highest", 0, float64(m.peak)/(1<<30))
	say("sustained: %.0f events/s in Postgres, %.2f µs of the application an event", m.perSecond(m.stored), application)
}
