package verify

import (
	"fmt"
	"slices"

	"purser/internal/record"
	"purser/topics"
)

// recorded is what the producer wrote down, by partition: what an audit needs of it, 32 bytes an event.
type recorded map[int32][]event

type event struct {
	offset   int64
	identity identity
	topic    uint8
	kind     record.Kind
}

func readRecords(files []string, partitions int) (recorded, error) {
	all := recorded{}
	for _, file := range files {
		_, err := record.Read(file, func(e *record.Entry) error {
			if int(e.Topic) >= len(topics.Inputs) || int(e.Partition) >= partitions {
				return fmt.Errorf("%s: it is about other topics: partition %d of %d", file, e.Partition, partitions)
			}
			all[e.Partition] = append(all[e.Partition], event{e.Offset, identityOf(e.Org, e.Source, e.ID), e.Topic, e.Kind})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for _, events := range all {
		slices.SortFunc(events, func(a, b event) int {
			if a.topic != b.topic {
				return int(a.topic) - int(b.topic)
			}
			return int(min(1, max(-1, a.offset-b.offset)))
		})
	}
	return all, nil
}

// mark writes into each input what its producer says it is, and finds what is not there.
func (a *audit) mark(events []event) {
	for i := range events {
		e := &events[i]
		at := place{int(e.topic), a.inputs.partition, e.offset}
		in := a.inputs.find(at)
		switch {
		case in == nil && a.inputs.forgotten(at):
			a.report.find(CheckRecord, at.String(), "the producer's %s event is no longer kept: an audit needs all of the inputs", e.kind)
		case in == nil:
			a.report.find(CheckRecord, at.String(), "the producer's %s event was acknowledged and is not there", e.kind)
		case in.identity != e.identity:
			a.report.find(CheckRecord, at.String(), "another event is where the producer's %s event was acknowledged", e.kind)
		default:
			in.produced = uint8(e.kind)
		}
	}
}

// expect compares an event's end with what its producer says it had to become.
func (a *audit) expect(in *input, end end) {
	kind := record.Kind(in.produced)
	reason := a.reasons[in.reason]
	ok := false
	switch kind {
	case 0:
		a.report.Unrecorded++
		return
	case record.Good, record.Late, record.UnknownLater, record.Definition:
		ok = end == endApplied
	case record.Duplicate:
		ok = end == endDuplicate
	case record.Conflict:
		ok = end == endDead && reason == reasonConflict
	case record.Malformed:
		ok = end == endDead && in.fate == undecided && (reason != reasonMisplaced || in.is(keyless))
	case record.Oversized:
		ok = end == endDead && in.fate == undecided && reason == reasonTooLarge
	case record.Misplaced:
		ok = end == endDead && in.fate == undecided && reason == reasonMisplaced
	case record.UnknownNever:
		ok = end == endWaiting || end == endDead && unknown(reason)
	case record.Racing:
		ok = end == endApplied || end == endDead && (reason == reasonUnknownAccount || reason == reasonUnknownOrg)
	case record.Refused:
		ok = end == endDead && in.fate == refused
	case record.Judged: // which of these is right, the ledger is asked
		ok = end == endApplied || end == endWaiting || end == endDead && (in.fate == refused || in.fate == expired)
	}
	if !ok {
		a.report.find(CheckFate, a.inputs.where(in), "the producer's %s event became %s %s", kind, end, reason)
	}
}

// unknown says whether a reason is that of an event which has waited in vain for what it names.
func unknown(reason string) bool {
	return reason == reasonUnknownAccount || reason == reasonUnknownSend || reason == reasonUnknownUsage
}
