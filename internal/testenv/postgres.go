package testenv

import (
	"context"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"

	"purser/internal/servers"
)

// PostgresServer is a Postgres and a test's part of it.
type PostgresServer struct {
	// URL names an empty database of the test's own, dropped at its end.
	URL string
	// Server stops, kills and pauses Postgres; nil for one that is shared.
	Server *servers.Server
}

// Postgres returns an empty database on the shared Postgres.
func Postgres(t testing.TB) PostgresServer {
	t.Helper()
	Real(t)
	addr, own := sharedPostgres.get(t, "PURSER_TEST_POSTGRES", func(ctx context.Context, dir string) (*servers.Server, error) {
		return startPostgres(ctx, dir, nil)
	})
	admin := addr // by environment it is a URL
	if own != nil {
		admin = servers.PostgresURL(addr, "postgres")
	}
	name := unique()
	execute(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() { execute(t, admin, "DROP DATABASE "+name+" WITH (FORCE)") })
	return PostgresServer{URL: withDatabase(t, admin, name)}
}

// PrivatePostgres starts a Postgres for this test alone.
func PrivatePostgres(t testing.TB, settings map[string]string) PostgresServer {
	t.Helper()
	Real(t)
	s := private(t, func(ctx context.Context, dir string) (*servers.Server, error) {
		return startPostgres(ctx, dir, settings)
	})
	return PostgresServer{URL: servers.PostgresURL(s.Addr, servers.PostgresUser), Server: s}
}

func startPostgres(ctx context.Context, dir string, settings map[string]string) (*servers.Server, error) {
	return containerOrPart(ctx,
		func(ctx context.Context) (*servers.Server, error) { return postgresContainer(ctx, settings) },
		func(ctx context.Context) (*servers.Server, error) {
			return servers.StartPostgres(ctx, servers.PostgresConfig{Place: servers.Place{Dir: dir}, Settings: settings, Careless: true})
		},
	)
}

func execute(t testing.TB, address, sql string) {
	t.Helper()
	ctx := context.Background() // also called when the test's own has ended
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Errorf("connect to Postgres: %v", err)
		return
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, sql); err != nil {
		t.Errorf("%s: %v", sql, err)
	}
}

func withDatabase(t testing.TB, address, name string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatalf("PURSER_TEST_POSTGRES is not a URL: %v", err)
	}
	u.Path = "/" + name
	return u.String()
}

// Restart stops Postgres cleanly and starts it again.
func (p PostgresServer) Restart(t testing.TB) { t.Helper(); restart(t, p.Server) }
