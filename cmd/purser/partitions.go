package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/overview"
	"purser/topics"
)

func partitionsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "partitions",
		Short: "Show where each partition stands: its owner, its lag, what is set aside and why",
		Long: `Asks Kafka, Postgres and Redis. A partition is

  owned      by a member of the group. Whether that restores it, decides events or waits for the checkpoint is in the
             metrics of its process (purser_partition_state)
  set aside  by its owner, which does not serve it, for the reason that is shown: see purser partitions resume
  nobody     where no member has it: no process runs, or each holds some inputs only
  moving     while the group is between two generations: ask again

Lags are in offsets; a transaction's marker counts as one.`,
		Args: cobra.NoArgs,
	}
	asJSON := c.Flags().Bool("json", false, "print it as JSON")
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
		if *asJSON {
			return printPartitionsJSON(c.OutOrStdout(), s.Kafka.Group, o)
		}
		return printPartitions(c.OutOrStdout(), s.Kafka.Group, o)
	}
	c.AddCommand(resumeCommand())
	return needing(c, s, access.Reader)
}

func printPartitions(out io.Writer, group string, o *overview.Overview) error {
	fmt.Fprintf(out, "group %s: %s, %d members\n", group, o.GroupState, o.Members)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "partition\tstate\tlag\tentry\tlast tick\tcheckpoint: ledger\tchangelog\tcache\t  owner")
	for _, p := range o.Partitions {
		tick := "none"
		if p.LastTick != 0 {
			tick = topics.FormatTime(p.LastTick)
		}
		owner := p.Owner
		if owner == "" {
			owner = "nobody"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t  %s\n", p.Number, p.State, known(p.Lag), p.Entry, tick,
			known(p.CheckpointLedger), known(p.CheckpointChangelog), known(p.CacheChangelog), owner)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, p := range o.Partitions {
		switch {
		case p.State == overview.SetAside:
			a := p.Aside[0]
			fmt.Fprintf(out, "partition %d is set aside since %s: %s\n", p.Number, a.Since.Format(time.RFC3339), a.Reason)
		case len(p.Aside) > 0:
			a := p.Aside[0]
			fmt.Fprintf(out, "partition %d is served, but not if it came back to %s, which has set it aside since %s: %s\n",
				p.Number, a.Member, a.Since.Format(time.RFC3339), a.Reason)
		}
	}
	return nil
}

func known(n int64) string {
	if n < 0 {
		return "?"
	}
	return strconv.FormatInt(n, 10)
}

func printPartitionsJSON(out io.Writer, group string, o *overview.Overview) error {
	type aside struct {
		Member string    `json:"member"`
		Reason string    `json:"reason"`
		Since  time.Time `json:"since"`
	}
	type partition struct {
		Partition           int32   `json:"partition"`
		State               string  `json:"state"`
		Owner               string  `json:"owner,omitempty"`
		SetAside            []aside `json:"set_aside,omitempty"` // the owner first
		Lag                 *int64  `json:"lag"`                 // null: nobody could tell
		Entry               uint64  `json:"entry"`
		LastTick            string  `json:"last_tick,omitempty"`
		CheckpointLedger    *int64  `json:"checkpoint_ledger_lag"`
		CheckpointChangelog *int64  `json:"checkpoint_changelog_lag"`
		CacheChangelog      *int64  `json:"cache_changelog_lag"`
	}
	all := struct {
		Group      string      `json:"group"`
		GroupState string      `json:"group_state"`
		Members    int         `json:"members"`
		Partitions []partition `json:"partitions"`
	}{Group: group, GroupState: o.GroupState, Members: o.Members}
	for _, p := range o.Partitions {
		line := partition{
			Partition: p.Number, State: string(p.State), Owner: p.Owner, Lag: orNull(p.Lag), Entry: p.Entry,
			CheckpointLedger: orNull(p.CheckpointLedger), CheckpointChangelog: orNull(p.CheckpointChangelog), CacheChangelog: orNull(p.CacheChangelog),
		}
		if p.LastTick != 0 {
			line.LastTick = topics.FormatTime(p.LastTick)
		}
		for _, a := range p.Aside {
			line.SetAside = append(line.SetAside, aside(a))
		}
		all.Partitions = append(all.Partitions, line)
	}
	return json.NewEncoder(out).Encode(all)
}

func orNull(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

func resumeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "resume PARTITION…",
		Short: "Start partitions again that are set aside, once the reason is gone",
		Long: `Tells whoever has set a partition aside to take it over anew, without a restart of any process, and waits until it runs. Where
the reason is still there, it is set aside again, and this command says so and fails. A partition that is not set aside is left
as it is. What each reason means and how to mend it is in docs/runbooks/partition-stopped.md.`,
		Args: cobra.MinimumNArgs(1),
	}
	timeout := c.Flags().Duration("timeout", 2*time.Minute, "how long to wait for the partitions to run")
	s := settings(c, config.SectionKafka)
	c.RunE = func(c *cobra.Command, args []string) error {
		numbers, err := partitionNumbers(args)
		if err != nil {
			return err
		}
		opts, err := s.KafkaOpts()
		if err != nil {
			return err
		}
		client, err := kgo.NewClient(append(opts, kgo.ClientID("purser-admin"), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
		if err != nil {
			return fmt.Errorf("a Kafka client: %w", err)
		}
		defer client.Close()
		ctx, cancel := context.WithTimeout(c.Context(), *timeout)
		defer cancel()
		outcomes, err := overview.Resume(ctx, overview.Sources{Admin: kadm.NewClient(client), Names: names(s), Group: s.Kafka.Group}, client, numbers)
		if err != nil {
			return err
		}
		return printResumed(c.OutOrStdout(), outcomes)
	}
	return needing(c, s, access.Resume)
}

func partitionNumbers(args []string) ([]int32, error) {
	numbers := make([]int32, len(args))
	for i, arg := range args {
		n, err := strconv.ParseInt(arg, 10, 32)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%q is no partition: give its number, as purser partitions shows it", arg)
		}
		numbers[i] = int32(n)
	}
	return numbers, nil
}

func printResumed(out io.Writer, outcomes []overview.Resumed) error {
	failed := 0
	for _, r := range outcomes {
		switch r.Outcome {
		case overview.NotSetAside:
			fmt.Fprintf(out, "partition %d is not set aside: nothing was done (its state: %s)\n", r.Partition, r.Reason)
		case overview.Runs:
			fmt.Fprintf(out, "partition %d runs again\n", r.Partition)
		case overview.Again:
			failed++
			fmt.Fprintf(out, "partition %d is set aside again: %s\n", r.Partition, r.Reason)
		case overview.Unclear:
			failed++
			fmt.Fprintf(out, "partition %d was told to start and does not run yet: see purser partitions and the log of its owner\n", r.Partition)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d partitions do not run", failed, len(outcomes))
	}
	return nil
}
