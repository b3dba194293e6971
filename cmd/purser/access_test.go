package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"purser/internal/access"
	"purser/internal/testenv"
	"purser/topics"
)

// secured is an installation on servers that speak TLS, ask for a password, and allow nothing that was not granted. All users
// have the same password; what tells them apart is their name.
type secured struct {
	t        *testing.T
	kafka    testenv.SecureKafkaServer
	redis    testenv.SecureRedisServer
	postgres testenv.SecurePostgresServer
	admin    *kadm.Client
	never    string // a file whose definitions nobody decides any more
	access.Installation
}

// orgFile is a file that defines an org.
func orgFile(t *testing.T, org string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "org.yaml")
	if err := os.WriteFile(file, []byte("define: org\norg: "+org+"\ncurrency: USD\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const usersPassword = "one-for-all"

func newSecured(t *testing.T) *secured {
	t.Helper()
	a := testenv.NewAuthority(t)
	s := &secured{t: t, kafka: testenv.SecureKafka(t, a), redis: testenv.SecureRedis(t, a), postgres: testenv.SecurePostgres(t, a)}
	s.admin = s.kafka.Admin(t)
	s.Installation = access.Installation{Names: topics.Names{Prefix: s.kafka.Prefix}, Group: s.kafka.Prefix + "g", Gateway: s.kafka.Prefix + "gateway"}
	for name, value := range map[string]string{
		"PURSER_KAFKA_BROKERS": strings.Join(s.kafka.Brokers, ","), "PURSER_TOPIC_PREFIX": s.Names.Prefix, "PURSER_GROUP": s.Group, "PURSER_GATEWAY_GROUP": s.Gateway,
		"PURSER_KAFKA_TLS": "true", "PURSER_KAFKA_TLS_CA_FILE": s.kafka.CA, "PURSER_KAFKA_SASL_MECHANISM": "scram-sha-512",
		"PURSER_KAFKA_SASL_PASSWORD": usersPassword, "PURSER_KAFKA_SASL_USER": "nobody",
		"PURSER_REDIS_ADDR": s.redis.Addr, "PURSER_REDIS_TLS": "true", "PURSER_REDIS_TLS_CA_FILE": s.redis.CA, "PURSER_REDIS_PASSWORD": usersPassword,
		"PURSER_POSTGRES_PASSWORD": usersPassword, "PURSER_POSTGRES_URL": s.postgres.UserURL("nobody"), "PURSER_LOG_LEVEL": "error",
	} {
		t.Setenv(name, value)
	}
	for _, role := range access.Roles {
		s.kafka.AddUser(t, role.User(), usersPassword)
		if err := s.redis.Admin(t).ACLSetUser(t.Context(), role.User(), "on", ">"+usersPassword).Err(); err != nil {
			t.Fatal(err)
		}
		s.postgres.Execute(t, access.CreateUser(role.User())+" PASSWORD '"+usersPassword+"'")
	}
	return s
}

// as are the flags with which a command logs in as a role.
func (s *secured) as(role access.Role, args ...string) []string {
	args = append(slices.Clone(args), "--kafka-sasl-user="+role.User())
	if role == access.Resume {
		return args
	}
	switch args[0] {
	case "run", "verify", "balance", "partitions", "apply", "get", "describe":
		args = append(args, "--redis-user="+role.User(), "--postgres-url="+s.postgres.UserURL(role.User()))
	case "tick":
		if role == access.CatchUp {
			args = append(args, "--redis-user="+role.User(), "--postgres-url="+s.postgres.UserURL(role.User()))
		}
	case "rollup":
		return append(slices.Clone(args[:len(args)-1]), "--postgres-url="+s.postgres.UserURL(role.User()))
	case "ledger", "statement", "restore":
		args = append(args, "--postgres-url="+s.postgres.UserURL(role.User()))
	}
	return args
}

// grantAll is what docs/security.md tells an operator to do, in its order.
func (s *secured) grantAll() {
	s.t.Helper()
	if _, err := access.GrantInKafka(s.t.Context(), s.admin, s.Installation, nil, access.Grantor); err != nil {
		s.t.Fatal(err)
	}
	s.await("the grantor may grant", func() bool {
		_, _, err := purser(s.t, s.as(access.Grantor, "access", "kafka", "--apply")...)
		return err == nil
	})
	must(s.t, s.as(access.Operator, "topics", "create", "--partitions", "4", "--replication", "1")...)
	operator := "--postgres-url=" + s.postgres.UserURL(access.Operator.User())
	for _, statement := range access.GrantsInPostgres(access.Operator, access.Operator.User()) {
		s.postgres.Execute(s.t, statement)
	}
	must(s.t, "migrate", operator)
	must(s.t, "access", "postgres", "--apply", operator)
	for _, role := range access.Roles {
		if rules, ok := access.Redis(s.Installation, role); ok {
			if err := s.redis.Admin(s.t).ACLSetUser(s.t.Context(), role.User(), rules...).Err(); err != nil {
				s.t.Fatal(err)
			}
		}
	}
}

// await waits until a condition holds; the limit is only there so that a failure ends.
func (s *secured) await(what string, holds func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("gave up waiting until %s", what)
		}
	}
}

