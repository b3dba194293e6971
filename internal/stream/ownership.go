package stream

import (
	"context"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/sinks"
)

// ownership commits the record that says "from here on the partition is mine" to changelog p and ledger p, in a
// transaction of its own. Whatever a predecessor committed lies before it: so a restore knows where to stop reading,
// which neither the high watermark nor the last stable offset alone would tell it.
//
// The transaction commits no input offset and so is not fenced by the group; it need not be: the record holds nothing
// that anyone applies, and a sleeper that writes one late only adds a line that readers skip.
type ownership struct {
	cfg    *Config
	id     string
	turn   chan struct{} // taken by whoever has its transaction open: one at a time
	client *kgo.Client
}

func newOwnership(cfg *Config, id string) (*ownership, error) {
	client, err := kgo.NewClient(append(slices.Clone(cfg.Client),
		kgo.ClientID(id),
		kgo.TransactionalID(id),
		kgo.TransactionTimeout(cfg.TransactionTimeout),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(0),
	)...)
	if err != nil {
		return nil, fmt.Errorf("a producer for ownership records: %w", err)
	}
	return &ownership{cfg: cfg, id: id, turn: make(chan struct{}, 1), client: client}, nil
}

// take returns the offsets of the ownership records on changelog p and ledger p, once they are committed. The context is the
// worker's, not the task's: a task that is stopped meanwhile must not leave the transaction open for the next one.
func (o *ownership) take(ctx context.Context, p int32) (changelog, ledger int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, o.cfg.TransactionTimeout)
	defer cancel()
	select {
	case o.turn <- struct{}{}:
		defer func() { <-o.turn }()
	case <-ctx.Done():
		return 0, 0, fmt.Errorf("waiting to take partition %d: %w", p, ctx.Err())
	}
	if err := o.client.BeginTransaction(); err != nil {
		return 0, 0, fmt.Errorf("beginning to take partition %d: %w", p, err)
	}
	onLedger, onChangelog := sinks.NewEncoder(o.cfg.Names).Ownership(p, o.id)
	// A record that was sent and not answered is not given up with its context: only the wait for it is. The worker ends then,
	// and the client with it.
	produced := &production{}
	o.client.Produce(ctx, onLedger, produced.done)
	o.client.Produce(ctx, onChangelog, produced.done)
	if err := o.client.Flush(ctx); err != nil {
		return 0, 0, fmt.Errorf("taking partition %d: %w", p, err)
	}
	if err := produced.err(); err != nil {
		return 0, 0, fmt.Errorf("taking partition %d: %w", p, err)
	}
	if err := o.client.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return 0, 0, fmt.Errorf("committing to take partition %d: %w", p, err)
	}
	return onChangelog.Offset, onLedger.Offset, nil
}

func (o *ownership) close() { o.client.Close() }
