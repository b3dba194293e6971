//go:build synctests

package faultsim

import (
	"strings"
	"testing"
	"time"
)

// byHand is a plan with faults of one's own.
func byHand(faults ...Fault) *Plan {
	return &Plan{
		Seed: 1, Processes: 2, Partitions: 4, Brokers: 1, Cache: true, Latency: 2 * time.Millisecond,
		Load: Load{Events: 155, Rate: 13, Orgs: 3, Accounts: 14, Ticks: 2500 * time.Millisecond},
		Engine: Engine{
			BatchMax: 10, BatchInterval: 11 * time.Millisecond, SliceMax: 5, PinnedMax: 24, HeldMax: 9, CellsMax: 12, CacheBytes: 1800,
			PositionInterval: 300 * time.Millisecond, RowsEvery: 460 * time.Millisecond, CellsEvery: 1600 * time.Millisecond,
			StandBy: 7500 * time.Millisecond, PieceSize: 32,
		},
		Faults: faults,
	}
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
