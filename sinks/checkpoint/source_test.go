package checkpoint

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/processors/money"
	"purser/sinks"
	"purser/state"
	"purser/topics"
)

// source commits transactions to ledger and changelog as tasks do, and remembers what a checkpoint must hold of them.
type source struct {
	t          *testing.T
	brokers    []string
	cluster    *kfake.Cluster // nil where the broker is real
	names      topics.Names
	producer   *kgo.Client
	encoder    *sinks.Encoder
	random     *rand.Rand
	partitions []*sourcePartition
}

type sourcePartition struct {
	at    state.Position // but for Sealed, SealedEntry and Pieces, which depend on the size of a piece
	rows  []state.LedgerRow
	cells map[string]string
	known []state.Known
	next  uint64 // number of the next identity
}

// fake returns a source on an in-process broker.
func fake(t *testing.T, partitions int32) *source {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	s := newSource(t, cluster.ListenAddrs(), topics.Names{Prefix: "t."}, partitions)
	s.cluster = cluster
	return s
}

func newSource(t *testing.T, brokers []string, names topics.Names, partitions int32) *source {
	t.Helper()
	s := &source{t: t, brokers: brokers, names: names, encoder: sinks.NewEncoder(names), random: rand.New(rand.NewPCG(1, uint64(partitions)))}
	for range partitions {
		s.partitions = append(s.partitions, &sourcePartition{cells: map[string]string{}})
	}
	producer, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.TransactionalID(names.Of("source")), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(producer.Close)
	s.producer = producer
	if _, err := kadm.NewClient(producer).CreateTopics(t.Context(), partitions, 1, nil, names.Of(topics.Ledger), names.Of(topics.Changelog)); err != nil {
		t.Fatal(err)
	}
	return s
}

// transaction commits, or aborts, so many entries on a partition, with the cells they change and the progress behind them.
func (s *source) transaction(p int32, entries int, end kgo.TransactionEndTry) {
	s.t.Helper()
	part := s.partitions[p]
	var ledger, changelog []*kgo.Record
	entry, identity := part.at.Entry, part.next
	var known []state.Known
	for range entries {
		entry++
		m := topics.Mark{Entry: entry, Result: core.Applied, Indexed: s.random.IntN(10) > 0, Payload: entry, At: core.Time(entry * 1_000_000)}
		if m.Indexed {
			identity++
			m.Identity = hashed(p, identity)
			known = append(known, state.Known{Identity: m.Identity, Payload: m.Payload, Entry: entry, Result: m.Result, At: m.At})
		}
		ledger = append(ledger, s.ledgerRecord(p, m))
	}
	txn := part.at.Txn + 1
	for range 1 + s.random.IntN(5) {
		key := core.AppendAccountKey(nil, "org", fmt.Sprintf("wallet-%d", s.random.IntN(30)))
		value := state.AppendCell(nil, &core.Account{Meta: core.Meta{NextDue: core.Time(s.random.IntN(3))}, Kind: core.KindWallet, Balance: money.Amount(s.random.Int64N(1e9)), Last: entry})
		switch s.random.IntN(6) {
		case 0:
			value = state.AppendDeleted(nil)
		case 1:
			value = nil
		}
		changelog = append(changelog, &kgo.Record{Topic: s.names.Of(topics.Changelog), Partition: p, Key: key, Value: value})
	}
	progress := state.AppendCell(nil, &core.Progress{Txn: txn, Entry: entry, Offsets: []int64{1, 2, 3, 4, 5}})
	changelog = append(changelog, &kgo.Record{Topic: s.names.Of(topics.Changelog), Partition: p, Key: []byte(core.ProgressKey), Value: progress})
	s.commit(append(slices.Clone(ledger), changelog...), end)
	if end == kgo.TryCommit {
		part.next = identity
		part.known = append(part.known, known...)
		part.committed(ledger, changelog, txn)
	}
}

