package stream_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"purser/internal/stream"
	copartition "purser/internal/stream/balance"
	"purser/topics"
)

// member is a member of the group that decides nothing. While it hesitates, it answers the group's heartbeats but does not
// join: so a join takes as long as the test wants.
type member struct {
	client   *kgo.Client
	mu       sync.Mutex
	hold     chan struct{} // nil: it does not hesitate
	wasAsked atomic.Bool   // to join, while it hesitated
	polling  chan struct{} // closed when it does nothing any more
	cancel   context.CancelFunc
}

func (r *rig) member() *member {
	m := &member{polling: make(chan struct{})}
	m.client = r.client(kgo.ConsumerGroup(r.group()), kgo.ConsumeTopics(r.names.Inputs()...), kgo.Balancers(copartition.CoPartition()),
		kgo.DisableAutoCommit(), kgo.HeartbeatInterval(100*time.Millisecond),
		kgo.OnPartitionsRevoked(func(context.Context, *kgo.Client, map[string][]int32) {
			m.mu.Lock()
			hold := m.hold
			m.mu.Unlock()
			if hold != nil {
				m.wasAsked.Store(true)
				<-hold
			}
		}))
	var ctx context.Context
	ctx, m.cancel = context.WithCancel(context.Background())
	go func() {
		defer close(m.polling)
		for ctx.Err() == nil {
			m.client.PollFetches(ctx)
		}
	}()
	r.t.Cleanup(m.leave)
	return m
}

// sharedBy says whether the group has so many members, each with its part: between the two joins in which a new one comes and
// gets something, the group is stable too.
func (r *rig) sharedBy(members int) bool {
	described, err := r.admin.DescribeGroups(r.context(), r.group())
	g := described[r.group()]
	if err != nil || g.State != "Stable" || len(g.Members) != members {
		return false
	}
	for _, m := range g.Members {
		if assigned, ok := m.Assigned.AsConsumer(); !ok || len(assigned.Topics) == 0 {
			return false
		}
	}
	return true
}

func (m *member) hesitate() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hold = make(chan struct{})
}

func (m *member) goOn() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.hold != nil {
		close(m.hold)
		m.hold = nil
	}
}

func (m *member) leave() {
	m.goOn()
	m.cancel()
	<-m.polling
	m.client.Close()
}

// heldJoin is a process that joins and cannot end, because a member hesitates, while usage goes on for so long.
func heldJoin(t *testing.T, usage time.Duration) (r *rig, p *process, others []*member, events int) {
	t.Helper()
	r = newRig(t)
	r.tune = func(c *stream.Config) {
		c.Workers, c.TransactionTimeout, c.RebalanceTimeout = 1, time.Second, 30*time.Second
	}
	const orgs = 40 // some on each partition
	p = r.process("a")
	for n := range orgs {
		r.define(fmt.Sprint("org", n), fmt.Sprint("w", n))
	}
	r.drained()
	slow := r.member()
	r.eventually("two members share the partitions", func() bool { return r.sharedBy(2) })
	slow.hesitate()
	third := r.member()
	r.eventually("it is asked to join again", func() bool { return slow.wasAsked.Load() })
	for began := time.Now(); time.Since(began) < usage; events++ {
		n := events % orgs
		r.send(r.usage(fmt.Sprint("org", n), fmt.Sprint("w", n), fmt.Sprint("u", events)))
		time.Sleep(5 * time.Millisecond) // a rate, not a wait
	}
	return r, p, []*member{slow, third}, events
}

// TestNoTransactionIsOpenWhileOthersHoldUpAJoin: a member that hesitates for longer than a transaction may be open costs the
// others a pause, and none of what they have in memory.
func TestNoTransactionIsOpenWhileOthersHoldUpAJoin(t *testing.T) {
	r, p, others, events := heldJoin(t, 3*time.Second)
	for _, m := range others {
		m.leave()
	}
	r.drained()
	if unknown, restarts := p.metric("purser_transactions_total", "unknown"), p.metric("purser_worker_restarts_total"); unknown+restarts > 0 {
		t.Errorf("%v transactions ended in doubt, %v workers began anew", unknown, restarts)
	}
	r.eachUsageOnce(events)
}

// TestAStopDoesNotWaitForAJoinThatOthersHoldUp: nothing is begun meanwhile, so there is nothing to finish.
func TestAStopDoesNotWaitForAJoinThatOthersHoldUp(t *testing.T) {
	r, p, others, events := heldJoin(t, 2*time.Second)
	began := time.Now()
	p.stop()
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the stop took %v", took)
	}
	for _, m := range others {
		m.leave()
	}
	r.run("b")
	r.drained()
	r.eachUsageOnce(events)
}

func (r *rig) eachUsageOnce(events int) {
	r.t.Helper()
	seen := map[string]int{}
	for _, entries := range r.entries() {
		for _, e := range entries {
			if e.Type == topics.TypeUsageRecorded {
				seen[e.ID]++
			}
		}
	}
	for n := range events {
		if id := fmt.Sprint("u", n); seen[id] != 1 {
			r.t.Errorf("event %s has %d ledger records", id, seen[id])
		}
	}
}

// TestAMemberThatTheGroupForgotGivesUpWhatItKnew: the client joins again by itself under a new id, and may be given back
// what others have had meanwhile.
func TestAMemberThatTheGroupForgotGivesUpWhatItKnew(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(100*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	r := newRigOn(t, topics.Names{Prefix: "t."}, 4, kgo.SeedBrokers(cluster.ListenAddrs()...))
	r.tune = func(c *stream.Config) { c.Workers, c.SessionTimeout, c.RebalanceTimeout = 1, time.Second, time.Second }
	p := r.process("a")
	r.define("org", "w")
	r.drained()
	described, err := r.admin.DescribeGroups(r.context(), r.group())
	if err != nil || len(described[r.group()].Members) != 1 {
		t.Fatalf("%+v, %v", described, err)
	}
	forgotten := described[r.group()].Members[0].MemberID
	cluster.ControlKey(int16(kmsg.JoinGroup), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		join, ok := req.(*kmsg.JoinGroupRequest)
		if !ok || join.MemberID != forgotten {
			return nil, nil, false
		}
		resp := join.ResponseKind().(*kmsg.JoinGroupResponse)
		resp.ErrorCode = kerr.UnknownMemberID.Code
		return resp, nil, true
	})
	r.member()
	r.eventually("the worker has given up", func() bool { return p.metric("purser_worker_restarts_total") >= 1 })
}
