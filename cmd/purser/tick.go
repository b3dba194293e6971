package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/inquiry"
	"purser/internal/telemetry"
	"purser/internal/ticker"
	"purser/processors/core"
	"purser/state"
)

func tickCommand() *cobra.Command {
	var until string
	var every time.Duration
	up := ticker.CatchUp{}
	c := &cobra.Command{
		Use:   "tick",
		Short: "Tell every partition what time it is, once, again and again, or step by step up to a time",
		Long: `Writes one record to each partition of refill-tick: what fell due until then runs. Without flags it tells the time once.

  purser tick --every 1m              tells the time each minute until it is interrupted, as the tick role does
  purser tick --until T               brings every partition to T (RFC 3339) in one step
  purser tick --until T --every 24h   in steps of a day, from the last tick of the partition that is farthest behind

With --until it asks Redis and Postgres how far each partition is, and waits after each step until all have run what was due by
then. Interrupted, it may be started again. What is due runs in due order and is dated at its own due time, whatever the steps are;
only retries of payments are dated from the tick that finds them due, one a tick.

A time that is further ahead of the clock than max-tick-ahead allows is refused here as an engine would: give this command the
setting that the engines have; 0 allows any. docs/scheduler.md says how another scheduler writes the ticks instead.`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&until, "until", "", "bring every partition to this time, such as 2026-03-01T00:00:00Z, and wait for it")
	c.Flags().DurationVar(&every, "every", 0, "go on at this interval; with --until, the length of a step")
	c.Flags().DurationVar(&up.Timeout, "timeout", time.Minute, "with --until: give up when no partition gets further for so long")
	s := settings(c, config.SectionKafka, config.SectionRedis, config.SectionPostgres, config.SectionProcess)
	s.AddFlag(c.Flags(), "max-tick-ahead")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if every < 0 || every > 0 && every < time.Millisecond {
			return fmt.Errorf("--every is %v: it must be at least 1ms", every)
		}
		if until == "" {
			return explain(c.Context(), s, tick(c, s, every), access.Tick)
		}
		var err error
		if up.Until, err = time.Parse(time.RFC3339Nano, until); err != nil {
			return fmt.Errorf("--until is %q: it must be a time such as 2026-03-01T00:00:00Z", until)
		}
		up.Every = every
		return explain(c.Context(), s, catchUp(c, s, &up), access.CatchUp)
	}
	return c
}

func newTicker(ctx context.Context, s *config.Config) (*ticker.Ticker, error) {
	opts, err := s.KafkaOpts()
	if err != nil {
		return nil, err
	}
	log, err := telemetry.Logger(os.Stderr, s.Process.LogLevel, s.Process.LogFormat)
	if err != nil {
		return nil, err
	}
	return ticker.New(ctx, opts, names(s), log)
}

// tick tells the time, once or again and again.
func tick(c *cobra.Command, s *config.Config, every time.Duration) error {
	t, err := newTicker(c.Context(), s)
	if err != nil {
		return err
	}
	defer t.Close()
	if every > 0 {
		t.Run(c.Context(), every)
		return nil
	}
	now := time.Now()
	if err := t.Tick(c.Context(), now); err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "it is %s\n", now.UTC().Format(time.RFC3339))
	return nil
}

func catchUp(c *cobra.Command, s *config.Config, up *ticker.CatchUp) error {
	ctx, out := c.Context(), c.OutOrStdout()
	if ahead := time.Until(up.Until); s.Engine.MaxTickAhead > 0 && ahead > s.Engine.MaxTickAhead {
		return fmt.Errorf("--until is %v ahead of this machine's clock, and engines refuse more than %v (max-tick-ahead)", ahead.Round(time.Second), s.Engine.MaxTickAhead)
	}
	desk, notes, closeAll, err := desk(ctx, s)
	defer closeAll()
	if err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintln(c.ErrOrStderr(), "note:", note)
	}
	up.Reached = func(ctx context.Context) ([]ticker.Reached, error) { return reached(ctx, &desk) }
	up.Show = stepLine(out)
	standing, err := up.Reached(ctx)
	if err != nil {
		return err
	}
	steps := up.Steps(standing)
	if len(steps) == 0 {
		fmt.Fprintf(out, "nothing to do: all %d partitions are past %s\n", len(standing), up.Until.UTC().Format(time.RFC3339))
		return nil
	}
	fmt.Fprintf(out, "%d partitions, %s\n%d ticks from %s to %s\n", len(standing), behind(standing, up.Until), len(steps),
		steps[0].UTC().Format(time.RFC3339), up.Until.UTC().Format(time.RFC3339))
	t, err := newTicker(ctx, s)
	if err != nil {
		return err
	}
	defer t.Close()
	return up.Run(ctx, t, steps)
}

// behind says how far the partition is that is farthest behind.
func behind(standing []ticker.Reached, until time.Time) string {
	first, never := until, 0
	for _, r := range standing {
		if r.Tick.IsZero() {
			never++
		} else if r.Tick.Before(first) {
			first = r.Tick
		}
	}
	switch {
	case never == len(standing):
		return "none of which has ever heard of a tick"
	case never > 0:
		return fmt.Sprintf("%d of which have never heard of a tick; the last one of the others that are farthest behind is %s", never, first.UTC().Format(time.RFC3339))
	}
	return "the one that is farthest behind has run what was due up to " + first.UTC().Format(time.RFC3339)
}

// reached asks the stores how far each partition is.
func reached(ctx context.Context, desk *inquiry.Desk) ([]ticker.Reached, error) {
	all := make([]ticker.Reached, desk.Partitions)
	for p := range desk.Partitions {
		found, _, err := desk.Find(ctx, p, []string{core.ProgressKey})
		if err != nil {
			return nil, err
		}
		if found[0].Value == nil {
			continue
		}
		cell, err := state.DecodeCell(core.ProgressKey, found[0].Value, nil)
		if err != nil {
			return nil, fmt.Errorf("the progress of partition %d: %w", p, err)
		}
		progress, ok := cell.(*core.Progress)
		if !ok {
			return nil, errors.New("the progress of a partition is another cell")
		}
		all[p].Entry = progress.Entry
		if progress.LastTick != 0 {
			all[p].Tick = time.UnixMicro(int64(progress.LastTick)).UTC()
		}
	}
	return all, nil
}

// stepLine shows how far the steps are: on a terminal in place, otherwise a line when a step is done.
func stepLine(w io.Writer) func(ticker.Step) {
	terminal := isTerminal(w)
	return func(s ticker.Step) {
		done := s.Through == s.All
		end := "\n"
		switch {
		case terminal && !done:
			end = ""
		case !terminal && !done:
			return
		}
		start := ""
		if terminal {
			start = "\r\x1b[K"
		}
		fmt.Fprintf(w, "%sstep %d of %d, to %s: %d of %d partitions are through%s", start, s.Number, s.Of, s.At.UTC().Format(time.RFC3339), s.Through, s.All, end)
	}
}
