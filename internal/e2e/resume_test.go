package e2e

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/processors/core"
	"purser/state"
	"purser/topics"
)

// TestAPartitionIsResumed walks the runbook of a stopped partition by its commands: a wallet out of balance stops its
// partition, which is seen with the reason; resumed too early it stops again; mended it is resumed and goes on, and
// neither of the two processes was started again.
func TestAPartitionIsResumed(t *testing.T) {
	s := newSystem(t)
	before := s.run("process,checkpoint,tick", "")
	s.produce(
		s.event(topics.Account, "1", topics.TypeOrgDefined, topics.OrgDefinedBody{Currency: "USD", Multipliers: map[string]topics.Number{"message": "5"}}),
		s.event(topics.Account, "2", topics.TypeAccountDefined, topics.AccountDefinedBody{Account: "w", Kind: "wallet"}),
		s.usage("3"),
	)
	s.prints("-50.000000 USD", "balance", "acme", "w")
	before.stop()
	wallet := s.wallet()
	whole := state.AppendCell(nil, wallet)
	wallet.Purchased++
	s.overwrite(wallet.Key, state.AppendCell(nil, wallet))

	processes := []*process{s.run("process,checkpoint,tick", ""), s.run("process,checkpoint,tick", "")}
	s.produce(s.usage("4"))
	home := topics.PartitionOf("acme", int32(s.partitions))
	number := strconv.Itoa(int(home))
	out := s.prints("partition "+number+" is set aside since", "partitions")
	if !strings.Contains(out, "the balance of w is not the sum of its buckets") {
		t.Errorf("it does not say why:\n%s", out)
	}
	s.shownAsJSON(home)
	if out, err := s.command("partitions", "resume", number).CombinedOutput(); err == nil || !strings.Contains(string(out), "partition "+number+" is set aside again: ") {
		t.Errorf("resumed too early: %v\n%s", err, out)
	}
	other := strconv.Itoa((int(home) + 1) % s.partitions)
	if out := s.must("partitions", "resume", other); !strings.Contains(out, "partition "+other+" is not set aside: nothing was done") {
		t.Errorf("resuming one that runs says:\n%s", out)
	}
	s.overwrite(wallet.Key, whole)
	s.prints("partition "+number+" is set aside since", "partitions")
	if out := s.must("partitions", "resume", number); !strings.Contains(out, "partition "+number+" runs again") {
		t.Errorf("resumed after the repair:\n%s", out)
	}
	s.prints("-100.000000 USD", "balance", "acme", "w")
	if out := s.must("verify"); !strings.Contains(out, "differences=0") {
		t.Errorf("verify:\n%s", out)
	}
	for _, p := range processes {
		if p.ended() {
			t.Errorf("%s has ended", p.name)
		}
	}
}

// prints runs a command until it prints something, and returns all of it.
func (s *system) prints(what string, args ...string) string {
	s.t.Helper()
	var out []byte
	s.waitFor(fmt.Sprintf("purser %s prints %q", strings.Join(args, " "), what), 2*time.Minute, func() bool {
		out, _ = s.command(args...).Output()
		return strings.Contains(string(out), what)
	})
	return string(out)
}

// shownAsJSON demands the same of the answer for machines, which says for a moment only that the group moves: the other process
// may just be joining.
func (s *system) shownAsJSON(home int32) {
	s.t.Helper()
	type partition struct {
		State    string
		Owner    string
		SetAside []struct{ Member, Reason string } `json:"set_aside"`
	}
	var p partition
	s.waitFor("the group has settled", time.Minute, func() bool {
		out, err := s.command("partitions", "--json").Output()
		if err != nil {
			s.t.Fatal(err)
		}
		var all struct{ Partitions []partition }
		if err := json.Unmarshal(out, &all); err != nil || len(all.Partitions) != s.partitions {
			s.t.Fatalf("%v\n%s", err, out)
		}
		p = all.Partitions[home]
		return p.State != "moving"
	})
	if p.State != "set aside" || len(p.SetAside) == 0 || p.SetAside[0].Member != p.Owner || p.SetAside[0].Reason == "" {
		s.t.Errorf("partition %d as JSON: %+v", home, p)
	}
}

func (s *system) event(topic, id, kind string, body any) *kgo.Record {
	return topics.NewEvent(s.names.Of(topic), "acme", "test", id, kind, 0, body)
}

func (s *system) usage(id string) *kgo.Record {
	return s.event(topics.Usage, id, topics.TypeUsageRecorded, topics.UsageRecordedBody{Account: "w", Channel: "message", Quantity: "100", UnitCost: "0.10", Currency: "USD"})
}

// produce writes records of acme, each once the one before is there.
func (s *system) produce(records ...*kgo.Record) {
	s.t.Helper()
	client := s.client(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	for _, r := range records {
		r.Partition = topics.PartitionOf("acme", int32(s.partitions))
		if err := client.ProduceSync(s.t.Context(), r).FirstErr(); err != nil {
			s.t.Fatal(err)
		}
	}
}

// overwrite writes another image of a cell of acme, as only a repair or a fault does.
func (s *system) overwrite(key string, value []byte) {
	s.t.Helper()
	s.produce(&kgo.Record{Topic: s.names.Of(topics.Changelog), Key: []byte(key), Value: value})
}

func (s *system) client(opts ...kgo.Opt) *kgo.Client {
	s.t.Helper()
	client, err := kgo.NewClient(append(opts, kgo.SeedBrokers(s.kafka.Brokers...))...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(client.Close)
	return client
}

// wallet is the newest committed image of acme's wallet.
func (s *system) wallet() *core.Account {
	s.t.Helper()
	key := string(core.AppendAccountKey(nil, "acme", "w"))
	reader := committed.NewReader(s.client())
	changelog, home := s.names.Of(topics.Changelog), topics.PartitionOf("acme", int32(s.partitions))
	spans, err := reader.Spans(s.t.Context(), changelog)
	if err != nil {
		s.t.Fatal(err)
	}
	var value []byte
	err = reader.Read(s.t.Context(), changelog, home, spans[changelog][home], func(r *kgo.Record) error {
		if string(r.Key) == key {
			value = r.Value
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := new(state.Codec).Decode(key, value, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return c.(*core.Account)
}
