package calendar

import "time"

// Accounting returns the first and the last day of the accounting period that a day is in (R8.7): a year that begins on a day of the calendar year
// (month × 100 + day), or a month that begins on the same day of each month, which is a month's last one where the month is shorter.
func Accounting(yearly bool, begins, day int32) (first, last int32) {
	year, month, _ := civil(day).Date()
	step := 1
	if yearly {
		month, step = time.Month(begins/100), 12
	}
	first = dayOf(year, month, begins%100)
	if first > day {
		year, month = shifted(year, month, -step)
		first = dayOf(year, month, begins%100)
	}
	year, month = shifted(year, month, step)
	return first, dayOf(year, month, begins%100) - 1
}

func shifted(year int, month time.Month, months int) (int, time.Month) {
	n := year*12 + int(month) - 1 + months
	return n / 12, time.Month(n%12 + 1)
}

// dayOf is a day of a month, its last one where the month is shorter.
func dayOf(year int, month time.Month, day int32) int32 {
	last := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return int32(time.Date(year, month, min(int(day), last), 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// Text writes a civil day, such as 2026-03-31.
func Text(day int32) string { return civil(day).Format(time.DateOnly) }
