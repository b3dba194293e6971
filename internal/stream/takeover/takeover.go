// Package takeover ends the transactions that dead workers left open.
//
// An owner that dies with a transaction open holds back the last stable offset of what it wrote to, and so its successor,
// for the whole transaction timeout and the broker's scan after it. The successor knows better than the timeout: a worker
// that is no longer a member of the group will never commit (the group's generation fences it), so its transaction can
// be ended at once, by taking its transactional id away from it.
//
// A worker's client id is unique to its start, and its transactional ids are made of it: the client id itself for the
// batches, and the client id with OwnershipSuffix for the ownership records. So the owner of a transaction can be found
// among the members of the group.
package takeover

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"purser/internal/failpoint"
)

// OwnershipSuffix follows the client id in the transactional id of the producer of ownership records.
const OwnershipSuffix = "-own"

// pause is how long to wait before asking again: a broker aborts a transaction in tens of milliseconds.
const pause = 25 * time.Millisecond

// EndOpenTransactions ends the transactions that are open on any of the partitions (by topic) and whose owner is no
// longer a member of the group, and returns their transactional ids. The partitions are the engine's own, to which
// nobody else writes. The transactions of living members are left alone, also the caller's own.
//
// When it returns without an error, the markers of what it ended are written. It tries until ctx ends.
func EndOpenTransactions(ctx context.Context, client *kgo.Client, group string, partitions map[string][]int32) (ended []string, err error) {
	open, err := whileRetriable(ctx, func() ([]string, error) { return openTransactions(ctx, client, partitions) })
	if err != nil {
		return nil, fmt.Errorf("find open transactions: %w", err)
	}
	if len(open) == 0 {
		return nil, nil
	}
	// The members are asked for after the transactions: a worker that joins in between and begins one is not in open.
	// The other way round it would be taken for dead.
	living, err := whileRetriable(ctx, func() (map[string]bool, error) { return livingMembers(ctx, client, group) })
	if err != nil {
		return nil, fmt.Errorf("describe group %s: %w", group, err)
	}
	for _, id := range open {
		if living[strings.TrimSuffix(id, OwnershipSuffix)] && !failpoint.Off("living") {
			continue
		}
		if err := end(ctx, client, id); err != nil {
			return ended, fmt.Errorf("end the open transaction of %s: %w", id, err)
		}
		ended = append(ended, id)
	}
	return ended, nil
}

// EndTransactionsOf ends what is open under transactional ids that the caller has used and will not use again, and returns
// those that were. When it returns without an error, their markers are written. It tries until ctx ends.
func EndTransactionsOf(ctx context.Context, client *kgo.Client, ids ...string) (ended []string, err error) {
	for _, id := range ids {
		open, err := whileRetriable(ctx, func() (bool, error) { return isOpenUnder(ctx, client, id) })
		if err == nil && open {
			err = end(ctx, client, id)
		}
		if err != nil {
			return ended, fmt.Errorf("end the open transaction of %s: %w", id, err)
		}
		if open {
			ended = append(ended, id)
		}
	}
	return ended, nil
}

// isOpenUnder says whether a transaction is open under an id. An id that was never used has none.
func isOpenUnder(ctx context.Context, client *kgo.Client, id string) (bool, error) {
	described, err := kadm.NewClient(client).DescribeTransactions(ctx, id)
	if err != nil {
		return false, err
	}
	d := described[id]
	if errors.Is(d.Err, kerr.TransactionalIDNotFound) {
		return false, nil
	}
	return isOpen(d.State), d.Err
}

// openTransactions returns the transactional ids that have a transaction open on one of the partitions, sorted.
func openTransactions(ctx context.Context, client *kgo.Client, partitions map[string][]int32) ([]string, error) {
	admin := kadm.NewClient(client)
	set := kadm.TopicsSet{}
	for topic, numbers := range partitions {
		set.Add(topic, numbers...)
	}
	described, err := admin.DescribeProducers(ctx, set)
	if err != nil {
		return nil, err
	}
	var producers []int64
	for _, p := range described.SortedPartitions() {
		if p.Err != nil {
			return nil, fmt.Errorf("%s/%d: %w", p.Topic, p.Partition, p.Err)
		}
		for _, producer := range p.ActiveProducers {
			if producer.CurrentTxnStartOffset >= 0 {
				producers = append(producers, producer.ProducerID)
			}
		}
	}
	if len(producers) == 0 {
		return nil, nil
	}
	slices.Sort(producers)
	listed, err := admin.ListTransactions(ctx, slices.Compact(producers), nil)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, l := range listed.Sorted() {
		if isOpen(l.State) {
			ids = append(ids, l.TxnID)
		}
	}
	return ids, nil
}

// isOpen says whether a transaction in that state holds a last stable offset back, or will until its markers are there.
func isOpen(state string) bool {
	switch state {
	case "Empty", "CompleteCommit", "CompleteAbort", "Dead":
		return false
	}
	return true
}

// livingMembers returns the client ids of the group's members. A group that does not exist has none.
func livingMembers(ctx context.Context, client *kgo.Client, group string) (map[string]bool, error) {
	described, err := kadm.NewClient(client).DescribeGroups(ctx, group)
	if err != nil {
		return nil, err
	}
	g := described[group]
	if g.Err != nil && !errors.Is(g.Err, kerr.GroupIDNotFound) {
		return nil, g.Err
	}
	living := map[string]bool{}
	for _, m := range g.Members {
		living[m.ClientID] = true
	}
	return living, nil
}

// end takes the transactional id over, which makes the coordinator abort what is open under it, or finish what was
// being committed; it answers "concurrent transactions" until the markers are written.
func end(ctx context.Context, client *kgo.Client, id string) error {
	_, err := whileRetriable(ctx, func() (struct{}, error) {
		req := kmsg.NewPtrInitProducerIDRequest()
		req.TransactionalID = &id
		req.TransactionTimeoutMillis = 10_000 // of a transaction that nobody will begin
		req.ProducerID, req.ProducerEpoch = -1, -1
		resp, err := req.RequestWith(ctx, client)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, kerr.ErrorForCode(resp.ErrorCode)
	})
	return err
}

// whileRetriable calls f until it succeeds, fails in a way that waiting does not mend, or ctx ends.
func whileRetriable[T any](ctx context.Context, f func() (T, error)) (T, error) {
	for {
		v, err := f()
		if err == nil || !retriable(err) {
			return v, err
		}
		select {
		case <-ctx.Done():
			return v, errors.Join(context.Cause(ctx), err)
		case <-time.After(pause):
		}
	}
}

func retriable(err error) bool {
	var ke *kerr.Error
	return errors.As(err, &ke) && (ke.Retriable || ke == kerr.ConcurrentTransactions)
}
