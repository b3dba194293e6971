package processors

import "strings"

// patience is how long usage waits for its account before it becomes a dead letter (R10.2).
const patience Time = 24 * 60 * 60 * 1_000_000

// maxWaiting is how many events may wait for one account (R10.3).
const maxWaiting = 100_000

// mustWait says whether usage of an account waits: for its definition, or behind what has waited and is not yet worked off.
func mustWait(a *Account) bool { return !a.defined() || a.Waiting }

// wait puts usage at the tail of its account's queue.
func wait(b Book, ev *Event, d *Decision) Status {
	q, known := b.Queue(ev.Org, ev.Usage.Account)
	if !known {
		return Miss
	}
	p := b.Progress()
	if q != nil && d.dueFirst(p, q) {
		return DueFirst
	}
	if q != nil && q.Next-q.First >= maxWaiting {
		return d.refuse(QueueFull)
	}
	deadline := now(p, ev) + patience
	if q == nil {
		q = b.NewQueue(strings.Clone(ev.Org), strings.Clone(ev.Usage.Account))
		q.NextDue = deadline
	} else {
		b.Touch(q)
	}
	b.NewParked(q.Org, q.Account, q.Next).Deadline = deadline
	q.Next++
	d.Result = Waiting
	return Done
}

// workOff decides the oldest event of a queue whose account has been defined.
func workOff(b Book, q *Queue, d *Decision) Status {
	parked, known := b.Parked(q.Org, q.Account, q.First)
	if !known {
		b.Account(q.Org, q.Account)
		b.Org(q.Org)
		return Miss
	}
	ev := &parked.Event
	var r rating
	if !r.load(b, ev) {
		return Miss
	}
	if status := r.rate(b, ev, d); status != Done {
		return status
	}
	d.Subject = parked
	q.drop(b, parked)
	if q.First == q.Next {
		b.Delete(q)
		r.wallet.Waiting = false
	} else {
		b.Touch(q)
	}
	if d.Result == Applied {
		r.post(b, ev, d)
	} else if q.First == q.Next {
		b.Touch(r.wallet)
	}
	number(b, d, q.Org, ev.OccurredAt)
	return Done
}

// expireWaiting gives up the oldest event of a queue whose account was not defined in time.
func expireWaiting(b Book, q *Queue, d *Decision) Status {
	parked, known := b.Parked(q.Org, q.Account, q.First)
	var second *Parked
	if q.First+1 < q.Next {
		var ok bool
		second, ok = b.Parked(q.Org, q.Account, q.First+1)
		known = known && ok
	}
	if !known {
		return Miss
	}
	due := q.NextDue
	d.Result, d.Reason, d.Subject = Expired, UnknownAccount, parked
	q.drop(b, parked)
	if second == nil {
		b.Delete(q)
	} else {
		q.NextDue = max(due, second.Deadline) // in the order of the queue, even if a deadline were earlier
		b.Touch(q)
	}
	number(b, d, q.Org, due)
	return Done
}

// drop takes the oldest event out of the queue.
func (q *Queue) drop(b Book, oldest *Parked) {
	b.Delete(oldest)
	q.First++
}
