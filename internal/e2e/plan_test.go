package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// A campaign is a sequence of faults that follows from a seed and a number of events alone. Each comes when so many records
// have been committed, not at a time, so that a seed that failed does the same to the same load again.

// campaignConfig is what `make torture` gives.
type campaignConfig struct {
	seed   uint64
	events int64
}

const (
	eventsPerSecond = 2500
	recordsPerStep  = 10_000 // on average
	shortCampaign   = 500_000
	spareEvents     = 30 * eventsPerSecond // more than the steps need: where they are late there are events for them, too
)

// campaignOf reads PURSER_TORTURE_SEED and PURSER_TORTURE_MINUTES; without them it is the short campaign.
func campaignOf(t *testing.T) campaignConfig {
	t.Helper()
	c := campaignConfig{seed: 7, events: shortCampaign}
	if text := os.Getenv("PURSER_TORTURE_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("PURSER_TORTURE_SEED is %q, not a number", text)
		}
		c.seed = seed
	}
	if text := os.Getenv("PURSER_TORTURE_MINUTES"); text != "" {
		minutes, err := strconv.ParseInt(text, 10, 32)
		if err != nil || minutes < 1 {
			t.Fatalf("PURSER_TORTURE_MINUTES is %q, not a number of minutes", text)
		}
		c.events = max(shortCampaign, minutes*60*eventsPerSecond)
	}
	return c
}

// step is one fault of a campaign.
type step struct {
	at    int64 // committed records after which it comes
	fault int   // index in faults
	seed  uint64
}

// chance is where all that a step leaves open comes from.
func (s step) chance() *rand.Rand { return rand.New(rand.NewPCG(s.seed, uint64(s.at))) }

// plan deals the faults like cards: each as often as its share, in an order of its own, and then again until the events end.
// The first deal is whole, however few events there are.
func (c campaignConfig) plan() (steps []step) {
	chance := rand.New(rand.NewPCG(c.seed, c.seed))
	at := int64(0)
	for at < c.events {
		var deck []int
		for i, f := range faults {
			for range f.share {
				deck = append(deck, i)
			}
		}
		chance.Shuffle(len(deck), func(i, j int) { deck[i], deck[j] = deck[j], deck[i] })
		first := len(steps) == 0
		for _, fault := range deck {
			at += recordsPerStep/2 + chance.Int64N(recordsPerStep)
			if at >= c.events && !first {
				return steps
			}
			steps = append(steps, step{at, fault, chance.Uint64()})
		}
	}
	return steps
}

// TestTheSameSeedIsTheSamePlan also holds that each fault is in the shortest campaign, and more kills than twenty.
func TestTheSameSeedIsTheSamePlan(t *testing.T) {
	c := campaignConfig{seed: 3, events: shortCampaign}
	if a, b := fmt.Sprint(c.plan()), fmt.Sprint(c.plan()); a != b {
		t.Errorf("the same seed gave\n%s\nand\n%s", a, b)
	}
	if other := (campaignConfig{seed: 4, events: shortCampaign}); fmt.Sprint(c.plan()) == fmt.Sprint(other.plan()) {
		t.Error("another seed gave the same plan")
	}
	seen, kills := map[int]int{}, 0
	for _, s := range c.plan() {
		seen[s.fault]++
		kills += faults[s.fault].kills
	}
	for i, f := range faults {
		if seen[i] < f.share {
			t.Errorf("%q comes %d times", f.name, seen[i])
		}
	}
	if kills < 20 {
		t.Errorf("only %d kills", kills)
	}
}
