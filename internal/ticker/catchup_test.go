package ticker_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"purser/internal/ticker"
)

func reachedAt(times ...time.Time) []ticker.Reached {
	all := make([]ticker.Reached, len(times))
	for i, at := range times {
		all[i].Tick = at
	}
	return all
}

// TestSteps: they are counted from the partition that is farthest behind, and the last one is the end itself, also where the
// steps do not meet it.
func TestSteps(t *testing.T) {
	at := func(hour, minute int) time.Time { return time.Date(2026, 1, 31, hour, minute, 0, 0, time.UTC) }
	never := time.Time{}
	for what, test := range map[string]struct {
		reached []ticker.Reached
		every   time.Duration
		want    []time.Time
	}{
		"in hours":                       {reachedAt(at(22, 0), at(20, 0), at(23, 0)), time.Hour, []time.Time{at(21, 0), at(22, 0), at(22, 30)}},
		"in one":                         {reachedAt(at(22, 0), at(20, 0)), 0, []time.Time{at(22, 30)}},
		"a step that is longer than all": {reachedAt(at(22, 0)), 24 * time.Hour, []time.Time{at(22, 30)}},
		"all are there":                  {reachedAt(at(22, 30), at(23, 0)), time.Hour, nil},
		"who never heard of a tick":      {reachedAt(never, never), time.Hour, []time.Time{at(22, 30)}},
		"one never heard of a tick":      {reachedAt(never, at(21, 0)), time.Hour, []time.Time{at(22, 0), at(22, 30)}},
		"the others are past it":         {reachedAt(never, at(23, 0)), time.Hour, []time.Time{at(22, 30)}},
	} {
		c := ticker.CatchUp{Until: at(22, 30), Every: test.every}
		if got := c.Steps(test.reached); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", what, got, test.want)
		}
	}
}

// TestCatchUpWaitsForEachStep: nobody is told of the next step before all have run the one before.
func TestCatchUpWaitsForEachStep(t *testing.T) {
	tick, client := newTicker(t)
	from := time.Date(2026, 1, 31, 22, 0, 0, 0, time.UTC)
	c := ticker.CatchUp{Until: from.Add(150 * time.Minute), Every: time.Hour, Timeout: time.Minute}
	questions := 0
	c.Reached = func(context.Context) ([]ticker.Reached, error) {
		// One partition after the other does what it was told last, one at each question.
		questions++
		all := told(t, client)
		reached := make([]ticker.Reached, partitions)
		for p, times := range all {
			last := len(times) - 1
			if questions%(partitions+1) <= p {
				last--
			}
			if last >= 0 {
				reached[p].Tick = times[last]
			}
		}
		return reached, nil
	}
	var shown []ticker.Step
	c.Show = func(s ticker.Step) { shown = append(shown, s) }
	steps := c.Steps(reachedAt(from, from, from))
	if err := c.Run(t.Context(), tick, steps); err != nil {
		t.Fatal(err)
	}
	for p, times := range told(t, client) {
		if !slices.Equal(times, steps) {
			t.Errorf("partition %d was told %v, want %v", p, times, steps)
		}
	}
	for i, s := range shown {
		last := i+1 == len(shown)
		if next := !last && shown[i+1].Number > s.Number; (next || last) != (s.Through == s.All) {
			t.Errorf("it goes on, or does not, at %+v", s)
		}
	}
	if last := shown[len(shown)-1]; last.Number != 3 || last.Of != 3 || !last.At.Equal(c.Until) {
		t.Errorf("it ends at %+v", last)
	}
}

// TestCatchUpGivesUp where nobody gets further, and not while the ledger grows.
func TestCatchUpGivesUp(t *testing.T) {
	tick, _ := newTicker(t)
	now := time.Now()
	c := ticker.CatchUp{Until: now, Timeout: 200 * time.Millisecond, Show: func(ticker.Step) {}}
	entries := uint64(0)
	c.Reached = func(context.Context) ([]ticker.Reached, error) {
		if entries < 10 { // half a second in all
			entries++
		}
		return []ticker.Reached{{Entry: entries}}, nil
	}
	if err := c.Run(t.Context(), tick, []time.Time{now}); !errors.Is(err, ticker.ErrStands) || entries != 10 {
		t.Errorf("after %d entries: %v", entries, err)
	}
}
