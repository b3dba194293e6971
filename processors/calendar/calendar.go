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
	asUTC := time.Date(year, m, 1, 0, 0, 0, 0, time.UTC)
	// The offsets a day before and a day after are those on both sides of any change at that midnight. The greater
	// offset, which gives the earlier instant, is tried first.
	_, before := asUTC.Add(-24 * time.Hour).In(zone).Zone()
	_, after := asUTC.Add(24 * time.Hour).In(zone).Zone()
	first := asUTC.Add(-time.Duration(max(before, after)) * time.Second)
	if first.In(zone).Month() == m {
		return first.UnixMicro()
	}
	return asUTC.Add(-time.Duration(min(before, after)) * time.Second).UnixMicro()
}

// Day returns the civil day that a clock in a zone shows at an instant, in days since 1970-01-01.
func Day(micros int64, zone *time.Location) int32 {
	year, month, day := time.UnixMicro(micros).In(zone).Date()
	return int32(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}
