package provision_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"purser/internal/provision"
	"purser/internal/testenv"
	"purser/topics"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

type place struct {
	client *kgo.Client
	admin  *kadm.Client
	names  topics.Names
	group  string
}

// onBoth runs a test on the in-process broker and on the real one.
func onBoth(t *testing.T, f func(*testing.T, place)) {
	start := func(t *testing.T, brokers []string, prefix string) {
		client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		f(t, place{client, kadm.NewClient(client), topics.Names{Prefix: prefix}, prefix + "group"})
	}
	t.Run("embedded", func(t *testing.T) {
		cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cluster.Close)
		start(t, cluster.ListenAddrs(), "eu.")
	})
	t.Run("real", func(t *testing.T) {
		k := testenv.Kafka(t)
		start(t, k.Brokers, k.Prefix)
	})
}

func (p place) create(t *testing.T, partitions int32) provision.Created {
	t.Helper()
	created, err := provision.CreateTopics(t.Context(), p.admin, p.names, partitions, 1)
	if err != nil {
		t.Fatal(err)
	}
	return created
}

func (p place) start(t *testing.T) bool {
	t.Helper()
	first, err := provision.CommitStartOffsets(t.Context(), p.admin, p.names, p.group)
	if err != nil {
		t.Fatal(err)
	}
	return first
}

func (p place) check(t *testing.T) (int32, error) {
	t.Helper()
	return provision.Check(t.Context(), p.admin, p.names, p.group)
}

// wantError fails unless err says all of that.
func wantError(t *testing.T, err error, says ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that says %q", says)
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("error %q does not say %q", err, s)
		}
	}
}

// TestFromNothingToReady is what happens before a first run: create, commit the first offsets, check; and it may be
// repeated at every start.
func TestFromNothingToReady(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		_, err := p.check(t)
		wantError(t, err, "do not exist", p.names.Of(topics.Usage), "purser topics create")
		_, err = provision.CommitStartOffsets(t.Context(), p.admin, p.names, p.group)
		wantError(t, err, "do not exist")

		created := p.create(t, 4)
		if len(created.Topics) != len(provision.Specs()) || len(created.Differences) != 0 {
			t.Fatalf("created %v, differences %v", created.Topics, created.Differences)
		}
		_, err = p.check(t)
		wantError(t, err, "has no offsets")

		// What is written before the first run is not skipped, and quiet partitions get an offset too.
		if err := p.client.ProduceSync(t.Context(), &kgo.Record{Topic: p.names.Of(topics.Usage), Partition: 2}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if !p.start(t) {
			t.Error("the first run was not recognised")
		}
		offsets, err := p.admin.FetchOffsets(t.Context(), p.group)
		if err != nil {
			t.Fatal(err)
		}
		for _, topic := range p.names.Inputs() {
			for n := range int32(4) {
				if o, ok := offsets.Lookup(topic, n); !ok || o.At != 0 {
					t.Errorf("%s/%d starts at %v, %v", topic, n, o.At, ok)
				}
			}
		}
		if p.start(t) {
			t.Error("the second start took itself for the first")
		}
		if n, err := p.check(t); err != nil || n != 4 {
			t.Errorf("check: %d, %v", n, err)
		}
		again := p.create(t, 4)
		if len(again.Topics) != 0 || len(again.Existing) != len(provision.Specs()) || len(again.Differences) != 0 {
			t.Errorf("creating again: %+v", again)
		}
	})
}

// grow adds partitions to topics, and waits until the broker tells of them: it answers before its metadata has them.
func (p place) grow(t *testing.T, count int, names ...string) {
	t.Helper()
	if _, err := p.admin.UpdatePartitions(t.Context(), count, names...); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		details, err := p.admin.ListTopics(t.Context(), names...)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(names, func(name string) bool { return len(details[name].Partitions) != count }) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("gave up waiting until %v have %d partitions", names, count)
		}
	}
}

func TestOtherCountsAreNamed(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		p.create(t, 2)
		p.start(t)
		p.grow(t, 3, p.names.Of(topics.Usage))
		_, err := p.check(t)
		wantError(t, err, "equal partition counts", p.names.Of(topics.Usage)+" has 3", p.names.Of(topics.Ledger)+" has 2")

		var rest []string
		for _, spec := range provision.Specs() {
			if topic := p.names.Of(spec.Topic); topic != p.names.Of(topics.Usage) {
				rest = append(rest, topic)
			}
		}
		p.grow(t, 3, rest...)
		_, err = p.check(t)
		wantError(t, err, "offsets on 10 of 15", p.names.Of(topics.Send)+"/2", "another prefix")

		created := p.create(t, 2)
		if !slices.ContainsFunc(created.Differences, func(d provision.Difference) bool {
			return d.Topic == p.names.Of(topics.Send) && d.Setting == "partitions" && d.Have == "3" && d.Must
		}) {
			t.Errorf("differences %v do not tell of the count", created.Differences)
		}
	})
}

