package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"purser/internal/access"
	"purser/internal/failpoint"
	"purser/internal/stream/balance"
	"purser/internal/stream/takeover"
	"purser/sinks"
	"purser/topics"
)

// worker is one life of a group member: from joining to the first doubt. It is never reused.
type worker struct {
	cfg     *Config
	id      string // client id and transactional id
	log     *slog.Logger
	session *kgo.GroupTransactSession
	client  *kgo.Client
	admin   *kadm.Client
	owner   *ownership
	encoder *sinks.Encoder
	aside   *setAside
	stores  *storeWatch

	tasks map[int32]*task
	batch batch
	grace context.Context    // ends stopPatience after a stop was asked for
	kill  context.CancelFunc // ends all that the client is about

	mu        sync.Mutex
	assigned  map[int32]uint64 // partitions of the newest assignment, and a number that grows with each time it was assigned
	grants    uint64
	member    string        // the group's name for it, from its first assignment to its end
	joining   chan struct{} // closed when the group is not between a join and its sync
	told      uint64        // which news of setAside it brought along when it joined last
	retelling uint64        // which news it last asked for a join to tell, and
	retold    time.Time     // when
	revoked   atomic.Bool   // a revocation was seen since the last End: the session would abort the next transaction
	lost      atomic.Bool   // the group gave this member up
}

// errDoubt is why a worker drops its client: a transaction whose end it does not know, or membership that was lost.
var errDoubt = errors.New("the end of a transaction is not known")

func newWorker(grace context.Context, cfg *Config, id string, aside *setAside, stores *storeWatch) (*worker, error) {
	life, kill := context.WithCancel(context.Background())
	w := &worker{
		cfg: cfg, id: id, aside: aside, stores: stores, grace: grace, kill: kill,
		log:      cfg.Logger.With("worker", id),
		encoder:  sinks.NewEncoder(cfg.Names),
		tasks:    map[int32]*task{},
		assigned: map[int32]uint64{},
		joining:  closed,
	}
	w.batch.worker = w
	inputs := make([]string, len(topics.Inputs))
	for i, t := range topics.Inputs {
		inputs[i] = cfg.Names.Of(t)
	}
	opts := append(slices.Clone(cfg.Client),
		kgo.WithContext(life),
		kgo.ClientID(id),
		kgo.TransactionalID(id),
		kgo.TransactionTimeout(cfg.TransactionTimeout),
		kgo.ConsumerGroup(cfg.Group),
		kgo.ConsumeTopics(inputs...),
		kgo.Balancers(balance.Observed(balancer(), w.join, w.synced)),
		kgo.SessionTimeout(cfg.SessionTimeout),
		kgo.RebalanceTimeout(cfg.RebalanceTimeout),
		kgo.HeartbeatInterval(min(cfg.SessionTimeout/10, 500*time.Millisecond)),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(resetOffset()),
		blockRebalance(),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(time.Second), // End flushes: a batch is sent when it is whole
		kgo.ProducerBatchMaxBytes(batchBytes()),
		kgo.MaxBufferedRecords(1<<20),
		kgo.FetchMaxWait(250*time.Millisecond),
		kgo.OnPartitionsAssigned(w.onAssigned),
		kgo.OnPartitionsRevoked(func(context.Context, *kgo.Client, map[string][]int32) { w.revoked.Store(true) }),
		kgo.OnPartitionsLost(func(context.Context, *kgo.Client, map[string][]int32) { w.lost.Store(true) }),
	)
	session, err := kgo.NewGroupTransactSession(opts...)
	if err != nil {
		kill()
		return nil, fmt.Errorf("joining group %s: %w", cfg.Group, err)
	}
	w.session, w.client = session, session.Client()
	w.admin = kadm.NewClient(w.client)
	w.owner, err = newOwnership(cfg, id+takeover.OwnershipSuffix)
	if err != nil {
		kill()
		session.CloseAllowingRebalance()
		return nil, err
	}
	return w, nil
}

func balancer() kgo.GroupBalancer {
	if failpoint.Off("co-partition") {
		return kgo.CooperativeStickyBalancer()
	}
	return balance.CoPartition()
}