func (s *source) ledgerRecord(p int32, m topics.Mark) *kgo.Record {
	return &kgo.Record{
		Topic: s.names.Of(topics.Ledger), Partition: p, Key: []byte("org"), Value: fmt.Appendf(nil, `{"entry": %d}`, m.Entry),
		Headers: []kgo.RecordHeader{{Key: topics.HeaderMark, Value: topics.AppendLinkedMark(nil, m, core.Link{})}},
	}
}

func (p *sourcePartition) committed(ledger, changelog []*kgo.Record, txn uint64) {
	for _, r := range ledger {
		p.at.Entry++
		p.at.Ledger = r.Offset + 1
		p.rows = append(p.rows, state.LedgerRow{Entry: p.at.Entry, Offset: r.Offset, RecordedAt: core.Time(r.Timestamp.UnixMicro()), Org: "org", Body: r.Value, Mark: r.Headers[0].Value})
	}
	for _, r := range changelog {
		p.at.Changelog = r.Offset + 1
		if state.IsDeleted(r.Value) {
			delete(p.cells, string(r.Key))
			continue
		}
		p.cells[string(r.Key)] = string(r.Value)
	}
	p.at.Txn = txn
}

// takeover commits an ownership record on ledger and changelog.
func (s *source) takeover(p int32) {
	s.t.Helper()
	ledger, changelog := s.encoder.Ownership(p, "member")
	s.commit([]*kgo.Record{ledger, changelog}, kgo.TryCommit)
	s.partitions[p].at.Ledger, s.partitions[p].at.Changelog = ledger.Offset+1, changelog.Offset+1
}

func (s *source) commit(records []*kgo.Record, end kgo.TransactionEndTry) {
	s.t.Helper()
	if err := s.producer.BeginTransaction(); err != nil {
		s.t.Fatal(err)
	}
	if err := s.producer.ProduceSync(s.t.Context(), records...).FirstErr(); err != nil {
		s.t.Fatal(err)
	}
	if err := s.producer.EndTransaction(s.t.Context(), end); err != nil {
		s.t.Fatal(err)
	}
}

// work commits so many transactions on random partitions, with aborted ones and takeovers between them.
func (s *source) work(transactions int) {
	s.t.Helper()
	for range transactions {
		p := int32(s.random.IntN(len(s.partitions)))
		switch s.random.IntN(8) {
		case 0:
			s.transaction(p, 1+s.random.IntN(20), kgo.TryAbort)
		case 1:
			s.takeover(p)
		default:
			s.transaction(p, 1+s.random.IntN(20), kgo.TryCommit)
		}
	}
}

func hashed(p int32, n uint64) (id core.Identity) {
	r := rand.New(rand.NewPCG(uint64(p), n))
	for i := range id {
		id[i] = byte(r.Uint32())
	}
	return id
}

const pieceSize = 64

func (s *source) config(store state.Checkpoint) Config {
	return Config{
		Client: []kgo.Opt{kgo.SeedBrokers(s.brokers...)}, Names: s.names, Partitions: int32(len(s.partitions)), Store: store,
		Logger: slog.New(slog.NewTextHandler(s.t.Output(), nil)), Metrics: NewMetrics(prometheus.NewRegistry()), Window: 24 * time.Hour,
		RowsEvery: 5 * time.Millisecond, CellsEvery: 20 * time.Millisecond, StandBy: 50 * time.Millisecond, PieceSize: pieceSize,
	}
}

// run starts a checkpointer; the function stops it and waits for its end.
func run(t *testing.T, cfg Config) (stop func()) {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
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
		if err := <-done; err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// reached waits until a store is where the source is.
func (s *source) reached(store state.Checkpoint) {
	s.t.Helper()
	s.eventually("the store is where the source is", func() bool {
		positions, err := store.Positions(s.t.Context(), s.numbers())
		if err != nil {
			return false
		}
		for n, p := range s.partitions {
			if at := positions[int32(n)]; at.Ledger != p.at.Ledger || at.Changelog != p.at.Changelog {
				return false
			}
		}
		return true
	})
}

func (s *source) numbers() (all []int32) {
	for n := range s.partitions {
		all = append(all, int32(n))
	}
	return all
}

func (s *source) eventually(what string, holds func() bool) {
	s.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			s.t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(5 * time.Millisecond) // between two looks at the condition
	}
}

