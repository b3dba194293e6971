package stream

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/access"
	"purser/internal/failpoint"
	"purser/internal/stream/takeover"
	"purser/processors"
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
	positions, err := retry(ctx, t.w, "reading the checkpoint's position", func(ctx context.Context) (map[int32]state.Position, error) {
		return t.w.cfg.Store.Positions(ctx, []int32{t.partition})
	})
	return positions[t.partition], err
}

// tail is what the changelog and the ledger hold beyond the checkpoint, but for the cells: they are in memory already.
type tail struct {
	progress []byte                 // last value of the partition's own cell; nil: none
	held     map[string]struct{}    // keys of what is held
	spoilt   map[string]error       // cells whose last value cannot be read
	images   map[string]state.Image // for the cache; nil: there is none, or there are too many
	marks    []topics.Mark          // of the ledger, ascending
	link     processors.Link        // of the last of them
}

func (t *task) readTail(ctx context.Context, pos state.Position, changelogEnd, ledgerEnd int64) (*tail, error) {
	reader, err := t.tailReader(pos)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	t.memory = state.NewMemory(nil, t.codec, t.decodeParked)
	r := &tail{held: map[string]struct{}{}, spoilt: map[string]error{}}
	if t.w.cfg.Cache != nil {
		r.images = map[string]state.Image{}
	}
	changelog := t.w.cfg.Names.Of(topics.Changelog)
	atChangelog, atLedger := pos.Changelog, pos.Sealed
	for atChangelog <= changelogEnd || atLedger <= ledgerEnd {
		fetches := reader.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := fetches.Err(); err != nil {
			err = fmt.Errorf("reading the tail of partition %d from changelog offset %d and ledger offset %d: %w", t.partition, pos.Changelog, pos.Sealed, err)
			if errors.Is(err, kgo.ErrClientClosed) || access.Refused(err) {
				return nil, err
			}
			t.w.aside.put(t.partition, err)
			return nil, err
		}
		for it := fetches.RecordIter(); !it.Done(); {
			rec := it.Next()
			if rec.Topic == changelog {
				atChangelog = rec.Offset + 1
				if rec.Offset < changelogEnd && !topics.IsOwnership(rec) {
					t.restoreCell(r, string(rec.Key), rec.Value)
				}
				continue
			}
			atLedger = rec.Offset + 1
			if rec.Offset >= ledgerEnd || topics.IsOwnership(rec) {
				continue
			}
			if err := r.entry(rec); err != nil {
				return nil, t.corrupt(fmt.Errorf("ledger %d at offset %d: %w", t.partition, rec.Offset, err))
			}
		}
		t.memory.Forget(t.w.cfg.CellsMax, t.w.cfg.CacheBytes) // of images that others have replaced; the cells are all pinned
		t.w.cfg.Metrics.RestoreLeft.WithLabelValues(label(t.partition)).Set(float64(max(0, changelogEnd-atChangelog) + max(0, ledgerEnd-atLedger)))
	}
	t.tailCells, t.tailEntries = t.memory.Len(), len(r.marks)
	return r, nil
}

// entry takes a ledger record's mark, and its link.
func (r *tail) entry(rec *kgo.Record) error {
	mark, err := topics.MarkOf(rec)
	if err != nil {
		return err
	}
	r.marks = append(r.marks, mark)
	r.link, err = topics.ReadLink(topics.Header(rec, topics.HeaderMark))
	return err
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
	ends, err := kadm.NewClient(t.w.client).ListCommittedOffsets(ctx, names.Of(topics.Changelog), names.Of(topics.Ledger))
	onChangelog, _ := ends.Lookup(names.Of(topics.Changelog), t.partition)
	onLedger, _ := ends.Lookup(names.Of(topics.Ledger), t.partition)
	return onChangelog.Offset - 1, onLedger.Offset - 1, err
}

func (t *task) tailReader(pos state.Position) (*kgo.Client, error) {
	reader, err := kgo.NewClient(append(slices.Clone(t.w.cfg.Client),
		kgo.ClientID(t.w.id+"-restore"),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchMaxWait(100*time.Millisecond),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{
			t.w.cfg.Names.Of(topics.Changelog): {t.partition: kgo.NewOffset().At(pos.Changelog)},
			t.w.cfg.Names.Of(topics.Ledger):    {t.partition: kgo.NewOffset().At(pos.Sealed)},
		}),
	)...)
	if err != nil {
		return nil, fmt.Errorf("a reader of the tail: %w", err)
	}
	return reader, nil
}

