package checkpoint

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"purser/processors/core"
	"purser/state"
	"purser/state/inmem"
	"purser/topics"
)

func TestWhatWasCommittedArrivesAndNothingElse(t *testing.T) {
	s, store := fake(t, 3), new(inmem.Checkpoint)
	s.work(20)
	run(t, s.config(store))
	s.reached(store)
	s.same(store)
	s.work(60)
	s.reached(store)
	s.same(store)
}

func TestAStopSavesWhatWasRead(t *testing.T) {
	s, store := fake(t, 2), new(inmem.Checkpoint)
	s.work(30)
	cfg := s.config(store)
	cfg.RowsEvery, cfg.CellsEvery = time.Hour, time.Hour
	registry := prometheus.NewRegistry()
	cfg.Metrics = NewMetrics(registry)
	var rows int
	for _, p := range s.partitions {
		rows += len(p.rows)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	s.eventually("all rows are read", func() bool {
		// A piece that is complete does not wait for the interval.
		return gathered(t, registry, "purser_checkpoint_held_rows")+gathered(t, registry, "purser_checkpoint_rows_total") == float64(rows)
	})
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for n := range s.partitions {
		s.sameRows(store, int32(n))
	}
}

func TestStartsAndStopsAtRandom(t *testing.T) {
	s, store := fake(t, 2), new(inmem.Checkpoint)
	random := rand.New(rand.NewPCG(7, 7))
	for range 15 {
		stop := run(t, s.config(store))
		s.work(1 + random.IntN(12))
		if random.IntN(2) == 0 {
			s.reached(store)
		}
		stop()
	}
	run(t, s.config(store))
	s.reached(store)
	s.same(store)
}

// flaky fails steps before and after they are done, as a connection that breaks does.
type flaky struct {
	state.Checkpoint
	mu     sync.Mutex
	random *rand.Rand
}

var errBroken = errors.New("connection lost")

func (f *flaky) chance() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.random.IntN(4)
}

func (f *flaky) Save(ctx context.Context, s *state.Save) error {
	chance := f.chance()
	if chance == 0 {
		return errBroken
	}
	if err := f.Checkpoint.Save(ctx, s); err != nil {
		return err
	}
	if chance == 1 {
		return errBroken
	}
	return nil
}

func (f *flaky) Positions(ctx context.Context, partitions []int32) (map[int32]state.Position, error) {
	if f.chance() == 0 {
		return nil, errBroken
	}
	return f.Checkpoint.Positions(ctx, partitions)
}

func TestAStoreThatFailsLosesNothingAndDoublesNothing(t *testing.T) {
	s, store := fake(t, 2), new(inmem.Checkpoint)
	run(t, s.config(&flaky{Checkpoint: store, random: rand.New(rand.NewPCG(3, 3))}))
	for range 10 {
		s.work(5)
	}
	s.reached(store)
	s.same(store)
}

func TestSeveralCheckpointersDoNoHarm(t *testing.T) {
	s, store := fake(t, 2), new(inmem.Checkpoint)
	registry := prometheus.NewRegistry()
	first := s.config(store)
	first.Metrics = NewMetrics(registry)
	stop := run(t, first)
	run(t, s.config(store))
	for range 20 {
		s.work(5)
	}
	s.reached(store)
	s.same(store)
	stop() // the other one, standing by or not, goes on alone
	s.work(20)
	s.reached(store)
	s.same(store)
}

func TestASecondCheckpointerStandsByAndTakesOver(t *testing.T) {
	s, store := fake(t, 1), new(inmem.Checkpoint)
	s.work(10)
	registry := prometheus.NewRegistry()
	cfg := s.config(store)
	cfg.Metrics = NewMetrics(registry)
	held := &held{Checkpoint: store, release: make(chan struct{})}
	cfg.Store = held
	run(t, cfg) // its first step is held back until the other one has done the same
	held.waiting(s)
	stop := run(t, s.config(store))
	s.reached(store)
	s.work(5)
	s.reached(store)
	close(held.release)
	s.eventually("the first one has lost", func() bool {
		return gathered(t, registry, "purser_checkpoint_steps_total", "superseded") >= 1
	})
	stop()
	s.work(10)
	s.reached(store)
	s.same(store)
}

// held lets steps through only once it was released, and Positions always.
type held struct {
	state.Checkpoint
	release chan struct{}
	began   atomic.Int64
}

