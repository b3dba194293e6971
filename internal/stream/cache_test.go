package stream_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/stream"
	"purser/processors/core"
	"purser/state/redis"
	"purser/topics"
)

// sight is what a reader saw of a partition in the cache at one instant.
type sight struct {
	partition int32
	position  int64
	values    [][]byte
}

func newRedis(t *testing.T) (*redis.Cache, *miniredis.Miniredis) {
	t.Helper()
	server := miniredis.RunT(t)
	cache := redis.New(&goredis.Options{Addr: server.Addr()}, "t", time.Second)
	t.Cleanup(func() { _ = cache.Close() })
	return cache, server
}

// TestReadersOfTheCacheSeeACommittedState reads the cache all the while that usage is debited, owners come and go, Redis
// forgets everything, is away, and comes back. Whatever was seen must be what the changelog held at the position that was
// seen with it; what was not in the cache says nothing.
func TestReadersOfTheCacheSeeACommittedState(t *testing.T) {
	r := newRig(t)
	cache, server := newRedis(t)
	r.tune = func(c *stream.Config) { c.Cache = cache }
	const orgs, rounds = 8, 40
	keys := make([][]string, r.partitions)
	for p := range keys {
		keys[p] = []string{core.ProgressKey}
	}
	stop := r.run("p0")
	for o := range orgs {
		org := fmt.Sprint("org", o)
		r.define(org, "w")
		p := topics.PartitionOf(org, r.partitions)
		keys[p] = append(keys[p], string(core.AppendAccountKey(nil, org, "w")))
	}
	r.drained()
	var seen []sight
	done := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			default:
			}
			p := int32(n) % r.partitions
			values, at, ok, err := cache.Load(t.Context(), p, keys[p])
			if err == nil && ok && (len(seen) < int(r.partitions) || seen[len(seen)-int(r.partitions)].position != at) {
				seen = append(seen, sight{p, at, values})
			}
		}
	})
	for round := range rounds {
		for o := range orgs {
			r.send(r.usage(fmt.Sprint("org", o), "w", fmt.Sprint("u", round)))
		}
		switch round {
		case 8:
			server.FlushAll()
		case 16:
			stop()
			stop = r.run("p1")
		case 24:
			server.Close()
		case 30:
			if err := server.Restart(); err != nil {
				t.Fatal(err)
			}
		case 34:
			r.run("p2") // takes some partitions over
		}
		r.drained()
	}
	last := func(p int32) (end int64) {
		for _, rec := range r.all(topics.Changelog)[p] {
			end = rec.Offset + 1
		}
		return end
	}
	for p := range r.partitions {
		r.eventually("the cache has caught up", func() bool {
			_, at, ok, err := cache.Load(t.Context(), p, keys[p])
			return err == nil && ok && at >= last(p)
		})
	}
	close(done)
	reader.Wait()
	r.expectCommitted(keys, seen)
}

func (r *rig) expectCommitted(keys [][]string, seen []sight) {
	r.t.Helper()
	changelog := r.all(topics.Changelog)
	full := 0
	for _, s := range seen {
		want := map[string][]byte{}
		for _, rec := range changelog[s.partition] {
			if rec.Offset < s.position {
				want[string(rec.Key)] = rec.Value
			}
		}
		all := true
		for i, key := range keys[s.partition] {
			if s.values[i] == nil {
				all = false
			} else if !bytes.Equal(s.values[i], want[key]) {
				r.t.Fatalf("partition %d at %d: cell %q was not what was committed", s.partition, s.position, key)
			}
		}
		if all {
			full++
		}
	}
	if full < 20 {
		r.t.Errorf("of %d sights only %d held every cell", len(seen), full)
	}
}

