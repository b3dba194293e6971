package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/state"
	"purser/topics"
)

// Checkpointer is one reader of all partitions. One goroutine, Run's, owns everything in it; steps run beside it and send
// their outcome back.
type Checkpointer struct {
	cfg        Config
	ledger     string
	changelog  string
	client     *kgo.Client
	partitions []*partition
	outcomes   chan outcome
	running    int
	turn       int // partition that startSteps looked at last
	cellsEvery time.Duration
	told       time.Time
}

// New checks the configuration. Nothing is dialled before Run.
func New(cfg Config) (*Checkpointer, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	c := &Checkpointer{
		cfg: cfg, ledger: cfg.Names.Of(topics.Ledger), changelog: cfg.Names.Of(topics.Changelog),
		outcomes: make(chan outcome, cfg.Partitions), cellsEvery: cfg.CellsEvery,
	}
	codec := new(state.Codec)
	for n := range cfg.Partitions {
		c.partitions = append(c.partitions, &partition{number: n, cfg: &c.cfg, codec: codec})
	}
	return c, nil
}

// pollEvery bounds how long a finished or a due step waits while nothing arrives.
const (
	pollEvery   = 50 * time.Millisecond
	pollRecords = 10_000
)

// Run works until ctx ends, and then saves what it has read, within a few seconds. It returns an error only where it cannot
// begin.
func (c *Checkpointer) Run(ctx context.Context) error {
	if err := c.readPositions(ctx); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	defer c.client.Close()
	// Steps outlive ctx by a little, so that a stop does not tear one that is nearly done.
	steps, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	for ctx.Err() == nil {
		c.collect()
		c.startSteps(steps, time.Now(), c.full())
		c.tell(time.Now())
		if c.full() && c.running > 0 {
			c.await(ctx)
			continue
		}
		c.poll(ctx)
	}
	c.finish(steps, cancel)
	return nil
}

// readPositions waits for the store: without positions there is nothing to do.
func (c *Checkpointer) readPositions(ctx context.Context) error {
	all := make([]int32, len(c.partitions))
	for i := range all {
		all[i] = int32(i)
	}
	for pause := leastPause; ; pause = min(2*pause, mostPause) {
		limited, cancel := context.WithTimeout(ctx, lookTimeout)
		positions, err := c.cfg.Store.Positions(limited, all)
		var old map[int32]error
		if err == nil {
			old, err = c.tooOld(limited, all...)
		}
		cancel()
		if err == nil {
			for _, p := range c.partitions {
				p.begin(positions[p.number], time.Now())
				p.old = old[p.number]
				c.observe(p)
			}
			return nil
		}
		c.cfg.Logger.Warn("the checkpoint's positions cannot be read and will be asked for again", "wait", pause, "error", err)
		select {
		case <-ctx.Done():
			return fmt.Errorf("reading the checkpoint's positions: %w", err)
		case <-time.After(pause):
		}
	}
}

// tooOld says which partitions' cells are too old to go on from, unless it is certain that the store was not set back. That
// takes a look at the end of the changelog, which is for purser restore to do.
func (c *Checkpointer) tooOld(ctx context.Context, partitions ...int32) (map[int32]error, error) {
	old := map[int32]error{}
	for _, p := range partitions {
		err := Fresh(ctx, c.cfg.Store, p, c.cfg.Tombstones, time.Now())
		if errors.Is(err, ErrTooOld) {
			old[p] = err
		} else if err != nil {
			return nil, err
		}
	}
	return old, nil
}

func (c *Checkpointer) open() error {
	ledger, changelog := map[int32]kgo.Offset{}, map[int32]kgo.Offset{}
	for _, p := range c.partitions {
		ledger[p.number], changelog[p.number] = kgo.NewOffset().At(p.ledger), kgo.NewOffset().At(p.changelog)
	}
	client, err := kgo.NewClient(append(slices.Clone(c.cfg.Client),
		kgo.ClientID("purser-checkpoint"),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()), // an offset that is gone is an error, never a jump
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{c.ledger: ledger, c.changelog: changelog}),
		kgo.FetchMaxBytes(16<<20),
		kgo.FetchMaxPartitionBytes(2<<20),
		kgo.MaxConcurrentFetches(2),
		kgo.FetchMaxWait(250*time.Millisecond),
	)...)
	if err != nil {
		return fmt.Errorf("a reader of ledger and changelog: %w", err)
	}
	c.client = client
	return nil
}

// poll reads some records into their partitions.
func (c *Checkpointer) poll(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, pollEvery)
	defer cancel()
	fetches := c.client.PollRecords(limited, pollRecords)
	fetches.EachPartition(func(f kgo.FetchTopicPartition) {
		if f.Topic != c.ledger && f.Topic != c.changelog { // the poll's own end is told as an error without a topic
			return
		}
		if f.Partition < 0 { // the client could not learn about the topic at all, and tries again
			c.tryAgain(f)
			return
		}
		p := c.partitions[f.Partition]
		if p.standing || p.stopped != nil {
			return
		}
		if err := c.takeRecords(p, f.Topic, f.Records); err != nil {
			c.stop(p, err)
			return
		}
		if f.Err != nil {
			c.fetchError(p, f)
			return
		}
		p.end(f.Topic == c.ledger, f.LastStableOffset)
	})
}

func (c *Checkpointer) takeRecords(p *partition, topic string, records []*kgo.Record) error {
	take := p.takeChangelog
	if topic == c.ledger {
		take = p.takeLedger
	}
	now := time.Now()
	for _, rec := range records {
		if err := take(rec, now); err != nil {
			return err
		}
	}
	return nil
}

