package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/definition"
	"purser/internal/inquiry"
	"purser/processors/core"
	"purser/topics"
)

// formatFlags are the ways in which what is in force is shown.
func formatFlags(c *cobra.Command) func() (string, error) {
	format, asJSON := "", false
	c.Flags().StringVarP(&format, "output", "o", "text", "how to print it: text, json, or yaml, which purser apply takes back")
	c.Flags().BoolVar(&asJSON, "json", false, "the same as -o json")
	return func() (string, error) {
		switch {
		case asJSON:
			return "json", nil
		case format == "text", format == "json", format == "yaml":
			return format, nil
		}
		return "", fmt.Errorf("-o is %q: it must be text, json or yaml", format)
	}
}

// kindNamed reads the argument KIND.
func kindNamed(name string) (*definition.Kind, error) {
	k := definition.Named(name)
	if k == nil {
		return nil, fmt.Errorf("there is no kind %q: there are %s", name, strings.Join(definition.Names(), ", "))
	}
	return k, nil
}

func getCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "get [KIND [ORG [ID]]]",
		Short: "Print the definitions that are in force",
		Long: `Prints what is in force by this machine's clock and since when: everything, or one kind (org, fx-rate, plan, customer-settings, account, team, campaign, user, spending-account), or those of one org.
Lists come from Postgres, as of the offsets that are printed, or from Redis where there is no Postgres; one definition that is named by
its id comes from whichever is later.

  purser get account acme                 a line each
  purser get -o yaml > everything.yaml    documents that purser apply takes back: applying them changes nothing`,
		Args: cobra.MaximumNArgs(3),
	}
	format := formatFlags(c)
	s := settings(c, config.SectionKafka, config.SectionRedis, config.SectionPostgres)
	c.RunE = func(c *cobra.Command, args []string) error {
		how, err := format()
		if err != nil {
			return err
		}
		kinds := definition.Kinds
		if len(args) > 0 {
			k, err := kindNamed(args[0])
			if err != nil {
				return err
			}
			kinds = []*definition.Kind{k}
		}
		desk, notes, closeAll, err := desk(c.Context(), s)
		defer closeAll()
		if err != nil {
			return err
		}
		for _, note := range notes {
			fmt.Fprintln(c.ErrOrStderr(), "note:", note)
		}
		show := newShow(c.OutOrStdout(), how)
		if len(args) == 3 {
			return getOne(c, &desk, kinds[0], args, show)
		}
		org := ""
		if len(args) > 1 {
			org = args[1]
		}
		return getAll(c.Context(), c.ErrOrStderr(), &desk, kinds, org, show)
	}
	return needing(c, s, access.Reader)
}

func getOne(c *cobra.Command, desk *inquiry.Desk, k *definition.Kind, args []string, show *show) error {
	seen, notes, err := definition.Look(c.Context(), desk, k, args[1], args[2])
	for _, note := range notes {
		fmt.Fprintln(c.ErrOrStderr(), "note:", note)
	}
	if err == nil {
		err = defined(seen, k, args[1], args[2])
	}
	if err != nil {
		return err
	}
	if err := show.one(seen.Held); err != nil {
		return err
	}
	return show.end([]inquiry.AsOf{seen.AsOf})
}

// defined is an error where nothing of that name is defined.
func defined(seen definition.Seen, k *definition.Kind, org, id string) error {
	switch {
	case seen.Held == nil:
		return fmt.Errorf("there is no %s %s, %s", k.Name, strings.TrimPrefix(id+" of org "+org, " of "), asOf(seen.AsOf))
	case len(seen.Held.Versions) == 0:
		return fmt.Errorf("%s %s of org %s was removed, %s", k.Name, id, org, asOf(seen.AsOf))
	}
	return nil
}

func getAll(ctx context.Context, notes io.Writer, desk *inquiry.Desk, kinds []*definition.Kind, org string, show *show) error {
	var moments []inquiry.AsOf
	for _, k := range kinds {
		if err := show.begin(); err != nil {
			return err
		}
		at, err := definition.List(ctx, desk, k, org, func(seen definition.Seen) error { return show.one(seen.Held) })
		if err != nil {
			return err
		}
		moments = at
	}
	if len(moments) > 0 && moments[0].Store == "redis" {
		fmt.Fprintln(notes, "note: without Postgres this is what Redis holds, which may be less than there is")
	}
	return show.end(moments)
}

// show prints definitions as they come.
type show struct {
	out   io.Writer
	how   string
	now   core.Time
	table *tabwriter.Writer
	n     int
}

