package sinks

import (
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors"
	"purser/topics"
)

// Types of due work, as the ledger names them.
const (
	DueGrantExpired   = "due.grant_expired"
	DueWaitingExpired = "due.waiting_expired"
)

// origin is what an entry follows from, as the ledger and the alerts name it.
type origin struct {
	org, source, id, kind  string
	occurredAt, recordedAt processors.Time
}

// originOf names the event that was decided; or, for due work, purser itself with an id that is the same on every re-run.
func originOf(ev *processors.Event, cause *kgo.Record, dueType string, d *processors.Decision) origin {
	if dueType == "" {
		return origin{
			org: ev.Org, source: ev.Source, id: ev.ID, kind: topics.TypeName(ev.Type),
			occurredAt: firstTime(d.At, ev.OccurredAt), recordedAt: ev.RecordedAt,
		}
	}
	recorded := topics.TimeOf(cause.Timestamp)
	return origin{
		org: d.Org, source: topics.SourcePurser, id: dueID(dueType, d), kind: dueType,
		occurredAt: firstTime(d.At, recorded), recordedAt: recorded,
	}
}

func firstTime(a, b processors.Time) processors.Time {
	if a != 0 {
		return a
	}
	return b
}

// dueID is due/<account>/<rule>/<due time>/<what was due>: the grant, or the number under which the event waited. Several
// pieces of work of one account can fall due at one instant.
func dueID(dueType string, d *processors.Decision) string {
	rule := strings.TrimPrefix(dueType, "due.")
	account, what := dueSubject(d)
	return "due/" + account + "/" + rule + "/" + topics.FormatTime(d.At) + "/" + what
}

func dueSubject(d *processors.Decision) (account, what string) {
	if d.Subject != nil {
		return d.Subject.Event.Usage.Account, parkedNumber(d.Subject.Key)
	}
	if len(d.Postings) > 0 {
		return d.Postings[0].From.ID, d.Postings[0].Grant
	}
	switch cell := d.DueCell.(type) {
	case *processors.Account:
		return cell.ID, ""
	case *processors.Queue:
		return cell.Account, ""
	}
	return "", ""
}

// parkedNumber is the number at the end of a parked event's key, in decimal.
func parkedNumber(key string) string {
	const digits = 16
	if len(key) < digits {
		return ""
	}
	n, err := strconv.ParseUint(key[len(key)-digits:], 16, 64)
	if err != nil {
		return ""
	}
	return strconv.FormatUint(n, 10)
}
