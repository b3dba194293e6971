package stream_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"purser/internal/faultproxy"
	"purser/internal/stream"
	"purser/internal/testenv"
	"purser/processors/core"
	"purser/topics"
)

// newRealRig is a rig on a real broker, whose answers to a group's members no stand-in can give.
func newRealRig(t *testing.T) *rig {
	t.Helper()
	return realRigOn(t, testenv.Kafka(t))
}

func realRigOn(t *testing.T, k testenv.KafkaServer) *rig {
	t.Helper()
	r := newRigOn(t, topics.Names{Prefix: k.Prefix}, 4, kgo.SeedBrokers(k.Brokers...))
	r.brokers = k.Brokers
	r.tune = r.realTimes
	return r
}

// realTimes are the shortest that a real broker allows.
func (r *rig) realTimes(c *stream.Config) {
	c.SessionTimeout, c.RebalanceTimeout, c.TransactionTimeout = 6*time.Second, 10*time.Second, 10*time.Second
}

// behind is a proxy through which the processes run that are tuned by what is returned.
func (r *rig) behind() (proxy *faultproxy.Proxy, tune func(*stream.Config)) {
	r.t.Helper()
	proxy, err := faultproxy.New(r.brokers[0])
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(proxy.Close)
	return proxy, func(c *stream.Config) {
		r.realTimes(c)
		c.Workers, c.Client = 1, []kgo.Opt{kgo.SeedBrokers(proxy.Addr)}
	}
}

// firstLife is the client id of the first life of a process's first worker.
func firstLife(process string) string { return process + "-w0-1" }

// usages sends n events of an org's wallet, named from u<from> on.
func (r *rig) usages(org string, from, n int) {
	r.t.Helper()
	var records []*kgo.Record
	for i := range n {
		records = append(records, r.usage(org, "w", fmt.Sprint("u", from+i)))
	}
	r.send(records...)
}

// TestTheEndOfATransactionIsLost: whether a transaction was ended, or its offsets were taken, is not known to the worker, so
// that it goes by what is committed. Everything that is asked again in its name is lost alike.
func TestTheEndOfATransactionIsLost(t *testing.T) {
	for _, key := range []kmsg.Key{kmsg.EndTxn, kmsg.TxnOffsetCommit} {
		for name, fate := range map[string]faultproxy.Fate{"request": faultproxy.LoseRequest, "answer": faultproxy.LoseAnswer} {
			t.Run(fmt.Sprintf("the %s of %s", name, kmsg.NameForKey(int16(key))), func(t *testing.T) { lose(t, key, fate) })
		}
	}
}

func lose(t *testing.T, key kmsg.Key, fate faultproxy.Fate) {
	r := newRealRig(t)
	proxy, tune := r.behind()
	r.tune = tune
	p := r.process("a")
	r.define("org", "w")
	r.drained()
	proxy.Judge(func(q faultproxy.Request) faultproxy.Fate {
		if q.ClientID == firstLife("a") && q.Key == int16(key) {
			return fate
		}
		return faultproxy.Pass
	})
	const events = 50
	r.usages("org", 0, events)
	r.eventually("the worker gives up what it does not know", func() bool {
		return p.metric("purser_transactions_total", "unknown") == 1 && p.metric("purser_worker_restarts_total") >= 1
	})
	r.usages("org", events, events)
	r.drained()
	r.eachUsageOnce(2 * events)
	if p.metric("purser_transactions_total", "unknown") != 1 {
		t.Error("what was lost once was in doubt again")
	}
}

// TestASleeperIsFenced: a worker has decided a batch and sleeps past its session, hears nothing of what happened meanwhile,
// and commits. The group's generation refuses it, although its transaction was begun after it was given up.
func TestASleeperIsFenced(t *testing.T) {
	r := newRealRig(t)
	stop := r.run("before")
	r.define("org", "w")
	r.drained()
	stop()
	sleeper, proxy, wake := r.sleepsAt("after-decide", nil, func() { r.usages("org", 0, 20) })
	r.tune = r.realTimes
	b := r.process("b")
	r.runs(b)
	r.drained()
	r.usages("org", 20, 20)
	r.drained()
	before := sleeper.metric("purser_transactions_total")
	wake()
	r.eventually("the sleeper has ended its transaction", func() bool { return sleeper.metric("purser_transactions_total") > before })
	proxy.Judge(nil)
	r.usages("org", 40, 20)
	r.drained()
	r.eachUsageOnce(60)
	if n := sleeper.metric("purser_transactions_total", "unknown"); n != 1 {
		t.Errorf("the sleeper was refused %v times, not once", n)
	}
	if n := b.metric("purser_transactions_total", "unknown"); n > 0 {
		t.Errorf("%v transactions of the other one are in doubt", n)
	}
}

