package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Privilege is one on a table or view.
type Privilege struct {
	Name string // SELECT, INSERT, UPDATE, DELETE
	On   string
}

func (p Privilege) String() string { return p.Name + " on table " + p.On }

// Lacks returns those of some privileges that whoever is connected does not have, and who that is. A table that is not there
// is not lacked: Migrated tells that.
func (c *Checkpoint) Lacks(ctx context.Context, wanted []Privilege) (lacked []Privilege, user string, err error) {
	names, tables := make([]string, len(wanted)), make([]string, len(wanted))
	for i, w := range wanted {
		names[i], tables[i] = w.Name, w.On
	}
	if err := c.pool.QueryRow(ctx, "SELECT current_user").Scan(&user); err != nil {
		return nil, "", fmt.Errorf("asking Postgres who is connected: %w", err)
	}
	rows, err := c.pool.Query(ctx, `
		SELECT privilege, name FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (privilege, name, place)
		WHERE to_regclass(name) IS NOT NULL AND NOT has_table_privilege(to_regclass(name), privilege) ORDER BY place`, names, tables)
	if err == nil {
		lacked, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Privilege])
	}
	if err != nil {
		return nil, "", fmt.Errorf("asking Postgres which privileges there are: %w", err)
	}
	return lacked, user, nil
}

// Refused says whether an error is a refusal for want of a privilege.
func Refused(err error) bool {
	const insufficientPrivilege = "42501"
	pg := new(pgconn.PgError)
	return errors.As(err, &pg) && pg.Code == insufficientPrivilege
}

// Execute runs statements, all or none.
func (c *Checkpoint) Execute(ctx context.Context, statements []string) error {
	return pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
}

// UserExists says whether there is a user of that name.
func (c *Checkpoint) UserExists(ctx context.Context, name string) (exists bool, err error) {
	err = c.pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", name).Scan(&exists)
	return exists, err
}
