package takeover_test

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/stream/takeover"
	"purser/internal/testenv"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// place is a broker with a ledger, a changelog and an input of one partition each.
type place struct {
	brokers []string
	prefix  string
}

func (p place) topic(name string) string { return p.prefix + name }

func (p place) client(t *testing.T, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(p.brokers...)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// onBoth runs a test on the in-process broker and on the real one.
func onBoth(t *testing.T, f func(*testing.T, place)) {
	prepare := func(t *testing.T, p place) place {
		client := p.client(t)
		_, err := kadm.NewClient(client).CreateTopics(t.Context(), 1, 1, nil, p.topic("ledger"), p.topic("changelog"), p.topic("usage"))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	t.Run("embedded", func(t *testing.T) {
		cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cluster.Close)
		f(t, prepare(t, place{brokers: cluster.ListenAddrs(), prefix: "p."}))
	})
	t.Run("real", func(t *testing.T) {
		k := testenv.Kafka(t)
		f(t, prepare(t, place{brokers: k.Brokers, prefix: k.Prefix}))
	})
}

// begin leaves a transaction open on the ledger and the changelog.
func (p place) begin(t *testing.T, client *kgo.Client) {
	t.Helper()
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for _, topic := range []string{"ledger", "changelog"} {
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: p.topic(topic), Value: []byte("x")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// heldBack is how far the last stable offset of the ledger is behind its end.
func (p place) heldBack(t *testing.T) int64 {
	t.Helper()
	admin := kadm.NewClient(p.client(t))
	ends, err := admin.ListEndOffsets(t.Context(), p.topic("ledger"))
	if err != nil {
		t.Fatal(err)
	}
	stable, err := admin.ListCommittedOffsets(t.Context(), p.topic("ledger"))
	if err != nil {
		t.Fatal(err)
	}
	e, _ := ends.Lookup(p.topic("ledger"), 0)
	s, _ := stable.Lookup(p.topic("ledger"), 0)
	return e.Offset - s.Offset
}

func (p place) end(t *testing.T) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ended, err := takeover.EndOpenTransactions(ctx, p.client(t), p.prefix+"group",
		map[string][]int32{p.topic("ledger"): {0}, p.topic("changelog"): {0}})
	if err != nil {
		t.Fatal(err)
	}
	return ended
}

// join makes a client a member of the group and returns when it is one.
func (p place) join(t *testing.T, clientID string) {
	t.Helper()
	assigned := make(chan struct{}, 8)
	member := p.client(t, kgo.ClientID(clientID), kgo.ConsumerGroup(p.prefix+"group"), kgo.ConsumeTopics(p.topic("usage")),
		kgo.OnPartitionsAssigned(func(context.Context, *kgo.Client, map[string][]int32) { assigned <- struct{}{} }))
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			member.PollFetches(ctx)
		}
	}()
	t.Cleanup(func() { stop(); <-done })
	select {
	case <-assigned:
	case <-time.After(20 * time.Second):
		t.Fatalf("%s never joined", clientID)
	}
}

// A transaction of a worker that is gone is ended at once, long before its timeout, and its id is fenced.
func TestADeadWorkersTransactionIsEnded(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		p.join(t, p.prefix+"successor")
		for _, id := range []string{p.prefix + "w1", p.prefix + "w1" + takeover.OwnershipSuffix} {
			dead := p.client(t, kgo.TransactionalID(id), kgo.TransactionTimeout(time.Minute))
			p.begin(t, dead)
			if p.heldBack(t) == 0 {
				t.Fatal("the open transaction holds nothing back: this test would prove nothing")
			}
			if id == p.prefix+"w1" {
				dead.Close() // as a process that vanished; the other one stays, as one that sleeps
			}
			began := time.Now()
			if ended := p.end(t); !slices.Equal(ended, []string{id}) {
				t.Fatalf("ended %v, want %s", ended, id)
			}
			took := time.Since(began)
			t.Logf("ended %s in %v", id, took)
			if took > 3*time.Second {
				t.Errorf("it took %v", took)
			}
			if behind := p.heldBack(t); behind != 0 {
				t.Errorf("the last stable offset is still held back by %d", behind)
			}
			if id != p.prefix+"w1" {
				if err := dead.EndTransaction(t.Context(), kgo.TryCommit); err == nil {
					t.Error("the sleeper could commit what was ended")
				}
			}
		}
	})
}

// A member's transaction, of its batches or its ownership, is its own business.
func TestALivingMembersTransactionIsLeftAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		p.join(t, p.prefix+"w1")
		for _, id := range []string{p.prefix + "w1", p.prefix + "w1" + takeover.OwnershipSuffix} {
			living := p.client(t, kgo.TransactionalID(id))
			p.begin(t, living)
			if ended := p.end(t); len(ended) != 0 {
				t.Fatalf("ended %v of a living member", ended)
			}
			if err := living.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
				t.Errorf("it can no longer commit: %v", err)
			}
		}
	})
}

// What is open elsewhere is nobody's business here, and where nothing is open nothing is ended.
func TestATransactionElsewhereIsLeftAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		elsewhere := p.client(t, kgo.TransactionalID(p.prefix+"upstream"))
		if err := elsewhere.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := elsewhere.ProduceSync(t.Context(), &kgo.Record{Topic: p.topic("usage")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if ended := p.end(t); len(ended) != 0 {
			t.Fatalf("ended %v", ended)
		}
		if err := elsewhere.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
	})
}

// A broker that is away ends it with the context's error, not with a guess.
func TestItGivesUpWithItsContext(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	p := place{brokers: cluster.ListenAddrs()}
	client := p.client(t)
	cluster.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := takeover.EndOpenTransactions(ctx, client, "g", map[string][]int32{"ledger": {0}}); err == nil {
		t.Fatal("no error although nobody answered")
	}
}
