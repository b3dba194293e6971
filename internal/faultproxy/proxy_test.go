package faultproxy_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"purser/internal/faultproxy"
)

func start(t *testing.T) (*faultproxy.Proxy, *kfake.Cluster) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	p, err := faultproxy.New(cluster.ListenAddrs()[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, cluster
}

func client(t *testing.T, p *faultproxy.Proxy, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(opts, kgo.SeedBrokers(p.Addr))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestClientsStayWithTheProxy: whatever a client asks, also of a coordinator, comes by.
func TestClientsStayWithTheProxy(t *testing.T) {
	p, _ := start(t)
	seen := map[int16]*atomic.Int64{}
	for _, key := range []kmsg.Key{kmsg.Produce, kmsg.EndTxn, kmsg.InitProducerID} {
		seen[int16(key)] = new(atomic.Int64)
	}
	p.Judge(func(r faultproxy.Request) faultproxy.Fate {
		if n := seen[r.Key]; n != nil && r.ClientID == "mine" {
			n.Add(1)
		}
		return faultproxy.Pass
	})
	c := client(t, p, kgo.ClientID("mine"), kgo.TransactionalID("tx"))
	if err := c.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := c.ProduceSync(t.Context(), &kgo.Record{Topic: "t", Value: []byte("v")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := c.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	for key, n := range seen {
		if n.Load() == 0 {
			t.Errorf("no %s came by", kmsg.NameForKey(key))
		}
	}
}

// TestFates: what is lost on its way to the broker never happened; what is lost on its way back did; and what is pretended
// did not, although the client thinks so.
func TestFates(t *testing.T) {
	p, cluster := start(t)
	direct, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer direct.Close()
	for fate, want := range map[faultproxy.Fate]struct {
		done, told bool
	}{
		faultproxy.Pass: {true, true}, faultproxy.LoseRequest: {false, false},
		faultproxy.LoseAnswer: {true, false}, faultproxy.Pretend: {false, true},
	} {
		group := "g" + string(rune('0'+fate))
		var came atomic.Int64
		p.Judge(func(r faultproxy.Request) faultproxy.Fate {
			if r.Key != int16(kmsg.OffsetCommit) {
				return faultproxy.Pass
			}
			came.Add(1)
			return fate
		})
		c := client(t, p, kgo.RequestRetries(0), kgo.RetryTimeout(time.Second))
		var at kadm.Offsets
		at.AddOffset("t", 0, 7, -1)
		_, err := kadm.NewClient(c).CommitOffsets(t.Context(), group, at)
		if came.Load() == 0 {
			t.Fatalf("fate %d: the commit did not come by", fate)
		}
		if (err == nil) != want.told {
			t.Errorf("fate %d: the client was told %v", fate, err)
		}
		held, _ := kadm.NewClient(direct).FetchOffsets(t.Context(), group)
		if o, ok := held.Lookup("t", 0); (ok && o.At == 7) != want.done {
			t.Errorf("fate %d: the broker holds %+v", fate, o)
		}
	}
}
