package e2e

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/testenv"
	"purser/processors/core"
	"purser/topics"
)

// noTime leaves the time of an event to the broker.
var noTime time.Time

// everything is all roles of a process.
const everything = "process,checkpoint,tick"

// TestAProducersTimeDecidesNothing changes an input to its producers' time while purser runs.
func TestAProducersTimeDecidesNothing(t *testing.T) {
	s := newSystem(t).hurry()
	p := s.run(everything, "")
	s.define("acme")
	s.send(s.message("acme", "before", noTime))
	s.charged("acme", 1)

	s.configure(topics.Usage, "message.timestamp.type", "CreateTime")
	late := s.message("acme", "dated by its producer", noTime)
	late.Timestamp = time.Now().Add(-10 * 24 * time.Hour)
	s.send(late)
	p.endsWith(s.names.Of(topics.Usage), "message.timestamp.type is CreateTime, not LogAppendTime", "kafka-configs.sh --alter")
	s.run(everything, "").endsWith(s.names.Of(topics.Usage), "message.timestamp.type is CreateTime, not LogAppendTime", "kafka-configs.sh --alter")

	book := s.runbook("topic-settings")
	if shown := book.walk("How to look"); !strings.Contains(shown, "must be LogAppendTime") {
		t.Errorf("the setting is not shown:\n%s", shown)
	}
	if letters := s.must("dlq", "list"); !strings.Contains(letters, topics.ReasonProducerTime) { // by the process that then ended
		t.Errorf("the event that its producer dated is no dead letter:\n%s", letters)
	}
	book.walk("How to go on after another setting", "TOPIC="+topics.Usage, "SETTING=message.timestamp.type=LogAppendTime")
	s.run(everything, "")
	s.charged("acme", 2) // sent again by the page
	s.verifyInputs(4)
}

// TestPartitionsAreForGood adds partitions while purser runs: to one input, then to all topics.
func TestPartitionsAreForGood(t *testing.T) {
	s := newSystem(t)
	p := s.run(everything, "")
	s.define("acme")
	s.send(s.message("acme", "before", noTime))
	s.charged("acme", 1)

	s.addPartitions(2*partitions, topics.Usage)
	p.endsWith("must have equal partition counts", s.names.Of(topics.Usage)+" has 16", s.names.Of(topics.Ledger)+" has 8", "under another prefix with a new group")
	s.run(everything, "").endsWith(s.names.Of(topics.Usage)+" has 16", "under another prefix with a new group")

	s.addPartitions(2*partitions, topics.Send, topics.RefillTick, topics.Account, topics.PaymentResult, topics.Ledger, topics.Changelog,
		topics.Outcome, topics.Alert, topics.Invoice, topics.RechargeAttempt, topics.DeadLetter)
	s.run(everything, "").endsWith("has offsets on 40 of 80 partitions", "Partitions were added since the first run", "under another prefix with a new group")
	s.charged("acme", 1) // and nothing more
}

// TestAllTopicsGrowAtOnce: a process whose topics all have a new number, which is equal, has to stop too.
func TestAllTopicsGrowAtOnce(t *testing.T) {
	s := newSystem(t)
	p := s.run("process,tick", "")
	s.define("acme")
	s.charged("acme", 0)
	s.addPartitions(partitions+1, append([]string{topics.Ledger, topics.Changelog}, topics.Inputs...)...)
	p.endsWith("the inputs have 9 partitions and had 8 when this process started", "under another prefix with a new group")
}

