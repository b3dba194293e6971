package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/record"
	"purser/processors/core"
	"purser/topics"
)

// toy is a system of one partition whose records were written by hand: what each event has to become is computed on
// paper, and only the running balances are added up here, with another decimal type than the auditor's.
type toy struct {
	prefix   string
	topics   map[string][]*kgo.Record
	accounts map[string]*Account // by account and currency
	entries  uint64
	link     core.Link // of the last entry
	before   core.Link // of the one before it
	produced []record.Entry

	rows   []Row              // of the checkpoint
	cells  map[string]Account // of the checkpoint
	cached map[string]Account
}

const toyOrg = "acme"

func newToy(prefix string) *toy {
	return &toy{prefix: prefix, topics: map[string][]*kgo.Record{}, accounts: map[string]*Account{}, cells: map[string]Account{}, cached: map[string]Account{}}
}

func rfc(t time.Time) string { return t.Format(time.RFC3339) }

func at(day int) time.Time { return time.Date(2026, 1, day, 12, 0, 0, 0, time.UTC) }

// in appends an input record and returns it.
func (w *toy) in(kind record.Kind, topic, typ, id, body string) *kgo.Record {
	r := &kgo.Record{Topic: topic, Key: []byte(toyOrg), Value: []byte(body), Timestamp: at(20), Headers: []kgo.RecordHeader{
		{Key: "ce_specversion", Value: []byte("1.0")}, {Key: "ce_type", Value: []byte(typ)}, {Key: "ce_source", Value: []byte("/test")},
		{Key: "ce_id", Value: []byte(id)}, {Key: "ce_time", Value: []byte(at(10).Format(time.RFC3339))},
		{Key: "content-type", Value: []byte("application/json")},
	}}
	w.append(r)
	if kind != 0 {
		w.produced = append(w.produced, record.Entry{
			Kind: kind, Topic: uint8(inputIndex(topic)), Offset: r.Offset, Org: toyOrg, Source: "/test", ID: id,
		})
	}
	return r
}

func (w *toy) append(r *kgo.Record) {
	r.Offset = int64(len(w.topics[r.Topic]))
	w.topics[r.Topic] = append(w.topics[r.Topic], r)
}

func (w *toy) causeOf(r *kgo.Record) string {
	return fmt.Sprintf("%s%s/0/%d", w.prefix, r.Topic, r.Offset)
}

// post is "from>to amount currency bucket grant"; the last two may be left out.
func posting(text string) topics.PostingBody {
	f := append(strings.Fields(text), "", "")
	from, to, _ := strings.Cut(f[0], ">")
	return topics.PostingBody{From: from, To: to, Amount: f[1], Currency: f[2], Bucket: f[3], Grant: f[4]}
}

// out appends a ledger record and everything that goes with it, and returns it.
func (w *toy) out(cause, event *kgo.Record, typ, result, reason string, price *topics.PriceBody, postings ...string) *kgo.Record {
	w.entries++
	b := topics.LedgerEntryBody{
		Entry: w.entries, Org: toyOrg, Type: typ, Source: "/test", Result: result, Reason: reason, Price: price,
		OccurredAt: at(10).Format(time.RFC3339), RecordedAt: at(20).Format(time.RFC3339),
	}
	mark := topics.Mark{Entry: w.entries, Indexed: event != nil && reason != "identity_conflict"}
	mark.Result = core.Result(slices.Index(results[:], result))
	if event != nil {
		b.ID = header(event, "ce_id")
		id := identityOf(toyOrg, "/test", b.ID)
		mark.Identity, mark.At = core.Identity(id), core.Time(event.Timestamp.UnixMicro())
	} else {
		b.Source, b.ID = "purser", "due/"+strconv.FormatUint(w.entries, 10)
		if typ == dueCredits {
			b.OccurredAt = "2026-01-01T00:00:00Z"
			b.ID = "due/w-7/credits_given/" + b.OccurredAt + "/monthly/2026-01"
		}
		if typ == dueBudgetSet {
			b.ID = "due/spending:gifts/w-1/budget_set/" + b.OccurredAt + "/9"
		}
		if typ == dueBudgetReload {
			b.ID = "due/spending:gifts/w-1/budget_reloaded/" + b.OccurredAt + "/1"
		}
		if typ == dueDay {
			b.OccurredAt = "2026-01-20T00:00:00Z"
			b.ID = "due/s-2/day_ended/" + b.OccurredAt + "/2026-01-19"
		}
		if typ == dueOverdue {
			b.ID = "due/s-3/funds_overdue/" + b.OccurredAt + "/n-7"
		}
	}
	for _, text := range postings {
		b.Postings = append(b.Postings, posting(text))
	}
	w.lines(&b)
	value, _ := json.Marshal(b)
	w.before = w.link
	w.link = topics.LinkOf(slices.Concat(w.link[:], value, []byte(toyOrg), []byte{0, byte(len(toyOrg))}, topics.AppendMark(nil, mark)))
	r := &kgo.Record{Topic: topics.Ledger, Key: []byte(toyOrg), Value: value, Timestamp: at(20), Headers: []kgo.RecordHeader{
		{Key: topics.HeaderMark, Value: topics.AppendLinkedMark(nil, mark, w.link)}, {Key: "ce_type", Value: []byte(topics.TypeLedgerEntry)},
		{Key: topics.HeaderCause, Value: []byte(w.causeOf(cause))},
	}}
	w.append(r)
	w.rows = append(w.rows, Row{Entry: b.Entry, Offset: r.Offset, Body: r.Value, Mark: r.Headers[0].Value})
	if (result == resultRefused || result == resultExpired) && !asks(typ) && event != nil {
		w.letter(event, reason, b.Entry)
	}
	return r
}

