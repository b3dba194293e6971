package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/statement"
	"purser/state/postgres"
	"purser/topics"
)

func statementCommand() *cobra.Command {
	var currency, from, to, period, ledger string
	c := &cobra.Command{
		Use:   "statement ORG ACCOUNT",
		Short: "Print an account's statement: opening balance, every line, recharges, invoices, closing balance",
		Long: `A statement for people who do the books: what was on an account, what came and went and why, what was asked of cards and by invoice,
what is on it now, and what the lines of each kind come to; of a customer account also what was allocated, and what is open by age. It is printed
only if it adds up.

A line counts on the day on which it was posted, in the org's time zone; --from and --to are both included. It is read from the
ledger in Postgres, or with "--ledger kafka" from the topics themselves: that is slower, because it goes through the whole
partition, and needs no Postgres.

With --period it is of an accounting period of a customer account: of what belongs to it by its date, whenever it was posted. A closed one's does not change
any more, and its closing balance is the next one's opening balance. The period is named by any of its days, or by the month that it begins in.`,
		Example: `  purser statement acme alice --from 2026-11-01 --to 2026-11-30
  purser statement acme events --json
  purser statement acme blue-ltd --to 2026-11-30 --csv
  purser statement acme blue-ltd --period 2026-11
  purser statement acme world:payments --currency USD --ledger kafka`,
		Args: cobra.ExactArgs(2),
	}
	c.Flags().StringVar(&currency, "currency", "", "of a system account, such as world:provider")
	c.Flags().StringVar(&from, "from", "", "first day, such as 2026-11-01; default: the beginning")
	c.Flags().StringVar(&to, "to", "", "last day; default: the last entry")
	c.Flags().StringVar(&period, "period", "", "an accounting period: a day in it, such as 2026-11-01, or the month that it begins in, such as 2026-11")
	c.Flags().StringVar(&ledger, "ledger", "postgres", "where to read: postgres or kafka")
	asJSON := c.Flags().Bool("json", false, "print it as JSON")
	asCSV := c.Flags().Bool("csv", false, "print it as CSV: a row for each balance, line, allocation and age")
	c.MarkFlagsMutuallyExclusive("json", "csv")
	c.MarkFlagsMutuallyExclusive("period", "from")
	c.MarkFlagsMutuallyExclusive("period", "to")
	s := settings(c, config.SectionKafka, config.SectionPostgres)
	c.RunE = func(c *cobra.Command, args []string) error {
		q, err := statementQuery(args, currency, from, to)
		if err != nil {
			return err
		}
		if q.Period, err = statement.ParsePeriod(period); err != nil {
			return fmt.Errorf("--period: %w", err)
		}
		made, err := makeStatement(c.Context(), s, ledger, q)
		if errors.Is(err, statement.ErrNoAccount) {
			return fmt.Errorf("%w as %s of org %s", err, q.Account, q.Org)
		}
		if err != nil {
			return err
		}
		if *asJSON {
			return json.NewEncoder(c.OutOrStdout()).Encode(made)
		}
		if *asCSV {
			return made.WriteCSV(c.OutOrStdout())
		}
		return made.Write(c.OutOrStdout())
	}
	return needing(c, s, access.Reader)
}

func statementQuery(args []string, currency, from, to string) (q *statement.Query, err error) {
	q = &statement.Query{Now: topics.TimeOf(time.Now())}
	if q.Org, q.Account, q.Currency, err = account(args, currency); err != nil {
		return nil, err
	}
	if q.From, err = statement.ParseDay(from); err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	if q.To, err = statement.ParseDay(to); err != nil {
		return nil, fmt.Errorf("--to: %w", err)
	}
	if q.From.Set && q.To.Set && q.From.Days > q.To.Days {
		return nil, fmt.Errorf("--from %s is after --to %s", from, to)
	}
	return q, nil
}

func makeStatement(ctx context.Context, s *config.Config, from string, q *statement.Query) (*statement.Statement, error) {
	switch from {
	case "kafka":
		opts, err := s.KafkaOpts()
		if err != nil {
			return nil, err
		}
		client, err := kgo.NewClient(opts...)
		if err != nil {
			return nil, err
		}
		defer client.Close()
		ledger, err := statement.Kafka(ctx, client, names(s), q)
		if err != nil {
			return nil, err
		}
		return statement.Make(ctx, ledger, q)
	case "postgres":
		s.Redis.Cache = false
		d, _, closeAll, err := desk(ctx, s)
		defer closeAll()
		if err != nil {
			return nil, err
		}
		store, ok := d.Checkpoint.(*postgres.Checkpoint)
		if !ok {
			return nil, errors.New("there is no ledger in Postgres: --ledger kafka needs none")
		}
		return statement.Make(ctx, statement.Postgres(store, q.Org, topics.PartitionOf(q.Org, d.Partitions)), q)
	default:
		return nil, fmt.Errorf("--ledger is %q: it must be postgres or kafka", from)
	}
}
