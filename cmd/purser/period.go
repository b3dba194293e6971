package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/definition"
	"purser/internal/inquiry"
	"purser/processors/core"
	"purser/topics"
)

// periodCommand is about accounting periods of customer accounts (R8.7).
func periodCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "period",
		Short: "Close an org's accounting period, and see what keeps it open",
		Long: `An org's accounting periods are months or years of its customer accounts. One is open; nothing that is dated in a closed one is taken any more.
They begin with an event, accounting-periods.defined.`,
	}
	c.AddCommand(periodStatusCommand(), periodCheckCommand(), periodCloseCommand())
	return c
}

func periodStatusCommand() *cobra.Command {
	return periodReadCommand(&cobra.Command{
		Use:   "status ORG",
		Short: "Print which accounting period of an org is open, how many are closed, and what is planned",
		Long:  "Answers from Redis, or from Postgres where that is later or holds what Redis does not, and says as of which offsets.",
	}, func(w io.Writer, p *inquiry.Periods) error { return printPeriod(w, p.Periods) })
}

func periodCheckCommand() *cobra.Command {
	return periodReadCommand(&cobra.Command{
		Use:   "check ORG",
		Short: "Print what keeps an org's accounting period from being closed; exit 1 where something does",
		Long: `Prints the drafts that are dated in the open period, the transactions that are dated before the first one, and the accounts with such a transaction
from the time when there were no periods: all are counted, a hundred of each are named. Drafts are posted by period.drafts_posted or one by one, the
others are put right by period.corrected. Whether the period is over is not asked here. Answers from the stores, as status does.`,
	}, func(w io.Writer, p *inquiry.Periods) error {
		if err := printPeriod(w, p.Periods); err != nil {
			return err
		}
		x := p.Periods
		for _, found := range [...]struct {
			what string
			of   *core.Findings
		}{{"drafts dated in it", &p.Drafts}, {"transactions dated before the first period", &x.Early}, {"older accounts with a transaction before it", &x.Unknown}} {
			if err := printFindings(w, found.what, found.of); err != nil {
				return err
			}
		}
		if p.Drafts.Count+x.Early.Count+x.Unknown.Count > 0 || x.Looking != "" || x.Bulk != nil {
			return exitCode(1)
		}
		return nil
	})
}

// periodReadCommand answers from the stores.
func periodReadCommand(c *cobra.Command, show func(io.Writer, *inquiry.Periods) error) *cobra.Command {
	c.Args = cobra.ExactArgs(1)
	s := settings(c, config.SectionKafka, config.SectionRedis, config.SectionPostgres)
	c.RunE = func(c *cobra.Command, args []string) error {
		d, notes, closeAll, err := desk(c.Context(), s)
		defer closeAll()
		if err != nil {
			return err
		}
		p, moments, more, err := d.Periods(c.Context(), args[0])
		for _, note := range append(notes, more...) {
			fmt.Fprintln(c.ErrOrStderr(), "note:", note)
		}
		switch {
		case err != nil:
			return fmt.Errorf("org %s: %w", args[0], err)
		case p.Periods == nil:
			return fmt.Errorf("org %s has no accounting periods: they begin with an event, accounting-periods.defined", args[0])
		}
		shown := show(c.OutOrStdout(), &p)
		for _, at := range moments {
			fmt.Fprintln(c.OutOrStdout(), asOf(at))
		}
		return shown
	}
	return needing(c, s, access.Reader)
}

func printPeriod(w io.Writer, x *core.Periods) error {
	length := topics.LengthOf(x.Yearly)
	if _, err := fmt.Fprintf(w, "open    %s to %s (%s, %d closed before it, the first from %s)\n", day(x.Start), day(x.End), length, x.Closed, day(x.First)); err != nil {
		return err
	}
	var err error
	if x.Plan != nil {
		_, err = fmt.Fprintf(w, "planned the close of %s at %s\n", day(x.Plan.Period), topics.FormatTime(x.Plan.At))
	}
	if x.Bulk != nil {
		_, err = fmt.Fprintf(w, "drafts are being posted: %d so far\n", x.Bulk.Posted)
	}
	if x.Looking != "" {
		_, err = fmt.Fprintln(w, "older accounts are still being looked at")
	}
	return err
}

