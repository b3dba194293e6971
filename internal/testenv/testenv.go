package testenv

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"purser/internal/servers"
)

// Real marks a test that needs real servers: it is left out by -short, and by nothing else.
func Real(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs real servers; left out by -short")
	}
}

// Patience is how long a test waits for anything that must come: usual, or what PURSER_TEST_PATIENCE says.
func Patience(usual time.Duration) time.Duration {
	if d, err := time.ParseDuration(os.Getenv("PURSER_TEST_PATIENCE")); err == nil {
		return d
	}
	return usual
}

// Main runs the tests of a package and then stops the servers that they shared. Use it as the body of TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }
func Main(m *testing.M) int {
	code := m.Run()
	if err := stopShared(); err != nil {
		fmt.Fprintln(os.Stderr, "stop the shared servers:", err)
		return max(code, 1)
	}
	return code
}

// unique returns a short name that no other test has, in this binary or another one.
func unique() string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails
	return "t" + hex.EncodeToString(b[:])
}

// shared is one server for all tests of the binary, started by the first that asks. A failed start fails every test
// that needs it, with the same words.
type shared struct {
	once   sync.Once
	addr   string
	server *servers.Server // nil where the environment gave the address
	err    error
}

func (s *shared) get(t testing.TB, variable string, start func(context.Context, string) (*servers.Server, error)) (string, *servers.Server) {
	t.Helper()
	s.once.Do(func() {
		if s.addr = os.Getenv(variable); s.addr != "" {
			return
		}
		var dir string
		if dir, s.err = scratchDir(); s.err != nil {
			return
		}
		if s.server, s.err = start(context.Background(), dir); s.err == nil {
			s.addr = s.server.Addr
		}
	})
	if s.err != nil {
		t.Fatalf("no server for this test (give one in %s): %v", variable, s.err)
	}
	return s.addr, s.server
}

var (
	sharedKafka    shared
	sharedRedis    shared
	sharedPostgres shared

	scratchOnce sync.Once
	scratch     *servers.Scratch
	errScratch  error
)

// scratchDir makes a folder for one server within the one folder of this test binary.
func scratchDir() (string, error) {
	scratchOnce.Do(func() { scratch, errScratch = servers.NewScratch() })
	if errScratch != nil {
		return "", errScratch
	}
	dir, err := os.MkdirTemp(scratch.Dir, "server-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755) // Postgres runs as another user, who must be able to pass
}

func stopShared() error {
	var errs []error
	for _, s := range []*shared{&sharedKafka, &sharedRedis, &sharedPostgres} {
		if s.server != nil {
			errs = append(errs, s.server.Destroy(context.Background())) // its data goes with it: nothing to end cleanly
		}
	}
	if scratch != nil {
		errs = append(errs, scratch.Remove())
	}
	return errors.Join(errs...)
}

// private starts a server that ends with the test.
func private(t testing.TB, start func(context.Context, string) (*servers.Server, error)) *servers.Server {
	t.Helper()
	dir, err := scratchDir()
	if err != nil {
		t.Fatal(err)
	}
	s, err := start(t.Context(), dir)
	if err != nil {
		t.Fatalf("start a server for this test alone: %v", err)
	}
	t.Cleanup(func() {
		ctx := context.Background()
		if err := errors.Join(s.Destroy(ctx), os.RemoveAll(dir)); err != nil {
			t.Errorf("end %s: %v", s.Name, err)
		}
	})
	return s
}

func restart(t testing.TB, s *servers.Server) {
	t.Helper()
	if s == nil {
		t.Fatal("restart a server that others use: start a private one")
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}
