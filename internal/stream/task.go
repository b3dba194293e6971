package stream

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/failpoint"
	"purser/processors/core"
	"purser/state"
	"purser/state/dedup"
	"purser/topics"
)

// task is one partition of every input, from an assignment to its end. The restore fills it in; from then on only its
// worker's goroutine touches it.
type task struct {
	w         *worker
	partition int32
	grant     uint64 // which assignment it was built for

	memory   *state.Memory
	index    *dedup.Index
	codec    *state.Codec
	decoder  *topics.Decoder
	progress *core.Progress
	offsets  []int64 // of the group, as of the last transaction that this task knows of
	due      dueHeap
	held     map[string]*core.Queue // what waits for the store, by org (held.go)
	cache    *cacheWriter           // nil: no cache

	safe       int64              // a store's answer counts only from this changelog position on
	restoredAt time.Time          // when the restore asked for that position: older answers say less
	tombs      []string           // deleted cells that the checkpoint knows to be gone
	sealed     uint64             // last ledger entry that is in a sealed piece of the index
	pieces     chan []state.Piece // room for one answer
	asked      bool               // an answer is on its way
	ahead      chan lookAhead     // room for one answer
	looking    bool               // it is on its way
	driven     bool               // a continuation is on its way
	stuck      bool               // due work is left and nothing is on its way that would drive it (held.go)
	newest     core.Time          // append time of the newest event whose identity is known
	nudged     time.Time          // when it was last woken because of that
	decision   core.Decision
	running    bool
	paused     bool
	away       bool // a store did not answer in the batch that is open
	heldEvents uint64
	ends       []int64 // of the open batch: offset after the last record of each input; zero: none
	counts     map[countKey]prometheus.Counter
	tallies    map[tallyKey]prometheus.Counter
	lastRecord *inputRecord // of the open batch: what due work names as its cause

	images []state.Image // of the open transaction
	chunk  []byte        // where their values are
	mark   *kgo.Record   // its last changelog record

	cancel      context.CancelFunc
	done        chan struct{}
	err         error
	restoreTook time.Duration
	tailCells   int
	tailEntries int
}

// startTask begins to restore a partition; its inputs are paused.
func startTask(w *worker, p int32, grant uint64) *task {
	ctx, cancel := context.WithCancel(context.Background())
	t := &task{
		w: w, partition: p, grant: grant,
		index: dedup.NewIndex(dedup.PieceSize), codec: new(state.Codec), decoder: topics.NewDecoder(),
		ends: make([]int64, len(topics.Inputs)), counts: map[countKey]prometheus.Counter{}, tallies: map[tallyKey]prometheus.Counter{},
		held: map[string]*core.Queue{}, pieces: make(chan []state.Piece, 1), ahead: make(chan lookAhead, 1),
		cancel: cancel, done: make(chan struct{}),
	}
	go func() {
		defer close(t.done)
		began := time.Now()
		t.err = t.restoreOrPoisoned(ctx)
		t.restoreTook = time.Since(began)
		if t.err == nil {
			w.cfg.Metrics.RestoreSeconds.Observe(t.restoreTook.Seconds())
		}
	}()
	return t
}

// restoreOrPoisoned restores, and stops the partition where what it finds breaks an invariant.
func (t *task) restoreOrPoisoned(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = t.poisoned(ctx, r)
		}
	}()
	return t.restore(ctx)
}

