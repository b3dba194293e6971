package stores_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/internal/stream"
	"purser/internal/verify"
	"purser/internal/verify/stores"
	"purser/topics"
)

// town is an engine with a broker of its own, and all that goes on upstream of it.
type town struct {
	t        *testing.T
	names    topics.Names
	client   []kgo.Opt
	producer *kgo.Client
	ticks    *kgo.Client // to a partition of one's choice
	random   *rand.Rand
	ids      int
	sent     sync.Mutex
}

const (
	townOrgs       = 4
	townWallets    = 6
	townPartitions = 3
)

// newTown starts the engine. What happens is the same for the same seed.
func newTown(t *testing.T, prefix string, seed uint64, tune ...func(*stream.Config)) *town {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	w := &town{t: t, names: topics.Names{Prefix: prefix}, client: []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...)}, random: rand.New(rand.NewPCG(seed, seed))}
	startEngine(t, w.client, w.names, townPartitions, nil, append(tune, func(c *stream.Config) { c.MaxTickAhead = 0 })...)
	if w.producer, err = kgo.NewClient(w.client...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.producer.Close)
	if w.ticks, err = kgo.NewClient(append(w.client, kgo.RecordPartitioner(kgo.ManualPartitioner()))...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.ticks.Close)
	return w
}

// smallSlices has due work done in many pieces.
func smallSlices(c *stream.Config) { c.SliceMax = 7 }

// tick says what time it is, and returns when all that is due by then is done.
func (w *town) tick(now time.Time) {
	w.t.Helper()
	for p := range int32(townPartitions) {
		if err := w.ticks.ProduceSync(w.t.Context(), topics.NewTick(w.names, p, topics.TimeOf(now))).FirstErr(); err != nil {
			w.t.Fatal(err)
		}
	}
	w.drained()
}

func (w *town) drained() { drained(w.t, committed.NewReader(w.producer), w.names) }

// audit judges what the engine has made of it all.
func (w *town) audit() *verify.Report {
	w.t.Helper()
	report, err := verify.Run(w.t.Context(), verify.Config{
		Client: w.client, Prefix: w.names.Prefix, Group: "engine", QuietTimeout: time.Minute, ReadCell: stores.ReadCell, Unsettled: stores.Unsettled, Due: stores.Due,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	_ = report.Write(testWriter{w.t})
	return report
}
