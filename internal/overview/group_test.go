package overview_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/overview"
	"purser/internal/provision"
	"purser/internal/stream/balance"
	"purser/topics"
)

// TestWhoHasSetWhatAside: a partition is set aside if its owner says so; what another says of it is shown beside.
func TestWhoHasSetWhatAside(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	seeds := kgo.SeedBrokers(cluster.ListenAddrs()...)
	client, err := kgo.NewClient(seeds)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	admin, names := kadm.NewClient(client), topics.Names{}
	if _, err := provision.CreateTopics(t.Context(), admin, names, 2, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := provision.CommitStartOffsets(t.Context(), admin, names, "g"); err != nil {
		t.Fatal(err)
	}
	since := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	said := []balance.SetAside{{Partition: 0, Reason: "broken", Since: since}, {Partition: 1, Reason: "broken", Since: since}, {Partition: 99}}
	for id, says := range map[string][]balance.SetAside{"broken": said, "sound": nil} {
		joinGroup(t, names, id, says, seeds)
	}
	var o *overview.Overview
	for deadline := time.Now().Add(time.Minute); o == nil || o.Members != 2 || o.Partitions[0].Owner == "" || o.Partitions[1].Owner == ""; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the two never share the partitions: %+v", o)
		}
		if o, err = overview.Gather(t.Context(), overview.Sources{Admin: admin, Names: names, Group: "g"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range o.Partitions {
		want := map[string]overview.State{"broken": overview.SetAside, "sound": overview.Owned}[p.Owner]
		if told := (overview.Aside{Member: "broken", Reason: "broken", Since: since}); p.State != want || len(p.Aside) != 1 || p.Aside[0] != told {
			t.Errorf("a partition of %s: %+v", p.Owner, p)
		}
	}
}

// joinGroup makes a member that says what it has set aside and polls until the test ends.
func joinGroup(t *testing.T, names topics.Names, id string, says []balance.SetAside, opts ...kgo.Opt) {
	t.Helper()
	b := balance.Observed(balance.CoPartition(), func() []balance.SetAside { return says }, func(map[string][]int32) {})
	member, err := kgo.NewClient(append(opts, kgo.ClientID(id), kgo.ConsumerGroup("g"), kgo.ConsumeTopics(names.Inputs()...),
		kgo.Balancers(b), kgo.DisableAutoCommit(), kgo.HeartbeatInterval(100*time.Millisecond))...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			member.PollFetches(ctx)
		}
	}()
	t.Cleanup(func() { cancel(); <-done; member.Close() })
}
