package faultsim

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The simulation runs in a binary of its own: virtual time goes on only where whoever waits for a mutex of the Kafka client
// waits on a channel, which the client's build tag "synctests" arranges.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "purser-faultsim-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "faultsim.test")
	out, err := exec.Command("go", "test", "-c", "-tags", "synctests", "-o", file, "purser/internal/faultsim").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the simulation: %w\n%s", err, out)
	}
	return file, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if file, err := build(); err == nil && os.Getenv(shardVariable) == "" {
		_ = os.RemoveAll(filepath.Dir(file))
	}
	os.Exit(code)
}

func simulator(t *testing.T) string {
	t.Helper()
	file, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// shardVariable says to a process of the simulation what its share is.
const shardVariable = "PURSER_SIMULATE_SHARD"

// shard is every step-th seed from the first on, for so long and up to so many.
type shard struct {
	First, Step, Count uint64
	Seconds            int
	Log                bool // the shell's own log goes to stderr
}

// told is what a shard tells of a seed: first that it begins, then what became of it.
type told struct {
	Seed    uint64
	Outcome *Outcome `json:",omitempty"`
}

// TestSimulateFaults runs as many seeds as it has time for, each of them checked by the auditor.
//
//	PURSER_SIMULATE_SEEDS    how many; otherwise as many as there is time for
//	PURSER_SIMULATE_SECONDS  how long; 60, and 5 with -short
//	PURSER_SIMULATE_FIRST    the first seed; otherwise it follows from the date, so that every day meets other faults
//	PURSER_SIMULATE_SEED     one seed, with the shell's log
func TestSimulateFaults(t *testing.T) {
	if os.Getenv(shardVariable) != "" {
		t.Skip("this is a process of the simulation itself")
	}
	s := shard{First: uint64(time.Now().Unix()/86400) * 100_000, Step: 1, Seconds: 60}
	if testing.Short() {
		s.Seconds = 5
	}
	number(t, "PURSER_SIMULATE_FIRST", func(n uint64) { s.First = n })
	number(t, "PURSER_SIMULATE_SEEDS", func(n uint64) { s.Count, s.Seconds = n, 24*3600 })
	number(t, "PURSER_SIMULATE_SECONDS", func(n uint64) { s.Seconds = int(n) })
	number(t, "PURSER_SIMULATE_SEED", func(n uint64) { s = shard{First: n, Step: 1, Count: 1, Seconds: 3600, Log: true} })
	c := &campaign{t: t, seen: map[string]float64{}, struck: map[string]int{}, began: time.Now()}
	c.run(simulator(t), s)
	c.tell()
}

func number(t *testing.T, variable string, set func(uint64)) {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s is %q, which is no number", variable, text)
	}
	set(n)
}

// campaign is many seeds.
type campaign struct {
	t     *testing.T
	began time.Time

	mu     sync.Mutex
	seeds  int
	red    []uint64
	struck map[string]int
	seen   map[string]float64
}

// run shares the seeds among as many processes as there are cores. Each runs one goroutine at a time, so that a seed takes
// nearly the same course whenever it runs.
func (c *campaign) run(binary string, s shard) {
	shards := uint64(runtime.NumCPU())
	if s.Count > 0 {
		shards = min(shards, s.Count)
	}
	var all sync.WaitGroup
	for i := range shards {
		mine := s
		mine.First, mine.Step = s.First+i, shards
		if s.Count > 0 {
			mine.Count = (s.Count - i + shards - 1) / shards
		}
		all.Go(func() { c.shard(binary, mine) })
	}
	all.Wait()
}

func (c *campaign) shard(binary string, s shard) {
	share, err := json.Marshal(s)
	if err != nil {
		c.t.Error(err)
		return
	}
	cmd := exec.Command(binary, "-test.run=^TestShard$", "-test.timeout=0")
	cmd.Env = append(os.Environ(), shardVariable+"="+string(share), "GOMAXPROCS=1", "GOGC=2000")
	var last strings.Builder
	if s.Log {
		cmd.Stderr = os.Stderr
	} else {
		cmd.Stderr = &last
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		c.t.Error(err)
		return
	}
	under := c.listen(bufio.NewScanner(out))
	if err := cmd.Wait(); err != nil || under != nil {
		c.t.Errorf("the process of the simulation ended: %v\n%s", err, last.String())
		if under != nil {
			c.failed(under.Seed, "it ended the process: a deadlock, a panic, or no end within "+seedLimit.String())
		}
	}
}

// seedLimit is how long a seed may take in real time.
const seedLimit = 2 * time.Minute

// listen takes what a shard tells, and returns the seed that it was at when it ended; nil: none.
func (c *campaign) listen(lines *bufio.Scanner) (under *told) {
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), "{") {
			continue // the test's own words
		}
		next := &told{}
		if err := json.Unmarshal(lines.Bytes(), next); err != nil {
			c.t.Errorf("a shard says %q: %v", lines.Text(), err)
			return under
		}
		if under = next; next.Outcome != nil {
			c.take(next)
			under = nil
		}
	}
	return under
}

func (c *campaign) take(n *told) {
	c.mu.Lock()
	c.seeds++
	for _, f := range n.Outcome.Struck {
		c.struck[f.What]++
	}
	for name, value := range n.Outcome.Seen {
		c.seen[name] += value
	}
	c.mu.Unlock()
	if len(n.Outcome.Findings) > 0 {
		var b strings.Builder
		n.Outcome.Write(&b, PlanOf(n.Seed))
		c.failed(n.Seed, b.String())
	}
}

func (c *campaign) failed(seed uint64, what string) {
	c.mu.Lock()
	c.red = append(c.red, seed)
	c.mu.Unlock()
	c.t.Errorf("seed %d: %s\nreplay it, with the shell's log: make simulate-faults SEED=%d", seed, what, seed)
}

// tell logs what was met.
func (c *campaign) tell() {
	took := time.Since(c.began)
	c.t.Logf("%d seeds in %v, %.0f a minute; failed: %d %v", c.seeds, took.Round(time.Second), float64(c.seeds)/took.Minutes(), len(c.red), c.red)
	if c.seeds == 0 {
		c.t.Error("no seed was run")
	}
	for _, what := range slices.Sorted(maps.Keys(c.struck)) {
		c.t.Logf("  struck %6d times: %s", c.struck[what], what)
	}
	for _, name := range met {
		c.t.Logf("  met    %6.0f times: %s", c.seen[name], name)
	}
}

// met are the counters of the engine that say whether the faults reached what they are meant for.
var met = []string{
	"purser_transactions_total committed", "purser_transactions_total unknown", "purser_worker_restarts_total", "purser_dead_transactions_ended_total",
	"purser_cache_resets_total", "purser_cold_lookups_total cache", "purser_cold_lookups_total checkpoint", "purser_checkpoint_steps_total superseded",
	"purser_checkpoint_steps_total failed", "purser_events_total held usage", "purser_events_total duplicate usage", "purser_events_total due_expired refill-tick",
}

// TestByHand runs the plans that were written by hand, on virtual time (virtual_test.go).
func TestByHand(t *testing.T) {
	if os.Getenv(shardVariable) != "" {
		t.Skip("this is a process of the simulation itself")
	}
	cmd := exec.Command(simulator(t), "-test.run=^TestVirtual", "-test.v")
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestVirtual") {
		t.Errorf("%v\n%s", err, out)
	}
}
