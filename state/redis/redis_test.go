package redis_test

import (
	"os"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"purser/internal/testenv"
	"purser/state"
	"purser/state/redis"
	"purser/state/statetest"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

// open returns a cache on a server, with what the suite needs to lose it.
func open(t *testing.T, url, prefix string) statetest.CacheStore {
	c, err := redis.Open(redis.Config{URL: url, Prefix: prefix})
	if err != nil {
		t.Fatal(err)
	}
	options, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	side := goredis.NewClient(options)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := side.Close(); err != nil {
			t.Error(err)
		}
	})
	return statetest.CacheStore{
		Cache: c,
		Flush: func(t *testing.T) { remove(t, side, prefix) },
		Snapshot: func(t *testing.T) func() {
			copies := map[string]map[string]string{}
			for _, key := range keys(t, side, prefix) {
				copies[key] = side.HGetAll(t.Context(), key).Val()
			}
			return func() {
				remove(t, side, prefix)
				for key, fields := range copies {
					if err := side.HSet(t.Context(), key, fields).Err(); err != nil {
						t.Fatal(err)
					}
				}
			}
		},
	}
}

func keys(t *testing.T, side *goredis.Client, prefix string) []string {
	t.Helper()
	found, err := side.Keys(t.Context(), "{"+prefix+":*").Result()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func remove(t *testing.T, side *goredis.Client, prefix string) {
	t.Helper()
	for _, key := range keys(t, side, prefix) {
		if err := side.Del(t.Context(), key).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCacheOnTheEmbeddedServer(t *testing.T) {
	statetest.Cache(t, func(t *testing.T) statetest.CacheStore {
		return open(t, "redis://"+miniredis.RunT(t).Addr(), "test")
	})
}

func TestCacheOnARealServer(t *testing.T) {
	statetest.Cache(t, func(t *testing.T) statetest.CacheStore {
		r := testenv.Redis(t)
		return open(t, "redis://"+r.Addr, strings.TrimSuffix(r.Prefix, ":"))
	})
}

func TestLists(t *testing.T) {
	for name, at := range map[string]func(t *testing.T) (url, prefix string){
		"embedded": func(t *testing.T) (string, string) { return "redis://" + miniredis.RunT(t).Addr(), "test" },
		"real": func(t *testing.T) (string, string) {
			r := testenv.Redis(t)
			return "redis://" + r.Addr, strings.TrimSuffix(r.Prefix, ":")
		},
	} {
		t.Run(name, func(t *testing.T) {
			statetest.Lists(t, func(t *testing.T) (state.Lists, func(*testing.T, int64, ...state.Image)) {
				url, prefix := at(t)
				c := open(t, url, prefix)
				return c.Cache.(state.Lists), func(t *testing.T, changelog int64, cells ...state.Image) {
					t.Helper()
					ok, err := c.Store(t.Context(), state.CacheWrite{Partition: 3, Owner: 1, To: changelog, Reset: true, Images: cells})
					if err != nil || !ok {
						t.Fatal(ok, err)
					}
				}
			})
		})
	}
}

func TestAServerThatIsAwayIsAnErrorAtOnceAndNotAnAnswer(t *testing.T) {
	server := miniredis.RunT(t)
	c := open(t, "redis://"+server.Addr(), "test")
	server.Close()
	if _, _, ok, err := c.Load(t.Context(), 0, []string{"a"}); ok || err == nil {
		t.Errorf("loading: %v, %v", ok, err)
	}
}

func TestABadAddressDoesNotShowItsPassword(t *testing.T) {
	_, err := redis.Open(redis.Config{URL: "http://user:secret@127.0.0.1:1\x7f"})
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

func TestAPasswordIsUsed(t *testing.T) {
	server := miniredis.RunT(t)
	server.RequireAuth("secret")
	for password, want := range map[string]bool{"secret": true, "wrong": false, "": false} {
		c, err := redis.Open(redis.Config{URL: "redis://" + server.Addr(), Password: password})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Ping(t.Context()); (err == nil) != want {
			t.Errorf("with %q: %v", password, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}
