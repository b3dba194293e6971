package e2e

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/access"
	"purser/topics"
)

// markers are what nobody may ever see, by what they are.
type markers map[string]string

// seen collects everything that came out, by where it came from.
type seen struct {
	t  *testing.T
	mu sync.Mutex
	n  int
}

// look searches what came out of somewhere for every marker.
func (s *seen) look(where string, out []byte, m markers) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	for what, marker := range m {
		if i := bytes.Index(out, []byte(marker)); i >= 0 {
			s.t.Errorf("%s shows %s: …%s…", where, what, out[max(0, i-60):min(len(out), i+len(marker)+20)])
		}
	}
}

// ended runs a command to its end and returns all that it wrote. Its command line is part of that.
func (s *secured) ended(env []string, limit time.Duration, args ...string) []byte {
	ctx, cancel := context.WithTimeout(s.t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary(s.t), args...)
	cmd.Env = env
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 15 * time.Second
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, context.DeadlineExceeded) {
		s.t.Errorf("purser %v: %v", args, err)
	}
	return append(out, strings.Join(cmd.Args, " ")...)
}

// TestSecretsAreNeverShown plants a marker as every secret that purser is given, and one in events, and lets every command and
// role run: as they should, with wrong passwords, against servers that are not there, and with settings that are wrong. Nothing
// that comes out may show a marker: what is printed and logged, at the level debug, what HTTP serves, pprof and metrics with
// it, and the arguments of the processes.
func TestSecretsAreNeverShown(t *testing.T) {
	right := passwords{"marker-kafka-5e1f", "marker-redis-77ab", "marker-postgres-c09d"}
	s := newSecured(t, right)
	client := s.clientKey()
	m := markers{"the password of Kafka": right.kafka, "the password of Redis": right.redis, "the password of Postgres": right.postgres,
		"the key of the client's certificate": client.secret}
	looked := &seen{t: t}
	s.env = append(s.env, "PURSER_KAFKA_TLS_CERT_FILE="+client.cert, "PURSER_KAFKA_TLS_KEY_FILE="+client.key)

	work := func(role access.Role, http int) *process {
		return s.runAs(role, "PURSER_HTTP_LISTEN="+listen(http), "PURSER_PPROF=true", "PURSER_LOG_LEVEL=debug")
	}
	ports := map[access.Role]int{access.Process: freePort(t), access.Checkpoint: freePort(t), access.Tick: freePort(t)}
	running := map[access.Role]*process{}
	for role, port := range ports {
		running[role] = work(role, port)
	}
	record := filepath.Join(s.dir, "produced")
	s.as(access.Load, func() { s.load(record, "--count", "3000", "--accounts", "100", "--orgs", "5", "--malformed", "0.01")() })
	card := s.hostileEvents()
	s.as(access.Auditor, func() { looked.look("verify", []byte(s.must("verify", "--record", record)), m) })

	for role, port := range ports {
		for _, path := range []string{"metrics", "healthz", "readyz", "debug/pprof/", "debug/pprof/cmdline", "debug/pprof/heap?debug=1", "debug/pprof/heap",
			"debug/pprof/allocs?debug=1", "debug/pprof/goroutine?debug=2", "debug/pprof/threadcreate?debug=1", "debug/pprof/mutex?debug=1", "debug/pprof/block?debug=1"} {
			looked.look(string(role)+" /"+path, s.get(port, path), withEvents(m, card))
		}
		arguments, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", running[role].cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		looked.look("the arguments of "+string(role), arguments, m)
	}
	s.everyCommand(looked, m)
	for role, p := range running {
		p.stop()
		text, err := os.ReadFile(p.log)
		if err != nil {
			t.Fatal(err)
		}
		looked.look("the log of "+string(role), text, withEvents(m, card))
	}
	s.failing(looked)
	t.Logf("looked through %d outputs", looked.n)
}

func withEvents(m markers, card string) markers {
	all := markers{"what an event holds": card}
	for what, marker := range m {
		all[what] = marker
	}
	return all
}

