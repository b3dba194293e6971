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
	at := midnight(time.Date(int(m)/12, time.Month(int(m)%12+1), 1, 0, 0, 0, 0, time.UTC), zone)
	starts.Store(key, at)
	return at
}

type dayIn struct {
	date time.Time
	zone string
}

var days sync.Map // of dayIn

// midnight is when a day begins, likewise: the first minute at which a clock shows it, or a later one.
func midnight(date time.Time, zone *time.Location) time.Time {
	key := dayIn{date, zone.String()}
	if at, known := days.Load(key); known {
		return at.(time.Time) //nolint:forcetypeassert // nothing else is stored
	}
	at := date.Add(-26 * time.Hour)
	for shownDay(at, zone).Before(date) {
		at = at.Add(time.Minute)
	}
	days.Store(key, at)
	return at
}

func shownDay(at time.Time, zone *time.Location) time.Time {
	year, m, day := at.In(zone).Date()
	return time.Date(year, m, day, 0, 0, 0, 0, time.UTC)
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