// CutPast says what to do where records are gone that are not in the store.
const CutPast = "The topic was cut past what the checkpoint holds. Bring Postgres back from a backup that is past the cut, or the topic from a copy; " +
	"purser restore --dry-run says what is missing"

// fetchError stops the partition where records are gone; everything else the client tries again by itself.
func (c *Checkpointer) fetchError(p *partition, f kgo.FetchTopicPartition) {
	if f.Topic == c.ledger && !p.cut && errors.Is(f.Err, kerr.OffsetOutOfRange) {
		c.standBy(p) // perhaps what is gone is in the store
		return
	}
	var loss *kgo.ErrDataLoss
	if errors.As(f.Err, &loss) || errors.Is(f.Err, kerr.OffsetOutOfRange) || errors.Is(f.Err, kerr.CorruptMessage) {
		c.stop(p, fmt.Errorf("reading %s/%d (from ledger offset %d and changelog offset %d on): %w %s", f.Topic, p.number, p.ledger, p.changelog, f.Err, CutPast))
		return
	}
	c.tryAgain(f)
}

// tryAgain tells of trouble that the client gets over by itself. A partition of -1 is all of a topic's.
func (c *Checkpointer) tryAgain(f kgo.FetchTopicPartition) {
	c.cfg.Metrics.FetchErrors.Inc()
	c.cfg.Logger.Warn("a fetch failed and will be tried again", "topic", f.Topic, "partition", f.Partition, "error", f.Err)
}

// standBy has the store asked for what the ledger no longer has of the time since the last seal.
func (c *Checkpointer) standBy(p *partition) {
	c.pause(p)
	p.forget()
	p.cut, p.standing, p.due = true, true, time.Now()
}

// stop does nothing more for a partition: what it would save from here on could not be trusted. The others go on.
func (c *Checkpointer) stop(p *partition, err error) {
	c.cfg.Logger.Error("the checkpoint of this partition has stopped; it is tried again at the next start", "partition", p.number, "error", err)
	c.pause(p)
	p.stopped = err
	p.forget()
	c.cfg.Metrics.Stopped.Inc()
	c.cfg.OnStop(p.number, err)
}

// startSteps sends every due step on its way, as many at a time as there are savers, and begins each time with the partition
// that was not looked at the last time.
func (c *Checkpointer) startSteps(ctx context.Context, now time.Time, all bool) {
	for range c.partitions {
		if c.running >= c.cfg.Savers {
			return
		}
		c.turn = (c.turn + 1) % len(c.partitions)
		c.startStep(ctx, c.partitions[c.turn], now, all)
	}
}

func (c *Checkpointer) startStep(ctx context.Context, p *partition, now time.Time, all bool) {
	switch {
	case p.running || p.stopped != nil || now.Before(p.due):
	case p.standing:
		c.start(p, func() outcome { return c.look(ctx, p) })
	default:
		if p.step == nil {
			p.step = p.next(now, c.cellsEvery, all)
		}
		if s := p.step; s != nil {
			c.start(p, func() outcome { return c.save(ctx, p, s) })
		}
	}
}

// collect takes every outcome that is there.
func (c *Checkpointer) collect() {
	for {
		select {
		case o := <-c.outcomes:
			c.take(o, time.Now())
		default:
			return
		}
	}
}

// await takes one outcome: memory is full, and only a step that ends makes room.
func (c *Checkpointer) await(ctx context.Context) {
	select {
	case o := <-c.outcomes:
		c.take(o, time.Now())
	case <-ctx.Done():
	}
}

// full says that no more may be read for now.
func (c *Checkpointer) full() bool {
	h := c.held()
	return h.rows > c.cfg.MaxRows || h.cells > c.cfg.MaxCells || h.bytes > c.cfg.MaxBytes
}

func (c *Checkpointer) held() (total size) {
	for _, p := range c.partitions {
		h := p.held()
		total.rows, total.cells, total.bytes = total.rows+h.rows, total.cells+h.cells, total.bytes+h.bytes
	}
	return total
}

// finishWithin leaves room in the ten seconds that a process has to stop.
const finishWithin = 5 * time.Second

// finish saves what was read, once: a step that fails now is read again at the next start.
func (c *Checkpointer) finish(steps context.Context, cancel context.CancelFunc) {
	timer := time.AfterFunc(finishWithin, cancel)
	defer timer.Stop()
	for {
		for _, p := range c.partitions {
			if steps.Err() == nil && !p.standing && p.failures == 0 {
				c.startStep(steps, p, time.Now(), true)
			}
		}
		if c.running == 0 {
			return
		}
		c.take(<-c.outcomes, time.Now()) // ends: every step is bounded by the context
	}
}

func (c *Checkpointer) pause(p *partition) {
	c.client.PauseFetchPartitions(p.both(c))
}

func (c *Checkpointer) resume(p *partition) {
	c.client.ResumeFetchPartitions(p.both(c))
}

func (p *partition) both(c *Checkpointer) map[string][]int32 {
	return map[string][]int32{c.ledger: {p.number}, c.changelog: {p.number}}
}

// seek goes on reading where p is.
func (c *Checkpointer) seek(p *partition) {
	c.client.SetOffsets(map[string]map[int32]kgo.EpochOffset{
		c.ledger:    {p.number: {Epoch: -1, Offset: p.ledger}},
		c.changelog: {p.number: {Epoch: -1, Offset: p.changelog}},
	})
}
