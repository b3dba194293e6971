package calendar

import (
	"testing"
	"time"
)

func day(s string) int32 {
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return int32(at.Unix() / (24 * 60 * 60))
}

func TestNextPeriod(t *testing.T) {
	for _, c := range []struct {
		unit     Unit
		of, want string
	}{
		{Week, "1970-01-01", "1970-01-05"},
		{Week, "2026-03-01", "2026-03-02"}, // a Sunday
		{Week, "2026-03-02", "2026-03-09"}, // a Monday
		{Week, "2026-12-31", "2027-01-04"},
		{MonthLong, "2026-01-31", "2026-02-01"},
		{MonthLong, "2028-02-29", "2028-03-01"},
		{MonthLong, "2026-12-01", "2027-01-01"},
		{Quarter, "2026-01-01", "2026-04-01"},
		{Quarter, "2026-03-31", "2026-04-01"},
		{Quarter, "2026-12-31", "2027-01-01"},
		{Year, "2026-01-01", "2027-01-01"},
		{Year, "2028-02-29", "2029-01-01"},
	} {
		if got := c.unit.Next(day(c.of)); got != day(c.want) {
			t.Errorf("after %s unit %d begins on %s, want %s", c.of, c.unit, civil(got).Format(time.DateOnly), c.want)
		}
	}
}

// TestDayStart: a midnight that is skipped, and one that comes twice (R1.6).
func TestDayStart(t *testing.T) {
	for _, c := range []struct{ zone, day, want string }{
		{"Europe/Paris", "2026-03-29", "2026-03-28T23:00:00Z"},
		{"America/Havana", "2026-03-08", "2026-03-08T05:00:00Z"}, // 0:00 is 1:00
		{"America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"}, // 0:00 comes twice
		{"UTC", "2026-02-28", "2026-02-28T00:00:00Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := time.UnixMicro(DayStart(day(c.day), zone)).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%s begins in %s at %s, want %s", c.day, c.zone, got, c.want)
		}
	}
}

func TestAddMonths(t *testing.T) {
	for _, c := range []struct {
		from   string
		months int32
		to     string
	}{
		{"2026-01-31", 1, "2026-02-28"}, {"2026-01-31", 2, "2026-03-31"}, {"2024-01-31", 1, "2024-02-29"}, {"2024-02-29", 12, "2025-02-28"},
		{"2026-12-15", 1, "2027-01-15"}, {"2026-10-31", 0, "2026-10-31"},
	} {
		if got := AddMonths(day(c.from), c.months); got != day(c.to) {
			t.Errorf("%s and %d months is %d, not %s", c.from, c.months, got, c.to)
		}
	}
}
