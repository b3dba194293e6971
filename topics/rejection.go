package topics

import (
	"unicode"
	"unicode/utf8"
)

// Rejection says why a record cannot be decoded (R10.1): it becomes a dead letter with these words. Nothing in it repeats
// more than maxEcho bytes of what came, and nothing that looks like a card number.
type Rejection struct {
	Reason string // one of the Reason constants
	Field  string // "ce_id", "data.rate_cards.email.tiers.2.up_to", …; "" where it is about the whole record
	Detail string // what was expected and what came
}

// Text is the rejection as one sentence for the dead letter's detail header.
func (r *Rejection) Text() string {
	if r.Field == "" {
		return r.Detail
	}
	return r.Field + ": " + r.Detail
}

// Why a record cannot be decoded. The names are on the wire.
const (
	ReasonBadEnvelope     = "bad_envelope"      // not CloudEvents 1.0 in a mode that is read
	ReasonMissingKey      = "missing_key"       // no org
	ReasonMissingField    = "missing_field"     // a field that must be there
	ReasonMalformedJSON   = "malformed_json"    //
	ReasonDuplicateField  = "duplicate_field"   // twice in one object, or a header twice
	ReasonWrongType       = "wrong_type"        // another JSON type than the field has
	ReasonBadNumber       = "bad_number"        // R1.1
	ReasonBadTime         = "bad_time"          // not RFC 3339, or outside the years 1970 to 9999
	ReasonBadString       = "bad_string"        // empty, not UTF-8, or with control characters
	ReasonBadCurrency     = "bad_currency"      // not an ISO 4217 code
	ReasonBadCountry      = "bad_country"       // not an ISO 3166 code with a currency
	ReasonBadTimeZone     = "bad_time_zone"     // not an IANA zone
	ReasonBadValue        = "bad_value"         // not one of the words that the field takes
	ReasonReservedName    = "reserved_name"     // an account named like one of the system's
	ReasonConflict        = "conflicting_field" // two fields that exclude each other
	ReasonBadTiers        = "bad_tiers"         // tiers that do not ascend, or whose last one ends
	ReasonUnknownType     = "unknown_type"      // no event that its topic takes
	ReasonTooLarge        = "too_large"         // R10.3
	ReasonWrongPartition  = "wrong_partition"   // decided by the shell, which knows how many there are
	ReasonProducerTime    = "producer_time"     // likewise: the record has its producer's time and not the broker's
	maxEcho               = 64
	shortestCardNumber    = 12
	replacementForNumbers = "[number]"
)

// echo makes a piece of input fit to be repeated: cut to maxEcho bytes, without control characters, and without any run of
// digits that could be a card number, even where spaces or dashes group it.
func echo(s string) string {
	out := make([]byte, 0, maxEcho+8)
	for i := 0; i < len(s); {
		if n := cardNumber(s[i:]); n > 0 {
			out = append(out, replacementForNumbers...)
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || unicode.IsControl(r) {
			r = '?'
		}
		out = utf8.AppendRune(out, r)
		i += size
		if len(out) >= maxEcho {
			break
		}
	}
	if len(out) <= maxEcho {
		return string(out)
	}
	cut := maxEcho - len("…")
	for !utf8.RuneStart(out[cut]) {
		cut--
	}
	return string(out[:cut]) + "…"
}

// quoted is a piece of input as it may be repeated, in quotes.
func quoted(s string) string { return `"` + echo(s) + `"` }

// cardNumber returns the length of the run of digits, spaces and dashes at the start of s where it begins with a digit and
// holds as many as the shortest card number; 0 otherwise.
func cardNumber(s string) int {
	digits, end := 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
			end = i + 1
		case (c == ' ' || c == '-' || c == '.') && digits > 0:
		default:
			i = len(s)
		}
	}
	if digits < shortestCardNumber {
		return 0
	}
	return end
}
