package faultsim

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"purser/state"
)

// cache keeps the contract of state.Cache as Redis does, in maps. Each write makes a partition's maps anew, so that an older
// state is a pointer away.
type cache struct {
	outage
	mu         sync.Mutex
	partitions map[int32]*cached
	past       []snapshot
	full       time.Time // takes nothing before
}

type cached struct {
	position, owner int64
	values          map[string][]byte
}

type snapshot struct {
	at         time.Time
	partitions map[int32]*cached
}

func newCache() *cache { return &cache{partitions: map[int32]*cached{}} }

// load is state.Cache's Load.
func (c *cache) load(p int32, keys []string) (values [][]byte, at int64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.partitions[p]
	if held == nil {
		return nil, 0, false
	}
	values = make([][]byte, len(keys))
	for i, k := range keys {
		values[i] = held.values[k]
	}
	return values, held.position, true
}

var errFull = errors.New("the cache is full")

// store is state.Cache's Store.
func (c *cache) store(w state.CacheWrite) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Now().Before(c.full) {
		return false, errFull
	}
	held := c.partitions[w.Partition]
	if held != nil && held.owner > w.Owner {
		return false, nil
	}
	next := &cached{position: w.To, owner: w.Owner, values: map[string][]byte{}}
	switch {
	case w.Reset:
		if held != nil && held.position > w.To {
			return false, nil
		}
	case held == nil || held.position != w.From:
		return false, nil
	default:
		next.values = maps.Clone(held.values)
	}
	for _, i := range w.Images {
		if state.IsDeleted(i.Value) {
			delete(next.values, i.Key)
		} else {
			next.values[i.Key] = slices.Clone(i.Value)
		}
	}
	c.past = append(c.past, snapshot{time.Now(), maps.Clone(c.partitions)})
	c.partitions[w.Partition] = next
	return true, nil
}

func (c *cache) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.partitions = map[int32]*cached{}
}

// back brings back what was there at a time, as a failover to an old replica does.
func (c *cache) back(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.past) - 1; i >= 0 && c.past[i].at.After(to); i-- {
		c.partitions = c.past[i].partitions
	}
	c.partitions = maps.Clone(c.partitions)
}

func (c *cache) fill(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.full = time.Now().Add(d)
}

// cacheOf is the cache as one host sees it.
type cacheOf struct {
	host  *host
	cache *cache
}

func (c cacheOf) Load(ctx context.Context, p int32, keys []string) (values [][]byte, at int64, ok bool, err error) {
	err = c.host.call(ctx, &c.cache.outage, "cache.Load", func() error { values, at, ok = c.cache.load(p, keys); return nil })
	return values, at, ok, err
}

func (c cacheOf) Store(ctx context.Context, w state.CacheWrite) (ok bool, err error) {
	err = c.host.call(ctx, &c.cache.outage, "cache.Store", func() (err error) { ok, err = c.cache.store(w); return })
	return ok, err
}
