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

// dueFirst says whether a cell that an event touches has work that the tick being worked off has made due. It comes first,
// so that the event is decided as if all due work had run at once (R1.7). A queue that is DueNow holds nobody up: what
// comes later joins its tail.
func (d *Decision) dueFirst(p *Progress, c Cell) bool { return d.dueBy(p, c, p.Target) }

// dueBy is dueFirst for what has a time of its own: only what falls due no later comes before it.
func (d *Decision) dueBy(p *Progress, c Cell, by Time) bool {
	due := c.Head().NextDue
	if p.Target == p.LastTick || due <= DueNow || due > by {
		return false
	}
	d.DueCell = c
	return true
}
