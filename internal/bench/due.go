package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/load"
	"purser/internal/ticker"
	"purser/processors/core"
	"purser/processors/money"
	"purser/state"
	"purser/state/redis"
	"purser/topics"
)

// goalDue is what the 99th percentile may become while due work is done, as a multiple of what it was before.
const goalDue = 1.5

const (
	dueRate   = 20_000 // usage events a second
	dueOthers = 20_000 // wallets that are used and not due; as many are used that are
	dueWarm   = 10     // usage events of each, before anything is measured
	dueBefore = 15 * time.Second
	dueAfter  = 15 * time.Second

	quickDueOthers = 4_000
	quickDueBefore = 6 * time.Second
	quickDueAfter  = 3 * time.Second

	dueGrant  = "due"
	dueAmount = money.Amount(1_000_000_000_000) // a million: more than usage burns of it before it expires
)

// due makes grants of many wallets expire at one instant while usage goes on, on them and on others, and says what becomes of the time
// that usage takes. A grant expires once, so every run has a system of its own.
func (l *lab) due(ctx context.Context) error { return l.dueAgain(ctx, "due", "had expired") }

// credits does the same with the monthly credits of the 1st, which one tick makes due for all of them.
func (l *lab) credits(ctx context.Context) error {
	return l.dueAgain(ctx, "credits", "had its credits")
}

func (l *lab) dueAgain(ctx context.Context, part, done string) error {
	var runs []dueRun
	for range l.o.repeat {
		run, err := l.dueOnce(ctx, part)
		if err != nil {
			return err
		}
		say("%s: %s", part, run)
		runs = append(runs, run)
	}
	l.stateDue(part, done, runs)
	return nil
}

// dueRun is what one run has shown. The milliseconds are from when usage was due to be produced to its committed ledger record.
type dueRun struct {
	before, during, after []float64 // sorted
	took                  time.Duration
}

func (r dueRun) String() string {
	show := func(millis []float64) string {
		return fmt.Sprintf("%.0f, %.0f ms of %d", quantile(millis, 50), quantile(millis, 99), len(millis))
	}
	return fmt.Sprintf("all was done after %.1f s; usage before (p50, p99) %s, during %s, after %s", r.took.Seconds(), show(r.before), show(r.during), show(r.after))
}

func (l *lab) dueOnce(ctx context.Context, part string) (dueRun, error) {
	others := dueOthers
	if l.o.quick {
		others = quickDueOthers
	}
	s, err := l.newSystem(ctx, variant{Name: part, Wallets: others + l.o.due, Due: l.o.due, Credits: part == "credits", Redis: true, Postgres: true})
	if err != nil {
		return dueRun{}, err
	}
	s.expires = topics.TimeOf(time.Now().Truncate(time.Second))
	if s.v.Credits {
		if s.expires, err = lastMonthStart(s.expires); err != nil {
			return dueRun{}, err
		}
	}
	if err := s.prepare(ctx); err != nil {
		return dueRun{}, err
	}
	d := dueLoad{system: s, used: others + min(others, l.o.due)}
	if err := d.settle(ctx); err != nil {
		return dueRun{}, err
	}
	run, err := d.measure(ctx)
	if err != nil {
		return dueRun{}, err
	}
	return run, s.remove(ctx)
}

// dueLoad is the usage on a system some of whose wallets are due, and the ticks.
type dueLoad struct {
	*system
	used   int // wallets from the first one on
	ticker *ticker.Ticker
	cache  *redis.Cache
}

func (d *dueLoad) usage(count int64) load.Config {
	c := d.load(count)
	c.Accounts = d.used
	return c
}

