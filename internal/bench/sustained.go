package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"purser/internal/load"
	"purser/topics"
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
	s, err := l.newSystem(ctx, variant{Name: "sustained", Redis: true, Postgres: true, Lasts: l.o.sustained})
	if err != nil {
		return err
	}
	// The product keeps superseded cells for ten minutes; the machine has no room for that. Only full segments are compacted.
	for _, c := range [][2]string{{"min.compaction.lag.ms", "5000"}, {"segment.bytes", "8388608"}} {
		if err := l.configure(ctx, c[0], c[1], s.names.Of(topics.Changelog)); err != nil {
			return err
		}
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	app := s.children[0]
	checkpointer, err := s.startCheckpointer()
	if err != nil {
		return err
	}
	if err := s.caughtUp(ctx, false); err != nil {
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
	checkpointer    float64 // CPU µs an event
	course          course
	tally           *tally
	rowBytes        float64 // of a ledger row and its index in Postgres
	runBytes        float64 // of the duplicate index's runs there, a ledger row
	peak            int64   // bytes of the application
}

func (m *endurance) perSecond(d time.Duration) float64 { return float64(m.events) / d.Seconds() }

// sustain produces, waits until everything is decided and then until it is stored.
func (s *system) sustain(ctx context.Context, c load.Config, checkpointer *child) (m endurance, err error) {
	if m.tally, err = s.newTally(ctx); err != nil {
		return m, err
	}
	defer m.tally.close()
	if err := m.tally.count(ctx); err != nil {
		return m, err
	}
	there := m.tally.rows
	before, err := s.reading(checkpointer)
	if err != nil {
		return m, err
	}
	watched, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	done := make(chan struct{})
	began := time.Now()
	go func() {
		defer close(done)
		if err := m.course.follow(watched, s, m.tally, began); err != nil {
			stop(err)
		}
	}()
	err = s.produceAndWait(watched, c, began, &m)
	if err != nil {
		err = errors.Join(err, context.Cause(watched))
	}
	stop(nil)
	<-done
	if err != nil {
		return m, err
	}
	after, err := s.reading(checkpointer)
	if err != nil {
		return m, err
	}
	if err := m.measureRows(ctx); err != nil {
		return m, err
	}
	if got := m.tally.rows - there; got != m.events {
		return m, fmt.Errorf("%d events were produced, and %d ledger rows have come to Postgres", m.events, got)
	}
	m.cpu = after.usage.since(before.usage, m.events)
	m.checkpointer = float64((after.checkpointer - before.checkpointer).Nanoseconds()) / 1000 / float64(m.events)
	return m, nil
}

func (s *system) produceAndWait(ctx context.Context, c load.Config, began time.Time, m *endurance) error {
	summary, err := load.Run(ctx, c)
	if err != nil {
		return err
	}
	m.events = summary.Usage
	if err := s.drained(ctx); err != nil {
		return err
	}
	m.decided = time.Since(began)
	if err := s.caughtUp(ctx, false); err != nil {
		return err
	}
	m.stored = time.Since(began)
	return nil
}

// measureRows counts the last rows and what they take.
func (m *endurance) measureRows(ctx context.Context) error {
	if err := m.tally.count(ctx); err != nil {
		return err
	}
	rows, err := m.tally.size(ctx, "ledger")
	if err != nil {
		return err
	}
	runs, err := m.tally.size(ctx, "run_block")
	if err != nil {
		return err
	}
	m.rowBytes = float64(rows+m.tally.dropped) / float64(m.tally.rows)
	m.runBytes = float64(runs) / float64(m.tally.rows)
	return nil
}

// reading is what the meters show at one moment.
type reading struct {
	usage        usage
	checkpointer time.Duration
}

func (s *system) reading(checkpointer *child) (r reading, err error) {
	if r.usage, err = s.usage(); err != nil {
		return r, err
	}
	r.checkpointer, err = cpuOf(checkpointer.pid())
	return r, err
}

func (l *lab) stateSustained(rate int, m endurance) {
	what := fmt.Sprintf("%s at %s/s, Redis and Postgres attached", l.o.sustained, thousands(rate))
	if m.tally.drops > 0 {
		what += fmt.Sprintf(" (rows that were counted there were dropped on the way, %d×, for want of room)", m.tally.drops)
	}
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
	if len(m.course.lag) > 0 {
		l.report.state("sustained", "ledger records that the checkpoint lacked, at the worst", "", 0, slices.Max(m.course.lag))
		l.report.state("sustained", "the same in the four quarters of the time, medians: "+m.course.quarters(), "", 0, m.course.lag...)
	}
	l.report.state("sustained", "application", "GiB at the highest", 0, float64(m.peak)/(1<<30))
	l.report.state("sustained", "Kafka's logs and Postgres' data", "GiB at the highest", 0, m.course.mostUsed/(1<<30))
	l.report.state("sustained", "a ledger row in Postgres, with its index", "bytes", 0, m.rowBytes)
	l.report.state("sustained", "the duplicate index in Postgres, a ledger row", "bytes", 0, m.runBytes)
	say("sustained: %.0f events/s in Postgres, %.2f µs of the application an event", m.perSecond(m.stored), application)
}