func (h *held) Save(ctx context.Context, s *state.Save) error {
	h.began.Add(1)
	select {
	case <-h.release:
		return h.Checkpoint.Save(ctx, s)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *held) waiting(s *source) {
	s.eventually("a step waits", func() bool { return h.began.Load() > 0 })
}

func TestMemoryIsBoundedWhileTheStoreDoesNotAnswer(t *testing.T) {
	s, store := fake(t, 2), new(inmem.Checkpoint)
	for range 40 {
		s.transaction(0, 20, kgo.TryCommit)
		s.transaction(1, 20, kgo.TryCommit)
	}
	held := &held{Checkpoint: store, release: make(chan struct{})}
	cfg := s.config(held)
	cfg.MaxRows = 100
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c.cfg.RowsEvery = time.Millisecond
	if err := c.readPositions(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.open(); err != nil {
		t.Fatal(err)
	}
	defer c.client.Close()
	s.eventually("memory is full", func() bool {
		c.startSteps(ctx, time.Now(), c.full())
		if !c.full() {
			c.poll(ctx)
		}
		return c.full() && c.running > 0
	})
	// One poll may go over the bound by what it brings, and no more is polled until a step ends.
	if h := c.held(); h.rows > cfg.MaxRows+pollRecords {
		t.Errorf("%d rows are held", h.rows)
	}
	close(held.release)
	for ctx.Err() == nil {
		c.await(ctx)
		c.collect()
		if c.startSteps(ctx, time.Now(), c.full()); !c.full() {
			break
		}
	}
	cancel()
}

func TestAGapInTheLedgerStopsItsPartitionAlone(t *testing.T) {
	s, store := fake(t, 2), new(inmem.Checkpoint)
	registry := prometheus.NewRegistry()
	cfg := s.config(store)
	cfg.Metrics = NewMetrics(registry)
	run(t, cfg)
	s.transaction(0, 5, kgo.TryCommit)
	s.reached(store)
	gap := topics.Mark{Entry: s.partitions[0].at.Entry + 2, Result: core.Applied}
	s.commit([]*kgo.Record{s.ledgerRecord(0, gap)}, kgo.TryCommit)
	s.eventually("the partition has stopped", func() bool { return gathered(t, registry, "purser_checkpoint_stopped_partitions") == 1 })
	s.transaction(1, 5, kgo.TryCommit)
	s.reached(store)
	s.same(store)
}

func TestATopicThatIsDeniedAsAWholeIsTriedAgain(t *testing.T) {
	s, store := fake(t, 2), new(inmem.Checkpoint)
	registry := prometheus.NewRegistry()
	cfg := s.config(store)
	cfg.Client = append(cfg.Client, kgo.MetadataMinAge(10*time.Millisecond), kgo.MetadataMaxAge(20*time.Millisecond))
	cfg.Metrics = NewMetrics(registry)
	run(t, cfg)
	s.transaction(0, 5, kgo.TryCommit)
	s.reached(store)
	var allowed atomic.Bool
	s.cluster.ControlKey(int16(kmsg.Metadata), func(req kmsg.Request) (kmsg.Response, error, bool) {
		if allowed.Load() {
			return nil, nil, false
		}
		s.cluster.KeepControl()
		denied := req.ResponseKind().(*kmsg.MetadataResponse)
		denied.Brokers = []kmsg.MetadataResponseBroker{broker(t, s.brokers[0])}
		for _, name := range []string{s.names.Of(topics.Ledger), s.names.Of(topics.Changelog)} {
			topic := kmsg.NewMetadataResponseTopic()
			topic.Topic, topic.ErrorCode = &name, kerr.TopicAuthorizationFailed.Code
			denied.Topics = append(denied.Topics, topic)
		}
		return denied, nil, true
	})
	s.eventually("a fetch has failed", func() bool { return gathered(t, registry, "purser_checkpoint_fetch_errors_total") > 0 })
	allowed.Store(true)
	s.transaction(1, 5, kgo.TryCommit)
	s.reached(store)
	s.same(store)
}

func broker(t *testing.T, address string) kmsg.MetadataResponseBroker {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	b := kmsg.NewMetadataResponseBroker()
	b.Host, b.Port = host, int32(number)
	return b
}

func TestALedgerThatWasCutStopsAndDoesNotJump(t *testing.T) {
	s, store := fake(t, 1), new(inmem.Checkpoint)
	s.work(20)
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: s.names.Of(topics.Ledger), Partition: 0, At: 10})
	if _, err := kadm.NewClient(s.producer).DeleteRecords(t.Context(), offsets); err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	cfg := s.config(store)
	cfg.Metrics = NewMetrics(registry)
	run(t, cfg)
	s.eventually("the partition has stopped", func() bool { return gathered(t, registry, "purser_checkpoint_stopped_partitions") == 1 })
	positions, err := store.Positions(t.Context(), []int32{0})
	if err != nil || positions[0].Entry != 0 {
		t.Errorf("the store is at %+v, %v", positions[0], err)
	}
}

func TestPiecesOutsideTheWindowAreDroppedAndNumbersGoOn(t *testing.T) {
	s, store := fake(t, 1), new(inmem.Checkpoint)
	cfg := s.config(store)
	cfg.Window = pieceSize * time.Second // entries are a second apart
	stop := run(t, cfg)
	for range 30 {
		s.transaction(0, 20, kgo.TryCommit)
	}
	s.reached(store)
	stop()
	run(t, cfg)
	for range 30 {
		s.transaction(0, 20, kgo.TryCommit)
	}
	s.reached(store)
	pieces, err := store.Pieces(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	last := uint64(len(s.partitions[0].known) / pieceSize)
	if len(pieces) == 0 || len(pieces) > 3 || pieces[len(pieces)-1].Number != last {
		t.Errorf("of %d pieces %d are left, the last one has number %d", last, len(pieces), pieces[len(pieces)-1].Number)
	}
}

func TestEveryMetricSaysWhatItIsInASentence(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := NewMetrics(registry)
	m.Position.WithLabelValues("ledger", "0")
	m.Lag.WithLabelValues("ledger", "0")
	m.Age.WithLabelValues("0")
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if len(families) != 16 {
		t.Errorf("%d metrics", len(families))
	}
	for _, f := range families {
		help := f.GetHelp()
		if !strings.HasPrefix(f.GetName(), "purser_checkpoint_") || !strings.HasSuffix(help, ".") || strings.Count(help, " ") < 3 {
			t.Errorf("%s: %q", f.GetName(), help)
		}
	}
}

func TestAConfigurationThatLacksSomethingIsRefused(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("an empty configuration was taken")
	}
}
