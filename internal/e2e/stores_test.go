package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// asksFor is an account that is always there, and used all the time.
var asksFor = []string{"balance", "org-00000", "agency"}

// asksBalance demands that a balance is told, as of when, and from one of the stores that are named.
func (c *campaign) asksBalance(stores ...string) {
	c.t.Helper()
	out := c.must(asksFor...)
	for _, store := range stores {
		if strings.Contains(out, "as of offset") && strings.Contains(out, "from "+store) {
			return
		}
	}
	c.t.Errorf("the balance was not told from %v:\n%s", stores, out)
}

// isCached says whether a balance is told from Redis.
func (c *campaign) isCached() bool {
	out, err := c.command(asksFor...).CombinedOutput()
	return err == nil && strings.Contains(string(out), "from redis")
}

// asksBalanceWithout demands that a balance is told from Redis, or that no store could tell it: a partition that was taken over a
// moment ago may have started its cache anew. Whatever else is told would be made up.
func (c *campaign) asksBalanceWithout() {
	c.t.Helper()
	out, err := c.command(asksFor...).CombinedOutput()
	if told := strings.Contains(string(out), "from redis"); told == (err == nil) && (told || strings.Contains(string(out), "no store could answer")) {
		return
	}
	c.t.Errorf("without Postgres, purser balance: %v\n%s", err, out)
}

func (c *campaign) redisClient() *redis.Client {
	return redis.NewClient(&redis.Options{Addr: c.redis.Addr, MaxRetries: -1})
}

// redisDo gives Redis a command.
func (c *campaign) redisDo(args ...any) {
	c.t.Helper()
	client := c.redisClient()
	defer client.Close()
	if err := client.Do(c.t.Context(), args...).Err(); err != nil {
		c.t.Fatalf("Redis, %v: %v", args, err)
	}
}

// redisInfo is a number that Redis tells of itself; 0 where it does not.
func (c *campaign) redisInfo(name string) int64 {
	client := c.redisClient()
	defer client.Close()
	text, err := client.Info(c.t.Context(), "everything").Result()
	if err != nil {
		c.t.Fatal(err)
	}
	m := regexp.MustCompile(regexp.QuoteMeta(name) + `:(?:count=)?(\d+)`).FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseInt(m[1], 10, 64)
	return n
}

