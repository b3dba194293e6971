package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"purser/topics"
)

// TestPostgresIsAwayForAMinute stops Postgres for a minute while a process works whose accounts are cold but for those of
// twenty orgs: these go on, the others wait. When it is back it is killed in the middle of a save; what had to wait is debited
// then, once and in order, without a restart of the process.
func TestPostgresIsAwayForAMinute(t *testing.T) {
	s := newSystem(t)
	wide := []string{"--orgs", "400", "--accounts", "400"} // a wallet each
	narrow := []string{"--orgs", "20", "--accounts", "20"} // the first twenty of them
	usageOnly := []string{"--skip-definitions", "--unknown", "0", "--oversized", "0"}
	var records []string
	load := func(name, count, rate string, args ...[]string) (wait func()) {
		record := filepath.Join(s.dir, name)
		records = append(records, record)
		all := []string{"--seed", name, "--count", count, "--rate", rate}
		for _, a := range args {
			all = append(all, a...)
		}
		return s.load(record, all...)
	}
	consumed := func() {
		s.waitFor("all is consumed", patience, func() bool { return s.committed() >= s.produced()-int64(2*s.partitions) })
	}

	before := s.run("process,checkpoint,tick", "")
	load("11", "4000", "2000", wide)()
	consumed()
	s.verify(records[0], 4000)
	before.stop()
	s.redis.Flush(t) // or the cache would know what the process does not
	p := s.run("process,checkpoint,tick", "")
	load("12", "4000", "1000", narrow, usageOnly)()
	consumed()

	if err := s.postgres.Server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	cold, decided := s.history("org-00200", "w-0000200"), s.ledgerEnd()
	hot, chill := load("13", "90000", "1500", narrow, usageOnly), load("14", "3000", "50", wide, usageOnly)
	hot()
	chill()
	consumed()
	if went := s.ledgerEnd() - decided; went < 80_000 {
		t.Errorf("of 90000 events of accounts in memory only %d were decided while Postgres was away", went)
	}
	if now := s.history("org-00200", "w-0000200"); now != cold {
		t.Errorf("an account that nobody has in memory was debited:\n%s\nand before:\n%s", now, cold)
	}
	if p.count("the checkpoint store does not answer") == 0 {
		t.Error("the process never said that the checkpoint store does not answer")
	}

	if err := s.postgres.Server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.holdSave(func() {
		if err := s.postgres.Server.Kill(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	if err := s.postgres.Server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.waitFor("the cold account is debited", patience, func() bool { return s.history("org-00200", "w-0000200") != cold })
	s.verify(strings.Join(records, ","), 4000+4000+90_000+3000)
	if p.count("the checkpoint store answers again") == 0 || p.ended() {
		t.Error("the process did not go on by itself")
	}
}

// history is what the ledger topic says of an account, without the line that says as of which offset.
func (s *system) history(org, account string) string {
	s.t.Helper()
	lines := strings.Split(s.must("ledger", org, account, "--from", "kafka"), "\n")
	return strings.Join(slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, "as of offset") }), "\n")
}

// ledgerEnd is how much there is in the ledger that is committed; a transaction's marker counts as one.
func (s *system) ledgerEnd() (sum int64) {
	s.t.Helper()
	ends, err := s.admin.ListCommittedOffsets(s.t.Context(), s.names.Of(topics.Ledger))
	if err != nil {
		s.t.Fatal(err)
	}
	ends.Each(func(o kadm.ListedOffset) { sum += o.Offset })
	return sum
}
