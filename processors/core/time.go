package core

// Now is the time by which waits and expiries are judged: that of the last tick (R1.7), or the broker's while there was none.
func Now(p *Progress, ev *Event) Time {
	if p.LastTick == 0 {
		return ev.RecordedAt
	}
	return p.LastTick
}

// Latest is the newest time that is known: definitions that only look at the present are in force from then on.
func Latest(p *Progress, t Time) Time { return max(p.LastTick, t) }

// DueFirst says whether a cell that an event touches has work that the tick being worked off has made due. It comes first,
// so that the event is decided as if all due work had run at once (R1.7). A queue that is DueNow holds nobody up: what
// comes later joins its tail.
func (d *Decision) DueFirst(p *Progress, c Cell) bool { return d.DueBy(p, c, p.Target) }

// DueBy is DueFirst for what has a time of its own: only what falls due no later comes before it.
func (d *Decision) DueBy(p *Progress, c Cell, by Time) bool {
	due := c.Head().NextDue
	if p.Target == p.LastTick || due <= DueNow || due > by {
		return false
	}
	d.DueCell = c
	return true
}

// LatestVersion is a time at which the last version of everything is in force.
const LatestVersion = Time(1<<63 - 1)

// TickTime is what time it is by ticks: that of the newest one that was read, whatever of its work is left (R4.3). While there
// was none, it is at.
func TickTime(p *Progress, at Time) Time {
	if p.Target == 0 {
		return at
	}
	return p.Target
}

// Patience is how long usage waits for its account before it becomes a dead letter (R10.2).
const Patience Time = 24 * 60 * 60 * 1_000_000
