// Package e2e tests the whole of purser from outside: the binary, as its users start it, on real servers, with processes
// that are killed, stopped, added and taken away. What counts is what a consumer of committed records sees, and that
// purser verify finds no difference.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/faultproxy"
	"purser/internal/testenv"
	"purser/topics"
)

func TestMain(m *testing.M) {
	code := testenv.Main(m)
	if binaryDir != "" {
		_ = os.RemoveAll(binaryDir)
	}
	os.Exit(code)
}

var (
	buildOnce sync.Once
	binaryDir string
	errBuild  error
)

// binary builds purser with its failpoints, once.
func binary(t *testing.T) string {
	t.Helper()
	buildOnce.Do(func() {
		if binaryDir, errBuild = os.MkdirTemp("", "purser-e2e-"); errBuild != nil {
			return
		}
		cmd := exec.Command("go", "build", "-tags", "failpoints", "-o", filepath.Join(binaryDir, "purser"), "purser/cmd/purser")
		if out, err := cmd.CombinedOutput(); err != nil {
			errBuild = fmt.Errorf("building purser: %w\n%s", err, out)
		}
	})
	if errBuild != nil {
		t.Fatal(errBuild)
	}
	return filepath.Join(binaryDir, "purser")
}

// system is one installation: its servers, its topics, and the processes that run on it.
type system struct {
	t          *testing.T
	dir        string
	env        []string
	kafka      testenv.KafkaServer
	redis      testenv.RedisServer
	postgres   testenv.PostgresServer
	names      topics.Names
	group      string
	partitions int
	admin      *kadm.Client
	started    int
	processes  []*process
	binary     string      // "": the one of the failpoints
	loaded     atomic.Bool // the producer has ended
	proxied    bool        // each process has a proxy between it and the broker
}

const partitions = 8

// patience is how long a test waits for anything that must come. It is only there so that a failure ends.
const patience = 3 * time.Minute

func newSystem(t *testing.T) *system {
	t.Helper()
	testenv.Real(t)
	return newSystemOn(t, testenv.Kafka(t), testenv.PrivatePostgres(t, nil), partitions)
}

func newSystemOn(t *testing.T, kafka testenv.KafkaServer, postgres testenv.PostgresServer, partitions int) *system {
	t.Helper()
	s := &system{
		t: t, dir: t.TempDir(), partitions: partitions,
		kafka: kafka, redis: testenv.PrivateRedis(t), postgres: postgres,
	}
	prefix := fmt.Sprintf("e2e%d.", time.Now().UnixNano())
	s.names, s.group = topics.Names{Prefix: prefix}, prefix+"purser"
	s.env = append(os.Environ(),
		"PURSER_KAFKA_BROKERS="+strings.Join(s.kafka.Brokers, ","),
		"PURSER_REDIS_ADDR="+s.redis.Addr,
		"PURSER_POSTGRES_URL="+s.postgres.URL,
		"PURSER_TOPIC_PREFIX="+prefix,
		"PURSER_GROUP="+s.group,
		"PURSER_GATEWAY_GROUP="+prefix+"gateway",
	)
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.kafka.Brokers...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	s.admin = kadm.NewClient(cl)
	s.must("topics", "create", "--partitions", strconv.Itoa(s.partitions))
	s.must("migrate")
	return s
}

// must runs a command of purser to its end and returns what it printed.
func (s *system) must(args ...string) string {
	s.t.Helper()
	out, err := s.command(args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("purser %s: %v\n%s", strings.Join(args, " "), err, tail(out))
	}
	return string(out)
}

