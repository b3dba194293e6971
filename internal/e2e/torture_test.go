package e2e

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"purser/internal/testenv"
)

// campaign is a system under torture.
type campaign struct {
	*system
	running []*process // the first is the checkpointer, the others decide
	cards   *process   // the gateway
	kills   int
}

// TestTorture produces half a million events of the full mix, or as many as the minutes take that `make torture` was given, while
// processes of two workers each, the gateway, the broker, Redis and Postgres are killed, stopped, filled, set back and cut off from each
// other. Then every event must be accounted for, once, in what a consumer of committed records sees, and with them every recharge attempt
// and invoice.
func TestTorture(t *testing.T) {
	c := campaignOf(t)
	k := testenv.PrivateKafka(t, nil)
	s := &campaign{system: newSystemOn(t, k, testenv.PrivatePostgres(t, nil), partitions)}
	s.proxied = true
	steps := c.plan()
	t.Logf("seed %d: %d events, %d steps", c.seed, c.events, len(steps))
	for i := range 4 {
		s.running = append(s.running, s.start(i, ""))
	}
	s.cards = s.system.cards()
	record := filepath.Join(s.dir, "produced")
	loaded := s.load(record, "--seed", fmt.Sprint(c.seed), "--count", fmt.Sprint(c.events+spareEvents), "--rate", fmt.Sprint(eventsPerSecond), "--accounts", "20000", "--mix", "full")
	for n, step := range steps {
		s.reach(step.at)
		if s.produced() > c.events+spareEvents/2 {
			t.Logf("the machine is too slow for all steps: the events end before step %d", n+1)
			break
		}
		s.supervise()
		fault := faults[step.fault]
		began := time.Now()
		t.Logf("step %d of %d, after %d records: %s", n+1, len(steps), step.at, fault.name)
		fault.do(s, step.chance())
		s.kills += fault.kills
		t.Logf("  took %v", time.Since(began).Round(100*time.Millisecond))
	}
	loaded()
	t.Logf("%d kills", s.kills)
	s.verify(record, int(c.events))
}

// start starts the process of a place: the first is the checkpointer and the ticker, the others decide.
func (c *campaign) start(place int, failpoint string) *process {
	if place == 0 {
		return c.run("checkpoint,tick", failpoint)
	}
	return c.run("process", failpoint)
}

// decider chooses the place of a process that decides.
func (c *campaign) decider(chance *rand.Rand) int { return 1 + chance.IntN(len(c.running)-1) }

// supervise starts again what ended while it was starting, because the broker was away; what has begun to run never ends by
// itself.
func (c *campaign) supervise() {
	c.t.Helper()
	for place, p := range c.running {
		if !p.ended() {
			continue
		}
		if p.count("purser runs") > 0 {
			c.t.Errorf("%s has ended by itself", p.name)
		}
		c.running[place] = c.start(place, "")
	}
	if c.cards.ended() {
		c.t.Error("the gateway has ended by itself")
		c.cards = c.system.cards()
	}
}

// reach waits until so many records have been committed, or all that there are.
func (c *campaign) reach(records int64) {
	c.t.Helper()
	c.waitFor(fmt.Sprintf("%d records are committed", records), patience, func() bool {
		now := c.committed()
		return now >= records || c.loaded.Load() && now >= c.produced()-int64(2*c.partitions)
	})
}

// fault is something that happens, and that must do no harm. What must be seen meanwhile it demands itself.
type fault struct {
	name  string
	share int // how often it is in a deal
	kills int // how many it adds to the count
	do    func(*campaign, *rand.Rand)
}

var faults = concat(killsAtFailpoints(), []fault{
	{"a process is killed", 12, 1, (*campaign).kill},
	{"the gateway is killed", 1, 1, (*campaign).killGateway},
	{"a process sleeps past its session and wakes up", 1, 0, (*campaign).sleep},
	{"a process comes and goes", 2, 0, (*campaign).visit},
	{"processes come and go every second", 1, 0, (*campaign).storm},
	{"the request to end a transaction is lost", 1, 0, loses(endTxn, lostRequest)},
	{"the answer to the end of a transaction is lost", 1, 0, loses(endTxn, lostAnswer)},
	{"the request to commit offsets is lost", 1, 0, loses(commitOffsets, lostRequest)},
	{"the answer to a commit of offsets is lost", 1, 0, loses(commitOffsets, lostAnswer)},
	{"the broker is killed", 1, 1, (*campaign).killBroker},
	{"Redis is killed", 1, 1, (*campaign).killRedis},
	{"Redis forgets everything", 1, 0, (*campaign).flushRedis},
	{"Redis comes back from an old snapshot", 1, 1, (*campaign).setRedisBack},
	{"Redis is full", 1, 0, (*campaign).fillRedis},
	{"Redis evicts", 1, 0, (*campaign).evictRedis},
	{"Postgres is killed within a save", 1, 1, (*campaign).killPostgresInSave},
	{"Postgres is away", 1, 1, (*campaign).postgresAway},
	{"a second checkpointer is started by mistake", 1, 0, (*campaign).secondCheckpointer},
})

func concat(lists ...[]fault) (all []fault) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// The named steps of the loop at which a process kills itself.
var failpoints = []string{
	"after-poll", "after-decide", "after-produce", "before-end", "after-end", "after-cache",
	"checkpoint-before-save", "checkpoint-in-save", "checkpoint-after-save",
	"restore-begin", "restore-offsets", "restore-owned", "restore-read",
}

func killsAtFailpoints() (all []fault) {
	for _, name := range failpoints {
		all = append(all, fault{"a process kills itself at " + name, 1, 1, func(c *campaign, chance *rand.Rand) { c.killAt(name, chance) }})
	}
	return all
}

func (c *campaign) killAt(name string, chance *rand.Rand) {
	place, passes := c.decider(chance), 1
	if strings.HasPrefix(name, "checkpoint") {
		place = 0
	}
	if !strings.HasPrefix(name, "restore") { // a process takes over a partition or two: the third may never come
		passes += chance.IntN(3)
	}
	c.running[place].stop()
	doomed := c.start(place, fmt.Sprintf("%s:%d", name, passes))
	c.waitFor("a process dies at "+name, patience, doomed.ended)
	c.running[place] = c.start(place, "")
}

// killGateway: the next one answers again what the first may have answered, and each answer counts once.
func (c *campaign) killGateway(*rand.Rand) {
	c.cards.kill()
	c.progress(5_000)
	c.cards = c.system.cards()
}

func (c *campaign) kill(chance *rand.Rand) {
	place := chance.IntN(len(c.running))
	c.running[place].kill()
	c.running[place] = c.start(place, "")
}
