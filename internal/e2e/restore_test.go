package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"purser/topics"
)

// TestPostgresIsSetBack brings an old backup in under a running process: its partitions stop, purser restore brings Postgres up
// to date while the process runs, purser partitions resume starts them again, and everything adds up.
func TestPostgresIsSetBack(t *testing.T) {
	s := newSystem(t).hurry()
	first := filepath.Join(s.dir, "first")
	p := s.run(everything, "")
	s.load(first, "--seed", "21", "--count", "10000", "--accounts", "5000")()
	s.verify(first, 10_000)
	backup := "BACKUP=" + filepath.Join(s.dir, "backup")
	page := s.runbook("restore")
	page.walk("How to look")
	s.shell(page.block("From a backup", 0), backup)

	second := filepath.Join(s.dir, "second")
	s.load(second, "--seed", "22", "--count", "10000", "--accounts", "5000")()
	s.verify(first+","+second, 20_000)

	s.shell(strings.Split(page.block("From a backup", 1), "\n")[0], backup) // under its hands
	s.waitFor("every partition says so", patience, func() bool {
		return p.count("partition is set aside", "the checkpoint store was set back") == partitions
	})
	back := s.runbook("store-set-back")
	back.walk("How to look")
	if said := back.walk("How to go on", "P=0 1 2 3 4 5 6 7"); !strings.Contains(said, "restored: ") || strings.Count(said, "runs again") != partitions {
		t.Errorf("docs/runbooks/store-set-back.md leads to\n%s", said)
	}
	third := filepath.Join(s.dir, "third")
	s.load(third, "--seed", "23", "--count", "10000", "--accounts", "5000")()
	s.verify(strings.Join([]string{first, second, third}, ","), 30_000)
	page.walk("How to go on")
}

// TestRestoreFromABackup loses Postgres while nobody runs, brings a backup in and what followed it.
func TestRestoreFromABackup(t *testing.T) {
	s := newSystem(t).hurry()
	first, second := filepath.Join(s.dir, "first"), filepath.Join(s.dir, "second")
	backup := "BACKUP=" + filepath.Join(s.dir, "backup")
	page := s.runbook("restore")
	s.run(everything, "")
	s.cards()
	s.load(first, "--seed", "31", "--count", "10000", "--accounts", "5000", "--mix", "full")()
	s.drained()
	s.shell(page.block("From a backup", 0), backup) // in the middle of a checkpoint, perhaps
	s.load(second, "--seed", "32", "--count", "10000", "--accounts", "5000", "--mix", "full")()
	s.verify(first+","+second, 20_000)
	s.stopAll()

	s.emptyPostgres()
	if said := s.shell(page.block("From a backup", 1), backup); !strings.Contains(said, "goes on from there") {
		t.Errorf("the backup was not gone on from:\n%s", said)
	}
	s.redis.Flush(t)
	s.run(everything, "")
	s.verify(first+","+second, 20_000)
}

// TestRestoreFromNothingButKafka empties Postgres and Redis, breaks a restore off in the middle, and begins it again.
func TestRestoreFromNothingButKafka(t *testing.T) {
	s := newSystem(t).hurry()
	first, second := filepath.Join(s.dir, "first"), filepath.Join(s.dir, "second")
	s.run(everything, "")
	s.load(first, "--seed", "41", "--count", "60000", "--accounts", "5000")()
	s.verify(first, 60_000)
	s.stopAll()

	s.emptyPostgres()
	s.redis.Flush(t)
	s.must("migrate")
	broken := s.command("restore")
	if err := broken.Start(); err != nil {
		t.Fatal(err)
	}
	s.waitFor("the restore has begun", patience, func() bool { return s.rows() > 0 })
	_ = broken.Process.Kill()
	_ = broken.Wait()
	if said := s.runbook("restore").walk("From nothing"); !strings.Contains(said, "goes on from there") {
		t.Errorf("what was restored before was not gone on from:\n%s", said)
	}
	if said := s.must("restore"); strings.Count(said, "is up to date") != partitions {
		t.Errorf("a second restore has something to do:\n%s", said)
	}
	s.run(everything, "")
	s.load(second, "--seed", "42", "--count", "10000", "--accounts", "5000")()
	s.verify(first+","+second, 70_000)
}