// TestAnInputThatLostRecordsStopsItsPartition deletes records that nobody has read, then an offset of the group.
func TestAnInputThatLostRecordsStopsItsPartition(t *testing.T) {
	s := newSystem(t)
	first := s.run(everything, "")
	lost, other := s.orgOn(3, 0), s.orgOn(5, 0)
	s.define(lost, other)
	s.charged(lost, 0)
	first.stop()
	s.send(s.message(lost, "lost", noTime))
	s.cut(topics.Usage, 3)

	p := s.run(everything, "")
	p.says("partition is set aside", s.names.Of(topics.Usage)+"/3", "OFFSET_OUT_OF_RANGE", "--reset-offsets --to-earliest --topic "+s.names.Of(topics.Usage)+":3")
	s.send(s.message(lost, "waits", noTime), s.message(other, "goes on", noTime))
	s.charged(other, 1)
	p.stop()
	s.charged(lost, 0)

	book := s.runbook("input-offsets")
	book.walk("How to look")
	s.waitFor("the group is empty", patience, s.empty)
	book.walk("How to go on where records are gone", "TOPIC="+topics.Usage, "P=3")
	p = s.run(everything, "")
	p.says("an input goes on at another offset", "partition=3", "from=0", "to=1")
	s.charged(lost, 1)
	p.stop()

	s.waitFor("the group is empty", patience, s.empty)
	if _, err := s.admin.DeleteOffsets(t.Context(), s.group, kadm.TopicsSet{s.names.Of(topics.Account): {3: {}}}); err != nil {
		t.Fatal(err)
	}
	s.run(everything, "").endsWith("has offsets on 39 of 40 partitions", s.names.Of(topics.Account)+"/3", "kafka-consumer-groups.sh")
	s.shell(book.block("How to go on where the offset is gone, or was moved", 0), "TOPIC="+topics.Account, "P=3")
	p = s.run(everything, "")
	p.says("partition is set aside", "but the changelog says 2 was committed", "--to-offset 2")
	p.stop()
	s.waitFor("the group is empty", patience, s.empty)
	book.walk("How to go on where the offset is gone, or was moved", "TOPIC="+topics.Account, "P=3", "N=2")
	p = s.run(everything, "")
	s.send(s.message(lost, "again", noTime))
	s.charged(lost, 2)
	p.stop()
}

// TestAnOutputThatDoesNotAccept: a dead-letter topic that takes no large records, no records of ours, or does not exist.
func TestAnOutputThatDoesNotAccept(t *testing.T) {
	testenv.Real(t)
	kafka := testenv.PrivateKafka(t, map[string]string{
		"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer", "allow.everyone.if.no.acl.found": "true",
	})
	s := newSystemOn(t, kafka, testenv.PrivatePostgres(t, nil), partitions)
	letters := s.names.Of(topics.DeadLetter)
	healthy := s.orgOn(7, 0)
	p := s.run(everything, "")
	s.define(healthy)
	s.charged(healthy, 0)
	good := 0
	goesOn := func() {
		t.Helper()
		good++
		s.send(s.message(healthy, fmt.Sprint("good ", good), noTime))
		s.charged(healthy, good)
	}
	bad := func(partition int32) *kgo.Record { // what cannot be decoded, nor compressed
		value := make([]byte, 5000)
		_, _ = rand.Read(value)
		return &kgo.Record{Topic: s.names.Of(topics.Usage), Partition: partition, Key: []byte(s.orgOn(partition, 0)), Value: value}
	}

	s.configure(topics.DeadLetter, "max.message.bytes", "1000")
	p.says("a topic is not as it must be", letters, "max.message.bytes is 1000")
	s.send(bad(1))
	p.says("partition is set aside", letters+"/1 does not take a record of", "MESSAGE_TOO_LARGE", "Raise the topic's max.message.bytes")
	goesOn()
	if again := p.count("partition is set aside", letters); again != 1 {
		t.Errorf("it says so %d times", again)
	}
	p.stop()
	s.run(everything, "").endsWith(letters, "max.message.bytes is 1000, not 4194304", "kafka-configs.sh --alter")
	s.runbook("topic-settings").walk("How to go on after another setting", "TOPIC="+topics.DeadLetter, "SETTING=max.message.bytes=4194304")

	p = s.run(everything, "")
	s.waitFor("the record is a dead letter", patience, func() bool { return s.letters() == 1 })
	deny := kadm.NewACLs().Topics(letters).ResourcePatternType(kadm.ACLPatternLiteral).Operations(kadm.OpWrite).Deny("User:ANONYMOUS").DenyHosts("*").
		Allow("User:ANONYMOUS").AllowHosts("*")
	allow := kadm.NewACLs().Topics(letters).ResourcePatternType(kadm.ACLPatternLiteral).Operations(kadm.OpDescribe, kadm.OpRead, kadm.OpDelete, kadm.OpAlterConfigs, kadm.OpDescribeConfigs).
		Allow("User:ANONYMOUS").AllowHosts("*")
	for _, acl := range []*kadm.ACLBuilder{deny, allow} {
		if results, err := s.admin.CreateACLs(t.Context(), acl); err != nil {
			t.Fatal(err)
		} else if err := firstError(results); err != nil {
			t.Fatal(err)
		}
	}
	s.send(bad(2))
	p.says("partition is set aside", letters+"/2 does not take a record of", "TOPIC_AUTHORIZATION_FAILED", "Give purser's user the right to write")
	goesOn()
	for _, acl := range []*kadm.ACLBuilder{deny, allow} {
		if _, err := s.admin.DeleteACLs(t.Context(), acl); err != nil {
			t.Fatal(err)
		}
	}
	s.waitFor("the record is a dead letter, by itself", patience, func() bool { return s.letters() == 2 })
	if _, err := s.admin.DeleteTopic(t.Context(), letters); err != nil {
		t.Fatal(err)
	}
	p.says("a topic is not as it must be", "topics do not exist: "+letters)
	s.send(bad(4))
	p.says("partition is set aside", letters+"/4 does not take a record of", "UNKNOWN_TOPIC", "purser topics create")
	goesOn()
	p.stop()
	s.run(everything, "").endsWith("topics do not exist: "+letters, "purser topics create")
	s.runbook("topic-settings").walk("An output that does not accept")
	p = s.run(everything, "")
	s.waitFor("the record is a dead letter", patience, func() bool { return s.letters() == 1 })
	p.stop()
}

