package stream_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/stream"
	"purser/processors/core"
	"purser/state"
	"purser/topics"
)

// aside demands that exactly these partitions are stopped and all others run, and go on.
func (r *rig) aside(p *process, stopped ...int32) {
	r.t.Helper()
	want := map[int32]stream.PartitionState{}
	for n := range r.partitions {
		want[n] = stream.Running
	}
	for _, n := range stopped {
		want[n] = stream.Stopped
	}
	r.eventually(fmt.Sprintf("of all partitions just %v are stopped", stopped), func() bool {
		for n, state := range want {
			if p.metric("purser_partition_state", fmt.Sprint(n)) != float64(state) {
				return false
			}
		}
		return true
	})
}

// account finds the newest committed image of an account.
func (r *rig) account(org, id string) *core.Account {
	r.t.Helper()
	key := string(core.AppendAccountKey(nil, org, id))
	var found *core.Account
	for _, rec := range r.all(topics.Changelog)[topics.PartitionOf(org, r.partitions)] {
		if string(rec.Key) == key {
			c, err := new(state.Codec).Decode(key, rec.Value, nil)
			if err != nil {
				r.t.Fatal(err)
			}
			found = c.(*core.Account)
		}
	}
	return found
}

func (r *rig) changelog(org, key string, value []byte) {
	r.t.Helper()
	r.sendAsIs(&kgo.Record{Topic: r.names.Of(topics.Changelog), Partition: topics.PartitionOf(org, r.partitions), Key: []byte(key), Value: value})
}

// twoOrgs is a rig on which two orgs of different partitions have a wallet each, and nobody runs.
func twoOrgs(t *testing.T) (r *rig, bad, good string) {
	t.Helper()
	r = newRig(t)
	same, elsewhere := r.together(1)
	bad, good = same[0], elsewhere[0]
	stop := r.run("before")
	r.define(bad, "w")
	r.define(good, "w")
	r.send(r.usage(bad, "w", "u1"), r.usage(good, "w", "u1"))
	r.drained()
	stop()
	return r, bad, good
}

// TestABrokenInvariantStopsOnlyItsPartition: money has appeared in a wallet from nowhere, which the core finds out when
// it next posts there.
func TestABrokenInvariantStopsOnlyItsPartition(t *testing.T) {
	r, bad, good := twoOrgs(t)
	wallet := r.account(bad, "w")
	whole := state.AppendCell(nil, wallet)
	wallet.Purchased++
	r.changelog(bad, wallet.Key, state.AppendCell(nil, wallet))
	r.tune = func(c *stream.Config) { c.Workers = 1 } // so that both are in one transaction
	p := r.process("poisoned")
	r.runs(p)
	r.send(r.usage(good, "w", "u2"), r.usage(bad, "w", "u2"), r.usage(good, "w", "u3"))
	r.eventually("the other org is charged", func() bool { return len(r.charged(good)) == 3 })
	r.aside(p, topics.PartitionOf(bad, r.partitions))
	r.expectCharged(bad, "u1")
	p.stop()
	r.changelog(bad, wallet.Key, whole)
	r.run("mended")
	r.drained()
	r.expectCharged(bad, "u1", "u2")
	r.expectCharged(good, "u1", "u2", "u3")
}

func TestAnUnreadableCellStopsOnlyItsPartition(t *testing.T) {
	r, bad, good := twoOrgs(t)
	r.changelog(bad, string(core.AppendAccountKey(nil, bad, "w")), []byte("no cell"))
	p := r.process("poisoned")
	r.aside(p, topics.PartitionOf(bad, r.partitions))
	r.send(r.usage(good, "w", "u2"))
	r.eventually("the other org is charged", func() bool { return len(r.charged(good)) == 2 })
	r.resumedInVain(topics.PartitionOf(bad, r.partitions), "cell ")
}

