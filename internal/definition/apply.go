package definition

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/internal/inquiry"
	"purser/processors"
	"purser/topics"
)

// Fate is what became of a change.
type Fate string

// The fates.
const (
	Applied   Fate = "applied"
	Already   Fate = "already" // an earlier event that asked for the same has been decided meanwhile
	Refused   Fate = "refused" // by a rule: the reason says which
	Undecided Fate = "undecided"
	NotSent   Fate = "not sent"
	InDoubt   Fate = "in doubt" // no broker has said whether it has it
	Sent      Fate = "sent"     // and not waited for
)

// Outcome is a change and what became of it.
type Outcome struct {
	*Change
	Fate   Fate
	Reason string // of a refusal, or why it is not known
}

// Applier sends changes and waits for what becomes of them.
type Applier struct {
	Client   *kgo.Client // partitions by murmur2, as the library does by default
	Names    topics.Names
	Group    string
	Desk     *inquiry.Desk
	Wait     bool
	Timeout  time.Duration
	Progress func(decided, total int)
}

// sending is a change on its way.
type sending struct {
	*Outcome
	identity  processors.Identity
	partition int32
	offset    int64
	again     bool // it was sent under a second id
}

// Apply sends what differs and says what became of each, unchanged ones left out. An error without outcomes means that nothing
// was sent; the outcomes tell of everything else, and an error beside them why some of it is not known.
func (a *Applier) Apply(ctx context.Context, changes []*Change) ([]*Outcome, error) {
	var outcomes []*Outcome
	var way []*sending
	for _, c := range changes {
		if len(c.Fields) == 0 {
			continue
		}
		o := &Outcome{Change: c, Fate: NotSent}
		outcomes, way = append(outcomes, o), append(way, &sending{Outcome: o})
	}
	if len(way) == 0 {
		return nil, nil
	}
	reader := committed.NewReader(a.Client)
	ledger := a.Names.Of(topics.Ledger)
	spans, err := reader.Spans(ctx, ledger)
	if err != nil {
		return nil, err
	}
	if len(spans[ledger]) != int(a.Desk.Partitions) {
		return nil, fmt.Errorf("the ledger has %d partitions and the inputs have %d", len(spans[ledger]), a.Desk.Partitions)
	}
	sendErr := a.send(ctx, way)
	if !a.Wait {
		return outcomes, sendErr
	}
	w := &waiting{Applier: a, reader: reader, admin: kadm.NewClient(a.Client), next: map[int32]int64{}, open: map[processors.Identity]*sending{}}
	for p, span := range spans[ledger] {
		w.next[int32(p)] = span.End
	}
	w.add(way)
	return outcomes, errors.Join(sendErr, w.run(ctx))
}

// send produces the changes in their order. Those of an org go to one partition, so that an org is decided before its plans.
// The library never gives up a record that a broker has and does not answer for, so that the time is bounded here. The error is
// the first one that there was.
func (a *Applier) send(ctx context.Context, way []*sending) (err error) {
	ctx, cancel := context.WithTimeout(ctx, a.Timeout)
	defer cancel()
	type answer struct {
		s   *sending
		rec *kgo.Record
		err error
	}
	answers := make(chan answer, len(way)) // the library's goroutine never waits, also when nobody listens any more
	for _, s := range way {
		id := s.id()
		if s.again {
			id += "/" + strconv.FormatInt(time.Now().UnixMicro(), 10)
		}
		s.identity = topics.IdentityOf(s.Org, Source, id)
		s.Fate, s.Reason = InDoubt, "no broker has answered"
		a.Client.Produce(ctx, s.record(a.Names, id), func(rec *kgo.Record, err error) { answers <- answer{s, rec, err} })
	}
	for range way {
		select {
		case got := <-answers:
			if got.err != nil {
				got.s.Fate, got.s.Reason = NotSent, got.err.Error()
				err = cmp.Or(err, got.err)
				continue
			}
			got.s.Fate, got.s.Reason = Sent, ""
			got.s.partition, got.s.offset = got.rec.Partition, got.rec.Offset
		case <-ctx.Done():
			return cmp.Or(err, ctx.Err())
		}
	}
	return err
}

