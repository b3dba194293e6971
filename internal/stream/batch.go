package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/failpoint"
	"purser/processors"
	"purser/processors/core"
	"purser/state"
	"purser/topics"
)

// inputRecord is one polled record on its way to a decision.
type inputRecord struct {
	rec        *kgo.Record
	task       *task
	input      int // index in topics.Inputs
	event      core.Event
	decoded    bool
	probed     bool // the store was asked about its identity
	found      bool // and knows it:
	known      state.Known
	held       bool // it was admitted before, and has waited for the store since
	needsStore bool // it missed something that only a store can answer
}

// batch is what one transaction will speak for. Its records are decided in the order in which they were polled, but one
// that needs a store waits for one load together with all others that do, and later records of its org wait behind it.
type batch struct {
	worker  *worker
	records []inputRecord
	tasks   map[*task]struct{}
	waiting []int
	blocked map[string]struct{} // orgs with a record that waits
	probes  map[*task][]state.Probe
	asking  map[core.Identity][]*inputRecord
	sent    []*kgo.Record // what the transaction produces
	order   []*task
	current *task // whose work is being done: whom a panic belongs to
}

func (b *batch) start() {
	if b.tasks == nil {
		b.tasks, b.blocked = map[*task]struct{}{}, map[string]struct{}{}
		b.probes, b.asking = map[*task][]state.Probe{}, map[core.Identity][]*inputRecord{}
	}
	b.drop()
}

// drop forgets what was polled.
func (b *batch) drop() {
	b.records = b.records[:0]
	for t := range b.tasks {
		clear(t.ends)
	}
	clear(b.tasks)
}

func (b *batch) len() int    { return len(b.records) }
func (b *batch) empty() bool { return len(b.records) == 0 }

// take puts what was polled of a partition into the batch. Only partitions of running tasks are fetched: a record of any other
// must not be passed over, because the session commits the offsets of all that was polled, and so the client is given up.
func (b *batch) take(f kgo.FetchTopicPartition) error {
	if len(f.Records) == 0 {
		return nil
	}
	input, ok := b.worker.cfg.Names.Input(f.Topic)
	t := b.worker.tasks[f.Partition]
	if !ok || t == nil || !t.running {
		if failpoint.Off("polled-is-decided") {
			return nil
		}
		return fmt.Errorf("a record of %s/%d was polled, which no task decides: %w", f.Topic, f.Partition, errDoubt)
	}
	b.tasks[t] = struct{}{}
	t.ends[input] = f.Records[len(f.Records)-1].Offset + 1
	for _, r := range f.Records {
		b.records = append(b.records, inputRecord{rec: r, task: t, input: input})
	}
	return nil
}

// decide decides every record and the due work that follows, in memory. After an error nothing in memory counts any more.
func (b *batch) decide(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = b.current.poisoned(ctx, r)
		}
	}()
	for t := range b.tasks {
		t.away = t.away && b.worker.stores.isAway()
	}
	for i := range b.records {
		in := &b.records[i]
		b.current = in.task
		b.attempt(i, in)
	}
	for len(b.waiting) > 0 {
		if err := b.load(ctx); err != nil {
			return err
		}
		again := b.waiting
		b.waiting = nil
		clear(b.blocked)
		for _, i := range again {
			in := &b.records[i]
			b.current = in.task
			b.attempt(i, in)
		}
	}
	if err := b.runSlices(ctx); err != nil {
		return err
	}
	for _, t := range b.byPartition() {
		b.current = t
		t.finish()
	}
	return nil
}

// attempt decides one record, or leaves it waiting with all that is known of what it needs.
func (b *batch) attempt(i int, in *inputRecord) {
	t := in.task
	if _, ok := b.blocked[string(in.rec.Key)]; ok && in.input != tickInput {
		t.foresee(b, in)
		b.waiting = append(b.waiting, i)
		return
	}
	if !t.decide(b, in) {
		b.blocked[string(in.rec.Key)] = struct{}{}
		b.waiting = append(b.waiting, i)
	}
}

