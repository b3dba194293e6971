package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/internal/load"
	"purser/processors/calendar"
	"purser/processors/core"
	"purser/sinks"
	"purser/state"
	"purser/topics"
)

// prepare gives a system its orgs and wallets and leaves one process running on them.
//
// The engine itself takes in as many wallets as are different, through the account topic, with their grants and payments. All
// others are copies of these: their cells are appended to the changelog while nobody runs, each transaction with the
// progress cells that belong to it, as the engine would. The next process finds them by its restore.
func (s *system) prepare(ctx context.Context) error {
	began := time.Now()
	if _, err := s.start(); err != nil {
		return err
	}
	if err := s.define(ctx); err != nil {
		return err
	}
	if s.v.Copy {
		return nil
	}
	if s.defined() < s.v.Wallets {
		if err := s.stopAll(); err != nil {
			return err
		}
		if err := s.appendWallets(ctx); err != nil {
			return fmt.Errorf("%s: wallets for the changelog: %w", s.v.Name, err)
		}
		seeded := time.Since(began)
		if err := s.checkpointed(ctx); err != nil {
			return err
		}
		if _, err := s.start(); err != nil {
			return err
		}
		say("%s: %s wallets are in the changelog after %.1f s", s.v.Name, thousands(s.v.Wallets), seeded.Seconds())
	}
	if err := s.decides(ctx); err != nil {
		return err
	}
	say("%s: ready after %.1f s", s.v.Name, time.Since(began).Seconds())
	return nil
}

// defined is how many wallets the engine takes in by events.
func (s *system) defined() int { return min(s.v.Wallets, int(load.Alike(orgs))) }

// originals are the cells that copies are made of, and that copies change.
type originals struct {
	wallets   [][]byte                          // values by the wallet's number
	expiring  [][]byte                          // likewise, of those that are due; nil: there are none
	partition []int32                           // of each
	plans     [partitions]map[string]*core.Plan // by key
	progress  [partitions]*core.Progress
}

const seedTransaction = 200_000 // wallets

// appendWallets appends the cells of all wallets that are not defined by events.
func (s *system) appendWallets(ctx context.Context) error {
	o, err := s.originals(ctx)
	if err != nil {
		return err
	}
	if err := o.countOnPlans(s.v.Wallets); err != nil {
		return err
	}
	switch {
	case s.v.Credits:
		err = o.credit(calendar.Month(int64(s.expires), time.UTC))
	case s.v.Due > 0:
		err = o.expire(s.expires)
	}
	if err != nil {
		return err
	}
	out, err := newSeeder(s)
	if err != nil {
		return err
	}
	defer out.client.Close()
	first := len(o.wallets)
	for from := first; from < s.v.Wallets; from += seedTransaction {
		if err := out.transaction(ctx, o, from, min(from+seedTransaction, s.v.Wallets), s.v.Wallets-s.v.Due, from == first); err != nil {
			return err
		}
	}
	return nil
}

