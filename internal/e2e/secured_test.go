package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"purser/internal/access"
	"purser/internal/testenv"
	"purser/topics"
)

// secured is an installation on servers that speak TLS, ask for passwords, and allow what was granted and nothing else.
type secured struct {
	*system
	kafka     testenv.SecureKafkaServer
	redis     testenv.SecureRedisServer
	postgres  testenv.SecurePostgresServer
	at        access.Installation
	kafkaDB   *kadm.Client // the owner's
	files     string       // folder of the files with passwords
	authority *testenv.Authority
}

// passwords are one for each server; a test that looks for them must find none.
type passwords struct{ kafka, redis, postgres string }

func newSecured(t *testing.T, p passwords) *secured {
	t.Helper()
	testenv.Real(t)
	a := testenv.NewAuthority(t)
	s := &secured{kafka: testenv.SecureKafka(t, a), redis: testenv.SecureRedis(t, a), postgres: testenv.SecurePostgres(t, a), files: t.TempDir(), authority: a}
	s.kafkaDB = s.kafka.Admin(t)
	names := topics.Names{Prefix: s.kafka.Prefix}
	s.at = access.Installation{Names: names, Group: names.Prefix + "purser", Gateway: names.Prefix + "gateway"}
	s.system = &system{t: t, dir: t.TempDir(), partitions: partitions, names: names, group: s.at.Group, admin: s.kafkaDB}
	s.env = append(os.Environ(),
		"PURSER_KAFKA_BROKERS="+strings.Join(s.kafka.Brokers, ","), "PURSER_TOPIC_PREFIX="+names.Prefix, "PURSER_GROUP="+s.group,
		"PURSER_KAFKA_TLS=true", "PURSER_KAFKA_TLS_CA_FILE="+s.kafka.CA, "PURSER_KAFKA_SASL_MECHANISM=scram-sha-512",
		"PURSER_REDIS_ADDR="+s.redis.Addr, "PURSER_REDIS_TLS=true", "PURSER_REDIS_TLS_CA_FILE="+s.redis.CA,
	)
	s.env = append(s.env, s.secrets("first", p)...)
	if _, err := access.GrantInKafka(t.Context(), s.kafkaDB, s.at, nil, access.Roles...); err != nil {
		t.Fatal(err)
	}
	for _, role := range access.Roles {
		s.postgres.Execute(t, access.CreateUser(role.User()))
		s.setPasswords(role.User(), p)
		if rules, ok := access.Redis(s.at, role); ok {
			s.setRedis(role.User(), rules...)
		}
	}
	for _, statement := range access.GrantsInPostgres(access.Operator, access.Operator.User()) {
		s.postgres.Execute(t, statement)
	}
	s.mustAs(access.Operator, "topics", "create", "--partitions", fmt.Sprint(s.partitions))
	s.mustAs(access.Operator, "migrate")
	s.mustAs(access.Operator, "access", "postgres", "--apply")
	return s
}

// secrets writes passwords into files and returns the settings that name them.
func (s *secured) secrets(name string, p passwords) []string {
	var env []string
	for setting, password := range map[string]string{"KAFKA_SASL": p.kafka, "REDIS": p.redis, "POSTGRES": p.postgres} {
		file := filepath.Join(s.files, name+"-"+setting)
		if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
			panic(err)
		}
		env = append(env, "PURSER_"+setting+"_PASSWORD_FILE="+file)
	}
	return env
}

// setPasswords gives a user new passwords, as docs/security.md says: Redis takes the old one too until it is taken away.
func (s *secured) setPasswords(user string, p passwords) {
	s.t.Helper()
	s.kafka.AddUser(s.t, user, p.kafka)
	s.setRedis(user, "on", ">"+p.redis)
	s.postgres.Execute(s.t, fmt.Sprintf(`ALTER ROLE "%s" PASSWORD '%s'`, user, p.postgres))
}

func (s *secured) setRedis(user string, rules ...string) {
	s.t.Helper()
	if err := s.redis.Admin(s.t).ACLSetUser(s.t.Context(), user, rules...).Err(); err != nil {
		s.t.Fatal(err)
	}
}

// as makes what f starts log in as a role's user, with more settings where they are given.
func (s *secured) as(role access.Role, f func(), env ...string) {
	before := s.env
	defer func() { s.env = before }()
	s.env = append(append(append([]string(nil), before...),
		"PURSER_KAFKA_SASL_USER="+role.User(), "PURSER_REDIS_USER="+role.User(), "PURSER_POSTGRES_URL="+s.postgres.UserURL(role.User())), env...)
	f()
}

func (s *secured) mustAs(role access.Role, args ...string) {
	s.t.Helper()
	s.as(role, func() { s.must(args...) })
}

