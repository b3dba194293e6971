package stream_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/stream"
	"purser/internal/testenv"
	"purser/processors/core"
	"purser/sinks/checkpoint"
	"purser/state"
	"purser/state/inmem"
	"purser/topics"
)

// rig is a broker with purser's topics, and what a test needs to run the loop on it.
type rig struct {
	t          *testing.T
	names      topics.Names
	opts       []kgo.Opt
	store      state.Checkpoint
	partitions int32
	log        *slog.Logger
	brokers    []string             // real ones; nil: in-process
	tune       func(*stream.Config) // changes the configuration of the processes that start after it; nil: nothing
	producer   *kgo.Client
	admin      *kadm.Client
}

const group = "purser"

// patience is how long a test waits for anything. It is only there so that a failure ends; a proof that a test fails asks for
// less (PURSER_TEST_PATIENCE).
var patience = testenv.Patience(5 * time.Minute)

func newRig(t *testing.T) *rig {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return newRigOn(t, topics.Names{Prefix: "t."}, 4, kgo.SeedBrokers(cluster.ListenAddrs()...))
}

func newRigOn(t *testing.T, names topics.Names, partitions int32, opts ...kgo.Opt) *rig {
	t.Helper()
	r := &rig{t: t, names: names, opts: opts, store: new(inmem.Checkpoint), partitions: partitions}
	out := io.Discard
	if os.Getenv("PURSER_TEST_LOG") != "" {
		out = os.Stderr
	}
	r.log = slog.New(slog.NewTextHandler(out, nil))
	ctx := r.context()
	admin := kadm.NewClient(r.client())
	r.admin = admin
	all := append([]string{topics.Outcome, topics.Alert, topics.Invoice, topics.RechargeAttempt, topics.Ledger, topics.DeadLetter, topics.Changelog}, topics.Inputs...)
	large, dated := "4194304", "LogAppendTime"
	for _, n := range all {
		if _, err := admin.CreateTopic(ctx, r.partitions, 1, map[string]*string{"max.message.bytes": &large, "message.timestamp.type": &dated}, r.names.Of(n)); err != nil {
			t.Fatal(err)
		}
	}
	start := kadm.Offsets{}
	for _, n := range r.names.Inputs() {
		for p := range r.partitions {
			start.AddOffset(n, p, 0, -1)
		}
	}
	r.eventually("the first offsets are committed", func() bool { // a busy broker does not know its newest topics at once
		return admin.CommitAllOffsets(ctx, r.group(), start) == nil
	})
	r.producer = r.client(kgo.ProducerBatchMaxBytes(4<<20), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MaxBufferedRecords(1<<20), kgo.ProducerLinger(time.Millisecond))
	return r
}

func (r *rig) group() string { return r.names.Of(group) }

func (r *rig) context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
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

// process is one run of the loop.
type process struct {
	registry *prometheus.Registry
	stop     func() // gracefully
}

// run starts a process of the loop; stop ends it gracefully.
func (r *rig) run(id string) (stop func()) { return r.process(id).stop }

func (r *rig) process(id string) *process {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	p := &process{registry: prometheus.NewRegistry()}
	cfg := stream.Config{
		Names: r.names, Group: r.group(), Partitions: r.partitions, ClientID: id, Client: r.opts,
		Store: r.store, Logger: r.log.With("process", id), Metrics: stream.NewMetrics(p.registry),
		Workers: 2, BatchMax: 1000, BatchInterval: 5 * time.Millisecond,
		SessionTimeout: 5 * time.Second, RebalanceTimeout: 5 * time.Second, TransactionTimeout: 5 * time.Second,
		DuplicateWindow: 7 * 24 * time.Hour, MaxTickAhead: 5 * time.Minute,
		SliceMax: 100, PinnedMax: 100_000, HeldMax: 10_000, CellsMax: 100_000, CacheBytes: 64 << 20, PositionInterval: 50 * time.Millisecond,
	}
	if r.tune != nil {
		r.tune(&cfg)
	}
	go func() { done <- stream.Run(ctx, cfg) }()
	stopped := false
	p.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("the loop ended with: %v", err)
		}
	}
	r.t.Cleanup(p.stop)
	return p
}