// TestOnlyTheLastValueOfACellCounts: what is written over a damaged cell repairs it, and what is deleted stays so.
func TestOnlyTheLastValueOfACellCounts(t *testing.T) {
	r, bad, good := twoOrgs(t)
	key := string(core.AppendAccountKey(nil, bad, "w"))
	wallet := state.AppendCell(nil, r.account(bad, "w"))
	r.changelog(bad, key, []byte("no cell"))
	r.changelog(bad, key, wallet)
	gone := string(core.AppendAccountKey(nil, good, "w2"))
	r.changelog(good, gone, wallet)
	r.changelog(good, gone, state.AppendDeleted(nil))
	r.process("repaired")
	r.send(r.usage(bad, "w", "u9"), r.usage(good, "w2", "u9"))
	r.eventually("the org whose wallet was repaired is charged", func() bool { return slices.Contains(r.charged(bad), "u9") })
	r.drained()
	if slices.Contains(r.charged(good), "u9") {
		t.Error("a wallet that is deleted was charged")
	}
}

// TestAMissingHeldEventStopsOnlyItsPartition panics in due work, not in an event.
func TestAMissingHeldEventStopsOnlyItsPartition(t *testing.T) {
	r, bad, good := twoOrgs(t)
	queue := state.NewMemory(&core.Progress{}, new(state.Codec), nil).NewQueue(bad, "")
	queue.Next, queue.NextDue = 1, core.DueNow
	r.changelog(bad, queue.Key, state.AppendCell(nil, queue))
	p := r.process("poisoned")
	r.aside(p, topics.PartitionOf(bad, r.partitions))
	r.send(r.usage(good, "w", "u2"))
	r.eventually("the other org is charged", func() bool { return len(r.charged(good)) == 2 })
	r.resumedInVain(topics.PartitionOf(bad, r.partitions), "missing from its queue")
}

func TestOffsetsThatSomeoneMovedStopThePartition(t *testing.T) {
	r, bad, good := twoOrgs(t)
	var moved kadm.Offsets
	moved.AddOffset(r.names.Of(topics.Usage), topics.PartitionOf(bad, r.partitions), 0, -1)
	r.eventually("the group is empty and lets its offsets be moved", func() bool {
		return r.admin.CommitAllOffsets(r.context(), r.group(), moved) == nil
	})
	p := r.process("moved")
	r.aside(p, topics.PartitionOf(bad, r.partitions))
	r.send(r.usage(good, "w", "u2"))
	r.eventually("the other org is charged", func() bool { return len(r.charged(good)) == 2 })
	r.expectCharged(bad, "u1")
	r.resumedInVain(topics.PartitionOf(bad, r.partitions), "someone moved the group's offsets")
}

func TestNoCommittedOffsetStopsThePartition(t *testing.T) {
	r, bad, good := twoOrgs(t)
	var gone kadm.TopicsSet
	gone.Add(r.names.Of(topics.PaymentResult), topics.PartitionOf(bad, r.partitions))
	r.eventually("the group is empty and lets its offsets be deleted", func() bool {
		answer, err := r.admin.DeleteOffsets(r.context(), r.group(), gone)
		return err == nil && answer.Error() == nil
	})
	p := r.process("lost")
	r.aside(p, topics.PartitionOf(bad, r.partitions))
	r.send(r.usage(good, "w", "u2"))
	r.eventually("the other org is charged", func() bool { return len(r.charged(good)) == 2 })
	r.resumedInVain(topics.PartitionOf(bad, r.partitions), "no committed offset")
}

func TestALedgerThatWasCutStopsThePartition(t *testing.T) {
	r, bad, good := twoOrgs(t)
	p := topics.PartitionOf(bad, r.partitions)
	ledger := r.names.Of(topics.Ledger)
	var cut kadm.Offsets
	cut.AddOffset(ledger, p, r.all(topics.Ledger)[p][0].Offset+1, -1)
	if _, err := r.admin.DeleteRecords(r.context(), cut); err != nil {
		t.Fatal(err)
	}
	next := r.process("cut")
	r.aside(next, p)
	r.send(r.usage(good, "w", "u2"))
	r.eventually("the other org is charged", func() bool { return len(r.charged(good)) == 2 })
	r.resumedInVain(topics.PartitionOf(bad, r.partitions), "ledger")
}

