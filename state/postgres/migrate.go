package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is an arbitrary number that all who migrate agree on.
const migrationLock = 0x7075727365720001

// ErrNotMigrated says that the tables are missing or older than this program.
var ErrNotMigrated = errors.New("the tables are not there, or older than this program: run `purser migrate`")

// migrationFiles are the names of all migrations in order. A file is never changed once it has been released; a change is
// another file.
func migrationFiles() ([]string, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	slices.Sort(names)
	return names, err
}

// Migrate brings the tables up to date: all of it in one transaction, and one process at a time. It returns the names of
// the migrations that it ran.
func (c *Checkpoint) Migrate(ctx context.Context) (ran []string, err error) {
	names, err := migrationFiles()
	if err != nil {
		return nil, err
	}
	err = pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, ran_at timestamptz NOT NULL DEFAULT now())"); err != nil {
			return err
		}
		ran, err = runMissing(ctx, tx, names)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("migrating Postgres: %w", err)
	}
	return ran, nil
}

func runMissing(ctx context.Context, tx pgx.Tx, names []string) (ran []string, err error) {
	done, err := ranMigrations(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if slices.Contains(done, name) {
			continue
		}
		sql, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if _, err := tx.Conn().PgConn().Exec(ctx, string(sql)).ReadAll(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if _, err := tx.Exec(ctx, "INSERT INTO migration (name) VALUES ($1)", name); err != nil {
			return nil, err
		}
		ran = append(ran, name)
	}
	return ran, nil
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func ranMigrations(ctx context.Context, q querier) ([]string, error) {
	rows, err := q.Query(ctx, "SELECT name FROM migration")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Migrated says nil where every migration of this program has run, and ErrNotMigrated where one has not.
func (c *Checkpoint) Migrated(ctx context.Context) error {
	const undefinedTable = "42P01"
	names, err := migrationFiles()
	if err != nil {
		return err
	}
	done, err := ranMigrations(ctx, c.pool)
	if pg := new(pgconn.PgError); errors.As(err, &pg) && pg.Code == undefinedTable {
		return ErrNotMigrated
	}
	if err != nil {
		return fmt.Errorf("reading which migrations have run: %w", err)
	}
	for _, name := range names {
		if !slices.Contains(done, name) {
			return ErrNotMigrated
		}
	}
	return nil
}
