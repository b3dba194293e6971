package testenv

import (
	"context"
	"crypto/tls"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/servers"
)

// Secured servers speak TLS, ask for a password, and allow nothing that was not granted. They are local parts also where a
// Docker engine answers, because their keys are files here; and each is for one test alone, because a test changes what its
// users may do.

// SecureKafkaServer is a broker whose clients log in by SCRAM over TLS, and whom it allows what ACLs say.
type SecureKafkaServer struct {
	KafkaServer
	CA    string      // file with the certificate that signs the broker's
	TLS   *tls.Config // how anyone dials it
	Owner []kgo.Opt   // how its owner dials it, who may do everything
}

// SecureKafka starts one without users and without ACLs.
func SecureKafka(t testing.TB, a *Authority) SecureKafkaServer {
	t.Helper()
	Real(t)
	keys := a.Issue(t, servers.PostgresUser)
	port, err := servers.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	s := private(t, func(ctx context.Context, dir string) (*servers.Server, error) {
		return servers.StartKafka(ctx, servers.KafkaConfig{Place: servers.Place{Dir: dir}, QuickStart: true, Keys: &keys, OwnerPort: port})
	})
	owner, err := servers.KafkaOwner(port, &keys)
	if err != nil {
		t.Fatal(err)
	}
	return SecureKafkaServer{KafkaServer{Brokers: []string{s.Addr}, Prefix: unique() + ".", Server: s}, a.CA, a.Client(), owner}
}

// Admin returns a client of the owner that is closed with the test.
func (k SecureKafkaServer) Admin(t testing.TB) *kadm.Client {
	t.Helper()
	client, err := kgo.NewClient(k.Owner...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return kadm.NewClient(client)
}

// AddUser makes a user who logs in by SCRAM-SHA-512, or gives him another password.
func (k SecureKafkaServer) AddUser(t testing.TB, name, password string) {
	t.Helper()
	user := kadm.UpsertSCRAM{User: name, Mechanism: kadm.ScramSha512, Iterations: 4096, Password: password}
	altered, err := k.Admin(t).AlterUserSCRAMs(t.Context(), nil, []kadm.UpsertSCRAM{user})
	if err == nil {
		err = altered.Error()
	}
	if err != nil {
		t.Fatalf("make user %s of Kafka: %v", name, err)
	}
}

// SecureRedisServer is a Redis that speaks TLS only and whose default user is switched off.
type SecureRedisServer struct {
	RedisServer
	CA    string
	TLS   *tls.Config    // how anyone dials it
	Owner *redis.Options // how its owner logs in, who may do everything
}

// SecureRedis starts one whose only user is its owner.
func SecureRedis(t testing.TB, a *Authority) SecureRedisServer {
	t.Helper()
	Real(t)
	keys := a.Issue(t, "redis")
	owner := &redis.Options{Username: "owner", Password: unique()}
	s := private(t, func(ctx context.Context, dir string) (*servers.Server, error) {
		return servers.StartRedis(ctx, servers.RedisConfig{
			Place: servers.Place{Dir: dir}, Keys: &keys, Owner: owner,
			ACL: []string{"user owner on >" + owner.Password + " ~* &* +@all", "user default off"},
		})
	})
	owner.Addr = s.Addr
	return SecureRedisServer{RedisServer{Addr: s.Addr, Prefix: unique() + ":", Server: s}, a.CA, a.Client(), owner}
}

// Admin returns a client of the owner that is closed with the test.
func (r SecureRedisServer) Admin(t testing.TB) *redis.Client {
	t.Helper()
	client := redis.NewClient(r.Owner)
	t.Cleanup(func() { client.Close() })
	return client
}

// SecurePostgresServer is a Postgres that speaks TLS only and asks for a password by SCRAM.
type SecurePostgresServer struct {
	PostgresServer // its URL is the owner's, who has a certificate
	Addr           string
	CA             string
}

// SecurePostgres starts one with an empty database and no users but its owner.
func SecurePostgres(t testing.TB, a *Authority) SecurePostgresServer {
	t.Helper()
	Real(t)
	keys := a.Issue(t, servers.PostgresUser)
	s := private(t, func(ctx context.Context, dir string) (*servers.Server, error) {
		return servers.StartPostgres(ctx, servers.PostgresConfig{Place: servers.Place{Dir: dir}, Careless: true, Keys: &keys})
	})
	url := servers.PostgresOwnerURL(s.Addr, servers.PostgresUser, &keys)
	return SecurePostgresServer{PostgresServer{URL: url, Server: s}, s.Addr, a.CA}
}

// UserURL is how a user dials it; his password is not in it.
func (p SecurePostgresServer) UserURL(name string) string {
	return fmt.Sprintf("postgres://%s@%s/%s?sslmode=verify-full&sslrootcert=%s", name, p.Addr, servers.PostgresUser, p.CA)
}

// Execute runs SQL as the owner.
func (p SecurePostgresServer) Execute(t testing.TB, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), p.URL)
	if err != nil {
		t.Fatalf("connect to Postgres as its owner: %v", err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
