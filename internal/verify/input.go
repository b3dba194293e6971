package verify

import (
	"hash/maphash"
	"sort"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/topics"
)

// fate is what the ledger made of an input record itself.
type fate uint8

const (
	undecided  fate = iota // no ledger record names it: a duplicate, a dead letter without one, or lost
	applied                //
	refused                // a dead letter
	waiting                //
	expired                // a dead letter
	conflicted             // a dead letter
)

// flags of an input.
const (
	clockwork  = 1 << iota // a tick, a continuation or a resume: no event
	later                  // came after the audit began: looked up, but not counted
	unreadable             // its body cannot be read here
	lettered               // a dead letter without a ledger record names it
	keyless                // it names no org, and so belongs on no partition
)

// input is what is kept of an input record.
type input struct {
	identity identity
	payload  uint64 // of the body as decoded; see payloadHash
	timeless uint64
	whole    uint64 // of the whole record
	replays  uint64
	offset   int64
	recorded int64 // microseconds
	occurred int64
	body     uint64 // where the body begins in the arena
	length   uint32
	kind     uint8 // index in kinds
	topic    uint8
	flags    uint8
	fate     fate
	reason   uint16 // index in the partition's reasons, of what became a dead letter
	produced uint8  // record.Kind that the producer wrote down; 0: none
}

func (in *input) is(flag uint8) bool { return in.flags&flag != 0 }

// kinds of events, as ce_type; the first stands for all others.
var kinds = []string{
	"", topics.TypeUsageRecorded, topics.TypeOrgDefined, topics.TypePlanDefined, topics.TypePlanRemoved,
	topics.TypeAccountDefined, topics.TypeAccountRemoved, topics.TypeCreditsGranted, topics.TypeFXRateDefined,
	topics.TypePaymentReceived, topics.TypeRechargeRequested, topics.TypeAttemptResolved, topics.TypeCreditsRemoved, topics.TypePaymentRefunded,
	topics.TypeUsageVoided, topics.TypeUsageCorrected,
	topics.TypeTeamDefined, topics.TypeTeamRemoved, topics.TypeMemberJoined, topics.TypeMemberLeft, topics.TypeInvoicePaid, topics.TypeInvoiceVoided,
	topics.TypeFundingRequested, topics.TypeTransferRequested, topics.TypeLicencePurchased,
	topics.TypeCampaignDefined, topics.TypeCampaignRemoved, topics.TypeSendRequested, topics.TypeSendApproved, topics.TypeSendDeclined,
	topics.TypeSendAdjusted, topics.TypeSendCancelled,
	topics.TypeSpendingDefined, topics.TypeSpendingSwitched, topics.TypeSpendingCopied, topics.TypeSpendingRemoved, topics.TypeBudgetsSet, topics.TypeBudgetsImported, topics.TypeUserDefined, topics.TypeUserRemoved,
	topics.TypeOrderPlaced, topics.TypeOrderCancelled, topics.TypeSpendQuoted,
	topics.TypeTransactionRecorded, topics.TypeTransactionPosted, topics.TypeTransactionDiscarded,
	topics.TypeCustomerSettings, topics.TypeCustomerStatus, topics.TypeCreditRequested,
	topics.TypePeriodsDefined, topics.TypePeriodCloseRequested, topics.TypePeriodDraftsPosted, topics.TypePeriodCorrected, topics.TypeTick, topics.TypeContinue, topics.TypeResume,
}

func kindOf(name string) uint8 {
	for i, kind := range kinds {
		if kind == name {
			return uint8(i)
		}
	}
	return 0
}

// inputs are the input records of one partition.
type inputs struct {
	partition int32
	start     []int64   // of each topic: earlier records are no longer kept
	end       []int64   // of each topic: later records do not count
	records   [][]input // of each topic, ascending by offset
	arena     arena
	seed      maphash.Seed
}

// arena holds bodies one after the other in blocks, so that growing copies nothing.
type arena struct{ blocks [][]byte }

const blockBytes = 4 << 20 // a body is never larger: it is at most topics.MaxRecordBytes

