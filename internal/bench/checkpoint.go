package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"purser/internal/config"
	"purser/internal/servers"
	"purser/state/postgres"
	"purser/topics"
)

// createDatabase gives a system a database of its own with the tables in it.
func (s *system) createDatabase(ctx context.Context) error {
	name := strings.TrimSuffix(s.names.Prefix, ".")
	if err := servers.CreateDatabase(ctx, s.lab.postgres.Addr, name); err != nil {
		return err
	}
	s.url = servers.PostgresURL(s.lab.postgres.Addr, name)
	store, err := postgres.Open(ctx, postgres.Config{URL: s.url})
	if err != nil {
		return err
	}
	defer store.Close()
	_, err = store.Migrate(ctx)
	return err
}

// startCheckpointer runs the role that brings ledger and changelog to Postgres, in a process of its own: its CPU is told
// apart from that of the loop.
func (s *system) startCheckpointer() (*child, error) {
	return s.startRole("app", config.RoleCheckpoint)
}

// dropDatabase deletes the database again: it may be in memory.
func (s *system) dropDatabase(ctx context.Context) error {
	if s.url == "" {
		return nil
	}
	conn, err := pgx.Connect(ctx, servers.PostgresURL(s.lab.postgres.Addr, servers.PostgresUser))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "DROP DATABASE "+pgx.Identifier{strings.TrimSuffix(s.names.Prefix, ".")}.Sanitize()+" WITH (FORCE)")
	s.url = ""
	return err
}

// checkpointed runs a checkpointer until Postgres has everything, and stops it again.
func (s *system) checkpointed(ctx context.Context) error {
	if s.url == "" {
		return nil
	}
	c, err := s.startCheckpointer()
	if err != nil {
		return err
	}
	if err := s.caughtUp(ctx, true); err != nil {
		return err
	}
	s.children = slices.DeleteFunc(s.children, func(other *child) bool { return other == c })
	return c.stop()
}

// allPartitions are their numbers.
func allPartitions() []int32 {
	all := make([]int32, partitions)
	for p := range all {
		all[p] = int32(p)
	}
	return all
}

// behind is how many records Postgres lacks, commit markers not counted.
type behind struct {
	ledger, cells int64  // records of the ledger and of the changelog
	rows          uint64 // ledger records that it has
}

func (s *system) behind(ctx context.Context, store *postgres.Checkpoint) (b behind, err error) {
	ledger, changelog := s.names.Of(topics.Ledger), s.names.Of(topics.Changelog)
	ends, err := s.lab.stableOffsets(ctx, ledger, changelog)
	if err != nil {
		return b, err
	}
	positions, err := store.Positions(ctx, allPartitions())
	if err != nil {
		return b, err
	}
	for p, at := range positions {
		endLedger, ok := ends.Lookup(ledger, p)
		endChangelog, okToo := ends.Lookup(changelog, p)
		if !ok || !okToo {
			return b, fmt.Errorf("partition %d of ledger or changelog is not there", p)
		}
		b.ledger += max(0, endLedger.Offset-at.Ledger)
		b.cells += max(0, endChangelog.Offset-at.Changelog)
		b.rows += at.Entry
	}
	return b, nil
}

// caughtUp waits until Postgres has what there is of the ledger, and where it is asked for, of the changelog. A log ends in a
// commit marker, which a checkpoint may or may not count, so one offset a partition may be left.
func (s *system) caughtUp(ctx context.Context, cells bool) error {
	ctx, cancel := context.WithTimeout(ctx, s.patience())
	defer cancel()
	store, err := postgres.Open(ctx, postgres.Config{URL: s.url})
	if err != nil {
		return err
	}
	defer store.Close()
	for {
		left, err := s.behind(ctx, store)
		if err != nil {
			return err
		}
		if left.ledger <= partitions && (!cells || left.cells <= partitions) {
			return nil
		}
		for _, c := range s.children {
			if err := c.alive(); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the checkpoint lacks %d ledger records and %d of the changelog: %w", left.ledger, left.cells, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
