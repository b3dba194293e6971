package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"purser/state/postgres"
	"purser/topics"
)

// course is how a sustained load went: what the checkpoint lacked, every half second, and how full the machine's memory got.
type course struct {
	lag      []float64 // ledger records
	mostUsed float64   // bytes of the file system with the servers' data, beyond what was used at the beginning
}

const (
	lookEvery = 500 * time.Millisecond
	trimEvery = 5 * time.Second
	tellEvery = 15 * time.Second
	leastFree = 2 << 30 // bytes: below, the run ends before the kernel ends it
)

// follow looks until its context ends. On the way it deletes what nobody will read again, and tells how it goes.
func (c *course) follow(until context.Context, s *system, t *tally, began time.Time) error {
	ctx := context.WithoutCancel(until) // a database's connection does not survive that a query is cut off
	store, err := postgres.Open(ctx, postgres.Config{URL: s.url})
	if err != nil {
		return err
	}
	defer store.Close()
	usedBefore, _, err := roomOf(s.lab.scratch.Dir)
	if err != nil {
		return err
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	first, err := s.behind(ctx, store)
	if err != nil {
		return err
	}
	trimmed, told, then := began, began, first
	for {
		select {
		case <-until.Done():
			return nil
		case <-look.C:
		}
		now, err := s.behind(ctx, store)
		if err != nil {
			return err
		}
		if time.Since(trimmed) >= trimEvery {
			trimmed = time.Now()
			if err := s.trim(ctx, store, t); err != nil {
				return err
			}
		}
		used, free, err := roomOf(s.lab.scratch.Dir)
		if err != nil {
			return err
		}
		c.lag = append(c.lag, float64(now.ledger))
		c.mostUsed = max(c.mostUsed, float64(used-usedBefore))
		if free < leastFree {
			return fmt.Errorf("after %s the servers' data take %.1f GiB, and no more than %.1f GiB are free", time.Since(began).Round(time.Second), float64(used)/(1<<30), float64(free)/(1<<30))
		}
		if d := time.Since(told); d >= tellEvery {
			say("sustained: %s of %s, %s/s stored, the checkpoint lacks %s, %.1f GiB of data", time.Since(began).Round(time.Second), s.lab.o.sustained,
				thousands(int(float64(now.rows-then.rows)/d.Seconds())), thousands(int(now.ledger)), float64(used-usedBefore)/(1<<30))
			told, then = time.Now(), now
		}
	}
}

// quarters are the medians of the lag in the four quarters of the time: whether it grows.
func (c *course) quarters() string {
	var all []string
	for q := range slices.Chunk(c.lag, max(1, (len(c.lag)+3)/4)) {
		all = append(all, figure(median(q)))
	}
	return strings.Join(all, ", ")
}

// trim deletes what nobody will read again, because the machine has no room for it: inputs that are committed, ledger records
// whose identities are in sealed pieces of the checkpoint (from there a restore would read), and ledger rows once they are counted.
func (s *system) trim(ctx context.Context, store *postgres.Checkpoint, t *tally) error {
	group, err := s.lab.groupOffsets(ctx, s.group)
	if err != nil {
		return err
	}
	positions, err := store.Positions(ctx, allPartitions())
	if err != nil {
		return err
	}
	done := kadm.Offsets{}
	group.Each(func(o kadm.OffsetResponse) { done.AddOffset(o.Topic, o.Partition, max(0, o.At), -1) })
	for p, at := range positions {
		done.AddOffset(s.names.Of(topics.Ledger), p, at.Sealed, -1)
	}
	if err := s.lab.deleteRecords(ctx, done); err != nil {
		return err
	}
	return t.makeRoom(ctx, s.lab.o.ledgerMost)
}

// roomOf says how many bytes of the file system that a folder is in are used and free. One in memory also ends where the
// machine's memory does.
func roomOf(dir string) (used, free int64, err error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, 0, err
	}
	available, err := availableMemory()
	return int64(fs.Blocks-fs.Bfree) * fs.Bsize, min(int64(fs.Bavail)*fs.Bsize, available), err
}