func (w *toy) account(name, currency string) *Account {
	a := w.accounts[name+" "+currency]
	if a == nil {
		a = &Account{Org: toyOrg, ID: name, Currency: currency, Balance: "0", Purchased: "0", Wallet: strings.HasPrefix(name, "w-")}
		w.accounts[name+" "+currency] = a
	}
	return a
}

func plus(s, by string, sign int64) string {
	return decimal.RequireFromString(s).Add(decimal.RequireFromString(by).Mul(decimal.NewFromInt(sign))).String()
}

func (w *toy) lines(b *topics.LedgerEntryBody) {
	var order []*Account
	for i, p := range b.Postings {
		if i == 0 || strings.HasPrefix(p.From, "w-") {
			b.Currency = p.Currency
		}
	}
	for _, p := range b.Postings {
		for i, name := range []string{p.From, p.To} {
			a, sign := w.account(name, p.Currency), int64(2*i-1)
			a.Balance = plus(a.Balance, p.Amount, sign)
			if p.Bucket != complimentary && !isSystem(name) {
				a.Purchased = plus(a.Purchased, p.Amount, sign)
			}
			if !slices.Contains(order, a) {
				order = append(order, a)
			}
		}
	}
	for _, a := range order {
		a.Seq++
		l := topics.BalanceBody{Account: a.ID, Currency: a.Currency, Seq: a.Seq, Previous: a.Last, Balance: a.Balance}
		if a.Wallet && a.Purchased != a.Balance {
			l.Purchased = a.Purchased
		}
		if a.Currency == b.Currency {
			l.Currency = "" // goes without saying
		}
		a.Last = b.Entry
		b.Balances = append(b.Balances, l)
		w.image(a)
	}
}

func (w *toy) image(a *Account) {
	key := "a" + a.ID + " " + a.Currency
	value, _ := json.Marshal(a)
	w.append(&kgo.Record{Topic: topics.Changelog, Key: []byte(key), Value: value, Timestamp: at(20)})
	w.cells[key], w.cached[key] = *a, *a
}

// letter appends a dead letter; entry 0: without a ledger record.
func (w *toy) letter(in *kgo.Record, reason string, entry uint64) *kgo.Record {
	headers := append(slices.Clone(in.Headers),
		kgo.RecordHeader{Key: topics.HeaderReason, Value: []byte(reason)}, kgo.RecordHeader{Key: topics.HeaderCause, Value: []byte(w.causeOf(in))})
	if entry != 0 {
		headers = append(headers, kgo.RecordHeader{Key: topics.HeaderEntry, Value: strconv.AppendUint(nil, entry, 10)})
	}
	r := &kgo.Record{Topic: topics.DeadLetter, Key: in.Key, Value: in.Value, Headers: headers, Timestamp: at(20)}
	w.append(r)
	return r
}

