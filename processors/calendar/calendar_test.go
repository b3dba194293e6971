package calendar_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"purser/internal/timezone"
	"purser/processors/calendar"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := timezone.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestMonthStart(t *testing.T) {
	for _, c := range []struct{ zone, start, why string }{
		{"UTC", "2024-03-01T00:00:00Z", "a leap year's February has 29 days"},
		{"UTC", "2100-03-01T00:00:00Z", "2100 is not a leap year"},
		{"America/New_York", "2024-01-01T05:00:00Z", "midnight is later in the west"},
		{"Asia/Kathmandu", "2023-12-31T18:15:00Z", "offsets need not be whole hours"},
		{"America/Asuncion", "2017-10-01T04:00:00Z", "the midnight of 1 October 2017 was skipped"},
		{"America/St_Johns", "2009-11-01T02:30:00Z", "at 00:01 on 1 November 2009 the clock was put back to 23:01"},
		{"America/Havana", "2015-11-01T04:00:00Z", "at 01:00 on 1 November 2015 the clock was put back to 00:00"},
		{"Asia/Amman", "2006-09-30T21:00:00Z", "a change on the day before is not a change at midnight"},
	} {
		want, err := time.Parse(time.RFC3339, c.start)
		if err != nil {
			t.Fatal(err)
		}
		z := zone(t, c.zone)
		month := calendar.Month(want.UnixMicro(), z)
		if got := time.UnixMicro(calendar.MonthStart(month, z)).UTC(); !got.Equal(want) {
			t.Errorf("%s: starts %v, want %v: %s", c.zone, got, want, c.why)
		}
		if before := calendar.Month(want.UnixMicro()-1, z); before != month-1 {
			t.Errorf("%s: the microsecond before is in month %d, not %d: %s", c.zone, before, month-1, c.why)
		}
	}
}

func TestMonthIsTheLocalOne(t *testing.T) {
	instant := time.Date(2024, 2, 29, 23, 30, 0, 0, time.UTC).UnixMicro()
	for name, want := range map[string]int32{
		"UTC": 2024*12 + 1, "Europe/Berlin": 2024*12 + 2, "America/Los_Angeles": 2024*12 + 1, "Pacific/Kiritimati": 2024*12 + 2,
	} {
		if got := calendar.Month(instant, zone(t, name)); got != want {
			t.Errorf("%s: month %d, want %d", name, got, want)
		}
	}
	// The clock shows October again here, but November has begun.
	repeated := time.Date(2009, 11, 1, 2, 45, 0, 0, time.UTC)
	if got := calendar.Month(repeated.UnixMicro(), zone(t, "America/St_Johns")); got != 2009*12+10 {
		t.Errorf("a repeated hour fell back into month %d", got)
	}
}

func TestEveryInstantIsWithinItsMonth(t *testing.T) {
	var zones []*time.Location
	for _, name := range []string{"UTC", "America/St_Johns", "America/Havana", "America/Asuncion", "Asia/Beirut", "Pacific/Apia", "Europe/London", "Africa/Cairo"} {
		zones = append(zones, zone(t, name))
	}
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.SampledFrom(zones).Draw(t, "zone")
		micros := rapid.Int64Range(0, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()).Draw(t, "instant")
		month := calendar.Month(micros, z)
		start := calendar.MonthStart(month, z)
		micros = rapid.SampledFrom([]int64{micros, start, start - 1, start + 30*60_000_000}).Draw(t, "near")
		month = calendar.Month(micros, z)
		if calendar.MonthStart(month, z) > micros || micros >= calendar.MonthStart(month+1, z) {
			t.Fatalf("%v is not within month %d", time.UnixMicro(micros).In(z), month)
		}
	})
}

// TestDayBegunNeverGoesBack: also where a clock that is put back over midnight shows the day before once more.
func TestDayBegunNeverGoesBack(t *testing.T) {
	z := zone(t, "America/Havana") // on 2026-11-01 it is put back from 1 o'clock to midnight
	saoPaulo := zone(t, "America/Sao_Paulo")
	for _, c := range []struct {
		zone *time.Location
		at   string
	}{{z, "2026-11-01T00:00:00Z"}, {saoPaulo, "2018-02-17T22:00:00Z"}} { // and there, from midnight to 11 in the evening
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		before := calendar.DayBegun(at.UnixMicro(), c.zone)
		for range 12 * 60 {
			at = at.Add(time.Minute)
			day := calendar.DayBegun(at.UnixMicro(), c.zone)
			if day < before || calendar.DayStart(day, c.zone) > at.UnixMicro() {
				t.Fatalf("at %s it is day %d, after %d", at, day, before)
			}
			before = day
		}
	}
}