// killRedis: the work goes on without it, and balances are told from Postgres.
func (c *campaign) killRedis(*rand.Rand) {
	if err := c.redis.Server.Kill(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	c.progress(3_000)
	c.asksBalance("checkpoint")
	if err := c.redis.Server.Start(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	c.cacheRefills()
}

func (c *campaign) flushRedis(*rand.Rand) {
	c.redis.Flush(c.t)
	c.cacheRefills()
}

// cacheRefills waits until Redis has something of every partition again.
func (c *campaign) cacheRefills() {
	c.t.Helper()
	client := c.redisClient()
	defer client.Close()
	c.waitFor("the cache is filled again", patience, func() bool {
		n, err := client.DBSize(c.t.Context()).Result()
		return err == nil && n >= int64(c.partitions)
	})
}

// setRedisBack: it comes back with what it held before the checkpoint moved on, all partitions of it.
func (c *campaign) setRedisBack(*rand.Rand) {
	c.cacheRefills()
	c.redisDo("SAVE")
	before := c.checkpoint()
	c.progress(3_000)
	c.waitFor("the checkpoint has moved on everywhere", patience, func() bool {
		now := c.checkpoint()
		for p, at := range before {
			if now[p] <= at {
				return false
			}
		}
		return len(now) == c.partitions
	})
	if err := c.redis.Server.Kill(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	if err := c.redis.Server.Start(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	c.progress(3_000)
	c.asksBalance("redis", "checkpoint")
}

// fillRedis: it refuses to take anything, and evicts nothing.
func (c *campaign) fillRedis(*rand.Rand) {
	before := c.redisInfo("errorstat_OOM")
	c.redisDo("CONFIG", "SET", "maxmemory-policy", "noeviction")
	c.redisDo("CONFIG", "SET", "maxmemory", "1")
	c.progress(3_000)
	c.waitFor("Redis refuses writes", patience, func() bool { return c.redisInfo("errorstat_OOM") > before })
	c.asksBalance("redis", "checkpoint")
	c.redisDo("CONFIG", "SET", "maxmemory", "0")
	c.cacheRefills()
}

// evictRedis: it throws out whatever was used least, a partition at a time.
func (c *campaign) evictRedis(*rand.Rand) {
	before := c.redisInfo("evicted_keys")
	c.redisDo("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
	c.waitFor("Redis evicts", patience, func() bool { // again and again: a partition that starts its cache anew makes room
		c.redisDo("CONFIG", "SET", "maxmemory", fmt.Sprint(c.redisInfo("used_memory")*9/10))
		return c.redisInfo("evicted_keys") > before
	})
	c.progress(3_000)
	c.asksBalance("redis", "checkpoint")
	c.redisDo("CONFIG", "SET", "maxmemory", "0")
	c.cacheRefills()
}

// checkpoint is how far the changelog of each partition is in Postgres; empty where it does not answer.
func (s *system) checkpoint() map[int32]int64 {
	positions := map[int32]int64{}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.postgres.URL)
	if err != nil {
		return positions
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, "SELECT partition, changelog FROM checkpoint")
	if err != nil {
		return positions
	}
	var p int32
	var at int64
	if _, err := pgx.ForEachRow(rows, []any{&p, &at}, func() error { positions[p] = at; return nil }); err != nil {
		return nil
	}
	return positions
}

// checkpointMoves waits until the checkpoint is further than it was on any partition.
func (s *system) checkpointMoves() {
	s.t.Helper()
	before := s.checkpoint()
	s.waitFor("the checkpoint moves on", patience, func() bool {
		for p, at := range s.checkpoint() {
			if at > before[p] {
				return true
			}
		}
		return false
	})
}

// killPostgresInSave holds a save up in the middle of its transaction, cells written and the ledger not, and kills Postgres
// there.
func (c *campaign) killPostgresInSave(*rand.Rand) {
	c.holdSave(func() {
		if err := c.postgres.Server.Kill(c.t.Context()); err != nil {
			c.t.Fatal(err)
		}
	})
	c.progress(1_000)
	if err := c.postgres.Server.Start(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	c.checkpointMoves()
}

// holdSave locks the ledger's table against writers, waits until a save is stuck there, and does what is to be done then.
func (s *system) holdSave(then func()) {
	s.t.Helper()
	ctx := s.t.Context()
	conn, err := pgx.Connect(ctx, s.postgres.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(ctx)
	look, err := pgx.Connect(ctx, s.postgres.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	defer look.Close(ctx)
	for _, sql := range []string{"BEGIN", "LOCK TABLE ledger IN EXCLUSIVE MODE"} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			s.t.Fatal(err)
		}
	}
	s.waitFor("a save is in the middle of its transaction", patience, func() bool {
		var stuck int
		err := look.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE 'copy%ledger%'").Scan(&stuck)
		return err == nil && stuck > 0
	})
	then()
}

// postgresAway: what is in memory goes on, and the checkpoint catches up.
func (c *campaign) postgresAway(*rand.Rand) {
	c.waitFor("the balance is cached", patience, c.isCached)
	if err := c.postgres.Server.Kill(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	c.progress(5_000)
	c.asksBalanceWithout()
	if err := c.postgres.Server.Start(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	c.checkpointMoves()
}

// secondCheckpointer: one of the two stands by, and the checkpoint moves on, also when the second is gone.
func (c *campaign) secondCheckpointer(*rand.Rand) {
	const standsBy = "another checkpointer moves this partition: standing by"
	first := c.running[0]
	before := first.count(standsBy)
	second := c.run("checkpoint", "")
	c.waitFor("one of the two stands by", patience, func() bool { return first.count(standsBy)+second.count(standsBy) > before })
	c.progress(2_000)
	second.stop()
	c.checkpointMoves()
}