// TestColdEqualsHot plays the same random stream to a loop that keeps everything in memory and to one that forgets nearly
// everything at once and reads it back through cache and checkpoint, and is restarted between: they must decide alike.
func TestColdEqualsHot(t *testing.T) {
	hot := play(t, func(r *rig) {})
	if hot.lookups["cache"]+hot.lookups["checkpoint"] > 1000 {
		t.Fatalf("hot is not hot: %v", hot.lookups)
	}
	cold := play(t, func(r *rig) {
		cache, _ := newRedis(r.t)
		r.tune = func(c *stream.Config) {
			c.Cache, c.CellsMax, c.CacheBytes, c.BatchMax, c.SliceMax, c.MaxTickAhead = cache, 3, 1, 60, 7, 0
		}
		r.checkpoint()
	})
	for _, tier := range []string{"cache", "checkpoint"} {
		if cold.lookups[tier] < 100 {
			t.Errorf("cold is not cold: %v", cold.lookups)
		}
	}
	if len(hot.order) == 0 || len(hot.order) != len(cold.order) {
		t.Fatalf("hot has %d wallets, cold %d", len(hot.order), len(cold.order))
	}
	for wallet, entries := range hot.order {
		for i, want := range entries {
			if i >= len(cold.order[wallet]) {
				t.Fatalf("%s: cold lacks %s", wallet, want)
			}
			if got := cold.order[wallet][i]; got != want {
				t.Fatalf("%s, entry %d\n hot:  %s\n cold: %s", wallet, i, want, got)
			}
		}
	}
	for line, n := range hot.rest {
		if cold.rest[line] != n {
			t.Errorf("%d × %s\n cold: %d", n, line, cold.rest[line])
		}
	}
	if hot.balances != cold.balances {
		t.Errorf("the system's accounts end at\n hot:  %s\n cold: %s", hot.balances, cold.balances)
	}
}

// played is what a run left in the ledger. Accounts of different wallets may be posted in another order, so numbers of
// entries and the system accounts' lines are left out; each wallet's entries must come in the same order.
type played struct {
	order    map[string][]string
	rest     map[string]int
	balances string
	lookups  map[string]float64 // cells that were not in memory, by the tier that answered
}

var playedAt = time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)

func play(t *testing.T, with func(*rig)) played {
	t.Helper()
	r := newRig(t)
	r.tune = func(c *stream.Config) { c.MaxTickAhead = 0 }
	with(r)
	chance := rand.New(rand.NewPCG(3, 5))
	p, lookups := r.process("p0"), map[string]float64{}
	n := 0
	step := func(records ...*kgo.Record) {
		for _, rec := range records {
			n++
			rec.Timestamp = playedAt.Add(time.Duration(n) * time.Millisecond) // the same in both runs
		}
		r.send(records...)
		r.drained()
	}
	const orgs, wallets, phases = 6, 12, 6
	for phase := range phases {
		step(r.phaseDefinitions(chance, phase, orgs, wallets)...)
		step(r.phaseUsage(chance, phase, orgs, wallets)...)
		var ticks []*kgo.Record
		for p := range r.partitions {
			ticks = append(ticks, topics.NewTick(r.names, p, topics.TimeOf(playedAt.Add(time.Duration(phase)*7*time.Hour))))
		}
		step(ticks...)
		if phase%2 == 1 {
			for _, tier := range []string{"cache", "checkpoint"} {
				lookups[tier] += p.metric("purser_cold_lookups_total", tier)
			}
			p.stop()
			p = r.process(fmt.Sprint("p", phase+1))
		}
	}
	out := r.played()
	out.lookups = lookups
	return out
}

