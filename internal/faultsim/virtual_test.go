//go:build synctests

package faultsim

import (
	"strings"
	"testing"
	"time"
)

// byHand is a plan with one fault of one's own.
func byHand(faults ...Fault) *Plan {
	p := PlanOf(1)
	p.Processes, p.Partitions, p.Brokers, p.Cache = 2, 4, 1, true
	p.Latency = 2 * time.Millisecond
	p.Faults = faults
	return p
}

func holds(t *testing.T, plan *Plan) {
	t.Helper()
	o := simulate(t, plan, false)
	if len(o.Struck) != len(plan.Faults) || len(o.Findings) > 0 {
		var b strings.Builder
		o.Write(&b, plan)
		t.Error(b.String())
	}
}

// TestVirtualNothingHappens: without a fault nothing is found.
func TestVirtualNothingHappens(t *testing.T) { holds(t, byHand()) }

// TestVirtualASleeperInARestore: a process that sleeps between two steps of a restore, while others take the partition and move
// it on, finds offsets and changelog at different times. It begins anew, and sets nothing aside.
func TestVirtualASleeperInARestore(t *testing.T) {
	for n := range 4 {
		holds(t, byHand(Fault{Who: "p2", Step: "restore-offsets", Nth: n + 1, Do: Freeze, For: 12 * time.Second}))
	}
}

// TestVirtualAnUnknownEnd: the answers to the requests that end a transaction are lost, at several places of its course.
func TestVirtualAnUnknownEnd(t *testing.T) {
	for _, step := range []string{"EndTxn", "TxnOffsetCommit", "Produce"} {
		for _, n := range []int{2, 5, 9} {
			holds(t, byHand(Fault{Who: "p1", Step: step, Nth: n, Do: LoseAnswer}, Fault{Who: "p1", Step: step, Nth: n + 2, Do: LoseRequest}))
		}
	}
}

// TestVirtualTheBrokerGoesAwayDuringATakeover: a takeover whose answer never comes ends with its worker.
func TestVirtualTheBrokerGoesAwayDuringATakeover(t *testing.T) {
	holds(t, byHand(Fault{Who: "p1", Step: "Produce", Nth: 1, Do: Unplug, For: 25 * time.Second}))
}

// TestVirtualASleeperWhoseStoresMovedOn: a process sleeps until others have worked off what it had to do. It wakes up with a
// tick in hand, and finds that the stores no longer hold what it remembers. That is no reason to set anything aside.
func TestVirtualASleeperWhoseStoresMovedOn(t *testing.T) {
	for _, at := range []struct {
		partitions int32
		nth        int
		length     time.Duration
	}{{4, 32, 7500 * time.Millisecond}, {4, 32, 9 * time.Second}, {3, 43, 7500 * time.Millisecond}, {3, 44, 7500 * time.Millisecond}, {3, 44, 9 * time.Second}} {
		p := byHand(Fault{Who: "p2", Step: "after-end", Nth: at.nth, Do: Freeze, For: at.length})
		p.Partitions, p.Load.Events, p.Load.Rate, p.Load.Ticks = at.partitions, 144, 32, time.Second
		e := &p.Engine
		e.CellsMax, e.CacheBytes, e.SliceMax, e.PinnedMax = 2, 200, 2, 80
		e.RowsEvery, e.CellsEvery, e.PositionInterval = 500*time.Millisecond, 500*time.Millisecond, 500*time.Millisecond
		holds(t, p)
	}
}
