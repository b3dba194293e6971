package faultsim

import (
	"context"
	"testing"
	"time"

	"purser/state"
	"purser/state/statetest"
)

// outside is a simulation of which only the stores are used, in real time.
func outside() *simulation {
	return &simulation{plan: &Plan{Latency: time.Microsecond}, ctx: context.Background(), counts: map[moment]int{}}
}

func TestTheCheckpointKeepsItsContract(t *testing.T) {
	statetest.Checkpoint(t, func(*testing.T) state.Checkpoint {
		return checkpointOf{outside().bystander("test"), newKeeper(true)}
	})
}

func TestTheCacheKeepsItsContract(t *testing.T) {
	statetest.Cache(t, func(*testing.T) statetest.CacheStore {
		c := newCache()
		return statetest.CacheStore{
			Cache: cacheOf{outside().bystander("test"), c},
			Flush: func(*testing.T) { c.flush() },
			Snapshot: func(*testing.T) func() {
				at := time.Now()
				return func() { c.back(at) }
			},
		}
	})
}

// TestTheCheckpointIsSetBack: what was saved after a time is gone, and what was saved before is there, whatever its saver has
// done with its buffers since.
func TestTheCheckpointIsSetBack(t *testing.T) {
	k := newKeeper(true)
	value := []byte{1}
	save := func(from, to int64) {
		t.Helper()
		s := &state.Save{From: state.Position{Changelog: from}, To: state.Position{Changelog: to}, Cells: []state.Image{{Key: "a", Value: value}}}
		if err := k.save(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	save(0, 1)
	at := time.Now()
	time.Sleep(time.Millisecond) // the next is later
	value[0] = 2
	save(1, 2)
	if err := k.back(at); err != nil {
		t.Fatal(err)
	}
	values, position, err := k.now().Load(t.Context(), 0, []string{"a"})
	if err != nil || position != 1 || len(values[0]) != 1 || values[0][0] != 1 {
		t.Errorf("it holds %v at %d, %v", values, position, err)
	}
}
