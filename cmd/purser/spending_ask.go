package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/inquiry"
	"purser/processors/core"
	"purser/processors/money"
	"purser/topics"
)

func spendingListCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "list ORG USER",
		Short: "Print every spending account that a user may use, with what is left to him on each",
		Long: `Prints the spending accounts that a user may use by what is defined now, whether they can be used now or not, and what he has on each: what is left on
the balance, or what it will start with where nothing was ordered yet. Answers from Redis, or from Postgres where that is later or holds what Redis does not,
and says as of which offsets.`,
		Example: "  purser spending list acme ann",
		Args:    cobra.ExactArgs(2),
	}
	asJSON := c.Flags().Bool("json", false, "print it as JSON")
	s := settings(c, config.SectionKafka, config.SectionRedis, config.SectionPostgres)
	c.RunE = func(c *cobra.Command, args []string) error {
		d, notes, closeAll, err := desk(c.Context(), s)
		defer closeAll()
		if err != nil {
			return err
		}
		all, moments, more, err := d.Spending(c.Context(), args[0], args[1], topics.TimeOf(time.Now()))
		for _, note := range append(notes, more...) {
			fmt.Fprintln(c.ErrOrStderr(), "note:", note)
		}
		if err != nil {
			return fmt.Errorf("org %s: %w", args[0], err)
		}
		if *asJSON {
			return printJSON(c.OutOrStdout(), listOf(args[0], args[1], all, moments))
		}
		return printSpending(c.OutOrStdout(), all, moments)
	}
	return needing(c, s, access.Reader)
}

// printSpending prints a line for each account.
func printSpending(w io.Writer, all []inquiry.Usable, moments []inquiry.AsOf) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(all) > 0 {
		fmt.Fprintln(table, "account\tavailable\t\tnow\ttype\tfrom\tto\tcost centre\tname")
	}
	for i := range all {
		a := &all[i]
		l := &a.Terms.Labels
		now := "active"
		if !a.Active {
			now = "inactive"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.Spending.ID, a.Available, a.Spending.Currency, now, topics.SpendingType(a.Terms),
			day(a.Terms.Start), orDash(day(a.Terms.End)), orDash(l.CostCentre), orDash(l.Name))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, at := range moments {
		if _, err := fmt.Fprintln(w, asOf(at)); err != nil {
			return err
		}
	}
	return nil
}

// day is a civil day as it is written; "" for none.
func day(n int32) string {
	if n == 0 {
		return ""
	}
	return string(topics.AppendDay(nil, n))
}

// usableLine is a spending account as JSON.
type usableLine struct {
	labelsLine
	Currency  string `json:"currency"`
	Available string `json:"available"`
	Active    bool   `json:"active"`
}

// labelsLine is what its users are told of it (R7.10).
type labelsLine struct {
	SpendingAccount string `json:"spending_account"`
	Name            string `json:"name,omitempty"`
	Description     string `json:"description,omitempty"`
	Tooltip         string `json:"tooltip,omitempty"`
	CostCentre      string `json:"cost_centre,omitempty"`
	Type            string `json:"type"`
	Start           string `json:"start"`
	End             string `json:"end,omitempty"`
}

func labelsOf(id string, t *core.SpendingTerms) labelsLine {
	l := &t.Labels
	return labelsLine{id, l.Name, l.Description, l.Tooltip, l.CostCentre, topics.SpendingType(t), day(t.Start), day(t.End)}
}

type usableList struct {
	Org      string       `json:"org"`
	User     string       `json:"user"`
	Accounts []usableLine `json:"accounts"`
	AsOf     []asOfLine   `json:"as_of"`
}

func listOf(org, user string, all []inquiry.Usable, moments []inquiry.AsOf) usableList {
	out := usableList{Org: org, User: user, Accounts: []usableLine{}}
	for i := range all {
		a := &all[i]
		out.Accounts = append(out.Accounts, usableLine{labelsOf(a.Spending.ID, a.Terms), a.Spending.Currency.String(), a.Available.String(), a.Active})
	}
	for _, at := range moments {
		out.AsOf = append(out.AsOf, asOfLine{at.Store, at.Partition, at.Offset})
	}
	return out
}

