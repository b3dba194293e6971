// Package calendar turns instants into the calendar of an org's time zone (R1.6).
//
// Instants are microseconds since 1970-01-01T00:00:00Z. A month is a number: year × 12 + month - 1.
package calendar

import "time"

// Month returns the month that an instant belongs to. Months follow each other without overlap: where daylight saving
// repeats the midnight at which a month starts, it starts once, at the first.
func Month(micros int64, zone *time.Location) int32 {
	year, m, day := time.UnixMicro(micros).In(zone).Date()
	month := int32(year)*12 + int32(m) - 1
	// Only a clock that was put back over the month's first midnight can show the old month in the new one.
	if day >= 28 && micros >= MonthStart(month+1, zone) {
		month++
	}
	return month
}

// MonthStart returns the first instant of a month: local midnight on the 1st, the first one where it is repeated, and
// the instant at which the clock is put forward where it is skipped.
func MonthStart(month int32, zone *time.Location) int64 {
	year, m := int(month/12), time.Month(month%12+1)
	return midnight(time.Date(year, m, 1, 0, 0, 0, 0, time.UTC), zone)
}

// midnight returns the first instant of the civil day that an instant in UTC stands for.
func midnight(asUTC time.Time, zone *time.Location) int64 {
	// The offsets a day before and a day after are those on both sides of any change at that midnight. The greater
	// offset, which gives the earlier instant, is tried first.
	_, before := asUTC.Add(-24 * time.Hour).In(zone).Zone()
	_, after := asUTC.Add(24 * time.Hour).In(zone).Zone()
	first := asUTC.Add(-time.Duration(max(before, after)) * time.Second)
	if first.In(zone).Day() == asUTC.Day() {
		return first.UnixMicro()
	}
	return asUTC.Add(-time.Duration(min(before, after)) * time.Second).UnixMicro()
}

// Day returns the civil day that a clock in a zone shows at an instant, in days since 1970-01-01.
func Day(micros int64, zone *time.Location) int32 {
	year, month, day := time.UnixMicro(micros).In(zone).Date()
	return int32(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// DayStart returns the first instant of a civil day: local midnight, as MonthStart has it.
func DayStart(day int32, zone *time.Location) int64 { return midnight(civil(day), zone) }

func civil(day int32) time.Time { return time.Unix(int64(day)*24*60*60, 0).UTC() }

// Unit is a kind of period of whole days.
type Unit uint8

// Units. They never change their number. Weeks begin on Monday, quarters on the 1st of January, April, July and October.
const (
	Week Unit = iota + 1
	MonthLong
	Quarter
	Year
)

// Begins returns the first day of the period that a day is in.
func (u Unit) Begins(day int32) int32 {
	if u == Week {
		const thursday = 4
		return day - ((day+thursday-1)%7+7)%7
	}
	year, month, _ := civil(day).Date()
	months := map[Unit]time.Month{MonthLong: 1, Quarter: 3, Year: 12}[u]
	first := (month-1)/months*months + 1
	return int32(time.Date(year, first, 1, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// Next returns the first day of the first period that begins after a day.
func (u Unit) Next(day int32) int32 {
	if u == Week {
		const thursday = 4 // 1970-01-01, where Monday is 1
		return day + 7 - (day+thursday-1)%7
	}
	year, month, _ := civil(day).Date()
	months := map[Unit]time.Month{MonthLong: 1, Quarter: 3, Year: 12}[u]
	next := (month-1)/months*months + months + 1
	return int32(time.Date(year, next, 1, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// CivilMonth returns the month that a civil day is in.
func CivilMonth(day int32) int32 {
	year, month, _ := civil(day).Date()
	return int32(year)*12 + int32(month) - 1
}

// AddMonths returns the civil day that comes so many months after a day, which is the last one of a month that is too short for it.
func AddMonths(day, months int32) int32 {
	month := CivilMonth(day) + months
	first := func(month int32) int32 {
		return int32(time.Date(int(month/12), time.Month(month%12+1), 1, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
	}
	return min(first(month)+int32(civil(day).Day())-1, first(month+1)-1)
}

// DayBegun returns the latest civil day that has begun at an instant. It is Day, but where a clock that was put back over midnight shows the
// day before again.
func DayBegun(micros int64, zone *time.Location) int32 {
	day := Day(micros, zone)
	if micros >= DayStart(day+1, zone) {
		day++
	}
	return day
}
