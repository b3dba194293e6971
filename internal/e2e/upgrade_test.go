package e2e

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/processors/core"
	"purser/state"
	"purser/topics"
)

// build makes another release of purser, by its tags.
func build(t *testing.T, tag string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "purser-"+tag)
	if out, err := exec.Command("go", "build", "-tags", "failpoints,"+tag, "-o", path, "purser/cmd/purser").CombinedOutput(); err != nil {
		t.Fatalf("building purser with the tag %s: %v\n%s", tag, err, out)
	}
	return path
}

// TestRollingUpgrade replaces the processes of a group one by one under load, by a later release that writes the next version of
// the changelog and keeps something in its cells, and then back. Partitions that do not move are not held up, what the
// later release keeps is kept by this one, and everything adds up. A release that was left behind says so and does nothing.
func TestRollingUpgrade(t *testing.T) {
	s := newSystem(t).hurry()
	later, older := build(t, "laterrelease"), build(t, "olderform")
	record := filepath.Join(s.dir, "produced")
	s.start("", "process", "process", "checkpoint,tick")
	s.cards()
	loaded := s.load(record, "--seed", "61", "--count", "100000", "--rate", "2500", "--accounts", "5000", "--orgs", "80", "--mix", "full")
	s.progress(10_000)
	quiet := time.Now()
	s.progress(10_000)

	rolling := time.Now()
	s.env = append(s.env, "PURSER_CHANGELOG_VERSION=2")
	s.roll(later)
	s.env = s.env[:len(s.env)-1]
	s.progress(5_000)
	s.roll("")
	back, ends := time.Now(), s.span(topics.Changelog)
	s.progress(10_000)
	loaded()
	s.verify(record, 100_000)

	usual := s.longestPause(quiet, rolling)
	held := s.longestPause(rolling, back)
	t.Logf("the longest pause of a partition that did not move: %v while nothing was done, %v while processes were replaced", usual, held)
	if held > usual+time.Second {
		t.Errorf("a partition that did not move paused for %v", held)
	}
	if kept := s.keptExtras(ends); kept == 0 {
		t.Error("this release wrote no cell of the later one's: nothing is proven")
	}

	s.binary = older
	left := s.run("process,checkpoint", "")
	s.binary = ""
	for _, p := range s.processes {
		if p != left {
			p.stop()
		}
	}
	s.waitFor("the release that was left behind sets every partition aside", patience, func() bool {
		return left.count("partition is set aside", "written in a version that this release does not read", "up to 1") == partitions
	})
	page := s.runbook("upgrade")
	page.walk("How to look")
	page.walk("How to go on")
	left.stop()
	s.run(everything, "")
	s.verify(record, 100_000)
}

// start starts processes of a release, one for each of some roles.
func (s *system) start(release string, roles ...string) {
	s.t.Helper()
	s.binary = release
	for _, r := range roles {
		s.run(r, "")
	}
	s.binary = ""
}

// roll replaces every process by one of another release, one after the other, while the rest works.
func (s *system) roll(release string) {
	s.t.Helper()
	old := s.processes
	s.processes = nil
	for _, p := range old {
		p.stop()
		s.start(release, p.roles)
		s.progress(5_000)
	}
}

// span returns what the partitions of a topic hold now.
func (s *system) span(topic string) []committed.Span {
	s.t.Helper()
	spans, err := s.reader().Spans(s.t.Context(), s.names.Of(topic))
	if err != nil {
		s.t.Fatal(err)
	}
	return spans[s.names.Of(topic)]
}

func (s *system) reader() *committed.Reader {
	s.t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.kafka.Brokers...))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(cl.Close)
	return committed.NewReader(cl)
}

// longestPause is the longest time between two ledger records of one partition that was in the same hands for both.
func (s *system) longestPause(from, to time.Time) (longest time.Duration) {
	s.t.Helper()
	reader := s.reader()
	for p, span := range s.span(topics.Ledger) {
		var last time.Time
		err := reader.Read(s.t.Context(), s.names.Of(topics.Ledger), int32(p), span, func(rec *kgo.Record) error {
			switch at := rec.Timestamp; {
			case topics.IsOwnership(rec), at.Before(from), at.After(to):
				last = time.Time{}
			default:
				if !last.IsZero() {
					longest = max(longest, at.Sub(last))
				}
				last = at
			}
			return nil
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return longest
}

// keptExtras counts the cells in the changelog after an end that carry what a later release keeps in them. A release that knows
// nothing of it has written them.
func (s *system) keptExtras(ends []committed.Span) (kept int) {
	s.t.Helper()
	reader := s.reader()
	for p, now := range s.span(topics.Changelog) {
		err := reader.Read(s.t.Context(), s.names.Of(topics.Changelog), int32(p), committed.Span{Start: ends[p].End, End: now.End}, func(rec *kgo.Record) error {
			if topics.IsOwnership(rec) || state.IsDeleted(rec.Value) || bytes.HasPrefix(rec.Key, []byte("w")) { // of those that wait, the record is needed
				return nil
			}
			c, err := state.DecodeCell(string(rec.Key), rec.Value, func([]byte, *core.Event) error { return nil })
			if err != nil {
				return err
			}
			if h := c.Head(); h.Form == 2 && h.Extra != "" {
				kept++
			}
			return nil
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return kept
}
