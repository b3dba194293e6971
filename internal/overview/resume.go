package overview

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

// lookEvery is how often the group is asked while something is waited for.
const lookEvery = 250 * time.Millisecond

// Resumed is what became of an order to resume a partition.
type Resumed struct {
	Partition int32
	Outcome   Outcome
	Reason    string // of Again: the new one; of NotSetAside: its state
}

// Outcome is how it went.
type Outcome string

// What may become of it.
const (
	Runs        Outcome = "runs again"
	NotSetAside Outcome = "not set aside" // nothing was done
	Again       Outcome = "set aside again"
	Unclear     Outcome = "not running yet" // when the time was up
)

// order is one partition that is being resumed.
type order struct {
	Resumed
	offset int64       // of the event that resumes it
	since  []time.Time // of what the members said before
	done   bool
}

// Resume starts partitions again that are set aside, and waits until ctx ends to see what becomes of them. It writes an
// event to the partition, which every process that has set it aside hears. The event is also an input like any other: once
// the group has committed it, and its owner no longer says that it is set aside, the partition runs.
//
// The producer is one with kgo.ManualPartitioner.
func Resume(ctx context.Context, s Sources, producer *kgo.Client, partitions []int32) ([]Resumed, error) {
	before, err := whenSettled(ctx, &s)
	if err != nil {
		return nil, err
	}
	orders := make([]order, len(partitions))
	for i, p := range partitions {
		if p < 0 || int(p) >= len(before.Partitions) {
			return nil, fmt.Errorf("there is no partition %d: they are numbered from 0 to %d", p, len(before.Partitions)-1)
		}
		orders[i] = order{Resumed: Resumed{Partition: p, Outcome: Unclear}}
	}
	for i := range orders {
		if err := orders[i].give(ctx, s.Names, producer, &before.Partitions[orders[i].Partition]); err != nil {
			return nil, err
		}
	}
	err = await(ctx, &s, orders, len(before.Partitions))
	outcomes := make([]Resumed, len(orders))
	for i := range orders {
		outcomes[i] = orders[i].Resumed
	}
	return outcomes, err
}

func (o *order) give(ctx context.Context, names topics.Names, producer *kgo.Client, now *Partition) error {
	if len(now.Aside) == 0 {
		o.Outcome, o.Reason, o.done = NotSetAside, string(now.State), true
		return nil
	}
	for _, a := range now.Aside {
		o.since = append(o.since, a.Since)
	}
	event := topics.NewResume(names, o.Partition, topics.TimeOf(time.Now()))
	if err := producer.ProduceSync(ctx, event).FirstErr(); err != nil {
		return fmt.Errorf("write to %s/%d: %w", event.Topic, o.Partition, err)
	}
	o.offset = event.Offset
	return nil
}

// await looks until every order has an outcome, or ctx ends, which is an outcome too.
func await(ctx context.Context, s *Sources, orders []order, partitions int) error {
	for slices.ContainsFunc(orders, func(o order) bool { return !o.done }) {
		err := look(ctx, s, orders, partitions)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the time is up: what has no outcome is unclear
		}
		if err != nil {
			return err
		}
		if wait(ctx) != nil {
			return nil //nolint:nilerr // likewise
		}
	}
	return nil
}

func look(ctx context.Context, s *Sources, orders []order, partitions int) error {
	committed, err := s.Admin.FetchOffsets(ctx, s.Group)
	if err != nil {
		return fmt.Errorf("read the offsets of group %s: %w", s.Group, err)
	}
	now := standing(partitions)
	if err := now.group(ctx, s); err != nil {
		return err
	}
	for i := range orders {
		if !orders[i].done {
			orders[i].judge(committed, s.Names, &now.Partitions[orders[i].Partition])
		}
	}
	return nil
}

// judge says what became of an order. A reason that was not there before is a new failure, also where the event was
// consumed before it: another input may fail a moment later.
func (o *order) judge(committed kadm.OffsetResponses, names topics.Names, now *Partition) {
	for _, a := range now.Aside {
		if !slices.ContainsFunc(o.since, a.Since.Equal) {
			o.Outcome, o.Reason, o.done = Again, a.Reason, true
			return
		}
	}
	if at, ok := committed.Lookup(names.Of(topics.RefillTick), o.Partition); ok && at.At > o.offset && now.State == Owned {
		o.Outcome, o.done = Runs, true
	}
}

// whenSettled waits until the group shows what its members own.
func whenSettled(ctx context.Context, s *Sources) (*Overview, error) {
	ledger := s.Names.Of(topics.Ledger)
	details, err := s.Admin.ListTopics(ctx, ledger)
	if err == nil {
		err = details[ledger].Err
	}
	if err != nil {
		return nil, fmt.Errorf("look at topic %s for its partitions: %w", ledger, err)
	}
	for {
		o := standing(len(details[ledger].Partitions))
		if err := o.group(ctx, s); err != nil {
			return nil, err
		}
		if o.settled() {
			return o, nil
		}
		if err := wait(ctx); err != nil {
			return nil, fmt.Errorf("group %s did not settle: its state is %s", s.Group, o.GroupState)
		}
	}
}

func wait(ctx context.Context) error {
	timer := time.NewTimer(lookEvery)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