// TestABackupOlderThanTheDeletionsIsRebuilt: the changelog tells of deletions for a second here, and so a backup of this very
// minute is too old to be gone on from. Partitions and checkpointer refuse it, also in a process that has only just
// started, and purser restore begins anew.
func TestABackupOlderThanTheDeletionsIsRebuilt(t *testing.T) {
	s := newSystem(t).hurry()
	first, second := filepath.Join(s.dir, "first"), filepath.Join(s.dir, "second")
	backup := "BACKUP=" + filepath.Join(s.dir, "backup")
	page := s.runbook("restore")
	s.run(everything, "")
	s.load(first, "--seed", "51", "--count", "10000", "--accounts", "2000")()
	s.verify(first, 10_000)
	s.shell(page.block("From a backup", 0), backup)
	s.load(second, "--seed", "52", "--count", "10000", "--accounts", "2000")()
	s.verify(first+","+second, 20_000)
	s.loaded.Store(false)
	s.progress(4 * partitions) // ticks: every partition knows how far the checkpoint is, and says so
	s.stopAll()

	s.configure(topics.Changelog, "delete.retention.ms", "1000")
	s.emptyPostgres()
	s.shell(strings.Split(page.block("From a backup", 1), "\n")[0], backup)
	// What a cell looks like that was deleted after the backup, and of which the changelog tells nothing any more.
	const relic = `'\x611f6f72671f72656c6963'::bytea`
	s.execute("INSERT INTO cell (partition, key, value) SELECT 0, " + relic + ", value FROM cell WHERE partition = 0 LIMIT 1")
	p := s.run(everything, "")
	s.waitFor("every partition refuses it", patience, func() bool {
		return p.count("partition is set aside", "the checkpoint store was set back", "purser restore") == partitions &&
			p.count("the checkpoint of this partition has stopped", "older than the deletions") == partitions
	})
	p.stop()
	if said := s.must("restore"); strings.Count(said, "is rebuilt from the beginning") != partitions {
		t.Errorf("it was not rebuilt:\n%s", said)
	}
	if left := s.countRows("cell WHERE key = " + relic); left != 0 {
		t.Error("a cell that was deleted since the backup is there again")
	}
	s.configure(topics.Changelog, "delete.retention.ms", "604800000")
	s.run(everything, "")
	s.verify(first+","+second, 20_000)
}

// TestTopicsThatWereCutStopWhatNeedsThem deletes records of a changelog and of a ledger that Postgres does not hold, and
// brings in the backup that does.
func TestTopicsThatWereCutStopWhatNeedsThem(t *testing.T) {
	s := newSystem(t).hurry()
	backup := "BACKUP=" + filepath.Join(s.dir, "backup")
	empty := "BACKUP=" + filepath.Join(s.dir, "empty")
	page := s.runbook("restore")
	s.shell(page.block("From a backup", 0), empty)
	s.run(everything, "")
	orgs := make([]string, 3)
	for p := range orgs {
		orgs[p] = s.orgOn(int32(p), 0)
	}
	s.define(orgs...)
	for n := range 3 {
		for _, org := range orgs {
			s.send(s.message(org, fmt.Sprint("u", n), noTime))
		}
	}
	for _, org := range orgs {
		s.charged(org, 3)
	}
	s.stopAll()
	s.shell(page.block("From a backup", 0), backup)

	const changelogCut, ledgerCut, whole = 0, 1, 2
	s.configure(topics.Changelog, "cleanup.policy", "compact,delete")
	s.cutTo(topics.Changelog, changelogCut, s.position(changelogCut))
	s.configure(topics.Changelog, "cleanup.policy", "compact")
	s.cut(topics.Ledger, ledgerCut)
	s.redis.Flush(t)
	s.shell(strings.Split(page.block("From a backup", 1), "\n")[0], empty)
	p := s.run(everything, "")
	p.says("partition is set aside", s.names.Of(topics.Changelog)+"/0", "OFFSET_OUT_OF_RANGE", "cut past what the checkpoint holds", "purser restore")
	p.says("partition is set aside", s.names.Of(topics.Ledger)+"/1 ends at entry 0, but the changelog says", "cut past what the checkpoint holds", "purser restore")
	p.says("the checkpoint of this partition has stopped", "partition=0", "cut past what the checkpoint holds")
	s.send(s.message(orgs[whole], "goes on", noTime))
	s.charged(orgs[whole], 4)
	s.stopAll()

	cut := s.runbook("topic-cut")
	if said := cut.walk("How to look"); strings.Count(said, "it cannot be restored: ") != 2 {
		t.Errorf("purser restore --dry-run says\n%s", said)
	}
	if out, err := s.command("restore").CombinedOutput(); err == nil || !strings.Contains(string(out), "partition 0 cannot be restored") {
		t.Errorf("purser restore of what is gone: %v\n%s", err, out)
	}
	cut.walk("How to go on", backup)
	p = s.run(everything, "")
	for _, org := range orgs[:whole] {
		s.send(s.message(org, "goes on", noTime))
		s.charged(org, 4)
	}
	s.charged(orgs[whole], 4)
	p.stop()
}