// start runs the three roles, each as its own user; stop ends them, and each must end without an error. The ticker ends first, and
// the others have come to its last tick before they end: so nothing is left unread.
func (s *secured) start() (stop func()) {
	s.t.Helper()
	stopTicker := s.run(access.Tick)
	stopOthers := s.run(access.Process, access.Checkpoint)
	return func() {
		s.t.Helper()
		stopTicker()
		must(s.t, s.as(access.Auditor, "verify")...)
		stopOthers()
	}
}

func (s *secured) run(roles ...access.Role) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan struct{})
	for _, role := range roles {
		go func() {
			c := root()
			c.SetArgs(s.as(role, "run", "--roles", string(role), "--tick-every", "1s"))
			c.SetOut(&bytes.Buffer{})
			if err := c.ExecuteContext(ctx); err != nil {
				s.t.Errorf("the role %s ended: %v", role, err)
			}
			ran <- struct{}{}
		}()
	}
	return func() {
		cancel()
		for range roles {
			<-ran
		}
	}
}

// TestLeastRights grants every role what the table says, shows that with it everything works from end to end over TLS and SCRAM, and
// then takes one right after the other away: each time the command that needs it ends with one error that names the right, who
// lacks it, and the role. What fails is the command itself, refused by the broker, wherever it comes to that before the check at
// the start: so every line of the table is needed.
func TestLeastRights(t *testing.T) {
	testenv.Real(t)
	s := newSecured(t)
	if _, _, err := purser(t, s.as(access.Operator, "topics", "create")...); err == nil || !strings.Contains(err.Error(), "Create on topic "+s.Names.Of(topics.Send)) {
		t.Errorf("without any right: %v", err)
	}
	s.grantAll()
	stop := s.start()
	record := filepath.Join(t.TempDir(), "produced")
	must(t, s.as(access.Load, "load", "--count", "5000", "--accounts", "200", "--orgs", "5", "--record", record)...)
	out := must(t, s.as(access.Auditor, "verify", "--record", record)...)
	if !regexp.MustCompile(`(?m)^verified: .* differences=0$`).MatchString(out) {
		t.Errorf("verify:\n%s", out)
	}
	debtor := regexp.MustCompile(`(?m)^ +(org-\S+) +(w-\S+) .* USD$`).FindStringSubmatch(out)
	if debtor == nil {
		t.Fatalf("verify names no debtor in USD:\n%s", out)
	}
	for _, args := range [][]string{
		{"balance", debtor[1], debtor[2]}, {"ledger", debtor[1], debtor[2]}, {"ledger", debtor[1], debtor[2], "--from", "kafka"}, {"partitions"},
		{"statement", debtor[1], debtor[2]}, {"statement", debtor[1], debtor[2], "--ledger", "kafka"},
		{"get"}, {"get", "account", debtor[1], debtor[2]}, {"describe", "account", debtor[1], debtor[2]},
	} {
		stdout, complaints, err := purser(t, s.as(access.Reader, args...)...)
		if err != nil || strings.Contains(complaints, "note:") {
			t.Errorf("%v as the reader: %v\n%s%s", args, err, stdout, complaints)
		}
	}
	must(t, s.as(access.Apply, "apply", "-f", orgFile(t, "applied"))...)
	if out, complaints, err := purser(t, s.as(access.Apply, "period", "close", "applied")...); err == nil || out != "refused: no_accounting_periods\n" {
		t.Errorf("a period of an org that has none: %v\n%s%s", err, out, complaints)
	}
	must(t, s.as(access.CatchUp, "tick", "--until", time.Now().UTC().Format(time.RFC3339Nano))...)
	must(t, s.as(access.Rollup, "rollup")...)
	s.recharge()
	s.malformed()
	stop()
	s.removeEach(debtor[1:3])
}