// restoreCell takes a cell of the tail into memory as it is. Whether it can be read counts for the last value of a key only.
func (t *task) restoreCell(r *tail, key string, value []byte) {
	r.image(key, value)
	if key == processors.ProgressKey {
		r.progress = slices.Clone(value)
		return
	}
	due, err := t.memory.Restored(key, value)
	if err != nil {
		r.spoilt[key] = err
		return
	}
	if len(r.spoilt) > 0 {
		delete(r.spoilt, key)
	}
	if due > 0 {
		t.due.add(due, key)
	}
	if processors.IsHeldKey(key) {
		r.held[key] = struct{}{}
	}
}

// image keeps a copy of what the cache lacks. A tail of more cells than may wait for the cache is not brought to it: it starts
// anew.
func (r *tail) image(key string, value []byte) {
	if r.images == nil {
		return
	}
	r.images[key] = imageOf(key, slices.Clone(value), 0)
	if len(r.images) > cacheBacklog {
		r.images = nil
	}
}

// fill completes memory, duplicate index and due work from the tail and the checkpoint.
func (t *task) fill(ctx context.Context, pos state.Position, r *tail, committed []int64) error {
	if err := t.loadProgress(ctx, r, committed); err != nil {
		return err
	}
	t.memory.Resume(t.progress)
	t.safe = pos.Changelog
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
	return t.loadIndex(ctx, pos, r)
}

// loadProgress finds the partition's own cell and holds it against the group's offsets: they moved in the same
// transactions, so a difference means that one of them is not what this engine committed.
func (t *task) loadProgress(ctx context.Context, r *tail, committed []int64) error {
	value := r.progress
	if value == nil {
		values, err := retry(ctx, t.w, "reading the partition's progress", func(ctx context.Context) ([][]byte, error) {
			values, _, err := t.w.cfg.Store.Load(ctx, t.partition, []string{processors.ProgressKey})
			return values, err
		})
		if err != nil {
			return err
		}
		value = values[0]
	}
	if value == nil {
		t.progress = &processors.Progress{Meta: processors.Meta{Key: processors.ProgressKey}, Offsets: committed}
		return nil
	}
	c, err := t.codec.Decode(processors.ProgressKey, value, t.decodeParked)
	if err != nil {
		return t.corrupt(fmt.Errorf("progress of partition %d: %w", t.partition, err))
	}
	progress, ok := c.(*processors.Progress)
	if !ok {
		return t.corrupt(fmt.Errorf("the cell of partition %d's progress holds a %T", t.partition, c))
	}
	t.progress = progress
	for i, want := range t.progress.Offsets {
		if committed[i] != want {
			return t.disagree(ctx, fmt.Errorf("the group's offset of %s/%d is %d, but the changelog says %d was committed with the last "+
				"transaction: someone moved the group's offsets, or the changelog was cut", t.w.cfg.Names.Of(topics.Inputs[i]), t.partition, committed[i], want))
		}
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

// loadDue enters what the checkpoint knows to be due; what the tail has changed since is entered already.
func (t *task) loadDue(ctx context.Context) error {
	var held []string
	_, err := retry(ctx, t.w, "reading what is due", func(ctx context.Context) (int64, error) {
		held = held[:0]
		return t.w.cfg.Store.Due(ctx, t.partition, func(key string, due processors.Time) error {
			if !t.memory.Knows(key) {
				t.due.add(due, key)
				if processors.IsHeldKey(key) {
					held = append(held, key)
				}
			}
			return nil
		})
	})
	if err != nil || len(held) == 0 {
		return err
	}
	_, err = retry(ctx, t.w, "reading what is held", func(ctx context.Context) (int64, error) {
		values, at, err := t.w.cfg.Store.Load(ctx, t.partition, held)
		if err != nil {
			return at, err
		}
		return at, t.loaded(held, values)
	})
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
	t.sealed = max(t.sealed, pos.SealedEntry)
	sealed := t.sealed
	last := sealed
	for _, m := range r.marks {
		if m.Entry <= sealed {
			continue
		}
		if m.Entry != last+1 {
			return t.corrupt(fmt.Errorf("ledger %d goes from entry %d to %d", t.partition, last, m.Entry))
		}
		last = m.Entry
		if m.Indexed {
			t.know(m)
		}
	}
	if last != t.progress.Entry {
		return t.disagree(ctx, fmt.Errorf("ledger %d ends at entry %d, but the changelog says %d", t.partition, last, t.progress.Entry))
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
	_, at, ok, err := t.w.cfg.Cache.Load(limited, t.partition, []string{processors.ProgressKey})
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
func (t *task) takeIn(key string, c processors.Cell) {
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
