package stream

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"purser/internal/failpoint"
	"purser/internal/stream/takeover"
	"purser/processors/core"
	"purser/state"
	"purser/topics"
)

// restore makes the task what its partition's committed records say it is. In this order:
//
//  1. A dead owner's open transaction is ended; otherwise it would hide everything behind it until it times out.
//  2. The committed input offsets are read, once no transaction that would move them is open.
//  3. An ownership record is committed to changelog and ledger: everything a predecessor committed lies before it.
//  4. Both are read from the checkpoint's position up to that record: cells into memory as they come, the last of a key wins.
//  5. Only then is the progress known, which must agree with offsets and ledger, and what is due and held.
//
// Steps that the stores or the broker do not answer are tried again until the task is stopped.
func (t *task) restore(ctx context.Context) error {
	cfg := t.w.cfg
	cfg.fail("restore-begin")
	if err := t.endDeadTransactions(ctx); err != nil {
		return err
	}
	committed, err := t.committedOffsets(ctx)
	if err != nil {
		return err
	}
	t.offsets = slices.Clone(committed)
	cfg.fail("restore-offsets")
	changelogEnd, ledgerEnd, err := t.takeOwnership(ctx)
	if err != nil {
		return err
	}
	cfg.fail("restore-owned")
	pos, err := t.position(ctx)
	if err != nil {
		return err
	}
	for name, at := range map[string]struct{ store, own int64 }{
		topics.Changelog: {pos.Changelog, changelogEnd}, topics.Ledger: {pos.Ledger, ledgerEnd},
	} {
		if err := t.within(ctx, cfg.Names.Of(name), at.store, at.own); err != nil {
			return err
		}
	}
	tail, err := t.readTail(ctx, pos, changelogEnd, ledgerEnd)
	if err != nil {
		return err
	}
	cfg.fail("restore-read")
	if err := t.fill(ctx, pos, tail, committed); err != nil {
		return err
	}
	t.startCache(ctx, pos, changelogEnd, tail.images)
	return nil
}

// within refuses a checkpoint that has more of a topic than there is. It may well have the ownership record of this restore,
// and one that a sleeper wrote after it.
func (t *task) within(ctx context.Context, topic string, store, own int64) error {
	if store <= own+1 {
		return nil
	}
	end, err := retry(ctx, t.w, "reading where a topic ends", func(ctx context.Context) (int64, error) {
		ends, err := t.w.admin.ListEndOffsets(ctx, topic)
		if err != nil {
			return 0, err
		}
		end, _ := ends.Lookup(topic, t.partition)
		return end.Offset, end.Err
	})
	if err != nil || store <= end {
		return err
	}
	return t.corrupt(fmt.Errorf("the checkpoint is at offset %d of %s/%d, which ends at %d: the broker has lost records that were committed, or this is "+
		"another cluster's Postgres. Bring back the broker's data, or the Postgres that belongs to it", store, topic, t.partition, end))
}

func (t *task) endDeadTransactions(ctx context.Context) error {
	if failpoint.Off("end-dead") {
		return nil
	}
	ended, err := takeover.EndOpenTransactions(ctx, t.w.client, t.w.cfg.Group, map[string][]int32{
		t.w.cfg.Names.Of(topics.Ledger):    {t.partition},
		t.w.cfg.Names.Of(topics.Changelog): {t.partition},
	})
	for _, id := range ended {
		t.w.log.Info("ended a dead owner's open transaction", "partition", t.partition, "transactional_id", id)
		t.w.cfg.Metrics.DeadTransactions.Inc()
	}
	if err != nil {
		return fmt.Errorf("ending dead owners' transactions: %w", err)
	}
	return nil
}

func (t *task) position(ctx context.Context) (state.Position, error) {
	t.restoredAt = time.Now()
	positions, err := retry(ctx, t.w, "reading the checkpoint's position", func(ctx context.Context) (map[int32]state.Position, error) {
		return t.w.cfg.Store.Positions(ctx, []int32{t.partition})
	})
	return positions[t.partition], err
}

// takeOwnership returns the offsets on changelog and ledger up to which they have to be read: those of the task's own records.
func (t *task) takeOwnership(ctx context.Context) (changelog, ledger int64, err error) {
	changelog, ledger, err = t.w.owner.take(t.w.grace, t.partition)
	if err == nil && failpoint.Off("read-to-ownership") {
		return t.stableEnds(ctx)
	}
	return changelog, ledger, err
}

// stableEnds is where changelog and ledger end for readers of committed records, for the proof that it does not say how far to
// read.
func (t *task) stableEnds(ctx context.Context) (changelog, ledger int64, err error) {
	names := t.w.cfg.Names
	ends, err := t.w.admin.ListCommittedOffsets(ctx, names.Of(topics.Changelog), names.Of(topics.Ledger))
	onChangelog, _ := ends.Lookup(names.Of(topics.Changelog), t.partition)
	onLedger, _ := ends.Lookup(names.Of(topics.Ledger), t.partition)
	return onChangelog.Offset - 1, onLedger.Offset - 1, err
}

