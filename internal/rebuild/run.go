package rebuild

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/sinks/checkpoint"
	"purser/topics"
)

// Progress is how far a rebuild is, in offsets of ledger and changelog together.
type Progress struct {
	Done, Total           int64
	Finished, Partitions  int
	Elapsed, AboutAnother time.Duration
}

// lookEvery is how often the store is asked how far it is.
const lookEvery = 500 * time.Millisecond

// Run does what the plan says and returns when the store holds what the topics held when the plan was made. The error names
// the partitions that could not be brought there; the others are.
func Run(ctx context.Context, c Config, plan *Plan, tell func(Progress)) error {
	r := &run{c: c, tell: tell, began: time.Now(), stopped: map[int32]error{}}
	var errs []error
	for i := range plan.Partitions {
		p := &plan.Partitions[i]
		switch p.Way {
		case Cannot:
			errs = append(errs, fmt.Errorf("partition %d %s: %s", p.Number, Cannot, p.Why))
		case Anew:
			if err := c.Store.Reset(ctx, p.Number); err != nil {
				return err
			}
			r.open = append(r.open, p)
		case GoOn:
			r.open = append(r.open, p)
		case Nothing:
		}
	}
	r.all = r.open
	if len(r.open) > 0 {
		errs = append(errs, r.work(ctx, int32(len(plan.Partitions))))
	}
	return errors.Join(errs...)
}

type run struct {
	c     Config
	tell  func(Progress)
	began time.Time
	all   []*Partition
	open  []*Partition // those of all that are not there yet

	mu      sync.Mutex
	stopped map[int32]error
}

// work lets a checkpointer of its own run until every partition is there.
func (r *run) work(ctx context.Context, partitions int32) error {
	cp, err := checkpoint.New(checkpoint.Config{
		Client: r.c.Client, Names: r.c.Names, Partitions: partitions, Store: r.c.Store, Logger: r.c.Log,
		Metrics: checkpoint.NewMetrics(prometheus.NewRegistry()), Window: r.c.Window, OnStop: r.onStop,
		CellsEvery: 2 * time.Second, StandBy: 2 * time.Second,
	})
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(append(r.c.Client[:len(r.c.Client):len(r.c.Client)], kgo.ClientID("purser-restore"))...)
	if err != nil {
		return fmt.Errorf("a Kafka client: %w", err)
	}
	defer client.Close()
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- cp.Run(running) }()
	err = r.follow(ctx, committed.NewReader(client))
	stop()
	return errors.Join(err, <-ended)
}

func (r *run) onStop(partition int32, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped[partition] = err
}

// follow looks at the store until nothing is open.
func (r *run) follow(ctx context.Context, reader *committed.Reader) error {
	var errs []error
	for {
		if err := r.look(ctx, reader, &errs); err != nil {
			return err
		}
		if len(r.open) == 0 {
			return errors.Join(errs...)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the rebuild was broken off and can be begun again: %w", ctx.Err())
		case <-time.After(lookEvery):
		}
	}
}

// look asks the store once, and takes what is done off the list. A store that does not answer is asked again.
func (r *run) look(ctx context.Context, reader *committed.Reader, errs *[]error) error {
	numbers := make([]int32, len(r.all))
	for i, p := range r.all {
		numbers[i] = p.Number
	}
	limited, cancel := context.WithTimeout(ctx, longFetch)
	defer cancel()
	positions, err := r.c.Store.Positions(limited, numbers)
	if err != nil {
		r.c.Log.Warn("the store does not say how far it is, and will be asked again", "error", err)
		return nil
	}
	var open []*Partition
	for _, p := range r.open {
		left, err := p.left(ctx, reader, r.c.Names.Of(topics.Ledger), r.c.Names.Of(topics.Changelog), positions[p.Number])
		if err != nil {
			return err
		}
		r.mu.Lock()
		stopped := r.stopped[p.Number]
		r.mu.Unlock()
		switch {
		case left == 0:
		case stopped != nil:
			*errs = append(*errs, fmt.Errorf("partition %d was not brought up to date: %w", p.Number, stopped))
		default:
			open = append(open, p)
		}
	}
	r.open = open
	progress := Progress{Finished: len(r.all) - len(open), Partitions: len(r.all), Elapsed: time.Since(r.began)}
	for _, p := range r.all {
		from := p.At
		if p.Way == Anew {
			from.Ledger, from.Changelog = 0, 0
		}
		at := positions[p.Number]
		progress.Total += p.Ledger.End - from.Ledger + p.Changelog.End - from.Changelog
		progress.Done += min(at.Ledger, p.Ledger.End) - from.Ledger + min(at.Changelog, p.Changelog.End) - from.Changelog
	}
	if progress.Done > 0 {
		progress.AboutAnother = time.Duration(float64(progress.Elapsed) / float64(progress.Done) * float64(progress.Total-progress.Done))
	}
	r.tell(progress)
	return nil
}