// recharge lets a wallet be recharged, from the attempt to the credit.
func (s *secured) recharge() {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "wallet.yaml")
	if err := os.WriteFile(file, []byte("define: org\norg: recharged\ncurrency: USD\n---\ndefine: account\norg: recharged\naccount: alice\nkind: wallet\n"+
		"recharge: {when_balance_lower_than: 20, amount: 50, payment_method: pm_success}\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	must(s.t, s.as(access.Apply, "apply", "-f", file)...)
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() {
		c := root()
		c.SetArgs(s.as(access.Gateway, "gateway"))
		ran <- c.ExecuteContext(ctx)
	}()
	s.await("the wallet is credited", func() bool {
		out, _, err := purser(s.t, s.as(access.Reader, "balance", "recharged", "alice")...)
		return err == nil && strings.HasPrefix(out, "50.000000 USD")
	})
	cancel()
	if err := <-ran; err != nil {
		s.t.Errorf("purser gateway ended: %v", err)
	}
}

// malformed gets a dead letter for each input, for the replay to be refused.
func (s *secured) malformed() {
	s.t.Helper()
	client, err := kgo.NewClient(append(s.kafka.Owner, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	for _, topic := range s.Names.Inputs() {
		if err := client.ProduceSync(s.t.Context(), &kgo.Record{Topic: topic, Value: []byte("not an event")}).FirstErr(); err != nil {
			s.t.Fatal(err)
		}
	}
	for _, topic := range topics.Inputs {
		s.await("a malformed record on "+topic+" is a dead letter", func() bool {
			out, _, err := purser(s.t, s.as(access.Replay, "dlq", "list", "--topic", topic, "--limit", "0")...)
			return err == nil && out != ""
		})
	}
}

func (s *secured) removeEach(account []string) {
	s.never = orgFile(s.t, "never")
	for _, r := range access.Kafka(s.Installation, access.Roles...) {
		s.t.Run(fmt.Sprintf("%s/%s", r.Role, r), func(t *testing.T) {
			s.revoke(t, r)
			defer s.restore(t, r)
			if r.Role == access.Producer || r.Role == access.Resume && r.Operation == kadm.OpWrite { // nothing is set aside here
				s.producerIsRefused(t, r)
				return
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			c := root()
			c.SetArgs(s.as(r.Role, s.commandThatNeeds(r, account)...))
			c.SetOut(&bytes.Buffer{})
			c.SetErr(&bytes.Buffer{})
			err := c.ExecuteContext(ctx)
			if err == nil {
				t.Fatalf("%v did without the right", s.commandThatNeeds(r, account))
			}
			want := fmt.Sprintf("user %s lacks a right in Kafka that role %s needs: %s (purser access kafka %s prints how to grant)", r.Role.User(), r.Role, r, r.Role)
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error is\n%v\nand not\n%s", err, want)
			}
			if !access.Refused(err) && !checkedBeforehand(r) {
				t.Errorf("no broker refused anything, so this right may not be needed: %v", err)
			}
		})
	}
}

// checkedBeforehand are the rights that a process would miss only in the middle of its work: it looks for them at its start.
// TestRightsTakenAwayMeanwhile takes them away in the middle.
func checkedBeforehand(r access.Right) bool {
	runs := r.Role == access.Process || r.Role == access.Checkpoint || r.Role == access.Tick
	return runs && (r.Operation == kadm.OpRead || r.Operation == kadm.OpWrite)
}

func (s *secured) commandThatNeeds(r access.Right, account []string) []string {
	topic := strings.TrimPrefix(r.Name, s.Names.Prefix)
	switch r.Role {
	case access.Apply:
		if topic == topics.Outcome {
			return []string{"period", "close", "applied", "--timeout", "10s"}
		}
		return []string{"apply", "-f", s.never}
	case access.CatchUp:
		return []string{"tick", "--until", time.Now().UTC().Format(time.RFC3339Nano)}
	case access.Process, access.Checkpoint, access.Tick:
		return []string{"run", "--roles", string(r.Role)}
	case access.Reader:
		switch {
		case r.Operation == kadm.OpRead && topic == topics.Changelog:
			return []string{"statement", account[0], account[1], "--ledger", "kafka"}
		case r.Operation == kadm.OpRead:
			return []string{"ledger", account[0], account[1], "--from", "kafka"}
		case topic == topics.Usage:
			return []string{"balance", account[0], account[1]}
		}
		return []string{"partitions"}
	case access.Gateway:
		return []string{"gateway"}
	case access.Auditor:
		return []string{"verify", "--wait", "10s"}
	case access.Load:
		load := []string{"load", "--count", "100", "--accounts", "10", "--orgs", "2"}
		if topic == topics.Usage {
			load = append(load, "--skip-definitions") // those would wait for an engine
		}
		return load
	case access.Replay:
		if r.Operation == kadm.OpRead {
			return []string{"dlq", "list"}
		}
		return []string{"dlq", "replay", "--topic", topic}
	case access.Resume:
		return []string{"partitions", "resume", "0"}
	case access.Operator:
		switch r.Operation {
		case kadm.OpCreate:
			return []string{"topics", "create", "--partitions", "4", "--replication", "1"}
		case kadm.OpRead:
			return []string{"restore", "--dry-run"}
		}
		return []string{"topics", "check"}
	}
	return []string{"access", "kafka", "--apply", string(access.Tick)}
}

// producerIsRefused: it is another system, so what it sees is the broker's own error.
func (s *secured) producerIsRefused(t *testing.T, r access.Right) {
	t.Helper()
	client := s.kafka.Client(t, kgo.DialTLSConfig(s.kafka.TLS), kgo.SASL(scram.Auth{User: r.Role.User(), Pass: usersPassword}.AsSha512Mechanism()))
	if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: r.Name, Key: []byte("org"), Value: []byte("{}")}).FirstErr(); !access.Refused(err) {
		t.Errorf("producing without the right: %v", err)
	}
}

// revoke takes a right away, and returns once the broker knows.
func (s *secured) revoke(t *testing.T, r access.Right) {
	t.Helper()
	if _, err := s.admin.DeleteACLs(t.Context(), r.ACL(nil)); err != nil {
		t.Fatal(err)
	}
	s.await("the broker knows that a right is gone", func() bool { return !s.granted(t, r) })
}

func (s *secured) restore(t *testing.T, r access.Right) {
	t.Helper()
	if _, err := s.admin.CreateACLs(t.Context(), r.ACL(nil)); err != nil {
		t.Fatal(err)
	}
	s.await("the broker knows that a right is back", func() bool { return s.granted(t, r) })
}

func (s *secured) granted(t *testing.T, r access.Right) bool {
	t.Helper()
	found, err := s.admin.DescribeACLs(t.Context(), r.ACL(nil))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range found {
		n += len(f.Described)
	}
	return n > 0
}
