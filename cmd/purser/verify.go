package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/verify"
	"purser/internal/verify/stores"
)

func verifyCommand() *cobra.Command {
	var records []string
	var wait, checkpointWait time.Duration
	var chain bool
	var export string
	c := &cobra.Command{
		Use:   "verify",
		Short: "Recompute everything from the inputs, and compare it to the digit",
		Long: `Waits until the group has got through its inputs, then recomputes from them, from what the producer wrote down (--record) and from
the ledger what must have become of every event, and compares ledger, changelog, alerts, dead letters, Postgres and Redis with
it. It also finds what fell due by the last tick and is not done (overdue), and transfers that were refused wrongly, moved something
all the same, or have not exactly one final answer (transfer). It ends with code 1 where it finds a difference. Postgres is left out where postgres-url is empty, Redis where cache is false.

With --chain it only follows the links from each ledger record to the one before it, in Postgres or, with --export, in a file that
"purser export" wrote, and finds one that was changed, dropped or moved. It prints the newest link of each partition: noted down
elsewhere, it vouches for everything up to there.`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringSliceVar(&records, "record", nil, "file that purser load wrote; several where it ran several times. Without one the inputs say what was produced")
	c.Flags().DurationVar(&wait, "wait", 5*time.Minute, "how long to wait until the group has got through its inputs")
	c.Flags().DurationVar(&checkpointWait, "checkpoint-wait", time.Minute, "how long to wait until Postgres holds everything; after it, what it holds is compared as of where it stands")
	c.Flags().BoolVar(&chain, "chain", false, "follow only the links of the ledger, in Postgres or an export")
	c.Flags().StringVar(&export, "export", "", "with --chain: the file to follow them in, which needs no server")
	s := settings(c, config.SectionKafka, config.SectionRedis, config.SectionPostgres)
	s.AddFlag(c.Flags(), "duplicate-window")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if chain {
			return verifyChain(c.Context(), s, export, c.OutOrStdout())
		}
		if export != "" {
			return errors.New("--export goes with --chain")
		}
		opts, err := s.KafkaOpts()
		if err != nil {
			return err
		}
		v := verify.Config{
			Client: opts, Prefix: s.Kafka.TopicPrefix, Group: s.Kafka.Group, QuietTimeout: wait, Window: s.Engine.DuplicateWindow,
			RecordFiles: records, ReadCell: stores.ReadCell, Unsettled: stores.Unsettled, Due: stores.Due, Progress: verifyProgress(c.ErrOrStderr()),
		}
		if s.Postgres.URL != "" {
			store, err := openPostgres(c.Context(), s)
			if err != nil {
				return err
			}
			defer store.Close()
			v.Checkpoint, v.CheckpointTimeout = stores.Checkpoint{Store: store}, checkpointWait
		}
		cache, err := openRedis(s)
		if err != nil {
			return err
		}
		if cache != nil {
			defer cache.Close()
			v.Cache = cache
		}
		report, err := verify.Run(c.Context(), v)
		if err != nil {
			return err
		}
		if err := report.Write(c.OutOrStdout()); err != nil {
			return err
		}
		if report.Differences > 0 {
			return exitCode(1)
		}
		return nil
	}
	return needing(c, s, access.Auditor)
}

// verifyProgress shows how far an audit is: on a terminal in place, otherwise a line for each step.
func verifyProgress(w io.Writer) func(verify.Progress) {
	terminal := isTerminal(w)
	var step string
	return func(p verify.Progress) {
		switch {
		case terminal:
			fmt.Fprintf(w, "\r\x1b[K%s: %d of %d", p.Step, p.Done, p.Total)
			if p.Done >= p.Total {
				fmt.Fprint(w, "\r\x1b[K")
			}
		case p.Step != step:
			step = p.Step
			fmt.Fprintln(w, p.Step)
		}
	}
}
