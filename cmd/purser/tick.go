package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/telemetry"
	"purser/internal/ticker"
)

func tickCommand() *cobra.Command {
	var until string
	var every time.Duration
	c := &cobra.Command{
		Use:   "tick",
		Short: "Tell every partition what time it is",
		Long: `Writes one record to each partition of refill-tick: what fell due until then runs. Without flags it tells the time once.

  purser tick --every 1m              tells the time each minute until it is interrupted, as the tick role does
  purser tick --until T               tells them that it is T (RFC 3339)
  purser tick --until T --every 24h   tells them of each day from now to T, at once: months pass in seconds

An engine refuses a tick that is further ahead of the broker's clock than its setting max-tick-ahead allows; 0 allows any.`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&until, "until", "", "the time to tell, as 2026-03-01T00:00:00Z; default: now")
	c.Flags().DurationVar(&every, "every", 0, "go on at this interval; with --until, the steps to it")
	s := settings(c, config.SectionKafka, config.SectionProcess)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if every < 0 || every > 0 && every < time.Millisecond {
			return fmt.Errorf("--every is %v: it must be at least 1ms", every)
		}
		to := time.Now()
		if until != "" {
			var err error
			if to, err = time.Parse(time.RFC3339Nano, until); err != nil {
				return fmt.Errorf("--until is %q: it must be a time such as 2026-03-01T00:00:00Z", until)
			}
		}
		opts, err := s.KafkaOpts()
		if err != nil {
			return err
		}
		log, err := telemetry.Logger(os.Stderr, s.Process.LogLevel, s.Process.LogFormat)
		if err != nil {
			return err
		}
		t, err := ticker.New(c.Context(), opts, names(s), log)
		if err != nil {
			return err
		}
		defer t.Close()
		switch {
		case until == "" && every > 0:
			t.Run(c.Context(), every)
			return nil
		case every > 0 && to.After(time.Now()):
			n, err := t.Through(c.Context(), time.Now(), to, every)
			fmt.Fprintf(c.OutOrStdout(), "%d ticks up to %s\n", n, to.UTC().Format(time.RFC3339))
			return err
		}
		if err := t.Tick(c.Context(), to); err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "it is %s\n", to.UTC().Format(time.RFC3339))
		return nil
	}
	return needing(c, s, access.Tick)
}
