package load

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/internal/record"
	"purser/topics"
)

// run is one run of the producer. One goroutine produces; the client's own goroutine acknowledges.
type run struct {
	c      Config
	client *kgo.Client
	dice   *dice
	orgs   []org
	keys   [][]byte // the orgs' names
	names  []string // full names of topics.Inputs
	source string

	sourceHeader []byte
	partitions   int32
	file         *record.Writer // nil: nothing is written down
	slots        sync.Pool

	instantSecond int64
	instantText   []byte

	racing  bool // nobody knows whether the engine has read the definitions
	acked   [record.Kinds]atomic.Int64
	failure atomic.Pointer[error]
	stop    context.CancelFunc

	began, usageBegan time.Time
	usage             int64
	usageElapsed      time.Duration
	reported          time.Time
}

// Indexes in topics.Inputs.
var (
	usageTopic   = inputIndex(topics.Usage)
	accountTopic = inputIndex(topics.Account)
	paymentTopic = inputIndex(topics.PaymentResult)
	sendTopic    = inputIndex(topics.Send)
)

func inputIndex(name string) uint8 {
	for i, input := range topics.Inputs {
		if input == name {
			return uint8(i)
		}
	}
	panic("not an input: " + name)
}

// maxBatchBytes lets the oversized records through; the broker's topics have to allow as much.
const maxBatchBytes = topics.MaxRecordBytes + 64<<10

func newRun(ctx context.Context, c Config) (*run, error) {
	r := &run{c: c, source: "/purser/load/" + strconv.FormatUint(c.Seed, 10), began: time.Now()}
	r.sourceHeader = []byte(r.source)
	r.dice = newDice(&r.c)
	for i := range c.Orgs {
		o := orgOf(i)
		r.orgs = append(r.orgs, o)
		r.keys = append(r.keys, []byte(o.name))
	}
	for _, input := range topics.Inputs {
		r.names = append(r.names, c.Prefix+input)
	}
	r.slots.New = func() any { return newSlot(r) }
	options := append([]kgo.Opt{
		kgo.RecordPartitioner(partitioner{kgo.StickyKeyPartitioner(nil)}),
		kgo.MaxBufferedRecords(100_000),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerLinger(2 * time.Millisecond),
		kgo.RequiredAcks(kgo.AllISRAcks()),
	}, c.Client...)
	if c.AtOnce != "" {
		options = append(options, kgo.TransactionalID(c.AtOnce), kgo.TransactionTimeout(10*time.Minute))
	}
	if c.Oversized > 0 {
		options = append(options, kgo.ProducerBatchMaxBytes(maxBatchBytes))
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return nil, fmt.Errorf("make a Kafka client: %w", err)
	}
	r.client = client
	if err := r.open(ctx); err != nil {
		client.Close()
		return nil, err
	}
	return r, nil
}

func (r *run) open(ctx context.Context) error {
	details, err := kadm.NewClient(r.client).ListTopics(ctx, r.names...)
	if err == nil {
		err = details.Error()
	}
	if err != nil {
		return fmt.Errorf("look at the input topics: %w", err)
	}
	r.partitions = int32(len(details[r.names[usageTopic]].Partitions))
	if r.c.Misplaced > 0 && r.partitions < 2 {
		return errors.New("with one partition no record can be on a wrong one: set the share of misplaced events to 0")
	}
	if r.c.RecordFile == "" {
		return nil
	}
	r.file, err = record.Create(r.c.RecordFile)
	return err
}

// phases produces all there is, in order; each phase ends when it is acknowledged.
func (r *run) phases(ctx context.Context) error {
	ctx, r.stop = context.WithCancel(ctx)
	defer r.stop()
	if !r.c.SkipDefinitions {
		if err := r.define(ctx); err != nil {
			return err
		}
	}
	if err := r.usagePhase(ctx); err != nil {
		return err
	}
	return r.defineLate(ctx, "late definitions", 2)
}

// usagePhase produces the usage, as it comes or visible at once.
func (r *run) usagePhase(ctx context.Context) error {
	if r.c.AtOnce != "" {
		if err := r.client.BeginTransaction(); err != nil {
			return fmt.Errorf("begin the transaction of the usage: %w", err)
		}
	}
	r.usageBegan = time.Now()
	if err := r.consume(ctx); err != nil {
		return err
	}
	r.usageElapsed = time.Since(r.usageBegan)
	if r.c.AtOnce == "" {
		return nil
	}
	if r.c.BeforeRelease != nil {
		if err := r.c.BeforeRelease(ctx); err != nil {
			return err
		}
	}
	if err := r.client.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return fmt.Errorf("commit the transaction of the usage: %w", err)
	}
	return nil
}

// flush waits until everything so far is acknowledged.
func (r *run) flush(ctx context.Context) error {
	err := r.client.Flush(ctx)
	if failed := r.failure.Load(); failed != nil {
		return *failed
	}
	if err != nil {
		return fmt.Errorf("wait for acknowledgements: %w", err)
	}
	return nil
}

// stopped is nil while the run may go on.
func (r *run) stopped(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	if failed := r.failure.Load(); failed != nil {
		return *failed
	}
	return ctx.Err()
}

func (r *run) fail(err error) {
	r.failure.CompareAndSwap(nil, &err)
	r.stop()
}

// settle waits until the engine has read the definitions.
func (r *run) settle(ctx context.Context) error {
	reader := committed.NewReader(r.client)
	name := r.names[accountTopic]
	spans, err := reader.Spans(ctx, name)
	if err != nil {
		return err
	}
	ends := make([]int64, len(spans[name]))
	for p, span := range spans[name] {
		ends[p] = span.End
	}
	total := int64(-1)
	return reader.Wait(ctx, committed.Quiet{
		Group: r.c.Group, Ends: map[string][]int64{name: ends}, Timeout: r.c.SettleTimeout,
		Progress: func(left int64) {
			total = max(total, left)
			r.c.Progress(Progress{Phase: "settling", Produced: total - left, Total: total})
		},
	})
}

func (r *run) progress(phase string, produced, total int64) {
	now := time.Now()
	if produced < total && now.Sub(r.reported) < 100*time.Millisecond {
		return
	}
	r.reported = now
	r.c.Progress(Progress{Phase: phase, Produced: produced, Total: total})
}

// close ends the client first, so that nothing is acknowledged once the file is closed.
func (r *run) close() error {
	r.client.Close()
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}

func (r *run) summary() Summary {
	s := Summary{Usage: r.usage, UsageBegan: r.usageBegan, UsageElapsed: r.usageElapsed, Elapsed: time.Since(r.began), Partitions: r.partitions}
	for kind := range r.acked {
		s.Kinds[kind] = r.acked[kind].Load()
		s.Produced += s.Kinds[kind]
	}
	return s
}
