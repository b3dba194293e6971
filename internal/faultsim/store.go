package faultsim

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"purser/processors/core"
	"purser/state"
	"purser/state/inmem"
)

var (
	errRefused = errors.New("the store does not answer")
	errLost    = errors.New("the connection to the store broke")
)

// outage is when something is away.
type outage struct {
	mu    sync.Mutex
	until time.Time
	hangs bool // it does not answer, where otherwise it refuses
}

func (o *outage) begin(d time.Duration, hangs bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.until, o.hangs = time.Now().Add(d), hangs
}

func (o *outage) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.until = time.Time{}
}

// pass lets a call through, or refuses it, or lets it hang as long as it cares to wait.
func (o *outage) pass(ctx context.Context) error {
	for {
		o.mu.Lock()
		left, hangs := time.Until(o.until), o.hangs
		o.mu.Unlock()
		switch {
		case left <= 0:
			return nil
		case !hangs:
			return errRefused
		}
		if err := rest(ctx, min(left, time.Second)); err != nil {
			return err
		}
	}
}

// call is one call of a store by this host: through its freezes, its death, the store's outage and what strikes the step.
func (h *host) call(ctx context.Context, away *outage, step string, do func() error) error {
	if err := h.alive(ctx); err != nil {
		return err
	}
	v := h.strike(step)
	if err := rest(ctx, v.delay); err != nil {
		return err
	}
	if err := h.alive(ctx); err != nil {
		return err
	}
	if err := away.pass(ctx); err != nil {
		return err
	}
	if v.lost {
		return errLost
	}
	err := do()
	if v.after != nil {
		v.after()
	}
	if v.answerLost {
		return errLost
	}
	if err := rest(ctx, v.answerDelay); err != nil {
		return err
	}
	return errors.Join(err, h.alive(ctx))
}

// keeper is the checkpoint store: what was saved is kept in order, so that it can be set back.
type keeper struct {
	outage
	set   sync.Mutex
	held  *inmem.Checkpoint
	saves []kept
	keeps bool // it will be set back
}

type kept struct {
	at   time.Time
	save *state.Save
}

func newKeeper(keeps bool) *keeper { return &keeper{held: new(inmem.Checkpoint), keeps: keeps} }

func (k *keeper) now() *inmem.Checkpoint {
	k.set.Lock()
	defer k.set.Unlock()
	return k.held
}

func (k *keeper) save(ctx context.Context, s *state.Save) error {
	k.set.Lock()
	defer k.set.Unlock()
	if err := k.held.Save(ctx, s); err != nil || !k.keeps {
		return err
	}
	k.saves = append(k.saves, kept{time.Now(), cloneSave(s)})
	return nil
}

// back sets it back to what it held before a time.
func (k *keeper) back(to time.Time) error {
	k.set.Lock()
	defer k.set.Unlock()
	k.held = new(inmem.Checkpoint)
	k.saves = slices.DeleteFunc(k.saves, func(s kept) bool { return s.at.After(to) })
	for _, s := range k.saves {
		if err := k.held.Save(context.Background(), s.save); err != nil {
			return err
		}
	}
	return nil
}

// cloneSave copies what the caller may use again.
func cloneSave(s *state.Save) *state.Save {
	c := *s
	c.Cells = slices.Clone(s.Cells)
	for i := range c.Cells {
		c.Cells[i].Value = slices.Clone(c.Cells[i].Value)
	}
	c.Rows = slices.Clone(s.Rows)
	for i := range c.Rows {
		c.Rows[i].Body, c.Rows[i].Mark = slices.Clone(c.Rows[i].Body), slices.Clone(c.Rows[i].Mark)
	}
	c.Sealed = slices.Clone(s.Sealed)
	return &c
}

// checkpointOf is the checkpoint store as one host sees it.
type checkpointOf struct {
	host   *host
	keeper *keeper
}

func (c checkpointOf) call(ctx context.Context, step string, do func(*inmem.Checkpoint) error) error {
	return c.host.call(ctx, &c.keeper.outage, "store."+step, func() error { return do(c.keeper.now()) })
}

func (c checkpointOf) Positions(ctx context.Context, partitions []int32) (at map[int32]state.Position, err error) {
	err = c.call(ctx, "Positions", func(s *inmem.Checkpoint) (err error) { at, err = s.Positions(ctx, partitions); return })
	return at, err
}

func (c checkpointOf) Load(ctx context.Context, p int32, keys []string) (values [][]byte, at int64, err error) {
	err = c.call(ctx, "Load", func(s *inmem.Checkpoint) (err error) { values, at, err = s.Load(ctx, p, keys); return })
	return values, at, err
}

func (c checkpointOf) Due(ctx context.Context, p int32, f func(string, core.Time) error) (at int64, err error) {
	err = c.call(ctx, "Due", func(s *inmem.Checkpoint) (err error) { at, err = s.Due(ctx, p, f); return })
	return at, err
}

func (c checkpointOf) Pieces(ctx context.Context, p int32, after uint64) (pieces []state.Piece, err error) {
	err = c.call(ctx, "Pieces", func(s *inmem.Checkpoint) (err error) { pieces, err = s.Pieces(ctx, p, after); return })
	return pieces, err
}

func (c checkpointOf) Find(ctx context.Context, p int32, probes []state.Probe) (found []state.Known, err error) {
	err = c.call(ctx, "Find", func(s *inmem.Checkpoint) (err error) { found, err = s.Find(ctx, p, probes); return })
	return found, err
}

func (c checkpointOf) Save(ctx context.Context, s *state.Save) error {
	return c.host.call(ctx, &c.keeper.outage, "store.Save", func() error { return c.keeper.save(ctx, s) })
}

func (c checkpointOf) LedgerRows(ctx context.Context, p int32, from uint64, f func(state.LedgerRow) (bool, error)) error {
	return c.call(ctx, "LedgerRows", func(s *inmem.Checkpoint) error { return s.LedgerRows(ctx, p, from, f) })
}

func (c checkpointOf) Cells(ctx context.Context, p int32, f func(state.Image) error) (at int64, err error) {
	err = c.call(ctx, "Cells", func(s *inmem.Checkpoint) (err error) { at, err = s.Cells(ctx, p, f); return })
	return at, err
}

func (c checkpointOf) Reset(ctx context.Context, p int32) error {
	return c.call(ctx, "Reset", func(s *inmem.Checkpoint) error { return s.Reset(ctx, p) })
}
