package topics

import (
	"testing"
	"time"

	"pgregory.net/rapid"
	"purser/processors/core"
)

func TestAppendTimeIsWhatTheStandardLibraryWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := core.Time(rapid.Int64Range(1, int64(maxInstant)).Draw(t, "at"))
		at -= at % core.Time(rapid.SampledFrom([]int{1, 1_000, 1_000_000, 86_400_000_000}).Draw(t, "unit"))
		text := string(AppendTime(nil, at))
		parsed, err := time.Parse(time.RFC3339, text)
		if err != nil || parsed.UnixMicro() != int64(at) {
			t.Fatalf("%d was written as %q, which is %v, %v", at, text, parsed, err)
		}
		if back, ok := ParseTime([]byte(text)); !ok || back != max(at, 1) {
			t.Fatalf("%q was read as %d, %v", text, back, ok)
		}
	})
}

func TestTimesThatAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-01T00:00:00Z":                "2026-03-01T00:00:00Z",
		"2024-02-29T23:59:59.5Z":              "2024-02-29T23:59:59.500Z",
		"2026-03-01T00:00:00.123456789+02:00": "2026-02-28T22:00:00.123456Z",
		"1970-01-01T00:00:00Z":                "1970-01-01T00:00:00.000001Z",
		"9999-12-31T23:59:59Z":                "9999-12-31T23:59:59Z",
	} {
		at, ok := ParseTime([]byte(text))
		if got := string(AppendTime(nil, at)); !ok || got != want {
			t.Errorf("%q was read as %q, %v; want %q", text, got, ok, want)
		}
	}
}

func TestTimesThatAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "now", "2026-03-01", "2026-03-01 00:00:00Z", "2026-03-01T00:00:00", "2026-3-1T00:00:00Z",
		"2026-02-29T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T00:00:60Z", "2026-03-01T00:00:00,5Z",
		"1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00",
		"2026-03-01T00:00:00.0000000000000000000000000000000Z", "2026-03-01T1:00:00Z", "2026-03-01T1:00:00.5Z",
		"2026-03-01T00:00:00+24:00", "2026-03-01T00:00:00+01:60", "2026-03-01t00:00:00Z", "2026-03-01T00:00:00z",
	} {
		if at, ok := ParseTime([]byte(text)); ok {
			t.Errorf("%q was read as %d", text, at)
		}
	}
}
