package reversal

import (
	"strings"

	"purser/processors/core"
)

// How long after it came a reversal of unknown usage is looked at again: at first, and at the longest.
const (
	firstLook core.Time = 60 * 1_000_000
	longLook  core.Time = 60 * firstLook
)

// waitForUsage parks a reversal of usage that is not known: events may overtake each other (R6.5). It is a cell that is due by
// itself, so that usage need not ask whether anything waits for it.
func waitForUsage(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	since := core.Now(b.Progress(), ev)
	p := b.NewParked(strings.Clone(ev.Org), string(appendWaiting(nil, b.Progress().Entry+1, ev.Identity)), 0)
	p.Deadline, p.NextDue = since+core.Patience, since+firstLook
	d.Result = core.Waiting
	return core.Done
}

// appendWaiting appends what stands for an account in the key of a reversal that waits: the number of the entry by which it does, so that
// those that are due together are decided in the order in which they came, and its identity, so that no account is called the same.
func appendWaiting(dst []byte, entry uint64, id core.Identity) []byte {
	return core.AppendIdentity(core.AppendNumber(dst, entry), id)
}

// LookAgain decides a reversal whose usage is known by now, gives it up when it has waited for long enough, or goes on waiting,
// each time for as long again as it has waited so far.
func LookAgain(b core.Book, p *core.Parked, d *core.Decision) core.Status {
	ev, due, target := &p.Event, p.NextDue, b.Progress().Target
	r := reversal{due: due}
	known, found := r.load(b, ev)
	switch {
	case !known:
		return core.Miss
	case found:
		if status := r.decide(b, ev, d); status != core.Done {
			return status
		}
		due = ev.OccurredAt
	case due < p.Deadline:
		p.NextDue = min(p.Deadline, target+min(max(firstLook, target-(p.Deadline-core.Patience)), longLook))
		b.Touch(p)
		return d.Silent()
	default:
		d.Result, d.Reason = core.Expired, core.UnknownUsage
	}
	d.Subject = p
	b.Delete(p)
	core.Number(b, d, ev.Org, due)
	return core.Done
}
