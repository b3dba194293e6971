package model_test

import (
	"flag"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// TestHistories decides random histories by the core and by the model, and holds what must be true of any. How many is up to
// PURSER_HISTORIES; a failure is shrunk and prints its seed, which -rapid.seed takes.
func TestHistories(t *testing.T) {
	configure(t)
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		for _, p := range properties {
			t.Log("is it so that", p.name, "?")
			p.holds(t, h)
		}
	})
}

// configure sets how many histories are drawn, and keeps a failed one out of the tree: the seed says as much.
func configure(t *testing.T) {
	t.Helper()
	histories := "10000"
	if testing.Short() {
		histories = "300"
	}
	if n := os.Getenv("PURSER_HISTORIES"); n != "" {
		if _, err := strconv.ParseUint(n, 10, 31); err != nil {
			t.Fatalf("PURSER_HISTORIES: %v", err)
		}
		histories = n
	}
	for name, value := range map[string]string{"rapid.checks": histories, "rapid.nofailfile": "true"} {
		was := flag.Lookup(name).Value.String()
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = flag.Set(name, was) })
	}
}
