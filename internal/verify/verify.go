package verify

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"purser/internal/committed"
	"purser/topics"
)

// Config is one audit.
type Config struct {
	Client []kgo.Opt // brokers, TLS, SASL and the like
	Prefix string    // of the topics

	Group        string // the engine's consumer group: the audit waits until it is through; "": it does not wait
	QuietTimeout time.Duration
	Window       time.Duration // in which a repetition is a duplicate; default 7 days
	Parallel     int           // partitions at once; default 2

	RecordFiles []string // of the producers; none: the inputs themselves say what was produced
	ReadCell    CellReader
	// Unsettled says whether a cell of the changelog has work that is due at once: events whose offsets are committed, but
	// whose last word is not spoken. The audit waits until there is none. Nil: it does not.
	Unsettled func(value []byte) bool
	// Due says when a cell of the changelog next has work of its own to do, in microseconds; 0: never, or at once. None may be left that was
	// due by the last tick. Nil: that is not looked into.
	Due        func(value []byte) int64
	Checkpoint Checkpoint // nil: not compared
	// CheckpointTimeout is how long the audit waits for the checkpoint to hold all that is audited; after it, what it holds
	// is compared as of where it stands, and the report says so. Zero: it does not wait.
	CheckpointTimeout time.Duration
	Cache             Cache // nil: not compared
	Progress          func(Progress)
}

// Progress is told now and then, by one goroutine at a time.
type Progress struct {
	Step        string
	Done, Total int64
}

func (c *Config) hasRecord() bool { return len(c.RecordFiles) > 0 }

func (c *Config) setDefaults() error {
	if c.ReadCell == nil {
		return errors.New("an audit needs a reader of cells")
	}
	if c.QuietTimeout == 0 {
		c.QuietTimeout = 5 * time.Minute
	}
	if c.Window == 0 {
		c.Window = 7 * 24 * time.Hour
	}
	if c.Parallel == 0 {
		c.Parallel = 2
	}
	var mu sync.Mutex
	tell := c.Progress
	c.Progress = func(p Progress) {
		if tell == nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		tell(p)
	}
	return nil
}

// Run audits everything up to now. An error says that the audit could not be done; what it found is in the report.
//
// It waits until the engine has consumed every input that is there when it begins, and has nothing under way that it
// still has to tell itself to go on with. Inputs that come later are looked up where something names them, and not
// counted.
func Run(ctx context.Context, c Config) (*Report, error) {
	if err := c.setDefaults(); err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(c.Client...)
	if err != nil {
		return nil, fmt.Errorf("make a Kafka client: %w", err)
	}
	defer client.Close()
	v := &verifier{c: &c, reader: committed.NewReader(client), seed: maphash.MakeSeed(), report: newReport()}
	if err := v.prepare(ctx); err != nil {
		return nil, err
	}
	if err := v.partitions(ctx); err != nil {
		return nil, err
	}
	v.report.close()
	return v.report, nil
}

// prepare waits for the engine, notes how far every topic goes, and reads what is not read partition by partition.
//
// The order of the ends matters: the changelog's before the ledger's, and that before the inputs', so that whatever is
// read has its cause among what is read too.
func (v *verifier) prepare(ctx context.Context) error {
	full := make([]string, len(topics.Inputs))
	for i, input := range topics.Inputs {
		full[i] = v.c.Prefix + input
	}
	var err error
	if v.begun, err = v.reader.Spans(ctx, full...); err != nil {
		return err
	}
	if err := v.wait(ctx); err != nil {
		return err
	}
	if err := v.awaitSettled(ctx); err != nil {
		return err
	}
	if err := v.noteEnds(ctx); err != nil {
		return err
	}
	partitions := len(v.spans[full[0]])
	for _, topic := range slices.Concat(full, []string{v.c.Prefix + topics.Ledger, v.c.Prefix + topics.Changelog}) {
		if len(v.spans[topic]) != partitions {
			return fmt.Errorf("topic %s has %d partitions, %s has %d", topic, len(v.spans[topic]), full[0], partitions)
		}
	}
	v.outputs = make([]caused, partitions)
	if err := v.readOutputs(ctx); err != nil {
		return err
	}
	v.record, err = readRecords(v.c.RecordFiles, partitions)
	return err
}

// stillWithin is how long a moment is looked for in which the engine writes nothing.
const stillWithin = 10 * time.Second

// noteEnds notes how far every topic goes. An engine that still works, on what falls due or on what a gateway answers, writes to several
// topics at once, and the audit must see all of it or nothing: so the ends are those of a moment in which it does not. One that is never
// found idle is audited all the same, and what it was about to write may be missed.
func (v *verifier) noteEnds(ctx context.Context) (err error) {
	full := make([]string, len(outputs))
	for i, output := range outputs {
		full[i] = v.c.Prefix + output
	}
	spans, still, err := v.reader.Still(ctx, stillWithin, full...)
	if err != nil {
		return err
	}
	rest := topics.Inputs
	v.still = still
	if v.spans = spans; !still {
		v.spans, rest = map[string][]committed.Span{}, append(outputs[:len(outputs):len(outputs)], topics.Inputs...)
	}
	for _, topic := range rest {
		spans, err := v.reader.Spans(ctx, v.c.Prefix+topic)
		if err != nil {
			return err
		}
		v.spans[v.c.Prefix+topic] = spans[v.c.Prefix+topic]
	}
	return nil
}

