package e2e

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The named steps of the loop at which a process kills itself. Each is met at least once.
var failpoints = []string{
	"after-poll", "after-decide", "after-produce", "before-end", "after-end", "after-cache",
	"checkpoint-before-save", "checkpoint-in-save", "checkpoint-after-save",
	"restore-begin", "restore-offsets", "restore-owned", "restore-read",
}

// TestEveryDebitOnceThroughKills produces half a million events while processes of two workers each die at every named
// step and at random moments, one sleeps past its session and wakes up, members come and go, Redis forgets everything and
// Postgres restarts. Then every event must be accounted for, once.
func TestEveryDebitOnceThroughKills(t *testing.T) {
	s := newSystem(t)
	const seed, events = 7, 500_000
	chance := rand.New(rand.NewPCG(seed, seed))
	record := filepath.Join(s.dir, "produced")
	start := func(i int, failpoint string) *process {
		if i == 0 {
			return s.run("checkpoint,tick", failpoint)
		}
		return s.run("process", failpoint)
	}
	var running []*process // the first is the checkpointer, the others decide
	for i := range 4 {
		running = append(running, start(i, ""))
	}
	loaded := s.load(record, "--seed", fmt.Sprint(seed), "--count", fmt.Sprint(events), "--rate", "3500", "--accounts", "20000")
	s.progress(5_000)

	kills := 0
	pick := func() int { return 1 + chance.IntN(len(running)-1) }
	for _, name := range failpoints {
		i, passes := pick(), 1
		if strings.HasPrefix(name, "checkpoint") {
			i = 0
		}
		if !strings.HasPrefix(name, "restore") { // a process takes over a partition or two: the third may never come
			passes += chance.IntN(3)
		}
		running[i].stop()
		doomed := start(i, fmt.Sprintf("%s:%d", name, passes))
		s.waitFor("a process dies at "+name, time.Minute, doomed.ended)
		running[i] = start(i, "")
		kills++
		s.progress(1_000)
	}
	for range 10 {
		i := chance.IntN(len(running))
		running[i].kill()
		running[i] = start(i, "")
		kills++
		s.progress(int64(500 + chance.IntN(4_000)))
	}
	t.Logf("%d kills", kills)

	sleeper := running[pick()]
	sleeper.signal(syscall.SIGSTOP)
	s.progress(20_000) // others have taken its partitions over: more than what was polled before it fell asleep
	sleeper.signal(syscall.SIGCONT)
	s.progress(5_000)

	for range 3 {
		extra := s.run("process", "")
		s.progress(3_000)
		extra.stop()
		s.progress(1_000)
	}

	s.redis.Flush(t)
	s.progress(5_000)
	s.postgres.Restart(t)
	s.progress(5_000)

	loaded()
	s.verify(record, events)
}
