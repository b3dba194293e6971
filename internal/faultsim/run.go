package faultsim

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/internal/load"
	"purser/internal/ticker"
	"purser/internal/verify"
	"purser/internal/verify/stores"
	"purser/processors/core"
	"purser/state"
	"purser/topics"
)

// patience is how long, in virtual time, everything may take to be drained and saved once the faults are over.
const patience = 3 * time.Minute

// Run plays a plan to its end. It must be called in a bubble of testing/synctest; dir is where the producer writes down what
// it produced.
func Run(plan *Plan, log *slog.Logger, dir string) *Outcome {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	o := &Outcome{Seed: plan.Seed}
	heard := newWitness(log.Handler())
	s, err := newSimulation(ctx, plan, slog.New(heard))
	if err != nil {
		o.Findings = append(o.Findings, fmt.Sprintf("setting up: %v", err))
		return o
	}
	if err := s.play(filepath.Join(dir, fmt.Sprintf("record-%d", plan.Seed)), o); err != nil {
		s.find("%v", err)
	}
	cancel()
	s.lives.Wait()
	s.operator.Close()
	s.cluster.Close()
	if len(s.findings) > 0 {
		o.Errors = heard.kept.all()
	}
	o.Struck, o.Findings, o.Virtual, o.Seen = s.struck, append(o.Findings, s.findings...), time.Since(s.began), s.seen
	return o
}

// play starts everything, produces the load while faults strike, heals, and audits.
func (s *simulation) play(record string, o *Outcome) error {
	for i := range s.plan.Processes {
		p := s.newPlace(fmt.Sprintf("p%d", i+1), s.process)
		s.places = append(s.places, p)
		p.serve(300 * s.latency(p.name, "start", 0))
	}
	saver := s.newPlace("checkpoint", s.save)
	s.places = append(s.places, saver)
	saver.serve(0)
	for i := range s.plan.Faults {
		if f := &s.plan.Faults[i]; f.Step == "" {
			s.lives.Go(func() { s.strikeTimed(f) })
		}
	}
	s.lives.Go(s.watchJoins)
	if s.plan.setsBack() {
		s.lives.Go(s.operate)
	}
	clock, err := s.startClock()
	if err != nil {
		return err
	}
	defer clock.ticker.Close()
	if err := s.produce(record); err != nil {
		return fmt.Errorf("producing: %w", err)
	}
	if err := s.awaitSettled(); err != nil {
		return fmt.Errorf("not drained while faults may strike: %w", err)
	}
	// What waits for its account expires, and then grants do: due work, in slices of a few.
	for _, ahead := range []time.Duration{26 * time.Hour, 40 * 24 * time.Hour} {
		clock.ahead.Store(int64(ahead))
		if err := s.awaitDue(time.Now().Add(ahead), 4*time.Second); err != nil {
			return err
		}
	}
	s.heal()
	last := clock.stop()
	if err := s.awaitSettled(); err != nil {
		return fmt.Errorf("not drained: %w", err)
	}
	if err := s.awaitTick(last); err != nil {
		return err
	}
	if err := s.audit(record, o); err != nil {
		return err
	}
	return s.awaitCache()
}

// clock writes ticks.
type clock struct {
	sim    *simulation
	ticker *ticker.Ticker
	ahead  atomic.Int64 // of virtual time
	cancel context.CancelFunc
	ended  chan struct{}
}

func (s *simulation) startClock() (*clock, error) {
	t, err := ticker.New(s.ctx, s.client(s.bystander("ticker")), s.names, s.log)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(s.ctx)
	c := &clock{sim: s, ticker: t, cancel: cancel, ended: make(chan struct{})}
	s.lives.Go(func() {
		defer close(c.ended)
		for ctx.Err() == nil {
			c.tick()
			_ = rest(ctx, s.plan.Load.Ticks)
		}
	})
	return c, nil
}

func (c *clock) tick() time.Time {
	at := time.Now().Add(time.Duration(c.ahead.Load()))
	if err := c.ticker.Tick(c.sim.ctx, at); err != nil && c.sim.ctx.Err() == nil {
		c.sim.find("a tick: %v", err)
	}
	return at
}

// stop writes one more tick, which makes every partition commit a transaction, and returns its time.
func (c *clock) stop() time.Time {
	c.cancel()
	<-c.ended
	return c.tick()
}

func (s *simulation) produce(record string) error {
	l := &s.plan.Load
	_, err := load.Run(s.ctx, load.Config{
		Client: s.client(s.bystander("producer")), Prefix: s.names.Prefix, Seed: s.plan.Seed, Start: time.Now(), Group: group, RecordFile: record,
		Count: l.Events, Rate: l.Rate, Orgs: l.Orgs, Accounts: max(l.Accounts, l.Orgs), Skew: load.Skew{Kind: load.Zipf}, SettleTimeout: patience,
		Late: 0.05, Duplicates: 0.08, Conflicts: 0.03, Malformed: 0.03, Misplaced: 0.02, Unknown: 0.08, Refused: 0.02,
	})
	return err
}

// operate resumes what is set aside because the store was set back, as an operator has to.
func (s *simulation) operate() {
	for rest(s.ctx, 3*time.Second) == nil {
		for _, place := range s.places {
			l := place.current()
			if l == nil {
				continue
			}
			for _, p := range s.aside(l) {
				event := topics.NewResume(s.names, p, topics.TimeOf(time.Now()))
				if err := s.operator.ProduceSync(s.ctx, event).FirstErr(); err != nil && s.ctx.Err() == nil {
					s.find("resuming partition %d: %v", p, err)
				}
			}
		}
	}
}