// settle starts the checkpointer and uses every wallet that will be used, so that the time before the tick is one like any other.
func (d *dueLoad) settle(ctx context.Context) (err error) {
	if _, err := d.startCheckpointer(); err != nil {
		return err
	}
	if d.ticker, err = ticker.New(ctx, []kgo.Opt{kgo.SeedBrokers(d.lab.kafka.Addr)}, d.names, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	if err := d.ticker.Tick(ctx, d.instant().Add(-24*time.Hour)); err != nil { // nothing is due yet, in no zone
		return err
	}
	if _, err := load.Run(ctx, d.usage(int64(dueWarm*d.used))); err != nil {
		return err
	}
	if err := d.drained(ctx); err != nil {
		return err
	}
	return d.caughtUp(ctx, true)
}

func (d *dueLoad) instant() time.Time { return time.UnixMicro(int64(d.expires)) }

// measure produces usage at the rate, ticks in the middle of it, and judges the books afterwards.
func (d *dueLoad) measure(ctx context.Context) (run dueRun, err error) {
	defer d.ticker.Close()
	if d.cache, err = redis.Open(redis.Config{URL: "redis://" + d.lab.redis.Addr, Prefix: d.names.Prefix}); err != nil {
		return run, err
	}
	defer d.cache.Close()
	c := d.usage(1 << 40) // it ends when it is told to
	c.Rate = dueRate
	if d.lab.o.quick {
		c.Rate = quickRate
	}
	watch, stop := context.WithCancel(ctx)
	defer stop()
	seen, failed, ready := make(chan []sighting, 1), make(chan error, 1), make(chan struct{})
	go d.watchLedger(watch, c.Seed, ready, seen, failed)
	select {
	case <-ready:
	case err := <-failed:
		return run, err
	}
	ticked, began, err := d.produce(ctx, c)
	if err != nil {
		return run, err
	}
	if err := d.decided(ctx); err != nil {
		return run, err
	}
	stop()
	var sightings []sighting
	select {
	case sightings = <-seen:
	case err := <-failed:
		return run, err
	}
	if err := d.caughtUp(ctx, true); err != nil {
		return run, err
	}
	last, err := d.audit(ctx)
	if err != nil {
		return run, err
	}
	run.took = last.Sub(ticked)
	return run, run.sort(sightings, c.Rate, began, ticked, last)
}

// produce keeps usage coming while the tick is given and worked off, and for a while after. It returns when the tick was given
// and when the first event was due.
func (d *dueLoad) produce(ctx context.Context, c load.Config) (ticked, began time.Time, err error) {
	before, after := dueBefore, dueAfter
	if d.lab.o.quick {
		before, after = quickDueBefore, quickDueAfter
	}
	usage, enough := context.WithCancel(ctx)
	defer enough()
	type end struct {
		summary load.Summary
		err     error
	}
	ended := make(chan end, 1)
	go func() {
		summary, err := load.Run(usage, c)
		enough()
		ended <- end{summary, err}
	}()
	err = pass(usage, before)
	if err == nil {
		if ticked, err = d.tick(usage); err == nil {
			err = d.workedOff(usage)
		}
	}
	if err == nil {
		err = pass(usage, after)
	}
	enough()
	e := <-ended
	if e.err != nil && !errors.Is(e.err, context.Canceled) {
		err = errors.Join(err, e.err)
	}
	return ticked, e.summary.UsageBegan, err
}

// tick makes all of it due, and returns when.
func (d *dueLoad) tick(ctx context.Context) (time.Time, error) {
	if d.lab.o.profile != "" {
		if err := d.children[0].cmd.Process.Signal(syscall.SIGUSR2); err != nil { // it starts the profile
			return time.Time{}, err
		}
	}
	now := time.Now()
	return now, d.ticker.Tick(ctx, d.instant())
}

// workedOff waits until the tick is worked off on every partition, by what the cache has of it. Usage goes first, so that it may
// take a while: a thousand wallets a second are not too few.
func (d *dueLoad) workedOff(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, d.patience()+time.Duration(d.v.Due)*time.Millisecond)
	defer cancel()
	for p := int32(0); p < partitions; {
		done, err := d.hasWorkedOff(ctx, p)
		if err != nil {
			return err
		}
		if done {
			p++
			continue
		}
		for _, c := range d.children {
			if err := c.alive(); err != nil {
				return err
			}
		}
		if err := pass(ctx, 200*time.Millisecond); err != nil {
			return fmt.Errorf("partition %d has not worked off the tick: %w", p, err)
		}
	}
	return nil
}

func (d *dueLoad) hasWorkedOff(ctx context.Context, p int32) (bool, error) {
	values, _, ok, err := d.cache.Load(ctx, p, []string{core.ProgressKey})
	if err != nil || !ok || values[0] == nil {
		return false, err
	}
	c, err := state.DecodeCell(core.ProgressKey, values[0], nil)
	if err != nil {
		return false, err
	}
	progress, ok := c.(*core.Progress)
	return ok && progress.LastTick >= d.expires, nil
}

// decided waits until all usage is. The ticks' topic is another matter: it ends in the marker of the last continuation's
// transaction, which nobody reads.
func (d *dueLoad) decided(ctx context.Context) error {
	ends, err := d.lab.endOffsets(ctx, d.names.Of(topics.Usage))
	if err != nil {
		return err
	}
	_, err = d.until(ctx, ends)
	return err
}

// pass lets time pass.
func pass(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// sort puts each event where it was due: before the tick, while it was worked off, or after.
func (r *dueRun) sort(sightings []sighting, rate int, began, ticked, last time.Time) error {
	for _, g := range sightings {
		due := began.Add(time.Duration(g.event) * time.Second / time.Duration(rate))
		millis := float64(g.at.Sub(due).Microseconds()) / 1000
		switch {
		case due.Sub(began) < warmUp:
		case due.Before(ticked):
			r.before = append(r.before, millis)
		case !due.After(last):
			r.during = append(r.during, millis)
		default:
			r.after = append(r.after, millis)
		}
	}
	for _, millis := range [][]float64{r.before, r.during, r.after} {
		if len(millis) == 0 {
			return fmt.Errorf("usage was not seen at all times: of %d events %d before, %d during and %d after", len(sightings), len(r.before), len(r.during), len(r.after))
		}
		slices.Sort(millis)
	}
	return nil
}

func (l *lab) stateDue(part, done string, runs []dueRun) {
	goal := goalDue
	rate := dueRate
	if l.o.quick {
		goal, rate = 0, quickRate
	}
	each := func(f func(*dueRun) float64) (all []float64) {
		for i := range runs {
			all = append(all, f(&runs[i]))
		}
		return all
	}
	state := func(what, unit string, goal float64, f func(*dueRun) float64) {
		l.report.state(part, what, unit, goal, each(f)...)
	}
	state(fmt.Sprintf("from the tick until the last of %s wallets that were due at once %s, at %s/s of usage", thousands(l.o.due), done, thousands(rate)),
		"s", 0, func(r *dueRun) float64 { return r.took.Seconds() })
	phases := []struct {
		when string
		of   func(*dueRun) []float64
	}{
		{"before the tick", func(r *dueRun) []float64 { return r.before }},
		{"from the tick until the last " + done, func(r *dueRun) []float64 { return r.during }},
		{"after", func(r *dueRun) []float64 { return r.after }},
	}
	for _, percent := range []int{50, 99} {
		for _, phase := range phases {
			state(fmt.Sprintf("usage from produce to a committed ledger record, p%d, %s", percent, phase.when), "ms", 0,
				func(r *dueRun) float64 { return quantile(phase.of(r), percent) })
		}
	}
	for _, phase := range phases[1:] {
		state("p99 "+phase.when+", as a multiple of that before the tick", "", goal,
			func(r *dueRun) float64 { return quantile(phase.of(r), 99) / quantile(r.before, 99) })
	}
}
