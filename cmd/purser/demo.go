package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"purser/internal/config"
	"purser/internal/embedded"
	"purser/internal/load"
	"purser/internal/node"
	"purser/internal/verify"
)

func demoCommand() *cobra.Command {
	l := load.Config{
		Late: 0.02, Duplicates: 0.02, Conflicts: 0.001, Malformed: 0.001, Misplaced: 0.0005, Unknown: 0.002, Refused: 0.001, Oversized: 3,
	}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Run everything in this process, produce events of every kind, and account for each of them",
		Long: `Starts purser with an in-process broker, Redis and checkpoint, defines orgs, plans and wallets, and produces usage over the Kafka
protocol: messages, emails, calls and phone numbers, among them late events, repetitions, the same identity with another body,
malformed and oversized records, and wallets that nobody has defined. Then it verifies that each became what it had to become.`,
		Args: cobra.NoArgs,
	}
	c.Flags().Int64Var(&l.Count, "count", 200_000, "usage events")
	c.Flags().IntVar(&l.Accounts, "accounts", 10_000, "wallets")
	c.Flags().IntVar(&l.Orgs, "orgs", 50, "orgs")
	c.Flags().Uint64Var(&l.Seed, "seed", 1, "seed of everything that is produced")
	s := settings(c, config.SectionEngine, config.SectionProcess)
	s.Lookup("log-level").SetDefault("error")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return demo(c.Context(), c.OutOrStdout(), c.ErrOrStderr(), s, l)
	}
	return c
}

func demo(ctx context.Context, out, progress io.Writer, s *config.Config, l load.Config) (err error) {
	began := time.Now()
	inside, err := startInside(ctx, s, embedded.Config{Partitions: 8})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, inside.close()) }()
	dir, err := os.MkdirTemp("", "purser-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	runs, stop := context.WithCancel(ctx)
	ran := make(chan error, 1)
	go func() { ran <- node.Run(runs, inside.parts); stop() }() // an engine that fails ends the demo
	produced, report, err := produceAndVerify(runs, progress, inside, s, l, filepath.Join(dir, "produced"))
	stop()
	if failed := <-ran; failed != nil {
		return failed
	}
	if err != nil {
		return err
	}
	printDemo(out, produced, report, time.Since(began))
	if report.Differences > 0 {
		return exitCode(1)
	}
	for i := range stories {
		if err := stories[i].tell(ctx, out, progress, s); err != nil {
			return err
		}
	}
	return nil
}

func produceAndVerify(ctx context.Context, progress io.Writer, inside *inside, s *config.Config, l load.Config, record string) (load.Summary, *verify.Report, error) {
	p := &inside.parts
	fmt.Fprintf(progress, "purser runs in this process: %d workers, 8 partitions\n", s.Engine.Workers)
	l.Client, l.Prefix, l.Group, l.Start, l.RecordFile = p.Client, p.Names.Prefix, p.Group, time.Now(), record
	l.Progress = progressLine(progress)
	produced, err := load.Run(ctx, l)
	if err != nil {
		return produced, nil, err
	}
	if isTerminal(progress) {
		fmt.Fprintln(progress)
	}
	report, err := inside.audit(ctx, progress, s, record)
	return produced, report, err
}

func printDemo(out io.Writer, produced load.Summary, r *verify.Report, took time.Duration) {
	fmt.Fprintf(out, "\n%d events in %v; usage at %d events/s, produced and decided in one process\n", r.Produced, took.Round(100*time.Millisecond), produced.PerSecond())
	fmt.Fprintf(out, "%d debits, %d entries in the ledger, %d accounts\n", r.Debits, r.Entries, r.Accounts)
	printCounts(out, "alerts", r.Alerts)
	printCounts(out, "dead letters", r.DeadLetterReasons)
	for _, currency := range r.Debtors.Currencies() {
		fmt.Fprintf(out, "the largest debtors in %s:\n", currency)
		for _, d := range r.Debtors[currency] {
			fmt.Fprintf(out, "  %20s %s  %s of %s\n", d.Balance, currency, d.Account, d.Org)
		}
	}
	for _, f := range r.Findings {
		fmt.Fprintln(out, "difference:", f)
	}
	fmt.Fprintln(out, r.LastLine())
}

func printCounts(out io.Writer, what string, counts map[string]int64) {
	fmt.Fprintf(out, "%s:\n", what)
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(out, "  %8d %s\n", counts[name], name)
	}
}