// TestASleeperLeavesNothingOpen: a sleeper wakes up and writes before the group refuses it, on partitions that another has taken
// over and moved on. It ends that transaction when it gives up; the broker here would not do so for an hour, and hide from every
// reader what the other one commits.
func TestASleeperLeavesNothingOpen(t *testing.T) {
	r := realRigOn(t, testenv.PrivateKafka(t, map[string]string{"transaction.abort.timed.out.transaction.cleanup.interval.ms": "3600000"}))
	stop := r.run("before")
	r.define("org", "w")
	r.drained()
	stop()
	sleeper, proxy, wake := r.sleepsAt("after-decide", nil, func() { r.usages("org", 0, 20) })
	r.tune = r.realTimes
	r.runs(r.process("b"))
	r.drained()
	var asks atomic.Bool // whether it is still a member: from the answer on its client waits for the batch, and the batch for the client
	proxy.Judge(func(q faultproxy.Request) faultproxy.Fate {
		if q.ClientID == firstLife("a") && q.Key == int16(kmsg.Heartbeat) {
			asks.Store(true)
		}
		return faultproxy.Pass
	})
	r.eventually("it asks the group", asks.Load)
	wake()
	r.eventually("its records hide what comes after them", func() bool { return r.hidden() > 0 })
	r.usages("org", 20, 20)
	r.eventually("nothing is hidden any more", func() bool { return r.hidden() == 0 })
	r.drained()
	r.eachUsageOnce(40)
	r.eventually("it has told of one", func() bool { return sleeper.metric("purser_dead_transactions_ended_total") == 1 })
}

// hidden is how many offsets of the ledger readers of committed records do not see yet.
func (r *rig) hidden() (n int64) {
	r.t.Helper()
	ledger := r.names.Of(topics.Ledger)
	stable := r.ends(topics.Ledger)
	all, err := r.admin.ListEndOffsets(r.context(), ledger)
	if err != nil {
		r.t.Fatal(err)
	}
	for p, end := range stable {
		at, _ := all.Lookup(ledger, int32(p))
		n += at.Offset - end
	}
	return n
}

// TestASleeperWakesUpBetweenTwoSlices: the sleeper has done a slice of due work when it falls asleep, with its transaction
// open; another takes over and is in the middle of the rest when it wakes up.
func TestASleeperWakesUpBetweenTwoSlices(t *testing.T) {
	r := newRealRig(t)
	const orgs, wallets = 8, 100
	expires := time.Now().Add(day).Truncate(time.Second)
	small := func(c *stream.Config) { c.SliceMax, c.BatchMax, c.MaxTickAhead = 10, 20, 0 }
	r.tune = func(c *stream.Config) { r.realTimes(c); small(c) }
	stop := r.run("before")
	r.manyWallets(orgs, wallets, expires)
	stop()
	sleeper, proxy, wake := r.sleepsAt("before-end", small, func() { r.tick(expires.Add(time.Hour)) })

	between := newHold(t)
	between.left.Store(4)
	r.tune = func(c *stream.Config) {
		r.realTimes(c)
		small(c)
		c.Workers, c.Failpoint = 1, between.at("after-poll")
	}
	r.run("b")
	r.eventually("the successor is between two slices", between.holds.Load)
	wake()
	r.eventually("the sleeper was refused", func() bool { return sleeper.metric("purser_worker_restarts_total") >= 1 })
	proxy.Judge(nil)
	between.letGo()
	r.drained()
	r.eachExpiredOnce(orgs*wallets, expires)
}

// sleepsAt runs process "a" with one worker that falls asleep at a step once work is given to it: it waits there, the
// broker hears nothing of it until its session has ended, and it believes all the while that it is a member.
func (r *rig) sleepsAt(step string, more func(*stream.Config), work func()) (sleeper *process, proxy *faultproxy.Proxy, wake context.CancelFunc) {
	r.t.Helper()
	proxy, tune := r.behind()
	asleep := newHold(r.t)
	r.tune = func(c *stream.Config) {
		tune(c)
		if more != nil {
			more(c)
		}
		c.Failpoint = asleep.at(step)
	}
	sleeper = r.process("a")
	r.runs(sleeper)
	asleep.left.Store(1)
	work()
	r.eventually("it sleeps", asleep.holds.Load)
	proxy.Judge(func(q faultproxy.Request) faultproxy.Fate {
		if q.ClientID == firstLife("a") && q.Key == int16(kmsg.Heartbeat) {
			return faultproxy.Pretend
		}
		return faultproxy.Pass
	})
	r.eventually("the group has given it up", func() bool {
		described, err := r.admin.DescribeGroups(r.context(), r.group())
		if err != nil {
			return false
		}
		for _, m := range described[r.group()].Members {
			if strings.HasPrefix(m.ClientID, "a-") {
				return false
			}
		}
		return true
	})
	return sleeper, proxy, asleep.letGo
}

