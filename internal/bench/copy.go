package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/stream/balance"
	"purser/topics"
)

// copier is the pass-through: the client, transactions, workers and batches of purser, and no work. Each input record
// becomes one output record of the size and the text of a ledger record, so that compressing it costs as much.
type copier struct {
	a    *appSettings
	text []byte // ledger records, one after the other
	at   int
}

func runCopy(settings string) error {
	var a appSettings
	if err := json.Unmarshal([]byte(settings), &a); err != nil {
		return err
	}
	text, err := os.ReadFile(a.Template)
	if err != nil {
		return err
	}
	if len(text) <= a.PerEvent {
		return errors.New("the template is shorter than one record")
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-untilClosed()
		cancel()
	}()
	errs := make(chan error, a.Workers)
	for i := range a.Workers {
		c := &copier{a: &a, text: text, at: i * len(text) / a.Workers}
		go func() { errs <- c.run(ctx, i) }()
	}
	var failed error
	for range a.Workers {
		if err := <-errs; err != nil {
			failed = err
			cancel()
		}
	}
	return failed
}

func (c *copier) run(ctx context.Context, n int) error {
	names := topics.Names{Prefix: c.a.Prefix}
	id := fmt.Sprintf("copy-%d-%d", os.Getpid(), n)
	session, err := kgo.NewGroupTransactSession(append(c.a.client(),
		kgo.ClientID(id),
		kgo.TransactionalID(id),
		kgo.TransactionTimeout(10*time.Second),
		kgo.ConsumerGroup(c.a.Group),
		kgo.ConsumeTopics(names.Inputs()...),
		kgo.Balancers(balance.CoPartition()),
		kgo.SessionTimeout(sessionTimeout),
		kgo.RebalanceTimeout(10*time.Second),
		kgo.HeartbeatInterval(500*time.Millisecond),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.BlockRebalanceOnPoll(),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(time.Second),
		kgo.ProducerBatchMaxBytes(4<<20),
		kgo.MaxBufferedRecords(1<<20),
		kgo.FetchMaxWait(250*time.Millisecond),
	)...)
	if err != nil {
		return err
	}
	defer session.CloseAllowingRebalance()
	for ctx.Err() == nil {
		session.AllowRebalance()
		batch, err := c.gather(ctx, session)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			continue
		}
		if err := c.commit(session, names.Of(topics.Ledger), batch); err != nil {
			return err
		}
	}
	return nil
}

// gather polls as purser's worker does.
func (c *copier) gather(ctx context.Context, session *kgo.GroupTransactSession) (batch []*kgo.Record, err error) {
	deadline := time.Now().Add(100 * time.Millisecond)
	for len(batch) < c.a.BatchMax {
		limited, cancel := context.WithDeadline(ctx, deadline)
		fetches := session.PollRecords(limited, c.a.BatchMax-len(batch))
		cancel()
		fetches.EachError(func(_ string, _ int32, e error) {
			if !errors.Is(e, context.DeadlineExceeded) && !errors.Is(e, context.Canceled) {
				err = e
			}
		})
		if err != nil {
			return nil, err
		}
		first := len(batch) == 0
		fetches.EachRecord(func(r *kgo.Record) { batch = append(batch, r) })
		if first && len(batch) > 0 {
			deadline = time.Now().Add(c.a.Interval)
		}
		if ctx.Err() != nil || !time.Now().Before(deadline) {
			return batch, nil
		}
	}
	return batch, nil
}

func (c *copier) commit(session *kgo.GroupTransactSession, topic string, batch []*kgo.Record) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := session.Begin(); err != nil {
		return err
	}
	var mu sync.Mutex
	var failed error
	done := func(_ *kgo.Record, err error) {
		if err != nil {
			mu.Lock()
			failed = err
			mu.Unlock()
		}
	}
	out := make([]kgo.Record, len(batch))
	for i, in := range batch {
		out[i] = kgo.Record{Topic: topic, Partition: in.Partition, Key: in.Key, Value: c.body(len(in.Key))}
		session.Produce(ctx, &out[i], done)
	}
	committed, err := session.End(ctx, kgo.TryCommit)
	mu.Lock()
	defer mu.Unlock()
	if err == nil && failed == nil && !committed {
		return nil // a rebalance: the records come again
	}
	return errors.Join(err, failed)
}

// body is the next piece of the template. It is not copied: what the copy saves is part of the limit.
func (c *copier) body(key int) []byte {
	n := max(c.a.PerEvent-key, 1)
	if c.at+n > len(c.text) {
		c.at = 0
	}
	b := c.text[c.at : c.at+n]
	c.at += n
	return b
}
