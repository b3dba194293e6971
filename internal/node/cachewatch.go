package node

import (
	"context"
	"log/slog"
	"sync/atomic"

	"purser/state"
)

// cacheWatch says once when the cache begins to refuse or to fail, and once when it is back: whoever uses it takes a failure
// for a miss and goes on.
type cacheWatch struct {
	state.Cache
	log  *slog.Logger
	away atomic.Bool
}

func watchCache(c state.Cache, log *slog.Logger) state.Cache {
	if c == nil {
		return nil
	}
	return &cacheWatch{Cache: c, log: log}
}

// Load implements state.Cache.
func (c *cacheWatch) Load(ctx context.Context, partition int32, keys []string) ([][]byte, int64, bool, error) {
	values, at, ok, err := c.Cache.Load(ctx, partition, keys)
	c.saw(ctx, err)
	return values, at, ok, err
}

// Store implements state.Cache.
func (c *cacheWatch) Store(ctx context.Context, w state.CacheWrite) (bool, error) {
	done, err := c.Cache.Store(ctx, w)
	c.saw(ctx, err)
	return done, err
}

func (c *cacheWatch) saw(ctx context.Context, err error) {
	switch {
	case err != nil && ctx.Err() == nil && c.away.CompareAndSwap(false, true):
		c.log.Warn("the cache does not answer, or refuses: cold cells are read from the checkpoint", "error", err)
	case err == nil && c.away.CompareAndSwap(true, false):
		c.log.Info("the cache answers again")
	}
}
