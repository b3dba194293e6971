package definition

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/processors/core"
	"purser/topics"
)

// waiting reads the ledger for what became of the changes.
type waiting struct {
	*Applier
	reader *committed.Reader
	admin  *kadm.Client
	next   map[int32]int64 // what of the ledger has not been read
	open   map[core.Identity]*sending
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
	if err := w.lookPast(ctx); err != nil {
		return err
	}
	if err := w.read(ctx); err != nil {
		return err
	}
	var without []*sending
	for _, s := range w.open {
		if s.past && w.next[s.partition] >= s.ledger {
			without = append(without, s)
		}
	}
	return w.without(ctx, without)
}

// lookPast finds the open changes whose record the group has consumed meanwhile, and how far ledger and changelog reach now.
func (w *waiting) lookPast(ctx context.Context) error {
	offsets, err := w.admin.FetchOffsets(kadm.RequireStable(ctx), w.Group)
	if err == nil {
		err = offsets.Error()
	}
	if errors.Is(err, kerr.GroupIDNotFound) { // it has not begun
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the offsets of group %s: %w", w.Group, err)
	}
	ledger, changelog := w.Names.Of(topics.Ledger), w.Names.Of(topics.Changelog)
	ends, err := w.admin.ListEndOffsets(ctx, ledger, changelog)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fmt.Errorf("list the ends of ledger and changelog: %w", err)
	}
	for _, s := range w.open {
		at, ok := offsets.Lookup(w.Names.Of(topics.Account), s.partition)
		if s.past || !ok || at.At <= s.offset {
			continue
		}
		toLedger, _ := ends.Lookup(ledger, s.partition)
		toChangelog, _ := ends.Lookup(changelog, s.partition)
		s.past, s.ledger, s.changelog = true, toLedger.Offset, toChangelog.Offset
	}
	return nil
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
	if mark.Result != core.Applied {
		s.Fate = Refused
	}
	delete(w.open, mark.Identity)
	return nil
}

// without settles changes that were consumed and have no entry. Their identity was known: an earlier event asked for the same
// and was decided before, or refused for a reason that may be gone by now. What is in force tells which, once the stores know
// of it; in the second case they are sent once more, under an id that nobody has used. While a store is away an org's events may
// be held instead (docs/adr/0005): then there is nothing to do but wait.
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
		if now := s.against(seen.Held, topics.TimeOf(time.Now())); len(now.Fields) == 0 {
			s.Fate, s.Reason = Already, ""
			delete(w.open, s.identity)
			continue
		}
		behind, err := w.behind(ctx, s, seen)
		switch {
		case err != nil:
			return err
		case behind:
		case s.again:
			s.Reason = "it was consumed, and no entry tells what became of it: purser dlq list may"
			delete(w.open, s.identity)
		default:
			delete(w.open, s.identity)
			s.again, s.past, s.Fate = true, false, NotSent
			again = append(again, s)
		}
	}
	w.total -= len(again)
	err := w.send(ctx, again)
	w.add(again)
	return err
}

// behind says whether the store that answered has yet to hear of what had been decided when the group was past a change.
func (w *waiting) behind(ctx context.Context, s *sending, seen Seen) (bool, error) {
	span := committed.Span{Start: max(0, seen.AsOf.Offset), End: s.changelog}
	left, err := w.reader.Left(ctx, w.Names.Of(topics.Changelog), s.partition, span, func(*kgo.Record) bool { return true })
	return left > 0, err
}

// holding says whether events of the org may be held because a store is away.
func (w *waiting) holding(ctx context.Context, s *sending) bool {
	key := string(core.AppendQueueKey(nil, s.Org, ""))
	found, _, err := w.Desk.Find(ctx, s.partition, []string{key})
	return err != nil || found[0].Value != nil
}
