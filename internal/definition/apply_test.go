package definition_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/definition"
	"purser/topics"
)

const three = "define: org\norg: a\n---\ndefine: org\norg: b\n---\ndefine: org\norg: c\n"

// applier sends to a broker that nobody reads from. What is decided by an engine is tested with one, in cmd/purser.
func applier(t *testing.T, w *world, seed ...string) *definition.Applier {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, seed...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.UnknownTopicRetries(0), kgo.RecordDeliveryTimeout(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &definition.Applier{Client: client, Group: "g", Desk: &w.desk, Wait: true, Timeout: time.Second, Progress: func(int, int) {}}
}

func fates(outcomes []*definition.Outcome) string {
	all := make([]string, len(outcomes))
	for i, o := range outcomes {
		all[i] = string(o.Fate)
	}
	return strings.Join(all, ", ")
}

func TestWhatNobodyDecidesIsSaidToBeUndecided(t *testing.T) {
	w := newWorld(t)
	a := applier(t, w, topics.Account, topics.Ledger, topics.Changelog)
	outcomes, err := a.Apply(t.Context(), w.plan(three, time.Now()))
	if err != nil || fates(outcomes) != "undecided, undecided, undecided" || !strings.Contains(outcomes[0].Reason, "does a process run?") {
		t.Errorf("%s, %v: %s", fates(outcomes), err, outcomes[0].Reason)
	}
	a.Wait = false
	if outcomes, err := a.Apply(t.Context(), w.plan(three, time.Now())); err != nil || fates(outcomes) != "sent, sent, sent" {
		t.Errorf("without waiting: %s, %v", fates(outcomes), err)
	}
}

// TestTheSameChangeHasTheSameIdentity, and another one another: applied twice at once it counts once.
func TestTheSameChangeHasTheSameIdentity(t *testing.T) {
	w := newWorld(t)
	a := applier(t, w, topics.Account, topics.Ledger, topics.Changelog)
	a.Wait = false
	sent := func(text string) {
		t.Helper()
		if _, err := a.Apply(t.Context(), w.plan(text, time.Now())); err != nil {
			t.Fatal(err)
		}
	}
	sent(three)
	sent(three)
	sent("define: org\norg: a\ncurrency: USD\n")
	w.hold("acme", org(), wallet("alice"))
	sent("define: org\norg: a\neffective_from: 2026-01-01T00:00:00Z\n")

	reader, err := kgo.NewClient(kgo.SeedBrokers(a.Client.OptValue(kgo.SeedBrokers).([]string)...), kgo.ConsumeTopics(topics.Account), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	times, n := map[string]int{}, 0
	for n < 8 {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(rec *kgo.Record) {
			n++
			times[string(rec.Key)+" "+string(topics.Header(rec, "ce_id"))]++
			if rec.Partition != topics.PartitionOf(string(rec.Key), partitions) || string(topics.Header(rec, "ce_source")) != definition.Source {
				t.Errorf("%s of %s is on partition %d", rec.Headers, rec.Key, rec.Partition)
			}
		})
	}
	twice := 0
	for _, many := range times {
		if many == 2 {
			twice++
		}
	}
	if len(times) != 5 || twice != 3 {
		t.Errorf("the identities are %v", times)
	}
}

func TestWhatCannotBeSentIsToldForEach(t *testing.T) {
	w := newWorld(t)
	a := applier(t, w, topics.Ledger, topics.Changelog) // there is no topic for definitions
	outcomes, err := a.Apply(t.Context(), w.plan(three, time.Now()))
	if err == nil || fates(outcomes) != "not sent, not sent, not sent" || outcomes[2].Reason == "" {
		t.Errorf("%s, %v", fates(outcomes), err)
	}
	if outcomes, err := applier(t, w).Apply(t.Context(), w.plan(three, time.Now())); err == nil || outcomes != nil {
		t.Errorf("without a ledger nothing may be sent: %s, %v", fates(outcomes), err)
	}
}
