package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
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
	mostUsed float64   // bytes of the servers' data, every five seconds
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
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	first, err := s.behind(ctx, store)
	if err != nil {
		return err
	}
	trimmed, told, then, used := began, began, first, 0.0
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
		c.lag = append(c.lag, float64(now.ledger))
		if time.Since(trimmed) >= trimEvery {
			trimmed = time.Now()
			if used, err = c.room(s.lab.scratch.Dir); err != nil {
				return fmt.Errorf("after %s: %w", time.Since(began).Round(time.Second), err)
			}
			if err := s.trim(ctx, store, t); err != nil {
				return err
			}
		}
		if d := time.Since(told); d >= tellEvery {
			say("sustained: %s of %s, %s/s stored, the checkpoint lacks %s, %.1f GiB of data", time.Since(began).Round(time.Second), s.lab.o.sustained,
				thousands(int(float64(now.rows-then.rows)/d.Seconds())), thousands(int(now.ledger)), used/(1<<30))
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

// room looks at what the servers' data take, in bytes, and at what is left for them.
func (c *course) room(dir string) (used float64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				if stat, ok := info.Sys().(*syscall.Stat_t); ok {
					used += 512 * float64(stat.Blocks)
				}
			}
		}
		if errors.Is(err, fs.ErrNotExist) { // deleted while we look
			return nil
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	c.mostUsed = max(c.mostUsed, used)
	free, err := availableMemory()
	if err == nil && free < leastFree {
		err = fmt.Errorf("the servers' data take %.1f GiB, and no more than %.1f GiB of memory are free", used/(1<<30), float64(free)/(1<<30))
	}
	return used, err
}
