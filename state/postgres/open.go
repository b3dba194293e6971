package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Config says where Postgres is. TLS is set in the URL (sslmode, sslrootcert, sslcert, sslkey).
type Config struct {
	URL      string
	Password string // wins over one in the URL where it is not empty
	MaxConns int32  // zero: what the URL says, or the library's default
	// Failpoint is called with "checkpoint-in-save" while a step is half done in an open transaction; nil in production.
	Failpoint func(name string)
}

// Checkpoint implements state.Checkpoint and state.Histories.
type Checkpoint struct {
	pool *pgxpool.Pool
	fail func(name string)
}

// Open connects and answers once Postgres does. It changes nothing: Migrate makes the tables.
func Open(ctx context.Context, c Config) (*Checkpoint, error) {
	config, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, fmt.Errorf("reading the address of Postgres: %w", err) // pgx leaves the password out of it
	}
	if c.Password != "" {
		config.ConnConfig.Password = c.Password
	}
	if c.MaxConns > 0 {
		config.MaxConns = c.MaxConns
	}
	config.ConnConfig.RuntimeParams["application_name"] = "purser"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connecting to Postgres: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connecting to Postgres: %w", err)
	}
	fail := c.Failpoint
	if fail == nil {
		fail = func(string) {}
	}
	return &Checkpoint{pool: pool, fail: fail}, nil
}

// Close waits for what is under way and closes the connections.
func (c *Checkpoint) Close() { c.pool.Close() }

// Ping says nil while Postgres answers.
func (c *Checkpoint) Ping(ctx context.Context) error { return c.pool.Ping(ctx) }

// Stat is for metrics: how the connections are used.
func (c *Checkpoint) Stat() *pgxpool.Stat { return c.pool.Stat() }