// TestADeadOwnersTransactionDoesNotHoldItsSuccessorUp: its timeout is ten times as long as what a takeover may take.
func TestADeadOwnersTransactionDoesNotHoldItsSuccessorUp(t *testing.T) {
	r := newRealRig(t)
	var death die
	r.tune = func(c *stream.Config) {
		r.realTimes(c)
		c.Workers, c.TransactionTimeout, c.Failpoint = 1, 5*time.Minute, death.at("before-end")
	}
	a := r.process("a")
	r.runs(a)
	r.define("org", "w")
	r.drained()
	death.left.Store(1)
	r.usages("org", 0, 20)
	r.eventually("the owner has died", func() bool { return death.left.Load() <= 0 })
	r.tune = r.realTimes
	began := time.Now()
	b := r.process("b")
	r.drained()
	if took := time.Since(began); took > time.Minute {
		t.Errorf("the successor was held up for %v", took)
	}
	r.eachUsageOnce(20)
	if n := b.metric("purser_dead_transactions_ended_total"); n != 1 {
		t.Errorf("%v open transactions were ended, not 1", n)
	}
}

// TestARestoreWaitsForATransactionThatMovesItsOffsets: it belongs to a member that lives, so that it is not ended but waited
// for; and then what it committed is where the partition goes on.
func TestARestoreWaitsForATransactionThatMovesItsOffsets(t *testing.T) {
	r, p := waitingRig(t)
	r.usages("org", 10, 1)
	mover := r.mover(firstLife("b"), p)
	mover.consume()
	b := r.waitsFor(mover)
	r.aside(b)
	if n := b.metric("purser_worker_restarts_total"); n > 0 { // a restore that does not wait finds out later, and begins anew
		t.Errorf("the worker began anew %v times", n)
	}
	r.usages("org", 11, 10)
	r.drained()
	if ids := r.charged("org"); len(ids) != 20 || slices.Contains(ids, "u10") {
		t.Errorf("charged for %v", ids)
	}
}

// TestARestoreReadsWhatIsCommittedLate: what was written before the new owner's own record belongs to it, whenever its
// transaction ends; here after all that a restore asks the broker about, and before it reads.
func TestARestoreReadsWhatIsCommittedLate(t *testing.T) {
	r, p := waitingRig(t)
	late := r.account("org", "w")
	late.Key, late.ID = string(core.AppendAccountKey(nil, "org", "w9")), "w9"
	mover := r.mover(firstLife("b"), p)
	mover.write(late)
	committed, commit := context.WithCancel(t.Context())
	defer commit()
	var owned atomic.Int32
	r.tune = func(c *stream.Config) {
		r.realTimes(c)
		c.Workers = 1
		c.Failpoint = func(step string) {
			if step == "restore-owned" {
				owned.Add(1)
				<-committed.Done()
			}
		}
	}
	b := r.process("b")
	r.eventually("all partitions have their new owner's record", func() bool { return owned.Load() >= r.partitions })
	mover.commit()
	commit()
	r.aside(b)
	r.send(r.usage("org", "w9", "u9"))
	r.drained()
	if !slices.Contains(r.charged("org"), "u9") {
		t.Error("usage of the wallet was not charged")
	}
}

// waitingRig is a rig on which an org has a wallet and nobody runs.
func waitingRig(t *testing.T) (r *rig, p int32) {
	t.Helper()
	r = newRealRig(t)
	stop := r.run("before")
	r.define("org", "w")
	r.usages("org", 0, 10)
	r.drained()
	stop()
	return r, topics.PartitionOf("org", r.partitions)
}

// waitsFor runs process b, whose worker has begun no transaction of its own yet, until it runs all partitions but the one
// that an open transaction is on; and then that one too, when the transaction has been committed.
func (r *rig) waitsFor(m *mover) *process {
	r.t.Helper()
	r.tune = func(c *stream.Config) { r.realTimes(c); c.Workers = 1 }
	b := r.process("b")
	r.eventually("all other partitions run", func() bool {
		for n := range r.partitions {
			if n != m.partition && b.metric("purser_partition_state", fmt.Sprint(n)) != float64(stream.Running) {
				return false
			}
		}
		return true
	})
	if n := b.metric("purser_partition_state", fmt.Sprint(m.partition)); n != float64(stream.Restoring) {
		r.t.Errorf("the partition of the open transaction is in state %v", n)
	}
	m.commit()
	r.eventually("the last one runs or is stopped", func() bool {
		return b.metric("purser_partition_state", fmt.Sprint(m.partition)) != float64(stream.Restoring)
	})
	return b
}
