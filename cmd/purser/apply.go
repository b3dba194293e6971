package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/definition"
	"purser/topics"
)

// Codes with which purser apply ends.
const (
	codeRefused   exitCode = 1
	codeUndecided exitCode = 3
	codeDiffers   exitCode = 4
)

// maxApplied bounds what is read of one file.
const maxApplied = 64 << 20

func applyCommand() *cobra.Command {
	var files []string
	var dryRun bool
	a := definition.Applier{}
	c := &cobra.Command{
		Use:   "apply -f FILE",
		Short: "Define orgs, rates, plans and accounts as files say",
		Long: `Reads YAML files of one or more documents, compares each with what is in force, and sends the events that define what differs.
A document is the body of the event that it becomes, with its kind and org in front:

  define: account        # or org, fx-rate, plan
  org: acme
  account: alice
  kind: wallet
  plan: gold
  low_balance: "60"

Without effective_from it says what is to be in force now, by this machine's clock. What is in force already as it is written sends
nothing, so that the same files can be applied again and again; what no document names is left alone. Nothing is sent unless
every document of every file can be read and every store that is needed answers. Rules may refuse one definition and accept
another: each is told.

It ends with code
  0  where all is in force as it is written (--dry-run: nothing would change; --wait=false: all has been sent)
  1  where a rule refused something: the others are in force
  2  where nothing was sent: a mistake in a file, or a server that does not answer
  3  where something was not sent, or not decided in time: apply the same files again
  4  with --dry-run, where something would change`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringArrayVarP(&files, "file", "f", nil, "file to apply, - for the standard input; may be given several times")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "only print what would change, field by field")
	c.Flags().BoolVar(&a.Wait, "wait", true, "wait until everything is decided, and say what was refused and why")
	c.Flags().DurationVar(&a.Timeout, "timeout", time.Minute, "how long to wait")
	s := settings(c, config.SectionKafka, config.SectionRedis, config.SectionPostgres)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if len(files) == 0 {
			return errors.New("there is nothing to apply: give a file with -f")
		}
		if a.Timeout < time.Second {
			return fmt.Errorf("--timeout is %v: it must be at least 1s", a.Timeout)
		}
		all, err := readDefinitions(c.InOrStdin(), files)
		if err != nil {
			return err
		}
		desk, _, closeAll, err := desk(c.Context(), s)
		defer closeAll()
		if err != nil {
			return err
		}
		changes, notes, err := definition.Plan(c.Context(), &desk, all, topics.TimeOf(time.Now()))
		for _, note := range notes {
			fmt.Fprintln(c.ErrOrStderr(), "note:", note)
		}
		if err != nil {
			return err
		}
		if dryRun {
			return printPlan(c.OutOrStdout(), changes)
		}
		a.Names, a.Group, a.Desk, a.Progress = names(s), s.Kafka.Group, &desk, applyProgress(c.ErrOrStderr())
		return apply(c.Context(), c.OutOrStdout(), s, &a, changes)
	}
	return needing(c, s, access.Apply)
}

func readDefinitions(stdin io.Reader, files []string) ([]*definition.Definition, error) {
	var all []*definition.Definition
	var errs []error
	for _, file := range files {
		text, err := readAll(stdin, file)
		if err != nil {
			return nil, err
		}
		some, err := definition.Read(file, text)
		if err == nil && len(some) == 0 {
			err = fmt.Errorf("%s: %w", file, definition.ErrNothing)
		}
		errs, all = append(errs, err), append(all, some...)
	}
	return all, errors.Join(errs...)
}

func readAll(stdin io.Reader, file string) ([]byte, error) {
	in := stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxApplied+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if len(text) > maxApplied {
		return nil, fmt.Errorf("%s is larger than %d MiB: split it", file, maxApplied>>20)
	}
	return text, nil
}

// printPlan shows what would change, field by field.
func printPlan(out io.Writer, changes []*definition.Change) error {
	differ := 0
	for _, c := range changes {
		fmt.Fprintf(out, "%s: %s\n", c.Definition, c.What())
		if len(c.Fields) == 0 {
			continue
		}
		differ++
		if c.From != 0 {
			fmt.Fprintf(out, "    from %s on\n", topics.FormatTime(c.From))
		}
		for _, f := range c.Fields {
			switch {
			case f.Was == "":
				fmt.Fprintf(out, "  + %s: %s\n", f.Path, f.Will)
			case f.Will == "":
				fmt.Fprintf(out, "  - %s: %s\n", f.Path, f.Was)
			default:
				fmt.Fprintf(out, "  ~ %s: %s → %s\n", f.Path, f.Was, f.Will)
			}
		}
	}
	fmt.Fprintf(out, "%d of %d definitions would change\n", differ, len(changes))
	if differ > 0 {
		return codeDiffers
	}
	return nil
}

// apply sends the changes, prints what became of each, and ends with the code that says it in short.
func apply(ctx context.Context, out io.Writer, s *config.Config, a *definition.Applier, changes []*definition.Change) error {
	opts, err := s.KafkaOpts()
	if err != nil {
		return err
	}
	if a.Client, err = kgo.NewClient(append(opts, kgo.RecordDeliveryTimeout(a.Timeout))...); err != nil {
		return fmt.Errorf("a Kafka client: %w", err)
	}
	defer a.Client.Close()
	outcomes, err := a.Apply(ctx, changes)
	if err != nil && len(outcomes) == 0 {
		return err
	}
	for _, o := range outcomes {
		fmt.Fprintf(out, "%s: %s, %s%s\n", o.Definition, o.What(), o.Fate, reasonFor(o.Reason))
	}
	fates := map[definition.Fate]int{}
	for _, o := range outcomes {
		fates[o.Fate]++
	}
	done := fates[definition.Applied] + fates[definition.Already] + fates[definition.Sent]
	unknown := len(outcomes) - done - fates[definition.Refused]
	fmt.Fprintf(out, "%d definitions: %d unchanged, %d changed, %d refused, %d not known\n",
		len(changes), len(changes)-len(outcomes), done, fates[definition.Refused], unknown)
	switch {
	case access.Refused(err):
		return err
	case err != nil || unknown > 0:
		return codeUndecided
	case fates[definition.Refused] > 0:
		return codeRefused
	}
	return nil
}

func reasonFor(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// applyProgress shows, on a terminal, how many changes are decided.
func applyProgress(w io.Writer) func(decided, total int) {
	if !isTerminal(w) {
		return func(int, int) {}
	}
	return func(decided, total int) {
		fmt.Fprintf(w, "\r\x1b[Kdecided: %d of %d", decided, total)
		if decided == total {
			fmt.Fprint(w, "\r\x1b[K")
		}
	}
}