// resetOffset is none: an offset that is not there is told, and never replaced by another.
func resetOffset() kgo.Offset {
	if failpoint.Off("no-reset") {
		return kgo.NewOffset().AtStart()
	}
	return kgo.NoResetOffset()
}

// batchBytes leaves room for outputs that are larger than what they are about, as the topics do.
func batchBytes() int32 {
	if failpoint.Off("room-for-outputs") {
		return topics.MaxRecordBytes
	}
	return 4 << 20
}

// blockRebalance keeps the callbacks of the group away from an open batch.
func blockRebalance() kgo.Opt {
	if failpoint.Off("block-rebalance") {
		return kgo.WithHooks()
	}
	return kgo.BlockRebalanceOnPoll()
}

// closed is what joining is while nothing goes on.
var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// join hears that this member joins the next generation of the group, and says what its process has set aside.
func (w *worker) join() []balance.SetAside {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.joining:
		w.joining = make(chan struct{})
	default:
	}
	aside, news := w.aside.tell()
	w.told = news
	return aside
}

// retell joins again where the group does not know what this process has set aside or taken back: there is no other way to
// change a member's words. What does not move goes on meanwhile but for the join, as when any member comes or goes.
func (w *worker) retell() {
	_, news := w.aside.tell()
	w.mu.Lock()
	again := w.member != "" && w.told != news && (w.retelling != news || time.Since(w.retold) > w.cfg.RebalanceTimeout)
	if again {
		w.retelling, w.retold = news, time.Now()
	}
	w.mu.Unlock()
	if again {
		w.client.ForceRebalance()
	}
}

// awaitSync waits while the group joins: the client writes the generation into an offset commit before it waits for the
// join that would make that generation illegal, and the transaction would be aborted for nothing.
//
// The group ends a join within the rebalance timeout, and waits for a leader that died over it for the session timeout.
// What takes longer than limit this member does not hear of; a commit would then fail too, and so the client is given up.
func (w *worker) awaitSync(ctx context.Context, limit time.Duration) error {
	w.mu.Lock()
	joining := w.joining
	w.mu.Unlock()
	if failpoint.Off("await-sync") {
		joining = closed
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-joining:
		return nil
	case <-timer.C:
		return fmt.Errorf("the group has been joining for more than %v: %w", limit, errDoubt)
	case <-ctx.Done():
		return fmt.Errorf("waiting for the group to join: %w: %w", ctx.Err(), errDoubt)
	}
}

// sameMember looks at each offset commit as it is sent. A member that the group had given up joins again under a new id and
// may be told that a partition is its own which another has meanwhile had and moved on: what its tasks remember is then
// worth nothing, and the new generation would not fence it.
func (w *worker) sameMember(commit *kmsg.TxnOffsetCommitRequest) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if failpoint.Off("fence") {
		commit.MemberID, commit.Generation = "", -1 // as who is in no group: nothing is checked
		return nil
	}
	if commit.MemberID != w.member {
		return fmt.Errorf("the batch is of member %q, but this is %q now: the group had given it up", w.member, commit.MemberID)
	}
	return nil
}

// synced hears each assignment of the group before any callback does; a partition counts when all inputs have it.
func (w *worker) synced(assignment map[string][]int32) {
	held := map[int32]int{}
	for _, partitions := range assignment {
		for _, p := range partitions {
			held[p]++
		}
	}
	w.mu.Lock()
	select {
	case <-w.joining:
	default:
		close(w.joining)
	}
	for p := range w.assigned {
		if held[p] < len(topics.Inputs) {
			delete(w.assigned, p)
		}
	}
	w.mu.Unlock()
	w.cfg.fail("synced")
}

// onAssigned pauses what is new before a single record of it is fetched: the task resumes it once it is restored.
func (w *worker) onAssigned(_ context.Context, cl *kgo.Client, added map[string][]int32) {
	if !failpoint.Off("pause-until-restored") {
		cl.PauseFetchPartitions(added)
	}
	member, _ := cl.GroupMetadata()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.member == "" {
		w.member = member
	} else if w.member != member && !failpoint.Off("same-member") {
		w.lost.Store(true) // see sameMember
	}
	count := map[int32]int{}
	for _, partitions := range added {
		for _, p := range partitions {
			count[p]++
		}
	}
	for p, n := range count {
		if n == len(topics.Inputs) {
			if !failpoint.Off("new-task") {
				w.grants++
			}
			w.assigned[p] = w.grants
		}
	}
}

