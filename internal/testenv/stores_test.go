package testenv_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"purser/internal/servers"
	"purser/internal/testenv"
)

func TestRedisDatabasesAreApart(t *testing.T) {
	ctx := deadline(t)
	a, b := redisClient(t, testenv.Redis(t)), redisClient(t, testenv.Redis(t))
	if err := a.Set(ctx, "key", "of a", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if got := a.Get(ctx, "key").Val(); got != "of a" {
		t.Fatalf("read %q back", got)
	}
	if err := b.Get(ctx, "key").Err(); !errors.Is(err, redis.Nil) {
		t.Fatalf("another test's database has the key: %v", err)
	}
}

func TestRedisComesBackEmptyAfterKill(t *testing.T) {
	ctx := deadline(t)
	r := testenv.PrivateRedis(t)
	client := redisClient(t, r)
	if err := client.Set(ctx, "key", "value", 0).Err(); err != nil {
		t.Fatal(err)
	}
	killAndStart(t, r.Server)
	if err := client.Get(ctx, "key").Err(); !errors.Is(err, redis.Nil) {
		t.Fatalf("after kill -9: %v", err)
	}
}

func TestPausedServerKeepsQuietUntilResumed(t *testing.T) {
	ctx := deadline(t)
	pg := testenv.PrivatePostgres(t, nil)
	conn, err := pgx.Connect(ctx, pg.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if err := pg.Server.Pause(ctx); err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() { _, err := conn.Exec(ctx, "SELECT 1"); answered <- err }()
	select {
	case err := <-answered:
		t.Fatalf("a paused server answered: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	if err := pg.Server.Resume(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Fatalf("the query that waited: %v", err)
	}
}

func TestPostgresKeepsCommittedRowsOverKill(t *testing.T) {
	ctx := deadline(t)
	pg := testenv.PrivatePostgres(t, nil)
	query(t, ctx, pg.URL, "CREATE TABLE kept AS SELECT 7 AS n")
	killAndStart(t, pg.Server)
	if got := query(t, ctx, pg.URL, "SELECT n FROM kept"); got != 7 {
		t.Fatalf("after kill -9 the row says %d", got)
	}
}

func TestPostgresDatabasesAreApart(t *testing.T) {
	ctx := deadline(t)
	a, b := testenv.Postgres(t), testenv.Postgres(t)
	query(t, ctx, a.URL, "CREATE TABLE mine AS SELECT 1 AS n")
	if got := query(t, ctx, b.URL, "SELECT count(*)::int FROM pg_tables WHERE tablename = 'mine'"); got != 0 {
		t.Fatal("another test's database has the table")
	}
}

// query returns the first column of the first row, 0 where there is none.
func query(t *testing.T, ctx context.Context, url, sql string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if err := conn.QueryRow(ctx, sql).Scan(&n); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func redisClient(t *testing.T, r testenv.RedisServer) *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: r.Addr, DB: r.DB})
	t.Cleanup(func() { client.Close() })
	return client
}

func killAndStart(t *testing.T, s *servers.Server) {
	t.Helper()
	ctx := deadline(t)
	before := s.PID()
	if err := s.Kill(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if before != 0 && s.PID() == before { // a container has no process of ours
		t.Fatal("it is still the same process")
	}
}
