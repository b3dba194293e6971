package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/access"
	"purser/processors/core"
	"purser/sinks/checkpoint"
	"purser/state"
	"purser/topics"
)

// tail is what the changelog and the ledger hold beyond the checkpoint, but for the cells: they are in memory already.
type tail struct {
	progress []byte                 // last value of the partition's own cell; nil: none
	known    int64                  // how far the checkpoint was, as the last transaction knew
	held     map[string]struct{}    // keys of what is held
	spoilt   map[string]error       // cells whose last value cannot be read
	images   map[string]state.Image // for the cache; nil: there is none, or there are too many
	marks    []topics.Mark          // of the ledger, ascending
	link     core.Link              // of the last of them
	cut      bool                   // the ledger no longer reaches back to the last seal
}

// ledgerFrom finds where to read the ledger from, and the marks before that. The topic is kept for as long as someone likes, but
// not always back to the last seal: what lies between that and the checkpoint's position is in the checkpoint, too. Whether
// anything is missing the numbers of the entries tell.
func (t *task) ledgerFrom(ctx context.Context, pos state.Position, r *tail) (int64, error) {
	start, err := t.startOf(ctx, t.w.cfg.Names.Of(topics.Ledger))
	if err != nil || start <= pos.Sealed {
		return pos.Sealed, err
	}
	r.cut = true
	_, err = retry(ctx, t.w, "reading the ledger from the checkpoint", func(ctx context.Context) (struct{}, error) {
		r.marks, r.link, err = checkpoint.Unsealed(ctx, t.w.cfg.Store, t.partition, pos)
		return struct{}{}, err
	})
	return max(start, pos.Ledger), err
}

// startOf returns the first offset that a topic still has on this partition.
func (t *task) startOf(ctx context.Context, topic string) (int64, error) {
	return retry(ctx, t.w, "reading where a topic begins", func(ctx context.Context) (int64, error) {
		starts, err := t.w.admin.ListStartOffsets(ctx, topic)
		if err != nil {
			return 0, err
		}
		start, _ := starts.Lookup(topic, t.partition)
		return start.Offset, start.Err
	})
}

func (t *task) readTail(ctx context.Context, pos state.Position, changelogEnd, ledgerEnd int64) (*tail, error) {
	r := &tail{held: map[string]struct{}{}, spoilt: map[string]error{}}
	atChangelog := pos.Changelog
	atLedger, err := t.ledgerFrom(ctx, pos, r)
	if err != nil {
		return nil, err
	}
	reader, err := t.tailReader(atChangelog, atLedger)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	t.memory = state.NewMemory(nil, t.codec, t.decodeParked)
	if t.w.cfg.Cache != nil {
		r.images = map[string]state.Image{}
	}
	changelog := t.w.cfg.Names.Of(topics.Changelog)
	for atChangelog <= changelogEnd || atLedger <= ledgerEnd {
		fetches := reader.PollFetches(ctx)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := fetches.Err(); err != nil {
			err = fmt.Errorf("reading the tail of %s/%d from offset %d and of %s/%d from offset %d: %w",
				changelog, t.partition, atChangelog, t.w.cfg.Names.Of(topics.Ledger), t.partition, atLedger, err)
			if errors.Is(err, kgo.ErrClientClosed) || access.Refused(err) {
				return nil, err
			}
			if errors.Is(err, kerr.OffsetOutOfRange) {
				err = fmt.Errorf("%w %s", err, checkpoint.CutPast) // the broker ends its sentence
			}
			t.w.aside.put(t.partition, err)
			return nil, err
		}
		for it := fetches.RecordIter(); !it.Done(); {
			rec := it.Next()
			at, end, take := &atLedger, ledgerEnd, t.restoreMark
			if rec.Topic == changelog {
				at, end, take = &atChangelog, changelogEnd, t.restoreImage
			}
			*at = rec.Offset + 1
			if rec.Offset >= end || topics.IsOwnership(rec) {
				continue
			}
			if err := take(r, rec); err != nil {
				return nil, err
			}
		}
		t.memory.Forget(t.w.cfg.CellsMax, t.w.cfg.CacheBytes) // of images that others have replaced; the cells are all pinned
		t.w.cfg.Metrics.RestoreLeft.WithLabelValues(label(t.partition)).Set(float64(max(0, changelogEnd-atChangelog) + max(0, ledgerEnd-atLedger)))
	}
	t.tailCells, t.tailEntries = t.memory.Len(), len(r.marks)
	return r, nil
}

func (t *task) tailReader(changelog, ledger int64) (*kgo.Client, error) {
	reader, err := kgo.NewClient(append(slices.Clone(t.w.cfg.Client),
		kgo.ClientID(t.w.id+"-restore"),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchMaxWait(100*time.Millisecond),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{
			t.w.cfg.Names.Of(topics.Changelog): {t.partition: kgo.NewOffset().At(changelog)},
			t.w.cfg.Names.Of(topics.Ledger):    {t.partition: kgo.NewOffset().At(ledger)},
		}),
	)...)
	if err != nil {
		return nil, fmt.Errorf("a reader of the tail: %w", err)
	}
	return reader, nil
}

// restoreMark takes a ledger record's mark, and its link.
func (t *task) restoreMark(r *tail, rec *kgo.Record) error {
	mark, err := topics.MarkOf(rec)
	if err == nil {
		r.link, err = topics.ReadLink(topics.Header(rec, topics.HeaderMark))
	}
	if err != nil {
		return t.corrupt(fmt.Errorf("ledger %d at offset %d: %w", t.partition, rec.Offset, err))
	}
	r.marks = append(r.marks, mark)
	return nil
}

func (t *task) restoreImage(r *tail, rec *kgo.Record) error {
	t.restoreCell(r, string(rec.Key), rec.Value)
	r.known = max(r.known, topics.CheckpointedOf(rec))
	return nil
}

// restoreCell takes a cell of the tail into memory as it is. Whether it can be read counts for the last value of a key only.
func (t *task) restoreCell(r *tail, key string, value []byte) {
	r.image(key, value)
	if key == core.ProgressKey {
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
	if core.IsHeldKey(key) {
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

// incomplete says what to do about a ledger with a gap, where it is known how that came.
func (r *tail) incomplete(err error) error {
	if !r.cut {
		return err
	}
	return fmt.Errorf("%w. %s", err, checkpoint.CutPast)
}
