package redis

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"purser/state"
)

// scanCount is how many fields of a hash one command looks at.
const scanCount = 1000

// List implements state.Lists. It is for installations without a checkpoint: what it finds is held in memory, to be put in
// order. The position is read first, so that what is found is of then or later.
func (c *Cache) List(ctx context.Context, partition int32, prefix string, f func(state.Image) error) (int64, error) {
	_, changelog, cached, err := c.Load(ctx, partition, nil)
	if err != nil || !cached {
		return 0, err
	}
	found, err := c.scan(ctx, Key(c.prefix, partition), escape(prefix)+"*")
	if err != nil {
		return 0, fmt.Errorf("listing cells of partition %d in Redis: %w", partition, c.explain(err))
	}
	slices.SortFunc(found, func(a, b state.Image) int { return cmp.Compare(a.Key, b.Key) })
	found = slices.CompactFunc(found, func(a, b state.Image) bool { return a.Key == b.Key }) // a scan may show a field twice
	for _, image := range found {
		if err := f(image); err != nil {
			return 0, err
		}
	}
	return changelog, nil
}

func (c *Cache) scan(ctx context.Context, key, pattern string) (found []state.Image, err error) {
	for cursor := uint64(0); ; {
		var pairs []string
		pairs, cursor, err = c.client.HScan(ctx, key, cursor, pattern, scanCount).Result()
		if err != nil {
			return nil, err
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			found = append(found, state.Image{Key: pairs[i], Value: []byte(pairs[i+1])})
		}
		if cursor == 0 {
			return found, nil
		}
	}
}

// escape takes the meaning from what a pattern gives one.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `^`, `\^`, `-`, `\-`).Replace(s)
}