func (s *system) command(args ...string) *exec.Cmd {
	program := s.binary
	if program == "" {
		program = binary(s.t)
	}
	cmd := exec.Command(program, args...)
	cmd.Env = s.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// process is one purser that runs.
type process struct {
	s     *system
	name  string
	roles string
	log   string
	cmd   *exec.Cmd
	proxy *faultproxy.Proxy // between it and the broker; nil: none
	done  chan struct{}     // closed when it has ended
}

// run starts purser in some roles; failpoint is empty, or name:n for "kill yourself the n-th time you come by".
func (s *system) run(roles, failpoint string) *process {
	s.t.Helper()
	p := s.process("run", "--roles", roles, "--workers", "2", "--tick-every", "1s")
	p.roles = roles
	s.processes = append(s.processes, p)
	p.cmd.Env = append(p.cmd.Env, "PURSER_FAILPOINT="+failpoint)
	if s.proxied {
		var err error
		if p.proxy, err = faultproxy.New(s.kafka.Brokers[0]); err != nil {
			s.t.Fatal(err)
		}
		s.t.Cleanup(p.proxy.Close)
		p.cmd.Env = append(p.cmd.Env, "PURSER_KAFKA_BROKERS="+p.proxy.Addr)
	}
	p.begin()
	return p
}

// cards starts a gateway that answers what the full mix asks of cards. It is none of the processes that decide.
func (s *system) cards() *process {
	s.t.Helper()
	p := s.process("gateway")
	p.begin()
	return p
}

// process is one that has not begun.
func (s *system) process(args ...string) *process {
	s.t.Helper()
	s.started++
	p := &process{s: s, name: fmt.Sprintf("p%d", s.started), done: make(chan struct{})}
	p.log = filepath.Join(s.dir, p.name+".log")
	p.cmd = s.command(args...)
	return p
}

// begin starts it, and sees to it that it ends with the test.
func (p *process) begin() {
	s := p.s
	s.t.Helper()
	out, err := os.Create(p.log)
	if err != nil {
		s.t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := p.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		_ = out.Close()
		close(p.done)
	}()
	s.t.Cleanup(func() {
		if p.kill(); s.t.Failed() {
			text, _ := os.ReadFile(p.log)
			s.t.Logf("%s, the end of its log:\n%s", p.name, tail(text))
		}
	})
}

func (p *process) signal(sig syscall.Signal) { _ = p.cmd.Process.Signal(sig) }

// kill ends it as kill -9 does.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// stop ends it gracefully, and demands that it takes no more than ten seconds.
func (p *process) stop() {
	p.s.t.Helper()
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		p.s.t.Errorf("%s was asked to stop and did not within ten seconds", p.name)
		p.kill()
	}
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// committed is the sum of the group's offsets: it grows while anyone works.
func (s *system) committed() int64 {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	offsets, err := s.admin.FetchOffsets(ctx, s.group)
	if err != nil {
		return -1
	}
	var sum int64
	offsets.Each(func(o kadm.OffsetResponse) { sum += o.At })
	return sum
}

// waitFor waits until a condition holds; the limit is only there so that a failure ends.
func (s *system) waitFor(what string, limit time.Duration, holds func() bool) {
	s.t.Helper()
	for began := time.Now(); !holds(); {
		if time.Since(began) > limit {
			s.t.Fatalf("gave up waiting until %s", what)
		}
		time.Sleep(50 * time.Millisecond) // between two looks at the condition
	}
}

// progress waits until so many more input records were committed, or all that there are.
func (s *system) progress(records int64) {
	s.t.Helper()
	from := s.committed()
	s.waitFor(fmt.Sprintf("%d more records are committed", records), patience, func() bool {
		now := s.committed()
		return now >= from+records || s.loaded.Load() && now >= s.produced()
	})
}

// produced is the sum of the inputs' end offsets.
func (s *system) produced() int64 {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	ends, err := s.admin.ListCommittedOffsets(ctx, s.names.Inputs()...)
	if err != nil {
		return math.MaxInt64
	}
	var sum int64
	ends.Each(func(o kadm.ListedOffset) { sum += o.Offset })
	return sum
}

// load starts the seeded producer beside the processes; the returned function waits for its end.
func (s *system) load(record string, args ...string) (wait func()) {
	s.t.Helper()
	var out bytes.Buffer
	cmd := s.command(append([]string{"load", "--record", record}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		s.loaded.Store(true)
		done <- err
	}()
	s.t.Cleanup(func() { _ = cmd.Process.Kill() })
	return func() {
		s.t.Helper()
		if err := <-done; err != nil {
			s.t.Fatalf("purser load: %v\n%s", err, tail(out.Bytes()))
		}
	}
}

var verified = regexp.MustCompile(`^verified: produced=(\d+) applied=(\d+) duplicate=(\d+) dead_lettered=(\d+) waiting=(\d+).* differences=(\d+)$`)

// verify runs purser verify against what was produced and demands that it finds no difference.
func (s *system) verify(record string, atLeast int) {
	s.t.Helper()
	args := []string{"verify"}
	if record != "" {
		args = append(args, "--record", record)
	}
	out := s.must(args...)
	var last string
	for lines := bufio.NewScanner(strings.NewReader(out)); lines.Scan(); {
		last = lines.Text()
	}
	m := verified.FindStringSubmatch(last)
	if m == nil {
		s.t.Fatalf("purser verify ended with %q\n%s", last, tail([]byte(out)))
	}
	if m[6] != "0" {
		s.t.Fatalf("purser verify found differences:\n%s", tail([]byte(out)))
	}
	if strings.Contains(out, "is behind") {
		s.t.Fatalf("the checkpoint did not catch up:\n%s", tail([]byte(out)))
	}
	if produced, _ := strconv.Atoi(m[1]); produced < atLeast {
		s.t.Fatalf("only %d events were produced, not %d: %s", produced, atLeast, last)
	}
	s.t.Log(last)
}

func tail(b []byte) string {
	const most = 6000
	if len(b) > most {
		b = b[len(b)-most:]
	}
	return string(b)
}