// poisoned sets the partition aside after a panic: an invariant is broken, and would be again. But not where this member is
// late: the stores have moved on without it, and no longer hold what it remembers.
func (t *task) poisoned(ctx context.Context, r any) error {
	err := fmt.Errorf("partition %d: %v", t.partition, r)
	if late := t.late(ctx, err); late != nil {
		return late
	}
	t.w.log.Error("an invariant is broken", "partition", t.partition, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
	if !failpoint.Off("set-aside") {
		t.w.aside.put(t.partition, err)
	}
	return err
}

// restored reports whether the restore has ended, and how.
func (t *task) restored() (bool, error) {
	select {
	case <-t.done:
		return true, t.err
	default:
		return false, nil
	}
}

// stop ends the task; what it had in memory is gone, which is why nothing is ever only there.
func (t *task) stop() {
	t.cancel()
	<-t.done
	if t.cache != nil {
		t.cache.stop()
	}
	if t.memory != nil {
		t.memory.Close()
	}
}

// housekeep lets go of what the checkpoint has, and wakes what could not go on without it. No batch is open.
func (t *task) housekeep() error {
	pos, asked := t.w.stores.position(t.partition)
	if asked.After(t.restoredAt) && pos.Changelog < t.safe {
		return t.behind(pos.Changelog)
	}
	if pos.Txn > 0 && pos.Changelog > t.safe {
		t.tombs = append(t.tombs, t.memory.Unpin(pos.Txn)...)
		t.safe = pos.Changelog
	}
	if err := t.takePieces(pos); err != nil {
		return err
	}
	t.index.DropBefore(t.newest - core.Time((t.w.cfg.DuplicateWindow + dedup.Lag).Microseconds()))
	t.nudge()
	t.memory.Forget(t.w.cfg.CellsMax, t.w.cfg.CacheBytes)
	m := t.w.cfg.Metrics
	m.PinnedCells.WithLabelValues(label(t.partition)).Set(float64(t.memory.Pinned()))
	m.Cells.WithLabelValues(label(t.partition)).Set(float64(t.memory.Len()))
	m.DecodedCells.WithLabelValues(label(t.partition)).Set(float64(t.memory.Decoded()))
	m.EncodedBytes.WithLabelValues(label(t.partition)).Set(float64(t.memory.Bytes()))
	m.TailIdentities.WithLabelValues(label(t.partition)).Set(float64(t.index.TailLen()))
	m.Due.WithLabelValues(label(t.partition)).Set(float64(len(t.due)))
	return nil
}

// takePieces reads newly sealed pieces of the duplicate index beside the loop, and takes in what has arrived.
func (t *task) takePieces(pos state.Position) error {
	if t.asked {
		select {
		case sealed := <-t.pieces:
			t.asked = false
			return t.takePiece(sealed...)
		default:
		}
		return nil
	}
	if pos.SealedEntry <= t.sealed {
		return nil
	}
	t.asked = true
	after := t.index.LastPiece()
	go func() {
		ctx, cancel := context.WithTimeout(t.w.grace, 10*time.Second)
		defer cancel()
		sealed, err := t.w.cfg.Store.Pieces(ctx, t.partition, after)
		if err != nil {
			sealed = nil // the next look asks again
		}
		t.pieces <- sealed
	}()
	return nil
}

func (t *task) takePiece(sealed ...state.Piece) error {
	for _, p := range sealed {
		if err := t.index.Sealed(p); err != nil {
			return t.corrupt(fmt.Errorf("the duplicate index of partition %d: %w", t.partition, err))
		}
		t.sealed = max(t.sealed, p.LastEntry)
	}
	return nil
}

// decodeParked decodes a waiting event again from the record that it came in.
func (t *task) decodeParked(record []byte, ev *core.Event) error {
	rec, err := topics.ReadRecord(record)
	if err != nil {
		return err
	}
	input, ok := t.w.cfg.Names.Input(rec.Topic)
	if !ok {
		return fmt.Errorf("a waiting event of topic %q, which is no input", rec.Topic)
	}
	if rejection := t.decoder.Decode(input, rec, ev); rejection != nil {
		return fmt.Errorf("a waiting event cannot be decoded: %s %s", rejection.Reason, rejection.Field) // what it says stays inside
	}
	return nil
}

// full reports whether the task holds so much that the checkpoint lacks that it has to wait for it. Identities stay in the tail
// until they fill a piece, however close the checkpoint is.
func (t *task) full() bool {
	bound := t.w.cfg.PinnedMax
	if t.paused {
		bound -= bound / 4
	}
	return t.memory.Pinned() > bound || t.index.TailLen() > dedup.PieceSize+8*bound || t.heldEvents > t.w.cfg.HeldMax
}

// until is up to when work is due now: the tick that is being worked off, and what is due at once.
func (t *task) until() core.Time { return max(t.progress.Target, core.DueNow) }

// schedule enters a cell's due time, unless it stands there already.
func (t *task) schedule(c core.Cell) {
	h := c.Head()
	if h.NextDue == 0 || h.Entered == h.NextDue {
		return
	}
	h.Entered = h.NextDue
	t.due.add(h.NextDue, h.Key)
}
