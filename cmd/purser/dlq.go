package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/deadletter"
)

func dlqCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "dlq",
		Short: "Look at dead letters, and send them back after a fix",
		Long:  "A record that cannot be decoded, or that a rule refuses, becomes a dead letter: whole, with the reason and where it came from.",
	}
	c.AddCommand(dlqListCommand(), dlqShowCommand(), dlqReplayCommand())
	return c
}

// filterFlags are what list and replay choose letters by.
func filterFlags(c *cobra.Command) func() (deadletter.Filter, error) {
	var f deadletter.Filter
	var since, until string
	c.Flags().StringVar(&f.Reason, "reason", "", "only those with this reason")
	c.Flags().StringVar(&f.Org, "org", "", "only those of this org")
	c.Flags().StringVar(&f.Topic, "topic", "", "only those that came from this input: send, usage, refill-tick, account or payment-result")
	c.Flags().StringVar(&since, "since", "", "only those from this time on (RFC 3339)")
	c.Flags().StringVar(&until, "until", "", "only those before this time (RFC 3339)")
	return func() (deadletter.Filter, error) {
		var err error
		for _, bound := range []struct {
			name, text string
			into       *time.Time
		}{{"since", since, &f.Since}, {"until", until, &f.Until}} {
			if bound.text == "" {
				continue
			}
			if *bound.into, err = time.Parse(time.RFC3339Nano, bound.text); err != nil {
				return f, fmt.Errorf("--%s is %q: it must be a time such as 2026-03-01T00:00:00Z", bound.name, bound.text)
			}
		}
		return f, nil
	}
}

func openBox(s *config.Config) (*deadletter.Box, error) {
	opts, err := s.KafkaOpts()
	if err != nil {
		return nil, err
	}
	return deadletter.Open(opts, names(s))
}

// errEnough ends a listing at its limit.
var errEnough = errors.New("enough")

func dlqListCommand() *cobra.Command {
	var limit int
	var asJSON, counts bool
	c := &cobra.Command{Use: "list", Short: "List dead letters, a line each", Args: cobra.NoArgs}
	c.Flags().IntVar(&limit, "limit", 100, "at most so many; 0: all")
	c.Flags().BoolVar(&asJSON, "json", false, "print each as a line of JSON, with its value")
	c.Flags().BoolVar(&counts, "count", false, "print only how many there are of each reason")
	filter := filterFlags(c)
	s := settings(c, config.SectionKafka)
	c.RunE = func(c *cobra.Command, _ []string) error {
		f, err := filter()
		if err != nil {
			return err
		}
		box, err := openBox(s)
		if err != nil {
			return err
		}
		defer box.Close()
		out, encode := c.OutOrStdout(), json.NewEncoder(c.OutOrStdout())
		encode.SetEscapeHTML(false)
		reasons, printed := map[string]int{}, 0
		err = box.Each(c.Context(), f, func(l *deadletter.Letter) error {
			if counts {
				reasons[l.Reason]++
				return nil
			}
			if limit > 0 && printed == limit {
				return errEnough
			}
			printed++
			if asJSON {
				return encode.Encode(l)
			}
			fmt.Fprintln(out, l.Summary())
			return nil
		})
		if errors.Is(err, errEnough) {
			fmt.Fprintf(c.ErrOrStderr(), "there are more than %d: give a --limit, or narrow it down by --reason, --org, --topic, --since or --until\n", limit)
			err = nil
		}
		for _, reason := range slices.Sorted(maps.Keys(reasons)) {
			fmt.Fprintf(out, "%8d %s\n", reasons[reason], reason)
		}
		return err
	}
	return needing(c, s, access.Replay)
}

func dlqShowCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "show PARTITION/OFFSET", Short: "Show one dead letter whole",
		Long: "Shows one dead letter whole: its place is what dlq list prints first. Bytes that are no text are shown in hex.",
		Args: cobra.ExactArgs(1),
	}
	asJSON := c.Flags().Bool("json", false, "print it as JSON")
	s := settings(c, config.SectionKafka)
	c.RunE = func(c *cobra.Command, args []string) error {
		partition, offset, err := deadletter.ParsePosition(args[0])
		if err != nil {
			return err
		}
		box, err := openBox(s)
		if err != nil {
			return err
		}
		defer box.Close()
		letter, err := box.At(c.Context(), partition, offset)
		if err != nil {
			return err
		}
		if *asJSON {
			encode := json.NewEncoder(c.OutOrStdout())
			encode.SetEscapeHTML(false)
			return encode.Encode(letter)
		}
		return letter.Show(c.OutOrStdout())
	}
	return needing(c, s, access.Replay)
}

func dlqReplayCommand() *cobra.Command {
	var all, dryRun bool
	c := &cobra.Command{
		Use:   "replay [PARTITION/OFFSET…]",
		Short: "Send dead letters back to the inputs that they came from",
		Long: `Sends dead letters back as they came, with a header that names the refusal: a replay counts once, however often it is sent.
Name the letters by their places, or choose them by --reason, --org, --topic, --since and --until, or take --all.`,
	}
	c.Flags().BoolVar(&all, "all", false, "all that there are")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "only print what would be sent")
	filter := filterFlags(c)
	s := settings(c, config.SectionKafka)
	c.RunE = func(c *cobra.Command, args []string) error {
		f, err := filter()
		if err != nil {
			return err
		}
		if chosen := f != (deadletter.Filter{}); !chosen && !all && len(args) == 0 {
			return errors.New("nothing is chosen: name places, or give --reason, --org, --topic, --since or --until, or --all")
		} else if (chosen || all) && len(args) > 0 {
			return errors.New("give places or a choice, not both")
		}
		box, err := openBox(s)
		if err != nil {
			return err
		}
		defer box.Close()
		sent := 0
		send := func(l *deadletter.Letter) error {
			if dryRun {
				fmt.Fprintln(c.OutOrStdout(), l.Summary())
			} else if err := box.Replay(c.Context(), l); err != nil {
				return err
			}
			sent++
			return nil
		}
		if len(args) == 0 {
			err = box.Each(c.Context(), f, send)
		}
		for _, arg := range args {
			if err != nil {
				break
			}
			err = replayOne(c, box, arg, send)
		}
		what := "replayed"
		if dryRun {
			what = "would be replayed"
		}
		fmt.Fprintf(c.OutOrStdout(), "%d dead letters %s\n", sent, what)
		return err
	}
	return needing(c, s, access.Replay)
}

func replayOne(c *cobra.Command, box *deadletter.Box, place string, send func(*deadletter.Letter) error) error {
	partition, offset, err := deadletter.ParsePosition(place)
	if err != nil {
		return err
	}
	letter, err := box.At(c.Context(), partition, offset)
	if err != nil {
		return fmt.Errorf("%s: %w", place, err)
	}
	return send(letter)
}
