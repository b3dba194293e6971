package verify

import "strings"

// letters are the dead letters of a partition: by their ledger record, or by their cause where they have none.
type letters struct {
	byEntry map[uint64]*letter
	byCause map[place]*letter
}

func (l *letters) index(all []letter, report *Report) {
	l.byEntry, l.byCause = map[uint64]*letter{}, map[place]*letter{}
	for i := range all {
		d := &all[i]
		var twice bool
		if d.entry != 0 {
			twice = l.byEntry[d.entry] != nil
			l.byEntry[d.entry] = d
		} else {
			twice = l.byCause[d.cause] != nil
			l.byCause[d.cause] = d
		}
		if twice {
			report.find(CheckDeadLetter, d.where, "there is another one for %s, entry %d", d.cause, d.entry)
		}
	}
}

// deadLetter finds the dead letter of an entry that was refused or given up, and compares it.
func (a *audit) deadLetter(e *entry) {
	if e.body.Result != resultRefused && e.body.Result != resultExpired || e.answered() || strings.HasPrefix(e.body.Type, duePrefix) {
		return
	}
	d := a.letters.byEntry[e.body.Entry]
	if d == nil {
		a.report.find(CheckDeadLetter, e.where, "a %s event, %s, without a dead letter", e.body.Result, e.body.Reason)
		return
	}
	d.used = true
	if d.reason != e.body.Reason {
		a.report.find(CheckDeadLetter, d.where, "its reason is %s, the ledger's %s", d.reason, e.body.Reason)
	}
	if d.cause != e.cause {
		a.report.find(CheckDeadLetter, d.where, "its cause is %s, the ledger's %s", d.cause, e.cause)
	}
	if e.event != nil && d.whole != e.event.whole {
		a.report.find(CheckDeadLetter, d.where, "it is not the record at %s as it came", a.inputs.where(e.event))
	}
}

// undecodable matches the dead letters without a ledger record with their inputs, and finds those that nothing explains.
func (a *audit) undecodable(all []letter) {
	for i := range all {
		d := &all[i]
		switch {
		case d.used:
			continue
		case d.entry != 0:
			a.report.find(CheckDeadLetter, d.where, "entry %d, which it names, was not refused or does not exist", d.entry)
			continue
		case a.inputs.forgotten(d.cause):
			continue
		}
		in := a.inputs.find(d.cause)
		switch {
		case in == nil:
			a.report.find(CheckCause, d.where, "its cause %s does not exist", d.cause)
		case in.fate != undecided:
			a.report.find(CheckDeadLetter, d.where, "its cause %s is in the ledger too", d.cause)
		default:
			in.flags |= lettered
			in.reason = a.reason(d.reason)
			if d.whole != in.whole {
				a.report.find(CheckDeadLetter, d.where, "it is not the record at %s as it came", d.cause)
			}
		}
	}
}

// end is how an event is counted.
type end uint8

const (
	endLost end = iota
	endApplied
	endDuplicate
	endDead
	endWaiting
)

var endNames = [...]string{"lost", "applied", "duplicate", "dead-lettered", "waiting"}

func (e end) String() string { return endNames[e] }

// count gives every event its end, once.
func (a *audit) count() {
	for topic := range a.inputs.records {
		for i := range a.inputs.records[topic] {
			in := &a.inputs.records[topic][i]
			switch {
			case in.is(later):
				a.report.Later++
			case in.is(clockwork):
			case in.replays != 0:
				a.report.Replayed++
				a.endOf(in)
			default:
				a.report.Produced++
				a.tally(in, a.endOf(in))
			}
		}
	}
}

func (a *audit) tally(in *input, end end) {
	switch end {
	case endApplied:
		a.report.Applied++
	case endDuplicate:
		a.report.Duplicate++
	case endDead:
		a.report.DeadLettered++
		a.report.DeadLetterReasons[a.reasons[in.reason]]++
	case endWaiting:
		a.report.Waiting++
	case endLost:
		a.report.Lost++
	}
	if a.c.hasRecord() && end != endLost {
		a.expect(in, end)
	}
}

func (a *audit) endOf(in *input) end {
	switch in.fate {
	case applied:
		return endApplied
	case refused, expired, conflicted:
		if in.fate == refused && asks(kinds[in.kind]) {
			a.report.Rejected++
			return endApplied
		}
		return endDead
	case waiting:
		return endWaiting
	}
	if in.is(lettered) {
		return endDead
	}
	known := a.decisions.of(in.identity)
	if known == nil || in.is(unreadable) {
		a.report.find(CheckLost, a.inputs.where(in), "nothing became of this %s", name(kinds[in.kind]))
		return endLost
	}
	if in.timeless != known.input.timeless && in.replays == 0 {
		a.report.find(CheckConflict, a.inputs.where(in), "it has another body than %s, and was passed over as its duplicate", a.inputs.where(known.input))
	}
	if in.topic == known.input.topic && in.offset < known.input.offset && known.input.replays == 0 && !known.again {
		a.report.find(CheckOrder, a.inputs.where(in), "the later delivery at %s was decided instead", a.inputs.where(known.input))
	}
	return endDuplicate
}

func name(kind string) string {
	if kind == "" {
		return "record"
	}
	return kind + " event"
}
