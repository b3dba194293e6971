package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/load"
)

func loadCommand() *cobra.Command {
	l := load.Config{}
	var skew, mix string
	c := &cobra.Command{
		Use:   "load",
		Short: "Produce seeded events of every kind, and write down what was produced",
		Long: `Defines orgs, plans and wallets, pays money in, and produces usage: good events and, by their shares, late ones,
repetitions, conflicting ones, malformed ones, and usage of wallets that nobody has defined. The same seed produces the same
events. What was produced is written to the file that --record names, so that "purser verify" can account for each.

With --mix full, or four shares in percent, it also defines funding sources, teams, campaigns and wallets that recharge, and
produces sends with what follows them, payments and results of recharge attempts, and others: credits, definitions, members who
come and go, reversals, transfers, licences, invoices that are voided. "purser gateway" gives the results of all other attempts.`,
		Args: cobra.NoArgs,
	}
	f := c.Flags()
	f.Uint64Var(&l.Seed, "seed", 1, "seed of everything that is produced")
	f.Int64Var(&l.Count, "count", 100_000, "events")
	f.IntVar(&l.Rate, "rate", 0, "events a second; 0: as fast as the brokers take them")
	f.IntVar(&l.Orgs, "orgs", 20, "orgs")
	f.IntVar(&l.Accounts, "accounts", 10_000, "wallets, over all orgs")
	f.StringVar(&mix, "mix", "usage", "what the events are: usage, full, or shares in percent of usage/sends/payments/others, such as 90/6/2/2")
	f.StringVar(&skew, "skew", "uniform", "which wallets are used: uniform, zipf or hot")
	f.Float64Var(&l.Late, "late", 0.02, "share of events that happened up to 30 hours ago")
	f.Float64Var(&l.Duplicates, "duplicates", 0.02, "share of repetitions")
	f.Float64Var(&l.Conflicts, "conflicts", 0.001, "share of events with an earlier identity and another body")
	f.Float64Var(&l.Malformed, "malformed", 0.001, "share of events that cannot be decoded")
	f.Float64Var(&l.Misplaced, "misplaced", 0.0005, "share of events on a partition that is not their org's")
	f.Float64Var(&l.Unknown, "unknown", 0.002, "share of usage of wallets that are defined later, or never")
	f.Float64Var(&l.Refused, "refused", 0.001, "share of usage of a channel that nobody has priced")
	f.Int64Var(&l.Oversized, "oversized", 3, "records of more than 1 MiB")
	f.StringVar(&l.RecordFile, "record", "", "file to write down what was produced; it must not exist")
	f.BoolVar(&l.SkipDefinitions, "skip-definitions", false, "produce no definitions: all that the events name is there from an earlier run of the same mix")
	s := settings(c, config.SectionKafka)
	c.RunE = func(c *cobra.Command, _ []string) error {
		opts, err := s.KafkaOpts()
		if err != nil {
			return err
		}
		l.Client, l.Prefix, l.Group, l.Start = opts, s.Kafka.TopicPrefix, s.Kafka.Group, time.Now()
		l.Skew.Kind = load.SkewKind(skew)
		if l.Mix, err = load.ParseMix(mix); err != nil {
			return err
		}
		l.Progress = progressLine(c.ErrOrStderr())
		summary, err := load.Run(c.Context(), l)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "produced %d events in %v, usage at %d/s\n", summary.Produced, summary.Elapsed.Round(time.Millisecond), summary.PerSecond())
		return nil
	}
	return needing(c, s, access.Load)
}
