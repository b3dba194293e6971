package postgres_test

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"purser/internal/testenv"
	"purser/state"
	"purser/state/postgres"
)

func TestOfSeveralWhoMigrateOneDoes(t *testing.T) {
	c, err := postgres.Open(t.Context(), postgres.Config{URL: testenv.Postgres(t).URL, MaxConns: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := c.Migrated(t.Context()); !errors.Is(err, postgres.ErrNotMigrated) {
		t.Fatalf("an empty database: %v", err)
	}
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for range 4 {
		group.Go(func() {
			ran, err := c.Migrate(t.Context())
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			total += len(ran)
		})
	}
	group.Wait()
	if err := c.Migrated(t.Context()); err != nil || total != len(files) {
		t.Errorf("%d migrations of %d ran in all, then %v", total, len(files), err)
	}
}

func TestAStepThatFailsHalfwayChangesNothing(t *testing.T) {
	c := open(t)
	first := &state.Save{To: state.Position{Changelog: 5, Ledger: 5, Entry: 1}, Rows: []state.LedgerRow{{Entry: 1, Org: "o"}}}
	if err := c.Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	// The cells of this step can be written; its piece cannot, for its number is taken twice.
	broken := &state.Save{From: first.To, To: first.To, Cells: []state.Image{{Key: "a", Value: []byte("v")}}}
	broken.To.Changelog++
	broken.Sealed = []state.SealedPiece{{Piece: state.Piece{Number: 1, Filter: []byte{1}}}, {Piece: state.Piece{Number: 1, Filter: []byte{1}}}}
	if err := c.Save(t.Context(), broken); err == nil || errors.Is(err, state.ErrSuperseded) {
		t.Fatalf("got %v", err)
	}
	values, changelog, err := c.Load(t.Context(), 0, []string{"a"})
	if err != nil || values[0] != nil || changelog != 5 {
		t.Errorf("after it: %q at %d, %v", values[0], changelog, err)
	}
}
