package stream

import (
	"context"
	"fmt"
	"slices"

	"purser/processors/core"
	"purser/topics"
)

// loadProgress finds the partition's own cell and holds it against the group's offsets: they moved in the same
// transactions, so a difference means that one of them is not what this engine committed.
func (t *task) loadProgress(ctx context.Context, r *tail, committed []int64) error {
	value := r.progress
	if value == nil {
		at, err := retry(ctx, t.w, "reading the partition's progress", func(ctx context.Context) (int64, error) {
			values, at, err := t.w.cfg.Store.Load(ctx, t.partition, []string{core.ProgressKey})
			if err == nil {
				value = values[0]
			}
			return at, err
		})
		if err != nil {
			return err
		}
		if at < t.safe {
			return t.behind(at)
		}
	}
	if value == nil {
		t.progress = &core.Progress{Meta: core.Meta{Key: core.ProgressKey}, Offsets: committed}
		return nil
	}
	c, err := t.codec.Decode(core.ProgressKey, value, t.decodeParked)
	if err != nil {
		return t.corrupt(fmt.Errorf("progress of partition %d: %w", t.partition, err))
	}
	progress, ok := c.(*core.Progress)
	if !ok {
		return t.corrupt(fmt.Errorf("the cell of partition %d's progress holds a %T", t.partition, c))
	}
	t.progress = progress
	for i, want := range t.progress.Offsets {
		if committed[i] == want {
			continue
		}
		gone, err := t.gone(ctx, topics.Inputs[i], want, committed[i])
		if err != nil {
			return err
		}
		if !gone {
			return t.disagree(ctx, fmt.Errorf("the group's offset of %s/%d is %d, but the changelog says %d was committed with the last transaction: "+
				"someone moved the group's offsets, or the changelog was cut. Set it back with kafka-consumer-groups.sh --reset-offsets --to-offset %d",
				t.w.cfg.Names.Of(topics.Inputs[i]), t.partition, committed[i], want, want))
		}
		t.w.log.Warn("an input goes on at another offset, because the records before it no longer exist", "topic", t.w.cfg.Names.Of(topics.Inputs[i]),
			"partition", t.partition, "from", want, "to", committed[i])
		t.progress.Offsets[i] = committed[i]
	}
	for len(t.progress.Offsets) < len(committed) { // an input that is newer than this cell
		t.progress.Offsets = append(t.progress.Offsets, committed[len(t.progress.Offsets)])
	}
	return nil
}

// disagree judges a difference between the offsets, the changelog, the ledger and the stores: the partition is set aside, unless
// it is this member that is late.
func (t *task) disagree(ctx context.Context, what error) error {
	if err := t.late(ctx, what); err != nil {
		return err
	}
	return t.corrupt(what)
}

// late is an error where the partition may have been another member's since this one last knew its offsets: it slept through
// the loss of its place. What it holds in memory then contradicts what it reads, which proves nothing, and it begins anew.
func (t *task) late(ctx context.Context, what error) error {
	if t.offsets == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, t.w.cfg.TransactionTimeout)
	defer cancel()
	now, err := t.committedOffsets(ctx)
	if err != nil {
		return fmt.Errorf("%w; whether the partition was another member's meanwhile is not known: %w: %w", what, err, errDoubt)
	}
	if !slices.Equal(now, t.offsets) {
		return fmt.Errorf("%w; the partition was another member's meanwhile: %w", what, errDoubt)
	}
	return nil
}

// gone says that someone moved the group's offset of an input on over nothing: all that it passes over has left the topic
// unread, and the partition could not go on otherwise.
func (t *task) gone(ctx context.Context, input string, from, to int64) (bool, error) {
	if to < from {
		return false, nil
	}
	start, err := t.startOf(ctx, t.w.cfg.Names.Of(input))
	return err == nil && to <= start, err
}
