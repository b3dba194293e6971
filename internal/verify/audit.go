package verify

import (
	"encoding/binary"
	"hash/maphash"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/topics"
)

// Words of the wire that mean something here.
const (
	resultApplied = "applied"
	resultRefused = "refused"
	resultWaiting = "waiting"
	resultExpired = "expired"

	reasonConflict       = "identity_conflict"
	reasonUnknownAccount = "unknown_account"
	reasonUnknownOrg     = "unknown_org"
	reasonUnknownSend    = "unknown_send"
	reasonUnknownUsage   = "unknown_usage"
	reasonTooLarge       = "too_large"
	reasonMisplaced      = "wrong_partition"

	dueGrantExpired = "due.grant_expired"
	dueCredits      = "due.credits_given"
	dueRetried      = "due.recharge_retried"
	dueDropped      = "due.recharge_dropped"
	dueFunding      = "due.funding_scheduled"
	dueUnresolved   = "due.recharge_unresolved"
	dueBudget       = "due.budget_run"
	dueOverdue      = "due.funds_overdue"
	dueDay          = "due.day_ended"
	duePrefix       = "due."
)

// results are the words in the order of the mark's numbers, from 1.
var results = [...]string{"", resultApplied, resultRefused, resultWaiting, resultExpired}

var fates = map[string]fate{resultApplied: applied, resultRefused: refused, resultWaiting: waiting, resultExpired: expired}

// audit is the work on one partition.
type audit struct {
	c         *Config
	inputs    *inputs
	decisions decisions
	reasons   []string // reasons[0] is none
	letters   letters
	notices   notices
	charges   map[string]*charge // by org and attempt
	answers   map[string]*answer // by org and what they answer
	bills     map[string]*bill   // by org and number
	due       int64              // the latest time of what has fallen due
	given     *given             // by the entry under examination, where a card is charged for it
	raised    *raised            // likewise, or an invoice goes out
	givenHeld amount             // of its source for what it has of it
	blind     bool               // an input is gone that decides recharges: they cannot be followed any more
	clock     clock
	waiting   map[identity]waiter
	books     books
	world     world
	rows      []row  // of the ledger from entry 1 on, for the checkpoint's rows; none where there is no checkpoint
	last      uint64 // entry of the last ledger record
	chain     chain
	report    *Report
}

// decision is the last word of the ledger on an identity.
type decision struct {
	input  *input // that it is about
	result fate
	entry  uint64
	mark   uint64 // the engine's own notion of the identity: any, but always the same
	again  bool   // a repetition after the duplicate window was decided anew
}

// row is a ledger record as the checkpoint has to hold it.
type row struct {
	body, mark uint64
	offset     int64
}

func newAudit(v *verifier, partition int32, report *Report) *audit {
	a := &audit{
		c: v.c, inputs: newInputs(partition, v.seed), reasons: []string{""},
		report: report, books: books{}, world: world{}, waiting: map[identity]waiter{},
	}
	a.letters.index(v.outputs[partition].letters, report)
	a.notices.index(v.outputs[partition].notices)
	a.indexCharges(&v.outputs[partition])
	a.indexBills(&v.outputs[partition])
	return a
}

// prepare makes room for a ledger of that span, in which nearly every record decides an identity.
func (a *audit) prepare(ledger committed.Span) {
	n := max(0, ledger.End-ledger.Start)
	a.decisions = decisions{index: make(map[identity]int32, n), list: make([]decision, 0, n)}
	if a.c.Checkpoint != nil {
		a.rows = make([]row, 0, n)
	}
}

// decisions are those of a partition, in few pieces of memory. A pointer into the list is good until the next is added.
type decisions struct {
	index map[identity]int32
	list  []decision
}

func (d *decisions) of(id identity) *decision {
	i, ok := d.index[id]
	if !ok {
		return nil
	}
	return &d.list[i]
}

func (d *decisions) add(id identity, mark uint64) *decision {
	d.index[id] = int32(len(d.list))
	d.list = append(d.list, decision{mark: mark})
	return &d.list[len(d.list)-1]
}

// entry is one ledger record under examination.
type entry struct {
	body    topics.LedgerEntryBody
	mark    topics.Mark
	where   string
	cause   place
	in      *input // the input that is its cause; nil where it cannot be had
	written int64  // by the ledger's broker
	event   *input // the input of the event that was decided: the cause's, or that of one that waited; nil for due work
}

// ledger examines one record of the ledger, in order.
func (a *audit) ledger(r *kgo.Record) {
	if header(r, "ce_type") == topics.TypeOwnership {
		return
	}
	a.report.Entries++
	e := entry{where: whereIs(topics.Ledger, r), written: r.Timestamp.UnixMicro()}
	if !a.read(r, &e) {
		return
	}
	a.number(r, &e)
	a.find(r, &e)
	a.turn(&e)
	a.attribute(&e)
	expected := a.recompute(&e)
	a.post(&e)
	if expected != nil {
		a.comparePostings(&e, expected)
	}
	a.alerts(&e)
	a.recharges(&e)
	a.subject(&e)
	a.outcome(&e)
	a.deadLetter(&e)
	a.noteLacks(&e)
}

func (a *audit) read(r *kgo.Record, e *entry) bool {
	mark, err := topics.ReadMark([]byte(header(r, topics.HeaderMark)))
	if err != nil {
		a.report.find(CheckEntry, e.where, "its mark cannot be read")
		return false
	}
	if err := decode(r.Value, &e.body); err != nil {
		a.report.find(CheckEntry, e.where, "its body cannot be read: %v", err)
		return false
	}
	e.body.Complete()
	e.mark = mark
	a.linked(e, r.Key, r.Value, header(r, topics.HeaderMark))
	if a.rows != nil && mark.Entry == uint64(len(a.rows))+1 {
		a.rows = append(a.rows, row{
			body: maphash.Bytes(a.inputs.seed, r.Value), offset: r.Offset,
			mark: maphash.String(a.inputs.seed, header(r, topics.HeaderMark)),
		})
	}
	return true
}

