package model

import (
	"fmt"
	"sync"
	"time"
)

// month is a month of the calendar: year × 12 + month - 1.
type month int

func (m month) String() string { return fmt.Sprintf("%04d-%02d", int(m)/12, int(m)%12+1) }

type monthIn struct {
	month month
	zone  string
}

var starts sync.Map // of monthIn: it takes long to find one

// start is when a month begins: the first minute at which a clock in the zone shows it (R1.6). Where daylight saving repeats the
// midnight that is the first one, where it skips it, the minute after.
func (m month) start(zone *time.Location) time.Time {
	key := monthIn{m, zone.String()}
	if at, known := starts.Load(key); known {
		return at.(time.Time) //nolint:forcetypeassert // nothing else is stored
	}
	at := time.Date(int(m)/12, time.Month(int(m)%12+1), 1, 0, 0, 0, 0, time.UTC).Add(-26 * time.Hour)
	for shown(at, zone) < m {
		at = at.Add(time.Minute)
	}
	starts.Store(key, at)
	return at
}

// shown is the month that a clock shows.
func shown(at time.Time, zone *time.Location) month {
	year, m, _ := at.In(zone).Date()
	return month(year*12 + int(m) - 1)
}

// monthOf is the month that an instant belongs to: the last one that has begun.
func monthOf(at time.Time, zone *time.Location) month {
	m := shown(at, zone)
	if next := m + 1; !at.Before(next.start(zone)) {
		return next
	}
	return m
}

// stamp is an instant as outputs show it.
func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}
