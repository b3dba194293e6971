package stream_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"purser/internal/stream"
	"purser/topics"
)

// TestAStormOfRebalances: for a minute a process joins or leaves every second while usage goes on. Whoever has partition p of
// one input has it of all, in every generation, and nobody shares it; nothing is lost, and nothing happens twice.
func TestAStormOfRebalances(t *testing.T) {
	r := newRealRig(t)
	const orgs, storm = 40, time.Minute
	for n := range orgs {
		r.define(fmt.Sprint("org", n), "w")
	}
	r.run("steady")
	r.drained()
	watch := r.watchGroup()
	events := 0
	var guests []func()
	var leaving sync.WaitGroup
	for began, n := time.Now(), 0; time.Since(began) < storm; n++ {
		if n%2 == 0 {
			guests = append(guests, r.run(fmt.Sprint("guest", n)))
		} else if len(guests) > 0 {
			leaving.Go(guests[0]) // others join while it still leaves
			guests = guests[1:]
		}
		for next := time.Now().Add(time.Second); time.Now().Before(next); events++ {
			r.send(r.usage(fmt.Sprint("org", events%orgs), "w", fmt.Sprint("u", events)))
			time.Sleep(20 * time.Millisecond) // a rate, not a wait
		}
	}
	leaving.Wait()
	r.drained()
	seen := watch()
	t.Logf("%d events, %d assignments of the whole group were seen", events, seen)
	if seen < 20 {
		t.Errorf("only %d assignments were seen: that was no storm", seen)
	}
	r.eachUsageOnce(events)
}

// watchGroup looks at the group's assignment again and again. The returned function ends that, and says how many different
// ones were seen.
func (r *rig) watchGroup() (stop func() int) {
	done := make(chan struct{})
	seen := map[string]bool{}
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			described, err := r.admin.DescribeGroups(r.context(), r.group())
			if g := described[r.group()]; err == nil && g.Err == nil && g.State == "Stable" {
				seen[r.coPartitioned(g)] = true
			}
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	return func() int {
		close(done)
		watching.Wait()
		return len(seen)
	}
}

// coPartitioned demands of an assignment what must hold of each, and returns it in words.
func (r *rig) coPartitioned(g kadm.DescribedGroup) string {
	words := map[string]string{}
	owner := map[int32]string{}
	for _, m := range g.Members {
		assigned, ok := m.Assigned.AsConsumer()
		if !ok {
			continue
		}
		held := map[int32]int{}
		for _, topic := range assigned.Topics {
			for _, p := range topic.Partitions {
				held[p]++
			}
		}
		for p, n := range held {
			if n != len(topics.Inputs) {
				r.t.Errorf("%s has partition %d of %d of %d inputs", m.ClientID, p, n, len(topics.Inputs))
			}
			if other, taken := owner[p]; taken {
				r.t.Errorf("%s and %s both have partition %d", other, m.ClientID, p)
			}
			owner[p] = m.ClientID
		}
		words[m.ClientID] = fmt.Sprint(slices.Sorted(maps.Keys(held)))
	}
	return fmt.Sprint(words)
}

// TestPartitionsThatComeBackBeforeTheWorkerLooked: while a worker's loop stands still, one member and then another take
// partitions from it, decide what comes, and leave: it hears of two revocations and of their return at once, and what it
// remembers of those partitions is worth nothing.
func TestPartitionsThatComeBackBeforeTheWorkerLooked(t *testing.T) {
	r := newRealRig(t)
	const orgs = 40
	still := newHold(t)
	r.tune = func(c *stream.Config) { r.realTimes(c); c.Workers, c.Failpoint = 1, still.at("after-allow") }
	a := r.process("a")
	for n := range orgs {
		r.define(fmt.Sprint("org", n), "w")
	}
	r.drained()
	still.left.Store(1)
	r.eventually("it stands still", still.holds.Load)
	events := 0
	send := func() {
		for range orgs {
			r.send(r.usage(fmt.Sprint("org", events%orgs), "w", fmt.Sprint("u", events)))
			events++
		}
	}
	r.tune = func(c *stream.Config) { r.realTimes(c); c.Workers = 1 }
	b := r.process("b")
	r.eventually("the first one has two partitions", func() bool { return running(b) == 2 })
	send()
	c := r.process("c")
	r.eventually("the second one has one as well", func() bool { return running(c) >= 1 })
	before := r.settledUsages()
	send()
	r.eventually("they decide what is theirs", func() bool { return r.settledUsages() > before })
	b.stop()
	c.stop()
	r.eventually("all is assigned to it again", func() bool { return r.members() == 1 })
	still.letGo()
	send()
	r.drained()
	r.eachUsageOnce(events)
	if n := a.metric("purser_transactions_total", "unknown"); n > 0 {
		t.Errorf("%v transactions were in doubt", n)
	}
	r.aside(a)
}

