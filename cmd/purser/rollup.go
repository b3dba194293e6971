package main

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"purser/internal/access"
	"purser/internal/books"
	"purser/internal/config"
	"purser/state/postgres"
)

func rollupCommand() *cobra.Command {
	var every time.Duration
	var batch, parallel int
	c := &cobra.Command{
		Use:   "rollup",
		Short: "Add up what is new in Postgres' ledger, so that the finance views answer fast",
		Long: `The finance views (docs/finance.md) are complete whether this has run or not: what it has not added up yet they read from the
ledger each time. Let it run as often as they are asked, or with --every in a process of its own. Several may run at once.`,
		Args: cobra.NoArgs,
	}
	c.Flags().DurationVar(&every, "every", 0, "go on at this interval until it is interrupted")
	c.Flags().IntVar(&batch, "batch", 50_000, "entries that are added up in one transaction")
	c.Flags().IntVar(&parallel, "parallel", 2, "partitions that are added up at the same time")
	s := settings(c, config.SectionPostgres)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if batch < 1 {
			return fmt.Errorf("--batch is %d: it must be at least 1", batch)
		}
		if parallel < 1 {
			return fmt.Errorf("--parallel is %d: it must be at least 1", parallel)
		}
		if every < 0 || every > 0 && every < time.Second {
			return fmt.Errorf("--every is %v: it must be at least 1s", every)
		}
		store, err := openPostgres(c.Context(), s)
		if err != nil {
			return err
		}
		defer store.Close()
		for {
			if err := rollUp(c.Context(), c.OutOrStdout(), store, batch, parallel); err != nil {
				return err
			}
			if every == 0 {
				return nil
			}
			select {
			case <-c.Context().Done():
				return nil
			case <-time.After(every):
			}
		}
	}
	return needing(c, s, access.Rollup)
}

// rollUp brings the sums of every partition to the end of its ledger, and says how far.
func rollUp(ctx context.Context, out io.Writer, store *postgres.Checkpoint, batch, parallel int) error {
	partitions, err := store.Partitions(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	var total atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for _, p := range partitions {
		g.Go(func() error {
			for {
				added, err := store.RollUp(ctx, p, batch, books.Add)
				if err != nil {
					return err
				}
				total.Add(int64(added))
				if added < batch {
					return nil
				}
			}
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d entries of %d partitions were added up in %v\n", total.Load(), len(partitions), time.Since(began).Round(time.Millisecond))
	return nil
}
