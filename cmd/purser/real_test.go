package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"purser/internal/testenv"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// TestOnRealServers is what the README tells to do on real servers, in its order.
func TestOnRealServers(t *testing.T) {
	kafka, redis, postgres := testenv.Kafka(t), testenv.Redis(t), testenv.Postgres(t)
	for name, value := range map[string]string{
		"PURSER_KAFKA_BROKERS": strings.Join(kafka.Brokers, ","), "PURSER_TOPIC_PREFIX": kafka.Prefix, "PURSER_GROUP": kafka.Prefix + "g",
		"PURSER_REDIS_ADDR": redis.Addr, "PURSER_POSTGRES_URL": postgres.URL, "PURSER_LOG_LEVEL": "error",
	} {
		t.Setenv(name, value)
	}
	if _, _, err := purser(t, "run"); err == nil || !strings.Contains(err.Error(), "purser migrate") {
		t.Errorf("run before migrate: %v", err)
	}
	must(t, "migrate")
	if _, _, err := purser(t, "run"); err == nil || !strings.Contains(err.Error(), "purser topics create") {
		t.Errorf("run before the topics are there: %v", err)
	}
	must(t, "topics", "create", "--partitions", "4", "--replication", "1")

	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() {
		c := root()
		c.SetArgs([]string{"run", "--http-listen", "127.0.0.1:0"})
		c.SetOut(&bytes.Buffer{})
		ran <- c.ExecuteContext(ctx)
	}()
	record := filepath.Join(t.TempDir(), "produced")
	must(t, "load", "--count", "5000", "--accounts", "200", "--orgs", "5", "--record", record)
	out := must(t, "verify", "--record", record)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if last := lines[len(lines)-1]; !regexp.MustCompile(`^verified: .* differences=0$`).MatchString(last) {
		t.Errorf("verify:\n%s", out)
	}
	debtor := regexp.MustCompile(`(?m)^ +(org-\S+) +(w-\S+) .* USD$`).FindStringSubmatch(out)
	if debtor == nil {
		t.Fatalf("verify names no debtor in USD:\n%s", out)
	}
	balance := must(t, "balance", debtor[1], debtor[2])
	history := eventually(t, "from checkpoint", "ledger", debtor[1], debtor[2], "--limit", "3")
	if !strings.Contains(balance, "as of offset") || !strings.Contains(history, "revenue:rebilling") {
		t.Errorf("balance:\n%s\nledger:\n%s", balance, history)
	}
	if same := must(t, "ledger", debtor[1], debtor[2], "--limit", "3", "--from", "kafka"); strings.Split(same, "\n")[0] == "" {
		t.Errorf("ledger from kafka:\n%s", same)
	}
	statements := map[string]string{}
	for _, from := range []string{"postgres", "kafka"} {
		out := must(t, "statement", debtor[1], debtor[2], "--ledger", from)
		statements[from] = regexp.MustCompile(`(?m)^From .*$`).ReplaceAllString(out, "")
		if !strings.Contains(out, "Opening balance          0.000000 USD") || !strings.Contains(out, "Closing balance          "+strings.Fields(balance)[0]) {
			t.Errorf("the statement from %s, of an account with\n%s:\n%s", from, balance, out)
		}
	}
	if statements["postgres"] != statements["kafka"] {
		t.Errorf("the statement from Postgres is\n%s\nand from Kafka\n%s", statements["postgres"], statements["kafka"])
	}
	if p := must(t, "partitions"); !strings.Contains(p, "Stable, 2 members") || strings.Contains(p, "nobody") {
		t.Errorf("partitions:\n%s", p)
	}
	began := time.Now()
	cancel()
	if err := <-ran; err != nil {
		t.Errorf("run ended with %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v to stop", took)
	}
	askTheBooks(t, postgres.URL, debtor[1], debtor[2])
	tamper(t, postgres.URL)
}

// askTheBooks compares the finance views with the balances, and what they say before the ledger is added up with what they say
// after it, to the digit.
func askTheBooks(t *testing.T, url, org, account string) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	ask := func(sql string, args ...any) (answer string) {
		t.Helper()
		if err := db.QueryRow(t.Context(), sql, args...).Scan(&answer); err != nil {
			t.Fatal(sql, err)
		}
		return answer
	}
	everything := func() (all []string) {
		for _, view := range []string{"finance_by_account", "finance_by_day", "finance_by_kind", "finance_revenue", "finance_complimentary"} {
			all = append(all, ask("SELECT md5(string_agg(v::text, E'\\n' ORDER BY v::text)) FROM "+view+" v"))
		}
		return all
	}
	before := everything()
	for _, batch := range []string{"7", "1000", "1000"} { // the second one goes on where the first stopped, the third finds nothing
		out := must(t, "rollup", "--batch", batch)
		if added := !strings.HasPrefix(out, "0 entries of 4 partitions"); added != (batch == "7") {
			t.Errorf("rollup --batch %s: %s", batch, out)
		}
	}
	if after := everything(); !slices.Equal(before, after) {
		t.Errorf("the views say %v before the ledger is added up, and %v after it", before, after)
	}
	const balance = "SELECT sum(amount)::text FROM finance_by_account WHERE org = $1 AND account = $2 AND day <= now() + interval '1 day'"
	if got := ask(balance, org, account); !strings.Contains(must(t, "balance", org, account), got+" USD ") {
		t.Errorf("the books say %s, and\n%s", got, must(t, "balance", org, account))
	}
	if got := ask("SELECT string_agg(DISTINCT total::text, ' ') FROM (SELECT sum(amount) AS total FROM finance_by_account GROUP BY org, currency) AS t"); got != "0.000000" {
		t.Errorf("currencies sum to %s", got)
	}
	if got := ask("SELECT sum(c.entry - a.entry)::text FROM checkpoint c JOIN finance_ahead a USING (partition)"); got != "0" {
		t.Errorf("%s entries are not added up", got)
	}
	if got := ask("SELECT string_agg(DISTINCT channel, ' ' ORDER BY channel) FROM finance_revenue"); !strings.Contains(got, "call") || !strings.Contains(got, "message") {
		t.Errorf("revenue came from %q", got)
	}
}

// tamper changes a ledger row in Postgres and a line of an export, each of which the chain has to show.
func tamper(t *testing.T, url string) {
	file := filepath.Join(t.TempDir(), "ledger.jsonl")
	must(t, "export", "-o", file)
	for _, from := range []string{"postgres", "kafka"} {
		if out := must(t, "export", "--from", from); strings.Count(out, "\n") < 5000 {
			t.Errorf("%d entries are exported from %s", strings.Count(out, "\n"), from)
		}
	}
	for _, args := range [][]string{{"verify", "--chain"}, {"verify", "--chain", "--export", file}} {
		if out := must(t, args...); !strings.Contains(out, "differences=0") || !strings.Contains(out, "partition 3: entries 1 to ") {
			t.Errorf("purser %s:\n%s", strings.Join(args, " "), out)
		}
	}
	lines, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(lines, []byte("usage.recorded"), []byte("usage.reworded"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	if _, err := db.Exec(t.Context(), "UPDATE ledger SET body = body || ' '::bytea WHERE partition = 2 AND entry = 7"); err != nil {
		t.Fatal(err)
	}
	for says, args := range map[string][]string{
		"partition 2, entry 7: its link": {"verify", "--chain"}, "partition 0, entry ": {"verify", "--chain", "--export", file},
	} {
		out, _, err := purser(t, args...)
		var code exitCode
		if !errors.As(err, &code) || code != 1 || !strings.Contains(out, says) || !strings.Contains(out, "differences=1\n") {
			t.Errorf("purser %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