// runAs starts a role.
func (s *secured) runAs(role access.Role, env ...string) (p *process) {
	s.t.Helper()
	s.as(role, func() { p = s.run(string(role), "") }, env...)
	return p
}

// logged waits until a process has written something into its log since an earlier length of it.
func (p *process) logged(since int, what string) {
	p.s.t.Helper()
	p.s.waitFor("the log says "+what, time.Minute, func() bool {
		text, err := os.ReadFile(p.log)
		return err == nil && len(text) >= since && strings.Contains(string(text[since:]), what)
	})
}

func (p *process) logLength() int {
	info, err := os.Stat(p.log)
	if err != nil {
		return 0
	}
	return int(info.Size())
}

// TestRightsTakenAwayMeanwhile takes rights away from processes that work, one after the other: each time the log names the right
// and who lacks it, and when the right is back the work goes on, without a restart and without a difference. Then all passwords
// are changed, by the steps of docs/security.md, while events come in.
func TestRightsTakenAwayMeanwhile(t *testing.T) {
	old, fresh := passwords{"kafka-1", "redis-1", "postgres-1"}, passwords{"kafka-2", "redis-2", "postgres-2"}
	s := newSecured(t, old)
	record := filepath.Join(s.dir, "produced")
	const events = 40_000
	process, checkpoint, tick := s.runAs(access.Process), s.runAs(access.Checkpoint), s.runAs(access.Tick)
	s.as(access.Gateway, func() { s.cards() }, "PURSER_GATEWAY_GROUP="+s.at.Gateway)
	var loaded func()
	s.as(access.Load, func() {
		loaded = s.load(record, "--count", fmt.Sprint(events), "--rate", "1200", "--accounts", "2000", "--malformed", "0.02", "--mix", "full")
	})
	s.progress(2_000)

	right := func(role access.Role, o kadm.ACLOperation, kind access.Kind, name string) access.Right {
		return access.Right{Role: role, Operation: o, Kind: kind, Name: name}
	}
	topic := s.names.Of
	for _, r := range []access.Right{
		right(access.Process, kadm.OpWrite, access.Topic, topic(topics.Ledger)),
		right(access.Process, kadm.OpWrite, access.Topic, topic(topics.DeadLetter)),
		right(access.Process, kadm.OpRead, access.Topic, topic(topics.Usage)),
		right(access.Process, kadm.OpRead, access.Group, s.group),
		right(access.Process, kadm.OpWrite, access.TransactionalID, s.at.TransactionalIDs()),
	} {
		s.without(r, process, fmt.Sprintf("user %s lacks a right in Kafka that role process needs: %s (", access.Process.User(), r))
		s.progress(500)
	}
	s.without(right(access.Checkpoint, kadm.OpRead, access.Topic, topic(topics.Ledger)), checkpoint, "a fetch failed and will be tried again\" topic="+topic(topics.Ledger))
	s.without(right(access.Tick, kadm.OpWrite, access.Topic, topic(topics.RefillTick)), tick, topic(topics.RefillTick)+": TOPIC_AUTHORIZATION_FAILED")
	since := process.logLength()
	s.setRedis(access.Process.User(), "-evalsha")
	process.logged(since, "user purser-process lacks a right in Redis")
	s.setRedis(access.Process.User(), "+evalsha")
	process.logged(since, "the cache answers again")

	for _, role := range []access.Role{access.Process, access.Checkpoint} {
		s.setPasswords(role.User(), fresh)
	}
	next := s.runAs(access.Process, s.secrets("fresh", fresh)...)
	s.progress(500)
	process.stop()
	s.progress(500)
	checkpoint.stop()
	s.runAs(access.Checkpoint, s.secrets("fresh", fresh)...)
	for user, password := range map[string]string{access.Process.User(): old.redis, access.Checkpoint.User(): old.redis} {
		s.setRedis(user, "<"+password)
	}
	loaded()
	s.as(access.Auditor, func() { s.verify(record, events) })
	if next.ended() {
		t.Error("the process with the new passwords has ended")
	}
}

// without takes a right away until a process has complained.
func (s *secured) without(r access.Right, p *process, complaint string) {
	s.t.Helper()
	since := p.logLength()
	if _, err := s.kafkaDB.DeleteACLs(s.t.Context(), r.ACL(nil)); err != nil {
		s.t.Fatal(err)
	}
	p.logged(since, complaint)
	if p.ended() {
		s.t.Fatalf("%s ended for want of %s", p.name, r)
	}
	if _, err := s.kafkaDB.CreateACLs(s.t.Context(), r.ACL(nil)); err != nil {
		s.t.Fatal(err)
	}
}
