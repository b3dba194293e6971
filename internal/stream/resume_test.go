package stream_test

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/overview"
	"purser/internal/stream"
	"purser/processors/core"
	"purser/state"
	"purser/topics"
)

// sources is what an operator's commands ask.
func (r *rig) sources() overview.Sources {
	return overview.Sources{Admin: r.admin, Names: r.names, Group: r.group()}
}

// shown waits until the group shows a partition in a state, and returns it.
func (r *rig) shown(p int32, state overview.State) overview.Partition {
	r.t.Helper()
	var found overview.Partition
	r.eventually("the group shows the partition as "+string(state), func() bool {
		o, err := overview.Gather(r.context(), r.sources())
		if err != nil {
			r.t.Fatal(err)
		}
		found = o.Partitions[p]
		return found.State == state
	})
	return found
}

// resume is purser partitions resume.
func (r *rig) resume(partitions ...int32) []overview.Resumed {
	r.t.Helper()
	outcomes, err := overview.Resume(r.context(), r.sources(), r.client(kgo.RecordPartitioner(kgo.ManualPartitioner())), partitions)
	if err != nil {
		r.t.Fatal(err)
	}
	return outcomes
}

// resumedInVain resumes a partition whose reason is still there, once that is shown: it is set aside again.
func (r *rig) resumedInVain(p int32, says string) {
	r.t.Helper()
	if reason := r.shown(p, overview.SetAside).Aside[0].Reason; !strings.Contains(reason, says) {
		r.t.Errorf("the reason is %q", reason)
	}
	if got := r.resume(p)[0]; got.Outcome != overview.Again || !strings.Contains(got.Reason, says) {
		r.t.Errorf("resumed in vain: %+v", got)
	}
	r.shown(p, overview.SetAside)
}

// damaged is two orgs of different partitions, the first with a wallet out of balance; mend puts it right again.
func damaged(t *testing.T) (r *rig, bad, good string, mend func()) {
	t.Helper()
	r, bad, good = twoOrgs(t)
	wallet := r.account(bad, "w")
	whole := state.AppendCell(nil, wallet)
	wallet.Purchased++
	r.changelog(bad, wallet.Key, state.AppendCell(nil, wallet))
	return r, bad, good, func() { r.changelog(bad, string(core.AppendAccountKey(nil, bad, "w")), whole) }
}

// TestAPartitionIsShownSetAsideAndResumed goes through the whole of it: seen with its reason, resumed too early and set
// aside again with a new one, mended and resumed, while the process and the other partitions go on.
func TestAPartitionIsShownSetAsideAndResumed(t *testing.T) {
	r, bad, good, mend := damaged(t)
	home := topics.PartitionOf(bad, r.partitions)
	p := r.process("a")
	r.runs(p)
	r.send(r.usage(bad, "w", "u2"))
	r.aside(p, home)
	shown := r.shown(home, overview.SetAside)
	if !strings.HasPrefix(shown.Owner, "a-w") || !strings.Contains(shown.Aside[0].Reason, "is not the sum of its buckets") {
		t.Errorf("shown as %+v", shown)
	}
	r.send(r.usage(good, "w", "u2"))
	r.eventually("the other org is charged", func() bool { return len(r.charged(good)) == 2 })

	again := r.resume(home)[0]
	if again.Outcome != overview.Again || !strings.Contains(again.Reason, "is not the sum of its buckets") {
		t.Errorf("resumed while the wallet is out of balance: %+v", again)
	}
	r.aside(p, home)
	if second := r.shown(home, overview.SetAside); !second.Aside[0].Since.After(shown.Aside[0].Since) {
		t.Errorf("after %+v it is shown as %+v", shown.Aside, second.Aside)
	}
	r.expectCharged(bad, "u1")

	mend()
	if got := r.resume(home)[0]; got.Outcome != overview.Runs {
		t.Errorf("resumed after the repair: %+v", got)
	}
	r.aside(p)
	r.shown(home, overview.Owned)
	r.send(r.usage(bad, "w", "u3"), r.usage(good, "w", "u3"))
	r.drained()
	r.expectCharged(bad, "u1", "u2", "u3")
	r.expectCharged(good, "u1", "u2", "u3")
	if n := p.metric("purser_dead_letters_total"); n != 0 {
		t.Errorf("%v dead letters", n)
	}
	if set, resumed := p.metric("purser_set_aside_total"), p.metric("purser_resumed_total"); set != 2 || resumed != 2 {
		t.Errorf("%v times set aside, %v times resumed", set, resumed)
	}
}

