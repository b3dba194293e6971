package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/embedded"
	"purser/internal/statement"
	"purser/internal/timezone"
	"purser/topics"
)

// purser runs a command as main does, and returns what it printed.
func purser(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, complaints bytes.Buffer
	c := root()
	c.SetArgs(args)
	c.SetOut(&out)
	c.SetErr(&complaints)
	err = c.ExecuteContext(t.Context())
	return out.String(), complaints.String(), err
}

func must(t *testing.T, args ...string) string {
	t.Helper()
	out, complaints, err := purser(t, args...)
	if err != nil {
		t.Fatalf("purser %s: %v\n%s%s", strings.Join(args, " "), err, out, complaints)
	}
	return out
}

// TestEveryCommandHelps: each says what it is for, takes a stray argument for a mistake, and explains each of its flags.
func TestEveryCommandHelps(t *testing.T) {
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Short == "" {
			t.Errorf("%s does not say what it is for", c.CommandPath())
		}
		if c.Runnable() && c.Args == nil && !strings.Contains(c.Use, "…") {
			t.Errorf("%s does not say what arguments it takes", c.CommandPath())
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s: --%s is not explained", c.CommandPath(), f.Name)
			}
		})
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root())
}

func TestConfigIsPrintedRedacted(t *testing.T) {
	t.Setenv("PURSER_REDIS_PASSWORD", "hunter2")
	t.Setenv("PURSER_WORKERS", "3")
	for _, args := range [][]string{{"config"}, {"config", "--explain"}} {
		if out := must(t, args...); strings.Contains(out, "hunter2") || !strings.Contains(out, "workers") {
			t.Errorf("%v prints:\n%s", args, out)
		}
	}
	if out := must(t, "config"); !regexp.MustCompile(`(?m)^workers: 3 +# PURSER_WORKERS$`).MatchString(out) {
		t.Errorf("workers is not shown with its source:\n%s", out)
	}
}

// TestVersionNamesTheTimeZones: which release of them a process has is what two processes have to agree on.
func TestVersionNamesTheTimeZones(t *testing.T) {
	if out := must(t, "version"); !strings.Contains(out, "time zones "+timezone.Version) {
		t.Error(out)
	}
}

// TestDemo is the README's first command on fewer events: everything is accounted for, and nothing is left behind.
func TestDemo(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	out := must(t, "demo", "--count", "4000", "--accounts", "300", "--orgs", "10")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	verified := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !strings.HasPrefix(line, "verified: ") })
	first := regexp.MustCompile(`^verified: produced=\d+ applied=[1-9]\d* duplicate=[1-9]\d* dead_lettered=[1-9]\d* waiting=\d+ differences=0$`)
	if len(verified) != 1+len(stories) || !first.MatchString(verified[0]) || verified[len(verified)-1] != lines[len(lines)-1] {
		t.Errorf("what is verified: %q; it ends with %q", verified, lines[len(lines)-1])
	}
	for _, line := range verified {
		if !strings.HasSuffix(line, " differences=0") {
			t.Error(line)
		}
	}
	for _, part := range []string{"alerts:", "dead letters:", "the largest debtors in USD:", "too_large"} {
		if !strings.Contains(out, part) {
			t.Errorf("the summary lacks %q:\n%s", part, out)
		}
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("it left %v behind", left)
	}
}

// statementFromTheOutside asks purser dev for a statement: the payment, the usage, and what is left.
func statementFromTheOutside(t *testing.T) {
	t.Helper()
	out := must(t, "statement", "acme", "alice", "--ledger", "kafka")
	for _, part := range []string{"Statement of alice, wallet of org acme, in USD", "days of UTC", "usage, message: 100", "100.000000", "Closing balance          50.000000 USD (purchased 50.000000, complimentary 0.000000)"} {
		if !strings.Contains(out, part) {
			t.Errorf("the statement lacks %q:\n%s", part, out)
		}
	}
	var made statement.Statement
	if err := json.Unmarshal([]byte(must(t, "statement", "acme", "alice", "--ledger", "kafka", "--json")), &made); err != nil || len(made.Lines) != 2 || made.Closing.Balance != "50.000000" || made.Lines[1].Amount != "-50.000000" {
		t.Errorf("as JSON: %+v, %v", made, err)
	}
	empty := must(t, "statement", "acme", "alice", "--ledger", "kafka", "--to", "2020-12-31", "--from", "2020-12-31")
	if !strings.Contains(empty, "nothing was posted") || !strings.Contains(empty, "Closing balance          0.000000 USD") {
		t.Errorf("a day before everything:\n%s", empty)
	}
	if _, _, err := purser(t, "statement", "acme", "bob", "--ledger", "kafka"); err == nil || err.Error() != "there is no such account as bob of org acme" {
		t.Errorf("an account that is not there: %v", err)
	}
	if _, _, err := purser(t, "statement", "acme", "alice"); err == nil || !strings.Contains(err.Error(), "postgres-url") {
		t.Errorf("without Postgres: %v", err)
	}
}