func listen(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// get waits until a process serves, and returns what it says.
func (s *secured) get(port int, path string) (body []byte) {
	s.t.Helper()
	s.waitFor("HTTP is served", time.Minute, func() bool {
		resp, err := http.Get("http://" + listen(port) + "/" + path)
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		body, err = io.ReadAll(resp.Body)
		return err == nil && len(body) > 0
	})
	return body
}

type clientKey struct{ cert, key, secret string }

// clientKey is a client's certificate, and a line of its key as the secret to look for.
func (s *secured) clientKey() clientKey {
	s.t.Helper()
	keys := s.authority.Issue(s.t, "client")
	text, err := os.ReadFile(keys.Key)
	if err != nil {
		s.t.Fatal(err)
	}
	if block, _ := pem.Decode(text); block == nil {
		s.t.Fatal("the key is not PEM")
	}
	return clientKey{keys.Cert, keys.Key, strings.Split(string(text), "\n")[1]}
}

// hostileEvents produces events that hold the number of a card wherever one can be: none may come out but as the dead letter itself.
func (s *secured) hostileEvents() (card string) {
	s.t.Helper()
	card = "4111111111111111"
	cl, err := kgo.NewClient(append(s.kafka.Owner, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))...)
	if err != nil {
		s.t.Fatal(err)
	}
	defer cl.Close()
	bodies := []string{
		card, `{"card":"` + card, `{"account":"w","channel":"c","cost":"` + card + `","currency":"USD"}`, `{"account":"w","channel":"c","cost":` + card + `e5,"currency":"USD"}`,
		`{"account":["` + card + `"]}`, `{"account":"w","card":"` + card + `","channel":"c","cost":"1","currency":"` + card + `"}`, `{"` + card + `":1,"` + card + `":2}`,
		`{"account":"w","channel":"c","cost":"1","currency":"USD","card":"` + card + `"}`,
	}
	for i, body := range bodies {
		for _, topic := range []string{topics.Usage, topics.Account, topics.PaymentResult} {
			kind := map[string]string{topics.Usage: topics.TypeUsageRecorded, topics.Account: topics.TypeAccountDefined, topics.PaymentResult: topics.TypePaymentReceived}[topic]
			rec := &kgo.Record{Topic: s.names.Of(topic), Key: []byte("org-1"), Value: []byte(body)}
			for _, h := range [][2]string{{"ce_specversion", "1.0"}, {"ce_id", fmt.Sprint(i)}, {"ce_source", "hostile"}, {"ce_type", kind}} {
				rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: h[0], Value: []byte(h[1])})
			}
			if err := cl.ProduceSync(s.t.Context(), rec).FirstErr(); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	want := int64(len(bodies))
	s.waitFor("the events are decided", time.Minute, func() bool { return s.produced() > want && s.lagIsNone() })
	return card
}

// lagIsNone says whether the group has committed every offset of its inputs, but for markers.
func (s *secured) lagIsNone() bool { return s.committed() >= s.produced()-int64(s.partitions)*2 }

