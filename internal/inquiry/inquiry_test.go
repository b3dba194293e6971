package inquiry_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/inquiry"
	"purser/processors/core"
	"purser/processors/money"
	"purser/state"
	"purser/state/inmem"
	"purser/state/redis"
	"purser/topics"
)

const partitions = 4

var (
	usd   = money.Currency{'U', 'S', 'D'}
	eur   = money.Currency{'E', 'U', 'R'}
	none  money.Currency
	where = topics.PartitionOf("acme", partitions)
)

func wallet(balance money.Amount, seq, last uint64) state.Image {
	key := string(core.AppendAccountKey(nil, "acme", "w"))
	return image(&core.Account{Meta: core.Meta{Key: key}, Org: "acme", ID: "w", Kind: core.KindWallet,
		Currency: usd, Balance: balance, Purchased: balance, Seq: seq, Last: last})
}

func image(c core.Cell) state.Image {
	return state.Image{Key: c.Head().Key, Value: state.AppendCell(nil, c)}
}

type fixture struct {
	desk  inquiry.Desk
	redis *miniredis.Miniredis
	store *inmem.Checkpoint
	at    state.Position
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{redis: miniredis.RunT(t), store: &inmem.Checkpoint{}}
	cache := redis.New(&goredis.Options{Addr: f.redis.Addr()}, "p.", 0)
	t.Cleanup(func() { _ = cache.Close() })
	f.desk = inquiry.Desk{Cache: cache, Checkpoint: f.store, Partitions: partitions}
	return f
}

