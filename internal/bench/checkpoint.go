package main

import (
	"context"
	"fmt"
	"strings"
	"time"

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

// lag is how many ledger records Postgres lacks, commit markers not counted.
func (s *system) lag(ctx context.Context, store *postgres.Checkpoint) (int64, error) {
	all := make([]int32, partitions)
	for p := range all {
		all[p] = int32(p)
	}
	ends, err := s.lab.admin.ListCommittedOffsets(ctx, s.names.Of(topics.Ledger))
	if err != nil {
		return 0, err
	}
	positions, err := store.Positions(ctx, all)
	if err != nil {
		return 0, err
	}
	left := int64(0)
	for p, at := range positions {
		end, ok := ends.Lookup(s.names.Of(topics.Ledger), p)
		if !ok {
			return 0, fmt.Errorf("partition %d of the ledger is not there", p)
		}
		left += max(0, end.Offset-at.Ledger)
	}
	return left, nil
}

// caughtUp waits until Postgres has what there is of the ledger. A log ends in a commit marker, which a checkpoint may
// or may not count, so one offset a partition may be left.
func (s *system) caughtUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, longestMeasure)
	defer cancel()
	store, err := postgres.Open(ctx, postgres.Config{URL: s.url})
	if err != nil {
		return err
	}
	defer store.Close()
	for {
		left, err := s.lag(ctx, store)
		if err != nil {
			return err
		}
		if left <= partitions {
			return nil
		}
		for _, c := range s.children {
			if err := c.alive(); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the checkpoint lacks %d ledger records: %w", left, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// watchLag looks at the lag every half second until ctx ends.
func (s *system) watchLag(ctx context.Context, lags chan<- []float64) {
	var all []float64
	defer func() { lags <- all }()
	store, err := postgres.Open(ctx, postgres.Config{URL: s.url})
	if err != nil {
		return
	}
	defer store.Close()
	look := time.NewTicker(500 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		if left, err := s.lag(ctx, store); err == nil {
			all = append(all, float64(left))
		}
	}
}

// rows counts the ledger rows that are in Postgres.
func (s *system) rows(ctx context.Context) (int64, error) {
	store, err := postgres.Open(ctx, postgres.Config{URL: s.url})
	if err != nil {
		return 0, err
	}
	defer store.Close()
	sum := int64(0)
	for p := range int32(partitions) {
		positions, err := store.Positions(ctx, []int32{p})
		if err != nil {
			return 0, err
		}
		sum += int64(positions[p].Entry)
	}
	return sum, nil
}
