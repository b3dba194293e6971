package sinks

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/topics"
)

// DuePrefix begins the type of the ledger record of due work: due.grant_expired, due.recharge_retried.
const DuePrefix = "due."

// origin is what an entry follows from, as the ledger and the alerts name it.
type origin struct {
	org, source, id, kind  string
	occurredAt, recordedAt core.Time
}

// originOf names the event that was decided; or, for due work (ev is nil), purser itself with an id that is the same on every re-run.
func originOf(ev *core.Event, cause *kgo.Record, d *core.Decision) origin {
	if ev != nil {
		return origin{
			org: ev.Org, source: ev.Source, id: ev.ID, kind: topics.TypeName(ev.Type),
			occurredAt: firstTime(d.At, ev.OccurredAt), recordedAt: ev.RecordedAt,
		}
	}
	recorded := topics.TimeOf(cause.Timestamp)
	return origin{
		org: d.Org, source: topics.SourcePurser, id: dueID(d), kind: DuePrefix + d.Work.String(),
		occurredAt: firstTime(d.At, recorded), recordedAt: recorded,
	}
}

func firstTime(a, b core.Time) core.Time {
	if a != 0 {
		return a
	}
	return b
}

// dueID is due/<account>/<rule>/<due time>/<grant or attempt>: several grants of one account can expire at one instant.
func dueID(d *core.Decision) string {
	if d.Work == core.NoWork {
		panic("sinks: due work that does not say what it is")
	}
	account := "" // of work of the whole org
	if d.Worker != nil {
		account = d.Worker.ID
	}
	var at [32]byte
	return "due/" + account + "/" + d.Work.String() + "/" + string(topics.AppendTime(at[:0], d.At)) + "/" + d.Worked
}
