package sinks

import (
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors"
	"purser/topics"
)

// DueGrantExpired is the type of the ledger record that takes an expired grant back (R3.7).
const DueGrantExpired = "due.grant_expired"

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

// dueID is due/<account>/<rule>/<due time>/<grant>: several grants of one account can expire at one instant.
func dueID(dueType string, d *processors.Decision) string {
	rule := strings.TrimPrefix(dueType, "due.")
	account, grant := dueSubject(d)
	var at [32]byte
	return "due/" + account + "/" + rule + "/" + string(topics.AppendTime(at[:0], d.At)) + "/" + grant
}

// dueSubject is the wallet that pays first: due work without a posting is not recorded.
func dueSubject(d *processors.Decision) (account, grant string) {
	if len(d.Postings) == 0 {
		panic("sinks: due work that posts nothing has nothing to record")
	}
	return d.Postings[0].From.ID, d.Postings[0].Grant
}