// outputs are the topics that the engine writes to, in the order in which prepare notes how far they go.
var outputs = []string{topics.Changelog, topics.Alert, topics.Outcome, topics.RechargeAttempt, topics.Invoice, topics.DeadLetter, topics.Ledger}

// wait waits until the engine has consumed all that was there, and all that it wrote about it can be read.
func (v *verifier) wait(ctx context.Context) error {
	if v.c.Group != "" {
		if err := v.waitForGroup(ctx); err != nil {
			return err
		}
	}
	full := make([]string, len(outputs))
	for i, output := range outputs {
		full[i] = v.c.Prefix + output
	}
	return v.reader.AwaitVisible(ctx, v.c.QuietTimeout, full...)
}

func (v *verifier) waitForGroup(ctx context.Context) error {
	ends := map[string][]int64{}
	for topic, spans := range v.begun {
		for _, span := range spans {
			ends[topic] = append(ends[topic], span.End)
		}
	}
	most := int64(0)
	return v.reader.Wait(ctx, committed.Quiet{
		Group: v.c.Group, Ends: ends, Timeout: v.c.QuietTimeout, PendingTopic: v.c.Prefix + topics.RefillTick,
		Pending: func(r *kgo.Record) bool { return header(r, "ce_type") == topics.TypeContinue },
		Progress: func(left int64) {
			most = max(most, left)
			v.c.Progress(Progress{Step: "waiting for the engine", Done: most - left, Total: most})
		},
	})
}

// partitions audits one after the other, a few at once.
func (v *verifier) partitions(ctx context.Context) error {
	var mu sync.Mutex
	done := int64(0)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(v.c.Parallel)
	for p := range v.outputs {
		g.Go(func() error {
			report := newReport()
			if err := v.partition(ctx, int32(p), report); err != nil {
				return err
			}
			mu.Lock()
			v.report.merge(report)
			done++
			n := done
			mu.Unlock()
			v.c.Progress(Progress{Step: "auditing partitions", Done: n, Total: int64(len(v.outputs))})
			return nil
		})
	}
	return g.Wait()
}

func (v *verifier) partition(ctx context.Context, p int32, report *Report) error {
	a := newAudit(v, p, report)
	if err := a.readInputs(ctx, v); err != nil {
		return err
	}
	a.prepare(v.spans[v.c.Prefix+topics.Ledger][p])
	a.setClock(v.outputs[p].letters)
	a.mark(v.record[p])
	name := v.c.Prefix + topics.Ledger
	last := int64(-1)
	err := v.reader.Read(ctx, name, p, v.spans[name][p], func(r *kgo.Record) error { last = r.Offset; a.ledger(r); return nil })
	if err != nil {
		return err
	}
	a.undecodable(v.outputs[p].letters)
	a.leftOver(v.outputs[p].notices)
	a.unexplained(&v.outputs[p])
	a.unsent(&v.outputs[p])
	a.transfers(&v.outputs[p])
	a.overdue()
	a.count()
	a.summarize()
	return a.stores(ctx, v, last)
}

func (a *audit) readInputs(ctx context.Context, v *verifier) error {
	p := a.inputs.partition
	for i, input := range topics.Inputs {
		name := v.c.Prefix + input
		span := v.spans[name][p]
		a.inputs.expect(i, span)
		a.inputs.start[i], a.inputs.end[i] = span.Start, v.begun[name][p].End
		err := v.reader.Read(ctx, name, p, span, func(r *kgo.Record) error { a.inputs.add(i, r); return nil })
		if err != nil {
			return err
		}
	}
	return nil
}

// stores compares what the ledger says with everything that holds it too. Ledger is the offset of its last record.
func (a *audit) stores(ctx context.Context, v *verifier, ledger int64) error {
	cells, err := a.changelog(ctx, v)
	if err != nil {
		return err
	}
	if v.c.Checkpoint != nil {
		if err := a.awaitCheckpoint(ctx, v, cells.last, ledger); err != nil {
			return err
		}
		if err := a.checkpoint(ctx, v, cells); err != nil {
			return err
		}
	}
	if v.c.Cache != nil {
		return a.cache(ctx, v, cells)
	}
	return nil
}

// summarize counts accounts and finds the largest debtors, and that all balances of a currency sum to zero (R1.4).
func (a *audit) summarize() {
	var sums []sum
	for _, k := range a.books {
		if k.seq == 0 {
			continue
		}
		a.report.Accounts++
		sums = addTo(sums, k.currency, k.balance)
		if !isSystem(k.account) && k.account != a.world.org(k.org).agency {
			a.report.Debtors.note(k.currency, Debtor{k.org, k.account, k.balance})
		}
	}
	for _, s := range sums {
		if s.amount != 0 {
			a.report.find(CheckZeroSum, fmt.Sprintf("%s/%d", topics.Ledger, a.inputs.partition), "all balances in %s sum to %s", s.currency, s.amount)
		}
	}
}
