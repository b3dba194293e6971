package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/access"
	"purser/internal/committed"
	"purser/internal/config"
	"purser/internal/inquiry"
	"purser/processors/core"
	"purser/processors/money"
	"purser/topics"
)

// importSource is the source of the events that purser spending import sends.
const importSource = "purser/import"

func spendingExportCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "export ORG ACCOUNT [FILE]",
		Short: "Write the budgets of a spending account's users as CSV",
		Long: `Writes user,amount for every user of a standard spending account, by user: who may use it now, who has a budget of his own, who has a balance. The amount is what
his balance starts with, or was set to last, not what is left of it. What is written can be edited and read by "purser spending import". Answers from
Postgres, or from Redis where there is no Postgres.`,
		Example: "  purser spending export acme gifts budgets.csv",
		Args:    cobra.RangeArgs(2, 3),
	}
	s := settings(c, config.SectionKafka, config.SectionRedis, config.SectionPostgres)
	c.RunE = func(c *cobra.Command, args []string) error {
		d, notes, closeAll, err := desk(c.Context(), s)
		defer closeAll()
		if err != nil {
			return err
		}
		for _, note := range notes {
			fmt.Fprintln(c.ErrOrStderr(), "note:", note)
		}
		all, err := d.Budgets(c.Context(), args[0], args[1], nil, topics.TimeOf(time.Now()))
		if err != nil {
			return fmt.Errorf("%s of org %s: %w", args[1], args[0], err)
		}
		text, err := writeBudgets(all)
		if err != nil {
			return err
		}
		if len(args) < 3 || args[2] == "-" {
			_, err = c.OutOrStdout().Write(text)
			return err
		}
		return os.WriteFile(args[2], text, 0o600)
	}
	return needing(c, s, access.Reader)
}

func writeBudgets(all []inquiry.Budget) ([]byte, error) {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	rows := [][]string{{"user", "amount"}}
	for i := range all {
		rows = append(rows, []string{all[i].User, all[i].Amount.String()})
	}
	err := w.WriteAll(rows)
	return text.Bytes(), err
}

func spendingImportCommand() *cobra.Command {
	var dryRun bool
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "import ORG ACCOUNT [FILE]",
		Short: "Set the budgets of a spending account's users as a CSV file says: all of them or none",
		Long: `Reads user,amount lines, of which the first may be that heading, and sets what each user's balance has and starts with. Of a user who is not named nothing changes.
A line that cannot be read is told by its number, and then nothing is sent. What is sent is one event, of at most 1,000 users, which the rules apply whole or refuse.

It ends with code
  0  where the budgets are set (--dry-run: nothing would change)
  1  where a rule refused it: nothing has changed
  2  where nothing was sent: a mistake in the file, or a server that does not answer
  3  where it is not known what became of it: import the same file again
  4  with --dry-run, where something would change`,
		Example: `  purser spending import acme gifts budgets.csv --dry-run
  purser spending import acme gifts < budgets.csv`,
		Args: cobra.RangeArgs(2, 3),
	}
	c.Flags().BoolVar(&dryRun, "dry-run", false, "only print what would change")
	c.Flags().DurationVar(&timeout, "timeout", time.Minute, "how long to wait")
	s := settings(c, config.SectionKafka, config.SectionRedis, config.SectionPostgres)
	c.RunE = func(c *cobra.Command, args []string) error {
		if timeout < time.Second {
			return fmt.Errorf("--timeout is %v: it must be at least 1s", timeout)
		}
		file := "-"
		if len(args) > 2 {
			file = args[2]
		}
		text, err := readAll(c.InOrStdin(), file)
		if err != nil {
			return err
		}
		budgets, err := readBudgets(text)
		if err != nil {
			return err
		}
		d, notes, closeAll, err := desk(c.Context(), s)
		defer closeAll()
		if err != nil {
			return err
		}
		for _, note := range notes {
			fmt.Fprintln(c.ErrOrStderr(), "note:", note)
		}
		users := make([]string, len(budgets))
		for i := range budgets {
			users[i] = budgets[i].User
		}
		was, err := d.Budgets(c.Context(), args[0], args[1], users, topics.TimeOf(time.Now()))
		if err != nil {
			return fmt.Errorf("%s of org %s: %w", args[1], args[0], err)
		}
		if dryRun {
			return printBudgets(c.OutOrStdout(), was, budgets)
		}
		i := importing{settings: s, timeout: timeout, partition: topics.PartitionOf(args[0], d.Partitions)}
		return i.run(c.Context(), c.OutOrStdout(), args[0], topics.BudgetsImportedBody{SpendingAccount: args[1], Budgets: bodies(budgets)})
	}
	return needing(c, s, access.Apply)
}

// printBudgets shows whose budget would become another one. Both are of the same users.
func printBudgets(w io.Writer, was, will []inquiry.Budget) error {
	before, differ := map[string]money.Amount{}, 0
	for i := range was {
		before[was[i].User] = was[i].Amount
	}
	for i := range will {
		if b := &will[i]; before[b.User] != b.Amount {
			differ++
			fmt.Fprintf(w, "  ~ %s: %s → %s\n", b.User, before[b.User], b.Amount)
		}
	}
	fmt.Fprintf(w, "%d of %d budgets would change; every balance of these users that is open becomes what the file says\n", differ, len(will))
	if differ > 0 {
		return codeDiffers
	}
	return nil
}