// everyCommand runs each command once, as it should be, and asks each for its help.
func (s *secured) everyCommand(looked *seen, m markers) {
	s.t.Helper()
	file := filepath.Join(s.files, "definitions.yaml")
	if err := os.WriteFile(file, []byte("define: org\norg: applied\ncurrency: USD\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	commands := map[access.Role][][]string{
		access.Operator: {{"topics", "create"}, {"topics", "check"}, {"topics", "describe"}, {"migrate"}, {"restore", "--dry-run"}, {"access", "postgres"}, {"access", "postgres", "--apply"}},
		access.Reader: {{"balance", "org-1", "w-1"}, {"ledger", "org-1", "w-1"}, {"ledger", "org-1", "w-1", "--from", "kafka"}, {"statement", "org-1", "w-1"}, {"partitions"},
			{"get"}, {"get", "-o", "yaml"}, {"describe", "org", "org-00000", "--json"}},
		access.Apply:    {{"apply", "-f", file, "--dry-run"}, {"apply", "-f", file}, {"apply", "-f", "/nonexistent"}},
		access.CatchUp:  {{"tick", "--until", time.Now().UTC().Format(time.RFC3339)}},
		access.Rollup:   {{"rollup"}},
		access.Auditor:  {{"export", "--out", "/dev/null"}, {"verify", "--chain"}},
		access.Replay:   {{"dlq", "list", "--count"}, {"dlq", "show", "0/0"}, {"dlq", "replay", "--reason", "none"}},
		access.Tick:     {{"tick"}},
		access.Gateway:  {{"gateway", "--gateway-late", "0s"}},
		access.Grantor:  {{"access", "kafka"}, {"access", "kafka", "--apply"}, {"access", "redis"}},
		access.Producer: {{"config"}, {"config", "--explain"}, {"version"}, {"simulate", "/nonexistent"}, {"demo", "--count", "500", "--accounts", "20", "--orgs", "2"}},
	}
	for role, list := range commands {
		for _, args := range list {
			s.as(role, func() { looked.look(strings.Join(args, " "), s.ended(s.env, time.Minute, args...), m) })
		}
	}
	for _, args := range [][]string{{}, {"run"}, {"dev"}, {"demo"}, {"topics"}, {"migrate"}, {"tick"}, {"load"}, {"verify"}, {"simulate"}, {"balance"}, {"ledger"}, {"statement"}, {"dlq"},
		{"apply"}, {"get"}, {"describe"}, {"rollup"}, {"gateway"}, {"partitions"}, {"access"}, {"access", "kafka"}, {"config"}} {
		s.as(access.Reader, func() {
			looked.look("the help of "+strings.Join(args, " "), s.ended(s.env, time.Minute, append(args, "--help")...), m)
		})
	}
}

// failing runs commands that cannot succeed, a few at a time, each with markers of its own.
func (s *secured) failing(looked *seen) {
	s.t.Helper()
	wrong := passwords{"marker-wrong-kafka-31", "marker-wrong-redis-32", "marker-wrong-postgres-33"}
	m := markers{"a wrong password of Kafka": wrong.kafka, "a wrong password of Redis": wrong.redis, "a wrong password of Postgres": wrong.postgres}
	var base []string
	s.as(access.Process, func() { base = s.env }, s.secrets("wrong", wrong)...)
	nobody := listen(freePort(s.t)) // nobody listens there
	inURL := "postgres://purser:" + wrong.postgres + "@" + nobody + "/purser"
	file := filepath.Join(s.files, "broken.yaml")
	if err := os.WriteFile(file, []byte("postgres-password: "+wrong.postgres+"\nredis-password: ["+wrong.redis+"\n  x\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	without := func(env []string, name string) []string {
		var kept []string
		for _, e := range env {
			if !strings.HasPrefix(e, name+"=") {
				kept = append(kept, e)
			}
		}
		return kept
	}
	plain := without(without(base, "PURSER_POSTGRES_PASSWORD_FILE"), "PURSER_POSTGRES_URL")
	cases := []struct {
		what string
		env  []string
		args []string
	}{
		{"wrong passwords, run", base, []string{"run", "--log-level", "debug"}},
		{"wrong passwords, verify", base, []string{"verify", "--wait", "1s"}},
		{"wrong passwords, load", base, []string{"load", "--count", "10"}},
		{"wrong passwords, topics", base, []string{"topics", "check"}},
		{"wrong passwords, balance", base, []string{"balance", "o", "a"}},
		{"wrong passwords, migrate", base, []string{"migrate"}},
		{"wrong passwords, access", base, []string{"access", "redis", "--apply"}},
		{"no broker", append(plain, "PURSER_POSTGRES_URL=", "PURSER_KAFKA_BROKERS="+nobody), []string{"dlq", "list"}},
		{"a password in the URL, nobody there", append(plain, "PURSER_POSTGRES_URL="+inURL), []string{"migrate"}},
		{"a password in the URL, in config", append(plain, "PURSER_POSTGRES_URL="+inURL), []string{"config"}},
		{"a password in the URL's query", append(plain, "PURSER_POSTGRES_URL=postgres://purser@"+nobody+"/purser?password="+wrong.postgres+"&sslmode=nonsense"), []string{"migrate"}},
		{"a URL that is none", append(plain, "PURSER_POSTGRES_URL=postgres://purser:"+wrong.postgres+"@%zz/"), []string{"migrate"}},
		{"a URL that is a DSN", append(plain, "PURSER_POSTGRES_URL=host=x password="+wrong.postgres), []string{"migrate"}},
		{"a URL that is a DSN, in config", append(plain, "PURSER_POSTGRES_URL=host=x password="+wrong.postgres), []string{"config"}},
		{"two passwords", append(plain, "PURSER_POSTGRES_URL="+inURL, "PURSER_POSTGRES_PASSWORD="+wrong.postgres), []string{"config"}},
		{"two ways to a password", append(base, "PURSER_KAFKA_SASL_PASSWORD="+wrong.kafka), []string{"config"}},
		{"a mechanism that is none", append(base, "PURSER_KAFKA_SASL_MECHANISM="+"none"), []string{"config"}},
		{"a password where a file is meant", append(without(base, "PURSER_POSTGRES_PASSWORD_FILE"), "PURSER_POSTGRES_PASSWORD_FILE=/nonexistent"), []string{"config"}},
		{"a broken file", base, []string{"config", "--config", file}},
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, 4)
	for _, c := range cases {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			out := s.ended(c.env, 20*time.Second, c.args...)
			looked.look(c.what, out, m)
			if !regexp.MustCompile(`purser: |level=(WARN|ERROR)`).Match(out) && c.args[0] != "config" {
				s.t.Errorf("%s: nothing is said:\n%s", c.what, tail(out))
			}
		})
	}
	wg.Wait()
}