var offsets = regexp.MustCompile(`as of offset \d+ of`)

// TestTheStoriesAreTheSameEachTime: every moment of one is over before the next one, so that it comes out to the digit.
func TestTheStoriesAreTheSameEachTime(t *testing.T) {
	out := must(t, "demo", "--count", "500", "--accounts", "100", "--orgs", "5")
	_, told, _ := strings.Cut(out, "\nverified: ")
	_, told, _ = strings.Cut(told, "\n")
	told = offsets.ReplaceAllString(told, "as of offset N of")
	golden := filepath.Join("testdata", "stories.txt")
	if *rewrite {
		if err := os.WriteFile(golden, []byte(told), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if told != string(want) {
		t.Errorf("it tells (go test ./cmd/purser -run Stories -rewrite):\n%s", told)
	}
}

// guarded is a buffer that is written to while it is read.
type guarded struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (g *guarded) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.b.Write(p)
}

func (g *guarded) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.b.String()
}

var exports = regexp.MustCompile(`(?m)^export PURSER_KAFKA_BROKERS=(\S+) PURSER_REDIS_ADDR=(\S+) PURSER_POSTGRES_URL= PURSER_MAX_TICK_AHEAD=0s$`)

// startDev runs purser dev until the returned function is called, and sets the environment that it prints.
func startDev(t *testing.T, dir string, flags ...string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, done := new(guarded), make(chan error, 1)
	c := root()
	c.SetArgs(append([]string{"dev", "--data", dir, "--kafka-port", "0", "--redis-port", "0", "--http-listen", "127.0.0.1:0", "--partitions", "2", "--log-level", "error"}, flags...))
	c.SetOut(out)
	go func() { done <- c.ExecuteContext(ctx) }()
	var m []string
	for deadline := time.Now().Add(30 * time.Second); m == nil; time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-done:
			t.Fatalf("purser dev ended: %v\n%s", err, out)
		default:
		}
		if m = exports.FindStringSubmatch(out.String()); m == nil && time.Now().After(deadline) {
			t.Fatalf("purser dev does not tell how to go on:\n%s", out)
		}
	}
	t.Setenv("PURSER_KAFKA_BROKERS", m[1])
	t.Setenv("PURSER_REDIS_ADDR", m[2])
	t.Setenv("PURSER_POSTGRES_URL", "")
	t.Setenv("PURSER_MAX_TICK_AHEAD", "0s")
	return func() {
		t.Helper()
		began := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("purser dev ended with %v", err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it took %v to stop", took)
		}
	}
}

func produce(t *testing.T, topic, id, kind string, body any) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(os.Getenv("PURSER_KAFKA_BROKERS")))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.ProduceSync(t.Context(), topics.NewEvent(topic, "acme", "test", id, kind, 0, body)).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// eventually runs a command until it prints something.
func eventually(t *testing.T, what string, args ...string) string {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		out, complaints, err := purser(t, args...)
		if err == nil && strings.Contains(out, what) {
			return out
		}
		if time.Now().After(deadline) {
			t.Fatalf("purser %s never printed %q: %v\n%s%s", strings.Join(args, " "), what, err, out, complaints)
		}
	}
}