// TestACheckpointThatIsAheadIsRefused gives a partition a Postgres that knows more than the topics hold.
func TestACheckpointThatIsAheadIsRefused(t *testing.T) {
	s := newSystem(t).hurry()
	s.run(everything, "")
	org := s.orgOn(0, 0)
	s.define(org)
	s.charged(org, 0)
	s.stopAll()
	s.execute("UPDATE checkpoint SET changelog = changelog + 1000 WHERE partition = 0")
	p := s.run(everything, "")
	p.says("partition is set aside", "partition=0", "which ends at", "the broker has lost records")
	if out, err := s.command("restore", "--dry-run").CombinedOutput(); err == nil || !strings.Contains(string(out), "more than there is") {
		t.Errorf("purser restore --dry-run: %v\n%s", err, out)
	}
}

// position is where Postgres is in the changelog of a partition.
func (s *system) position(p int) (changelog int64) {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.postgres.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(s.t.Context())
	if err := conn.QueryRow(s.t.Context(), "SELECT changelog FROM checkpoint WHERE partition = $1", p).Scan(&changelog); err != nil {
		s.t.Fatal(err)
	}
	return changelog
}

// hurry lets the checkpoint write changed cells at once, so that a test does not wait for what it does not test.
func (s *system) hurry() *system {
	s.env = append(s.env, "PURSER_CHECKPOINT_CELLS_INTERVAL=500ms")
	return s
}

// block returns the n-th block of commands under a heading.
func (r *runbook) block(heading string, n int) string {
	r.s.t.Helper()
	blocks := r.blocks(heading)
	if n >= len(blocks) {
		r.s.t.Fatalf("docs/runbooks/%s.md has %d blocks of commands under %q", r.name, len(blocks), heading)
	}
	return blocks[n]
}

// stopAll ends every process that runs.
func (s *system) stopAll() {
	s.t.Helper()
	for _, p := range s.processes {
		if !p.ended() {
			p.stop()
		}
	}
	s.processes = nil
}

func (s *system) execute(sql string) {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.postgres.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(s.t.Context())
	if _, err := conn.Exec(s.t.Context(), sql); err != nil {
		s.t.Fatal(err)
	}
}

// emptyPostgres exchanges the database for one in which there is nothing.
func (s *system) emptyPostgres() {
	s.t.Helper()
	s.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
}

// rows is how many ledger rows are in Postgres.
func (s *system) rows() int { return s.countRows("ledger") }

// countRows counts rows of a table; 0 where there is none yet.
func (s *system) countRows(from string) (n int) {
	conn, err := pgx.Connect(s.t.Context(), s.postgres.URL)
	if err != nil {
		return 0
	}
	defer conn.Close(s.t.Context())
	_ = conn.QueryRow(s.t.Context(), "SELECT count(*) FROM "+from).Scan(&n)
	return n
}
