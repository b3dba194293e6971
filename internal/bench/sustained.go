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
	rowsBefore, err := s.rows(ctx)
	if err != nil {
		return err
	}
	before, err := s.usage()
	if err != nil {
		return err
	}
	checkpointBefore, err := cpuOf(checkpointer.pid())
	if err != nil {
		return err
	}
	watch, stop := context.WithCancel(ctx)
	lags := make(chan []float64, 1)
	go s.watchLag(watch, lags)
	c := s.load(int64(float64(rate) * l.o.sustained.Seconds()))
	c.Rate = rate
	began := time.Now()
	summary, err := load.Run(ctx, c)
	stop()
	lag := <-lags
	if err != nil {
		return err
	}
	if err := s.drained(ctx); err != nil {
		return err
	}
	decided := time.Since(began)
	if err := s.caughtUp(ctx); err != nil {
		return err
	}
	stored := time.Since(began)
	after, err := s.usage()
	if err != nil {
		return err
	}
	checkpointAfter, err := cpuOf(checkpointer.pid())
	if err != nil {
		return err
	}
	rows, err := s.rows(ctx)
	if err != nil {
		return err
	}
	if got := rows - rowsBefore; got != summary.Usage {
		return fmt.Errorf("%d events were produced, and %d ledger rows are in Postgres", summary.Usage, got)
	}
	cpu := after.since(before, summary.Usage)
	ofCheckpointer := float64((checkpointAfter - checkpointBefore).Nanoseconds()) / 1000 / float64(summary.Usage)
	what := fmt.Sprintf("%s at %s/s, Redis and Postgres attached", l.o.sustained, thousands(rate))
	perSecond := func(d time.Duration) float64 { return float64(summary.Usage) / d.Seconds() }
	goal := -float64(rate) * 0.98 // the last batch and the last checkpoint come after the last event
	if l.o.quick {
		goal = 0
	}
	l.report.state("sustained", what+", until the last row is in Postgres", "events/s", goal, perSecond(stored))
	f := &l.report.Facts[len(l.report.Facts)-1]
	f.More = map[string]float64{
		"application": cpu.Application - ofCheckpointer, "checkpointer": ofCheckpointer,
		"broker": cpu.Broker, "redis": cpu.Redis, "postgres": cpu.Postgres, "bench": cpu.Bench,
	}
	l.report.state("sustained", "until the last was decided", "events/s", 0, perSecond(decided))
	l.report.state("sustained", "application without checkpointer", "CPU µs an event", goalCPU, cpu.Application-ofCheckpointer)
	l.report.state("sustained", "checkpointer", "CPU µs an event", 0, ofCheckpointer)
	if len(lag) > 0 {
		l.report.state("sustained", "ledger records that the checkpoint lacked, at the worst", "", 0, slices.Max(lag))
		l.report.state("sustained", "ledger records that the checkpoint lacked, every half second", "", 0, lag...)
	}
	_, peak, err := residentOf(app.pid())
	if err != nil {
		return err
	}
	l.report.state("sustained", "application", "GiB at the highest", 0, float64(peak)/(1<<30))
	say("sustained: %.0f events/s in Postgres, %.2f µs of the application an event", perSecond(stored), cpu.Application-ofCheckpointer)
	return s.remove(ctx)
}