// checkpoint starts a checkpointer that hurries, with pieces of 1,024 identities.
func (r *rig) checkpoint() (stop func()) {
	c, err := checkpoint.New(checkpoint.Config{
		Client: r.opts, Names: r.names, Partitions: r.partitions, Store: r.store, Logger: r.log.With("role", "checkpoint"),
		Metrics: checkpoint.NewMetrics(prometheus.NewRegistry()), Window: 90 * day, // longer than that of the loop, whose own forgetting is tested
		RowsEvery: 20 * time.Millisecond, CellsEvery: 20 * time.Millisecond, PieceSize: pieceSize,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		<-done
	}
	r.t.Cleanup(stop)
	return stop
}

const pieceSize = 1024

// drained waits until every input record, continuations among them, was consumed in a committed transaction.
func (r *rig) drained() {
	r.t.Helper()
	r.eventually("all inputs are consumed", func() bool { return r.left() == 0 })
}

// left is how many input records are not committed yet. Ticks are read, because where a continuation was written the topic
// ends in a transaction's marker, which nobody consumes.
func (r *rig) left() (left int64) {
	ctx := r.context()
	ends, err := r.admin.ListCommittedOffsets(ctx, r.names.Inputs()...)
	if err != nil {
		r.t.Fatal(err)
	}
	committed, err := r.admin.FetchOffsets(ctx, r.group())
	if err != nil {
		r.t.Fatal(err)
	}
	ticks := r.names.Of(topics.RefillTick)
	ends.Each(func(end kadm.ListedOffset) {
		if at, _ := committed.Lookup(end.Topic, end.Partition); end.Topic != ticks {
			left += end.Offset - at.At
		}
	})
	if left > 0 {
		return left
	}
	for p, records := range r.all(topics.RefillTick) {
		if n := len(records); n > 0 {
			at, _ := committed.Lookup(ticks, int32(p))
			left += max(0, records[n-1].Offset+1-at.At)
		}
	}
	return left
}

// saved waits until the checkpoint holds everything that was committed before the call.
func (r *rig) saved() {
	r.t.Helper()
	newest := make([]*core.Progress, r.partitions)
	for p := range r.partitions {
		newest[p] = r.progress(p)
	}
	r.eventually("the checkpoint holds everything", func() bool {
		for p, last := range newest {
			at, err := r.store.Positions(r.context(), []int32{int32(p)})
			if err != nil || last != nil && (at[int32(p)].Entry < last.Entry || at[int32(p)].Txn < last.Txn) {
				return false
			}
		}
		return true
	})
}

// eventually waits until a condition holds.
func (r *rig) eventually(what string, holds func() bool) {
	r.t.Helper()
	for began := time.Now(); !holds(); {
		if time.Since(began) > patience {
			r.t.Fatalf("gave up waiting until %s", what)
		}
		time.Sleep(10 * time.Millisecond) // between two looks at the condition
	}
}

// send produces input events, each to the partition of its org unless it is a tick.
func (r *rig) send(records ...*kgo.Record) {
	r.t.Helper()
	for _, rec := range records {
		if rec.Topic != r.names.Of(topics.RefillTick) {
			rec.Partition = topics.PartitionOf(string(rec.Key), r.partitions)
		}
	}
	r.sendAsIs(records...)
}

// sendAsIs produces records to the partitions that they name.
func (r *rig) sendAsIs(records ...*kgo.Record) {
	r.t.Helper()
	if err := r.producer.ProduceSync(r.context(), records...).FirstErr(); err != nil {
		r.t.Fatal(err)
	}
}

// tick tells every partition what time it is.
func (r *rig) tick(at time.Time) {
	r.t.Helper()
	var ticks []*kgo.Record
	for p := range r.partitions {
		ticks = append(ticks, topics.NewTick(r.names, p, topics.TimeOf(at)))
	}
	r.send(ticks...)
}

func (r *rig) event(topic, org, id, kind string, body any) *kgo.Record {
	return topics.NewEvent(r.names.Of(topic), org, "test", id, kind, 0, body)
}

// all reads every committed record of a topic, by partition.
func (r *rig) all(topic string) [][]*kgo.Record {
	r.t.Helper()
	records := make([][]*kgo.Record, r.partitions)
	r.each(topic, make([]int64, r.partitions), func(rec *kgo.Record) {
		records[rec.Partition] = append(records[rec.Partition], rec)
	})
	return records
}

// each hands over every committed record of a topic from an offset of each partition on, in the order of each.
func (r *rig) each(topic string, from []int64, take func(*kgo.Record)) {
	r.t.Helper()
	ctx := r.context()
	ends := r.ends(topic)
	start := map[int32]kgo.Offset{}
	at := slices.Clone(from)
	for p := range r.partitions {
		start[p] = kgo.NewOffset().At(at[p])
	}
	cl := r.client(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{r.names.Of(topic): start}), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.FetchMaxWait(50*time.Millisecond))
	defer cl.Close()
	reached := func() bool {
		for p := range r.partitions {
			if at[p] < ends[p] {
				return false
			}
		}
		return true
	}
	for !reached() {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			r.t.Fatalf("reading %s: %v", topic, err)
		}
		for it := fetches.RecordIter(); !it.Done(); {
			rec := it.Next()
			at[rec.Partition] = rec.Offset + 1
			if !rec.Attrs.IsControl() && !topics.IsOwnership(rec) {
				take(rec)
			}
		}
	}
}