func printFindings(w io.Writer, what string, f *core.Findings) error {
	if f.Count == 0 {
		return nil
	}
	if _, err := fmt.Fprintf(w, "%d %s\n", f.Count, what); err != nil {
		return err
	}
	for _, n := range f.Named {
		if _, err := fmt.Fprintf(w, "  %s %s\n", n.Account, n.Transaction); err != nil {
			return err
		}
	}
	if more := f.Count - uint64(len(f.Named)); more > 0 {
		_, err := fmt.Fprintf(w, "  and %d more\n", more)
		return err
	}
	return nil
}

func periodCloseCommand() *cobra.Command {
	var b topics.PeriodCloseRequestedBody
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "close ORG",
		Short: "Close an org's open accounting period, now or at a time, and print the answer",
		Long: `Asks for the open period to be closed, and waits for the answer: closed, which opens the next one; scheduled; or refused, with what is wrong, as
"purser period check" prints it. A closed period is never opened again. With --period it is closed only if that one is open, so that the command can be
repeated safely. Exit 1 where it was refused.`,
		Example: `  purser period close acme --period 2026-03-01
  purser period close acme --at 2026-04-03T06:00:00Z`,
		Args: cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&b.Period, "period", "", "first day of the period, such as 2026-03-01; default: the open one")
	c.Flags().StringVar(&b.At, "at", "", "when it is to be closed, such as 2026-04-03T06:00:00Z; default: now")
	c.Flags().DurationVar(&timeout, "timeout", time.Minute, "how long to wait for the answer")
	s := settings(c, config.SectionKafka)
	c.RunE = func(c *cobra.Command, args []string) error {
		if b.Period != "" {
			if _, err := time.Parse(time.DateOnly, b.Period); err != nil {
				return fmt.Errorf("--period is %q: it must be a day such as 2026-03-01", b.Period)
			}
		}
		if b.At != "" {
			if _, err := time.Parse(time.RFC3339Nano, b.At); err != nil {
				return fmt.Errorf("--at is %q: it must be a time such as 2026-04-03T06:00:00Z", b.At)
			}
		}
		return closePeriod(c.Context(), c.OutOrStdout(), s, args[0], &b, timeout)
	}
	return needing(c, s, access.Apply)
}

func closePeriod(ctx context.Context, w io.Writer, s *config.Config, org string, b *topics.PeriodCloseRequestedBody, timeout time.Duration) error {
	opts, err := s.KafkaOpts()
	if err != nil {
		return err
	}
	o, err := definition.Ask(ctx, opts, names(s), &definition.Question{
		Topic: topics.Account, Type: topics.TypePeriodCloseRequested, Org: org, ID: "period-close/" + strconv.FormatInt(time.Now().UnixMicro(), 10), Body: b,
	}, timeout, func(*topics.OutcomeBody) bool { return true })
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w; it may be closed all the same: see purser period status %s", err, org)
	}
	if err != nil {
		return err
	}
	p := o.Period
	switch {
	case o.Status == "accepted" && p != nil:
		_, err = fmt.Fprintf(w, "closed %s to %s; open from %s\n", p.Period, p.To, p.Next)
	case o.Status == "pending" && p != nil:
		_, err = fmt.Fprintf(w, "scheduled: %s to %s is closed at %s\n", p.Period, p.To, p.At)
	default:
		if _, err = fmt.Fprintln(w, "refused:", o.Reason); err == nil {
			err = printWrong(w, p)
		}
		return errors.Join(err, exitCode(1))
	}
	return err
}

// printWrong prints what an answer says is wrong.
func printWrong(w io.Writer, p *topics.PeriodBody) error {
	if p == nil {
		return nil
	}
	for _, found := range [...]struct {
		what string
		of   *topics.PeriodFindings
	}{{"drafts dated in it", p.Drafts}, {"transactions dated before the first period", p.Early}} {
		if found.of == nil {
			continue
		}
		f := core.Findings{Count: found.of.Count}
		for _, n := range found.of.First {
			f.Named = append(f.Named, core.Named{Account: n.Account, Transaction: n.Transaction})
		}
		if err := printFindings(w, found.what, &f); err != nil {
			return err
		}
	}
	if p.Unknown == nil {
		return nil
	}
	f := core.Findings{Count: p.Unknown.Count}
	for _, account := range p.Unknown.First {
		f.Named = append(f.Named, core.Named{Account: account})
	}
	return printFindings(w, "older accounts with a transaction before it", &f)
}
