package stream_test

import (
	"context"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/stream"
	"purser/internal/testenv"
	"purser/topics"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// The million: orgs × wallets, of which some are used while the work goes on that is due at one instant.
const (
	millionOrgs    = 1000
	millionWallets = 1000
	millionUsages  = 20_000
	millionSlice   = 2000
)

// TestAMillionDueAtOnceOnKafka: a million wallets become due at one instant. A worker dies over it, its partitions are
// restored by others, and usage that comes when the work has begun is decided long before it ends.
func TestAMillionDueAtOnceOnKafka(t *testing.T) {
	testenv.Real(t)
	k := testenv.Kafka(t)
	r := newRigOn(t, topics.Names{Prefix: k.Prefix + "due."}, 4, kgo.SeedBrokers(k.Brokers...))
	var death die
	begun := newHold(t)
	r.tune = func(c *stream.Config) {
		c.SessionTimeout, c.RebalanceTimeout, c.TransactionTimeout = 6*time.Second, 10*time.Second, 10*time.Second
		c.SliceMax, c.BatchMax, c.MaxTickAhead, c.PinnedMax, c.CellsMax = millionSlice, 5000, 0, 1_000_000, 20_000
		waits, dies := begun.at("after-decide"), death.at("before-end")
		c.Failpoint = func(step string) { waits(step); dies(step) }
	}
	expires := time.Now().Add(day).Truncate(time.Second)
	tick := expires.Add(time.Hour)
	r.run("a")
	began := time.Now()
	r.manyWallets(millionOrgs, millionWallets, expires)
	t.Logf("%d wallets with a grant each were made in %v", millionOrgs*millionWallets, time.Since(began).Round(time.Millisecond))

	m := newMillion(r, expires, tick)
	begun.left.Store(20)  // transactions
	death.left.Store(100) // likewise
	began = time.Now()
	r.tick(tick)
	r.eventually("the work has begun", func() bool { return begun.left.Load() <= 0 })
	r.send(m.usage()...)
	begun.letGo()
	r.eventually("a worker has died", func() bool { return death.left.Load() <= 0 })
	r.run("b")
	r.drained()
	t.Logf("they expired within %v", time.Since(began).Round(time.Millisecond))
	m.readBack()
	m.judge()
}

// hold makes workers wait at a step, from the n-th time on that one comes by after being armed, until they are let go or the
// test ends: one that has failed would otherwise wait for ever for its processes to stop.
type hold struct {
	left  atomic.Int64
	holds atomic.Bool
	until context.Context
	letGo context.CancelFunc // may be called again
}

func newHold(t *testing.T) *hold {
	t.Helper()
	h := new(hold)
	h.until, h.letGo = context.WithCancel(t.Context())
	return h
}

func (h *hold) at(step string) func(string) {
	return func(name string) {
		if name != step {
			return
		}
		if h.left.Load() > 0 && h.left.Add(-1) == 0 {
			h.holds.Store(true)
		}
		if h.holds.Load() {
			<-h.until.Done()
		}
	}
}