func bodies(all []inquiry.Budget) []topics.BudgetBody {
	to := make([]topics.BudgetBody, len(all))
	for i := range all {
		to[i] = topics.BudgetBody{User: all[i].User, Amount: topics.Number(all[i].Amount.String())}
	}
	return to
}

// maxTold is how many mistakes of a file are told.
const maxTold = 20

// readBudgets reads user,amount lines. Every line that cannot be read is told by its number.
func readBudgets(text []byte) (all []inquiry.Budget, err error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	var wrong []error
	fail := func(line int, why string) { wrong = append(wrong, fmt.Errorf("line %d: %s", line, why)) }
	seen := map[string]int{}
	for len(wrong) < maxTold {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if bad := new(csv.ParseError); errors.As(err, &bad) {
			fail(bad.StartLine, bad.Err.Error())
			break // where the next line begins is not known
		} else if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		if len(fields) != 2 {
			fail(line, "expected user,amount, came "+strconv.Itoa(len(fields))+" fields")
			continue
		}
		user, digits := strings.TrimSpace(fields[0]), strings.TrimSpace(fields[1])
		if len(all)+len(wrong) == 0 && len(seen) == 0 && user == "user" && digits == "amount" {
			continue
		}
		amount, err := money.ParseAmount([]byte(digits))
		switch before := seen[user]; {
		case user == "":
			fail(line, "expected a user, came nothing")
		case before != 0:
			fail(line, fmt.Sprintf("%s is on line %d already", user, before))
		case err != nil:
			fail(line, fmt.Sprintf("expected an amount such as 25.00, came %q: %v", digits, err))
		default:
			all = append(all, inquiry.Budget{User: user, Amount: amount})
		}
		seen[user] = cmp.Or(seen[user], line)
	}
	switch {
	case len(wrong) > 0:
		return nil, fmt.Errorf("nothing is imported:\n%w", errors.Join(wrong...))
	case len(all) == 0:
		return nil, errors.New("nothing is imported: there is no budget in the file")
	case len(all) > topics.MaxLines:
		return nil, fmt.Errorf("nothing is imported: %d budgets, and one import sets at most %d: split the file", len(all), topics.MaxLines)
	}
	return all, nil
}

// importing is an import on its way.
type importing struct {
	settings  *config.Config
	timeout   time.Duration
	partition int32
}

// run sends one event, and tells what became of it.
func (i *importing) run(ctx context.Context, out io.Writer, org string, body topics.BudgetsImportedBody) error {
	opts, err := i.settings.KafkaOpts()
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(append(opts, kgo.RecordDeliveryTimeout(i.timeout))...)
	if err != nil {
		return fmt.Errorf("a Kafka client: %w", err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, i.timeout)
	defer cancel()
	written, err := json.Marshal(body)
	if err != nil {
		return err
	}
	ledger, reader := names(i.settings).Of(topics.Ledger), committed.NewReader(client)
	spans, err := reader.Spans(ctx, ledger)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(written)
	id := hex.EncodeToString(hash[:8]) + "/" + strconv.FormatInt(time.Now().UnixMicro(), 10)
	event := topics.NewEvent(names(i.settings).Of(topics.Account), org, importSource, id, topics.TypeBudgetsImported, 0, json.RawMessage(written))
	if err := client.ProduceSync(ctx, event).FirstErr(); err != nil {
		fmt.Fprintln(out, "it is not known whether the import was sent:", err)
		return codeUndecided
	}
	result, reason, err := i.await(ctx, reader, ledger, spans[ledger][i.partition].End, topics.IdentityOf(org, importSource, id))
	switch {
	case err != nil:
		fmt.Fprintln(out, "the import was sent, and nothing has decided it yet:", err)
		return codeUndecided
	case result != core.Applied:
		fmt.Fprintf(out, "the import was refused: %s; nothing has changed\n", reason)
		return codeRefused
	}
	fmt.Fprintf(out, "%d budgets are set\n", len(body.Budgets))
	return nil
}

// await reads the ledger for what became of an event.
func (i *importing) await(ctx context.Context, reader *committed.Reader, ledger string, next int64, id core.Identity) (result core.Result, reason string, err error) {
	for result == 0 {
		spans, err := reader.Spans(ctx, ledger)
		if err != nil {
			return 0, "", err
		}
		span := committed.Span{Start: next, End: spans[ledger][i.partition].End}
		err = reader.Read(ctx, ledger, i.partition, span, func(rec *kgo.Record) error {
			if topics.IsOwnership(rec) {
				return nil
			}
			mark, err := topics.ReadMark(topics.Header(rec, topics.HeaderMark))
			if err != nil || mark.Identity != id {
				return err
			}
			var body topics.LedgerEntryBody
			if err := json.Unmarshal(rec.Value, &body); err != nil {
				return fmt.Errorf("ledger entry %d: %w", mark.Entry, err)
			}
			result, reason = mark.Result, body.Reason
			return nil
		})
		if err != nil {
			return 0, "", err
		}
		if next = max(next, span.End); result != 0 {
			break
		}
		pause := time.NewTimer(lookAgain)
		select {
		case <-ctx.Done():
			pause.Stop()
			return 0, "", ctx.Err()
		case <-pause.C:
		}
	}
	return result, reason, nil
}

const lookAgain = 50 * time.Millisecond