// ends is where the committed records of each partition of a topic end.
func (r *rig) ends(topic string) []int64 {
	r.t.Helper()
	listed, err := r.admin.ListCommittedOffsets(r.context(), r.names.Of(topic))
	if err != nil {
		r.t.Fatal(err)
	}
	ends := make([]int64, r.partitions)
	for p := range ends {
		end, _ := listed.Lookup(r.names.Of(topic), int32(p))
		ends[p] = end.Offset
	}
	return ends
}

// entry is a ledger record: its body, and the place of its cause.
type entry struct {
	topics.LedgerEntryBody
	Cause string
}

func (r *rig) entryOf(rec *kgo.Record) entry {
	r.t.Helper()
	e := entry{Cause: string(topics.Header(rec, topics.HeaderCause))}
	if err := json.Unmarshal(rec.Value, &e.LedgerEntryBody); err != nil {
		r.t.Fatal(err)
	}
	e.Complete()
	return e
}

// entries reads the committed ledger, by partition.
func (r *rig) entries() [][]entry {
	r.t.Helper()
	all := make([][]entry, r.partitions)
	for p, records := range r.all(topics.Ledger) {
		for _, rec := range records {
			all[p] = append(all[p], r.entryOf(rec))
		}
	}
	return all
}

// progress is a partition's newest committed progress; nil: none yet.
func (r *rig) progress(p int32) *core.Progress {
	all := r.progresses(p)
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// progresses is every committed progress of a partition: one a transaction.
func (r *rig) progresses(p int32) (all []*core.Progress) {
	r.t.Helper()
	for _, rec := range r.all(topics.Changelog)[p] {
		if string(rec.Key) == core.ProgressKey {
			all = append(all, r.progressIn(rec))
		}
	}
	return all
}

func (r *rig) progressIn(rec *kgo.Record) *core.Progress {
	r.t.Helper()
	c, err := new(state.Codec).Decode(core.ProgressKey, rec.Value, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return c.(*core.Progress)
}

// ledger reads committed ledger records until it has n of them.
func (r *rig) ledger(n int) []entry {
	r.t.Helper()
	cl := r.client(kgo.ConsumeTopics(r.names.Of(topics.Ledger)), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	defer cl.Close()
	ctx := r.context()
	var all []entry
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
			all = append(all, r.entryOf(rec))
		}
	}
	return all
}

// metric is the value of a process's metric with these label values, in the order of the labels' names.
func (p *process) metric(name string, labels ...string) float64 {
	families, err := p.registry.Gather()
	if err != nil {
		return -1
	}
	var sum float64
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && labelled(m, labels) {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return sum
}

func labelled(m *dto.Metric, values []string) bool {
	for i, v := range values {
		if m.GetLabel()[i].GetValue() != v {
			return false
		}
	}
	return true
}

func (r *rig) orgDefined(org string) *kgo.Record {
	return r.event(topics.Account, org, "def-org-"+org, topics.TypeOrgDefined, topics.OrgDefinedBody{Currency: "USD", Multipliers: map[string]topics.Number{"message": "5"}})
}

func (r *rig) walletDefined(org, wallet string) *kgo.Record {
	return r.event(topics.Account, org, "def-"+wallet, topics.TypeAccountDefined, topics.AccountDefinedBody{Account: wallet, Kind: "wallet"})
}

func (r *rig) define(org, wallet string) { r.send(r.orgDefined(org), r.walletDefined(org, wallet)) }

func (r *rig) usage(org, wallet, id string) *kgo.Record {
	return r.event(topics.Usage, org, id, topics.TypeUsageRecorded, topics.UsageRecordedBody{Account: wallet, Channel: "message", Quantity: "100", UnitCost: "0.10", Currency: "USD"})
}

func (r *rig) grant(org, wallet, id, amount string, expires time.Time) *kgo.Record {
	return r.event(topics.Account, org, id, topics.TypeCreditsGranted, topics.CreditsGrantedBody{Account: wallet, Amount: topics.Number(amount), Currency: "USD", ExpiresAt: topics.FormatTime(topics.TimeOf(expires))})
}

func balance(e entry, account string) string {
	for _, b := range e.Balances {
		if b.Account == account {
			return b.Balance
		}
	}
	return ""
}
