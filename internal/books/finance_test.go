package books_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"purser/internal/books"
	"purser/internal/testenv"
	"purser/processors/core"
	"purser/state"
	"purser/state/postgres"
)

// ledger is one that is small enough to be added up by hand.
type ledger struct {
	t     testing.TB
	store *postgres.Checkpoint
	db    *pgx.Conn
	at    map[int32]state.Position
}

func newLedger(t testing.TB) *ledger {
	url := testenv.Postgres(t).URL
	c, err := postgres.Open(t.Context(), postgres.Config{URL: url, MaxConns: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if _, err := c.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	return &ledger{t: t, store: c, db: db, at: map[int32]state.Position{}}
}

// entry saves one ledger entry of an org, posted at noon of a day.
func (b *ledger) entry(partition int32, org, date, body string) {
	b.t.Helper()
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		b.t.Fatal(err)
	}
	from := b.at[partition]
	to := from
	to.Changelog, to.Ledger, to.Entry, to.Txn = to.Changelog+1, to.Ledger+2, to.Entry+1, to.Txn+1
	row := state.LedgerRow{Entry: to.Entry, Offset: to.Ledger, RecordedAt: core.Time(at.Add(12 * time.Hour).UnixMicro()), Org: org, Body: []byte(body), Mark: []byte{1}}
	if err := b.store.Save(b.t.Context(), &state.Save{Partition: partition, From: from, To: to, Rows: []state.LedgerRow{row}}); err != nil {
		b.t.Fatal(err)
	}
	b.at[partition] = to
}

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// posted is an entry's body. Postings are "from>to amount bucket grant"; one in another currency names it last.
func posted(kind, result, occurred, currency, price string, postings ...string) string {
	var all []string
	for _, p := range postings {
		f := append(strings.Fields(p), "", "", "")
		from, to, _ := strings.Cut(f[0], ">")
		one := fmt.Sprintf(`{"from":%q,"to":%q,"amount":"%s"`, from, to, f[1])
		for i, name := range []string{"bucket", "grant", "currency"} {
			if v := f[2+i]; v != "" && v != "-" {
				one += fmt.Sprintf(`,%q:%q`, name, v)
			}
		}
		all = append(all, one+"}")
	}
	list := ""
	if len(all) > 0 {
		list = `,"postings":[` + strings.Join(all, ",") + "]"
	}
	if price != "" {
		price = `,"price":` + price
	}
	return fmt.Sprintf(`{"entry":1,"org":"o","type":%q,"source":"s","id":"i","result":%s,"occurred_at":"%sT23:30:00Z","recorded_at":"%sT23:30:00Z","currency":%q%s%s}`,
		kind, result, occurred, occurred, currency, list, price)
}

const applied = `"applied"`

// write makes the ledger of two orgs on two partitions over three months.
func (b *ledger) write() {
	usage := func(channel string) string {
		return `{"basis":"location","multiplier":"5","channel":"` + channel + `"}`
	}
	b.entry(1, "acme", "2026-01-31", posted("credits.granted", applied, "2026-01-31", "USD", "", "world:complimentary>w 20.000000 complimentary g1"))
	b.entry(1, "acme", "2026-01-31", posted("payment.received", applied, "2026-01-31", "USD", "", "world:payments>w 100.000000"))
	// R3.6: 50 are charged, 20 of them are paid by credits; the cost was 10. It happened the day before it was posted.
	b.entry(1, "acme", "2026-02-01", posted("usage.recorded", applied, "2026-01-31", "USD", usage("message"),
		"agency>world:provider 10.000000", "w>world:complimentary 20.000000 complimentary g1", "w>revenue:rebilling 30.000000"))
	b.entry(1, "acme", "2026-02-02", posted("usage.recorded", applied, "2026-02-02", "USD", usage("call"), "agency>world:provider 1.000000", "w>revenue:rebilling 5.000001"))
	b.entry(1, "acme", "2026-02-02", posted("usage.recorded", applied, "2026-02-02", "USD", usage("call"), "agency>world:provider 1.000000", "w>revenue:rebilling 5.000000"))
	b.entry(1, "acme", "2026-02-03", posted("usage.recorded", `"refused","reason":"unknown_channel"`, "2026-02-03", "", ""))
	b.entry(1, "acme", "2026-02-28", posted("credits.granted", applied, "2026-02-28", "USD", "", "world:complimentary>w 7.000000 complimentary g2"))
	b.entry(1, "acme", "2026-03-01", posted("due.grant_expired", applied, "2026-03-01", "USD", "", "w>world:complimentary 7.000000 complimentary g2"))
	// An entry of the first releases, which did not write the channel, in two currencies.
	b.entry(1, "acme", "2026-03-02", posted("usage.recorded", applied, "2026-03-02", "EUR", `{"basis":"org","multiplier":"2","rate":"0.9"}`,
		"agency>world:provider 1.000000 - - USD", "v>world:fx 1.800000", "world:fx>revenue:rebilling 2.000000 - - USD"))
	// Credits of every month, usage that is corrected and then voided, and a removal (R3.7, R3.8, R3.9).
	b.entry(3, "crea", "2026-02-01", posted("due.credits_given", applied, "2026-02-01", "USD", "", "world:complimentary>w 9.000000 complimentary m2"))
	b.entry(3, "crea", "2026-02-02", posted("usage.recorded", applied, "2026-02-02", "USD", usage("email"), "w>world:complimentary 4.000000 complimentary m2"))
	b.entry(3, "crea", "2026-02-03", posted("usage.corrected", applied, "2026-02-02", "USD", usage("email"), "world:complimentary>w 1.000000 complimentary m2"))
	b.entry(3, "crea", "2026-02-04", posted("usage.voided", applied, "2026-02-02", "USD", usage("email"), "world:complimentary>w 3.000000 complimentary m2"))
	b.entry(3, "crea", "2026-02-05", posted("credits.removed", applied, "2026-02-05", "USD", "", "w>world:removed 2.000000 complimentary m2"))
	b.entry(2, "blau", "2026-02-02", posted("payment.received", applied, "2026-02-02", "USD", "", "world:payments>w 1.000000"))
}

// rows are the rows of a query of one column.
func (b *ledger) rows(sql string, args ...any) []string {
	b.t.Helper()
	rows, err := b.db.Query(b.t.Context(), sql, args...)
	if err != nil {
		b.t.Fatal(sql, err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		b.t.Fatal(sql, err)
	}
	return lines
}

// expect compares the rows of a query, each as one line; a dash stands for nothing.
func (b *ledger) expect(what, sql string, want ...string) {
	b.t.Helper()
	got := b.rows("SELECT (SELECT string_agg(coalesce(nullif(value, ''), '-'), ' ') FROM json_each_text(row_to_json(q))) FROM (" + sql + ") AS q")
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		b.t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// questions asks what docs/finance.md answers; the answers were added up by hand.
func (b *ledger) questions() {
	b.t.Helper()
	b.expect("a balance as of a date", `
		SELECT sum(amount) FROM finance_by_account WHERE org = 'acme' AND account = 'w' AND currency = 'USD' AND day <= '2026-02-01'`, "70.000000")
	b.expect("balances as of a date", `
		SELECT account, currency, sum(amount) FROM finance_by_account WHERE org = 'acme' AND day <= '2026-03-02' GROUP BY account, currency ORDER BY 1, 2`,
		"agency USD -13.000000", "revenue:rebilling USD 42.000001", "v EUR -1.800000", "w USD 59.999999", "world:complimentary USD 0.000000", // -20 + 20 - 7 + 7
		"world:fx EUR 1.800000", "world:fx USD -2.000000", "world:payments USD -100.000000", "world:provider USD 13.000000")
	b.expect("a statement by day", `SELECT day, received, given, balance FROM finance_by_day WHERE org = 'acme' AND account = 'w' ORDER BY day`,
		"2026-01-31 120.000000 - 120.000000", "2026-02-01 - 50.000000 70.000000", "2026-02-02 - 10.000001 59.999999", "2026-02-28 7.000000 - 66.999999", "2026-03-01 - 7.000000 59.999999")
	b.expect("revenue by channel and month", `SELECT month, channel, currency, amount FROM finance_revenue WHERE org = 'acme' ORDER BY 1, 2`,
		"2026-02-01 call USD 10.000001", "2026-02-01 message USD 30.000000", "2026-03-01 - USD 2.000000")
	b.expect("revenue by the month in which it happened", `
		SELECT date_trunc('month', occurred_on)::date, sum(amount) FROM finance_by_account WHERE org = 'acme' AND account LIKE 'revenue:%' GROUP BY 1 ORDER BY 1`,
		"2026-01-01 30.000000", "2026-02-01 10.000001", "2026-03-01 2.000000")
	b.expect("complimentary credits", `SELECT month, channel, granted, used, expired FROM finance_complimentary WHERE org = 'acme' ORDER BY 1, 2`,
		"2026-01-01 - 20.000000 0 0", "2026-02-01 - 7.000000 0 0", "2026-02-01 message 0 20.000000 0", "2026-03-01 - 0 0 7.000000")
	b.expect("complimentary credits that were given back and taken away", `SELECT channel, granted, used, expired, removed FROM finance_complimentary WHERE org = 'crea' ORDER BY 1`,
		"- 9.000000 0 0 2.000000", "email 0 0.000000 0 0")
	b.expect("what became of usage", `SELECT type, channel, result, reason, sum(entries) FROM finance_by_kind WHERE org = 'acme' AND type = 'usage.recorded' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3`,
		"usage.recorded - applied - 1", "usage.recorded - refused unknown_channel 1", "usage.recorded call applied - 2", "usage.recorded message applied - 1")
	b.expect("what a wallet paid for", `
		SELECT counter_account, channel, bucket, amount, movements FROM finance_by_account WHERE org = 'acme' AND account = 'w' AND type = 'usage.recorded' ORDER BY 1, 2`,
		"revenue:rebilling call - -10.000001 2", "revenue:rebilling message - -30.000000 1", "world:complimentary message complimentary -20.000000 1")
	b.expect("single postings", `SELECT entry, from_account, to_account, amount, currency, bucket, grant_id FROM finance_posting WHERE org = 'acme' AND day = '2026-02-01' ORDER BY amount`,
		"3 agency world:provider 10.000000 USD - -", "3 w world:complimentary 20.000000 USD complimentary g1", "3 w revenue:rebilling 30.000000 USD - -")
	b.expect("another org", `SELECT org, account, amount FROM finance_by_account WHERE org = 'blau' ORDER BY 2`, "blau w 1.000000", "blau world:payments -1.000000")
	b.expect("every currency sums to zero", `SELECT currency, sum(amount) FROM finance_by_account GROUP BY 1 ORDER BY 1`, "EUR 0.000000", "USD 0.000000")
}

// TestTheBooks asks the usual questions when nothing has been added up, when some has, and when all has: the answers are the same.
func TestTheBooks(t *testing.T) {
	b := newLedger(t)
	b.write()
	b.questions()
	for _, step := range []struct{ limit, added int }{{2, 2}, {3, 3}, {100, 4}, {100, 0}} {
		added, err := b.store.RollUp(t.Context(), 1, step.limit, books.Add)
		if err != nil || added != step.added {
			t.Fatalf("%d were added, %v, want %d", added, err, step.added)
		}
		b.questions()
	}
	for _, p := range []int32{2, 3} {
		if _, err := b.store.RollUp(t.Context(), p, 100, books.Add); err != nil {
			t.Fatal(err)
		}
	}
	b.questions()
	b.expect("nothing is left", "SELECT c.partition FROM checkpoint c JOIN finance_ahead a USING (partition) WHERE c.entry <> a.entry")
	// What comes now is in the answers before it is added up.
	b.entry(1, "acme", "2026-03-03", posted("payment.received", applied, "2026-03-03", "USD", "", "world:payments>w 5.000000"))
	b.expect("the tail", "SELECT day, balance FROM finance_by_day WHERE org = 'acme' AND account = 'w' AND day >= '2026-03-03'", "2026-03-03 64.999999")
	// A partition that is forgotten, to be rebuilt from Kafka, leaves no sums behind.
	if err := b.store.Reset(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	b.expect("after a reset", "SELECT org, account, amount FROM finance_by_account WHERE org <> 'crea' ORDER BY 2", "blau w 1.000000", "blau world:payments -1.000000")
}

// TestSeveralAddUpAtOnce: each entry is added once.
func TestSeveralAddUpAtOnce(t *testing.T) {
	b := newLedger(t)
	const n = 60
	for range n {
		b.entry(1, "acme", "2026-02-02", posted("payment.received", applied, "2026-02-02", "USD", "", "world:payments>w 1.000000"))
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for {
				added, err := b.store.RollUp(t.Context(), 1, 7, books.Add)
				if err != nil {
					t.Error(err)
				}
				if added == 0 {
					return
				}
			}
		})
	}
	group.Wait()
	b.expect("the sum", "SELECT amount, movements FROM finance_moved WHERE account = 'w'", "60.000000 60")
	b.expect("the entries", "SELECT entries FROM finance_counted", "60")
}

// TestTheBooksAreFoundByIndex: no question about one account, one org or a day reads a whole table, and what is not added up yet is
// found by the ledger's key.
func TestTheBooksAreFoundByIndex(t *testing.T) {
	b := newLedger(t)
	b.write()
	for _, p := range []int32{1, 2, 3} {
		if _, err := b.store.RollUp(t.Context(), p, 100, books.Add); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.db.Exec(t.Context(), "SET enable_seqscan = off"); err != nil { // the tables are tiny; checkpoint has a row for each partition
		t.Fatal(err)
	}
	for sql, index := range map[string]string{
		"SELECT sum(amount) FROM finance_by_account WHERE org = 'acme' AND account = 'w' AND currency = 'USD' AND day <= '2026-02-01'": "finance_moved_pkey",
		"SELECT * FROM finance_by_day WHERE org = 'acme' AND account = 'w'":                                                            "finance_moved_pkey",
		"SELECT sum(amount) FROM finance_by_account WHERE day = '2026-02-01'":                                                          "finance_moved_day",
		"SELECT * FROM finance_by_kind WHERE org = 'acme' AND day = '2026-02-01'":                                                      "finance_counted",
		"SELECT count(*) FROM finance_by_kind":                                                                                         "ledger_pkey",
		"SELECT * FROM finance_posting WHERE posted_at >= '2026-02-01' AND posted_at < '2026-02-02'":                                   "ledger_recorded_at",
	} {
		plan := strings.Join(b.rows("EXPLAIN "+sql), "\n")
		if !strings.Contains(plan, index) {
			t.Errorf("%s does not use %s:\n%s", sql, index, plan)
		}
	}
}

// TestEveryQuestionOnThePage asks what docs/finance.md shows, as it stands there, and wants an answer to each.
func TestEveryQuestionOnThePage(t *testing.T) {
	page, err := os.ReadFile("../../docs/finance.md")
	if err != nil {
		t.Fatal(err)
	}
	b := newLedger(t)
	usage := `{"basis":"location","multiplier":"5","channel":"message"}`
	b.entry(1, "acme", "2026-11-25", posted("usage.recorded", applied, "2026-11-25", "USD", usage, "agency>world:provider 1.000000", "alice>world:complimentary 1.000000 complimentary g",
		"alice>revenue:rebilling 4.000000"))
	b.entry(1, "acme", "2026-11-25", posted("payment.received", applied, "2026-11-25", "USD", "", "world:payments>alice 5.000000"))
	b.entry(1, "acme", "2026-11-25", posted("usage.recorded", `"refused","reason":"unknown_channel"`, "2026-11-25", "", ""))
	b.entry(1, "acme", "2026-11-25", said("recharge-attempt.resolved", applied, "2026-11-25", `"attempt":"alice/1/1","told":"failed","why":"declined","recharge":"retrying"`))
	b.entry(1, "acme", "2026-11-26", said("funding.requested", applied, "2026-11-26",
		`"invoices":[{"invoice":1,"amount":"9.000000","currency":"USD","kind":"funding","account":"events","issued":"2026-11-26","due":"2026-11-30"}]`))
	b.entry(1, "acme", "2026-11-27", said("invoice.paid", applied, "2026-11-27", `"invoice":1`, "world:payments>events 4.000000"))
	b.entry(1, "acme", "2026-08-01", said("transaction.recorded", applied, "2026-08-01",
		`"transaction":{"transaction":"inv-1001","account":"blue-ltd","kind":"invoice","side":"debit","state":"posted","amount":"120.000000","currency":"USD","date":"2026-08-01","due":"2026-08-31","number":1}`,
		"blue-ltd>revenue:sales 120.000000"))
	b.entry(1, "acme", "2026-11-27", said("transaction.recorded", applied, "2026-11-27",
		`"transaction":{"transaction":"pay-77","account":"blue-ltd","kind":"payment","side":"credit","state":"posted","amount":"50.000000","currency":"USD","date":"2026-11-27","number":2},"allocations":[{"credit":"pay-77","debit":"inv-1001","amount":"50.000000"}]`,
		"world:payments>blue-ltd 50.000000"))
	b.entry(1, "acme", "2026-11-28", said("order.placed", applied, "2026-11-28",
		`"order":{"order":"o-1","user":"ann","spending_account":"gifts","cost_centre":"CC-7","status":"accepted","cost":"20.000000","paid":"20.000000"}`,
		"world:budget>spending:gifts/ann 50.000000", "spending:gifts/ann>revenue:sales 20.000000"))
	b.entry(1, "acme", "2026-11-29", said("accounting-periods.defined", applied, "2026-11-29",
		`"period":{"period":"2026-11-01","to":"2026-11-30","state":"opened","next":"2026-11-01"},"periods":{"length":"monthly","year_begins":"01-01"}`))
	b.entry(1, "acme", "2026-11-29", said("transaction.recorded", applied, "2026-11-29",
		`"transaction":{"transaction":"inv-1002","account":"blue-ltd","kind":"invoice","side":"debit","state":"posted","amount":"7.000000","currency":"USD","date":"2026-12-05","due":"2026-12-31","number":3}`,
		"blue-ltd>revenue:sales 7.000000"))
	asked := 0
	for _, block := range regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllSubmatch(page, -1) {
		for sql := range strings.SplitSeq(string(block[1]), ";") {
			if sql = strings.TrimSpace(sql); sql == "" {
				continue
			}
			asked++
			if answer := b.rows("SELECT q::text FROM (" + sql + ") AS q"); len(answer) == 0 {
				t.Errorf("nothing answers\n%s", sql)
			}
		}
	}
	if asked < 14 {
		t.Errorf("only %d questions were found", asked)
	}
}