// TestALedgerThatEndsInAnotherRecordStopsThePartition: its last record has the right number and is not the one that the
// changelog was written with.
func TestALedgerThatEndsInAnotherRecordStopsThePartition(t *testing.T) {
	r, bad, good := twoOrgs(t)
	p := topics.PartitionOf(bad, r.partitions)
	progress := r.progress(p)
	progress.Link[0]++
	r.changelog(bad, progress.Key, state.AppendCell(nil, progress))
	next := r.process("forged")
	r.aside(next, p)
	r.send(r.usage(good, "w", "u2"))
	r.eventually("the other org is charged", func() bool { return len(r.charged(good)) == 2 })
}

// TestAnInputThatWasCutStopsThePartition: events that nobody has read are gone. Going on with those that are left would hide it.
func TestAnInputThatWasCutStopsThePartition(t *testing.T) {
	r, bad, good := twoOrgs(t)
	p := topics.PartitionOf(bad, r.partitions)
	r.send(r.usage(bad, "w", "u2"), r.usage(bad, "w", "u3"))
	usage := r.all(topics.Usage)[p]
	var cut kadm.Offsets
	cut.AddOffset(r.names.Of(topics.Usage), p, usage[len(usage)-1].Offset, -1)
	if _, err := r.admin.DeleteRecords(r.context(), cut); err != nil {
		t.Fatal(err)
	}
	next := r.process("cut")
	r.aside(next, p)
	r.send(r.usage(good, "w", "u2"))
	r.eventually("the other org is charged", func() bool { return len(r.charged(good)) == 2 })
	r.expectCharged(bad, "u1")
}

func TestWhatCannotBeTakenIsADeadLetterAndThePartitionGoesOn(t *testing.T) {
	r := newRig(t)
	p := r.process("a")
	r.define("acme", "w")
	r.drained()
	home := topics.PartitionOf("acme", r.partitions)
	away := (home + 1) % r.partitions
	misplaced := r.usage("acme", "w", "misplaced")
	misplaced.Partition = away
	keyless := r.usage("", "w", "keyless")
	keyless.Key, keyless.Partition = nil, away
	large := r.usage("acme", "w", "large")
	large.Partition = home
	large.Value = fmt.Appendf(nil, `{"account":"w","channel":"message","cost":"1","currency":"USD","note":%q}`, strings.Repeat("x", topics.MaxRecordBytes))
	garbage := r.usage("acme", "w", "garbage")
	garbage.Partition, garbage.Value = home, []byte(`{"account"`)
	ahead := topics.NewTick(r.names, home, topics.TimeOf(time.Now().Add(time.Hour)))
	r.sendAsIs(misplaced, keyless, large, garbage, ahead)
	r.send(r.usage("acme", "w", "good"))
	r.drained()
	got := map[string]int{}
	for at, letters := range r.all(topics.DeadLetter) {
		for _, letter := range letters {
			reason := string(topics.Header(letter, topics.HeaderReason))
			got[reason]++
			if strings.HasSuffix(reason, "key") && int32(at) != away {
				t.Errorf("%s is on partition %d, not where it came from", reason, at)
			}
			if reason == "too_large" && len(letter.Value) != len(large.Value) {
				t.Errorf("a large record of %d bytes became a dead letter of %d", len(large.Value), len(letter.Value))
			}
		}
	}
	for _, reason := range []string{"wrong_partition", topics.ReasonMissingKey, topics.ReasonTooLarge, topics.ReasonMalformedJSON, "clock_ahead"} {
		if got[reason] != 1 {
			t.Errorf("%d dead letters because of %s, of %v", got[reason], reason, got)
		}
		if n := p.metric("purser_dead_letters_total", reason); n != 1 {
			t.Errorf("%v counted because of %s", n, reason)
		}
	}
	r.expectCharged("acme", "good")
}
