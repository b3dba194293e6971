package servers

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// RedisDatabases is how many numbered databases a Redis of ours has, so that each test can take one.
const RedisDatabases = 1024

// RedisConfig is a Redis' place and what differs from the settings here.
type RedisConfig struct {
	Place
	Args []string // command line options that win over ours, as in "--maxmemory", "64mb"
	// Snapshots keeps the data over a stop. Without them Redis comes back empty, which it may: it is a cache.
	Snapshots bool
}

// StartRedis starts a Redis and waits until it answers.
func StartRedis(ctx context.Context, c RedisConfig) (*Server, error) {
	path, err := program(ctx, "redis-server", "redis-server")
	if err != nil {
		return nil, err
	}
	port, err := choosePort(c.Port)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return nil, err
	}
	save := ""
	if c.Snapshots {
		save = "60 1"
	}
	args := append([]string{
		"--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", c.Dir, "--daemonize", "no",
		"--databases", strconv.Itoa(RedisDatabases), "--appendonly", "no", "--save", save,
	}, c.Args...)
	p := &process{
		command:  func() (*exec.Cmd, error) { return exec.Command(path, args...), nil },
		logFile:  filepath.Join(c.Dir, "redis.log"),
		detached: c.Detached,
	}
	addr := loopback(port)
	return New(ctx, "redis", addr, p, func(ctx context.Context) error { return RedisReady(ctx, addr) })
}

// RedisReady says nil once a Redis answers and has loaded its data.
func RedisReady(ctx context.Context, addr string) error {
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, Protocol: 2, DisableIdentity: true})
	defer client.Close()
	return client.Ping(ctx).Err()
}