// checkpoint moves the checkpoint to a changelog offset.
func (f *fixture) checkpoint(t *testing.T, changelog int64, rows []state.LedgerRow, cells ...state.Image) {
	t.Helper()
	to := f.at
	to.Changelog, to.Txn = changelog, to.Txn+1
	to.Entry += uint64(len(rows))
	to.Ledger += int64(len(rows))
	if err := f.store.Save(t.Context(), &state.Save{Partition: where, From: f.at, To: to, Cells: cells, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	f.at = to
}

func (f *fixture) cache(t *testing.T, changelog int64, cells ...state.Image) {
	t.Helper()
	ok, err := f.desk.Cache.Store(t.Context(), state.CacheWrite{Partition: where, Owner: 1, From: -1, To: changelog, Reset: true, Images: cells})
	if err != nil || !ok {
		t.Fatalf("store in the cache: %v, %v", ok, err)
	}
}

func (f *fixture) expect(t *testing.T, balance money.Amount, store string, offset int64) {
	t.Helper()
	b, err := f.desk.Balance(t.Context(), "acme", "w", none)
	if err != nil {
		t.Fatal(err)
	}
	if b.Account.Balance != balance || b.AsOf.Store != store || b.AsOf.Offset != offset || b.AsOf.Partition != where {
		t.Errorf("got %v from %+v, want %v from %s at %d", b.Account.Balance, b.AsOf, balance, store, offset)
	}
}

// TestTheLaterMomentAnswers: usually the cache, which is written after each transaction; the checkpoint where the cache was
// restored from an old copy, or does not hold the cell.
func TestTheLaterMomentAnswers(t *testing.T) {
	f := newFixture(t)
	f.checkpoint(t, 10, nil, wallet(5*money.Unit, 1, 1))
	f.expect(t, 5*money.Unit, "checkpoint", 10)
	f.cache(t, 20, wallet(7*money.Unit, 2, 2))
	f.expect(t, 7*money.Unit, "redis", 20)
	f.checkpoint(t, 30, nil, wallet(9*money.Unit, 3, 3))
	f.expect(t, 9*money.Unit, "checkpoint", 30)
	f.redis.FlushAll()
	f.expect(t, 9*money.Unit, "checkpoint", 30)
	f.cache(t, 40)
	f.expect(t, 9*money.Unit, "checkpoint", 30)
}

func TestOneStoreIsEnough(t *testing.T) {
	f := newFixture(t)
	f.checkpoint(t, 10, nil, wallet(5*money.Unit, 1, 1))
	f.redis.SetError("LOADING")
	b, err := f.desk.Balance(t.Context(), "acme", "w", none)
	if err != nil || b.Account.Balance != 5*money.Unit || len(b.Notes) != 1 || !strings.Contains(b.Notes[0], "Redis") {
		t.Errorf("got %+v, %v", b, err)
	}
	f.desk.Checkpoint = away{}
	if _, err := f.desk.Balance(t.Context(), "acme", "w", none); err == nil || errors.Is(err, inquiry.ErrNoAccount) {
		t.Errorf("nobody answered, and it says %v", err)
	}
}

// away is a checkpoint that does not answer.
type away struct{ state.Checkpoint }

func (away) Load(context.Context, int32, []string) ([][]byte, int64, error) {
	return nil, 0, errors.New("connection refused")
}

func TestAccountsThatAreNotThere(t *testing.T) {
	f := newFixture(t)
	if _, err := f.desk.Balance(t.Context(), "acme", "w", none); !errors.Is(err, inquiry.ErrNoAccount) {
		t.Errorf("before anything: %v", err)
	}
	f.checkpoint(t, 10, nil, wallet(0, 0, 0))
	f.checkpoint(t, 20, nil, state.Image{Key: wallet(0, 0, 0).Key, Value: state.AppendDeleted(nil)})
	if _, err := f.desk.Balance(t.Context(), "acme", "w", none); !errors.Is(err, inquiry.ErrNoAccount) {
		t.Errorf("after it was deleted: %v", err)
	}
}

func TestSystemAccountsAreByCurrency(t *testing.T) {
	f := newFixture(t)
	for i, c := range []money.Currency{usd, eur} {
		key := string(core.AppendSystemKey(nil, "acme", core.WorldProvider, c))
		f.checkpoint(t, int64(10+i), nil, image(&core.Account{Meta: core.Meta{Key: key}, Org: "acme", ID: core.WorldProvider,
			Kind: core.KindSystem, Currency: c, Balance: money.Amount(i+1) * money.Unit}))
	}
	b, err := f.desk.Balance(t.Context(), "acme", core.WorldProvider, eur)
	if err != nil || b.Account.Balance != 2*money.Unit {
		t.Errorf("got %+v, %v", b.Account, err)
	}
}

// entry is a ledger record's body: a payment of 10, or usage of 3.
func entry(n, seq, previous uint64, balance string) []byte {
	b := topics.LedgerEntryBody{Entry: n, Org: "acme", Type: topics.TypeUsageRecorded, Source: "shop", ID: fmt.Sprint("u", n), Result: "applied",
		Balances: []topics.BalanceBody{{Account: "w", Currency: "USD", Seq: seq, Previous: previous, Balance: balance}, {Account: core.RevenueRebilling, Currency: "USD", Seq: n, Balance: "0"}}}
	if seq == 1 {
		b.Type = topics.TypePaymentReceived
		b.Postings = []topics.PostingBody{{From: core.WorldPayments, To: "w", Amount: "10.000000", Currency: "USD", Bucket: "purchased"}}
	} else {
		b.Postings = []topics.PostingBody{
			{From: "w", To: core.WorldComplimentary, Amount: "1.000000", Currency: "USD", Bucket: "complimentary", Grant: "g"},
			{From: "w", To: core.RevenueRebilling, Amount: "2.000000", Currency: "USD", Bucket: "purchased"},
			{From: "agency", To: core.WorldProvider, Amount: "0.500000", Currency: "USD"},
		}
	}
	body, err := json.Marshal(b)
	if err != nil {
		panic(err)
	}
	return body
}

var bodies = [][]byte{entry(1, 1, 0, "10.000000"), entry(2, 2, 1, "7.000000"), entry(3, 3, 2, "4.000000")}

func checkHistory(t *testing.T, h inquiry.History, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Rows) != 2 || h.Seq != 3 || !h.Older {
		t.Fatalf("got %d rows, seq %d, older %v", len(h.Rows), h.Seq, h.Older)
	}
	newest := h.Rows[0]
	if newest.Seq != 3 || newest.Balance != "4.000000" || newest.Total != -3*money.Unit || len(newest.Moves) != 2 {
		t.Errorf("the newest is %+v", newest)
	}
	if m := newest.Moves[0]; m.With != core.WorldComplimentary || m.Amount != -money.Unit || m.Grant != "g" {
		t.Errorf("its first posting is %+v", m)
	}
}

func TestHistoryFromTheCheckpoint(t *testing.T) {
	f := newFixture(t)
	var rows []state.LedgerRow
	for i, body := range bodies {
		rows = append(rows, state.LedgerRow{Entry: uint64(i + 1), Offset: int64(i), Org: "acme", Body: body,
			Mark: topics.AppendLinkedMark(nil, topics.Mark{Entry: uint64(i + 1), Result: core.Applied}, core.Link{})})
	}
	f.checkpoint(t, 10, rows, wallet(4*money.Unit, 3, 3))
	h, err := f.desk.History(t.Context(), "acme", "w", none, 2)
	checkHistory(t, h, err)
	all, err := f.desk.History(t.Context(), "acme", "w", none, 100)
	if err != nil || len(all.Rows) != 3 || all.Older || all.Rows[2].Total != 10*money.Unit {
		t.Errorf("got %+v, %v", all, err)
	}
	if _, err := f.desk.History(t.Context(), "acme", "nobody", none, 2); !errors.Is(err, inquiry.ErrNoAccount) {
		t.Errorf("got %v", err)
	}
}

func TestHistoryFromTheLedgerItself(t *testing.T) {
	names := topics.Names{Prefix: "p."}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, names.Of(topics.Ledger)))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, body := range bodies {
		for _, org := range []string{"acme", "other"} { // another org's account of the same name is another account
			if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: names.Of(topics.Ledger), Partition: where, Key: []byte(org), Value: body}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
	h, err := inquiry.Scan(t.Context(), client, names, "acme", "w", none, 2)
	checkHistory(t, h, err)
	if h.AsOf.Offset != 6 || h.AsOf.Store != "ledger" {
		t.Errorf("as of %+v", h.AsOf)
	}
	nobody, err := inquiry.Scan(t.Context(), client, names, "acme", "nobody", none, 2)
	if err != nil || len(nobody.Rows) != 0 {
		t.Errorf("got %+v, %v", nobody, err)
	}
}

