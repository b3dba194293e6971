package main

import (
	"fmt"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"purser/internal/config"
	"purser/internal/overview"
	"purser/topics"
)

func partitionsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "partitions",
		Short: "Show where each partition stands: its owner, its lag, and how far checkpoint and cache are behind",
		Long: `Asks Kafka, Postgres and Redis, and no process: what a process itself makes of a partition is in its metrics
(purser_partition_state) and its log. A partition without an owner while the group is stable has been left by its worker, or
nobody runs. Lags are in offsets; a transaction's marker counts as one.`,
		Args: cobra.NoArgs,
	}
	s := settings(c, config.SectionKafka, config.SectionRedis, config.SectionPostgres)
	c.RunE = func(c *cobra.Command, _ []string) error {
		d, notes, closeAll, err := desk(c.Context(), s)
		defer closeAll()
		if err != nil {
			return err
		}
		a, err := admin(s)
		if err != nil {
			return err
		}
		defer a.Close()
		o, err := overview.Gather(c.Context(), overview.Sources{
			Admin: a, Names: names(s), Group: s.Kafka.Group, Checkpoint: d.Checkpoint, Cache: d.Cache,
		})
		if err != nil {
			return err
		}
		for _, note := range append(notes, o.Notes...) {
			fmt.Fprintln(c.ErrOrStderr(), "note:", note)
		}
		fmt.Fprintf(c.OutOrStdout(), "group %s: %s, %d members\n", s.Kafka.Group, o.GroupState, o.Members)
		w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(w, "partition\tlag\tentry\tlast tick\tcheckpoint: ledger\tchangelog\tcache\t  owner")
		for _, p := range o.Partitions {
			tick := "none"
			if p.LastTick != 0 {
				tick = topics.FormatTime(p.LastTick)
			}
			owner := p.Owner
			if owner == "" {
				owner = "nobody"
			}
			fmt.Fprintf(w, "%d\t%s\t%d\t%s\t%s\t%s\t%s\t  %s\n", p.Number, known(p.Lag), p.Entry, tick,
				known(p.CheckpointLedger), known(p.CheckpointChangelog), known(p.CacheChangelog), owner)
		}
		return w.Flush()
	}
	return c
}

func known(n int64) string {
	if n < 0 {
		return "?"
	}
	return strconv.FormatInt(n, 10)
}
