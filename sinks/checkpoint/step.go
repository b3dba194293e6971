package checkpoint

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"purser/state"
	"purser/topics"
)

// outcome is what became of a step, or of a look at a position.
type outcome struct {
	p      *partition
	err    error
	at     state.Position // where err is ErrSuperseded, and for a look: what the store holds
	seen   bool           // at was read
	marks  []topics.Mark  // of what is in no piece, where the ledger no longer has it
	start  int64          // and where the ledger begins
	old    error          // why the store's cells cannot be gone on from; nil: they can
	took   time.Duration
	looked bool
}

const (
	saveTimeout = 2 * time.Minute
	lookTimeout = 10 * time.Second
)

// save does one step. Where the store refuses it, it also reads what the store holds instead: perhaps this very step, whose
// commit was done and whose answer was lost.
func (c *Checkpointer) save(ctx context.Context, p *partition, s *state.Save) outcome {
	c.cfg.Failpoint("checkpoint-before-save")
	limited, cancel := context.WithTimeout(ctx, saveTimeout)
	defer cancel()
	began := time.Now()
	err := c.cfg.Store.Save(limited, s)
	o := outcome{p: p, err: err, took: time.Since(began)}
	if err == nil {
		c.cfg.Failpoint("checkpoint-after-save")
	}
	if errors.Is(err, state.ErrSuperseded) {
		if o = c.look(ctx, p); o.err == nil {
			o.err = err
		}
		o.looked = false
	}
	return o
}

// look reads what the store holds of a partition.
func (c *Checkpointer) look(ctx context.Context, p *partition) outcome {
	limited, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	positions, err := c.cfg.Store.Positions(limited, []int32{p.number})
	var old map[int32]error
	if err == nil {
		old, err = c.tooOld(limited, p.number)
	}
	o := outcome{p: p, err: err, at: positions[p.number], seen: err == nil, old: old[p.number], looked: true}
	if o.err == nil && p.cut {
		if o.start, o.err = c.startOfLedger(limited, p.number); o.err == nil {
			o.marks, _, o.err = Unsealed(limited, c.cfg.Store, p.number, o.at)
		}
	}
	return o
}

func (c *Checkpointer) startOfLedger(ctx context.Context, partition int32) (int64, error) {
	starts, err := kadm.NewClient(c.client).ListStartOffsets(ctx, c.ledger)
	if err != nil {
		return 0, err
	}
	start, _ := starts.Lookup(c.ledger, partition)
	return start.Offset, start.Err
}

// start sends a step, or a look, on its way.
func (c *Checkpointer) start(p *partition, do func() outcome) {
	p.running = true
	c.running++
	go func() { c.outcomes <- do() }() // buffered for every partition: it never waits
}

// take draws the consequences of an outcome.
func (c *Checkpointer) take(o outcome, now time.Time) {
	p := o.p
	p.running = false
	c.running--
	switch {
	case o.looked:
		c.afterLook(o, now)
	case o.err == nil || o.seen && o.at == p.step.To:
		c.saved(p, o.took)
	case o.seen:
		c.superseded(p, o.at, now)
	default:
		c.failed(p, o.err, now)
	}
}

func (c *Checkpointer) saved(p *partition, took time.Duration) {
	m := c.cfg.Metrics
	m.Steps.WithLabelValues("saved").Inc()
	m.StepSeconds.Observe(took.Seconds())
	m.Rows.Add(float64(len(p.step.Rows)))
	m.Cells.Add(float64(len(p.step.Cells)))
	m.Pieces.Add(float64(len(p.step.Sealed)))
	if len(p.step.Cells) > 0 {
		c.adapt(took)
	}
	if p.failures > 0 {
		c.cfg.Logger.Info("the checkpoint goes on", "partition", p.number, "failures", p.failures)
		if p.stopped == nil {
			c.resume(p)
		}
	}
	p.done()
	c.observe(p)
}

// adapt lets cells gather longer while writing them takes a good part of the time, so that more images merge into one.
func (c *Checkpointer) adapt(took time.Duration) {
	busy := took * time.Duration(c.cfg.Partitions) / time.Duration(c.cfg.Savers)
	switch {
	case busy > c.cellsEvery/2:
		c.cellsEvery = min(c.cellsEvery*3/2, 6*c.cfg.CellsEvery)
	case busy < c.cellsEvery/8:
		c.cellsEvery = max(c.cellsEvery*2/3, c.cfg.CellsEvery)
	}
	c.cfg.Metrics.CellsInterval.Set(c.cellsEvery.Seconds())
}

const (
	leastPause = 100 * time.Millisecond
	mostPause  = 5 * time.Second
)

// failed keeps the step for later. Whether it was done after all is found out then: the store refuses it if so.
func (c *Checkpointer) failed(p *partition, err error, now time.Time) {
	c.cfg.Metrics.Steps.WithLabelValues("failed").Inc()
	if p.failures == 0 {
		c.pause(p)
	}
	p.failures++
	wait := min(leastPause<<min(p.failures, 10), mostPause)
	p.due = now.Add(wait)
	c.cfg.Logger.Warn("a step of the checkpoint failed and will be tried again", "partition", p.number, "failures", p.failures, "wait", wait, "error", err)
}

// superseded leaves the partition to the other checkpointer until its position rests.
func (c *Checkpointer) superseded(p *partition, at state.Position, now time.Time) {
	c.cfg.Metrics.Steps.WithLabelValues("superseded").Inc()
	c.cfg.Logger.Info("another checkpointer moves this partition: standing by", "partition", p.number, "expected", p.step.From.Ledger, "found", at.Ledger)
	c.pause(p)
	p.begin(at, now) // lets go of everything that was read
	p.standing, p.due = true, now.Add(c.cfg.StandBy)
	c.observe(p)
}

// afterLook takes a partition up again whose position has rested.
func (c *Checkpointer) afterLook(o outcome, now time.Time) {
	p := o.p
	if o.err != nil || o.at != p.at {
		if o.err == nil {
			p.at = o.at
		}
		p.due = now.Add(c.cfg.StandBy)
		return
	}
	p.begin(o.at, now)
	p.old = o.old
	if p.cut {
		p.resumeAfter(o.marks, o.start)
	}
	if p.unsure {
		c.cfg.Logger.Warn("the ledger begins behind what the store holds: no more of it is saved until the next entry's number tells whether something is missing",
			"partition", p.number, "store", o.at.Ledger, "begins", o.start, "entry", o.at.Entry)
	}
	c.seek(p)
	c.resume(p)
	c.cfg.Logger.Info("taking the partition up again", "partition", p.number, "ledger", p.at.Ledger, "changelog", p.at.Changelog)
}