// load asks the stores for everything that the waiting records miss: cells from the cache and then the checkpoint, and
// identities that a filter says it may have seen.
func (b *batch) load(ctx context.Context) error {
	for t := range b.tasks {
		b.current = t
		err := t.load(ctx, t.memory.Missing())
		if err == nil {
			err = b.ask(ctx, t)
		}
		if errors.Is(err, errStoreAway) {
			t.away = true
			continue
		}
		if err != nil {
			return err
		}
		t.away = false
	}
	clear(b.asking)
	clear(b.probes)
	return nil
}

// ask looks up the identities that the filters were not sure about.
func (b *batch) ask(ctx context.Context, t *task) error {
	probes := b.probes[t]
	if len(probes) == 0 {
		return nil
	}
	found, err := t.find(ctx, probes)
	if err != nil {
		return err
	}
	for _, p := range probes {
		for _, in := range b.asking[p.Identity] {
			in.probed = true
		}
	}
	for _, k := range found {
		for _, in := range b.asking[k.Identity] {
			in.found, in.known = true, k
		}
	}
	return nil
}

// wantIdentity puts a record on the list of those whose identity the store is asked about.
func (b *batch) wantIdentity(in *inputRecord, pieces []uint64) {
	if _, asked := b.asking[in.event.Identity]; !asked {
		b.probes[in.task] = append(b.probes[in.task], state.Probe{Identity: in.event.Identity, Pieces: append([]uint64(nil), pieces...)})
	}
	b.asking[in.event.Identity] = append(b.asking[in.event.Identity], in)
}

// decide decides one record of this task; false: it needs something that is not in memory, which is remembered.
func (t *task) decide(b *batch, in *inputRecord) bool {
	t.lastRecord = in
	if !in.decoded {
		if !t.admit(in) {
			return true
		}
	}
	ev := &in.event
	switch ev.Type {
	case core.Continue:
		t.driven = false
		return true
	case core.Resume: // it was for whoever had set the partition aside (resume.go)
		return true
	case core.Tick:
		return t.tick(in)
	}
	if q := t.held[ev.Org]; q != nil || (t.away && in.needsStore) {
		return t.hold(in)
	}
	verdict, sure := t.judge(b, in)
	if !sure {
		in.needsStore = true
		return false
	}
	switch verdict {
	case core.Duplicate:
		t.count(in.input, "duplicate")
		return true
	case core.Conflict:
		t.conflict(in)
		return true
	}
	if !t.settle(ev, in.rec) {
		in.needsStore = true
		return false
	}
	return true
}

// admit decodes a record; false: it became a dead letter.
func (t *task) admit(in *inputRecord) bool {
	if t.misplaced(in) {
		t.deadLetter(in, topics.ReasonWrongPartition, t.rightPlace(in.rec))
		return false
	}
	if rejection := t.decoder.Decode(in.input, in.rec, &in.event); rejection != nil {
		t.deadLetter(in, rejection.Reason, rejection.Text())
		return false
	}
	if t.misdated(in) {
		t.deadLetter(in, topics.ReasonProducerTime, "expected the broker's time (message.timestamp.type=LogAppendTime), came the producer's: no producer's clock decides anything")
		return false
	}
	in.decoded = true
	return true
}

// rightPlace says where a misplaced record should have gone.
func (t *task) rightPlace(rec *kgo.Record) string {
	right := topics.PartitionOf(string(rec.Key), t.w.cfg.Partitions)
	return fmt.Sprintf("key: expected on partition %d, by murmur2 as Kafka's own clients have it, came on %d", right, t.partition)
}

