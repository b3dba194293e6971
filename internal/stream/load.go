package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"purser/internal/failpoint"
	"purser/state"
	"purser/topics"
)

// errStoreAway says that the checkpoint store does not answer: what needs it is held (held.go).
var errStoreAway = errors.New("the checkpoint store does not answer")

// errStoreBehind says that the store answered with less than this task knows it to have had: it was set back.
var errStoreBehind = errors.New("the checkpoint store was set back to an earlier state: bring it up to date with purser restore")

// behind sets the partition aside because its store lacks what this task has let go of.
func (t *task) behind(at int64) error {
	return t.corrupt(fmt.Errorf("%w: it is at offset %d of %s/%d, and was at %d", errStoreBehind, at, t.w.cfg.Names.Of(topics.Changelog), t.partition, t.safe))
}

// found is what a store has of some cells, as of a changelog position. A nil value: no such cell.
type found struct {
	keys   []string
	values [][]byte
	at     int64
}

// load brings cells into memory: from the cache, where it is far enough, and otherwise from the checkpoint.
func (t *task) load(ctx context.Context, keys []string) error {
	cached, rest := t.askCache(ctx, keys)
	rest = append(rest, t.fromCache(cached)...)
	stored, err := t.askStore(ctx, rest)
	if err != nil {
		for _, k := range rest { // still wanted when it answers again
			t.memory.Want(k)
		}
		return err
	}
	if stored.at < t.safe && len(rest) > 0 && !failpoint.Off("store-position") {
		return t.behind(stored.at)
	}
	return t.loaded(stored.keys, stored.values)
}

// askCache returns what the cache has of some cells, and the others: whether those exist only the checkpoint knows.
func (t *task) askCache(ctx context.Context, keys []string) (hits found, rest []string) {
	if t.cache == nil || len(keys) == 0 {
		return hits, keys
	}
	began := time.Now()
	values, at, ok := t.cache.load(ctx, keys)
	t.w.cfg.Metrics.CacheReadSeconds.Observe(time.Since(began).Seconds())
	if !ok {
		return hits, keys
	}
	hits.at = at
	for i, key := range keys {
		if values[i] == nil {
			rest = append(rest, key)
			continue
		}
		hits.keys, hits.values = append(hits.keys, key), append(hits.values, values[i])
	}
	return hits, rest
}

// askStore returns what the checkpoint has of some cells.
func (t *task) askStore(ctx context.Context, keys []string) (found, error) {
	if len(keys) == 0 {
		return found{}, nil
	}
	f, err := onStore(ctx, t, func(ctx context.Context) (found, error) {
		values, at, err := t.w.cfg.Store.Load(ctx, t.partition, keys)
		return found{keys, values, at}, err
	})
	if err == nil {
		t.w.cfg.Metrics.Lookups.WithLabelValues("checkpoint").Add(float64(len(keys)))
	}
	return f, err
}

// find looks identities up in sealed pieces. The answer counts only from a store that has all that this task knows it to
// have had: one that was set back would call what it lost new.
func (t *task) find(ctx context.Context, probes []state.Probe) ([]state.Known, error) {
	type answer struct {
		found []state.Known
		at    state.Position
	}
	a, err := onStore(ctx, t, func(ctx context.Context) (answer, error) {
		found, err := t.w.cfg.Store.Find(ctx, t.partition, probes)
		if err != nil {
			return answer{}, err
		}
		positions, err := t.w.cfg.Store.Positions(ctx, []int32{t.partition})
		return answer{found, positions[t.partition]}, err
	})
	if err != nil {
		return nil, err
	}
	if a.at.Changelog < t.safe || a.at.SealedEntry < t.sealed {
		return nil, t.corrupt(fmt.Errorf("%w: it is at changelog offset %d and sealed entry %d, and was at %d and %d", errStoreBehind,
			a.at.Changelog, a.at.SealedEntry, t.safe, t.sealed))
	}
	return a.found, nil
}

// fromCache takes cells that the cache answered with, and returns the keys of those that the checkpoint has to be asked for
// instead: all where the cache is not far enough, and otherwise those that cannot be read, whoever wrote them.
func (t *task) fromCache(hits found) (rest []string) {
	if hits.at < t.safe && !failpoint.Off("cache-position") {
		return hits.keys
	}
	for i, key := range hits.keys {
		c, err := t.codec.Decode(key, hits.values[i], t.decodeParked)
		if err != nil || c == nil {
			t.w.cfg.Metrics.CacheErrors.Inc()
			rest = append(rest, key)
			continue
		}
		t.takeIn(key, c)
	}
	t.w.cfg.Metrics.Lookups.WithLabelValues("cache").Add(float64(len(hits.keys) - len(rest)))
	return rest
}

// onStore asks the checkpoint store, twice at most; an error that is not about this task is errStoreAway.
func onStore[T any](ctx context.Context, t *task, f func(context.Context) (T, error)) (v T, err error) {
	began := time.Now()
	for range 2 {
		if t.w.stores.isAway() {
			err = errStoreAway
			break
		}
		limited, cancel := context.WithTimeout(ctx, 2*time.Second)
		v, err = f(limited)
		cancel()
		if err == nil {
			t.w.cfg.Metrics.StoreReadSeconds.Observe(time.Since(began).Seconds())
			return v, nil
		}
	}
	if ctx.Err() != nil {
		return v, ctx.Err()
	}
	if !errors.Is(err, errStoreAway) {
		t.w.stores.setAway(true, err)
	}
	return v, errStoreAway
}
