package stream

import (
	"context"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/failpoint"
	"purser/internal/stream/takeover"
)

// endTransactions ends what a worker that gave up its client has left open. Whoever took its partitions over has ended what was
// open then; but one that slept through that writes when it wakes up, before the group refuses it, and would hide what the
// new owner commits from every reader of committed records until the broker's timeout.
//
// Where the broker does not answer that timeout does the same, later.
func (w *worker) endTransactions(ctx context.Context) {
	if failpoint.Off("end-own") {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, w.cfg.TransactionTimeout)
	defer cancel()
	ended, err := w.endTransactionsBy(ctx)
	for _, id := range ended {
		w.log.Info("ended its own open transaction", "transactional_id", id)
		w.cfg.Metrics.DeadTransactions.Inc()
	}
	if err != nil && ctx.Err() == nil {
		w.log.Warn("could not end its own open transaction: the broker will, after its timeout", "error", err)
	}
}

// endTransactionsBy does so with a client of its own, because the worker's is closed.
func (w *worker) endTransactionsBy(ctx context.Context) (ended []string, err error) {
	client, err := kgo.NewClient(append(slices.Clone(w.cfg.Client), kgo.ClientID(w.id+"-end"))...)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	return takeover.EndTransactionsOf(ctx, client, w.id, w.id+takeover.OwnershipSuffix)
}
