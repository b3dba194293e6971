package stream

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	goredis "github.com/redis/go-redis/v9"

	"purser/state"
	"purser/state/redis"
)

// slow is a cache whose writes wait to be let go.
type slow struct {
	state.Cache
	began, let chan struct{}
}

func (s *slow) Store(ctx context.Context, w state.CacheWrite) (bool, error) {
	s.began <- struct{}{}
	<-s.let
	return s.Cache.Store(ctx, w)
}

func newCache(t *testing.T) (*redis.Cache, *miniredis.Miniredis) {
	t.Helper()
	server := miniredis.RunT(t)
	cache := redis.New(&goredis.Options{Addr: server.Addr()}, "t", time.Second)
	t.Cleanup(func() { _ = cache.Close() })
	return cache, server
}

func cacheConfig(cache state.Cache) *Config {
	return &Config{Cache: cache, Metrics: NewMetrics(prometheus.NewRegistry())}
}

// reaches waits until the cache is at a position, and returns what it then holds under the keys.
func reaches(t *testing.T, cache state.Cache, position int64, keys ...string) []string {
	t.Helper()
	for began := time.Now(); ; time.Sleep(time.Millisecond) { // between two looks
		values, at, ok, err := cache.Load(t.Context(), 0, keys)
		if err == nil && ok && at == position {
			held := make([]string, len(values))
			for i, v := range values {
				held[i] = string(v)
			}
			return held
		}
		if time.Since(began) > 10*time.Second {
			t.Fatalf("the cache is at %d (%v, %v), not at %d", at, ok, err, position)
		}
	}
}

func expectValues(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("the cache holds %q, not %q", got, want)
	}
}

func image(key, value string) []state.Image { return []state.Image{imageOf(key, []byte(value), 0)} }

func TestAStaleOwnerCannotOverwriteTheCache(t *testing.T) {
	cache, _ := newCache(t)
	oldCfg, cfg := cacheConfig(cache), cacheConfig(cache)
	old := startCacheWriter(oldCfg, 0, 10, -1, 11, map[string]state.Image{})
	defer old.stop()
	reaches(t, cache, 11)
	old.add(image("a", "old"), 15)
	expectValues(t, reaches(t, cache, 15, "a"), "old")
	owner := startCacheWriter(cfg, 0, 20, 15, 21, map[string]state.Image{})
	defer owner.stop()
	reaches(t, cache, 21)
	owner.add(image("a", "new"), 25)
	expectValues(t, reaches(t, cache, 25, "a"), "new")
	for n := range int64(3) { // the sleeper wakes up: refused, then refused as a new beginning; what it has committed is older
		old.add(image("a", "stale"), 16+n)
		waitFor(t, "the stale owner's write was refused", func() bool { return testutil.ToFloat64(oldCfg.Metrics.CacheResets) >= float64(2+n) })
	}
	owner.add(image("b", "more"), 40)
	expectValues(t, reaches(t, cache, 40, "a", "b"), "new", "more")
}

// TestASleeperThatTookThePartitionDoesNotShutItsOwnerOut: a member that slept through the loss of a partition may write a record
// of ownership that is newer than that of the member that has it. Only the latter commits anything after it.
func TestASleeperThatTookThePartitionDoesNotShutItsOwnerOut(t *testing.T) {
	cache, _ := newCache(t)
	cfg := cacheConfig(cache)
	owner := startCacheWriter(cfg, 0, 10, -1, 11, map[string]state.Image{})
	defer owner.stop()
	owner.add(image("a", "1"), 15)
	reaches(t, cache, 15)
	sleeper := startCacheWriter(cacheConfig(cache), 0, 20, 15, 21, map[string]state.Image{})
	defer sleeper.stop()
	reaches(t, cache, 21)
	owner.add(image("a", "2"), 25)
	if held := reaches(t, cache, 25, "a"); held[0] == "1" {
		t.Errorf("the cache holds %q, which is older than its position", held)
	}
	owner.add(image("a", "3"), 30)
	expectValues(t, reaches(t, cache, 30, "a"), "3")
}

func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); !holds(); time.Sleep(time.Millisecond) { // between two looks
		if time.Since(began) > 10*time.Second {
			t.Fatalf("gave up waiting until %s", what)
		}
	}
}

func TestTheCacheStartsAnewAfterAFlushAndAfterAnOutage(t *testing.T) {
	cache, server := newCache(t)
	c := startCacheWriter(cacheConfig(cache), 0, 10, -1, 11, map[string]state.Image{"a": imageOf("a", []byte("1"), 0)})
	defer c.stop()
	expectValues(t, reaches(t, cache, 11, "a"), "1")
	server.FlushAll()
	c.add(image("b", "2"), 12)
	c.add(image("c", "3"), 13)
	if held := reaches(t, cache, 13, "a", "c"); held[0] != "" {
		t.Errorf("after a flush the cache holds %q, which nobody wrote since", held[0])
	}
	server.Close()
	c.add(image("a", "4"), 14)
	waitFor(t, "a write failed", func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.gap })
	c.add(image("c", "5"), 15)
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	held := reaches(t, cache, 15, "a", "b", "c")
	if held[0] == "1" || held[1] == "2" || held[2] == "3" {
		t.Errorf("after an outage the cache holds %q beside newer cells", held)
	}
}

// TestImagesThatAreDroppedDuringAWriteAreNotForgotten: the backlog overflows while a write is under way, and that write
// succeeds.
func TestImagesThatAreDroppedDuringAWriteAreNotForgotten(t *testing.T) {
	cache, _ := newCache(t)
	s := &slow{Cache: cache, began: make(chan struct{}), let: make(chan struct{})}
	c := startCacheWriter(cacheConfig(s), 0, 10, -1, 11, map[string]state.Image{"a": imageOf("a", []byte("old"), 0)})
	<-s.began
	c.add(image("a", "dropped"), 12)
	backlog := make([]state.Image, cacheBacklog)
	for i := range backlog {
		backlog[i] = imageOf(fmt.Sprint("x", i), []byte("x"), 0)
	}
	c.add(backlog, 13)
	c.add(image("b", "new"), 14) // drops all before it
	s.let <- struct{}{}
	<-s.began
	s.let <- struct{}{}
	expectValues(t, reaches(t, cache, 14, "a", "b"), "", "new")
	go func() { // what is left to write as it stops
		for range s.began {
			s.let <- struct{}{}
		}
	}()
	c.stop()
	close(s.began)
}

func TestATailOfTooManyCellsStartsTheCacheAnew(t *testing.T) {
	cache, _ := newCache(t)
	ctx := t.Context()
	if _, err := cache.Store(ctx, state.CacheWrite{Owner: 5, To: 10, Reset: true, Images: image("a", "old")}); err != nil {
		t.Fatal(err)
	}
	few, many := &tail{images: map[string]state.Image{}}, &tail{images: map[string]state.Image{}}
	few.image("a", []byte("new"))
	for n := range cacheBacklog + 1 {
		many.image(strconv.Itoa(n), nil)
	}
	task := &task{w: &worker{cfg: cacheConfig(cache)}}
	task.startCache(ctx, state.Position{}, 20, few.images)
	expectValues(t, reaches(t, cache, 21, "a"), "new")
	task.cache.stop()
	task.startCache(ctx, state.Position{}, 30, many.images)
	expectValues(t, reaches(t, cache, 31, "a", "7"), "", "")
	task.cache.stop()
}
