package processors

// tick sets what the partition works towards. LastTick follows when the shell has run all that is due up to there (R1.7).
func tick(b Book, ev *Event, d *Decision) Status {
	if p := b.Progress(); ev.TickAt > p.Target {
		p.Target = ev.TickAt
		b.Touch(p)
	}
	return d.silent()
}

// now is the time by which waits and expiries are judged: that of the last tick (R1.7), or the broker's while there was none.
func now(p *Progress, ev *Event) Time {
	if p.LastTick == 0 {
		return ev.RecordedAt
	}
	return p.LastTick
}

// latest is the newest time that is known: definitions that only look at the present are in force from then on.
func latest(p *Progress, t Time) Time { return max(p.LastTick, t) }

// dueFirst says whether one of the cells that an event touches has work that the tick being worked off has made due. It
// comes first, so that the event is decided as if all due work had run at once (R1.7). The earliest is named, ties by key.
// A queue that is DueNow holds nobody up: what comes later joins its tail.
func (d *Decision) dueFirst(p *Progress, accounts ...*Account) bool {
	for _, a := range accounts {
		if a != nil && dueBy(p, &a.Meta) && (d.DueCell == nil || a.before(d.DueCell.Head())) {
			d.DueCell = a
		}
	}
	return d.DueCell != nil
}

// queueDueFirst is dueFirst for a queue.
func (d *Decision) queueDueFirst(p *Progress, q *Queue) bool {
	if q != nil && dueBy(p, &q.Meta) && (d.DueCell == nil || q.before(d.DueCell.Head())) {
		d.DueCell = q
	}
	return d.DueCell != nil
}

func dueBy(p *Progress, m *Meta) bool {
	return p.Target > p.LastTick && m.NextDue > DueNow && m.NextDue <= p.Target
}

// before is the order in which due work runs.
func (m *Meta) before(other *Meta) bool {
	if m.NextDue != other.NextDue {
		return m.NextDue < other.NextDue
	}
	return m.Key < other.Key
}
