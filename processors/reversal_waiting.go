package processors

import "strings"

// How long after it came a reversal of unknown usage is looked at again: at first, and at the longest.
const (
	firstLook Time = 60 * 1_000_000
	longLook  Time = 60 * firstLook
)

// waitForUsage parks a reversal of usage that is not known: events may overtake each other (R6.5). It is a cell that is due by
// itself, so that usage need not ask whether anything waits for it.
func waitForUsage(b Book, ev *Event, d *Decision) Status {
	since := now(b.Progress(), ev)
	p := b.NewParked(strings.Clone(ev.Org), string(appendWaiting(nil, b.Progress().Entry+1, ev.Identity)), 0)
	p.Deadline, p.NextDue = since+patience, since+firstLook
	d.Result = Waiting
	return Done
}

// appendWaiting appends what stands for an account in the key of a reversal that waits: the number of the entry by which it does, so that
// those that are due together are decided in the order in which they came, and its identity, so that no account is called the same.
func appendWaiting(dst []byte, entry uint64, id Identity) []byte {
	return appendIdentity(appendNumber(dst, entry), id)
}

// lookAgain decides a reversal whose usage is known by now, gives it up when it has waited for long enough, or goes on waiting,
// each time for as long again as it has waited so far.
func lookAgain(b Book, p *Parked, d *Decision) Status {
	ev, due, target := &p.Event, p.NextDue, b.Progress().Target
	r := reversal{due: due}
	known, found := r.load(b, ev)
	switch {
	case !known:
		return Miss
	case found:
		if status := r.decide(b, ev, d); status != Done {
			return status
		}
		due = ev.OccurredAt
	case due < p.Deadline:
		p.NextDue = min(p.Deadline, target+min(max(firstLook, target-(p.Deadline-patience)), longLook))
		b.Touch(p)
		return d.silent()
	default:
		d.Result, d.Reason = Expired, UnknownUsage
	}
	d.Subject = p
	b.Delete(p)
	number(b, d, ev.Org, due)
	return Done
}
