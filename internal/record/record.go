// Package record is the producer's memory: one entry for every event it produced, with where the broker put it and what
// has to become of it. The auditor reads it to account for every single one.
//
// The file only grows at its end. It starts with a line that names its version; an entry is a byte for the kind, then
// unsigned varints for topic, partition and offset, then org, source and id. Orgs and sources repeat, so each is written
// once and referred to by number afterwards. A file that was cut short by a crash is read up to the cut.
package record

// Kind says what an event is, and so what has to become of it.
type Kind uint8

// The kinds. Their numbers are in files: new ones are appended.
const (
	Good         Kind = iota + 1 // well formed, the first of its identity: has to be applied
	Duplicate                    // an earlier event again: has to change nothing
	Conflict                     // an earlier identity with another body: a dead letter, identity_conflict
	Malformed                    // cannot be decoded or breaks its schema: a dead letter without a ledger record
	Oversized                    // larger than a record may be: likewise
	Misplaced                    // on a partition that is not its org's: likewise, wrong_partition
	Late                         // good, but it happened long ago: has to be applied
	UnknownLater                 // usage of a wallet that is defined later: has to be applied in the end
	UnknownNever                 // usage of a wallet that is never defined: has to wait, and to become a dead letter when its time is up
	Definition                   // a definition: has to be applied
	Racing                       // names what an event of another topic defines, which may be read later: applied or unknown_account
	Refused                      // well formed, but a rule refuses it: a dead letter with a ledger record
	Judged                       // well formed: balances and what came before it say whether it is applied, waits, or is refused
)

var kindNames = [...]string{
	Good: "good", Duplicate: "duplicate", Conflict: "conflict", Malformed: "malformed", Oversized: "oversized",
	Misplaced: "misplaced", Late: "late", UnknownLater: "unknown_later", UnknownNever: "unknown_never",
	Definition: "definition", Racing: "racing", Refused: "refused", Judged: "judged",
}

// Kinds is one more than the largest kind.
const Kinds = len(kindNames)

func (k Kind) String() string {
	if k == 0 || int(k) >= len(kindNames) {
		return "unknown kind"
	}
	return kindNames[k]
}

// Entry is one event as it was produced.
type Entry struct {
	Kind            Kind
	Topic           uint8 // index in topics.Inputs
	Partition       int32
	Offset          int64
	Org, Source, ID string
}

const header = "purser record 1\n"
