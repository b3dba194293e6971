package testenv_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"purser/internal/testenv"
)

// A secured server lets in who has a password, over TLS, and nobody else: otherwise nothing that is tested on it counts.
func TestSecuredServersLetOnlyUsersIn(t *testing.T) {
	a := testenv.NewAuthority(t)
	t.Run("kafka", func(t *testing.T) {
		k := testenv.SecureKafka(t, a)
		k.AddUser(t, "someone", "right")
		login := func(password string) error {
			client := k.Client(t, kgo.DialTLSConfig(k.TLS), kgo.SASL(scram.Auth{User: "someone", Pass: password}.AsSha512Mechanism()))
			return client.Ping(deadline(t))
		}
		refused(t, login("right"), login("wrong"))
		refused(t, nil, k.Client(t).Ping(deadline(t)))
	})
	t.Run("redis", func(t *testing.T) {
		r := testenv.SecureRedis(t, a)
		if err := r.Admin(t).ACLSetUser(deadline(t), "someone", "on", ">right", "+ping").Err(); err != nil {
			t.Fatal(err)
		}
		login := func(o redis.Options) error {
			o.Addr, o.MaxRetries = r.Addr, -1
			client := redis.NewClient(&o)
			defer client.Close()
			return client.Ping(deadline(t)).Err()
		}
		over := r.TLS
		refused(t, login(redis.Options{TLSConfig: over, Username: "someone", Password: "right"}), login(redis.Options{TLSConfig: over, Username: "someone", Password: "wrong"}))
		refused(t, nil, login(redis.Options{TLSConfig: over}))
		refused(t, nil, login(redis.Options{Username: "someone", Password: "right"}))
	})
	t.Run("postgres", func(t *testing.T) {
		pg := testenv.SecurePostgres(t, a)
		pg.Execute(t, "CREATE ROLE someone LOGIN PASSWORD 'right'")
		login := func(url, password string) error {
			config, err := pgx.ParseConfig(url)
			if err != nil {
				t.Fatal(err)
			}
			config.Password = password
			conn, err := pgx.ConnectConfig(deadline(t), config)
			if err == nil {
				err = conn.Close(deadline(t))
			}
			return err
		}
		refused(t, login(pg.UserURL("someone"), "right"), login(pg.UserURL("someone"), "wrong"))
		refused(t, nil, login("postgres://someone@"+pg.Addr+"/purser?sslmode=disable", "right"))
	})
}

func refused(t *testing.T, right, wrong error) {
	t.Helper()
	if right != nil {
		t.Errorf("who should be let in was not: %v", right)
	}
	if wrong == nil {
		t.Error("who should be kept out was let in")
	}
}
