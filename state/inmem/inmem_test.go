package inmem_test

import (
	"testing"

	"purser/state"
	"purser/state/inmem"
	"purser/state/statetest"
)

func TestCheckpoint(t *testing.T) {
	statetest.Checkpoint(t, func(*testing.T) state.Checkpoint { return new(inmem.Checkpoint) })
}

func TestHistories(t *testing.T) {
	statetest.Histories(t, func(*testing.T) interface {
		state.Checkpoint
		state.Histories
	} {
		return new(inmem.Checkpoint)
	})
}
