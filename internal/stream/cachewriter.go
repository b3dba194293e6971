package stream

import (
	"context"
	"sync"
	"time"

	"purser/processors/core"
	"purser/state"
)

// cacheWriter brings a task's after-images to the cache, after their transaction committed and outside the loop. Images of
// several transactions merge while it is behind. The cache is never written over a gap: where its position is not the one
// that is expected, the partition's cache starts anew.
type cacheWriter struct {
	cfg       *Config
	partition int32

	mu      sync.Mutex
	owner   int64 // changelog offset of this task's ownership record, or of a later one that it has committed (renewed)
	wake    chan struct{}
	images  map[string]state.Image
	to      int64 // changelog position after the newest image
	at      int64 // position that the cache is believed to hold
	gap     bool  // something was left out since at: the next write starts anew
	dropped bool  // images were dropped while a write was under way
	cancel  context.CancelFunc
	done    chan struct{}
}

// cacheBacklog is how many images may wait for the cache before they are dropped and the cache starts anew.
const cacheBacklog = 200_000

// startCacheWriter begins at a position: the cache is brought there from `at` by the images of the restored tail.
func startCacheWriter(cfg *Config, partition int32, owner, at, to int64, tail map[string]state.Image) *cacheWriter {
	ctx, cancel := context.WithCancel(context.Background())
	c := &cacheWriter{
		cfg: cfg, partition: partition, owner: owner, at: at, to: to, gap: at < 0, images: tail,
		wake: make(chan struct{}, 1), cancel: cancel, done: make(chan struct{}),
	}
	c.wake <- struct{}{}
	go c.run(ctx)
	return c
}

// add takes the images of a committed transaction; values are the writer's from now on.
func (c *cacheWriter) add(images []state.Image, to int64) {
	c.mu.Lock()
	if len(c.images) > cacheBacklog {
		clear(c.images)
		c.gap, c.dropped = true, true
	}
	for _, i := range images {
		c.images[i.Key] = i
	}
	c.to = to
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *cacheWriter) run(ctx context.Context) {
	defer close(c.done)
	pause := time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		}
		if pause > 0 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
		}
		if c.write(ctx) {
			pause = 0
			continue
		}
		pause = min(max(2*pause, 50*time.Millisecond), 2*time.Second)
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
}

// write sends what waits; false: the cache did not take it, and what was sent is lost to it, so that it starts anew.
func (c *cacheWriter) write(ctx context.Context) bool {
	c.mu.Lock()
	w := state.CacheWrite{Partition: c.partition, Owner: c.owner, From: c.at, To: c.to, Reset: c.gap, Images: make([]state.Image, 0, len(c.images))}
	for _, i := range c.images {
		w.Images = append(w.Images, i)
	}
	clear(c.images)
	c.dropped = false
	c.mu.Unlock()
	if w.From == w.To && !w.Reset {
		return true
	}
	began := time.Now()
	limited, cancel := context.WithTimeout(ctx, 5*time.Second)
	ok, err := c.cfg.Cache.Store(limited, w)
	cancel()
	c.cfg.Metrics.CacheWriteSeconds.Observe(time.Since(began).Seconds())
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil && ok {
		c.at, c.gap = w.To, c.dropped
		c.cfg.Metrics.CacheCells.Add(float64(len(w.Images)))
		return true
	}
	// Whether a write that failed arrived is not known, and one that was refused found another position than ours:
	// either way the next write drops what is there and starts anew.
	c.gap = true
	c.cfg.Metrics.CacheResets.Inc()
	if err != nil {
		c.cfg.Metrics.CacheErrors.Inc()
	}
	if err == nil && w.Reset { // a reset that was refused: a newer owner is at work there; leave it alone
		return !c.renewed()
	}
	return false
}

// renewed renews the claim on the partition, where it can: an owner that has committed a transaction since its record of
// ownership is the owner as of that transaction. A member that slept through the loss of the partition may have written a newer
// record of ownership than that of the living owner, but it commits nothing, because the group fences it.
func (c *cacheWriter) renewed() bool {
	newest := c.to - 1
	if newest <= c.owner {
		return false
	}
	c.owner = newest
	return true
}

// load asks the cache for cells; a failure is a miss.
func (c *cacheWriter) load(ctx context.Context, keys []string) (values [][]byte, at int64, ok bool) {
	limited, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	values, at, ok, err := c.cfg.Cache.Load(limited, c.partition, keys)
	if err != nil {
		c.cfg.Metrics.CacheErrors.Inc()
		return nil, 0, false
	}
	return values, at, ok
}

func (c *cacheWriter) stop() {
	c.cancel()
	<-c.done
}

// imageOf is the after-image of a cell.
func imageOf(key string, value []byte, due core.Time) state.Image {
	return state.Image{Key: key, Value: value, NextDue: due}
}