// TestDevFromTheOutside is what a user does with purser dev: define, pay, use, ask, repair a dead letter, let time pass, stop
// and start again.
func TestDevFromTheOutside(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	stop := startDev(t, dir)
	produce(t, topics.Account, "1", topics.TypeOrgDefined, topics.OrgDefinedBody{Currency: "USD", Multipliers: map[string]topics.Number{"message": "5"}})
	produce(t, topics.Account, "2", topics.TypeAccountDefined, topics.AccountDefinedBody{Account: "alice", Kind: "wallet", LowBalance: "60"})
	eventually(t, "0.000000 USD", "balance", "acme", "alice")
	produce(t, topics.PaymentResult, "3", topics.TypePaymentReceived, topics.PaymentReceivedBody{Account: "alice", Payment: "p", Amount: "100", Currency: "USD"})
	eventually(t, "100.000000 USD", "balance", "acme", "alice")
	produce(t, topics.Usage, "4", topics.TypeUsageRecorded, topics.UsageRecordedBody{Account: "alice", Channel: "message", Quantity: "100", UnitCost: "0.10", Currency: "USD"})
	out := eventually(t, "50.000000 USD", "balance", "acme", "alice", "--json=false")
	if !strings.Contains(out, "as of offset") || !strings.Contains(out, "from redis") {
		t.Errorf("the balance does not say as of when it is:\n%s", out)
	}
	var balance struct{ Balance, Purchased, Store string }
	if err := json.Unmarshal([]byte(must(t, "balance", "acme", "alice", "--json")), &balance); err != nil || balance.Balance != "50.000000" || balance.Store != "redis" {
		t.Errorf("as JSON: %+v, %v", balance, err)
	}
	history := must(t, "ledger", "acme", "alice", "--from", "kafka")
	for _, part := range []string{"payment.received", "usage.recorded", "revenue:rebilling", "-50.000000", "2 entries"} {
		if !strings.Contains(history, part) {
			t.Errorf("the history lacks %q:\n%s", part, history)
		}
	}
	statementFromTheOutside(t)
	if out := must(t, "balance", "acme", "expense:provider", "--currency", "USD"); !strings.HasPrefix(out, "-10.000000 USD") {
		t.Errorf("a system account: %s", out)
	}
	repairDeadLetter(t)
	letTimePass(t)
	resumeNothing(t)
	if out := must(t, "topics", "check"); !strings.Contains(out, "2 partitions") {
		t.Errorf("topics check: %s", out)
	}
	if out := must(t, "topics", "settings"); !strings.Contains(out, "cleanup.policy=compact") || strings.Contains(out, "must be") {
		t.Errorf("topics settings: %s", out)
	}
	if out, complaints, err := purser(t, "verify"); err != nil || !strings.Contains(out, "differences=0") {
		t.Errorf("verify: %v\n%s%s", err, out, complaints)
	}
	stop()

	stop = startDev(t, dir)
	eventually(t, "USD", "balance", "acme", "alice")
	stop()
}

// printed are the lines of purser dev that produce an event: its body, topic and type.
var printed = regexp.MustCompile(`(?m)^echo 'acme\|(.+)' \| kcat -P -b \S+ -t (\S+) .*\n +-H ce_specversion=1.0 -H ce_type=(\S+) `)

// TestDevPays does what purser dev prints about recharges; then the gateway is a process of its own, and goes on where the other
// stopped.
func TestDevPays(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	stop := startDev(t, dir)
	var lines bytes.Buffer
	printHowTo(&lines, &embedded.Environment{Brokers: []string{"127.0.0.1:19092"}, Redis: "127.0.0.1:16379"}, "", true)
	for i, m := range printed.FindAllStringSubmatch(lines.String(), -1) {
		if body := m[1]; m[3] == topics.TypeOrgDefined || strings.Contains(body, "payment_method") {
			produce(t, m[2], strconv.Itoa(i), m[3], json.RawMessage(body))
		}
	}
	eventually(t, "50.000000 USD", "balance", "acme", "bob")
	eventually(t, "USD", "balance", "acme", "carol")
	ticks := regexp.MustCompile(`(?m)^purser (tick --until (\S+))$`).FindAllStringSubmatch(lines.String(), -1)
	if len(ticks) != 2 {
		t.Fatalf("it prints %d ticks", len(ticks))
	}
	at, err := time.Parse(time.RFC3339, ticks[0][2])
	for ticked := 0; !strings.HasPrefix(must(t, "balance", "acme", "carol"), "50.000000 USD"); ticked++ { // a decline may come after the tick
		if err != nil || ticked > 50 {
			t.Fatalf("carol's card is never tried again: %v", err)
		}
		must(t, "tick", "--until", at.AddDate(0, 0, 2*ticked).Format(time.RFC3339))
	}
	stop()

	stop = startDev(t, dir, "--gateway=false")
	produce(t, topics.Account, "dave", topics.TypeAccountDefined, topics.AccountDefinedBody{Account: "dave", Kind: "wallet",
		Recharge: &topics.RechargePolicy{WhenBalanceLowerThan: "20", Amount: "50", PaymentMethod: "pm_success"}})
	eventually(t, "0.000000 USD", "balance", "acme", "dave")
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() {
		c := root()
		c.SetArgs([]string{"gateway", "--log-level", "error", "--http-listen", "127.0.0.1:0"})
		ran <- c.ExecuteContext(ctx)
	}()
	eventually(t, "50.000000 USD", "balance", "acme", "dave")
	cancel()
	if err := <-ran; err != nil {
		t.Errorf("purser gateway ended: %v", err)
	}
	if out, complaints, err := purser(t, "verify"); err != nil || !strings.Contains(out, "differences=0") {
		t.Errorf("verify: %v\n%s%s", err, out, complaints)
	}
	stop()
}

