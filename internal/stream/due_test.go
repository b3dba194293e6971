package stream_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/stream"
	"purser/processors/core"
	"purser/topics"
)

const (
	day          = 24 * time.Hour
	grantExpired = "due.grant_expired"
)

// die makes a process's worker end as a killed one does, once, the n-th time it comes by a step after being armed: in the
// middle of a transaction, which nobody ends, and without having committed what was polled.
type die struct{ left atomic.Int64 }

func (d *die) at(step string) func(string) {
	return func(name string) {
		if name == step && d.left.Add(-1) == 0 {
			runtime.Goexit()
		}
	}
}

// manyWallets defines orgs with wallets and gives each wallet a grant that expires at one instant.
func (r *rig) manyWallets(orgs, wallets int, expires time.Time) {
	r.t.Helper()
	var records []*kgo.Record
	for o := range orgs {
		org := fmt.Sprint("org", o)
		records = append(records, r.orgDefined(org))
		for w := range wallets {
			name := fmt.Sprint("w", w)
			records = append(records, r.walletDefined(org, name), r.grant(org, name, "g-"+name, "1000", expires))
		}
		if len(records) >= 100_000 || o == orgs-1 {
			r.send(records...)
			records = records[:0]
		}
	}
	r.drained()
}

func TestGrantsThatExpireAtOneInstant(t *testing.T) {
	t.Run("hot", func(t *testing.T) { expireAtOnce(t, false) })
	t.Run("cold", func(t *testing.T) { expireAtOnce(t, true) })
}

// expireAtOnce makes thousands of wallets due at one instant, while usage goes on, a worker dies and the process is
// restarted; cold has nothing but the progress in memory at its start, and next to nothing later.
func expireAtOnce(t *testing.T, cold bool) {
	r := newRig(t)
	var death die
	r.tune = func(c *stream.Config) {
		c.SliceMax, c.BatchMax, c.MaxTickAhead, c.Failpoint = 20, 40, 0, death.at("before-end")
		if cold {
			c.CellsMax, c.CacheBytes = 30, 1
		}
	}
	const orgs, wallets = 12, 250
	expires := time.Now().Add(day).Truncate(time.Second)
	stop := r.run("a")
	r.manyWallets(orgs, wallets, expires)
	if cold {
		r.checkpoint()
		r.saved()
		stop()
		stop = r.run("b")
	}
	var usage []*kgo.Record
	for w := range wallets {
		for o := range orgs {
			if (w+o)%3 == 0 {
				usage = append(usage, r.usage(fmt.Sprint("org", o), fmt.Sprint("w", w), fmt.Sprint("u", w)))
			}
		}
	}
	death.left.Store(25) // transactions
	r.tick(expires.Add(time.Hour))
	r.send(usage...)
	expired := func() (n int) {
		for _, entries := range r.entries() {
			for _, e := range entries {
				if e.Type == grantExpired {
					n++
				}
			}
		}
		return n
	}
	r.eventually("a worker has died", func() bool { return death.left.Load() <= 0 })
	r.run("c")
	r.eventually("a third has expired", func() bool { return expired() > orgs*wallets/3 })
	stop()
	r.run("d")
	r.drained()
	r.eachExpiredOnce(orgs*wallets, expires)
	r.usageFollowsExpiry()
	r.lastTickMovesAtTheEnd(topics.TimeOf(expires.Add(time.Hour)))
}

// eachExpiredOnce demands that every grant expired once, dated at its time.
func (r *rig) eachExpiredOnce(grants int, at time.Time) {
	r.t.Helper()
	seen := map[string]int{}
	for _, entries := range r.entries() {
		for i, e := range entries {
			if e.Entry != uint64(i+1) {
				r.t.Fatalf("entry %d is numbered %d", i+1, e.Entry)
			}
			if e.Type != grantExpired {
				continue
			}
			seen[e.Org+"/"+e.Postings[0].Grant]++
			if want := topics.FormatTime(topics.TimeOf(at)); e.OccurredAt != want {
				r.t.Fatalf("%s of %s is dated %s, not %s", e.ID, e.Org, e.OccurredAt, want)
			}
		}
	}
	if len(seen) != grants {
		r.t.Errorf("%d of %d grants expired", len(seen), grants)
	}
	for key, n := range seen {
		if n != 1 {
			r.t.Errorf("%s expired %d times", key, n)
		}
	}
}

