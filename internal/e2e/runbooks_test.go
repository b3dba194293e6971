package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"purser/internal/servers"
)

// TestStoresThatAreAway walks the pages about a Postgres that does not answer, a checkpoint that nobody writes, and a Redis that
// is gone.
func TestStoresThatAreAway(t *testing.T) {
	s := newSystem(t).hurry()
	first, second := filepath.Join(s.dir, "first"), filepath.Join(s.dir, "second")
	s.run(everything, "")
	s.load(first, "--seed", "81", "--count", "20000", "--accounts", "5000")()
	s.verify(first, 20_000)
	s.stopAll()

	s.redis.Flush(t)
	p, http := s.runServing(everything)
	loaded := s.load(second, "--seed", "82", "--count", "20000", "--rate", "2000", "--accounts", "5000")
	// The producer waits for its definitions on all partitions, and one that is still being restored then would wait for Postgres.
	s.waitFor("usage is debited and all partitions run", patience, func() bool {
		now := s.shell(`curl -fsS "http://$HTTP/metrics" || true`, http)
		return used.MatchString(now) && len(running.FindAllString(now, -1)) == s.partitions
	})
	if err := s.postgres.Server.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.says("the checkpoint store does not answer")
	away := s.runbook("store-away")
	s.shows(away, "How to look", http, `purser_store_away 1`)
	s.waitFor("events are held", patience, func() bool { return held.MatchString(s.shell(away.block("How to look", 0), http)) })
	if err := s.postgres.Server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.says("the checkpoint store answers again")
	s.shows(away, "How to go on", http, `purser_store_away 0`)
	loaded()
	s.verify(first+","+second, 40_000)

	cache := s.runbook("cache-down")
	third := filepath.Join(s.dir, "third")
	if err := s.redis.Server.Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.load(third, "--seed", "83", "--count", "20000", "--accounts", "5000")()
	s.waitFor("reads of Redis fail", patience, func() bool { return failing.MatchString(s.shell(cache.block("How to look", 0), http)) })
	if err := s.redis.Server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	cache.walk("How to go on", http)
	s.verify(strings.Join([]string{first, second, third}, ","), 60_000)
}

var (
	used    = regexp.MustCompile(`(?m)^purser_events_total\{.*topic="usage"\} [1-9]`)
	running = regexp.MustCompile(`(?m)^purser_partition_state\{.*\} 2$`)
	held    = regexp.MustCompile(`(?m)^purser_held_events\{.*\} [1-9]`)
	failing = regexp.MustCompile(`(?m)^purser_cache_errors_total [1-9]`)
	paused  = regexp.MustCompile(`(?m)^purser_partition_state\{.*\} 3$`)
)

// TestAPartitionWaitsForTheCheckpoint: nobody writes the checkpoint, until the page starts someone.
func TestAPartitionWaitsForTheCheckpoint(t *testing.T) {
	s := newSystem(t).hurry()
	s.env = append(s.env, "PURSER_PINNED_CELLS=300")
	p, http := s.runServing("process,tick")
	record := filepath.Join(s.dir, "produced")
	loaded := s.load(record, "--seed", "84", "--count", "20000", "--accounts", "10000")
	p.says("partition pauses: the checkpoint is too far behind")
	page := s.runbook("checkpoint-behind")
	// The first that paused may be on its way to the other worker; then it pauses there.
	s.waitFor("docs/runbooks/checkpoint-behind.md shows a partition that is paused", patience, func() bool {
		return paused.MatchString(page.walk("How to look", http))
	})
	page.walk("How to go on")
	t.Cleanup(func() { s.endStarted("checkpoint.pid") })
	p.says("partition goes on")
	loaded()
	s.verify(record, 20_000)
}

// shows walks a page until what it shows has a line.
func (s *system) shows(r *runbook, heading, http, line string) {
	s.t.Helper()
	s.waitFor("docs/runbooks/"+r.name+".md shows "+line, patience, func() bool {
		return strings.Contains("\n"+r.walk(heading, http), "\n"+line+"\n")
	})
}

// runServing starts a process that serves its metrics, and returns where as the variable that runbooks name.
func (s *system) runServing(roles string) (p *process, http string) {
	s.t.Helper()
	port, err := servers.FreePort()
	if err != nil {
		s.t.Fatal(err)
	}
	address := "127.0.0.1:" + strconv.Itoa(port)
	before := s.env
	s.env = append(before[:len(before):len(before)], "PURSER_HTTP_LISTEN="+address)
	p = s.run(roles, "")
	s.env = before
	return p, "HTTP=" + address
}

// endStarted ends the process that a page started in the background and whose number it wrote down.
func (s *system) endStarted(file string) {
	text, err := os.ReadFile(filepath.Join(s.dir, file))
	if err != nil {
		s.t.Error(err)
		return
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		s.t.Error(err)
		return
	}
	if command, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline"); err != nil || !strings.Contains(string(command), "purser") {
		s.t.Errorf("process %d is not the one that the page started", pid)
		return
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		s.t.Error(err)
	}
}

// TestEveryRunbookIsIndexedAndWalked: a page that nobody finds, or whose commands nobody has run, is none.
func TestEveryRunbookIsIndexedAndWalked(t *testing.T) {
	folder := filepath.Join("..", "..", "docs", "runbooks")
	index, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	sources, _ := filepath.Glob("*_test.go") // the pattern is well formed
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(text)
	}
	pages, _ := filepath.Glob(filepath.Join(folder, "*.md"))
	for _, path := range pages {
		name := strings.TrimSuffix(filepath.Base(path), ".md")
		if name == "README" {
			continue
		}
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(index), "("+name+".md)") {
			t.Errorf("docs/runbooks/README.md does not lead to %s.md", name)
		}
		if commands.Match(page) && !strings.Contains(tests.String(), `runbook("`+name+`")`) {
			t.Errorf("no test walks docs/runbooks/%s.md", name)
		}
	}
}
