package definition

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/internal/inquiry"
	"purser/processors/core"
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
	identity  core.Identity
	partition int32
	offset    int64
	again     bool // it was sent under a second id
	// When the group was seen to be past it, ledger and changelog reached up to here: what became of it stands before.
	past              bool
	ledger, changelog int64
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
	spans, err := reader.Spans(ctx, ledger, a.Names.Of(topics.Changelog))
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
	w := &waiting{Applier: a, reader: reader, admin: kadm.NewClient(a.Client), next: map[int32]int64{}, open: map[core.Identity]*sending{}}
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

// ErrNothing says that files hold no document.
var ErrNothing = errors.New("there is no document in it")
