package load

import (
	"strconv"
	"strings"
	"time"

	"purser/internal/record"
	"purser/topics"
)

// oversizedPadding makes a record larger than any may be.
var oversizedPadding = strings.Repeat("x", topics.MaxRecordBytes)

// A malformed event has one of these flaws, each enough by itself to be undecodable.
const (
	flawTruncated = iota // JSON that ends too early
	flawExponent         // 1e5
	flawNaN
	flawNegative
	flawTooLarge  // 10^12
	flawTooFine   // ten fraction digits
	flawNoAccount // a field that must be there
	flawNoKey     // no org
	flawNoID
	flawType     // a ce_type that nobody knows
	flawLongName // a string of more than 1 KiB
	flaws
)

var longName = strings.Repeat("n", topics.MaxStringBytes+1)

// appendUsage writes the body of a usage event.
func (r *run) appendUsage(dst []byte, e *draw) []byte {
	flaw := -1
	if e.kind == record.Malformed {
		flaw = e.flaw
	}
	dst = append(dst, `{`...)
	if flaw != flawNoAccount {
		dst = append(dst, `"account":"`...)
		dst = r.appendAccount(dst, e, flaw)
		dst = append(dst, `",`...)
	}
	dst = append(dst, `"channel":"`...)
	if e.kind == record.Refused {
		dst = append(dst, "fax"...)
	} else {
		dst = append(dst, channels[e.channel].name...)
	}
	dst = append(dst, `","quantity":"`...)
	dst = appendQuantity(dst, e.quantity, flaw)
	if e.whole {
		dst = append(dst, `","cost":"`...)
		dst = append(dst, channels[e.channel].whole[e.price]...)
	} else {
		dst = append(dst, `","unit_cost":"`...)
		dst = append(dst, channels[e.channel].costs[e.price]...)
	}
	dst = append(dst, `","currency":"`+usageCurrency...)
	if flaw == flawTruncated {
		return dst
	}
	dst = append(dst, '"')
	if e.kind == record.Oversized {
		dst = append(dst, `,"padding":"`...)
		dst = append(append(dst, oversizedPadding...), '"')
	}
	return append(dst, '}')
}

func (r *run) appendAccount(dst []byte, e *draw, flaw int) []byte {
	switch {
	case flaw == flawLongName:
		return append(dst, longName...)
	case e.kind == record.UnknownLater || e.kind == record.UnknownNever:
		return r.unknownOf(dst, e.account)
	}
	return walletName(dst, e.account)
}

func appendQuantity(dst []byte, quantity uint64, flaw int) []byte {
	switch flaw {
	case flawExponent:
		return append(dst, "1e5"...)
	case flawNaN:
		return append(dst, "NaN"...)
	case flawNegative:
		dst = append(dst, '-')
	case flawTooLarge:
		return append(dst, "1000000000000"...)
	case flawTooFine:
		return append(dst, "1.0000000001"...)
	}
	return strconv.AppendUint(dst, quantity, 10)
}

// appendInstant writes microseconds since 1970 as RFC 3339. Seconds repeat, so the text up to them is kept.
func (r *run) appendInstant(dst []byte, micros int64) []byte {
	second, fraction := micros/1_000_000, micros%1_000_000
	if second != r.instantSecond || len(r.instantText) == 0 {
		r.instantSecond = second
		r.instantText = time.Unix(second, 0).UTC().AppendFormat(r.instantText[:0], "2006-01-02T15:04:05")
	}
	dst = append(dst, r.instantText...)
	if fraction != 0 {
		dst = append(dst, '.')
		dst = appendPadded(dst, fraction, 6)
	}
	return append(dst, 'Z')
}