// usageFollowsExpiry demands that usage that was read after the tick found its wallet's grant expired (R1.7), and that for
// some of it the expiry ran only because of it.
func (r *rig) usageFollowsExpiry() {
	r.t.Helper()
	first := 0
	for p, entries := range r.entries() {
		read := uint64(0) // the last entry before the transaction that read the tick
		for _, progress := range r.progresses(int32(p)) {
			if progress.Target != 0 {
				break
			}
			read = progress.Entry
		}
		expired := map[string]bool{}
		ticked := false
		for i, e := range entries {
			switch {
			case e.Type == grantExpired:
				ticked = true
				expired[e.Org+"/"+e.Postings[0].From] = true
				if i+1 < len(entries) && entries[i+1].Cause == e.Cause && strings.Contains(e.Cause, topics.Usage) && entries[i+1].Type == topics.TypeUsageRecorded {
					first++
				}
			case e.Type == topics.TypeUsageRecorded && e.Entry > read && ticked:
				if wallet := e.Postings[len(e.Postings)-1].From; !expired[e.Org+"/"+wallet] {
					r.t.Errorf("usage %s of %s/%s was charged before its wallet's grant expired", e.ID, e.Org, wallet)
				}
			}
		}
	}
	if first == 0 {
		r.t.Error("no usage came between two slices")
	}
}

// lastTickMovesAtTheEnd demands that LastTick stays behind while anything of the tick is left, over many transactions.
func (r *rig) lastTickMovesAtTheEnd(tick core.Time) {
	r.t.Helper()
	sum := 0
	for p, entries := range r.entries() {
		lastExpiry, transactions := uint64(0), 0
		for _, e := range entries {
			if e.Type == grantExpired {
				lastExpiry = e.Entry
			}
		}
		all := r.progresses(int32(p))
		for _, progress := range all {
			if progress.Target == tick && progress.LastTick < tick {
				transactions++
			}
			if progress.LastTick == tick && progress.Entry < lastExpiry {
				r.t.Fatalf("partition %d: the tick is done at entry %d, but something expired in entry %d", p, progress.Entry, lastExpiry)
			}
		}
		if last := all[len(all)-1]; last.LastTick != tick {
			r.t.Errorf("partition %d: the last tick is %d, not %d", p, last.LastTick, tick)
		}
		sum += transactions
	}
	if sum < 40 {
		r.t.Errorf("the tick was worked off in only %d transactions", sum)
	}
}

func TestUsageThatWaitsExpiresAndIsReplayedOnce(t *testing.T) {
	r := newRig(t)
	r.tune = func(c *stream.Config) { c.SliceMax, c.MaxTickAhead = 25, 0 }
	r.run("a")
	const events = 300
	now := time.Now().Truncate(time.Second)
	r.tick(now)
	r.send(r.orgDefined("acme"))
	r.drained()
	var usage []*kgo.Record
	for n := range events {
		usage = append(usage, r.usage("acme", "later", fmt.Sprint("u", n)))
	}
	r.send(usage...)
	r.drained()
	r.tick(now.Add(day - time.Second))
	r.drained()
	if n := len(r.letters()); n != 0 {
		t.Fatalf("%d events were given up within 24 hours", n)
	}
	r.tick(now.Add(day))
	r.drained()
	letters := r.letters()
	if len(letters) != events {
		t.Fatalf("%d of %d events were given up after 24 hours", len(letters), events)
	}
	r.send(r.walletDefined("acme", "later"))
	r.drained()
	for range 2 { // the second time each is a duplicate
		for _, letter := range letters {
			if reason := string(topics.Header(letter, topics.HeaderReason)); reason != "unknown_account" {
				t.Fatalf("given up as %q", reason)
			}
			entry := string(topics.Header(letter, topics.HeaderEntry))
			replay := &kgo.Record{Topic: r.names.Of(topics.Usage), Key: letter.Key, Value: letter.Value}
			for _, h := range letter.Headers {
				if !strings.HasPrefix(h.Key, "purser_") {
					replay.Headers = append(replay.Headers, h)
				}
			}
			replay.Headers = append(replay.Headers, kgo.RecordHeader{Key: topics.HeaderReplay, Value: fmt.Appendf(nil, "%d/%s", letter.Partition, entry)})
			r.send(replay)
		}
		r.drained()
	}
	counts := map[string]int{}
	last := ""
	for _, entries := range r.entries() {
		for _, e := range entries {
			counts[e.Result+" "+e.Type]++
			if b := balance(e, "later"); b != "" {
				last = b
			}
		}
	}
	if counts["waiting usage.recorded"] != events || counts["expired usage.recorded"] != events || counts["applied usage.recorded"] != events {
		t.Errorf("%v", counts)
	}
	if want := fmt.Sprintf("-%d.000000", 50*events); last != want {
		t.Errorf("the wallet is at %s, not %s", last, want)
	}
}

