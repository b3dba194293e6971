// Package rebuild brings a checkpoint store up to date from the ledger and the changelog alone: after it was set back to
// an older backup, or into an empty one.
//
// It does so by the checkpointer's own steps, each guarded by the position that it expects. It may therefore be stopped and
// begun again at any time, and other checkpointers may run beside it: at worst some work is done twice.
package rebuild

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/internal/provision"
	"purser/processors/core"
	"purser/sinks/checkpoint"
	"purser/state"
	"purser/topics"
)

// Config is what a rebuild works with.
type Config struct {
	Client []kgo.Opt
	Names  topics.Names
	Store  state.Checkpoint
	Window time.Duration // of duplicates
	Log    *slog.Logger
}

// Way is how a partition gets there.
type Way string

// The ways.
const (
	Nothing   Way = "is up to date"
	GoOn      Way = "goes on from there"
	Anew      Way = "is rebuilt from the beginning"
	Cannot    Way = "cannot be restored"
	longFetch     = 10 * time.Second
)

// Partition is one of them: where the store is, what the topics have, and the way.
type Partition struct {
	Number            int32
	At                state.Position
	Ledger, Changelog committed.Span
	Way               Way
	Why               string // of Anew and Cannot
}

// Plan is what has to be done.
type Plan struct{ Partitions []Partition }

// Count is how many partitions go that way.
func (p *Plan) Count(way Way) int {
	n := 0
	for i := range p.Partitions {
		if p.Partitions[i].Way == way {
			n++
		}
	}
	return n
}

// Make finds for each partition the way that is shortest among those that are right.
func Make(ctx context.Context, c Config, now time.Time) (*Plan, error) {
	client, err := kgo.NewClient(append(c.Client[:len(c.Client):len(c.Client)], kgo.ClientID("purser-restore"))...)
	if err != nil {
		return nil, fmt.Errorf("a Kafka client: %w", err)
	}
	defer client.Close()
	ledger, changelog := c.Names.Of(topics.Ledger), c.Names.Of(topics.Changelog)
	reader := committed.NewReader(client)
	spans, err := reader.Spans(ctx, ledger, changelog)
	if err != nil {
		return nil, err
	}
	if len(spans[ledger]) != len(spans[changelog]) {
		return nil, fmt.Errorf("%s has %d partitions and %s %d: they must have the same number", ledger, len(spans[ledger]), changelog, len(spans[changelog]))
	}
	tombstones, err := provision.Tombstones(ctx, kadm.NewClient(client), c.Names)
	if err != nil {
		return nil, err
	}
	numbers := make([]int32, len(spans[ledger]))
	for i := range numbers {
		numbers[i] = int32(i)
	}
	positions, err := c.Store.Positions(ctx, numbers)
	if err != nil {
		return nil, err
	}
	plan := &Plan{}
	for _, n := range numbers {
		p := Partition{Number: n, At: positions[n], Ledger: spans[ledger][n], Changelog: spans[changelog][n]}
		if err := p.choose(ctx, &c, reader, tombstones, now); err != nil {
			return nil, err
		}
		plan.Partitions = append(plan.Partitions, p)
	}
	return plan, nil
}

// choose finds the way of one partition.
func (p *Partition) choose(ctx context.Context, c *Config, reader *committed.Reader, tombstones time.Duration, now time.Time) error {
	ledger, changelog := c.Names.Of(topics.Ledger), c.Names.Of(topics.Changelog)
	if p.At.Ledger > p.Ledger.End || p.At.Changelog > p.Changelog.End {
		p.Way, p.Why = Cannot, fmt.Sprintf("the store has %s up to %d and %s up to %d, which is more than there is: it belongs to another cluster, or the brokers lost records",
			ledger, p.At.Ledger, changelog, p.At.Changelog)
		return nil
	}
	left, err := p.left(ctx, reader, ledger, changelog, p.At)
	if err != nil {
		return err
	}
	why, err := p.cannotGoOn(ctx, c, reader, tombstones, now)
	switch {
	case err != nil:
		return err
	case why == "" && left == 0:
		p.Way = Nothing
	case why == "":
		p.Way = GoOn
	case p.Ledger.Start == 0 && p.Changelog.Start == 0:
		p.Way, p.Why = Anew, why
	default:
		p.Way, p.Why = Cannot, fmt.Sprintf("%s; and from the beginning it cannot be rebuilt either, because %s begins at %d and %s at %d",
			why, ledger, p.Ledger.Start, changelog, p.Changelog.Start)
	}
	return nil
}

