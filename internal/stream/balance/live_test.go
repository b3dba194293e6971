package balance_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/stream/balance"
)

// live is a client in the group and what its callbacks say it holds.
type live struct {
	client *kgo.Client
	stop   context.CancelFunc
	done   chan struct{}
}

// holdings is what all clients hold, and notes when one partition has two owners.
type holdings struct {
	sync.Mutex
	by      map[string]map[string]map[int32]bool // member, topic, partition
	overlap []string
	told    map[string]int // how many numbers the newest assignment gave, by member
}

func (h *holdings) heard(id string, m map[string][]int32) {
	h.Lock()
	defer h.Unlock()
	h.told[id] = len(m[inputs[0]])
}

func (h *holdings) assigned(id string, m map[string][]int32) {
	h.Lock()
	defer h.Unlock()
	for topic, partitions := range m {
		for _, p := range partitions {
			for other, topics := range h.by {
				if other != id && topics[topic][p] {
					h.overlap = append(h.overlap, fmt.Sprintf("%s/%d: %s and %s", topic, p, other, id))
				}
			}
			if h.by[id] == nil {
				h.by[id] = map[string]map[int32]bool{}
			}
			if h.by[id][topic] == nil {
				h.by[id][topic] = map[int32]bool{}
			}
			h.by[id][topic][p] = true
		}
	}
}

func (h *holdings) gone(id string, m map[string][]int32) {
	h.Lock()
	defer h.Unlock()
	for topic, partitions := range m {
		for _, p := range partitions {
			delete(h.by[id][topic], p)
		}
	}
}

// stable says whether want members share n numbers, all inputs together and evenly.
func (h *holdings) stable(want int, n int32) bool {
	h.Lock()
	defer h.Unlock()
	owners, all := 0, 0
	for id, topics := range h.by {
		size := len(topics[inputs[0]])
		if size > 0 && h.told[id] != size {
			return false
		}
		if size == 0 {
			continue
		}
		owners++
		all += size
		if size < int(n)/want || size > (int(n)+want-1)/want {
			return false
		}
		for _, topic := range inputs {
			if len(topics[topic]) != size {
				return false
			}
			for p := range topics[inputs[0]] {
				if !topics[topic][p] {
					return false
				}
			}
		}
	}
	return owners == want && all == int(n)
}

// TestRealClients lets kgo clients join and leave a group on the in-process broker.
func TestRealClients(t *testing.T) {
	const n = 12
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(n, inputs...),
		kfake.GroupMinSessionTimeout(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	h := &holdings{by: map[string]map[string]map[int32]bool{}, told: map[string]int{}}

	join := func(id string) *live {
		client, err := kgo.NewClient(
			kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ClientID(id),
			kgo.ConsumerGroup("g"), kgo.ConsumeTopics(inputs...), kgo.Balancers(balance.Observed(balance.CoPartition(), func() []balance.SetAside { return nil }, func(m map[string][]int32) { h.heard(id, m) })),
			kgo.HeartbeatInterval(50*time.Millisecond), kgo.SessionTimeout(6*time.Second), kgo.RebalanceTimeout(10*time.Second),
			kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, m map[string][]int32) { h.assigned(id, m) }),
			kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, m map[string][]int32) { h.gone(id, m) }),
			kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, m map[string][]int32) { h.gone(id, m) }),
		)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		l := &live{client: client, stop: stop, done: make(chan struct{})}
		go func() {
			defer close(l.done)
			for ctx.Err() == nil {
				client.PollFetches(ctx)
			}
		}()
		return l
	}
	leave := func(l *live) {
		l.stop()
		<-l.done
		l.client.Close()
	}
	wait := func(members int) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !h.stable(members, n); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d members never shared the partitions: %v", members, h.by)
			}
		}
	}

	var group []*live
	for i, id := range []string{"a", "b", "c", "d"} {
		group = append(group, join(id))
		wait(i + 1)
	}
	leave(group[1])
	group = slices.Delete(group, 1, 2)
	wait(3)
	leave(group[0])
	group = group[1:]
	wait(2)
	for _, l := range group {
		leave(l)
	}
	if len(h.overlap) > 0 {
		t.Errorf("partitions with two owners: %v", h.overlap)
	}
}
