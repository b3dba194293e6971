package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/inquiry"
	"purser/processors/core"
	"purser/processors/money"
	"purser/topics"
)

// account reads the arguments ORG ACCOUNT and --currency. The system's accounts are the ones with a colon, but for the balances of
// spending accounts; they have a balance in each currency.
func account(args []string, currency string) (org, id string, c money.Currency, err error) {
	org, id = args[0], args[1]
	system := strings.Contains(id, ":") && !strings.HasPrefix(id, core.SpendingPrefix)
	switch {
	case system && currency == "":
		return "", "", c, fmt.Errorf("%s is a system account, which has a balance in each currency: give --currency", id)
	case !system && currency != "":
		return "", "", c, fmt.Errorf("%s is no system account and has one currency: leave --currency out", id)
	case currency != "":
		if c, err = money.ParseCurrency(currency); err != nil {
			return "", "", c, fmt.Errorf("--currency is %q: it must be an ISO 4217 code such as USD", currency)
		}
	}
	return org, id, c, nil
}

// desk opens the stores that answer. One that is away is a note and no error, as long as the other one is there.
func desk(ctx context.Context, s *config.Config) (d inquiry.Desk, notes []string, closeAll func(), err error) {
	var closers []func()
	closeAll = func() {
		for _, f := range closers {
			f()
		}
	}
	a, err := admin(s)
	if err != nil {
		return d, nil, closeAll, err
	}
	defer a.Close()
	usage := names(s).Of(topics.Usage)
	details, err := a.ListTopics(ctx, usage)
	if err == nil {
		err = details[usage].Err
	}
	if err != nil {
		return d, nil, closeAll, fmt.Errorf("look at topic %s for its partitions: %w", usage, err)
	}
	d.Partitions = int32(len(details[usage].Partitions))
	cache, err := openRedis(s)
	if err != nil {
		return d, nil, closeAll, err
	}
	if cache != nil {
		d.Cache = cache
		closers = append(closers, func() { _ = cache.Close() })
	}
	if s.Postgres.URL == "" && cache != nil {
		return d, nil, closeAll, nil
	}
	limited, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	store, err := openPostgres(limited, s)
	switch {
	case err == nil:
		d.Checkpoint = store
		closers = append(closers, store.Close)
	case cache == nil:
		return d, nil, closeAll, err
	default:
		d.Away = err
		notes = append(notes, err.Error())
	}
	return d, notes, closeAll, nil
}

func balanceCommand() *cobra.Command {
	var currency string
	c := &cobra.Command{
		Use:   "balance ORG ACCOUNT",
		Short: "Print an account's balance, as of a stated offset",
		Long:  "Answers from Redis, or from Postgres where that is later or holds what Redis does not, and says as of which offset.",
		Args:  cobra.ExactArgs(2),
	}
	c.Flags().StringVar(&currency, "currency", "", "of a system account, such as world:provider")
	asJSON := c.Flags().Bool("json", false, "print it as JSON")
	s := settings(c, config.SectionKafka, config.SectionRedis, config.SectionPostgres)
	c.RunE = func(c *cobra.Command, args []string) error {
		org, id, cur, err := account(args, currency)
		if err != nil {
			return err
		}
		d, notes, closeAll, err := desk(c.Context(), s)
		defer closeAll()
		if err != nil {
			return err
		}
		b, err := d.Balance(c.Context(), org, id, cur)
		for _, note := range append(notes, b.Notes...) {
			fmt.Fprintln(c.ErrOrStderr(), "note:", note)
		}
		if errors.Is(err, inquiry.ErrNoAccount) {
			return fmt.Errorf("%w as %s of org %s, %s", err, id, org, asOf(b.AsOf))
		}
		if err != nil {
			return err
		}
		if *asJSON {
			return json.NewEncoder(c.OutOrStdout()).Encode(balanceOf(b))
		}
		printBalance(c.OutOrStdout(), b)
		return nil
	}
	return needing(c, s, access.Reader)
}

func asOf(a inquiry.AsOf) string {
	topic := "changelog"
	if a.Store == "ledger" {
		topic = "ledger"
	}
	if a.Store == "none" {
		return "in no store"
	}
	return fmt.Sprintf("as of offset %d of %s %d, from %s", a.Offset, topic, a.Partition, a.Store)
}

func printBalance(w io.Writer, b inquiry.Balance) {
	a := b.Account
	fmt.Fprintf(w, "%s %s  %s\n", a.Balance, a.Currency, asOf(b.AsOf))
	if a.Kind == core.KindWallet {
		fmt.Fprintf(w, "  purchased      %s\n", a.Purchased)
		for _, g := range a.Grants {
			until := "never expires"
			if g.ExpiresAt != 0 {
				until = "expires " + topics.FormatTime(g.ExpiresAt)
			}
			fmt.Fprintf(w, "  complimentary  %s  grant %s, %s\n", g.Amount, g.ID, until)
		}
	}
	fmt.Fprintf(w, "  %d entries, the last one is number %d of its partition's ledger\n", a.Seq, a.Last)
}

