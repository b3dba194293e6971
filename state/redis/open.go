package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Config says where Redis is.
type Config struct {
	URL      string      // redis:// or rediss://
	Password string      // wins over one in the URL where it is not empty
	TLS      *tls.Config // wins over what rediss:// implies where it is not nil
	Prefix   string      // of the keys; tells installations that share a Redis apart
	Timeout  time.Duration
}

const defaultTimeout = 2 * time.Second

// Cache implements state.Cache.
type Cache struct {
	client *redis.Client
	prefix string
}

// Open reads the configuration. It dials nothing: a Redis that is away is a cache that misses.
func Open(c Config) (*Cache, error) {
	options, err := redis.ParseURL(c.URL)
	if err != nil {
		return nil, errors.New("the address of Redis is not a redis:// or rediss:// URL") // the library's error may quote the password
	}
	if c.Password != "" {
		options.Password = c.Password
	}
	if c.TLS != nil {
		options.TLSConfig = c.TLS
	}
	return New(options, c.Prefix, c.Timeout), nil
}

// New is Open for those who have the library's own options; the zero timeout stands for two seconds.
func New(options *redis.Options, prefix string, timeout time.Duration) *Cache {
	if timeout == 0 {
		timeout = defaultTimeout
	}
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = timeout, timeout, timeout
	options.ContextTimeoutEnabled = true
	// A write whose answer was lost may have been done; sending it again is for the caller to decide, who knows positions.
	options.MaxRetries = -1
	options.DisableIdentity = true // a user who may do no more than he must is refused to introduce his library
	return &Cache{client: redis.NewClient(options), prefix: prefix}
}

// Close closes the connections.
func (c *Cache) Close() error { return c.client.Close() }

// Ping says nil while Redis answers.
func (c *Cache) Ping(ctx context.Context) error { return c.client.Ping(ctx).Err() }

// Stat is for metrics: how the connections are used.
func (c *Cache) Stat() *redis.PoolStats { return c.client.PoolStats() }

// Key is the name of a partition's hash.
func Key(prefix string, partition int32) string {
	return fmt.Sprintf("{%s:%d}:cells", prefix, partition)
}

// KeyPattern is what ACLs call all of them.
func KeyPattern(prefix string) string { return fmt.Sprintf("{%s:*}:cells", prefix) }

// SetUser gives a user rules, as ACL SETUSER does.
func (c *Cache) SetUser(ctx context.Context, name string, rules []string) error {
	return c.client.ACLSetUser(ctx, name, rules...).Err()
}