// same asserts that a store holds exactly what was committed.
func (s *source) same(store state.Checkpoint) {
	s.t.Helper()
	positions, err := store.Positions(s.t.Context(), s.numbers())
	if err != nil {
		s.t.Fatal(err)
	}
	for n, p := range s.partitions {
		at, want := positions[int32(n)], p.at
		want.Pieces = uint64(len(p.known) / pieceSize)
		if want.Pieces > 0 {
			want.SealedEntry = p.known[want.Pieces*pieceSize-1].Entry
			want.Sealed = p.rows[want.SealedEntry-1].Offset + 1
		}
		if at != want {
			s.t.Errorf("partition %d is at %+v, want %+v", n, at, want)
		}
		s.sameRows(store, int32(n))
		s.sameCells(store, int32(n))
		s.sameIdentities(store, int32(n))
	}
}

func (s *source) sameRows(store state.Checkpoint, p int32) {
	s.t.Helper()
	var rows []state.LedgerRow
	err := store.LedgerRows(s.t.Context(), p, 1, func(r state.LedgerRow) (bool, error) {
		r.Body, r.Mark = bytes.Clone(r.Body), bytes.Clone(r.Mark)
		rows = append(rows, r)
		return true, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	want := s.partitions[p].rows
	if len(rows) != len(want) {
		s.t.Errorf("partition %d has %d rows, want %d", p, len(rows), len(want))
		return
	}
	for i := range rows {
		// The broker's time is in milliseconds; what the producer remembers may be finer.
		want[i].RecordedAt = rows[i].RecordedAt
		if !reflect.DeepEqual(rows[i], want[i]) {
			s.t.Errorf("partition %d: row %+v, want %+v", p, rows[i], want[i])
			return
		}
	}
}

func (s *source) sameCells(store state.Checkpoint, p int32) {
	s.t.Helper()
	cells := map[string]string{}
	_, err := store.Cells(s.t.Context(), p, func(i state.Image) error {
		if due, err := state.NextDueOf(i.Value); err != nil || due != i.NextDue {
			return fmt.Errorf("cell %q is due at %d, and stored as %d: %w", i.Key, due, i.NextDue, err)
		}
		cells[i.Key] = string(i.Value)
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if !reflect.DeepEqual(cells, s.partitions[p].cells) {
		s.t.Errorf("partition %d has cells %q, want %q", p, cells, s.partitions[p].cells)
	}
}

func (s *source) sameIdentities(store state.Checkpoint, p int32) {
	s.t.Helper()
	known := s.partitions[p].known
	sealed := known[:len(known)/pieceSize*pieceSize]
	probes := make([]state.Probe, len(sealed))
	for i, k := range sealed {
		probes[i] = state.Probe{Identity: k.Identity, Pieces: []uint64{uint64(i/pieceSize) + 1}}
	}
	found, err := store.Find(s.t.Context(), p, probes)
	if err != nil {
		s.t.Fatal(err)
	}
	slices.SortFunc(found, func(a, b state.Known) int { return int(int64(a.Entry) - int64(b.Entry)) })
	if !slices.Equal(found, sealed) {
		s.t.Errorf("partition %d: %d identities are found, %d were sealed", p, len(found), len(sealed))
	}
}

// gathered returns the sum of a metric over its labels.
func gathered(t *testing.T, r *prometheus.Registry, name string, labels ...string) (sum float64) {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			var values []string
			for _, l := range m.GetLabel() {
				values = append(values, l.GetValue())
			}
			if len(labels) == 0 || strings.Join(values, ",") == strings.Join(labels, ",") {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}