// letTimePass goes 92 days ahead, in steps; then nothing is left to do, and without the engine's setting it is refused.
func letTimePass(t *testing.T) {
	t.Helper()
	until := time.Now().UTC().Add(92 * 24 * time.Hour)
	args := []string{"tick", "--until", until.Format(time.RFC3339), "--every", "240h"}
	eventually(t, time.Now().UTC().Format("2006-01"), "partitions") // each has heard of a tick: the steps are counted from there
	out := must(t, args...)
	for _, part := range []string{"the one that is farthest behind has run what was due up to ", "10 ticks from ", "step 10 of 10, to " + until.Format(time.RFC3339) + ": 2 of 2 partitions are through\n"} {
		if !strings.Contains(out, part) {
			t.Errorf("it does not say %q:\n%s", part, out)
		}
	}
	if out := must(t, "partitions"); strings.Count(out, until.Format("2006-01-02")) != 2 {
		t.Errorf("not every partition is there:\n%s", out)
	}
	if out := must(t, args...); !strings.Contains(out, "nothing to do: all 2 partitions are past") {
		t.Errorf("a second time: %s", out)
	}
	if _, _, err := purser(t, append(args, "--max-tick-ahead", "5m")...); err == nil || !strings.Contains(err.Error(), "ahead of this machine's clock, and engines refuse more than 5m0s") {
		t.Errorf("what engines would refuse: %v", err)
	}
}

// resumeNothing asks for the partitions as JSON, and resumes where nothing is set aside.
func resumeNothing(t *testing.T) {
	t.Helper()
	var all struct {
		Partitions []struct {
			State  string
			Lag    *int64
			Ledger *int64 `json:"checkpoint_ledger_lag"`
		}
	}
	if err := json.Unmarshal([]byte(must(t, "partitions", "--json")), &all); err != nil || len(all.Partitions) != 2 {
		t.Fatalf("partitions as JSON: %+v, %v", all, err)
	}
	if p := all.Partitions[1]; p.State != "owned" || p.Lag == nil || p.Ledger != nil {
		t.Errorf("a partition as JSON: %+v", p)
	}
	if out := must(t, "partitions", "resume", "0", "1"); strings.Count(out, "is not set aside: nothing was done (its state: owned)") != 2 {
		t.Errorf("partitions resume: %s", out)
	}
	if _, _, err := purser(t, "partitions", "resume", "2"); err == nil || !strings.Contains(err.Error(), "numbered from 0 to 1") {
		t.Errorf("resuming what is not there: %v", err)
	}
}

// repairDeadLetter produces usage of a channel without a price, prices it, and replays what was refused.
func repairDeadLetter(t *testing.T) {
	t.Helper()
	produce(t, topics.Usage, "5", topics.TypeUsageRecorded, topics.UsageRecordedBody{Account: "alice", Channel: "fax", Cost: "1", Currency: "USD"})
	line := eventually(t, "unknown_channel", "dlq", "list")
	place, _, _ := strings.Cut(line, " ")
	if out := must(t, "dlq", "show", place); !strings.Contains(out, `"channel":"fax"`) {
		t.Errorf("dlq show: %s", out)
	}
	if out := must(t, "dlq", "list", "--count"); !strings.Contains(out, "1 unknown_channel") {
		t.Errorf("dlq list --count: %s", out)
	}
	produce(t, topics.Account, "6", topics.TypeOrgDefined, topics.OrgDefinedBody{Currency: "USD", Multipliers: map[string]topics.Number{"message": "5", "fax": "2"}})
	// What comes after the price on the same topic has been decided: so has the price.
	produce(t, topics.Account, "7", topics.TypeAccountDefined, topics.AccountDefinedBody{Account: "bob", Kind: "wallet"})
	eventually(t, "0.000000 USD", "balance", "acme", "bob")
	if out := must(t, "dlq", "replay", "--reason", "unknown_channel", "--dry-run"); !strings.Contains(out, "1 dead letters would be replayed") {
		t.Errorf("dlq replay --dry-run: %s", out)
	}
	for range 2 { // the second one changes nothing
		must(t, "dlq", "replay", place)
	}
	eventually(t, "48.000000 USD", "balance", "acme", "alice")
}

