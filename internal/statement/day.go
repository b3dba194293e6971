package statement

import (
	"fmt"
	"time"

	"purser/processors"
	"purser/processors/calendar"
	"purser/topics"
)

// Day is a civil day in days since 1970-01-01, and whether there is one.
type Day struct {
	Days int32
	Set  bool
}

// ParseDay reads a day as 2026-03-01. Nothing is no day.
func ParseDay(s string) (Day, error) {
	if s == "" {
		return Day{}, nil
	}
	at, err := time.Parse(time.DateOnly, s)
	if err != nil || at.Year() < 1 {
		return Day{}, fmt.Errorf("it is %q: it must be a day such as 2026-03-01", s)
	}
	return Day{int32(at.Unix() / (24 * 60 * 60)), true}, nil
}

// DayOf is a civil day.
func DayOf(year int, month time.Month, day int) Day {
	return Day{int32(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)), true}
}

// String is the day as it is read; "" for none.
func (d Day) String() string {
	if !d.Set {
		return ""
	}
	return string(topics.AppendDay(nil, d.Days))
}

// period is the instants from the beginning of the first day to that of the one after the last. Zero: no bound.
func (q *Query) period(zone *time.Location) (from, to processors.Time) {
	if q.From.Set {
		from = processors.Time(calendar.DayStart(q.From.Days, zone))
	}
	if q.To.Set {
		to = processors.Time(calendar.DayStart(q.To.Days+1, zone))
	}
	return from, to
}

func dayOf(at processors.Time, zone *time.Location) string {
	return string(topics.AppendDay(nil, calendar.Day(int64(at), zone)))
}