// number checks that entries are numbered 1, 2, 3 … and that mark and body agree.
func (a *audit) number(r *kgo.Record, e *entry) {
	b := &e.body
	if b.Entry != a.last+1 {
		a.report.find(CheckEntry, e.where, "entry %d follows entry %d", b.Entry, a.last)
	}
	a.last = b.Entry
	if e.mark.Entry != b.Entry {
		a.report.find(CheckMark, e.where, "the mark says entry %d, the body %d", e.mark.Entry, b.Entry)
	}
	if n := int(e.mark.Result); n >= len(results) || n == 0 || results[n] != b.Result {
		a.report.find(CheckMark, e.where, "the mark says result %d, the body %q", e.mark.Result, b.Result)
	}
	indexed := !strings.HasPrefix(b.Type, duePrefix) && b.Reason != reasonConflict
	if e.mark.Indexed != indexed {
		a.report.find(CheckMark, e.where, "a %s record of %s with the reason %q is in the index: %v", b.Result, b.Type, b.Reason, e.mark.Indexed)
	}
	if string(r.Key) != b.Org {
		a.report.find(CheckEntry, e.where, "its key is %q, its org %q", r.Key, b.Org)
	}
}

// find looks the cause up among the inputs.
func (a *audit) find(r *kgo.Record, e *entry) {
	named := header(r, topics.HeaderCause)
	cause, ok := a.c.parsePlace(named)
	if !ok {
		a.report.find(CheckCause, e.where, "its cause %q is no place in an input", named)
		return
	}
	e.cause = cause
	e.in = a.inputs.find(cause)
	switch {
	case e.in != nil:
	case a.inputs.forgotten(cause):
		a.report.Forgotten++
	default:
		a.report.find(CheckCause, e.where, "its cause %s does not exist", cause)
	}
}

// attribute says whose fate the record decides, and finds what may not be decided like that.
func (a *audit) attribute(e *entry) {
	b := &e.body
	id := identityOf(b.Org, b.Source, b.ID)
	known := a.decisions.of(id)
	switch {
	case known == nil && b.Result == resultExpired && e.in != nil:
		id = e.in.identity // given up in the engine's own name: its cause is the event
		known = a.decisions.of(id)
	case known == nil && strings.HasPrefix(b.Type, duePrefix):
		return
	}
	if e.in == nil {
		return
	}
	if e.in.identity != id && (known == nil || known.result != waiting) {
		a.report.find(CheckUnproduced, e.where, "%s of %s is not the event at its cause %s", b.ID, b.Source, e.cause)
		return
	}
	if b.Reason == reasonConflict {
		a.conflict(e, known)
		return
	}
	a.decide(e, id, known)
}

func (a *audit) conflict(e *entry, known *decision) {
	e.event = e.in
	switch {
	case known == nil:
		a.report.find(CheckConflict, e.where, "%s conflicts with an identity that was never decided", e.body.ID)
	case known.input.payload == e.in.payload:
		a.report.find(CheckConflict, e.where, "%s has the body of the event that it is said to conflict with", e.body.ID)
	case e.in.fate != undecided:
		a.report.find(CheckTwice, e.where, "the input %s was decided before", e.cause)
	}
	a.settle(e, e.in)
}

func (a *audit) decide(e *entry, id identity, known *decision) {
	event := e.in
	mark := binary.BigEndian.Uint64(e.mark.Identity[:])
	switch {
	case known == nil:
		known = a.decisions.add(id, mark)
	case known.result == waiting:
		event = known.input
	case e.in.replays != 0 && e.in.replays == known.entry && (known.result == refused || known.result == expired):
		a.settle(e, known.input) // the event that is replayed gets its new fate, and so does the replay
	case e.in.recorded-known.input.recorded > a.c.Window.Microseconds():
		known.again = true // a repetition after the duplicate window is a new event
	default:
		a.report.find(CheckTwice, e.where, "%s of %s was decided in entry %d and again in %d", e.body.ID, e.body.Source, known.entry, e.body.Entry)
	}
	if known.mark != mark {
		a.report.find(CheckMark, e.where, "the mark's identity is another than in entry %d", known.entry)
	}
	if e.mark.At != 0 && int64(e.mark.At) != event.recorded {
		a.report.find(CheckMark, e.where, "the mark's time %d is not that of its input, %d", e.mark.At, event.recorded)
	}
	e.event = event
	a.settle(e, event)
	a.waits(e, id)
	known.input, known.result, known.entry = event, event.fate, e.body.Entry
	if kinds[event.kind] != e.body.Type && e.body.Result != resultExpired {
		a.report.find(CheckUnproduced, e.where, "it says %s, its event is %s", e.body.Type, kinds[event.kind])
	}
}

// settle writes an input's fate down.
func (a *audit) settle(e *entry, in *input) {
	in.fate = fates[e.body.Result]
	if e.body.Reason == reasonConflict {
		in.fate = conflicted
	}
	in.reason = a.reason(e.body.Reason)
}

// reason returns the index of a reason in the partition's list.
func (a *audit) reason(name string) uint16 {
	for i, known := range a.reasons {
		if known == name {
			return uint16(i)
		}
	}
	a.reasons = append(a.reasons, name)
	return uint16(len(a.reasons) - 1)
}
