package redis

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"purser/internal/failpoint"
	"purser/state"
)

const (
	positionField = "@position"
	ownerField    = "@owner"
)

//go:embed store.lua
var storeSource string

var storeScript = redis.NewScript(source())

func source() string {
	if failpoint.Off("cache-guard") {
		return strings.ReplaceAll(storeSource, "return 0", "")
	}
	return storeSource
}

// Load implements state.Cache. One command reads the values and the position, so they belong together.
func (c *Cache) Load(ctx context.Context, partition int32, keys []string) ([][]byte, int64, bool, error) {
	fields := make([]string, 0, 1+len(keys))
	fields = append(append(fields, positionField), keys...)
	found, err := c.client.HMGet(ctx, Key(c.prefix, partition), fields...).Result()
	if err != nil {
		return nil, 0, false, fmt.Errorf("loading cells of partition %d from Redis: %w", partition, c.explain(err))
	}
	if len(found) != len(fields) {
		return nil, 0, false, fmt.Errorf("loading cells of partition %d from Redis: %d values came for %d fields", partition, len(found), len(fields))
	}
	position, held := found[0].(string)
	if !held {
		return nil, 0, false, nil
	}
	changelog, err := strconv.ParseInt(position, 10, 64)
	if err != nil {
		return nil, 0, false, fmt.Errorf("the position of partition %d in Redis: %w", partition, err)
	}
	values := make([][]byte, len(keys))
	for i, v := range found[1:] {
		if s, held := v.(string); held {
			values[i] = []byte(s)
		}
	}
	return values, changelog, true, nil
}

// Store implements state.Cache. A deleted cell is taken out of the hash.
func (c *Cache) Store(ctx context.Context, w state.CacheWrite) (bool, error) {
	reset := 0
	if w.Reset {
		reset = 1
	}
	args := make([]any, 0, 5+2*len(w.Images))
	args = append(args, w.From, w.To, w.Owner, reset, 0)
	for i := range w.Images {
		if !state.IsDeleted(w.Images[i].Value) {
			args = append(args, w.Images[i].Key, w.Images[i].Value)
		}
	}
	args[4] = len(args) // the last argument that belongs to a field and its value
	for i := range w.Images {
		if state.IsDeleted(w.Images[i].Value) {
			args = append(args, w.Images[i].Key)
		}
	}
	done, err := storeScript.Run(ctx, c.client, []string{Key(c.prefix, w.Partition)}, args...).Bool()
	if err != nil {
		return false, fmt.Errorf("storing cells of partition %d in Redis: %w", w.Partition, c.explain(err))
	}
	return done, nil
}

// explain says who lacks a right where Redis refuses a command, or one that the script calls: then Redis names neither.
func (c *Cache) explain(err error) error {
	if text := err.Error(); !strings.HasPrefix(text, "NOPERM") && !strings.Contains(text, "user executing the script can't run this command") {
		return err
	}
	user := c.client.Options().Username
	if user == "" {
		user = "default"
	}
	return fmt.Errorf("user %s lacks a right in Redis (purser access redis prints what each role needs): %w", user, err)
}