func firstError(results kadm.CreateACLsResults) error {
	for _, r := range results {
		if r.Err != nil {
			return r.Err
		}
	}
	return nil
}

// TestAnotherPartitionersEventsAreDeadLetters: what librdkafka's default would do with an org.
func TestAnotherPartitionersEventsAreDeadLetters(t *testing.T) {
	s := newSystem(t).hurry()
	s.run(everything, "")
	org := s.orgOn(2, 0)
	s.define(org)
	astray := s.message(org, "astray", noTime)
	astray.Partition = 6
	s.send(astray)
	s.waitFor("it is a dead letter", patience, func() bool { return s.letters() == 1 })
	s.charged(org, 0)
	book := s.runbook("wrong-partition")
	if shown := book.walk("How to look"); !strings.Contains(shown, topics.ReasonWrongPartition) || !strings.Contains(shown, org) {
		t.Errorf("the page shows\n%s", shown)
	}
	book.walk("How to go on")
	s.charged(org, 1)

	s.send(s.messageOf(org, "nobody", "unpriced"))
	s.waitFor("it is refused", patience, func() bool { return s.letters() == 2 })
	page := s.runbook("dead-letters")
	if shown := page.walk("How to look"); !strings.Contains(shown, "wrong_partition") {
		t.Errorf("the page shows\n%s", shown)
	}
	page.walk("How to go on", "REASON=wrong_partition") // sent twice: still once
	s.drained()
	s.charged(org, 1)
	s.verifyInputs(4)
}

// define defines orgs with a multiplier and a wallet each.
func (s *system) define(orgs ...string) {
	s.t.Helper()
	for _, org := range orgs {
		s.send(s.input(topics.Account, org, "org", topics.TypeOrgDefined, topics.OrgDefinedBody{Currency: "USD", Multipliers: map[string]topics.Number{"message": "5"}}),
			s.input(topics.Account, org, "wallet", topics.TypeAccountDefined, topics.AccountDefinedBody{Account: "w", Kind: "wallet"}))
	}
}

func (s *system) input(topic, org, id, kind string, body any) *kgo.Record {
	rec := topics.NewEvent(s.names.Of(topic), org, "e2e", id, kind, 0, body)
	rec.Partition = topics.PartitionOf(org, int32(s.partitions))
	return rec
}