// letters reads every dead letter.
func (r *rig) letters() (all []*kgo.Record) {
	r.t.Helper()
	for _, records := range r.all(topics.DeadLetter) {
		all = append(all, records...)
	}
	return all
}

func TestWhatWaitsIsWorkedOffInOrder(t *testing.T) {
	t.Run("hot", func(t *testing.T) { workOff(t, false) })
	t.Run("cold", func(t *testing.T) { workOff(t, true) })
}

func workOff(t *testing.T, cold bool) {
	r := newRig(t)
	r.tune = func(c *stream.Config) {
		c.SliceMax, c.BatchMax = 50, 500
		if cold {
			c.CellsMax, c.CacheBytes = 100, 1
		}
	}
	stop := r.run("a")
	const events = 3000
	accounts := []string{"a", "b"}
	r.send(r.orgDefined("acme"))
	var usage []*kgo.Record
	for n := range events {
		usage = append(usage, r.usage("acme", accounts[n%2], fmt.Sprintf("u%05d", n)))
	}
	r.send(usage...)
	r.drained()
	if cold {
		r.checkpoint()
		r.saved()
		stop()
		r.run("b")
	}
	r.send(r.walletDefined("acme", "a"), r.walletDefined("acme", "b"))
	var late []*kgo.Record
	for n := range 100 {
		late = append(late, r.usage("acme", accounts[n%2], fmt.Sprintf("v%05d", n)))
	}
	r.send(late...)
	r.drained()
	last, applied := map[string]string{}, 0
	for _, entries := range r.entries() {
		for _, e := range entries {
			if e.Type != topics.TypeUsageRecorded || e.Result != "applied" {
				continue
			}
			applied++
			wallet := e.Postings[len(e.Postings)-1].From
			if e.ID <= last[wallet] {
				t.Fatalf("%s of %s was charged after %s", e.ID, wallet, last[wallet])
			}
			last[wallet] = e.ID
		}
	}
	if applied != events+100 {
		t.Errorf("%d of %d events were charged", applied, events+100)
	}
}

// TestDueWorkRunsInTheOrderOfItsTimes (R1.7): across wallets, however the cells fall into slices.
func TestDueWorkRunsInTheOrderOfItsTimes(t *testing.T) {
	r := newRig(t)
	r.tune = func(c *stream.Config) { c.SliceMax, c.MaxTickAhead = 7, 0 }
	r.run("a")
	begin := time.Now().Truncate(time.Second)
	const wallets, grants = 10, 6
	records := []*kgo.Record{r.orgDefined("acme")}
	for w := range wallets {
		name := fmt.Sprint("w", w)
		records = append(records, r.walletDefined("acme", name))
		for g := range grants {
			records = append(records, r.grant("acme", name, fmt.Sprint("g-", w, "-", g), "1", begin.Add(time.Duration(1+g*wallets+w)*time.Hour)))
		}
	}
	r.send(records...)
	r.drained()
	r.tick(begin.Add(1000 * time.Hour))
	r.drained()
	last, n := "", 0
	for _, entries := range r.entries() {
		for _, e := range entries {
			if e.Type != grantExpired {
				continue
			}
			n++
			if e.OccurredAt <= last {
				t.Errorf("%s expired after %s", e.OccurredAt, last)
			}
			last = e.OccurredAt
		}
	}
	if n != wallets*grants {
		t.Errorf("%d of %d grants expired", n, wallets*grants)
	}
}
