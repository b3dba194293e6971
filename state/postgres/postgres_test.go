package postgres_test

import (
	"os"
	"testing"

	"purser/internal/testenv"
	"purser/state"
	"purser/state/postgres"
	"purser/state/statetest"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// open returns a checkpoint in an empty database of the test's own.
func open(t testing.TB) *postgres.Checkpoint {
	c, err := postgres.Open(t.Context(), postgres.Config{URL: testenv.Postgres(t).URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if _, err := c.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCheckpoint(t *testing.T) {
	statetest.Checkpoint(t, func(t *testing.T) state.Checkpoint { return open(t) })
}

func TestHistories(t *testing.T) {
	statetest.Histories(t, func(t *testing.T) interface {
		state.Checkpoint
		state.Histories
	} {
		return open(t)
	})
}

func TestLists(t *testing.T) {
	statetest.Lists(t, func(t *testing.T) (state.Lists, func(*testing.T, int64, ...state.Image)) {
		c := open(t)
		return c, func(t *testing.T, changelog int64, cells ...state.Image) {
			t.Helper()
			if err := c.Save(t.Context(), &state.Save{Partition: 3, To: state.Position{Changelog: changelog, Txn: 1}, Cells: cells}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