func newShow(out io.Writer, how string) *show {
	return &show{out: out, how: how, now: topics.TimeOf(time.Now()), table: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
}

// begin starts the list of another kind.
func (s *show) begin() error {
	s.n = 0
	return s.table.Flush()
}

func (s *show) one(h *definition.Held) error {
	v := h.InForce(s.now)
	switch s.how {
	case "yaml":
		_, err := s.out.Write(definition.AppendYAML(nil, h.Kind, h.Org, v, false))
		return err
	case "json":
		return printJSON(s.out, lineOf(h, v))
	}
	if s.n++; s.n == 1 {
		fmt.Fprintf(s.table, "%s\torg\tsince\tversions\tdefinition\n", h.Kind.Name)
	}
	_, err := fmt.Fprintf(s.table, "%s\t%s\t%s\t%d\t%s\n", orDash(h.ID), h.Org, topics.FormatTime(v.From), len(h.Versions), definition.Summary(v))
	return err
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// end prints as of when it was. In YAML it is a comment, and as JSON a line of its own.
func (s *show) end(moments []inquiry.AsOf) error {
	if err := s.table.Flush(); err != nil {
		return err
	}
	for _, at := range moments {
		var err error
		switch s.how {
		case "json":
			err = printJSON(s.out, struct {
				AsOf asOfLine `json:"as_of"`
			}{asOfLine{at.Store, at.Partition, at.Offset}})
		case "yaml":
			_, err = fmt.Fprintln(s.out, "#", asOf(at))
		default:
			_, err = fmt.Fprintln(s.out, asOf(at))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type asOfLine struct {
	Store     string `json:"store"`
	Partition int32  `json:"partition"`
	Changelog int64  `json:"changelog"`
}

// line is a definition as JSON.
type line struct {
	Kind       string `json:"kind"`
	Org        string `json:"org"`
	ID         string `json:"id,omitempty"`
	Since      string `json:"in_force_since"`
	Definition any    `json:"definition"`
	Versions   int    `json:"versions"`
	Balance    string `json:"balance,omitempty"`
	On         *bool  `json:"on,omitempty"` // of a spending account: whether it is switched on
}

// switched says whether a spending account is switched on by the version that counts.
func switched(h *definition.Held, v *definition.Version) *bool {
	for i := range h.Versions {
		if v == &h.Versions[i] {
			return &h.Spending.Versions[i].On
		}
	}
	return nil
}

func lineOf(h *definition.Held, v *definition.Version) line {
	l := line{Kind: h.Kind.Name, Org: h.Org, ID: h.ID, Since: topics.FormatTime(v.From), Definition: v.Body, Versions: len(h.Versions)}
	if h.Account != nil {
		l.Balance = h.Account.Balance.String()
	}
	if h.Spending != nil {
		l.On = switched(h, v)
	}
	return l
}

func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func describeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "describe KIND ORG [ID]",
		Short: "Show one definition whole: what is in force and since when, its other versions, and its balance",
		Long: `Answers from Redis, or from Postgres where that is later or holds what Redis does not, and says as of which offset.
With -o yaml every version is a document with its effective_from.`,
		Args: cobra.RangeArgs(2, 3),
	}
	format := formatFlags(c)
	s := settings(c, config.SectionKafka, config.SectionRedis, config.SectionPostgres)
	c.RunE = func(c *cobra.Command, args []string) error {
		how, err := format()
		if err != nil {
			return err
		}
		k, err := kindNamed(args[0])
		if err != nil {
			return err
		}
		org, id := args[1], strings.Join(args[2:], "")
		if (k.ID == "") != (id == "") {
			return fmt.Errorf("purser describe %s ORG %s", k.Name, k.ID)
		}
		desk, notes, closeAll, err := desk(c.Context(), s)
		defer closeAll()
		if err != nil {
			return err
		}
		seen, more, err := definition.Look(c.Context(), &desk, k, org, id)
		for _, note := range append(notes, more...) {
			fmt.Fprintln(c.ErrOrStderr(), "note:", note)
		}
		if err == nil {
			err = defined(seen, k, org, id)
		}
		if err != nil {
			return err
		}
		return describe(c.OutOrStdout(), how, seen)
	}
	return needing(c, s, access.Reader)
}

func describe(out io.Writer, how string, seen definition.Seen) error {
	h, now := seen.Held, topics.TimeOf(time.Now())
	in := h.InForce(now)
	switch how {
	case "json":
		return describeJSON(out, seen, in)
	case "yaml":
		var text []byte
		for i := range h.Versions {
			text = definition.AppendYAML(text, h.Kind, h.Org, &h.Versions[i], true)
		}
		_, err := fmt.Fprintf(out, "%s# %s\n", text, asOf(seen.AsOf))
		return err
	}
	for i := range h.Versions {
		v := &h.Versions[i]
		state := "was in force from"
		switch {
		case v == in:
			state = "in force since"
		case v.From > now:
			state = "comes into force on"
		}
		fmt.Fprintf(out, "%s %s%s\n%s", state, topics.FormatTime(v.From), onOrOff(h, v), definition.Indented(v))
	}
	if h.Account == nil {
		_, err := fmt.Fprintln(out, asOf(seen.AsOf))
		return err
	}
	fmt.Fprint(out, "balance ")
	printBalance(out, inquiry.Balance{Account: h.Account, AsOf: seen.AsOf})
	return nil
}

// onOrOff says of a version of a spending account whether it is switched on by it.
func onOrOff(h *definition.Held, v *definition.Version) string {
	switch {
	case h.Spending == nil:
		return ""
	case *switched(h, v):
		return ", switched on"
	}
	return ", switched off"
}

func describeJSON(out io.Writer, seen definition.Seen, in *definition.Version) error {
	h := seen.Held
	all := make([]any, len(h.Versions))
	for i := range h.Versions {
		all[i] = h.Versions[i].Body
	}
	whole := struct {
		Kind       string   `json:"kind"`
		Org        string   `json:"org"`
		ID         string   `json:"id,omitempty"`
		Since      string   `json:"in_force_since"`
		Definition any      `json:"definition"`
		Versions   []any    `json:"versions"` // all of them, by effective_from
		Balance    any      `json:"balance,omitempty"`
		On         *bool    `json:"on,omitempty"`
		AsOf       asOfLine `json:"as_of"`
	}{
		Kind: h.Kind.Name, Org: h.Org, ID: h.ID, Since: topics.FormatTime(in.From), Definition: in.Body, Versions: all,
		AsOf: asOfLine{seen.AsOf.Store, seen.AsOf.Partition, seen.AsOf.Offset},
	}
	if h.Account != nil {
		whole.Balance = balanceOf(inquiry.Balance{Account: h.Account, AsOf: seen.AsOf})
	}
	if h.Spending != nil {
		whole.On = switched(h, in)
	}
	return printJSON(out, whole)
}