func TestMistakesAreOneSentence(t *testing.T) {
	t.Setenv("PURSER_KAFKA_BROKERS", "127.0.0.1:1")
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{"run", "--duplicate-window", "1h"}, "duplicate-window"},
		{[]string{"run", "--postgres-url", ""}, "PURSER_POSTGRES_URL"},
		{[]string{"dlq", "replay"}, "nothing is chosen"},
		{[]string{"dlq", "replay", "0/1", "--all"}, "not both"},
		{[]string{"dlq", "show", "x"}, "partition/offset"},
		{[]string{"dlq", "list", "--since", "yesterday"}, "--since"},
		{[]string{"balance", "acme", "world:provider"}, "--currency"},
		{[]string{"balance", "acme", "w", "--currency", "USD"}, "leave --currency out"},
		{[]string{"ledger", "acme", "w", "--from", "nowhere"}, "postgres or kafka"},
		{[]string{"statement", "acme", "w", "--ledger", "nowhere"}, "postgres or kafka"},
		{[]string{"statement", "acme", "w", "--from", "2026-03-02", "--to", "2026-03-01"}, "--from 2026-03-02 is after --to 2026-03-01"},
		{[]string{"statement", "acme", "w", "--from", "March"}, `--from: it is "March": it must be a day such as 2026-03-01`},
		{[]string{"statement", "acme", "w", "--to", "2026-02-30"}, "--to: it is"},
		{[]string{"statement", "acme", "world:provider"}, "give --currency"},
		{[]string{"tick", "--until", "tomorrow"}, "--until"},
		{[]string{"tick", "--until", "2999-01-01T00:00:00Z"}, "max-tick-ahead"},
		{[]string{"apply"}, "give a file with -f"},
		{[]string{"apply", "-f", "/nowhere.yaml"}, "/nowhere.yaml"},
		{[]string{"get", "plane"}, "there are org, fx-rate, plan, customer-settings, account"},
		{[]string{"get", "-o", "xml"}, "text, json or yaml"},
		{[]string{"describe", "account", "acme"}, "describe account ORG ACCOUNT"},
		{[]string{"describe", "org", "acme", "x"}, "describe org ORG"},
		{[]string{"rollup", "--batch", "0", "--postgres-url", "postgres://127.0.0.1:1/x"}, "--batch"},
		{[]string{"dev", "--partitions", "0"}, "--partitions"},
		{[]string{"gateway", "--gateway-rate", "-1"}, "gateway-rate"},
		{[]string{"simulate", "/nowhere.scenario"}, "/nowhere.scenario"},
		{[]string{"topics", "create", "stray"}, "stray"},
		{[]string{"partitions", "resume"}, "at least 1 arg"},
		{[]string{"partitions", "resume", "1", "two"}, `"two" is no partition`},
		{[]string{"partitions", "resume", "-1"}, "-1"},
	} {
		_, _, err := purser(t, test.args...)
		if err == nil || !strings.Contains(err.Error(), test.says) || strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("%v: %v, want one line that says %q", test.args, err, test.says)
		}
	}
}

// TestSimulateAnswersWithItsCode: one where something does not come out as expected.
func TestSimulateAnswersWithItsCode(t *testing.T) {
	files, err := filepath.Glob("../../processors/scenarios/*/*")
	if err != nil || len(files) == 0 {
		files, err = filepath.Glob("../../processors/scenarios/*")
	}
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no scenario files: %v", err)
	}
	must(t, "simulate", files[0])
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(t.TempDir(), filepath.Base(files[0]))
	if err := os.WriteFile(wrong, regexp.MustCompile(`\d+\.\d+`).ReplaceAll(text, []byte("987.65")), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err = purser(t, "simulate", wrong)
	if code := exitCode(0); !errors.As(err, &code) || code != 1 {
		t.Errorf("it ended with %v, want code 1", err)
	}
}
