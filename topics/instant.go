package topics

import (
	"bytes"
	"time"

	"purser/processors/core"
)

// Instants that are read lie in the years 1970 to 9999, so that they survive every store; they are kept to the microsecond.
const maxInstant = core.Time(253402300799_999999)

// longestInstant is more than an RFC 3339 time with nanoseconds and an offset takes.
const longestInstant = 40

const (
	second core.Time = 1_000_000
	hour             = 60 * 60 * second
)

// ParseTime reads an RFC 3339 time, cut to the microsecond. The epoch itself becomes the microsecond after it, because the
// zero Time means that none was given.
func ParseTime(b []byte) (core.Time, bool) {
	var t time.Time
	if len(b) > longestInstant || t.UnmarshalText(b) != nil || !isRFC3339(b) {
		return 0, false
	}
	at := TimeOf(t)
	if at < 0 || at > maxInstant {
		return 0, false
	}
	return max(at, 1), true
}

// isRFC3339 refuses what the standard library takes beyond RFC 3339: an hour of one digit, ISO 8601's comma before the
// fraction, and offsets of 24 hours or 60 minutes.
func isRFC3339(b []byte) bool {
	if len(b) < len("2006-01-02T15:04:05Z") || b[len("2006-01-02T15")] != ':' || bytes.IndexByte(b, ',') >= 0 {
		return false
	}
	if b[len(b)-1] == 'Z' {
		return true
	}
	offset := b[len(b)-len("07:00"):]
	return string(offset[:2]) < "24" && string(offset[3:]) < "60"
}

// TimeOf is an instant of the broker's, or of the standard library's, to the microsecond.
func TimeOf(t time.Time) core.Time { return core.Time(t.UnixMicro()) }

// AppendTime appends t as RFC 3339 in UTC with three fraction digits, or six, or none, as it needs. Every ledger record
// holds two of them, which is why it does not go through a time.Time.
func AppendTime(dst []byte, t core.Time) []byte {
	if t < 0 || t > maxInstant {
		return time.UnixMicro(int64(t)).UTC().AppendFormat(dst, time.RFC3339Nano)
	}
	seconds, micros := uint64(t)/1_000_000, uint64(t)%1_000_000
	days, second := seconds/86_400, seconds%86_400
	year, month, day := civil(days)
	dst = appendDigits(dst, year, 4)
	dst = appendDigits(append(dst, '-'), month, 2)
	dst = appendDigits(append(dst, '-'), day, 2)
	dst = appendDigits(append(dst, 'T'), second/3600, 2)
	dst = appendDigits(append(dst, ':'), second/60%60, 2)
	dst = appendDigits(append(dst, ':'), second%60, 2)
	switch {
	case micros == 0:
	case micros%1_000 == 0:
		dst = appendDigits(append(dst, '.'), micros/1_000, 3)
	default:
		dst = appendDigits(append(dst, '.'), micros, 6)
	}
	return append(dst, 'Z')
}

// civil turns days since 1970-01-01 into a Gregorian date. It counts from 1 March of year 0, so that a leap day is the last
// day of its year, in eras of 400 years, all of one length.
func civil(days uint64) (year, month, day uint64) {
	const daysToEpoch, daysInEra = 719_468, 146_097
	days += daysToEpoch
	era, inEra := days/daysInEra, days%daysInEra
	yearOfEra := (inEra - inEra/1_460 + inEra/36_524 - inEra/146_096) / 365
	inYear := inEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	shifted := (5*inYear + 2) / 153 // 0 is March
	day = inYear - (153*shifted+2)/5 + 1
	year = yearOfEra + era*400
	if shifted < 10 {
		return year, shifted + 3, day
	}
	return year + 1, shifted - 9, day
}

func appendDigits(dst []byte, n uint64, width int) []byte {
	dst = append(dst, "000000"[:width]...)
	for i := len(dst) - 1; n > 0; i-- {
		dst[i] = '0' + byte(n%10)
		n /= 10
	}
	return dst
}

// FormatTime is AppendTime as a string; "" for a time that was not given.
func FormatTime(t core.Time) string {
	if t == 0 {
		return ""
	}
	return string(AppendTime(nil, t))
}

// AppendDay appends a civil day, in days since 1970-01-01, as 2026-03-01.
func AppendDay(dst []byte, day int32) []byte {
	return time.Unix(int64(day)*24*60*60, 0).UTC().AppendFormat(dst, time.DateOnly)
}
