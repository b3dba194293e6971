package balance_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"purser/internal/stream/balance"
)

var inputs = []string{"account", "payment-result", "refill-tick", "send", "usage"}

// group is a consumer group whose members speak the real encodings, one generation at a time.
type group struct {
	t          rapid.TB
	n          int32
	generation int32
	members    map[string]*consumer
	rounds     int // generations that the last change took
}

type consumer struct {
	id         string
	topics     []string
	owned      map[string][]int32
	generation int32
}

func newGroup(t rapid.TB, n int32) *group {
	return &group{t: t, n: n, members: map[string]*consumer{}}
}

func (g *group) join(id string) {
	g.members[id] = &consumer{id: id, topics: inputs, owned: map[string][]int32{}, generation: -1}
}

// generationOnce runs one generation and says whether someone had to revoke something, which makes another.
func (g *group) generationOnce() (again bool) {
	b := balance.CoPartition()
	g.generation++
	var joined []kmsg.JoinGroupResponseMember
	for _, id := range g.ids() {
		c := g.members[id]
		jm := kmsg.NewJoinGroupResponseMember()
		jm.MemberID = id
		jm.ProtocolMetadata = b.JoinGroupMetadata(slices.Clone(c.topics), c.claim(), c.generation)
		joined = append(joined, jm)
	}
	mb, topics, err := b.MemberBalancer(joined)
	if err != nil {
		g.t.Fatalf("member balancer: %v", err)
	}
	counts := map[string]int32{}
	for topic := range topics {
		counts[topic] = g.n
	}
	into, err := mb.(kgo.GroupMemberBalancerOrError).BalanceOrError(counts)
	if err != nil {
		g.t.Fatalf("balance: %v", err)
	}
	plan := map[string]map[string][]int32{}
	for _, a := range into.IntoSyncAssignment() {
		if plan[a.MemberID], err = b.ParseSyncAssignment(a.MemberAssignment); err != nil {
			g.t.Fatalf("parse: %v", err)
		}
	}
	g.checkNoNewOverlap(plan)
	for id, c := range g.members {
		for topic, had := range c.owned {
			for _, p := range had {
				again = again || !slices.Contains(plan[id][topic], p)
			}
		}
		c.owned, c.generation = plan[id], g.generation
	}
	return again
}

func (c *consumer) claim() map[string][]int32 {
	m := map[string][]int32{}
	for topic, p := range c.owned {
		m[topic] = slices.Clone(p)
	}
	return m
}

// checkNoNewOverlap: nobody is given what another member still holds, and nothing is given twice.
func (g *group) checkNoNewOverlap(plan map[string]map[string][]int32) {
	for _, topic := range inputs {
		for p := range g.n {
			var given, held []string
			var top int32 = -1
			for _, id := range g.ids() {
				if slices.Contains(plan[id][topic], p) {
					given = append(given, id)
				}
				if c := g.members[id]; slices.Contains(c.owned[topic], p) {
					held = append(held, id)
					top = max(top, c.generation)
				}
			}
			if len(given) > 1 {
				g.t.Fatalf("%s/%d is given to %v", topic, p, given)
			}
			if len(given) == 0 {
				continue
			}
			c := g.members[given[0]]
			rightful := slices.Contains(c.owned[topic], p) && c.generation == top
			others := slices.DeleteFunc(held, func(id string) bool { return id == given[0] })
			if !rightful && len(others) > 0 {
				g.t.Fatalf("%s/%d is given to %s while %v still holds it", topic, p, given[0], others)
			}
		}
	}
}

func (g *group) settle() {
	g.rounds = 1
	for g.generationOnce() {
		if g.rounds++; g.rounds > 4 {
			g.t.Fatalf("no stable assignment after %d generations", g.rounds)
		}
	}
}

