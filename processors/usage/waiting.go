package usage

import (
	"strings"

	"purser/processors/core"
)

// maxWaiting is how many events may wait for one account (R10.3).
const maxWaiting = 100_000

// mustWait says whether usage of an account waits: for its definition, or behind what has waited and is not yet worked off.
func mustWait(a *core.Account) bool { return !a.Defined() || a.Waiting }

// wait puts usage at the tail of its account's queue.
func wait(b core.Book, ev *core.Event, d *core.Decision) core.Status {
	q, known := b.Queue(ev.Org, ev.Usage.Account)
	if !known {
		return core.Miss
	}
	p := b.Progress()
	if q != nil && d.DueFirst(p, q) {
		return core.DueFirst
	}
	if q != nil && q.Next-q.First >= maxWaiting {
		return d.Refuse(core.QueueFull)
	}
	deadline := core.Now(p, ev) + core.Patience
	if q == nil {
		q = b.NewQueue(strings.Clone(ev.Org), strings.Clone(ev.Usage.Account))
		q.NextDue = deadline
	} else {
		b.Touch(q)
	}
	b.NewParked(q.Org, q.Account, q.Next).Deadline = deadline
	q.Next++
	d.Result = core.Waiting
	return core.Done
}

// WorkOff decides the oldest event of a queue whose account has been defined.
func WorkOff(b core.Book, q *core.Queue, d *core.Decision) core.Status {
	parked, known := b.Parked(q.Org, q.Account, q.First)
	if !known {
		b.Account(q.Org, q.Account)
		b.Org(q.Org)
		return core.Miss
	}
	ev := &parked.Event
	var r rating
	if !r.load(b, ev) {
		return core.Miss
	}
	if status := r.rate(b, ev, d); status != core.Done {
		return status
	}
	d.Subject = parked
	drop(q, b, parked)
	if q.First == q.Next {
		b.Delete(q)
		r.wallet.Waiting = false
	} else {
		b.Touch(q)
	}
	if d.Result == core.Applied {
		r.post(b, ev, d)
	} else if q.First == q.Next {
		b.Touch(r.wallet)
	}
	core.Number(b, d, q.Org, ev.OccurredAt)
	return core.Done
}

// ExpireWaiting gives up the oldest event of a queue whose account was not defined in time.
func ExpireWaiting(b core.Book, q *core.Queue, d *core.Decision) core.Status {
	parked, known := b.Parked(q.Org, q.Account, q.First)
	var second *core.Parked
	if q.First+1 < q.Next {
		var ok bool
		second, ok = b.Parked(q.Org, q.Account, q.First+1)
		known = known && ok
	}
	if !known {
		return core.Miss
	}
	due := q.NextDue
	d.Result, d.Reason, d.Subject = core.Expired, core.UnknownAccount, parked
	drop(q, b, parked)
	if second == nil {
		b.Delete(q)
	} else {
		q.NextDue = max(due, second.Deadline) // in the order of the queue, even if a deadline were earlier
		b.Touch(q)
	}
	core.Number(b, d, q.Org, due)
	return core.Done
}

// drop takes the oldest event out of the queue.
func drop(q *core.Queue, b core.Book, oldest *core.Parked) {
	b.Delete(oldest)
	q.First++
}
