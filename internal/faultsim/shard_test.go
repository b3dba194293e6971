//go:build synctests

package faultsim

import (
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"runtime/pprof"
	"testing"
	"testing/synctest"
	"time"
)

// TestShard is a process of the simulation: it runs its share of the seeds and tells what became of each.
func TestShard(t *testing.T) {
	text := os.Getenv(shardVariable)
	if text == "" {
		t.Skip("no share is given: this is run by TestSimulateFaults")
	}
	var s shard
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatalf("the share of this process is %q: %v", text, err)
	}
	tell := json.NewEncoder(os.Stdout)
	end := time.Now().Add(time.Duration(s.Seconds) * time.Second)
	for n := uint64(0); (s.Count == 0 || n < s.Count) && time.Now().Before(end); n++ {
		seed := s.First + n*s.Step
		_ = tell.Encode(told{Seed: seed})
		_ = tell.Encode(told{Seed: seed, Outcome: simulate(t, PlanOf(seed), s.Log)})
	}
}

// simulate plays a plan in a bubble of virtual time.
func simulate(t *testing.T, plan *Plan, log bool) (o *Outcome) {
	t.Helper()
	limit := time.AfterFunc(seedLimit, func() {
		_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
		os.Exit(3)
	})
	defer limit.Stop()
	out := io.Discard
	if log {
		out = os.Stderr
	}
	dir := t.TempDir()
	synctest.Test(t, func(*testing.T) { o = Run(plan, slog.New(slog.NewTextHandler(out, nil)), dir) })
	return o
}