// checkStable: every number has one owner, with all of its topics, and the shares differ by at most one.
func (g *group) checkStable() {
	least, most, all := int(g.n), 0, 0
	for _, id := range g.ids() {
		c := g.members[id]
		first := c.owned[inputs[0]]
		for _, topic := range inputs {
			if !slices.Equal(c.owned[topic], first) {
				g.t.Fatalf("%s owns %v of %s and %v of %s", id, c.owned[topic], topic, first, inputs[0])
			}
		}
		least, most, all = min(least, len(first)), max(most, len(first)), all+len(first)
	}
	if len(g.members) > 0 && (all != int(g.n) || most-least > 1) {
		g.t.Fatalf("%d of %d numbers owned, shares from %d to %d", all, g.n, least, most)
	}
}

func (g *group) ids() []string {
	ids := make([]string, 0, len(g.members))
	for id := range g.members {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (g *group) ownerOf() map[int32]string {
	m := map[int32]string{}
	for id, c := range g.members {
		for _, p := range c.owned[inputs[0]] {
			m[p] = id
		}
	}
	return m
}

// leastMoves is how many numbers have to change hands: the n largest holdings are kept up to the n largest shares.
func (g *group) leastMoves() int {
	var held []int
	for _, c := range g.members {
		held = append(held, len(c.owned[inputs[0]]))
	}
	slices.Sort(held)
	slices.Reverse(held)
	kept := 0
	for i, h := range held {
		share := int(g.n) / len(held)
		if i < int(g.n)%len(held) {
			share++
		}
		kept += min(h, share)
	}
	return int(g.n) - kept
}

func (g *group) settleAndCheck() (moved int) {
	before, least := g.ownerOf(), g.leastMoves()
	g.settle()
	g.checkStable()
	for p, id := range g.ownerOf() {
		if before[p] != id {
			moved++
		}
	}
	if moved != least {
		g.t.Fatalf("%d numbers moved where %d would do", moved, least)
	}
	return moved
}

// TestMembersComeAndGo is the history of the measurement that this balancer was chosen by: two to four members and back,
// and a death. With twelve numbers, 4, 3, 3 and 4 of them move: no fewer are possible.
func TestMembersComeAndGo(t *testing.T) {
	g := newGroup(t, 12)
	g.join("a")
	g.join("b")
	g.settleAndCheck()
	var moved []int
	step := func(change func()) {
		change()
		moved = append(moved, g.settleAndCheck())
	}
	step(func() { g.join("c") })
	step(func() { g.join("d") })
	step(func() { delete(g.members, "b") })
	step(func() { delete(g.members, "d") })
	if want := []int{4, 3, 3, 4}; !slices.Equal(moved, want) {
		t.Errorf("moved %v, want %v", moved, want)
	}
	if g.rounds > 1 {
		t.Errorf("a death took %d generations: what nobody holds any more is given at once", g.rounds)
	}
}

// TestJoinTakesTwoGenerations: what moves is revoked in one generation and given in the next.
func TestJoinTakesTwoGenerations(t *testing.T) {
	g := newGroup(t, 8)
	g.join("a")
	g.settle()
	g.join("b")
	if !g.generationOnce() {
		t.Fatal("nothing was revoked")
	}
	if got := g.members["b"].owned["usage"]; len(got) != 0 {
		t.Fatalf("the new member was given %v in the generation that revokes it", got)
	}
	if g.generationOnce() {
		t.Fatal("something was revoked again")
	}
	g.checkStable()
}

// TestAnyHistory: whatever joins, deaths and absences happen, at any point of a rebalance.
func TestAnyHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newGroup(t, rapid.Int32Range(1, 24).Draw(t, "partitions"))
		away := map[string]*consumer{}
		next := 0
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			ids := g.ids()
			switch what := rapid.SampledFrom([]string{"join", "die", "sleep", "wake", "generation", "settle"}).Draw(t, "what"); {
			case what == "join" && len(ids) < 9:
				g.join(fmt.Sprintf("m%02d", rapid.IntRange(0, 99).Draw(t, "name")*100+next))
				next++
			case what == "die" && len(ids) > 1:
				delete(g.members, rapid.SampledFrom(ids).Draw(t, "who"))
			case what == "sleep" && len(ids) > 1: // misses generations, and wakes up with an old claim
				id := rapid.SampledFrom(ids).Draw(t, "who")
				away[id] = g.members[id]
				delete(g.members, id)
			case what == "wake" && len(away) > 0:
				var asleep []string
				for id := range away {
					asleep = append(asleep, id)
				}
				slices.Sort(asleep)
				id := rapid.SampledFrom(asleep).Draw(t, "who")
				g.members[id] = away[id]
				delete(away, id)
			case len(g.members) == 0:
			case what == "generation":
				g.generationOnce()
			case what == "settle":
				g.settle()
				g.checkStable()
			}
		}
		if len(g.members) == 0 {
			return
		}
		g.settle()
		g.checkStable()
		if g.generationOnce(); g.rounds > 4 {
			t.Fatal("not stable")
		}
		// From a stable group, one more member moves no more than its share.
		g.join("last")
		g.settleAndCheck()
	})
}

