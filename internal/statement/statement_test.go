package statement_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/statement"
	"purser/internal/testenv"
	"purser/internal/timezone"
	"purser/processors/core"
	"purser/processors/money"
	"purser/state"
	"purser/state/postgres"
	"purser/topics"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

const partitions = 3

var where = topics.PartitionOf("acme", partitions)

// scene is a ledger and its cells, written by hand, which both Kafka and Postgres are given.
type scene struct {
	t        *testing.T
	names    topics.Names
	entries  uint64
	rows     []state.LedgerRow
	accounts map[string]*core.Account // by org and name
	cells    map[string]core.Cell
	client   *kgo.Client
	store    *postgres.Checkpoint
}

func newScene(t *testing.T) *scene {
	s := &scene{t: t, names: topics.Names{Prefix: "p."}, accounts: map[string]*core.Account{}, cells: map[string]core.Cell{}}
	zone, err := timezone.Load("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	key := string(core.AppendOrgKey(nil, "acme"))
	s.cells[key] = &core.Org{Meta: core.Meta{Key: key}, ID: "acme", Versions: []core.OrgVersion{{Zone: zone, Currency: usd}}}
	return s
}

var usd = money.Currency{'U', 'S', 'D'}

func (s *scene) account(org, id string, kind core.AccountKind) *core.Account {
	name := org + "/" + id
	if s.accounts[name] == nil {
		key := string(core.AppendAccountKey(nil, org, id))
		if kind == core.KindSystem {
			key = string(core.AppendSystemKey(nil, org, id, usd))
		}
		s.accounts[name] = &core.Account{Meta: core.Meta{Key: key}, Org: org, ID: id, Kind: kind, Currency: usd}
		s.cells[key] = s.accounts[name]
	}
	return s.accounts[name]
}

func kindOf(id string) core.AccountKind {
	switch {
	case strings.Contains(id, ":"):
		return core.KindSystem
	case id == "blue":
		return core.KindCustomerAccount
	case id == "events":
		return core.KindFundingSource
	}
	return core.KindWallet
}

func amount(text string) money.Amount {
	a, err := money.ParseSigned(text)
	if err != nil {
		panic(err)
	}
	return a
}

// post writes an entry. Postings are "from>to amount bucket".
func (s *scene) post(org, at string, b topics.LedgerEntryBody, postings ...string) {
	s.t.Helper()
	posted, err := time.Parse(time.RFC3339, at)
	if err != nil {
		s.t.Fatal(err)
	}
	s.entries++
	b.Entry, b.Org, b.Source, b.ID, b.Result, b.Currency = s.entries, org, "shop", fmt.Sprint("e", s.entries), "applied", "USD"
	b.OccurredAt, b.RecordedAt = cmp.Or(b.OccurredAt, at), at
	var touched []*core.Account
	for _, p := range postings {
		f := append(strings.Fields(p), "")
		from, to, _ := strings.Cut(f[0], ">")
		b.Postings = append(b.Postings, topics.PostingBody{From: from, To: to, Amount: amount(f[1]).String(), Bucket: f[2]})
		for _, side := range []struct {
			id     string
			amount money.Amount
		}{{from, -amount(f[1])}, {to, amount(f[1])}} {
			a := s.account(org, side.id, kindOf(side.id))
			a.Balance += side.amount
			if f[2] == "" {
				a.Purchased += side.amount
			}
			if len(touched) == 0 || touched[len(touched)-1] != a && touched[0] != a {
				touched = append(touched, a)
			}
		}
	}
	for _, a := range touched {
		a.Seq++
		line := topics.BalanceBody{Account: a.ID, Seq: a.Seq, Previous: a.Last, Balance: a.Balance.String()}
		if a.Kind == core.KindWallet && a.Purchased != a.Balance {
			line.Purchased = a.Purchased.String()
		}
		a.Last = s.entries
		b.Balances = append(b.Balances, line)
	}
	body, err := json.Marshal(b)
	if err != nil {
		s.t.Fatal(err)
	}
	s.rows = append(s.rows, state.LedgerRow{Entry: s.entries, Offset: int64(s.entries - 1), RecordedAt: topics.TimeOf(posted), Org: org, Body: body, Mark: []byte{1}})
}

// keep gives the scene to a broker and to Postgres.
func (s *scene) keep() {
	s.t.Helper()
	var images []state.Image
	for key, cell := range s.cells {
		if a, ok := cell.(*core.Account); ok && a.Kind == core.KindWallet && a.Balance != a.Purchased {
			a.Grants = []core.Grant{{ID: "g", Amount: a.Balance - a.Purchased}}
		}
		images = append(images, state.Image{Key: key, Value: state.AppendCell(nil, cell)})
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, s.names.Of(topics.Ledger), s.names.Of(topics.Changelog)))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(cluster.Close)
	if s.client, err = kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner())); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(s.client.Close)
	for _, row := range s.rows {
		s.produce(&kgo.Record{Topic: s.names.Of(topics.Ledger), Partition: where, Key: []byte(row.Org), Value: row.Body, Timestamp: time.UnixMicro(int64(row.RecordedAt))})
	}
	for _, i := range images {
		s.produce(&kgo.Record{Topic: s.names.Of(topics.Changelog), Partition: where, Key: []byte(i.Key), Value: i.Value})
	}
	if s.store, err = postgres.Open(s.t.Context(), postgres.Config{URL: testenv.Postgres(s.t).URL, MaxConns: 4}); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(s.store.Close)
	if _, err := s.store.Migrate(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	to := state.Position{Changelog: 1, Txn: 1, Ledger: int64(s.entries), Entry: s.entries}
	if err := s.store.Save(s.t.Context(), &state.Save{Partition: where, To: to, Rows: s.rows, Cells: images}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) produce(r *kgo.Record) {
	s.t.Helper()
	if err := s.client.ProduceSync(s.t.Context(), r).FirstErr(); err != nil {
		s.t.Fatal(err)
	}
}

func day(t *testing.T, text string) statement.Day {
	t.Helper()
	d, err := statement.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// ask makes a statement from Kafka and from Postgres, which have to agree.
func (s *scene) ask(account, from, to string) (*statement.Statement, error) {
	s.t.Helper()
	q := &statement.Query{Org: "acme", Account: account, From: day(s.t, from), To: day(s.t, to), Now: core.Time(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC).UnixMicro())}
	if strings.Contains(account, ":") {
		q.Currency = usd
	}
	return s.make(q)
}

func (s *scene) make(q *statement.Query) (*statement.Statement, error) {
	s.t.Helper()
	topic, err := statement.Kafka(s.t.Context(), s.client, s.names, q)
	if err != nil {
		s.t.Fatal(err)
	}
	one, err1 := statement.Make(s.t.Context(), topic, q)
	two, err2 := statement.Make(s.t.Context(), statement.Postgres(s.store, "acme", where), q)
	if err1 != nil || err2 != nil {
		if fmt.Sprint(err1) != fmt.Sprint(err2) {
			s.t.Errorf("from Kafka: %v; from Postgres: %v", err1, err2)
		}
		return nil, err1
	}
	two.AsOf.Ledger = "kafka"
	if a, b := text(s.t, one), text(s.t, two); a != b {
		s.t.Errorf("from Kafka\n%s\nfrom Postgres\n%s", a, b)
	}
	return one, nil
}

func text(t *testing.T, s *statement.Statement) string {
	t.Helper()
	var b strings.Builder
	if err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return b.String() + string(asJSON)
}

func usage(quantity string) *topics.PriceBody {
	return &topics.PriceBody{Basis: "location", Multiplier: "5", Channel: "message", Quantity: quantity}
}

// story is a wallet's month: it is paid into, used up, recharged in the second attempt; and a funding source with three invoices.
func story(t *testing.T) *scene {
	s := unkept(t)
	s.keep()
	return s
}

func unkept(t *testing.T) *scene {
	s := newScene(t)
	const paid, used, result = topics.TypePaymentReceived, topics.TypeUsageRecorded, topics.TypeAttemptResolved
	s.post("acme", "2026-03-01T04:30:00Z", topics.LedgerEntryBody{Type: paid}, "world:payments>alice 100") // still February in New York
	s.post("acme", "2026-03-01T06:00:00Z", topics.LedgerEntryBody{Type: "due.credits_given"}, "world:complimentary>alice 20 complimentary")
	s.post("acme", "2026-03-02T12:00:00Z", topics.LedgerEntryBody{
		Type: used, OccurredAt: "2026-02-28T20:00:00Z", Price: usage("100"), Attempts: []topics.AttemptedBody{{Attempt: "alice/1/1", Amount: "50.000000", Currency: "USD", Purpose: "automatic"}},
	}, "alice>world:complimentary 15 complimentary", "alice>revenue:rebilling 99.5")
	s.post("acme", "2026-03-02T12:00:01Z", topics.LedgerEntryBody{Type: result, Attempt: "alice/1/1", Told: "failed", Why: "card declined", Recharge: "retrying"})
	s.post("acme", "2026-03-03T12:00:00Z", topics.LedgerEntryBody{
		Type: "due.recharge_retried", Attempt: "alice/1/1", Recharge: "open", Attempts: []topics.AttemptedBody{{Attempt: "alice/1/2", Amount: "60.000000", Currency: "USD", Purpose: "automatic"}},
	})
	s.post("other", "2026-03-03T13:00:00Z", topics.LedgerEntryBody{Type: paid}, "world:payments>alice 7")
	s.post("acme", "2026-03-03T14:00:00Z", topics.LedgerEntryBody{Type: paid}, "world:payments>alice2 8")
	s.post("acme", "2026-04-01T03:59:59Z", topics.LedgerEntryBody{Type: result, Attempt: "alice/1/2", Told: "succeeded", Recharge: "succeeded"}, "world:payments>alice 60")
	s.post("acme", "2026-04-01T04:00:00Z", topics.LedgerEntryBody{Type: "due.grant_expired"}, "alice>world:complimentary 2 complimentary")
	s.post("acme", "2026-04-02T10:00:00Z", topics.LedgerEntryBody{Type: topics.TypeTransferRequested}, "alice>alice2 1.25")
	s.recharge("alice", 1, core.Attempt{Amount: amount("50"), Result: core.Failed}, core.Attempt{Amount: amount("60"), Result: core.Succeeded})

	bill := func(at string, n uint64, account string, sum, paid string, voided bool) {
		due := int32(time.Date(2026, 4, 10, 0, 0, 0, 0, time.UTC).Unix() / 86400)
		s.invoice(&core.Invoice{Org: "acme", Number: n, Kind: core.FundingInvoice, Account: account, Currency: usd, Amount: amount(sum), Paid: amount(paid), Voided: voided, Due: due})
		s.post("acme", at, topics.LedgerEntryBody{Type: topics.TypeFundingRequested, Invoices: []topics.InvoicedBody{{
			Invoice: n, Amount: amount(sum).String(), Currency: "USD", Kind: "funding", Account: account, Issued: at[:10], Due: "2026-04-10"}}})
	}
	s.account("acme", "events", core.KindFundingSource)
	bill("2026-04-03T12:00:00Z", 1, "events", "100", "40", false)
	bill("2026-04-04T12:00:00Z", 2, "events", "30", "0", true)
	bill("2026-04-05T12:00:00Z", 3, "elsewhere", "11", "0", false)
	s.post("acme", "2026-05-01T12:00:00Z", topics.LedgerEntryBody{Type: topics.TypeInvoicePaid, Invoice: 1}, "world:payments>events 40")
	s.post("acme", "2026-05-02T12:00:00Z", topics.LedgerEntryBody{Type: topics.TypeInvoiceVoided, Invoice: 2})
	return s
}

func (s *scene) recharge(account string, n uint64, attempts ...core.Attempt) {
	key := string(core.AppendRechargeKey(nil, "acme", account, n))
	s.cells[key] = &core.Recharge{Meta: core.Meta{Key: key}, Org: "acme", Account: account, Number: n, Purpose: core.Automatic, Limit: 7, Every: 1, State: core.Closed, Attempts: attempts}
}

func (s *scene) invoice(i *core.Invoice) {
	i.Key = string(core.AppendInvoiceKey(nil, "acme", i.Number))
	s.cells[i.Key] = i
}

var rewrite = flag.Bool("rewrite", false, "write the statements of testdata anew; commit only what you can explain")

// TestStatements asks for the statements of testdata, of which each is headed by what it is of.
func TestStatements(t *testing.T) {
	s := story(t)
	var all strings.Builder
	for _, q := range [][3]string{
		{"alice", "2026-03-01", "2026-03-31"}, {"alice", "2026-04-01", ""}, {"alice", "2026-05-01", "2026-05-31"}, {"alice", "", "2026-02-28"}, {"alice", "", "2025-02-28"},
		{"events", "2026-04-01", "2026-04-30"}, {"events", "2026-05-01", ""}, {"world:payments", "2026-04-01", ""},
	} {
		made, err := s.ask(q[0], q[1], q[2])
		if err != nil {
			t.Fatal(err)
		}
		if err := made.Write(&all); err != nil {
			t.Fatal(err)
		}
		all.WriteString("\n----\n\n")
	}
	const file = "testdata/story.txt"
	if *rewrite {
		if err := os.WriteFile(file, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if all.String() != string(want) {
		t.Errorf("the statements are\n%s\nwant\n%s", all.String(), want)
	}
}

// TestTheStatementOnThePage: what docs/finance.md shows is what is printed.
func TestTheStatementOnThePage(t *testing.T) {
	page, err := os.ReadFile("../../docs/finance.md")
	if err != nil {
		t.Fatal(err)
	}
	story, err := os.ReadFile("testdata/story.txt")
	if err != nil {
		t.Fatal(err)
	}
	first, _, found := strings.Cut(string(story), "\n----\n")
	if !found || !strings.Contains(string(page), "```\n"+first+"```") {
		t.Errorf("docs/finance.md does not show\n%s", first)
	}
}

// TestStatementsInAChainLeaveNothingOut: each opens where the one before has closed.
func TestStatementsInAChainLeaveNothingOut(t *testing.T) {
	s := story(t)
	whole, err := s.ask("alice", "", "")
	if err != nil {
		t.Fatal(err)
	}
	lines, closing := 0, "0.000000"
	for _, days := range [][2]string{{"", "2026-02-28"}, {"2026-03-01", "2026-03-02"}, {"2026-03-03", "2026-03-03"}, {"2026-03-04", "2026-03-31"}, {"2026-04-01", "2026-04-01"}, {"2026-04-02", ""}} {
		part, err := s.ask("alice", days[0], days[1])
		if err != nil {
			t.Fatal(err)
		}
		if part.Opening.Balance != closing {
			t.Errorf("%v opens with %s, after %s", days, part.Opening.Balance, closing)
		}
		if part.Now != nil && days[1] != "" {
			t.Errorf("%v speaks of now, and there are later entries", days)
		}
		closing, lines = part.Closing.Balance, lines+len(part.Lines)
	}
	if lines != len(whole.Lines) || lines != 6 || closing != whole.Closing.Balance {
		t.Errorf("together they have %d lines and close with %s, the whole has %d and %s", lines, closing, len(whole.Lines), whole.Closing.Balance)
	}
}

func TestAccountsThatAreNotThere(t *testing.T) {
	s := story(t)
	for _, account := range []string{"nobody", "alic", "world:removed"} {
		if _, err := s.ask(account, "", ""); !errors.Is(err, statement.ErrNoAccount) {
			t.Errorf("%s: %v", account, err)
		}
	}
}

// TestALedgerThatWasTouched is not made a statement of.
func TestALedgerThatWasTouched(t *testing.T) {
	for what, change := range map[string][2]string{
		"a figure":          {`"amount":"99.500000"`, `"amount":"98.500000"`},
		"a balance":         {`"balance":"65.500000"`, `"balance":"66.500000"`},
		"a bucket":          {`"purchased":"60.500000"`, `"purchased":"61.500000"`},
		"an entry left out": {`"from":"alice","to":"revenue:rebilling"`, `"from":"alice3","to":"revenue:rebilling"`},
		"a line left out":   {`"account":"alice","seq":3`, `"account":"alice3","seq":3`},
	} {
		t.Run(what, func(t *testing.T) {
			s := unkept(t)
			found := false
			for i := range s.rows {
				body := strings.Replace(string(s.rows[i].Body), change[0], change[1], 1)
				found = found || body != string(s.rows[i].Body)
				s.rows[i].Body = []byte(body)
			}
			if !found {
				t.Fatalf("no entry has %s", change[0])
			}
			s.keep()
			if made, err := s.ask("alice", "", ""); !errors.Is(err, statement.ErrDoesNotAddUp) {
				t.Errorf("it made %+v, %v", made, err)
			}
		})
	}
}

// TestEntriesOfTheFirstReleases name neither the attempt of a result nor the invoice that is paid: the lines are there.
func TestEntriesOfTheFirstReleases(t *testing.T) {
	s := newScene(t)
	s.post("acme", "2026-03-01T12:00:00Z", topics.LedgerEntryBody{Type: topics.TypeFundingRequested, Invoices: []topics.InvoicedBody{{Invoice: 1, Amount: "5.000000", Currency: "USD"}}})
	s.post("acme", "2026-03-02T12:00:00Z", topics.LedgerEntryBody{Type: topics.TypeAttemptResolved}, "world:payments>events 5")
	s.post("acme", "2026-03-03T12:00:00Z", topics.LedgerEntryBody{Type: topics.TypeInvoicePaid}, "world:payments>events 4")
	s.post("acme", "2026-03-03T13:00:00Z", topics.LedgerEntryBody{Type: topics.TypeUsageRecorded}, "events>revenue:rebilling 4")
	s.keep()
	made, err := s.ask("events", "", "")
	if err != nil {
		t.Fatal(err)
	}
	var what []string
	for _, l := range made.Lines {
		what = append(what, l.What)
	}
	if got := strings.Join(what, "; "); got != "recharge by card; payment of an invoice; usage" || len(made.Invoices)+len(made.Recharges) != 0 {
		t.Errorf("the lines are %s, and there are %v and %v", got, made.Invoices, made.Recharges)
	}
}

func TestDays(t *testing.T) {
	for _, wrong := range []string{"2026-02-30", "2026-3-1", "yesterday", "2026-03-01T00:00:00Z", "0000-01-01"} {
		if d, err := statement.ParseDay(wrong); err == nil {
			t.Errorf("%q is read as %v", wrong, d)
		}
	}
	for _, right := range []string{"", "2026-03-01", "1969-12-31", "2024-02-29"} {
		if got := day(t, right).String(); got != right {
			t.Errorf("%q is read as %q", right, got)
		}
	}
}
