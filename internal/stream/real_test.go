package stream_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/stream"
	"purser/internal/testenv"
	"purser/topics"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// TestAFifthOfAMillionDueAtOnceOnKafka: 200,000 wallets become due at one instant while usage goes on and a worker dies.
func TestAFifthOfAMillionDueAtOnceOnKafka(t *testing.T) {
	testenv.Real(t)
	k := testenv.Kafka(t)
	r := newRigOn(t, topics.Names{Prefix: k.Prefix + "due."}, 4, kgo.SeedBrokers(k.Brokers...))
	var death die
	r.tune = func(c *stream.Config) {
		c.SessionTimeout, c.RebalanceTimeout, c.TransactionTimeout = 6*time.Second, 10*time.Second, 10*time.Second
		c.SliceMax, c.BatchMax, c.MaxTickAhead, c.PinnedMax, c.CellsMax, c.Failpoint = 2000, 5000, 0, 1_000_000, 1_000_000, death.at("before-end")
	}
	const orgs, wallets = 200, 1000
	expires := time.Now().Add(day).Truncate(time.Second)
	r.run("a")
	r.manyWallets(orgs, wallets, expires)
	death.left.Store(20)
	began := time.Now()
	r.tick(expires.Add(time.Hour))
	var usage []*kgo.Record
	for n := range 20_000 {
		usage = append(usage, r.usage(fmt.Sprint("org", n%orgs), fmt.Sprint("w", wallets-1-n/orgs), fmt.Sprint("u", n)))
	}
	r.send(usage...)
	r.eventually("a worker has died", func() bool { return death.left.Load() <= 0 })
	r.run("b")
	r.drained()
	t.Logf("%d grants expired within %v", orgs*wallets, time.Since(began).Round(time.Millisecond))
	r.eachExpiredOnce(orgs*wallets, expires)
	r.usageFollowsExpiry()
	r.lastTickMovesAtTheEnd(topics.TimeOf(expires.Add(time.Hour)))
}