// add returns where a body is: the number of its block and its place in it.
func (a *arena) add(body []byte) uint64 {
	last := len(a.blocks) - 1
	if last < 0 || len(a.blocks[last])+len(body) > blockBytes {
		a.blocks = append(a.blocks, make([]byte, 0, blockBytes))
		last++
	}
	at := len(a.blocks[last])
	a.blocks[last] = append(a.blocks[last], body...)
	return uint64(last)*blockBytes + uint64(at)
}

func (a *arena) get(at uint64, length uint32) []byte {
	from := at % blockBytes
	return a.blocks[at/blockBytes][from : from+uint64(length)]
}

func newInputs(partition int32, seed maphash.Seed) *inputs {
	n := len(topics.Inputs)
	return &inputs{partition: partition, start: make([]int64, n), end: make([]int64, n), records: make([][]input, n), seed: seed}
}

var tickTopic = inputIndex(topics.RefillTick)

func inputIndex(name string) int {
	for i, input := range topics.Inputs {
		if input == name {
			return i
		}
	}
	panic("not an input: " + name)
}

// expect makes room for the records of a topic: there are no more than offsets.
func (s *inputs) expect(topic int, span committed.Span) {
	s.records[topic] = make([]input, 0, max(0, span.End-span.Start))
}

func (s *inputs) add(topic int, r *kgo.Record) {
	e := open(r)
	in := input{
		identity: identityOf(string(r.Key), e.source, e.id), whole: wholeHash(s.seed, r), replays: e.replays, offset: r.Offset,
		recorded: r.Timestamp.UnixMicro(), kind: kindOf(e.kind), topic: uint8(topic),
	}
	in.occurred = in.recorded
	if e.hasAt {
		if at, ok := micros(e.at); ok {
			in.occurred = at
		}
	}
	if r.Offset >= s.end[topic] {
		in.flags |= later
	}
	if len(r.Key) == 0 {
		in.flags |= keyless
	}
	var ok bool
	switch in.payload, in.timeless, ok = payloadHash(&e); {
	case topic == tickTopic && (e.kind == topics.TypeTick || e.kind == topics.TypeContinue || e.kind == topics.TypeResume):
		in.flags |= clockwork
		in.occurred = tickAt(&e)
	case ok:
		in.body, in.length = s.arena.add(e.body), uint32(len(e.body))
	default:
		in.flags |= unreadable
		in.payload, in.timeless = in.whole, in.whole
	}
	s.records[topic] = append(s.records[topic], in)
}

// tickAt is the time that a tick tells; 0 where it tells none.
func tickAt(e *envelope) int64 {
	var b topics.TickBody
	if e.kind != topics.TypeTick || decode(e.body, &b) != nil {
		return 0
	}
	at, _ := micros(b.Time)
	return at
}

// bodyOf returns what the arena holds of an input; of one that could not be read, nothing.
func (s *inputs) bodyOf(in *input) []byte {
	if in.length == 0 {
		return nil
	}
	return s.arena.get(in.body, in.length)
}

// find returns the record at an offset; nil where there is none.
func (s *inputs) find(p place) *input {
	if p.partition != s.partition {
		return nil
	}
	records := s.records[p.topic]
	i := p.offset
	if len(records) > 0 {
		i -= records[0].offset // without holes that is its index
	}
	if i >= 0 && i < int64(len(records)) && records[i].offset == p.offset {
		return &records[i]
	}
	n := sort.Search(len(records), func(k int) bool { return records[k].offset >= p.offset })
	if n < len(records) && records[n].offset == p.offset {
		return &records[n]
	}
	return nil
}

// forgotten says that a place is before what the topic still keeps.
func (s *inputs) forgotten(p place) bool {
	return p.partition == s.partition && p.offset < s.start[p.topic]
}

// where names an input record in a finding.
func (s *inputs) where(in *input) string {
	return topics.Inputs[in.topic] + "/" + strconv.Itoa(int(s.partition)) + "/" + strconv.FormatInt(in.offset, 10)
}