// originals reads what the engine has made of the definitions.
func (s *system) originals(ctx context.Context) (*originals, error) {
	o := &originals{wallets: make([][]byte, s.defined()), partition: make([]int32, s.defined())}
	numbers := map[string]int{}
	for i := range o.wallets {
		org, wallet := load.Wallet(int64(i), orgs)
		numbers[string(core.AppendAccountKey(nil, org, wallet))] = i
		o.partition[i] = topics.PartitionOf(org, partitions)
	}
	reader := committed.NewReader(s.lab.client)
	changelog := s.names.Of(topics.Changelog)
	spans, err := reader.Spans(ctx, changelog)
	if err != nil {
		return nil, err
	}
	for p := range int32(partitions) {
		o.plans[p] = map[string]*core.Plan{}
		err := reader.Read(ctx, changelog, p, spans[changelog][p], func(r *recordOnKafka) error {
			if i, ok := numbers[string(r.Key)]; ok {
				o.wallets[i] = r.Value
				return nil
			}
			if topics.IsOwnership(r) {
				return nil
			}
			c, err := state.DecodeCell(string(r.Key), r.Value, nil)
			switch c := c.(type) {
			case *core.Plan:
				o.plans[p][c.Key] = c
			case *core.Progress:
				o.progress[p] = c
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for i, value := range o.wallets {
		if value == nil || o.progress[o.partition[i]] == nil {
			return nil, fmt.Errorf("the engine has no cell of wallet %d", i)
		}
	}
	return o, nil
}

// wallet is an original as the engine knows it.
func (o *originals) wallet(i int) (*core.Account, error) {
	org, id := load.Wallet(int64(i), orgs)
	c, err := state.DecodeCell(string(core.AppendAccountKey(nil, org, id)), o.wallets[i], nil)
	if err != nil {
		return nil, err
	}
	account, ok := c.(*core.Account)
	if !ok {
		return nil, fmt.Errorf("wallet %d is a %T", i, c)
	}
	return account, nil
}

// countOnPlans adds the copies to the accounts that each plan counts.
func (o *originals) countOnPlans(wallets int) error {
	for i := range o.wallets {
		account, err := o.wallet(i)
		if err != nil {
			return err
		}
		org, _ := load.Wallet(int64(i), orgs)
		plans := map[string]bool{}
		for _, v := range account.Versions {
			if v.Plan != "" {
				plans[string(core.AppendPlanKey(nil, org, v.Plan))] = true
			}
		}
		for key := range plans {
			plan := o.plans[o.partition[i]][key]
			if plan == nil {
				return fmt.Errorf("wallet %d has the plan %q, which is not there", i, key)
			}
			plan.Accounts += int64((wallets - 1 - i) / len(o.wallets))
		}
	}
	return nil
}

// seeder writes to the changelog as a task does.
type seeder struct {
	client  *kgo.Client
	encoder *sinks.Encoder
	failure atomic.Pointer[error]
}

func newSeeder(s *system) (*seeder, error) {
	a := appSettings{Brokers: s.lab.kafka.Addr, Compression: s.v.Compression}
	client, err := kgo.NewClient(append(a.client(),
		kgo.TransactionalID(s.group+"-seed"),
		kgo.TransactionTimeout(time.Minute),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchMaxBytes(4<<20),
		kgo.MaxBufferedRecords(100_000),
	)...)
	if err != nil {
		return nil, err
	}
	return &seeder{client: client, encoder: sinks.NewEncoder(s.names)}, nil
}

func (w *seeder) send(ctx context.Context, partition int32, key string, value []byte) {
	w.client.Produce(ctx, w.encoder.Changelog(partition, key, value), func(_ *kgo.Record, err error) {
		if err != nil {
			w.failure.CompareAndSwap(nil, &err)
		}
	})
}

// transaction writes wallets from one number up to another, then the progress of every partition. From firstDue on they have
// a grant that expires.
func (w *seeder) transaction(ctx context.Context, o *originals, from, to, firstDue int, withPlans bool) error {
	if err := w.client.BeginTransaction(); err != nil {
		return err
	}
	for n := from; n < to; n++ {
		org, wallet := load.Wallet(int64(n), orgs)
		like, values := n%len(o.wallets), o.wallets
		if n >= firstDue {
			values = o.expiring
		}
		w.send(ctx, o.partition[like], string(core.AppendAccountKey(nil, org, wallet)), values[like])
	}
	for p := range int32(partitions) {
		if withPlans {
			for key, plan := range o.plans[p] {
				w.send(ctx, p, key, state.AppendCell(nil, plan))
			}
		}
		if progress := o.progress[p]; progress != nil { // a partition without an org has none
			progress.Txn++
			w.send(ctx, p, core.ProgressKey, state.AppendCell(nil, progress))
		}
	}
	if err := w.client.Flush(ctx); err != nil {
		return err
	}
	if err := w.failure.Load(); err != nil {
		return *err
	}
	if err := w.client.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return err
	}
	w.encoder.Reset()
	return nil
}

// decides sees that every partition runs and that usage of the wallets is applied, and nothing else.
func (s *system) decides(ctx context.Context) error {
	const events = 2_000
	reader := committed.NewReader(s.lab.client)
	spans, err := reader.Spans(ctx, s.names.Of(topics.Ledger))
	if err != nil {
		return err
	}
	read := spans[s.names.Of(topics.Ledger)]
	watched, stop := s.whileAlive(ctx)
	defer stop(nil)
	c := s.load(events)
	c.Mix, c.Only = load.Mix{}, ""
	if _, err := load.Run(watched, c); err != nil {
		return errors.Join(err, context.Cause(watched))
	}
	if err := s.drained(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.patience())
	defer cancel()
	for applied := 0; ; {
		n, err := s.applied(ctx, reader, read)
		if err != nil {
			return err
		}
		if applied += n; applied == events {
			return nil
		}
		select { // the group's offsets may be seen to be committed before the ledger's records are
		case <-ctx.Done():
			return fmt.Errorf("%s: of %d events of usage %d are in the ledger: %w", s.v.Name, events, applied, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// applied counts the ledger's records behind what was read, all of which must be of usage that was applied, and moves on.
func (s *system) applied(ctx context.Context, reader *committed.Reader, read []committed.Span) (n int, err error) {
	ledger := s.names.Of(topics.Ledger)
	now, err := reader.Spans(ctx, ledger)
	if err != nil {
		return 0, err
	}
	for p := range int32(partitions) {
		span := committed.Span{Start: read[p].End, End: now[ledger][p].End}
		if span.Start >= span.End {
			continue
		}
		err := reader.Read(ctx, ledger, p, span, func(r *recordOnKafka) error {
			if topics.IsOwnership(r) {
				return nil
			}
			mark, err := topics.MarkOf(r)
			if err == nil && mark.Result != core.Applied {
				err = fmt.Errorf("usage of a wallet that was prepared is %s: %s", mark.Result, r.Value)
			}
			n++
			return err
		})
		if err != nil {
			return n, err
		}
		read[p] = now[ledger][p]
	}
	return n, nil
}
