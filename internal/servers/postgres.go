package servers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// PostgresConfig is a Postgres' place and what differs from the settings here.
type PostgresConfig struct {
	Place
	Settings map[string]string // postgresql.conf settings that win over ours
	// Careless leaves out every flush: data survives kill -9 of the server, but not a power cut.
	Careless bool
	// Keys make Postgres speak TLS and nothing else, and ask everyone for a password by SCRAM, but for its owner, who has a
	// certificate.
	Keys *Keys
}

// PostgresUser owns the server, and is also the name of the database that is there from the start.
const PostgresUser = "purser"

// PostgresURL is the address of a database on a server of ours.
func PostgresURL(addr, database string) string {
	return fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", PostgresUser, addr, database)
}

// StartPostgres starts a Postgres that trusts everyone on loopback, and waits until it answers.
func StartPostgres(ctx context.Context, c PostgresConfig) (*Server, error) {
	bin, err := postgresPrograms(ctx)
	if err != nil {
		return nil, err
	}
	as, err := postgresCredential()
	if err != nil {
		return nil, err
	}
	port, err := choosePort(c.Port)
	if err != nil {
		return nil, err
	}
	pg := postgres{config: c, bin: bin, as: as, port: port}
	if err := pg.prepare(ctx); err != nil {
		return nil, err
	}
	p := &process{command: pg.command, as: as, logFile: filepath.Join(c.Dir, "postgres.log"), detached: c.Detached}
	addr := loopback(port)
	owner := func(database string) string { return PostgresURL(addr, database) }
	if c.Keys != nil {
		owner = func(database string) string { return PostgresOwnerURL(addr, database, c.Keys) }
	}
	s, err := New(ctx, "postgres", addr, p, func(ctx context.Context) error { return postgresReady(ctx, owner("postgres")) })
	if err != nil {
		return nil, err
	}
	return s, createDatabase(ctx, owner("postgres"), PostgresUser)
}

// PostgresOwnerURL is how the owner of a secured Postgres dials it.
func PostgresOwnerURL(addr, database string, k *Keys) string {
	return fmt.Sprintf("postgres://%s@%s/%s?sslmode=verify-full&sslrootcert=%s&sslcert=%s&sslkey=%s", ownerName, addr, database, k.CA, k.Cert, k.Key)
}

// PostgresReady says nil once a Postgres accepts connections and answers a query.
func PostgresReady(ctx context.Context, addr string) error {
	return postgresReady(ctx, PostgresURL(addr, "postgres"))
}

func postgresReady(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "SELECT 1")
	return errors.Join(err, conn.Close(ctx))
}

// CreateDatabase creates a database where there is none of that name.
func CreateDatabase(ctx context.Context, addr, name string) error {
	return createDatabase(ctx, PostgresURL(addr, "postgres"), name)
}

func createDatabase(ctx context.Context, url, name string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists); err != nil || exists {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return err
}

type postgres struct {
	config PostgresConfig
	bin    string
	as     *syscall.Credential
	port   int
}

func (pg *postgres) data() string { return filepath.Join(pg.config.Dir, "data") }

// prepare makes the data folder the first time. Postgres insists on owning it alone.
func (pg *postgres) prepare(ctx context.Context) error {
	if err := os.MkdirAll(pg.config.Dir, 0o755); err != nil {
		return err
	}
	if present(filepath.Join(pg.data(), "PG_VERSION")) {
		return nil
	}
	if err := os.MkdirAll(pg.data(), 0o700); err != nil {
		return err
	}
	if pg.as != nil {
		if err := os.Chown(pg.data(), int(pg.as.Uid), int(pg.as.Gid)); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, filepath.Join(pg.bin, "initdb"), "--pgdata", pg.data(),
		"--username", PostgresUser, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	cmd.Dir = "/" // ours may be closed to the other user
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: pg.as}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make a Postgres data folder: %w\n%s", err, out)
	}
	if pg.config.Keys != nil {
		return pg.prepareSecured()
	}
	return nil
}

// prepareSecured copies the key to where Postgres demands it, which is out of everyone else's reach, and says who is let in.
func (pg *postgres) prepareSecured() error {
	key, err := os.ReadFile(pg.config.Keys.Key)
	if err != nil {
		return err
	}
	rules := fmt.Sprintf("hostssl all %s 127.0.0.1/32 cert\nhostssl all all 127.0.0.1/32 scram-sha-256\n", ownerName)
	for name, content := range map[string][]byte{"server.key": key, "secured_hba.conf": []byte(rules)} {
		file := filepath.Join(pg.data(), name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return err
		}
		if pg.as != nil {
			if err := os.Chown(file, int(pg.as.Uid), int(pg.as.Gid)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (pg *postgres) command() (*exec.Cmd, error) {
	settings := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(pg.port),
		"unix_socket_directories": "",
		"max_connections":         "200",
		"shared_buffers":          "256MB",
		"max_wal_size":            "2GB",
		"timezone":                "UTC",
	}
	if pg.config.Careless {
		settings["fsync"] = "off"
		settings["full_page_writes"] = "off"
	}
	if k := pg.config.Keys; k != nil {
		maps.Copy(settings, map[string]string{
			"ssl": "on", "ssl_ca_file": k.CA, "ssl_cert_file": k.Cert, "ssl_key_file": filepath.Join(pg.data(), "server.key"),
			"hba_file": filepath.Join(pg.data(), "secured_hba.conf"), "password_encryption": "scram-sha-256",
		})
	}
	maps.Copy(settings, pg.config.Settings)
	args := []string{"-D", pg.data()}
	for key, value := range settings {
		args = append(args, "-c", key+"="+value)
	}
	cmd := exec.Command(filepath.Join(pg.bin, "postgres"), args...)
	cmd.Dir = "/"
	return cmd, nil
}

// postgresPrograms finds the folder with initdb and postgres, the newest version of those that Debian keeps side by side.
func postgresPrograms(ctx context.Context) (string, error) {
	if dir, ok := findPostgres(); ok {
		return dir, nil
	}
	err := whileLocked(func() error {
		if _, ok := findPostgres(); ok {
			return nil
		}
		return installPackage(ctx, "postgres", "postgresql")
	})
	if err != nil {
		return "", err
	}
	dir, ok := findPostgres()
	if !ok {
		return "", errors.New("package postgresql is installed, but neither the path nor /usr/lib/postgresql holds initdb")
	}
	return dir, nil
}

const oldestPostgres = 15

func findPostgres() (dir string, ok bool) {
	versions, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is well formed
	newest := 0
	for _, path := range versions {
		version, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		if err == nil && version > newest {
			newest, dir = version, filepath.Dir(path)
		}
	}
	if newest >= oldestPostgres {
		return dir, true
	}
	path, err := exec.LookPath("initdb")
	return filepath.Dir(path), err == nil
}

// postgresCredential is who Postgres runs as: it refuses root, so root lends it the user that its package made.
func postgresCredential() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	candidates := []string{"postgres", "nobody"}
	i := slices.IndexFunc(candidates, func(name string) bool { _, err := user.Lookup(name); return err == nil })
	if i < 0 {
		return nil, errors.New("root may not run Postgres, and there is neither a user postgres nor nobody")
	}
	u, err := user.Lookup(candidates[i])
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