// cannotGoOn says why the store's position is none to go on from; "" where it is one.
func (p *Partition) cannotGoOn(ctx context.Context, c *Config, reader *committed.Reader, tombstones time.Duration, now time.Time) (why string, err error) {
	ledger, changelog := c.Names.Of(topics.Ledger), c.Names.Of(topics.Changelog)
	known, last, err := p.lastWord(ctx, reader, changelog)
	if err != nil {
		return "", err
	}
	if known > p.At.Changelog { // it was set back
		err := checkpoint.Fresh(ctx, c.Store, p.Number, tombstones, now)
		if errors.Is(err, checkpoint.ErrTooOld) {
			return err.Error(), nil
		}
		if err != nil {
			return "", err
		}
	}
	stored, err := checkpoint.ProgressOf(ctx, c.Store, p.Number)
	if err != nil {
		return "", err
	}
	if stored != nil { // its cells may be ahead of its rows
		last = max(last, stored.Entry)
	}
	first, err := p.firstEntry(ctx, reader, ledger)
	switch {
	case err != nil:
		return "", err
	case first > p.At.Entry+1:
		return fmt.Sprintf("%s begins with entry %d, and the store ends with %d", ledger, first, p.At.Entry), nil
	case first == 0 && last > p.At.Entry:
		return fmt.Sprintf("%s is empty, and was written to entry %d; the store ends with %d", ledger, last, p.At.Entry), nil
	case p.At.Changelog < p.Changelog.Start:
		return fmt.Sprintf("%s begins at %d, and what follows %d is needed", changelog, p.Changelog.Start, p.At.Changelog), nil
	}
	return "", nil
}

// firstEntry is the number of the first ledger record that the topic has; zero where it has none. Offsets do not tell whether one
// is missing, because there are markers between them.
func (p *Partition) firstEntry(ctx context.Context, reader *committed.Reader, ledger string) (first uint64, err error) {
	err = reader.Read(ctx, ledger, p.Number, p.Ledger, func(rec *kgo.Record) error {
		if topics.IsOwnership(rec) {
			return nil
		}
		mark, err := topics.MarkOf(rec)
		if err != nil {
			return err
		}
		first = mark.Entry
		return errFound
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return first, err
}

// errFound ends a reading.
var errFound = errors.New("found")

// lastWord returns what the last transaction beyond the store's position knew: how far the store was, and its last ledger entry.
func (p *Partition) lastWord(ctx context.Context, reader *committed.Reader, changelog string) (known int64, entry uint64, err error) {
	const stretch = 1000 // at first; a transaction may be longer than that
	start := max(p.Changelog.Start, p.At.Changelog)
	var last *kgo.Record
	for n := int64(stretch); last == nil; n *= 10 {
		from := max(start, p.Changelog.End-n)
		err := reader.Read(ctx, changelog, p.Number, committed.Span{Start: from, End: p.Changelog.End}, func(rec *kgo.Record) error {
			if string(rec.Key) == core.ProgressKey {
				last = rec
			}
			return nil
		})
		if err != nil {
			return 0, 0, err
		}
		if from == start {
			break
		}
	}
	if last == nil {
		return 0, 0, nil
	}
	c, err := state.DecodeCell(core.ProgressKey, last.Value, nil)
	if err != nil {
		return 0, 0, fmt.Errorf("%s/%d at offset %d: %w", changelog, p.Number, last.Offset, err)
	}
	if progress, ok := c.(*core.Progress); ok {
		entry = progress.Entry
	}
	return topics.CheckpointedOf(last), entry, nil
}

// left is about how many records the store lacks of those that there are; zero only where it lacks none. Records of ownership do not
// count: they hold nothing.
func (p *Partition) left(ctx context.Context, reader *committed.Reader, ledger, changelog string, at state.Position) (int64, error) {
	counts := func(rec *kgo.Record) bool { return !topics.IsOwnership(rec) }
	rows, err := reader.Left(ctx, ledger, p.Number, committed.Span{Start: max(at.Ledger, p.Ledger.Start), End: p.Ledger.End}, counts)
	if err != nil {
		return 0, err
	}
	cells, err := reader.Left(ctx, changelog, p.Number, committed.Span{Start: max(at.Changelog, p.Changelog.Start), End: p.Changelog.End}, counts)
	return rows + cells, err
}