// message is usage by a message of an org's wallet, at some time of its own; the zero time leaves it to the broker.
func (s *system) message(org, id string, at time.Time) *kgo.Record {
	occurred := core.Time(0)
	if !at.IsZero() {
		occurred = topics.TimeOf(at)
	}
	rec := topics.NewEvent(s.names.Of(topics.Usage), org, "e2e", id, topics.TypeUsageRecorded, occurred,
		topics.UsageRecordedBody{Account: "w", Channel: "message", Quantity: "100", UnitCost: "0.10", Currency: "USD"})
	rec.Partition = topics.PartitionOf(org, int32(s.partitions))
	return rec
}

// messageOf is usage of a channel that perhaps nobody has priced.
func (s *system) messageOf(org, id, channel string) *kgo.Record {
	return s.input(topics.Usage, org, id, topics.TypeUsageRecorded,
		topics.UsageRecordedBody{Account: "w", Channel: channel, Quantity: "1", UnitCost: "0.10", Currency: "USD"})
}

// orgOn returns the n-th org whose partition is p.
func (s *system) orgOn(p int32, n int) string {
	for i := 0; ; i++ {
		org := fmt.Sprintf("org-%d", i)
		if topics.PartitionOf(org, int32(s.partitions)) != p {
			continue
		}
		if n == 0 {
			return org
		}
		n--
	}
}

// send produces records to the partitions that they name, with the times that they carry.
func (s *system) send(records ...*kgo.Record) {
	s.t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.kafka.Brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		s.t.Fatal(err)
	}
	defer cl.Close()
	if err := cl.ProduceSync(s.t.Context(), records...).FirstErr(); err != nil {
		s.t.Fatal(err)
	}
}

// charged waits until everything that can be read was decided and demands that usage of an org's wallet was charged so often:
// each message costs 50.
func (s *system) charged(org string, times int) {
	s.t.Helper()
	want := fmt.Sprintf("-%d.000000", 50*times)
	if times == 0 {
		want = "0.000000"
	}
	var out []byte
	s.waitFor(fmt.Sprintf("%s was charged %d times", org, times), patience, func() bool {
		out, _ = s.command("balance", org, "w", "--json").Output()
		return strings.Contains(string(out), `"`+want+`"`)
	})
}

// drained waits until the group has read all inputs, but for the markers at their ends.
func (s *system) drained() {
	s.t.Helper()
	s.waitFor("all is consumed", patience, func() bool { return s.committed() >= s.produced()-int64(2*s.partitions) })
}

// letters is the number of dead letters.
func (s *system) letters() int {
	out, err := s.command("dlq", "list", "--limit", "0").Output()
	if err != nil {
		return -1
	}
	return strings.Count(string(out), "\n")
}

// empty says that the group has no member, so that its offsets can be moved.
func (s *system) empty() bool {
	groups, err := s.admin.DescribeGroups(context.Background(), s.group)
	return err == nil && len(groups[s.group].Members) == 0
}

func (s *system) configure(topic, key, value string) {
	s.t.Helper()
	answers, err := s.admin.AlterTopicConfigs(s.t.Context(), []kadm.AlterConfig{{Name: key, Value: &value}}, s.names.Of(topic))
	if err == nil {
		_, err = answers.On(s.names.Of(topic), func(r *kadm.AlterConfigsResponse) error { return r.Err })
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *system) addPartitions(to int, names ...string) {
	s.t.Helper()
	full := make([]string, len(names))
	for i, n := range names {
		full[i] = s.names.Of(n)
	}
	answers, err := s.admin.UpdatePartitions(s.t.Context(), to, full...)
	if err == nil {
		err = answers.Error()
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// cut deletes every record that a partition has now.
func (s *system) cut(topic string, p int32) { s.t.Helper(); s.cutTo(topic, p, -1) }

// cutTo deletes the records before an offset.
func (s *system) cutTo(topic string, p int32, offset int64) {
	s.t.Helper()
	name := s.names.Of(topic)
	offsets := kadm.Offsets{}
	offsets.AddOffset(name, p, offset, -1)
	answers, err := s.admin.DeleteRecords(s.t.Context(), offsets)
	if err == nil {
		err = answers.Error()
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// verifyInputs is verify where no producer wrote a record: the inputs say what was produced.
func (s *system) verifyInputs(atLeast int) {
	s.t.Helper()
	s.verify("", atLeast)
}
