package testenv

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"purser/internal/servers"
)

// RedisServer is a Redis and a test's part of it.
type RedisServer struct {
	Addr string
	// DB is a database of the test's own on a server of ours; 0, shared with others, on one that the environment named.
	DB int
	// Prefix begins the test's keys. It keeps tests apart where the database does not.
	Prefix string
	// Server stops, kills and pauses Redis; nil for one that is shared.
	Server *servers.Server
}

var lastRedisDB atomic.Int64

// Redis returns the shared Redis. A test that flushes everything needs PrivateRedis.
func Redis(t testing.TB) RedisServer {
	t.Helper()
	Real(t)
	addr, own := sharedRedis.get(t, "PURSER_TEST_REDIS", func(ctx context.Context, dir string) (*servers.Server, error) {
		return startRedis(ctx, dir, nil)
	})
	r := RedisServer{Addr: addr, Prefix: unique() + ":"}
	if own != nil {
		r.DB = int(lastRedisDB.Add(1))
		if r.DB >= servers.RedisDatabases {
			t.Fatalf("more than %d tests ask for a Redis database", servers.RedisDatabases-1)
		}
	}
	return r
}

// PrivateRedis starts a Redis for this test alone. It keeps nothing over a stop.
func PrivateRedis(t testing.TB, args ...string) RedisServer {
	t.Helper()
	Real(t)
	s := private(t, func(ctx context.Context, dir string) (*servers.Server, error) { return startRedis(ctx, dir, args) })
	return RedisServer{Addr: s.Addr, Prefix: unique() + ":", Server: s}
}

func startRedis(ctx context.Context, dir string, args []string) (*servers.Server, error) {
	return containerOrPart(ctx,
		func(ctx context.Context) (*servers.Server, error) { return redisContainer(ctx, args) },
		func(ctx context.Context) (*servers.Server, error) {
			return servers.StartRedis(ctx, servers.RedisConfig{Place: servers.Place{Dir: dir}, Args: args})
		},
	)
}

// Flush empties the whole Redis, so it is for a private one.
func (r RedisServer) Flush(t testing.TB) {
	t.Helper()
	if r.Server == nil {
		t.Fatal("flush a Redis that others use")
	}
	client := redis.NewClient(&redis.Options{Addr: r.Addr, MaxRetries: -1})
	defer client.Close()
	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatalf("flush Redis: %v", err)
	}
}

// Restart stops Redis and starts it again; it comes back empty.
func (r RedisServer) Restart(t testing.TB) { t.Helper(); restart(t, r.Server) }