// id derives from what is asked and from what it is to replace: the same file applied twice at once, or again after a
// connection broke, sends the same identity, and the second event changes nothing (R2.1).
func (c *Change) id() string {
	h := sha256.New()
	e := json.NewEncoder(h)
	for _, part := range []any{c.Kind.Name, c.Org, c.ID, c.From, c.Body, c.Was} {
		if err := e.Encode(part); err != nil {
			panic(err) // bodies are written as JSON everywhere
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// waiting reads the ledger for what became of the changes.
type waiting struct {
	*Applier
	reader *committed.Reader
	admin  *kadm.Client
	next   map[int32]int64 // what of the ledger has not been read
	open   map[processors.Identity]*sending
	total  int
}

func (w *waiting) add(way []*sending) {
	for _, s := range way {
		if s.Fate == Sent {
			s.Fate = Undecided
			w.open[s.identity] = s
			w.total++
		}
	}
}

const lookEvery = 50 * time.Millisecond

// run returns when every change that was sent is decided, or the time is up.
func (w *waiting) run(ctx context.Context) error {
	deadline := time.Now().Add(w.Timeout)
	for len(w.open) > 0 {
		err := w.step(ctx)
		if err != nil && (!passing(err) || time.Now().After(deadline)) {
			w.unknown(err.Error())
			return err
		}
		w.Progress(w.total-len(w.open), w.total)
		if len(w.open) == 0 {
			break
		}
		if time.Now().After(deadline) {
			w.unknown(fmt.Sprintf("nothing has decided it within %s: does a process run?", w.Timeout))
			return nil
		}
		pause := time.NewTimer(lookEvery)
		select {
		case <-ctx.Done():
			pause.Stop()
			w.unknown("it was interrupted")
			return ctx.Err()
		case <-pause.C:
		}
	}
	return nil
}

// passing says that an error may be gone at the next look: a leader moved, a connection broke, a transaction is about to end.
func passing(err error) bool {
	if broker := new(kerr.Error); errors.As(err, &broker) {
		return broker.Retriable
	}
	return true
}

// unknown says why what is open is undecided.
func (w *waiting) unknown(why string) {
	for _, s := range w.open {
		s.Reason = why
	}
}

// step reads what is new. Who is still missing although the group is past it, and everything that the ledger held by then has
// been read, has no entry of its own: see without.
func (w *waiting) step(ctx context.Context) error {
	past, err := w.past(ctx)
	if err != nil {
		return err
	}
	ends, err := w.admin.ListEndOffsets(ctx, w.Names.Of(topics.Ledger)) // an entry that is past is before these
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fmt.Errorf("list the ends of the ledger: %w", err)
	}
	if err := w.read(ctx); err != nil {
		return err
	}
	var without []*sending
	for _, s := range past {
		end, ok := ends.Lookup(w.Names.Of(topics.Ledger), s.partition)
		if w.open[s.identity] == s && ok && w.next[s.partition] >= end.Offset {
			without = append(without, s)
		}
	}
	return w.without(ctx, without)
}

// past lists the open changes whose record the group has consumed.
func (w *waiting) past(ctx context.Context) (past []*sending, err error) {
	offsets, err := w.admin.FetchOffsets(kadm.RequireStable(ctx), w.Group)
	if err == nil {
		err = offsets.Error()
	}
	if errors.Is(err, kerr.GroupIDNotFound) { // it has not begun
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the offsets of group %s: %w", w.Group, err)
	}
	for _, s := range w.open {
		at, ok := offsets.Lookup(w.Names.Of(topics.Account), s.partition)
		if ok && at.At > s.offset {
			past = append(past, s)
		}
	}
	return past, nil
}

// read goes on in the ledger partitions that something is open on, up to what is committed.
func (w *waiting) read(ctx context.Context) error {
	ledger := w.Names.Of(topics.Ledger)
	spans, err := w.reader.Spans(ctx, ledger)
	if err != nil {
		return err
	}
	partitions := map[int32]bool{}
	for _, s := range w.open {
		partitions[s.partition] = true
	}
	for p := range maps.Keys(partitions) {
		span := committed.Span{Start: w.next[p], End: spans[ledger][p].End}
		if err := w.reader.Read(ctx, ledger, p, span, w.entry); err != nil {
			return err
		}
		w.next[p] = max(w.next[p], span.End)
	}
	return nil
}

// entry takes an entry's word for what became of a change.
func (w *waiting) entry(rec *kgo.Record) error {
	if topics.IsOwnership(rec) {
		return nil
	}
	mark, err := topics.ReadMark(topics.Header(rec, topics.HeaderMark))
	if err != nil {
		return err
	}
	s := w.open[mark.Identity]
	if s == nil {
		return nil
	}
	var body topics.LedgerEntryBody
	if err := json.Unmarshal(rec.Value, &body); err != nil {
		return fmt.Errorf("ledger entry %d: %w", mark.Entry, err)
	}
	s.Fate, s.Reason = Applied, body.Reason
	if mark.Result != processors.Applied {
		s.Fate = Refused
	}
	delete(w.open, mark.Identity)
	return nil
}

// without settles changes that were consumed and have no entry. Their identity was known: an earlier event asked for the same
// and was decided before, or refused for a reason that may be gone by now. What is in force tells which, and in the second case
// they are sent once more under an id that nobody has used. While a store is away an org's events may be held instead
// (docs/adr/0005): then there is nothing to do but wait.
func (w *waiting) without(ctx context.Context, some []*sending) error {
	var again []*sending
	for _, s := range some {
		if w.holding(ctx, s) {
			continue
		}
		seen, _, err := Look(ctx, w.Desk, s.Kind, s.Org, s.ID)
		if err != nil {
			return err
		}
		switch now := s.against(seen.Held, topics.TimeOf(time.Now())); {
		case len(now.Fields) == 0:
			s.Fate, s.Reason = Already, ""
			delete(w.open, s.identity)
		case s.again:
			s.Reason = "it was consumed, and no entry tells what became of it: purser dlq list may"
			delete(w.open, s.identity)
		default:
			delete(w.open, s.identity)
			s.again, s.Fate = true, NotSent
			again = append(again, s)
		}
	}
	w.total -= len(again)
	err := w.send(ctx, again)
	w.add(again)
	return err
}

// holding says whether events of the org may be held because a store is away.
func (w *waiting) holding(ctx context.Context, s *sending) bool {
	key := string(processors.AppendQueueKey(nil, s.Org, ""))
	found, _, err := w.Desk.Find(ctx, s.partition, []string{key})
	return err != nil || found[0].Value != nil
}

// ErrNothing says that files hold no document.
var ErrNothing = errors.New("there is no document in it")
