package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"purser/internal/committed"
	"purser/internal/load"
	"purser/topics"
)

// goals of a burst, as parts of the pass-through with as many workers.
const (
	goalBurst      = 0.6
	goalBurstRedis = 0.45
	goalCPU        = 3.0 // µs of the application an event
)

func (l *lab) bursts(ctx context.Context) error {
	if err := l.sample(ctx); err != nil {
		return err
	}
	return l.compare(ctx, "burst", l.o.burstVariants())
}

func (l *lab) workers(ctx context.Context) error {
	if err := l.sample(ctx); err != nil {
		return err
	}
	return l.compare(ctx, "workers", workerVariants)
}

const fewWallets = "purser, 10k wallets"

func (o *options) burstVariants() []variant {
	large := o.wallets
	zipf, hot := load.Skew{Kind: load.Zipf, S: 1.1}, load.Skew{Kind: load.Hot, Hot: 1}
	variants := []variant{
		{Name: "pass-through, 2 workers", Copy: true},
		{Name: fewWallets, Wallets: 10_000},
		{Name: "purser, " + thousands(large) + " wallets", Wallets: large},
		{Name: fewWallets + ", Redis", Wallets: 10_000, Redis: true},
		{Name: "purser, " + thousands(large) + " wallets, Redis", Wallets: large, Redis: true},
	}
	if o.quick {
		return variants
	}
	return append(variants,
		variant{Name: "purser, 10k, Zipf", Wallets: 10_000, Skew: zipf},
		variant{Name: "purser, 10k, one hot wallet", Wallets: 10_000, Skew: hot},
	)
}

var workerVariants = []variant{
	{Name: "pass-through, 1 worker", Copy: true, Workers: 1},
	{Name: "purser, 1 worker", Workers: 1},
	{Name: "pass-through, 2 workers", Copy: true, Workers: 2},
	{Name: "purser, 2 workers", Workers: 2},
	{Name: "pass-through, 4 workers", Copy: true, Workers: 4},
	{Name: "purser, 4 workers", Workers: 4},
}

// many compares as many wallets as were asked for with a few. Those with Redis come after those without are gone: two
// processes with that many would take twice the memory.
func (l *lab) many(ctx context.Context) error {
	if err := l.sample(ctx); err != nil {
		return err
	}
	for _, cached := range []bool{false, true} {
		part, suffix := "many", ""
		if cached {
			part, suffix = "many, Redis", ", Redis"
		}
		few := variant{Name: fewWallets + suffix, Redis: cached}
		many := variant{Name: "purser, " + thousands(l.o.many) + " wallets" + suffix, Wallets: l.o.many, Redis: cached}
		if err := l.compare(ctx, part, []variant{{Name: "pass-through, 2 workers", Copy: true}, few, many}); err != nil {
			return err
		}
	}
	return nil
}

// compare runs variants in turn, again and again. The first round warms everything up and is thrown away.
func (l *lab) compare(ctx context.Context, part string, variants []variant) error {
	var systems []*system
	for _, v := range variants {
		s, err := l.newSystem(ctx, v)
		if err != nil {
			return err
		}
		say("%s: preparing %s", part, s.v.Name)
		if err := s.prepare(ctx); err != nil {
			return err
		}
		systems = append(systems, s)
	}
	for round := range l.o.repeat + 1 {
		for _, s := range systems {
			m, err := s.burst(ctx, l.o.events)
			if err != nil {
				return err
			}
			say("%s: round %d of %d: %-32s %8.0f events/s, %.2f µs", part, round, l.o.repeat, s.v.Name, m.PerSecond, m.CPU.Application)
			if round > 0 {
				l.report.add(part, s.v, m)
			}
		}
	}
	for _, s := range systems {
		if err := s.remove(ctx); err != nil {
			return err
		}
	}
	l.report.stateMany(part)
	return nil
}

