package main

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"purser/internal/testenv"
	"purser/state/postgres"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// TestRowsAreCountedOnceAlsoWhereTheyAreDropped counts rows, drops them, and counts those that follow.
func TestRowsAreCountedOnceAlsoWhereTheyAreDropped(t *testing.T) {
	ctx, url := t.Context(), testenv.Postgres(t).URL
	store, err := postgres.Open(ctx, postgres.Config{URL: url})
	require.NoError(t, err)
	defer store.Close()
	_, err = store.Migrate(ctx)
	require.NoError(t, err)
	conn, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer conn.Close(ctx)
	add := func(partition, from, to int) {
		_, err := conn.Exec(ctx, `INSERT INTO ledger SELECT $1, n, n, now(), 'org', 'mark', 'body' FROM generate_series($2::int, $3::int) AS n`, partition, from, to)
		require.NoError(t, err)
	}
	left := func() (n int) {
		require.NoError(t, conn.QueryRow(ctx, "SELECT count(*) FROM ledger").Scan(&n))
		return n
	}
	s := &system{url: url}
	tally, err := s.newTally(ctx)
	require.NoError(t, err)
	defer tally.close()

	add(0, 1, 100)
	add(3, 1, 50)
	require.NoError(t, tally.count(ctx))
	require.NoError(t, tally.count(ctx))
	require.EqualValues(t, 150, tally.rows)
	add(0, 101, 110)
	require.NoError(t, tally.makeRoom(ctx, 1<<30))
	require.Equal(t, 160, left(), "there is room")
	require.EqualValues(t, 160, tally.rows)
	require.NoError(t, tally.makeRoom(ctx, 0))
	require.Zero(t, left())
	require.EqualValues(t, 160, tally.rows)
	require.Equal(t, 1, tally.drops)
	require.Positive(t, tally.dropped)
	add(0, 111, 120)
	require.NoError(t, tally.count(ctx))
	require.EqualValues(t, 170, tally.rows)
	add(3, 52, 60)
	require.ErrorContains(t, tally.count(ctx), "partition 3", "entry 51 is missing")
}