// misdated says that a record carries its producer's time and not the broker's, by which rules are chosen and duplicates
// forgotten. Sent again, it gets the broker's. A continuation's time says nothing.
func (t *task) misdated(in *inputRecord) bool {
	const broker = 1
	return t.w.cfg.BrokerTime && !in.held && in.rec.Attrs.TimestampType() != broker && in.event.Type != core.Continue
}

// misplaced says that a record's key belongs to another partition. A record without a key belongs to none, which is for
// the decoder to say.
func (t *task) misplaced(in *inputRecord) bool {
	return !failpoint.Off("placed") && in.input != tickInput && len(in.rec.Key) > 0 && topics.PartitionOf(string(in.rec.Key), t.w.cfg.Partitions) != t.partition
}

// foresee finds out what a record that has to wait for its org will need, so that one load brings it all.
func (t *task) foresee(b *batch, in *inputRecord) {
	if !in.decoded {
		if t.misplaced(in) || t.decoder.Decode(in.input, in.rec, &in.event) != nil || t.misdated(in) {
			return // told when its turn comes
		}
		in.decoded = true
	}
	if !in.probed {
		if _, inTail, pieces := t.index.Lookup(&in.event.Identity); !inTail && len(pieces) > 0 {
			b.wantIdentity(in, pieces)
		}
	}
	processors.Prefetch(t.memory, &in.event)
}

// judge says whether an event is new, by memory and by what the store was asked.
func (t *task) judge(b *batch, in *inputRecord) (v core.Verdict, sure bool) {
	ev := &in.event
	known, ok, pieces := t.index.Lookup(&ev.Identity)
	if !ok && len(pieces) > 0 {
		if !in.probed {
			b.wantIdentity(in, pieces)
			return v, false
		}
		known, ok = in.known, in.found
	}
	if !ok {
		return core.New, true
	}
	return core.Judge(core.Seen{Payload: known.Payload, Result: known.Result, Entry: known.Entry, At: known.At},
		ev, core.Time(t.w.cfg.DuplicateWindow.Microseconds()), topics.ReplayOf(in.rec, t.partition)), true
}

// settle decides an event by the core and writes down what it says. Due work that comes first is done first.
func (t *task) settle(ev *core.Event, rec *kgo.Record) bool {
	for {
		d := &t.decision
		d.Reset()
		switch processors.Decide(t.memory, ev, d) {
		case core.Miss:
			return false
		case core.DueFirst:
			if !t.runDue(d.DueCell) {
				return false
			}
		default:
			t.record(ev, rec, d)
			return true
		}
	}
}

// runDue runs what is due on one cell; false: something has to be loaded first.
func (t *task) runDue(c core.Cell) bool {
	for h := c.Head(); h.NextDue > 0 && h.NextDue <= t.until(); {
		if !t.duePiece(c) {
			return false
		}
		if h.Gone {
			return true // it was its last work
		}
	}
	return true
}

// duePiece runs one piece of due work of a cell; false: something has to be loaded first. An event that waited may
// itself have to wait for what is due on another cell.
func (t *task) duePiece(c core.Cell) bool {
	for {
		d := &t.decision
		d.Reset()
		switch processors.RunDue(t.memory, c, t.until(), d) {
		case core.Miss:
			return false
		case core.DueFirst:
			if !t.runDue(d.DueCell) {
				return false
			}
		default:
			t.recordDue(d)
			return true
		}
	}
}

const tickInput = 2 // index of refill-tick in topics.Inputs

// tick takes the time, unless it is so far ahead of the broker's that someone's clock is wrong.
func (t *task) tick(in *inputRecord) bool {
	ahead := core.Time(t.w.cfg.MaxTickAhead.Microseconds())
	if ahead > 0 && in.event.TickAt > in.event.RecordedAt+ahead {
		t.deadLetter(in, string(core.ClockAhead), "the tick is further ahead of the broker's time than is allowed")
		return true
	}
	d := &t.decision
	d.Reset()
	processors.Decide(t.memory, &in.event, d)
	t.count(in.input, "applied")
	return true
}
