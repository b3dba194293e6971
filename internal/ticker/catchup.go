package ticker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// CatchUp brings partitions from where each is to a later time.
type CatchUp struct {
	Until   time.Time
	Every   time.Duration // length of a step; zero: all in one
	Reached func(ctx context.Context) ([]Reached, error)
	Timeout time.Duration // how long partitions may stand still
	Show    func(Step)
}

// Reached is how far a partition is.
type Reached struct {
	Tick  time.Time // what was due up to here has run; zero: it never heard of a tick
	Entry uint64    // of its ledger: it grows while what is due runs
}

// Step is how far it is.
type Step struct {
	At           time.Time
	Number, Of   int
	Through, All int // partitions
}

// ErrStands says that nobody works the ticks off.
var ErrStands = errors.New("no partition gets further: does a process run, and does it accept this time?")

// Steps are the times that partitions are told, the last one being Until; none where all of them are past it. They are counted
// from the partition that is farthest behind, and from Until where no partition has ever heard of a tick.
func (c *CatchUp) Steps(reached []Reached) []time.Time {
	from, all := c.Until, true
	for _, r := range reached {
		if all = all && !r.Tick.Before(c.Until); !r.Tick.IsZero() && r.Tick.Before(from) {
			from = r.Tick
		}
	}
	if all {
		return nil
	}
	var steps []time.Time
	if c.Every > 0 {
		for at := from.Add(c.Every); at.Before(c.Until); at = at.Add(c.Every) {
			steps = append(steps, at)
		}
	}
	return append(steps, c.Until)
}

// Run tells every partition of each step, and waits until all have run what was due by then before it goes on. What a
// partition is past already changes nothing there (R1.7).
func (c *CatchUp) Run(ctx context.Context, t *Ticker, steps []time.Time) error {
	for i, at := range steps {
		if err := t.Tick(ctx, at); err != nil {
			return err
		}
		if err := c.await(ctx, Step{At: at, Number: i + 1, Of: len(steps)}); err != nil {
			return fmt.Errorf("step %d of %d, to %s: %w", i+1, len(steps), at.UTC().Format(time.RFC3339), err)
		}
	}
	return nil
}

const lookEvery = 50 * time.Millisecond

func (c *CatchUp) await(ctx context.Context, s Step) error {
	moved, before := time.Now(), []Reached(nil)
	for {
		reached, err := c.Reached(ctx)
		if err != nil {
			return err
		}
		s.Through, s.All = 0, len(reached)
		for _, r := range reached {
			if !r.Tick.Before(s.At) {
				s.Through++
			}
		}
		c.Show(s)
		if s.Through == s.All {
			return nil
		}
		if !slices.Equal(reached, before) {
			moved, before = time.Now(), reached
		}
		if time.Since(moved) > c.Timeout {
			return ErrStands
		}
		pause := time.NewTimer(lookEvery)
		select {
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		case <-pause.C:
		}
	}
}