func TestSettingsThatMoneyDependsOn(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		p.create(t, 1)
		p.start(t)
		set := func(topic, key, value string) {
			t.Helper()
			responses, err := p.admin.AlterTopicConfigs(t.Context(), []kadm.AlterConfig{{Name: key, Value: &value}}, p.names.Of(topic))
			if err == nil {
				_, err = responses.On(p.names.Of(topic), nil)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		set(topics.Usage, "message.timestamp.type", "CreateTime")
		set(topics.Changelog, "cleanup.policy", "delete")
		set(topics.Alert, "retention.ms", "1000")
		_, err := p.check(t)
		wantError(t, err, p.names.Of(topics.Usage), "LogAppendTime", p.names.Of(topics.Changelog), "cleanup.policy=compact")
		if strings.Contains(err.Error(), p.names.Of(topics.Alert)) {
			t.Errorf("a shorter retention of alerts stops the engine: %v", err)
		}
		if d := p.create(t, 1).Differences; len(d) != 3 {
			t.Errorf("differences %v, want three", d)
		}
		set(topics.Usage, "message.timestamp.type", "LogAppendTime")
		set(topics.Changelog, "cleanup.policy", "compact")
		if _, err := p.check(t); err != nil {
			t.Error(err)
		}
	})
}

// TestLostOffsetsAreNoFirstRun: offsets that have expired or were deleted must not make the inputs be read again.
func TestLostOffsetsAreNoFirstRun(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		p.create(t, 2)
		p.start(t)
		if err := p.client.ProduceSync(t.Context(), &kgo.Record{Topic: p.names.Of(topics.Ledger), Partition: 1}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if _, err := p.admin.DeleteGroup(t.Context(), p.group); err != nil {
			t.Fatal(err)
		}
		_, err := provision.CommitStartOffsets(t.Context(), p.admin, p.names, p.group)
		wantError(t, err, "not its first run", p.names.Of(topics.Ledger)+"/1")
	})
}

// TestNamesOfTopicsAreAllThere keeps the specification complete: every input and every output has one.
func TestNamesOfTopicsAreAllThere(t *testing.T) {
	var have []string
	for _, s := range provision.Specs() {
		have = append(have, s.Topic)
	}
	want := append(slices.Clone(topics.Inputs), topics.Outcome, topics.Alert, topics.Invoice, topics.RechargeAttempt,
		topics.DeadLetter, topics.Ledger, topics.Changelog)
	if !slices.Equal(have, want) {
		t.Errorf("specified %v, want %v", have, want)
	}
}

// TestFirstOffsetsThatABusyBrokerRefuses: a broker that does not know a topic yet refuses its offsets and takes the others. Those
// that it refused are committed again, and no others: somebody might have moved them meanwhile.
func TestFirstOffsetsThatABusyBrokerRefuses(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	p := place{client, kadm.NewClient(client), topics.Names{Prefix: "eu."}, "eu.group"}
	p.create(t, 2)
	var asked []int
	cluster.ControlKey(int16(kmsg.OffsetCommit), func(req kmsg.Request) (kmsg.Response, error, bool) {
		commit := req.(*kmsg.OffsetCommitRequest)
		if asked = append(asked, len(commit.Topics)); len(asked) > 1 {
			return nil, nil, false
		}
		cluster.KeepControl()
		answer := commit.ResponseKind().(*kmsg.OffsetCommitResponse)
		for i, topic := range commit.Topics {
			told := kmsg.NewOffsetCommitResponseTopic()
			told.Topic, told.TopicID = topic.Topic, topic.TopicID
			for _, partition := range topic.Partitions {
				one := kmsg.NewOffsetCommitResponseTopicPartition()
				if one.Partition = partition.Partition; i == 0 {
					one.ErrorCode = kerr.UnknownTopicOrPartition.Code
				}
				told.Partitions = append(told.Partitions, one)
			}
			answer.Topics = append(answer.Topics, told)
		}
		return answer, nil, true
	})
	if !p.start(t) {
		t.Error("it was the first run")
	}
	if want := []int{len(topics.Inputs), 1}; !slices.Equal(asked, want) {
		t.Errorf("offsets of %v topics were committed, not of %v", asked, want)
	}
}