// run serves until ctx ends, which is a graceful stop (nil), or until a doubt, which is an error: the caller makes a new worker.
func (w *worker) run(ctx context.Context) (err error) {
	defer w.close(&err)
	for {
		if ctx.Err() != nil {
			return nil
		}
		if w.lost.Load() {
			return fmt.Errorf("membership of the group was lost: %w", errDoubt)
		}
		w.session.AllowRebalance()
		w.cfg.fail("after-allow")
		if err := w.reconcile(); err != nil {
			return err
		}
		w.retell()
		if err := w.gather(ctx); err != nil {
			return err
		}
		if w.revoked.Swap(false) {
			// The session would abort the next transaction because of it. Nothing has been begun: end nothing, which
			// forgets the revocation and goes back to what is committed, and poll again.
			w.batch.drop()
			if _, err := w.session.End(ctx, kgo.TryAbort); err != nil {
				return fmt.Errorf("after a revocation: %w", err)
			}
			continue
		}
		if w.batch.empty() {
			continue
		}
		w.cfg.fail("after-poll")
		if failpoint.Off("decide-first") {
			if err := w.beginEarly(); err != nil {
				return err
			}
		}
		if err := w.batch.decide(w.grace); err != nil {
			return err
		}
		w.cfg.fail("after-decide")
		if err := w.commit(); err != nil {
			return err
		}
	}
}

// gather polls for a batch: until it is full, or old enough, or there was nothing for a while.
func (w *worker) gather(ctx context.Context) error {
	w.batch.start()
	idle := 100 * time.Millisecond
	if len(w.tasks) == 0 || w.restoring() {
		idle = 20 * time.Millisecond
	}
	deadline := time.Now().Add(idle)
	for w.batch.len() < w.cfg.BatchMax {
		pollCtx, cancel := context.WithDeadline(ctx, deadline)
		fetches := w.session.PollRecords(pollCtx, w.cfg.BatchMax-w.batch.len())
		cancel()
		if fetches.IsClientClosed() {
			return fmt.Errorf("client closed: %w", errDoubt)
		}
		if err := w.fetchErrors(fetches); err != nil {
			return err
		}
		first := w.batch.empty()
		var stray error
		fetches.EachPartition(func(f kgo.FetchTopicPartition) { stray = cmp.Or(stray, w.batch.take(f)) })
		if stray != nil {
			return stray
		}
		if w.revoked.Load() || ctx.Err() != nil {
			return nil //nolint:nilerr // a stop that was asked for: what was polled is still decided
		}
		if first && !w.batch.empty() {
			deadline = time.Now().Add(w.cfg.BatchInterval)
		}
		if !time.Now().Before(deadline) {
			return nil
		}
	}
	return nil
}

// fetchErrors tells passing trouble, which the client retries, from what must stop: an offset that is not there is never
// reset in silence. A lost place in the group comes as an error of partition 0 of no topic: it is a doubt, and says nothing
// of that partition.
func (w *worker) fetchErrors(fetches kgo.Fetches) error {
	var stop error
	fetches.EachError(func(topic string, p int32, err error) {
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			return
		}
		var session *kgo.ErrGroupSession
		if errors.As(err, &session) {
			stop = fmt.Errorf("%w: %w", err, errDoubt)
			return
		}
		w.log.Error("fetching an input", "topic", topic, "partition", p, "error", err)
		stop = fmt.Errorf("fetching %s/%d: %w", topic, p, err)
		if topic == "" || p < 0 || access.Refused(err) { // a right that was taken away can be given back
			return
		}
		if errors.Is(err, kerr.OffsetOutOfRange) {
			stop = fmt.Errorf("%w: the topic no longer has the record that comes next. Its retention was too short for the time that this "+
				"partition was not read, or someone deleted records. When it is clear how what was lost is sent again, stop the processes and move the group on with: "+
				"kafka-consumer-groups.sh --group %s --reset-offsets --to-earliest --topic %s:%d --execute", stop, w.cfg.Group, topic, p)
		}
		w.aside.put(p, stop)
	})
	return stop
}

