package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPostgresIsAwayForAWhile kills Postgres while a process works whose accounts are cold, keeps it away while usage of
// hot and cold accounts goes on, and starts it again: what had to wait is debited then, once, without a restart.
func TestPostgresIsAwayForAWhile(t *testing.T) {
	s := newSystem(t)
	record := filepath.Join(s.dir, "produced")
	before := s.run("process,checkpoint,tick", "")
	defined := s.load(record, "--seed", "11", "--count", "20000", "--rate", "5000", "--accounts", "20000")
	defined()
	s.waitFor("all is consumed", time.Minute, func() bool { return s.committed() >= s.produced()-int64(2*s.partitions) })
	s.verify(record, 20_000)
	before.stop()

	s.loaded.Store(false)
	s.redis.Flush(t) // or the cache would know what the process does not
	cold := s.run("process,checkpoint,tick", "")
	s.progress(1) // ticks
	second := filepath.Join(s.dir, "produced again")
	again := s.load(second, "--seed", "12", "--count", "40000", "--rate", "4000", "--accounts", "20000")
	s.progress(4_000)
	if err := s.postgres.Server.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.progress(12_000)
	if err := s.postgres.Server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	again()
	s.verify(fmt.Sprint(record, ",", second), 60_000)
	log, err := os.ReadFile(cold.log)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"the checkpoint store does not answer", "the checkpoint store answers again"} {
		if !strings.Contains(string(log), line) {
			t.Errorf("the process never said that %s", line)
		}
	}
}
