package servers

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// starter makes the test binary start a bound process, say its number, and wait to be killed.
const starter = "PURSER_TEST_STARTER_LOG"

func TestMain(m *testing.M) {
	if log := os.Getenv(starter); log != "" {
		p := sleeper(log, false)
		if err := p.Start(context.Background()); err != nil {
			panic(err)
		}
		os.Stdout.WriteString(strconv.Itoa(p.pid()) + "\n")
		select {}
	}
	os.Exit(m.Run())
}

func sleeper(log string, detached bool) *process {
	return &process{
		command:  func() (*exec.Cmd, error) { return exec.Command("sleep", "600"), nil },
		logFile:  log,
		detached: detached,
	}
}

func TestBoundProcessDiesWithItsStarter(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), starter+"="+filepath.Join(t.TempDir(), "log"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	child, err := identify(pid)
	if err != nil || !child.alive() {
		t.Fatalf("the bound process does not run: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed: that is its error
	eventually(t, "the bound process to end", func() bool { return !child.alive() })
}

func TestPausedProcessStopsAndResumes(t *testing.T) {
	p := started(t, false)
	ctx := t.Context()
	if err := p.Pause(ctx); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the process to stop", func() bool { return state(t, p) == "T" })
	if err := p.Resume(ctx); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the process to go on", func() bool { return state(t, p) == "S" })
}

func TestEndedProcessIsNotFoundAgain(t *testing.T) {
	p := started(t, true)
	record := filepath.Join(t.TempDir(), "server.json")
	if err := (&Server{Name: "sleep", runner: p}).WriteRecord(record); err != nil {
		t.Fatal(err)
	}
	found, _, running, err := Attach(record)
	if err != nil || !running {
		t.Fatalf("the process was not found: %v", err)
	}
	if err := found.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, running, err = Attach(record); running || err != nil {
		t.Fatalf("the process is found after its end: %v", err)
	}
}

// A pid is given out again. Whoever has it next must not be stopped for it.
func TestStrangerWithTheSameNumberIsLeftAlone(t *testing.T) {
	stranger := started(t, false)
	former := stranger.id
	former.Started = "1"
	if err := (&process{id: former}).Kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !stranger.alive() {
		t.Fatal("a process was killed that only has the number of another")
	}
}

func started(t *testing.T, detached bool) *process {
	t.Helper()
	p := sleeper(filepath.Join(t.TempDir(), "log"), detached)
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Kill(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func state(t *testing.T, p *process) string {
	t.Helper()
	stat, err := readStat(p.pid())
	if err != nil {
		t.Fatal(err)
	}
	return stat.state
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