// fill completes memory, duplicate index and due work from the tail and the checkpoint.
func (t *task) fill(ctx context.Context, pos state.Position, r *tail, committed []int64) error {
	t.safe = pos.Changelog
	if r.known > pos.Changelog { // what followed may no longer tell of every deletion: purser restore looks whether it does
		t.safe = r.known
		return t.behind(pos.Changelog)
	}
	if err := t.loadProgress(ctx, r, committed); err != nil {
		return err
	}
	t.memory.Resume(t.progress)
	if len(r.spoilt) > 0 {
		key := slices.Min(slices.Collect(maps.Keys(r.spoilt)))
		return t.corrupt(fmt.Errorf("cell %q of changelog %d: %w", key, t.partition, r.spoilt[key]))
	}
	for key := range r.held {
		if c, _ := t.memory.Cell(key); c != nil {
			t.noteHeld(c)
		}
	}
	if err := t.loadDue(ctx); err != nil {
		return err
	}
	t.stuck = t.due.upTo(t.until()) // what drove it before may have been lost with the store
	if err := t.loadIndex(ctx, pos, r); err != nil {
		return err
	}
	// Pieces come without a position: had the store been set back before they were read, it would still be behind.
	now, err := t.position(ctx)
	if err == nil && (now.Changelog < pos.Changelog || now.SealedEntry < pos.SealedEntry) {
		err = t.behind(now.Changelog)
	}
	return err
}

// loadDue enters what the checkpoint knows to be due; what the tail has changed since is entered already.
func (t *task) loadDue(ctx context.Context) error {
	var held []string
	at, err := retry(ctx, t.w, "reading what is due", func(ctx context.Context) (int64, error) {
		held = held[:0]
		return t.w.cfg.Store.Due(ctx, t.partition, func(key string, due core.Time) error {
			if !t.memory.Knows(key) {
				t.due.add(due, key)
				if core.IsHeldKey(key) {
					held = append(held, key)
				}
			}
			return nil
		})
	})
	if err == nil && at < t.safe {
		err = t.behind(at)
	}
	if err != nil || len(held) == 0 {
		return err
	}
	at, err = retry(ctx, t.w, "reading what is held", func(ctx context.Context) (int64, error) {
		values, at, err := t.w.cfg.Store.Load(ctx, t.partition, held)
		if err != nil {
			return at, err
		}
		return at, t.loaded(held, values)
	})
	if err == nil && at < t.safe {
		err = t.behind(at)
	}
	return err
}

func (t *task) loadIndex(ctx context.Context, pos state.Position, r *tail) error {
	pieces, err := retry(ctx, t.w, "reading the duplicate index", func(ctx context.Context) ([]state.Piece, error) {
		return t.w.cfg.Store.Pieces(ctx, t.partition, 0)
	})
	if err != nil {
		return err
	}
	if err := t.takePiece(pieces...); err != nil {
		return err
	}
	ledger := t.w.cfg.Names.Of(topics.Ledger)
	t.sealed = max(t.sealed, pos.SealedEntry)
	sealed := t.sealed
	last := sealed
	for _, m := range r.marks {
		if m.Entry <= sealed {
			continue
		}
		if m.Entry != last+1 {
			return t.corrupt(r.incomplete(fmt.Errorf("%s/%d goes from entry %d to %d", ledger, t.partition, last, m.Entry)))
		}
		last = m.Entry
		if m.Indexed {
			t.know(m)
		}
	}
	if last != t.progress.Entry {
		return t.disagree(ctx, r.incomplete(fmt.Errorf("%s/%d ends at entry %d, but the changelog says %d", ledger, t.partition, last, t.progress.Entry)))
	}
	if len(r.marks) > 0 && r.link != t.progress.Link {
		return t.corrupt(fmt.Errorf("the last record of ledger %d, entry %d, is not the one that was written with the changelog", t.partition, last))
	}
	return nil
}

// startCache brings the cache from where it is to where the task is, or starts it anew where there is a gap, or nil images
// say that too many are missing.
func (t *task) startCache(ctx context.Context, pos state.Position, owner int64, images map[string]state.Image) {
	if t.w.cfg.Cache == nil {
		return
	}
	limited, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, at, ok, err := t.w.cfg.Cache.Load(limited, t.partition, []string{core.ProgressKey})
	if err != nil || !ok || at < pos.Changelog || at > owner || images == nil {
		at = -1
	}
	if images == nil {
		images = map[string]state.Image{}
	}
	t.cache = startCacheWriter(t.w.cfg, t.partition, owner, at, owner+1, images)
}

// corrupt sets the partition aside: joining again would find the same.
func (t *task) corrupt(err error) error {
	t.w.aside.put(t.partition, err)
	return err
}

// loaded takes a store's answer into memory.
func (t *task) loaded(keys []string, values [][]byte) error {
	for i, key := range keys {
		if values[i] == nil || state.IsDeleted(values[i]) {
			t.memory.Loaded(key, nil)
			continue
		}
		c, err := t.codec.Decode(key, values[i], t.decodeParked)
		if err != nil {
			return t.corrupt(fmt.Errorf("cell %q of partition %d in the checkpoint: %w", key, t.partition, err))
		}
		t.takeIn(key, c)
	}
	return nil
}

// takeIn takes a cell that was loaded into memory.
func (t *task) takeIn(key string, c core.Cell) {
	if h := c.Head(); h.NextDue > 0 {
		h.Entered = h.NextDue // what the checkpoint knows to be due was entered by the restore
	}
	t.memory.Loaded(key, c)
	t.noteHeld(c)
}

// retry tries again, with a pause that grows, until f succeeds or ctx ends.
func retry[T any](ctx context.Context, w *worker, doing string, f func(context.Context) (T, error)) (T, error) {
	pause := 50 * time.Millisecond
	for {
		limited, cancel := context.WithTimeout(ctx, 30*time.Second)
		v, err := f(limited)
		cancel()
		if err == nil {
			return v, nil
		}
		if ctx.Err() != nil {
			return v, fmt.Errorf("%s: %w", doing, err)
		}
		w.log.Warn("trying again", "doing", doing, "error", err)
		select {
		case <-ctx.Done():
			return v, fmt.Errorf("%s: %w", doing, err)
		case <-time.After(pause):
		}
		pause = min(2*pause, 2*time.Second)
	}
}