// TestFindAsksForEachCellWhereItIsKnownBest: some are in the cache, some only behind it, and some nowhere.
func TestFindAsksForEachCellWhereItIsKnownBest(t *testing.T) {
	f := newFixture(t)
	cold := state.Image{Key: "cold", Value: []byte("old")}
	f.checkpoint(t, 10, nil, wallet(5*money.Unit, 1, 1), cold)
	f.cache(t, 20, wallet(7*money.Unit, 2, 2))
	keys := []string{wallet(0, 0, 0).Key, "cold", "nowhere"}
	found, notes, err := f.desk.Find(t.Context(), where, keys)
	if err != nil || len(notes) > 0 {
		t.Fatal(err, notes)
	}
	for i, want := range []string{"redis 20 true", "checkpoint 10 true", "checkpoint 10 false"} {
		if got := fmt.Sprintf("%s %d %v", found[i].AsOf.Store, found[i].AsOf.Offset, found[i].Value != nil); got != want || found[i].Key != keys[i] {
			t.Errorf("%s is found in %s, want %s", keys[i], got, want)
		}
	}
}

// TestWhatOnlyAStoreThatIsAwayKnowsIsAnError, and not an answer that there is nothing.
func TestWhatOnlyAStoreThatIsAwayKnowsIsAnError(t *testing.T) {
	f := newFixture(t)
	f.cache(t, 20, wallet(7*money.Unit, 2, 2))
	f.desk.Checkpoint, f.desk.Away = nil, errors.New("it sleeps")
	if found, notes, err := f.desk.Find(t.Context(), where, []string{wallet(0, 0, 0).Key}); err != nil || found[0].Value == nil || len(notes) != 1 {
		t.Errorf("what Redis knows: %v, %v", notes, err)
	}
	if _, _, err := f.desk.Find(t.Context(), where, []string{"elsewhere"}); err == nil || !strings.Contains(err.Error(), "it sleeps") {
		t.Errorf("what Redis does not know: %v", err)
	}
	if _, err := f.desk.Each(t.Context(), where, "a", func(inquiry.Found) error { return nil }); err == nil || !strings.Contains(err.Error(), "it sleeps") {
		t.Errorf("a list: %v", err)
	}
}

// TestEachListsWhatThereIs of one kind, from the cache where there is no checkpoint.
func TestEachListsWhatThereIs(t *testing.T) {
	f := newFixture(t)
	other := state.Image{Key: "b", Value: []byte("of another kind")}
	f.cache(t, 20, wallet(7*money.Unit, 2, 2), other)
	f.desk.Checkpoint = nil
	var keys []string
	as, err := f.desk.Each(t.Context(), where, "a", func(c inquiry.Found) error { keys = append(keys, c.Key); return nil })
	if err != nil || len(keys) != 1 || keys[0] != wallet(0, 0, 0).Key || as != (inquiry.AsOf{Store: "redis", Partition: where, Offset: 20}) {
		t.Errorf("%q as of %+v, %v", keys, as, err)
	}
	f.desk.Cache = nil
	if _, err := f.desk.Each(t.Context(), where, "a", func(inquiry.Found) error { return nil }); err == nil {
		t.Error("nobody was asked and somebody answered")
	}
}
