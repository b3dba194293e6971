package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/rebuild"
	"purser/internal/telemetry"
	"purser/state/dedup"
)

func restoreCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "restore",
		Short: "Bring Postgres up to date from the ledger and changelog topics: after a backup, or into an empty one",
		Long: `Reads ledger and changelog from where Postgres is, or from their beginning where that is not enough, and returns when Postgres
holds what they held when it began. It says beforehand what it will do with each partition. A partition whose topics no longer
reach back far enough is left as it is, and named; the others are restored.

It may be broken off and begun again. Processes may run meanwhile: a partition that is rebuilt from the beginning, or that knows
Postgres to have been further, stops in the process that has it, and is started again when this is done.`,
		Args: cobra.NoArgs,
	}
	dryRun := c.Flags().Bool("dry-run", false, "only say what would be done; code 1 where something cannot be")
	s := settings(c, config.SectionKafka, config.SectionPostgres)
	s.AddFlag(c.Flags(), "duplicate-window", "log-level", "log-format")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return restore(c.Context(), s, *dryRun, c.OutOrStdout(), c.ErrOrStderr())
	}
	return needing(c, s, access.Operator)
}

func restore(ctx context.Context, s *config.Config, dryRun bool, out, errOut io.Writer) error {
	log, err := telemetry.Logger(errOut, s.Process.LogLevel, s.Process.LogFormat)
	if err != nil {
		return err
	}
	opts, err := s.KafkaOpts()
	if err != nil {
		return err
	}
	store, err := openPostgres(ctx, s)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.Migrated(ctx); err != nil {
		return err
	}
	work := rebuild.Config{Client: opts, Names: names(s), Store: store, Window: s.Engine.DuplicateWindow + dedup.Lag, Log: log}
	plan, err := rebuild.Make(ctx, work, time.Now())
	if err != nil {
		return err
	}
	for i := range plan.Partitions {
		p := &plan.Partitions[i]
		fmt.Fprintf(out, "partition %d: ledger %d of %d, changelog %d of %d: it %s%s\n", p.Number,
			p.At.Ledger, p.Ledger.End, p.At.Changelog, p.Changelog.End, p.Way, because(p.Why))
	}
	if dryRun {
		if plan.Count(rebuild.Cannot) > 0 {
			return exitCode(1)
		}
		return nil
	}
	if err := rebuild.Run(ctx, work, plan, rebuildProgress(errOut)); err != nil {
		return err
	}
	fmt.Fprintf(out, "restored: %d partitions went on, %d were rebuilt, %d were up to date\n",
		plan.Count(rebuild.GoOn), plan.Count(rebuild.Anew), plan.Count(rebuild.Nothing))
	return nil
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// rebuildProgress shows how far a rebuild is: on a terminal in place, otherwise a line every few seconds.
func rebuildProgress(w io.Writer) func(rebuild.Progress) {
	terminal := isTerminal(w)
	var told time.Time
	return func(p rebuild.Progress) {
		done := p.Finished == p.Partitions
		if !terminal && !done && time.Since(told) < 5*time.Second {
			return
		}
		told = time.Now()
		line := fmt.Sprintf("%d of %d offsets, %d of %d partitions", p.Done, p.Total, p.Finished, p.Partitions)
		if !done && p.AboutAnother > 0 {
			line += fmt.Sprintf(", about %s left", p.AboutAnother.Round(time.Second))
		}
		if terminal {
			fmt.Fprintf(w, "\r\x1b[K%s", line)
			if done {
				fmt.Fprintln(w)
			}
			return
		}
		fmt.Fprintln(w, line)
	}
}