// reconcile makes the tasks what the group says this member holds. No batch is open.
func (w *worker) reconcile() error {
	w.dropTasks()
	w.mu.Lock()
	defer w.mu.Unlock()
	for p, n := range w.assigned {
		if _, ok := w.tasks[p]; ok {
			continue
		}
		if w.aside.has(p) {
			w.cfg.Metrics.Partitions.set(p, w, Stopped)
			continue
		}
		w.tasks[p] = startTask(w, p, n)
		w.cfg.Metrics.Partitions.set(p, w, Restoring)
	}
	for p, t := range w.tasks {
		if w.assigned[p] != t.grant {
			continue // assigned anew since it was looked at: the next look drops it
		}
		switch done, err := t.restored(); {
		case err != nil:
			return fmt.Errorf("restoring partition %d: %w", p, err)
		case done && !t.running:
			t.running = true
			w.client.ResumeFetchPartitions(w.partitionOfAll(p))
			w.cfg.Metrics.Partitions.set(p, w, Running)
			w.log.Info("partition runs", "partition", p, "restore_seconds", t.restoreTook.Seconds(), "tail_cells", t.tailCells, "tail_entries", t.tailEntries)
		}
		if t.running {
			if err := t.housekeep(); err != nil {
				return err
			}
			if full := t.full(); full != t.paused {
				t.paused = full
				if full {
					w.client.PauseFetchPartitions(w.partitionOfAll(p, topics.RefillTick))
					w.cfg.Metrics.Partitions.set(p, w, Full)
					w.log.Warn("partition pauses: the checkpoint is too far behind", "partition", p, "pinned", t.memory.Pinned())
				} else {
					w.client.ResumeFetchPartitions(w.partitionOfAll(p))
					w.cfg.Metrics.Partitions.set(p, w, Running)
					w.log.Info("partition goes on", "partition", p)
				}
			}
		}
	}
	return nil
}

// dropTasks stops what is no longer ours, or was assigned anew. A task that is restoring may take a while to stop, and the
// callbacks of the group must not wait for it.
//
// Of a partition that was taken away nothing may be polled any more, though the client goes on fetching it until the group's
// callback gets its turn: what is polled is committed with the next transaction, and nobody would have decided it.
func (w *worker) dropTasks() {
	var dropped []*task
	w.mu.Lock()
	for p, t := range w.tasks {
		if n, ok := w.assigned[p]; !ok || n != t.grant {
			delete(w.tasks, p)
			dropped = append(dropped, t)
			if !failpoint.Off("polled-is-decided") {
				w.client.PauseFetchPartitions(w.partitionOfAll(p))
			}
		}
	}
	w.mu.Unlock()
	for _, t := range dropped {
		t.stop()
		w.cfg.Metrics.Partitions.set(t.partition, w, Away)
	}
}

func (w *worker) restoring() bool {
	for _, t := range w.tasks {
		if !t.running {
			return true
		}
	}
	return false
}

// partitionOfAll is partition p of every input but some. Ticks flow even while the rest pauses: they drive what is held.
func (w *worker) partitionOfAll(p int32, but ...string) map[string][]int32 {
	all := make(map[string][]int32, len(topics.Inputs))
	for _, t := range topics.Inputs {
		if !slices.Contains(but, t) {
			all[w.cfg.Names.Of(t)] = []int32{p}
		}
	}
	return all
}

// close ends this life. After a doubt the client leaves without a word on its transaction: endTransactions ends it, or the
// successor. Leaving waits for a join that is under way, and needs the broker: when a stop has waited long enough
// for either, the group finds out by itself.
func (w *worker) close(err *error) {
	for p, t := range w.tasks {
		t.stop()
		if !w.aside.has(p) {
			w.cfg.Metrics.Partitions.set(p, w, Away)
		}
	}
	w.owner.close()
	w.session.AllowRebalance()
	if err := w.client.LeaveGroupContext(w.grace); err != nil {
		w.log.Warn("could not leave the group: others take over once it has missed this member for the session timeout", "error", err)
	}
	w.kill()
	w.session.Close()
	// Close polls once more, and what that finds would hold a goroutine of the client, which waits to leave the group a second
	// time, and with it the whole client, for ever.
	w.session.AllowRebalance()
	if *err != nil {
		w.log.Warn("worker gives up its client", "error", *err)
	}
}
