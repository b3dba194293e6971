package stream_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/stream"
	"purser/state"
	"purser/state/inmem"
	"purser/topics"
)

// rig is an embedded broker with purser's topics, and what a test needs to run the loop on it.
type rig struct {
	t          *testing.T
	names      topics.Names
	opts       []kgo.Opt
	store      state.Checkpoint
	redis      *miniredis.Miniredis
	partitions int32
	log        *slog.Logger
}

func newRig(t *testing.T) *rig {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	r := &rig{t: t, names: topics.Names{Prefix: "t."}, opts: []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...)}, store: new(inmem.Checkpoint), partitions: 4}
	out := io.Discard
	if os.Getenv("PURSER_TEST_LOG") != "" {
		out = os.Stderr
	}
	r.log = slog.New(slog.NewTextHandler(out, nil))
	ctx := r.context()
	admin := kadm.NewClient(r.client())
	all := append([]string{topics.Outcome, topics.Alert, topics.Invoice, topics.RechargeAttempt, topics.Ledger, topics.DeadLetter, topics.Changelog}, topics.Inputs...)
	for _, n := range all {
		if _, err := admin.CreateTopic(ctx, r.partitions, 1, nil, r.names.Of(n)); err != nil {
			t.Fatal(err)
		}
	}
	start := kadm.Offsets{}
	for _, n := range r.names.Inputs() {
		for p := range r.partitions {
			start.AddOffset(n, p, 0, -1)
		}
	}
	if _, err := admin.CommitOffsets(ctx, "purser", start); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	r.t.Cleanup(cancel)
	return ctx
}

func (r *rig) client(opts ...kgo.Opt) *kgo.Client {
	cl, err := kgo.NewClient(append(opts, r.opts...)...)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(cl.Close)
	return cl
}

// run starts a process of the loop; stop ends it gracefully.
func (r *rig) run(id string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	cfg := stream.Config{
		Names: r.names, Group: "purser", Partitions: r.partitions, ClientID: id, Client: r.opts,
		Store: r.store, Logger: r.log, Metrics: stream.NewMetrics(prometheus.NewRegistry()),
		Workers: 2, BatchMax: 1000, BatchInterval: 5 * time.Millisecond,
		SessionTimeout: 5 * time.Second, RebalanceTimeout: 5 * time.Second, TransactionTimeout: 5 * time.Second,
		DuplicateWindow: 7 * 24 * time.Hour, MaxTickAhead: 5 * time.Minute,
		SliceMax: 100, PinnedMax: 100_000, HeldMax: 10_000, CellsMax: 100_000, CacheBytes: 64 << 20, PositionInterval: 50 * time.Millisecond,
	}
	go func() { done <- stream.Run(ctx, cfg) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("the loop ended with: %v", err)
		}
	}
	r.t.Cleanup(stop)
	return stop
}

// send produces input events, each to the partition of its org.
func (r *rig) send(records ...*kgo.Record) {
	r.t.Helper()
	if err := r.client().ProduceSync(r.context(), records...).FirstErr(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) event(topic, org, id, kind string, body any) *kgo.Record {
	return topics.NewEvent(r.names.Of(topic), org, "test", id, kind, 0, body)
}

// ledger reads committed ledger records until it has n of them.
func (r *rig) ledger(n int) []topics.LedgerEntryBody {
	r.t.Helper()
	cl := r.client(kgo.ConsumeTopics(r.names.Of(topics.Ledger)), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	ctx := r.context()
	var all []topics.LedgerEntryBody
	for len(all) < n {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			r.t.Fatalf("after %d of %d ledger records: %v", len(all), n, err)
		}
		for it := fetches.RecordIter(); !it.Done(); {
			rec := it.Next()
			if topics.IsOwnership(rec) {
				continue
			}
			var e topics.LedgerEntryBody
			if err := json.Unmarshal(rec.Value, &e); err != nil {
				r.t.Fatal(err)
			}
			all = append(all, e)
		}
	}
	return all
}

func (r *rig) define(org, wallet string) {
	r.send(
		r.event(topics.Account, org, "def-org-"+org, topics.TypeOrgDefined, topics.OrgDefinedBody{Currency: "USD", Multipliers: map[string]topics.Number{"message": "5"}}),
		r.event(topics.Account, org, "def-"+wallet, topics.TypeAccountDefined, topics.AccountDefinedBody{Account: wallet, Kind: "wallet"}),
	)
}

func (r *rig) usage(org, wallet, id string) *kgo.Record {
	return r.event(topics.Usage, org, id, topics.TypeUsageRecorded, topics.UsageRecordedBody{Account: wallet, Channel: "message", Quantity: "100", UnitCost: "0.10", Currency: "USD"})
}

func TestUsageIsDebitedOnce(t *testing.T) {
	r := newRig(t)
	r.run("a")
	r.define("acme", "loc-1")
	r.ledger(2)
	r.send(r.usage("acme", "loc-1", "u1"), r.usage("acme", "loc-1", "u1"), r.usage("acme", "loc-1", "u2"))
	entries := r.ledger(4)
	last := entries[3]
	if got := balance(last, "loc-1"); got != "-100.000000" {
		t.Errorf("after two usages of 50.00, one of them delivered twice, the wallet is at %s", got)
	}
}

func TestStateSurvivesARestartWithoutStores(t *testing.T) {
	r := newRig(t)
	stop := r.run("a")
	r.define("acme", "loc-1")
	r.ledger(2)
	for i := range 50 {
		r.send(r.usage("acme", "loc-1", fmt.Sprint("u", i)))
	}
	r.ledger(52)
	stop()
	r.run("b")
	r.send(r.usage("acme", "loc-1", "u7"), r.usage("acme", "loc-1", "late"))
	entries := r.ledger(53)
	if got := balance(entries[52], "loc-1"); got != "-2550.000000" {
		t.Errorf("the wallet is at %s", got)
	}
}

func TestTheOwnerMoves(t *testing.T) {
	r := newRig(t)
	stops := []func(){r.run("a")}
	for org := range 12 {
		r.define(fmt.Sprint("org", org), "w")
	}
	n := 24
	for round := range 4 {
		stops = append(stops, r.run(fmt.Sprint("p", round)))
		for org := range 12 {
			r.send(r.usage(fmt.Sprint("org", org), "w", fmt.Sprint("u", round)))
		}
		n += 12
		r.ledger(n)
		stops[round]()
	}
	seen := map[string]string{}
	for _, e := range r.ledger(n) {
		if b := balance(e, "w"); b != "" {
			seen[e.Org] = b
		}
	}
	for org, b := range seen {
		if b != "-200.000000" {
			t.Errorf("wallet of %s is at %s", org, b)
		}
	}
}

func TestUsageWaitsForItsWallet(t *testing.T) {
	r := newRig(t)
	r.run("a")
	r.send(r.usage("acme", "later", "u1"), r.usage("acme", "later", "u2"))
	for _, e := range r.ledger(2) {
		if e.Result != "waiting" {
			t.Errorf("usage of a wallet that nobody defined is %s", e.Result)
		}
	}
	r.define("acme", "later")
	entries := r.ledger(6)
	if got := balance(entries[5], "later"); got != "-100.000000" {
		t.Errorf("the wallet is at %s", got)
	}
}

func balance(e topics.LedgerEntryBody, account string) string {
	for _, b := range e.Balances {
		if b.Account == account {
			return b.Balance
		}
	}
	return ""
}