func (w *toy) alert(cause *kgo.Record, kind, account, currency, balance, threshold, collect string) {
	body := topics.AlertBody{Kind: kind, Org: toyOrg, Account: account, Currency: currency, Balance: balance, Threshold: threshold, ToCollect: collect}
	value, _ := json.Marshal(body)
	w.append(&kgo.Record{Topic: topics.Alert, Key: []byte(toyOrg), Value: value, Timestamp: at(20), Headers: []kgo.RecordHeader{
		{Key: topics.HeaderCause, Value: []byte(w.causeOf(cause))},
	}})
}

// emits adds attempts to a ledger record, each "attempt amount method purpose", and sends them.
func (w *toy) emits(entry, cause *kgo.Record, attempts ...string) {
	var b topics.LedgerEntryBody
	if err := json.Unmarshal(entry.Value, &b); err != nil {
		panic(err)
	}
	for _, text := range attempts {
		f := strings.Fields(text)
		account, n, k, _ := attemptName(f[0])
		b.Attempts = append(b.Attempts, topics.AttemptedBody{Attempt: f[0], Amount: f[1], Currency: "USD"})
		value, _ := json.Marshal(topics.RechargeAttemptBody{
			Attempt: f[0], RechargeID: account + "/" + strconv.Itoa(n), Number: k, Purpose: f[3], IdempotencyKey: "key " + f[0],
			Org: toyOrg, Account: account, Amount: f[1], Currency: "USD", PaymentMethod: f[2], Source: b.Source, ID: b.ID,
		})
		w.send(cause, topics.RechargeAttempt, value)
	}
	w.rewrite(entry, &b)
}

// bills adds invoices to a ledger record, each "number amount account", or for something else than a recharge "number amount account kind
// for", and sends them.
func (w *toy) bills(entry, cause *kgo.Record, invoices ...string) {
	var b topics.LedgerEntryBody
	if err := json.Unmarshal(entry.Value, &b); err != nil {
		panic(err)
	}
	for _, text := range invoices {
		f := strings.Fields(text)
		if len(f) == 3 {
			f = append(f, rechargeInvoice, f[2])
		}
		n, _ := strconv.ParseUint(f[0], 10, 64)
		b.Invoices = append(b.Invoices, topics.InvoicedBody{Invoice: n, Amount: f[1], Currency: "USD"})
		value, _ := json.Marshal(topics.InvoiceBody{
			Invoice: n, Kind: f[3], Org: toyOrg, Account: f[2], Currency: "USD", Amount: f[1], Issued: "2026-01-20", Due: "2026-02-03",
			PONumber: "PO", Lines: []topics.InvoiceLineBody{{Text: f[3], Amount: f[1]}}, For: f[4], Source: b.Source, ID: b.ID,
		})
		w.send(cause, topics.Invoice, value)
	}
	w.rewrite(entry, &b)
}

// rewrite replaces the body of the last ledger record, and its link.
func (w *toy) rewrite(entry *kgo.Record, b *topics.LedgerEntryBody) {
	value, _ := json.Marshal(b)
	mark, err := topics.ReadMark(entry.Headers[0].Value)
	if err != nil {
		panic(err)
	}
	w.link = topics.LinkOf(slices.Concat(w.before[:], value, []byte(toyOrg), []byte{0, byte(len(toyOrg))}, topics.AppendMark(nil, mark)))
	entry.Value, entry.Headers[0].Value = value, topics.AppendLinkedMark(nil, mark, w.link)
	row := &w.rows[len(w.rows)-1]
	row.Body, row.Mark = entry.Value, entry.Headers[0].Value
}

func (w *toy) send(cause *kgo.Record, topic string, value []byte) {
	w.append(&kgo.Record{Topic: topic, Key: []byte(toyOrg), Value: value, Timestamp: at(20), Headers: []kgo.RecordHeader{
		{Key: topics.HeaderCause, Value: []byte(w.causeOf(cause))},
	}})
}

// answer sends an outcome.
func (w *toy) answer(cause *kgo.Record, id, status, reason string) {
	value, _ := json.Marshal(topics.OutcomeBody{Status: status, Reason: reason, Org: toyOrg, Source: "/test", ID: id})
	w.send(cause, topics.Outcome, value)
}