func (s *simulation) audit(record string, o *Outcome) error {
	v := verify.Config{
		Client: s.client(s.bystander("auditor")), Prefix: s.names.Prefix, Group: group, QuietTimeout: patience, Parallel: 1,
		RecordFiles: []string{record}, ReadCell: stores.ReadCell, Unsettled: stores.Unsettled, Due: stores.Due,
		Checkpoint: stores.Checkpoint{Store: checkpointOf{s.bystander("auditor"), s.keeper}}, CheckpointTimeout: patience,
	}
	if s.plan.Cache {
		v.Cache = cacheOf{s.bystander("auditor"), s.cache}
	}
	report, err := verify.Run(s.ctx, v)
	if err != nil {
		return fmt.Errorf("not drained: %w", err)
	}
	o.LastLine = report.LastLine()
	for _, f := range report.Findings {
		s.find("%s", f)
	}
	if report.Behind > 0 {
		s.find("the checkpoint of %d partitions is behind", report.Behind)
	}
	if report.Unrecorded > 0 {
		s.find("%d events are in no record", report.Unrecorded)
	}
	return nil
}

// awaitSettled waits until every input that was produced is consumed and nothing is due at once: otherwise what waits would
// expire before the definition that it waits for is read.
func (s *simulation) awaitSettled() error {
	spans, err := s.reader.Spans(s.ctx, s.names.Inputs()...)
	if err != nil {
		return err
	}
	q := committed.Quiet{Group: group, Ends: map[string][]int64{}, Timeout: patience}
	for topic, all := range spans {
		for _, span := range all {
			q.Ends[topic] = append(q.Ends[topic], span.End)
		}
	}
	if err := s.reader.Wait(s.ctx, q); err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); ; {
		due := map[string]bool{}
		if err := s.changelog(func(p int32, r *kgo.Record) { due[fmt.Sprint(p, string(r.Key))] = stores.Unsettled(r.Value) }); err != nil {
			return err
		}
		left := 0
		for _, is := range due {
			if is {
				left++
			}
		}
		if left == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d cells have work that is due", left)
		}
		if err := rest(s.ctx, time.Second); err != nil {
			return err
		}
	}
}

// awaitTick waits until every partition has done what fell due up to a tick.
func (s *simulation) awaitTick(at time.Time) error {
	behind, err := s.ticked(at, patience)
	if err == nil && len(behind) > 0 {
		err = fmt.Errorf("due work up to %v is not done: %v", at, behind)
	}
	return err
}

// awaitDue lets what falls due up to a time be done while faults may strike, or what can be done of it within a while.
func (s *simulation) awaitDue(at time.Time, while time.Duration) error {
	_, err := s.ticked(at, while)
	return err
}

// ticked waits for a while until every partition has done what fell due up to a time, and says of each that has not why.
func (s *simulation) ticked(at time.Time, while time.Duration) (behind map[int32]string, err error) {
	codec := new(state.Codec)
	for deadline := time.Now().Add(while); ; {
		behind = map[int32]string{}
		for p := range s.plan.Partitions {
			behind[p] = "it has no progress"
		}
		err := s.changelog(func(p int32, r *kgo.Record) {
			if string(r.Key) != core.ProgressKey {
				return
			}
			c, err := codec.Decode(core.ProgressKey, r.Value, nil)
			progress, ok := c.(*core.Progress)
			switch {
			case err != nil || !ok:
				behind[p] = fmt.Sprintf("its progress is %T, %v", c, err)
			case progress.LastTick < topics.TimeOf(at):
				behind[p] = fmt.Sprintf("its last tick is %v, its target %v", topics.FormatTime(progress.LastTick), topics.FormatTime(progress.Target))
			default:
				delete(behind, p)
			}
		})
		if err != nil || len(behind) == 0 || time.Now().After(deadline) {
			return behind, err
		}
		if err := rest(s.ctx, time.Second); err != nil {
			return behind, err
		}
	}
}

// changelog reads the committed changelog, but for its ownership records.
func (s *simulation) changelog(f func(int32, *kgo.Record)) error {
	name := s.names.Of(topics.Changelog)
	spans, err := s.reader.Spans(s.ctx, name)
	if err != nil {
		return err
	}
	for p, span := range spans[name] {
		err := s.reader.Read(s.ctx, name, int32(p), span, func(r *kgo.Record) error {
			if !topics.IsOwnership(r) {
				f(int32(p), r)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// awaitCache waits until the cache is where the changelog is.
func (s *simulation) awaitCache() error {
	if !s.plan.Cache {
		return nil
	}
	for deadline := time.Now().Add(patience); ; {
		ends := make([]int64, s.plan.Partitions)
		if err := s.changelog(func(p int32, r *kgo.Record) { ends[p] = r.Offset + 1 }); err != nil {
			return err
		}
		behind := ""
		for p, end := range ends {
			if _, at, _ := s.cache.load(int32(p), nil); at < end { // a takeover moves it on without a cell
				behind += fmt.Sprintf(" partition %d is at %d of %d;", p, at, end)
			}
		}
		if behind == "" {
			return nil
		}
		if time.Now().After(deadline) {
			s.find("the cache is behind:%s", behind)
			return nil
		}
		if err := rest(s.ctx, time.Second); err != nil {
			return err
		}
	}
}
