package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

// resumes listens for the events that start set-aside partitions again. The group's session cannot: it commits whatever it
// has polled, and nothing of a partition without a task may be polled. So a plain consumer of no group reads the ticks of
// what is set aside, from their end at that time on, and only as long as anything is.
//
// It reads what is not committed too: a resume is in no transaction, and the open one of a dead owner must not hide it. The
// event is also an input like any other, which the new task consumes in its turn and which then does nothing.
type resumes struct {
	cfg   *Config
	aside *setAside
}

func (r *resumes) run(ctx context.Context) {
	const pause = time.Second
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.aside.added:
		}
		for len(r.aside.all()) > 0 && ctx.Err() == nil {
			if err := r.listen(ctx); err != nil && ctx.Err() == nil {
				r.cfg.Logger.Warn("listening for resumes; it is tried again", "error", err)
				select {
				case <-ctx.Done():
				case <-time.After(pause):
				}
			}
		}
	}
}

// listen hears resumes until nothing is set aside or ctx ends.
func (r *resumes) listen(ctx context.Context) error {
	client, err := kgo.NewClient(append(slices.Clone(r.cfg.Client),
		kgo.ClientID(r.cfg.ClientID+"-resume"),
		kgo.FetchIsolationLevel(kgo.ReadUncommitted()),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchMaxWait(250*time.Millisecond),
	)...)
	if err != nil {
		return fmt.Errorf("a reader of resumes: %w", err)
	}
	defer client.Close()
	var followed []int32
	for ctx.Err() == nil {
		aside := r.aside.all()
		if len(aside) == 0 {
			return nil
		}
		if err := r.follow(ctx, client, followed, aside); err != nil {
			return err
		}
		followed = aside
		if err := r.poll(ctx, client); err != nil {
			return err
		}
	}
	return nil
}

// follow makes the partitions that are read those that are set aside. A partition that joins them is read from its end.
func (r *resumes) follow(ctx context.Context, client *kgo.Client, before, now []int32) error {
	ticks := r.cfg.Names.Of(topics.RefillTick)
	gone := slices.DeleteFunc(slices.Clone(before), func(p int32) bool { return slices.Contains(now, p) })
	if len(gone) > 0 {
		client.RemoveConsumePartitions(map[string][]int32{ticks: gone})
	}
	added := slices.DeleteFunc(slices.Clone(now), func(p int32) bool { return slices.Contains(before, p) })
	if len(added) > 0 {
		limited, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		ends, err := kadm.NewClient(client).ListEndOffsets(limited, ticks)
		if err == nil {
			err = ends.Error()
		}
		if err != nil {
			return fmt.Errorf("where %s ends: %w", ticks, err)
		}
		from := make(map[int32]kgo.Offset, len(added))
		for _, p := range added {
			end, ok := ends.Lookup(ticks, p)
			if !ok {
				return fmt.Errorf("the broker says nothing of %s/%d", ticks, p)
			}
			from[p] = kgo.NewOffset().At(end.Offset)
		}
		client.AddConsumePartitions(map[string]map[int32]kgo.Offset{ticks: from})
	}
	r.aside.hear(now)
	return nil
}

// poll reads for a moment: then there may be more to follow, or less.
func (r *resumes) poll(ctx context.Context, client *kgo.Client) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 250*time.Millisecond)
	defer cancel()
	fetches := client.PollFetches(ctx)
	fetches.EachError(func(topic string, p int32, bad error) {
		if !errors.Is(bad, context.DeadlineExceeded) && !errors.Is(bad, context.Canceled) {
			err = fmt.Errorf("reading %s/%d: %w", topic, p, bad)
		}
	})
	fetches.EachRecord(func(rec *kgo.Record) {
		if topics.IsResume(rec) {
			r.aside.resume(rec.Partition)
		}
	})
	return err
}