func running(p *process) (n int) {
	for state := range 4 {
		if p.metric("purser_partition_state", fmt.Sprint(state)) == float64(stream.Running) {
			n++
		}
	}
	return n
}

func (r *rig) settledUsages() (n int) {
	r.t.Helper()
	for _, entries := range r.entries() {
		for _, e := range entries {
			if e.Type == topics.TypeUsageRecorded {
				n++
			}
		}
	}
	return n
}

// members is how many there are of a group that is stable; 0: it is not.
func (r *rig) members() int {
	described, err := r.admin.DescribeGroups(r.context(), r.group())
	if err != nil || described[r.group()].State != "Stable" {
		return 0
	}
	return len(described[r.group()].Members)
}

// TestNothingIsTakenAwayWhileABatchIsOpen: a member joins between a batch's poll and its commit. The batch is committed all the
// same, and only then is something given up.
func TestNothingIsTakenAwayWhileABatchIsOpen(t *testing.T) {
	r := newRealRig(t)
	const orgs = 40
	open := newHold(t)
	r.tune = func(c *stream.Config) { r.realTimes(c); c.Workers, c.Failpoint = 1, open.at("after-decide") }
	a := r.process("a")
	for n := range orgs {
		r.define(fmt.Sprint("org", n), "w")
	}
	r.drained()
	open.left.Store(1)
	for n := range orgs {
		r.send(r.usage(fmt.Sprint("org", n), "w", fmt.Sprint("u", n)))
	}
	r.eventually("a batch is open", open.holds.Load)
	r.tune = func(c *stream.Config) { r.realTimes(c); c.Workers = 1 }
	b := r.process("b")
	r.eventually("the group wants to rebalance", func() bool {
		described, err := r.admin.DescribeGroups(r.context(), r.group())
		return err == nil && (described[r.group()].State == "PreparingRebalance" || len(described[r.group()].Members) == 2)
	})
	// What could be taken away is taken within a few heartbeats.
	began := time.Now()
	r.eventually("the group had time to go on without the worker", func() bool { return running(b) > 0 || time.Since(began) > 3*time.Second })
	open.letGo()
	r.eventually("they share the partitions", func() bool { return running(a) == 2 && running(b) == 2 })
	r.drained()
	r.eachUsageOnce(orgs)
	if unknown, restarts := a.metric("purser_transactions_total", "unknown"), a.metric("purser_worker_restarts_total"); unknown+restarts > 0 {
		t.Errorf("%v transactions ended in doubt, %v workers began anew", unknown, restarts)
	}
}

// TestNothingIsPolledOfAPartitionThatIsGivenUp: the group has taken partitions from a member, whose client goes on fetching
// them until its callback gets its turn. What arrives meanwhile is for whoever is next: it is not among what the member commits.
func TestNothingIsPolledOfAPartitionThatIsGivenUp(t *testing.T) {
	r := newRealRig(t)
	const orgs = 40
	told, open := newHold(t), newHold(t)
	r.tune = func(c *stream.Config) {
		r.realTimes(c)
		c.Workers, c.BatchInterval = 1, time.Second // one batch takes all that is sent here
		synced, beforeEnd := told.at("synced"), open.at("before-end")
		c.Failpoint = func(step string) { synced(step); beforeEnd(step) }
	}
	a := r.process("a")
	for n := range orgs {
		r.define(fmt.Sprint("org", n), "w")
	}
	r.drained()
	told.left.Store(1)
	r.tune = func(c *stream.Config) { r.realTimes(c); c.Workers = 1 }
	b := r.process("b")
	r.eventually("the group has told it what it keeps", told.holds.Load)
	r.eventually("it has stopped the others", func() bool { return running(a) == 2 })
	open.left.Store(1)
	for n := range orgs {
		r.send(r.usage(fmt.Sprint("org", n), "w", fmt.Sprint("u", n)))
	}
	r.eventually("it is about to commit", open.holds.Load)
	told.letGo()
	open.letGo()
	r.eventually("they share the partitions", func() bool { return running(a) == 2 && running(b) == 2 })
	r.drained()
	r.eachUsageOnce(orgs)
	if unknown, restarts := a.metric("purser_transactions_total", "unknown"), a.metric("purser_worker_restarts_total"); unknown+restarts > 0 {
		t.Errorf("%v transactions ended in doubt, %v workers began anew", unknown, restarts)
	}
}