// refuse sends the outcome of a question that was answered with no.
func (w *toy) refuse(cause *kgo.Record, body topics.OutcomeBody) {
	body.Status, body.Org, body.Source = "rejected", toyOrg, "/test"
	value, _ := json.Marshal(body)
	w.send(cause, topics.Outcome, value)
}

// moved sends the outcome of the transfer in the last ledger record.
func (w *toy) moved(entry, cause *kgo.Record, body topics.OutcomeBody) {
	var b topics.LedgerEntryBody
	if err := json.Unmarshal(entry.Value, &b); err != nil {
		panic(err)
	}
	w.rewrite(entry, &b) // with what was added to it
	body.Status, body.Org, body.Source, body.ID = "accepted", toyOrg, b.Source, b.ID
	value, _ := json.Marshal(body)
	w.send(cause, topics.Outcome, value)
}

// about sends an alert about an attempt.
func (w *toy) about(cause *kgo.Record, kind, account, attempt string) {
	value, _ := json.Marshal(topics.AlertBody{Kind: kind, Org: toyOrg, Account: account, Attempt: attempt})
	w.send(cause, topics.Alert, value)
}

// edit changes the body of a ledger record.
func edit(r *kgo.Record, change func(*topics.LedgerEntryBody)) {
	var b topics.LedgerEntryBody
	if err := json.Unmarshal(r.Value, &b); err != nil {
		panic(err)
	}
	change(&b)
	r.Value, _ = json.Marshal(b)
}

func remark(r *kgo.Record, change func(*topics.Mark)) {
	m, err := topics.ReadMark(r.Headers[0].Value)
	if err != nil {
		panic(err)
	}
	change(&m)
	link, err := topics.ReadLink(r.Headers[0].Value)
	if err != nil {
		panic(err)
	}
	r.Headers[0].Value = topics.AppendLinkedMark(nil, m, link)
}

// What the toy's stores answer.

func readToyCell(key string, value []byte) (a Account, ok bool, err error) {
	if string(value) == "deleted" || strings.HasPrefix(key, "t") {
		return a, false, nil
	}
	err = json.Unmarshal(value, &a)
	return a, err == nil, err
}

// dueOfToyCell is when a cell of the toy is due: "t-1" and the like have a time.
func dueOfToyCell(value []byte) int64 {
	var cell struct {
		Due int64 `json:"next_due"`
	}
	if json.Unmarshal(value, &cell) != nil {
		return 0
	}
	return cell.Due
}

func (w *toy) changelogEnd() int64 { return int64(len(w.topics[topics.Changelog])) }

func (w *toy) Position(context.Context, int32) (int64, int64, error) {
	return w.changelogEnd(), int64(len(w.topics[topics.Ledger])), nil
}

func (w *toy) Cells(_ context.Context, _ int32, f func(string, []byte) error) (int64, error) {
	for key, a := range w.cells {
		value, _ := json.Marshal(a)
		if err := f(key, value); err != nil {
			return 0, err
		}
	}
	return w.changelogEnd(), nil
}

func (w *toy) Rows(_ context.Context, _ int32, f func(Row) error) error {
	for _, r := range w.rows {
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}

func (w *toy) Load(_ context.Context, _ int32, keys []string) ([][]byte, int64, bool, error) {
	values := make([][]byte, len(keys))
	for i, key := range keys {
		if a, ok := w.cached[key]; ok {
			values[i], _ = json.Marshal(a)
		}
	}
	return values, w.changelogEnd(), true, nil
}

// brokers starts one embedded broker for a test and all its prefixes.
func brokers(t *testing.T) []kgo.Opt {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...)}
}

// produce writes the toy's records.
func (w *toy) produce(t *testing.T, opts []kgo.Opt) {
	t.Helper()
	client, err := kgo.NewClient(append(slices.Clone(opts), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	all := append(slices.Clone(topics.Inputs), topics.Ledger, topics.Changelog, topics.Alert, topics.Outcome, topics.Invoice, topics.RechargeAttempt, topics.DeadLetter)
	for _, topic := range all {
		if created, err := kadm.NewClient(client).CreateTopic(t.Context(), 1, 1, nil, w.prefix+topic); err != nil || created.Err != nil {
			t.Fatal(err, created.Err)
		}
		for _, r := range w.topics[topic] {
			r.Topic = w.prefix + topic
			if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
