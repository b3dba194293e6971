package access_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"

	"purser/internal/access"
	"purser/internal/books"
	"purser/internal/testenv"
	"purser/processors"
	"purser/state"
	"purser/state/postgres"
	"purser/state/redis"
	"purser/topics"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }

const password = "one-for-all"

// login opens the checkpoint as a user.
func login(t *testing.T, pg testenv.SecurePostgresServer, user string) *postgres.Checkpoint {
	t.Helper()
	c, err := postgres.Open(t.Context(), postgres.Config{URL: pg.UserURL(user), Password: password, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// secured makes tables that are the operator's, and grants every role its part of them.
func secured(t *testing.T) testenv.SecurePostgresServer {
	t.Helper()
	pg := testenv.SecurePostgres(t, testenv.NewAuthority(t))
	for _, role := range access.Roles {
		pg.Execute(t, access.CreateUser(role.User())+" PASSWORD '"+password+"'")
	}
	for _, statement := range access.GrantsInPostgres(access.Operator, access.Operator.User()) {
		pg.Execute(t, statement)
	}
	operator := login(t, pg, access.Operator.User())
	if _, err := operator.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, role := range access.Roles {
		if err := operator.Execute(t.Context(), access.GrantsInPostgres(role, role.User())); err != nil {
			t.Fatal(err)
		}
	}
	return pg
}

// steps makes saves that insert, change and delete everything that a checkpointer ever does, from where it is.
type steps struct {
	at        state.Position
	piece     uint64
	partition int32 // the last one that was begun
}

func (s *steps) next() *state.Save {
	entry := s.at.Entry + 1
	s.piece++
	now := processors.Time(entry * 1000)
	piece := state.SealedPiece{
		Piece: state.Piece{Number: s.piece, FirstEntry: entry, LastEntry: entry, FirstAt: now, LastAt: now, Filter: []byte{1}},
		Run:   []state.Known{{Identity: topics.IdentityOf("org", "source", fmt.Sprint(entry)), Entry: entry, Result: processors.Applied, At: now}},
	}
	cells := []state.Image{{Key: "kept", Value: []byte("value"), NextDue: now}, {Key: fmt.Sprint(entry), Value: []byte("value")}}
	if entry > 1 {
		cells = append(cells, state.Image{Key: fmt.Sprint(entry - 1), Value: state.AppendDeleted(nil)})
	}
	return &state.Save{
		From: s.at, To: state.Position{
			Changelog: s.at.Changelog + 4, Ledger: s.at.Ledger + 1, Txn: s.at.Txn + 1, Entry: entry, Sealed: s.at.Ledger + 1, SealedEntry: entry, Pieces: s.piece,
		},
		Cells: cells, Rows: []state.LedgerRow{{Entry: entry, Offset: s.at.Ledger, RecordedAt: now, Org: "org", Body: entryBody(entry), Mark: []byte{1}}},
		Sealed: []state.SealedPiece{piece}, DropBefore: now - 1,
	}
}

func entryBody(n uint64) []byte {
	return fmt.Appendf(nil, `{"entry":%d,"type":"payment.received","source":"s","id":"i","result":"applied","occurred_at":"2026-01-01T00:00:00Z",`+
		`"currency":"USD","postings":[{"from":"world:payments","to":"w","amount":"1.000000"}],"attempts":[{"attempt":"w/%d/1","amount":"1.000000","currency":"USD"}],`+
		`"invoice":%d,"invoices":[{"invoice":%d,"amount":"1.000000","currency":"USD"}]}`, n, n, n, n)
}

// work is all that a role does with the checkpoint.
func work(t *testing.T, c *postgres.Checkpoint, url string, role access.Role, s *steps) error {
	ctx := t.Context()
	positions := func() error { _, err := c.Positions(ctx, []int32{0}); return err }
	load := func() error { _, _, err := c.Load(ctx, 0, []string{"kept"}); return err }
	rows := func() error {
		return c.LedgerRows(ctx, 0, 1, func(state.LedgerRow) (bool, error) { return true, nil })
	}
	migrated := func() error { return c.Migrated(ctx) }
	does := map[access.Role][]func() error{
		access.Process: {migrated, positions, load,
			func() error {
				_, err := c.Due(ctx, 0, func(string, processors.Time) error { return nil })
				return err
			},
			rows,
			func() error { _, err := c.Pieces(ctx, 0, 0); return err },
			func() error { _, err := c.Find(ctx, 0, []state.Probe{{Pieces: []uint64{s.piece}}}); return err },
		},
		access.Checkpoint: {migrated, positions, rows, func() error {
			s.partition++
			if err := c.Save(ctx, &state.Save{Partition: s.partition, To: state.Position{Changelog: 1, Txn: 1}}); err != nil { // one that is new to it
				return err
			}
			save := s.next()
			err := c.Save(ctx, save)
			if err == nil {
				s.at = save.To
			} else {
				s.piece--
			}
			return err
		}},
		access.Tick: {migrated},
		access.Reader: append(views(t, url), load,
			rows,
			func() error {
				_, err := c.List(ctx, 0, "k", func(state.Image) error { return nil })
				return err
			},
			func() error { return query(t, url, "SELECT body FROM ledger_entry") },
		),
		access.Apply:   {load},
		access.CatchUp: {load},
		access.Rollup: {func() error { _, err := c.Partitions(ctx); return err }, func() error {
			_, err := c.RollUp(ctx, 0, 1, books.Add)
			return err
		}},
		access.Auditor: {positions, rows, func() error {
			_, err := c.Cells(ctx, 0, func(state.Image) error { return nil })
			return err
		}},
	}
	for _, do := range does[role] {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// views asks every view that the reader may.
func views(t *testing.T, url string) (all []func() error) {
	for _, p := range access.Postgres(access.Reader) {
		if strings.HasPrefix(p.On, "finance_") {
			all = append(all, func() error { return query(t, url, "SELECT * FROM "+p.On) })
		}
	}
	return all
}

// query runs SQL as a user.
func query(t *testing.T, url, sql string) error {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.Password = password
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), sql)
	return err
}

// TestLeastPrivilegesInPostgres lets every role do its work with what the table gives it, and then takes one privilege after the
// other away: each time Postgres refuses the work, and the error names the privilege, who lacks it and for which role.
func TestLeastPrivilegesInPostgres(t *testing.T) {
	pg := secured(t)
	s := &steps{}
	if err := work(t, login(t, pg, access.Checkpoint.User()), "", access.Checkpoint, s); err != nil { // for the others to find something
		t.Fatal(err)
	}
	for _, role := range access.Roles {
		if len(access.Postgres(role)) == 0 {
			continue
		}
		c, url := login(t, pg, role.User()), pg.UserURL(role.User())
		if err := work(t, c, url, role, s); err != nil {
			t.Errorf("the role %s: %v", role, err)
		}
		for _, p := range access.Postgres(role) {
			pg.Execute(t, fmt.Sprintf(`REVOKE %s ON %s FROM "%s"`, p.Name, p.On, role.User()))
			err := work(t, c, url, role, s)
			if !postgres.Refused(err) {
				t.Errorf("the role %s did without %s: %v", role, p, err)
			}
			want := fmt.Sprintf("user %s lacks a right in Postgres that role %s needs: %s (purser access postgres %s prints how to grant)", role.User(), role, p, role)
			if got := access.ExplainPostgres(t.Context(), err, c, role); got == nil || !strings.Contains(got.Error(), want) {
				t.Errorf("the error is\n%v\nand not\n%s", got, want)
			}
			pg.Execute(t, fmt.Sprintf(`GRANT %s ON %s TO "%s"`, p.Name, p.On, role.User()))
		}
		if err := work(t, c, url, role, s); err != nil {
			t.Errorf("the role %s, with everything given back: %v", role, err)
		}
	}
}

// TestOnlyTheCheckpointerWrites tries to change every table as everyone else, but for the sums of the books, which only rollup
// writes; and not even the checkpointer may change or delete an entry of the ledger.
func TestOnlyTheCheckpointerWrites(t *testing.T) {
	pg := secured(t)
	tables := map[string]string{
		"checkpoint": "partition", "cell": "partition", "ledger": "partition", "piece": "partition", "run_block": "partition", "migration": "name",
		"finance_position": "partition", "finance_moved": "partition", "finance_counted": "partition",
		"finance_billed": "partition", "finance_settled": "partition", "finance_recharged": "partition",
	}
	for _, role := range access.Roles {
		if role == access.Operator {
			continue
		}
		url := pg.UserURL(role.User())
		refused := func(sql string) {
			t.Helper()
			if err := query(t, url, sql); !postgres.Refused(err) {
				t.Errorf("the role %s: %s: %v", role, sql, err)
			}
		}
		for table, column := range tables {
			refused("TRUNCATE " + table)
			if err := query(t, url, "DROP TABLE "+table); err == nil {
				t.Errorf("the role %s dropped %s", role, table)
			}
			sums := strings.HasPrefix(table, "finance_")
			if role == access.Checkpoint && table != "ledger" && table != "migration" && !sums {
				continue
			}
			if role == access.Rollup && sums {
				refused("DELETE FROM " + table)
				if table == "finance_settled" { // is only added to
					refused("UPDATE " + table + " SET " + column + " = " + column)
				}
				continue
			}
			refused("UPDATE " + table + " SET " + column + " = " + column)
			refused("DELETE FROM " + table)
			if role != access.Checkpoint || table == "migration" || sums {
				refused("INSERT INTO " + table + " DEFAULT VALUES")
			}
		}
		refused("CREATE TABLE mine (n int)")
	}
}

// redisClients returns the cache, and the bare client, of a role's user.
func redisClients(t *testing.T, r testenv.SecureRedisServer, prefix, user string) (*redis.Cache, *goredis.Client) {
	t.Helper()
	options := func() *goredis.Options {
		return &goredis.Options{Addr: r.Addr, TLSConfig: r.TLS, Username: user, Password: password, DB: 1, MaxRetries: -1}
	}
	c, bare := redis.New(options(), prefix, 0), goredis.NewClient(options())
	t.Cleanup(func() { _, _ = c.Close(), bare.Close() })
	return c, bare
}

// TestLeastRightsInRedis lets every role do its work with what the table gives it, takes one command after the other away, and
// tries what nobody may.
func TestLeastRightsInRedis(t *testing.T) {
	r := testenv.SecureRedis(t, testenv.NewAuthority(t))
	admin := r.Admin(t)
	mine := access.Installation{Names: topics.Names{Prefix: "mine."}}
	set := func(user string, rules ...string) {
		t.Helper()
		if err := admin.ACLSetUser(t.Context(), user, rules...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	at := int64(0)
	for _, role := range access.Roles {
		rules, ok := access.Redis(mine, role)
		if !ok {
			continue
		}
		set(role.User(), append(rules, ">"+password)...)
		cache, bare := redisClients(t, r, mine.Names.Prefix, role.User())
		does := func() error {
			if _, _, _, err := cache.Load(t.Context(), 0, []string{"a"}); err != nil || role != access.Process && role != access.Reader {
				return err
			}
			if role == access.Reader {
				_, err := cache.List(t.Context(), 0, "a", func(state.Image) error { return nil })
				return err
			}
			if err := admin.ScriptFlush(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			at++
			_, err := cache.Store(t.Context(), state.CacheWrite{To: at, Owner: 1, Reset: true, Images: []state.Image{{Key: "a", Value: []byte("value")}}})
			if err != nil {
				return err
			}
			_, err = cache.Store(t.Context(), state.CacheWrite{From: at, To: at + 1, Owner: 1, Images: []state.Image{{Key: "a", Value: state.AppendDeleted(nil)}}})
			at++
			return err
		}
		if err := does(); err != nil {
			t.Errorf("the role %s: %v", role, err)
		}
		for _, rule := range rules {
			command, ok := strings.CutPrefix(rule, "+")
			if !ok || command == "ping" || command == "select" {
				continue
			}
			set(role.User(), "-"+command)
			if err := does(); err == nil || !strings.Contains(err.Error(), "user "+role.User()+" lacks a right in Redis") {
				t.Errorf("the role %s did without %s: %v", role, command, err)
			}
			set(role.User(), "+"+command)
		}
		if err := cache.Ping(t.Context()); err != nil {
			t.Errorf("the role %s: %v", role, err)
		}
		nobodyMay(t, role, mine.Names.Prefix, bare)
		if _, err := cache.Store(t.Context(), state.CacheWrite{To: at + 1, Owner: 1, Reset: true}); (err == nil) != (role == access.Process) {
			t.Errorf("the role %s writes: %v", role, err)
		}
	}
}

func nobodyMay(t *testing.T, role access.Role, prefix string, c *goredis.Client) {
	t.Helper()
	key, ctx := redis.Key(prefix, 0), t.Context()
	tries := map[string]error{
		"SET of a key":             c.Set(ctx, key, "x", 0).Err(),
		"DEL of a key":             c.Del(ctx, key).Err(),
		"FLUSHALL":                 c.FlushAll(ctx).Err(),
		"KEYS":                     c.Keys(ctx, "*").Err(),
		"CONFIG":                   c.ConfigGet(ctx, "*").Err(),
		"ACL":                      c.ACLList(ctx).Err(),
		"HMGET of another's cells": c.HMGet(ctx, redis.Key("other.", 0), "a").Err(),
	}
	if role != access.Process {
		tries["HSET"] = c.HSet(ctx, key, "a", "x").Err()
		tries["EVAL"] = c.Eval(ctx, "return redis.call('HSET', KEYS[1], 'a', 'x')", []string{key}).Err()
	}
	for what, err := range tries {
		if err == nil || !strings.Contains(err.Error(), "NOPERM") {
			t.Errorf("the role %s: %s: %v", role, what, err)
		}
	}
}
