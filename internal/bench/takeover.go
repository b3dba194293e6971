package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/load"
	"purser/topics"
)

// goalTakeover is in seconds, beyond the session timeout.
const goalTakeover = 5.0

// takeovers kills one of two processes, again and again, and waits until the other has committed on every partition that it
// had. The wallets are in the checkpoint; behind it is a tail of usage, because no checkpointer runs from then on.
func (l *lab) takeovers(ctx context.Context) error {
	s, err := l.newSystem(ctx, variant{Name: "takeover", Wallets: l.o.wallets, Postgres: true})
	if err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	seconds := map[bool][]float64{}
	for range l.o.takeovers {
		for _, open := range []bool{false, true} {
			took, err := s.takeover(ctx, open, l.o.tail)
			if err != nil {
				return err
			}
			say("takeover: %.2f s, open transaction: %v", took, open)
			seconds[open] = append(seconds[open], took)
		}
	}
	for _, open := range []bool{false, true} {
		l.stateTakeover(fmt.Sprintf("%s wallets in the checkpoint, a tail of %s events behind it", thousands(l.o.wallets), thousands(int(l.o.tail))), open, seconds[open])
	}
	return s.remove(ctx)
}

// allTail is a takeover where there is no checkpoint at all: every wallet and every identity is tail, which is the most that
// there can be to read.
func (l *lab) allTail(ctx context.Context) error {
	s, err := l.newSystem(ctx, variant{Name: "all tail", Wallets: l.o.wallets})
	if err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	took, err := s.takeover(ctx, false, l.o.tail)
	if err != nil {
		return err
	}
	say("alltail: %.2f s", took)
	l.stateTakeover(fmt.Sprintf("no checkpoint: %s wallets and %s events are tail", thousands(l.o.wallets), thousands(int(l.o.tail))), false, []float64{took})
	return s.remove(ctx)
}

func (l *lab) stateTakeover(of string, open bool, seconds []float64) {
	what := fmt.Sprintf("from kill -9 to a commit on each of its partitions; %s, session timeout %s", of, sessionTimeout)
	if open {
		what += ", a transaction left open"
	}
	l.report.state("takeover", what, "s", goalTakeover+sessionTimeout.Seconds(), seconds...)
}

// takeover starts a second process beside the one that runs, lets usage pile up behind the checkpoint, and kills the first.
func (s *system) takeover(ctx context.Context, open bool, tail int64) (float64, error) {
	first := s.children[0]
	firstMembers, err := s.members(ctx)
	if err != nil {
		return 0, err
	}
	if _, err := s.start(); err != nil {
		return 0, err
	}
	theirs, err := s.settled(ctx, firstMembers)
	if err != nil {
		return 0, err
	}
	if err := s.checkpointed(ctx); err != nil {
		return 0, err
	}
	if _, err := load.Run(ctx, s.load(tail)); err != nil {
		return 0, err
	}
	if err := s.drained(ctx); err != nil {
		return 0, err
	}
	trickle, stop := context.WithCancel(ctx)
	loaded := make(chan error, 1)
	c := s.load(1_000_000)
	c.Rate = 2000
	go func() {
		_, err := load.Run(trickle, c)
		loaded <- err
	}()
	took, err := s.kill(ctx, first, theirs, open)
	stop()
	if failed := <-loaded; failed != nil && !errors.Is(failed, context.Canceled) {
		err = errors.Join(err, failed)
	}
	s.children = slices.DeleteFunc(s.children, func(c *child) bool { return c == first })
	return took, err
}

// members are the client ids in the group now.
func (s *system) members(ctx context.Context) (map[string]bool, error) {
	group, err := s.lab.describeGroup(ctx, s.group)
	ids := map[string]bool{}
	for _, m := range group.Members {
		ids[m.ClientID] = true
	}
	return ids, err
}

// holdings returns how many partitions of usage are assigned, and which of them to the members of one process.
func (s *system) holdings(ctx context.Context, of map[string]bool) (held int, theirs map[int32]bool, err error) {
	group, err := s.lab.describeGroup(ctx, s.group)
	if err != nil {
		return 0, nil, err
	}
	theirs = map[int32]bool{}
	for _, m := range group.Members {
		a, ok := m.Assigned.AsConsumer()
		if !ok {
			continue
		}
		for _, t := range a.Topics {
			if t.Topic != s.names.Of(topics.Usage) {
				continue
			}
			held += len(t.Partitions)
			for _, p := range t.Partitions {
				if of[m.ClientID] {
					theirs[p] = true
				}
			}
		}
	}
	return held, theirs, nil
}

// settled waits until two processes share the partitions evenly and run all of them, and returns those of one of them,
// which is told by its members.
func (s *system) settled(ctx context.Context, of map[string]bool) (map[int32]bool, error) {
	ctx, cancel := context.WithTimeout(ctx, longestMeasure)
	defer cancel()
	for {
		held, theirs, err := s.holdings(ctx, of)
		if err != nil {
			return nil, err
		}
		// A partition that is held may still be restoring: one that commits a new record is not.
		if held == partitions && len(theirs) == partitions/2 {
			if _, err := load.Run(ctx, s.load(20_000)); err != nil {
				return nil, err
			}
			return theirs, s.drained(ctx)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("two processes do not come to share the partitions: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// kill ends a process while usage comes in and returns how long it took until a committed ledger record of a usage event
// was read from every partition that it had.
func (s *system) kill(ctx context.Context, victim *child, theirs map[int32]bool, open bool) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, longestMeasure)
	defer cancel()
	time.Sleep(500 * time.Millisecond) // the trickle of usage has begun
	var died time.Time
	if open {
		if err := victim.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
			return 0, err
		}
		select {
		case <-victim.done:
			died = victim.ended
		case <-ctx.Done():
			return 0, errors.New("the process did not kill itself within a transaction")
		}
	} else {
		died = victim.kill()
	}
	ledger := s.names.Of(topics.Ledger)
	ends, err := s.lab.stableOffsets(ctx, ledger)
	if err != nil {
		return 0, err
	}
	from := map[int32]kgo.Offset{}
	for p := range theirs {
		end, _ := ends.Lookup(ledger, p)
		from[p] = kgo.NewOffset().At(end.Offset)
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.lab.kafka.Addr), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(50*time.Millisecond),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{ledger: from}))
	if err != nil {
		return 0, err
	}
	defer cl.Close()
	waiting := maps.Clone(theirs)
	for len(waiting) > 0 {
		fetches := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			return 0, fmt.Errorf("%d partitions were not taken over: %w", len(waiting), ctx.Err())
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if !topics.IsOwnership(r) && r.Timestamp.After(died) { // the broker's clock is ours
				delete(waiting, r.Partition)
			}
		})
	}
	return time.Since(died).Seconds(), nil
}