func (r *rig) phaseDefinitions(chance *rand.Rand, phase, orgs, wallets int) (records []*kgo.Record) {
	for o := range orgs {
		org := fmt.Sprint("org", o)
		if phase == 0 {
			records = append(records, r.orgDefined(org))
		}
		for range wallets / 2 {
			name := fmt.Sprint("w", chance.IntN(wallets))
			def := r.event(topics.Account, org, fmt.Sprint("def", phase, "-", name, "-", chance.IntN(3)), topics.TypeAccountDefined, topics.AccountDefinedBody{Account: name, Kind: "wallet", LowBalance: topics.Number(fmt.Sprint(chance.IntN(50)))})
			grant := r.grant(org, name, fmt.Sprint("g", phase, "-", chance.IntN(40)), fmt.Sprint(1+chance.IntN(200)), playedAt.Add(time.Duration(5+chance.IntN(40))*time.Hour))
			records = append(records, def, grant)
		}
	}
	return records
}

func (r *rig) phaseUsage(chance *rand.Rand, phase, orgs, wallets int) (records []*kgo.Record) {
	for range 150 {
		org, id := fmt.Sprint("org", chance.IntN(orgs)), chance.IntN(100)+phase*60 // some come again in the next phase
		records = append(records, r.usage(org, fmt.Sprint("w", id%(wallets+1)), fmt.Sprint("u", id)))
	}
	return records
}

func (r *rig) played() played {
	r.t.Helper()
	out := played{order: map[string][]string{}, rest: map[string]int{}}
	last := map[string]string{}
	for _, entries := range r.entries() {
		for _, e := range entries {
			wallet := ""
			line := fmt.Sprint(e.Type, " ", e.ID, " ", e.Result, " ", e.Reason, " ", e.OccurredAt, " ", e.Postings)
			for _, b := range e.Balances {
				if b.Purchased == "" {
					last[e.Org+"/"+b.Account] = b.Balance
					continue
				}
				wallet = e.Org + "/" + b.Account
				line += fmt.Sprint(" ", b.Seq, " ", b.Balance, " ", b.Purchased)
			}
			if wallet == "" {
				out.rest[e.Org+" "+line]++
				continue
			}
			out.order[wallet] = append(out.order[wallet], line)
		}
	}
	out.balances = fmt.Sprint(last)
	return out
}

// TestACacheThatIsSetBackIsCold: Redis comes back from a snapshot that is older than what the task has let go of since. What it
// holds is not believed, and the next write starts it anew.
func TestACacheThatIsSetBackIsCold(t *testing.T) {
	r := newRig(t)
	cache, server := newRedis(t)
	r.tune = func(c *stream.Config) { c.Cache, c.Workers, c.CellsMax, c.CacheBytes = cache, 1, 1, 1 }
	r.checkpoint()
	p := r.process("a")
	r.define("org", "w")
	r.usages("org", 0, 1)
	r.drained()
	partition := topics.PartitionOf("org", r.partitions)
	wallet := string(core.AppendAccountKey(nil, "org", "w"))
	caughtUp := func() {
		all := r.all(topics.Changelog)[partition]
		r.eventually("the cache has caught up", func() bool {
			_, at, ok, err := cache.Load(t.Context(), partition, []string{wallet})
			return err == nil && ok && at > all[len(all)-1].Offset
		})
	}
	caughtUp()
	side := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
	defer side.Close()
	hash := redis.Key("t", partition)
	snapshot := side.HGetAll(t.Context(), hash).Val()
	r.usages("org", 1, 5)
	r.drained()
	r.saved()
	caughtUp()
	r.eventually("the task has let go of the wallet", func() bool {
		return p.metric("purser_pinned_cells", fmt.Sprint(partition)) == 0 && p.metric("purser_cells", fmt.Sprint(partition)) <= 1
	})
	side.Del(t.Context(), hash)
	if err := side.HSet(t.Context(), hash, snapshot).Err(); err != nil {
		t.Fatal(err)
	}
	r.usages("org", 6, 1)
	r.drained()
	r.aside(p)
	var last string
	for _, e := range r.entries()[partition] {
		if b := balance(e, "w"); b != "" {
			last = b
		}
	}
	if last != "-350.000000" {
		t.Errorf("after seven debits of 50 the wallet is at %s", last)
	}
	caughtUp()
}