func TestAPartitionThatRunsIsNotResumed(t *testing.T) {
	r, bad, _ := twoOrgs(t)
	home := topics.PartitionOf(bad, r.partitions)
	p := r.process("a")
	r.runs(p)
	before := r.ends(topics.RefillTick)[home]
	if got := r.resume(home)[0]; got.Outcome != overview.NotSetAside || got.Reason != string(overview.Owned) {
		t.Errorf("%+v", got)
	}
	if now := r.ends(topics.RefillTick)[home]; now != before {
		t.Errorf("%d records were written", now-before)
	}
	// One that comes all the same is an input that does nothing.
	r.sendAsIs(topics.NewResume(r.names, home, topics.TimeOf(time.Now())))
	r.drained()
	r.aside(p)
	r.send(r.usage(bad, "w", "u2"))
	r.drained()
	r.expectCharged(bad, "u1", "u2")
	if n := p.metric("purser_resumed_total"); n != 0 {
		t.Errorf("resumed %v times", n)
	}
}

// TestAResumeBehindAnOpenTransactionIsHeard: a producer that died with its transaction open on the ticks hides what comes
// after it from readers of committed records.
func TestAResumeBehindAnOpenTransactionIsHeard(t *testing.T) {
	r, bad, _, mend := damaged(t)
	home := topics.PartitionOf(bad, r.partitions)
	p := r.process("a")
	r.runs(p)
	r.send(r.usage(bad, "w", "u2"))
	r.aside(p, home)
	r.shown(home, overview.SetAside)
	mend()
	open := r.client(kgo.TransactionalID("someone"), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.TransactionTimeout(time.Minute))
	if err := open.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := open.ProduceSync(r.context(), topics.NewContinue(r.names, home, 1)).FirstErr(); err != nil {
		t.Fatal(err)
	}
	r.sendAsIs(topics.NewResume(r.names, home, topics.TimeOf(time.Now())))
	r.aside(p)
	if err := open.EndTransaction(r.context(), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	r.drained()
	r.expectCharged(bad, "u1", "u2")
}

// TestEveryProcessThatHasSetItAsideHearsTheResume: a partition that failed in one process goes to another, and may fail
// there too. None may keep it stopped for the day on which it comes back.
func TestEveryProcessThatHasSetItAsideHearsTheResume(t *testing.T) {
	r, bad, _, mend := damaged(t)
	r.tune = func(c *stream.Config) { c.Workers = 1 }
	home := topics.PartitionOf(bad, r.partitions)
	both := []*process{r.process("a"), r.process("b")}
	r.send(r.usage(bad, "w", "u2"))
	r.eventually("it is set aside by its owner, and both are members", func() bool {
		o, err := overview.Gather(r.context(), r.sources())
		if err != nil {
			t.Fatal(err)
		}
		return o.Partitions[home].State == overview.SetAside && o.Members == 2
	})
	mend()
	if got := r.resume(home)[0]; got.Outcome != overview.Runs {
		t.Errorf("%+v", got)
	}
	for _, p := range both {
		r.eventually("it has heard it", func() bool { return p.metric("purser_resumed_total") == p.metric("purser_set_aside_total") })
	}
	r.drained()
	r.expectCharged(bad, "u1", "u2")
}