// TestANewInput: members that do not know a new input yet keep what they have; co-partitioning returns with the upgrade.
func TestANewInput(t *testing.T) {
	g := newGroup(t, 6)
	for _, id := range []string{"a", "b"} {
		g.join(id)
		g.members[id].topics = inputs[:4]
	}
	g.settle()
	before := slices.Clone(g.members["a"].owned["send"])
	for _, id := range []string{"a", "b"} {
		g.members[id].topics = inputs
		g.settle()
	}
	g.checkStable()
	if after := g.members["a"].owned["send"]; !slices.Equal(before, after) {
		t.Errorf("a new input moved %v to %v", before, after)
	}
}

func TestUnequalCountsAreNamed(t *testing.T) {
	b := balance.CoPartition()
	jm := kmsg.NewJoinGroupResponseMember()
	jm.MemberID = "a"
	jm.ProtocolMetadata = b.JoinGroupMetadata([]string{"send", "usage"}, nil, -1)
	mb, _, err := b.MemberBalancer([]kmsg.JoinGroupResponseMember{jm})
	if err != nil {
		t.Fatal(err)
	}
	_, err = mb.(kgo.GroupMemberBalancerOrError).BalanceOrError(map[string]int32{"send": 8, "usage": 12})
	if err == nil || !strings.Contains(err.Error(), "send has 8, usage has 12") {
		t.Errorf("got %v, want the topics and their counts", err)
	}
}

// TestAStaleClaimLoses: a member that missed generations still claims what others own by now, and they keep it.
func TestAStaleClaimLoses(t *testing.T) {
	g := newGroup(t, 4)
	g.join("a")
	g.settle()
	stale := &consumer{id: "0-stale", topics: inputs, owned: g.members["a"].claim(), generation: g.generation}
	g.generationOnce() // a lives on in a later generation
	g.members[stale.id] = stale
	g.settle()
	g.checkStable()
	if owned := g.members["a"].owned["usage"]; !slices.Equal(owned, []int32{0, 1}) {
		t.Errorf("the member that owned them keeps %v, want the first half", owned)
	}
	if g.rounds != 2 {
		t.Errorf("%d generations, want one to revoke and one to give", g.rounds)
	}
}

// TestNoHalves: of a number that another member still holds in one topic, nothing is given until that is revoked too.
func TestNoHalves(t *testing.T) {
	g := newGroup(t, 5)
	g.join("a")
	g.join("b")
	a := g.members["a"]
	for _, topic := range inputs {
		a.owned[topic] = []int32{0, 1, 2, 3}
	}
	a.owned[inputs[0]] = []int32{0, 1, 2, 3, 4}
	g.generationOnce()
	if b := g.members["b"]; len(b.owned[inputs[1]]) != 0 {
		t.Errorf("b was given %v before a revoked them in %s", b.owned[inputs[1]], inputs[0])
	}
	g.settle()
	g.checkStable()
}