func spendingActivityCommand() *cobra.Command {
	var from string
	var limit int
	c := &cobra.Command{
		Use:   "activity ORG ACCOUNT [USER]",
		Short: "Print what was done with a spending account, newest first: orders with their status, reloads, budget changes",
		Long: `Prints the entries of a balance of a spending account, newest first: of a standard account that of USER, of a shared one the balance of all, and with USER only
his own orders and sends beside what nobody ordered. The status is that of now. Answers from Postgres, and says as of which offset; "--from kafka" reads
the ledger topic itself instead: it is slower, because it goes through the whole partition, and needs no Postgres.`,
		Example: `  purser spending activity acme gifts ann
  purser spending activity acme store --json`,
		Args: cobra.RangeArgs(2, 3),
	}
	c.Flags().StringVar(&from, "from", "postgres", "where to read: postgres or kafka")
	c.Flags().IntVar(&limit, "limit", 50, "entries at most")
	asJSON := c.Flags().Bool("json", false, "print it as JSON")
	s := settings(c, config.SectionKafka, config.SectionRedis, config.SectionPostgres)
	c.RunE = func(c *cobra.Command, args []string) error {
		switch {
		case limit < 1:
			return fmt.Errorf("--limit is %d: it must be at least 1", limit)
		case from != "kafka" && from != "postgres":
			return fmt.Errorf("--from is %q: it must be postgres or kafka", from)
		}
		d, notes, closeAll, err := desk(c.Context(), s)
		defer closeAll()
		if err != nil {
			return err
		}
		a, err := activity(c.Context(), s, &d, args, from, limit)
		for _, note := range append(notes, a.Notes...) {
			fmt.Fprintln(c.ErrOrStderr(), "note:", note)
		}
		switch {
		case errors.Is(err, inquiry.ErrNoSpending), errors.Is(err, inquiry.ErrWhose):
			return fmt.Errorf("%s of org %s: %w, %s", args[1], args[0], err, asOf(a.AsOf))
		case err != nil:
			return err
		case *asJSON:
			return printJSON(c.OutOrStdout(), activityOf(args[0], &a))
		}
		return printActivity(c.OutOrStdout(), &a)
	}
	return needing(c, s, access.Reader)
}

func activity(ctx context.Context, s *config.Config, d *inquiry.Desk, args []string, from string, limit int) (inquiry.Activity, error) {
	org, id, user := args[0], args[1], ""
	if len(args) > 2 {
		user = args[2]
	}
	return d.Activity(ctx, org, id, user, topics.TimeOf(time.Now()), func(account string) (inquiry.History, error) {
		if from == "kafka" {
			return scanLedger(ctx, s, org, account, money.Currency{}, limit)
		}
		if d.Checkpoint == nil {
			return inquiry.History{}, errors.New(`there is no Postgres to read it from: give "--from kafka"`)
		}
		return d.History(ctx, org, account, money.Currency{}, limit)
	})
}

func printActivity(w io.Writer, a *inquiry.Activity) error {
	l := labelsOf(a.Spending.ID, a.Terms)
	fmt.Fprintf(w, "%s %s, %s, from %s to %s\n", l.SpendingAccount, l.Name, l.Type, l.Start, orDash(l.End))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for i := range a.Rows {
		r := &a.Rows[i]
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", r.Seq, r.OccurredAt, r.Kind, orDash(r.Reference), orDash(r.User), orDash(r.Status), r.Total, r.Balance, orDash(r.CostCentre))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	more := ""
	if a.Older {
		more = ", and older ones that --limit leaves out"
	}
	_, err := fmt.Fprintf(w, "%d entries%s, %s\n", len(a.Rows), more, asOf(a.AsOf))
	return err
}

type activityLine struct {
	Org string `json:"org"`
	labelsLine
	User     string      `json:"user,omitempty"`
	Currency string      `json:"currency"`
	Entries  []entryLine `json:"entries"` // newest first
	Older    bool        `json:"older,omitempty"`
	AsOf     asOfLine    `json:"as_of"`
}

type entryLine struct {
	Entry      uint64 `json:"entry"`
	Seq        uint64 `json:"seq"`
	OccurredAt string `json:"occurred_at"`
	Kind       string `json:"kind"` // order, send, opening, budget or reload
	Type       string `json:"type"`
	Reference  string `json:"reference,omitempty"`
	User       string `json:"user,omitempty"`
	Status     string `json:"status,omitempty"`
	CostCentre string `json:"cost_centre,omitempty"`
	Cost       string `json:"cost,omitempty"`
	Amount     string `json:"amount"`
	Balance    string `json:"balance"`
}

func activityOf(org string, a *inquiry.Activity) activityLine {
	out := activityLine{Org: org, labelsLine: labelsOf(a.Spending.ID, a.Terms), User: a.User, Currency: a.Spending.Currency.String(), Entries: []entryLine{},
		Older: a.Older, AsOf: asOfLine{a.AsOf.Store, a.AsOf.Partition, a.AsOf.Offset}}
	for i := range a.Rows {
		r := &a.Rows[i]
		line := entryLine{Entry: r.Entry, Seq: r.Seq, OccurredAt: r.OccurredAt, Kind: r.Kind, Type: r.Type, Reference: r.Reference, User: r.User,
			Status: r.Status, CostCentre: r.CostCentre, Amount: r.Total.String(), Balance: r.Balance}
		if r.Reference != "" {
			line.Cost = r.Cost.String()
		}
		out.Entries = append(out.Entries, line)
	}
	return out
}
