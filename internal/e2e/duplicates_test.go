package e2e

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/testenv"
)

// TestAMillionEventsAgain produces a million events of the past six days, starts anew with an empty Redis, and produces every one
// of them again: most identities are in sealed pieces by then, of which a process has only the filters.
func TestAMillionEventsAgain(t *testing.T) {
	testenv.Real(t)
	const events, orgs, few = 1_000_000, 100, 2
	s := newSystemOn(t, testenv.Kafka(t), testenv.PrivatePostgres(t, nil), few).hurry() // few partitions, so that pieces are sealed
	s.run(everything, "")
	names := make([]string, orgs)
	for i := range names {
		names[i] = fmt.Sprintf("org-%d", i)
	}
	s.define(names...)
	began := time.Now().Truncate(time.Second)
	produce := func() {
		t.Helper()
		s.sendMany(events, func(n int) *kgo.Record {
			return s.message(names[n%orgs], strconv.Itoa(n), began.Add(-time.Duration(n)*6*24*time.Hour/events))
		})
	}
	produce()
	s.waitFor("the checkpoint has all", 2*patience, func() bool { return s.rows() == events+2*orgs })
	pieces := s.pieces()
	if pieces < few {
		t.Fatalf("only %d pieces are sealed: nothing is proven of them", pieces)
	}
	s.stopAll()

	s.redis.Flush(t)
	p := s.run(everything, "")
	read, longest := 0, 0.0
	s.waitFor("every partition runs", patience, func() bool { return p.count("partition runs") >= few })
	for _, m := range runs.FindAllStringSubmatch(p.text(), -1) {
		took, _ := strconv.ParseFloat(m[1], 64)
		entries, _ := strconv.Atoi(m[2])
		read, longest = read+entries, max(longest, took)
	}
	if read > events-pieces*(1<<18)+2*orgs {
		t.Errorf("the takeover read %d ledger records of which %d pieces were sealed", read, pieces)
	}
	t.Logf("a takeover with %d identities: %.2f s, %d of them read from the ledger, the others as %d filters; %d MiB resident", events, longest, read, pieces, p.resident()>>20)
	produce()
	s.drained()
	out := s.must("verify")
	want := fmt.Sprintf("verified: produced=%d applied=%d duplicate=%d dead_lettered=0 waiting=0", 2*events+2*orgs, events+2*orgs, events)
	if !strings.Contains(out, want) || !strings.Contains(out, " differences=0\n") {
		t.Errorf("not %s:\n%s", want, tail([]byte(out)))
	}
	t.Logf("%d MiB resident at the end", p.resident()>>20)
}

var runs = regexp.MustCompile(`msg="partition runs".* restore_seconds=([0-9.e-]+) tail_cells=\d+ tail_entries=(\d+)`)

// sendMany sends n records, many at a time.
func (s *system) sendMany(n int, record func(int) *kgo.Record) {
	s.t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.kafka.Brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MaxBufferedRecords(1<<16), kgo.ProducerLinger(5*time.Millisecond))
	if err != nil {
		s.t.Fatal(err)
	}
	defer cl.Close()
	failed := make(chan error, n)
	for i := range n {
		cl.Produce(s.t.Context(), record(i), func(_ *kgo.Record, err error) {
			if err != nil {
				failed <- err
			}
		})
	}
	if err := cl.Flush(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	if len(failed) > 0 {
		s.t.Fatalf("%d events were not produced: %v", len(failed), <-failed)
	}
}

// pieces is how many pieces of the duplicate index are sealed.
func (s *system) pieces() (n int) {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.postgres.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(s.t.Context())
	if err := conn.QueryRow(s.t.Context(), "SELECT count(*) FROM piece").Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (p *process) text() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		p.s.t.Fatal(err)
	}
	return string(text)
}

// resident is how much memory a process takes, in bytes.
func (p *process) resident() int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.s.t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if kib, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.ParseInt(strings.Fields(kib)[0], 10, 64)
			return n << 10
		}
	}
	p.s.t.Fatal("the kernel does not say what a process takes")
	return 0
}
