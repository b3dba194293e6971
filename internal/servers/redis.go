package servers

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

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
	// Keys make Redis speak TLS and nothing else. ACL are the lines of its users; the first one is the owner's, who may do
	// everything, and Owner is how he logs in.
	Keys  *Keys
	ACL   []string
	Owner *redis.Options
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
	if c.Keys != nil {
		if args, err = c.secured(args, port); err != nil {
			return nil, err
		}
	}
	p := &process{
		command:  func() (*exec.Cmd, error) { return exec.Command(path, args...), nil },
		logFile:  filepath.Join(c.Dir, "redis.log"),
		detached: c.Detached,
	}
	addr := loopback(port)
	if c.Keys != nil {
		owner := *c.Owner
		owner.Addr = addr
		return New(ctx, "redis", addr, p, func(ctx context.Context) error { return redisReady(ctx, &owner) })
	}
	return New(ctx, "redis", addr, p, func(ctx context.Context) error { return RedisReady(ctx, addr) })
}

// secured are the options of a Redis that speaks TLS, and knows its users from a file: a command line shows passwords.
func (c *RedisConfig) secured(args []string, port int) ([]string, error) {
	users := filepath.Join(c.Dir, "users.acl")
	if err := os.WriteFile(users, []byte(strings.Join(c.ACL, "\n")+"\n"), 0o600); err != nil {
		return nil, err
	}
	tls, err := c.Keys.client()
	if err != nil {
		return nil, err
	}
	c.Owner.TLSConfig, c.Owner.MaxRetries = tls, -1
	return append(args, "--port", "0", "--tls-port", strconv.Itoa(port), "--tls-auth-clients", "no", "--aclfile", users,
		"--tls-cert-file", c.Keys.Cert, "--tls-key-file", c.Keys.Key, "--tls-ca-cert-file", c.Keys.CA), nil
}

// RedisReady says nil once a Redis answers and has loaded its data.
func RedisReady(ctx context.Context, addr string) error {
	return redisReady(ctx, &redis.Options{Addr: addr, MaxRetries: -1, Protocol: 2, DisableIdentity: true})
}

func redisReady(ctx context.Context, options *redis.Options) error {
	client := redis.NewClient(options)
	defer client.Close()
	return client.Ping(ctx).Err()
}