// stateMany says, of every variant of a part that has more wallets than the one with few, what that costs.
func (r *report) stateMany(part string) {
	all := r.summaries()
	for _, s := range all {
		i := slices.IndexFunc(all, func(few *summary) bool {
			return few.part == part && !few.v.Copy && few.v.Wallets < s.v.Wallets && few.v.Redis == s.v.Redis && few.v.Skew == s.v.Skew && few.v.Workers == s.v.Workers
		})
		if s.part != part || s.v.Copy || i < 0 {
			continue
		}
		goalRate, goalMemory := 0.0, 0.0
		if s.v.Wallets >= 10_000_000 { // what the goals are of
			goalRate, goalMemory = -goalMany, goalResident*float64(s.v.Wallets)/10_000_000
		}
		const gib = 1 << 30
		r.state(part, s.v.Name+": events/s as a part of those with "+thousands(all[i].v.Wallets), "", goalRate, s.ratios(all[i])...)
		var now, peak []float64
		for _, run := range s.runs {
			now, peak = append(now, float64(run.Resident)/gib), append(peak, float64(run.ResidentPeak)/gib)
		}
		r.state(part, s.v.Name+": application after a burst", "GiB resident", goalMemory, now...)
		r.state(part, s.v.Name+": application", "GiB at the highest", 0, peak...)
	}
}

// burst measures one burst on a system that runs.
func (s *system) burst(ctx context.Context, events int64) (m measurement, err error) {
	var ends kadm.ListedOffsets
	var before usage
	var began time.Time
	c := s.load(events)
	c.AtOnce = s.group + "-load"
	c.BeforeRelease = func(ctx context.Context) error {
		if ends, err = s.ends(ctx); err != nil {
			return err
		}
		if s.lab.o.profile != "" {
			if err := s.children[0].cmd.Process.Signal(syscall.SIGUSR2); err != nil { // it starts the profile
				return err
			}
		}
		before, err = s.usage()
		began = time.Now()
		return err
	}
	if _, err := load.Run(ctx, c); err != nil {
		return m, err
	}
	ended, err := s.until(ctx, ends)
	if err != nil {
		return m, err
	}
	after, err := s.usage()
	if err != nil {
		return m, err
	}
	m = measurement{At: began, Events: events, Seconds: ended.Sub(began).Seconds(), CPU: after.since(before, events)}
	m.PerSecond = float64(events) / m.Seconds
	m.Resident, m.ResidentPeak, err = residentOf(s.children[0].pid())
	m.Load = loadAverage()
	if err != nil {
		return m, err
	}
	return m, s.forget(ctx)
}

// sample runs purser once to learn what its ledger records are like: the copy's are as large, and of the same text.
func (l *lab) sample(ctx context.Context) error {
	if l.template != "" {
		return nil
	}
	s, err := l.newSystem(ctx, variant{Name: "sample"})
	if err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	reader := committed.NewReader(l.client)
	ledger := s.names.Of(topics.Ledger)
	before, err := reader.Spans(ctx, ledger)
	if err != nil {
		return err
	}
	if _, err := load.Run(ctx, s.load(20_000)); err != nil {
		return err
	}
	if err := s.drained(ctx); err != nil {
		return err
	}
	after, err := reader.Spans(ctx, ledger)
	if err != nil {
		return err
	}
	text, count, size := []byte(nil), 0, 0
	for p := range int32(partitions) {
		span := committed.Span{Start: before[ledger][p].End, End: after[ledger][p].End}
		if span.Start >= span.End {
			continue
		}
		err := reader.Read(ctx, ledger, p, span, func(r *recordOnKafka) error {
			count++
			size += len(r.Key) + len(r.Value)
			text = append(text, r.Value...)
			for _, h := range r.Headers {
				size += len(h.Key) + len(h.Value)
				text = append(append(text, h.Key...), h.Value...)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if count == 0 {
		return fmt.Errorf("no ledger record was written")
	}
	l.perEvent = size / count
	l.report.LedgerRecordBytes = l.perEvent
	l.template = filepath.Join(l.scratch.Dir, "template")
	say("a ledger record has %d bytes on average, headers and key included", l.perEvent)
	if err := os.WriteFile(l.template, text, 0o600); err != nil {
		return err
	}
	return s.remove(ctx)
}