// balanceLine is a balance as JSON.
type balanceLine struct {
	Org       string      `json:"org"`
	Account   string      `json:"account"`
	Kind      string      `json:"kind"`
	Currency  string      `json:"currency"`
	Balance   string      `json:"balance"`
	Purchased string      `json:"purchased,omitempty"`
	Grants    []grantLine `json:"grants,omitempty"`
	Seq       uint64      `json:"seq"`
	Last      uint64      `json:"last"`
	Store     string      `json:"store"`
	Partition int32       `json:"partition"`
	Changelog int64       `json:"changelog"`
}

type grantLine struct {
	ID        string `json:"id"`
	Amount    string `json:"amount"`
	ExpiresAt string `json:"expires_at,omitempty"`
}

func balanceOf(b inquiry.Balance) balanceLine {
	a := b.Account
	out := balanceLine{Org: a.Org, Account: a.ID, Kind: a.Kind.String(), Currency: a.Currency.String(), Balance: a.Balance.String(),
		Seq: a.Seq, Last: a.Last, Store: b.AsOf.Store, Partition: b.AsOf.Partition, Changelog: b.AsOf.Offset}
	if a.Kind == core.KindWallet {
		out.Purchased = a.Purchased.String()
	}
	for _, g := range a.Grants {
		line := grantLine{ID: g.ID, Amount: g.Amount.String()}
		if g.ExpiresAt != 0 {
			line.ExpiresAt = topics.FormatTime(g.ExpiresAt)
		}
		out.Grants = append(out.Grants, line)
	}
	return out
}

func ledgerCommand() *cobra.Command {
	var currency, from string
	var limit int
	c := &cobra.Command{
		Use:   "ledger ORG ACCOUNT",
		Short: "Print an account's entries, newest first",
		Long: `Answers from Postgres, and says as of which offset. "--from kafka" reads the ledger topic itself instead: it is slower, because
it goes through the whole partition, and needs no Postgres.`,
		Args: cobra.ExactArgs(2),
	}
	c.Flags().StringVar(&currency, "currency", "", "of a system account, such as world:provider")
	c.Flags().StringVar(&from, "from", "postgres", "where to read: postgres or kafka")
	c.Flags().IntVar(&limit, "limit", 50, "entries at most")
	s := settings(c, config.SectionKafka, config.SectionPostgres)
	c.RunE = func(c *cobra.Command, args []string) error {
		org, id, cur, err := account(args, currency)
		if err != nil {
			return err
		}
		if limit < 1 {
			return fmt.Errorf("--limit is %d: it must be at least 1", limit)
		}
		var h inquiry.History
		switch from {
		case "kafka":
			h, err = scanLedger(c.Context(), s, org, id, cur, limit)
		case "postgres":
			h, err = readLedger(c.Context(), s, org, id, cur, limit)
		default:
			return fmt.Errorf("--from is %q: it must be postgres or kafka", from)
		}
		if err != nil {
			return err
		}
		printHistory(c.OutOrStdout(), h)
		return nil
	}
	return needing(c, s, access.Reader)
}

func scanLedger(ctx context.Context, s *config.Config, org, id string, cur money.Currency, limit int) (inquiry.History, error) {
	opts, err := s.KafkaOpts()
	if err != nil {
		return inquiry.History{}, err
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return inquiry.History{}, err
	}
	defer client.Close()
	return inquiry.Scan(ctx, client, names(s), org, id, cur, limit)
}

func readLedger(ctx context.Context, s *config.Config, org, id string, cur money.Currency, limit int) (inquiry.History, error) {
	s.Redis.Cache = false // the history is in Postgres
	d, _, closeAll, err := desk(ctx, s)
	defer closeAll()
	if err != nil {
		return inquiry.History{}, err
	}
	return d.History(ctx, org, id, cur, limit)
}

func printHistory(w io.Writer, h inquiry.History) {
	for _, r := range h.Rows {
		fmt.Fprintf(w, "%6d  %s  %-18s %18s → %s  %s %s\n", r.Seq, r.OccurredAt, r.Type, r.Total, r.Balance, r.Source, r.ID)
		for _, m := range r.Moves {
			detail := strings.TrimSpace(m.Bucket + " " + m.Grant)
			fmt.Fprintf(w, "        %20s  %s  %s\n", m.Amount, m.With, detail)
		}
	}
	more := ""
	if h.Older {
		more = ", and older ones that --limit leaves out"
	}
	fmt.Fprintf(w, "%d entries%s, %s\n", len(h.Rows), more, asOf(h.AsOf))
}
