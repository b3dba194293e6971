package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"purser/internal/config"
	"purser/internal/embedded"
	"purser/internal/gateway"
	"purser/internal/node"
	"purser/internal/statement"
	"purser/internal/story"
	"purser/internal/verify"
	"purser/topics"
)

// told is a story of the demo, with the statements that it ends with.
type told struct {
	script     func() (*story.Script, error)
	statements []statement.Query
}

var stories = []told{
	{story.ThreeMonths, []statement.Query{
		{Org: "brightside", Account: "lakeside", From: statement.DayOf(2026, time.January, 25), To: statement.DayOf(2026, time.March, 31)},
		{Org: "northwind", Account: "events"},
	}},
	{story.StoreAndCustomer, []statement.Query{
		{Org: "harbor", Account: "spending:events"},
		{Org: "meridian", Account: "atlas"},
		{Org: "meridian", Account: "calypso", From: statement.DayOf(2026, time.April, 1), To: statement.DayOf(2026, time.April, 30)},
	}},
}

// tell plays a story on an environment of its own, whose clock it sets, and verifies it.
func (t *told) tell(ctx context.Context, out, progress io.Writer, s *config.Config) (err error) {
	script, err := t.script()
	if err != nil {
		return err
	}
	clock := &embedded.Clock{}
	clock.Set(script.From)
	inside, err := startInside(ctx, s, embedded.Config{Partitions: 2, Clock: clock})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, inside.close()) }()
	inside.parts.Engine.Roles = []string{config.RoleProcess, config.RoleCheckpoint}
	inside.parts.Engine.BatchInterval = storyBatch
	pays := inside.gateway(s)
	pays.Commit = 100 * time.Millisecond

	ctx, stop := context.WithCancel(ctx)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return node.Run(ctx, inside.parts) })
	g.Go(func() error { return gateway.Run(ctx, pays) })
	g.Go(func() error {
		defer stop()
		fmt.Fprintln(progress, script.Title)
		if err := story.Play(ctx, script, story.Config{
			Client: inside.parts.Client, Names: inside.parts.Names, Group: inside.parts.Group, GatewayGroup: pays.Group, Clock: clock,
			Progress: storyProgress(progress),
		}); err != nil {
			return err
		}
		report, err := inside.audit(ctx, progress, s)
		if err != nil {
			return err
		}
		return t.print(ctx, out, inside, clock.Now(), report)
	})
	return g.Wait()
}

// storyBatch is how long a transaction gathers events while one moment follows the other.
const storyBatch = 2 * time.Millisecond

// storyProgress shows the day.
func storyProgress(out io.Writer) func(day time.Time, n, of int) {
	terminal := isTerminal(out)
	return func(day time.Time, n, of int) {
		switch {
		case terminal:
			fmt.Fprintf(out, "\r%s  day %d of %d ", day.Format(time.DateOnly), n, of)
		case day.Day() == 1:
			fmt.Fprintf(out, "%s  day %d of %d\n", day.Format(time.DateOnly), n, of)
		}
	}
}

func (t *told) print(ctx context.Context, out io.Writer, inside *inside, now time.Time, r *verify.Report) error {
	client, err := kgo.NewClient(inside.parts.Client...)
	if err != nil {
		return fmt.Errorf("a client to read what has come out: %w", err)
	}
	defer client.Close()
	sum, err := story.Summarize(ctx, client, inside.parts.Names)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d debits, %d entries in the ledger, %d accounts\n", r.Debits, r.Entries, r.Accounts)
	printCounts(out, "recharge attempts", sum.Recharges)
	printCounts(out, "answers", sum.Answers)
	printCounts(out, "invoices", sum.Invoices)
	printCounts(out, "alerts", r.Alerts)
	printCounts(out, "dead letters", r.DeadLetterReasons)
	for _, q := range t.statements {
		q.Now = topics.TimeOf(now)
		ledger, err := statement.Kafka(ctx, client, inside.parts.Names, &q)
		if err != nil {
			return err
		}
		made, err := statement.Make(ctx, ledger, &q)
		if err != nil {
			return err
		}
		fmt.Fprintln(out)
		if err := made.Write(out); err != nil {
			return err
		}
	}
	fmt.Fprintln(out)
	for _, f := range r.Findings {
		fmt.Fprintln(out, "difference:", f)
	}
	fmt.Fprintln(out, r.LastLine())
	if r.Differences > 0 {
		return exitCode(1)
	}
	return nil
}
