package sinks

import (
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors"
	"purser/topics"
)

// Alert makes the record of one alert of a decision; the other arguments are those of Ledger. Alerts are rare: they are
// not in the slabs.
func (e *Encoder) Alert(a *processors.Alert, ev *processors.Event, cause *kgo.Record, dueType string, d *processors.Decision) *kgo.Record {
	from := originOf(ev, cause, dueType, d)
	body := alertBody(a, &from)
	value, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("sinks: an alert cannot be written: %v", err))
	}
	return &kgo.Record{
		Topic: e.alert, Partition: cause.Partition, Key: []byte(from.org), Value: value,
		Headers: []kgo.RecordHeader{
			{Key: "ce_specversion", Value: valueSpecVersion},
			{Key: "ce_id", Value: []byte(body.Key)},
			{Key: "ce_source", Value: valuePurser},
			{Key: "ce_type", Value: valueAlert},
			{Key: "ce_time", Value: topics.AppendTime(nil, from.occurredAt)},
			{Key: "content-type", Value: valueJSON},
			{Key: topics.HeaderCause, Value: topics.AppendPosition(nil, cause)},
		},
	}
}

// alertBody names the crossing by what caused it: an event, or a piece of due work, takes an account across an edge once.
func alertBody(a *processors.Alert, from *origin) topics.AlertBody {
	identity := topics.IdentityOf(from.org, from.source, from.id)
	body := topics.AlertBody{
		Kind: string(a.Kind), Severity: severityOf(a.Kind), Org: from.org,
		Contacts: a.Contacts, Source: from.source, ID: from.id,
		Key: string(a.Kind) + "/" + hex.EncodeToString(identity[:]),
	}
	if a.Account == nil {
		return body
	}
	body.Key += "/" + a.Account.ID
	body.Account, body.Currency, body.Balance = a.Account.ID, a.Currency.String(), a.Balance.String()
	switch a.Kind {
	case processors.LowBalance:
		body.Threshold = a.Threshold.String()
	case processors.NegativeBalance:
		body.ToCollect = a.ToCollect.String()
	}
	return body
}

func severityOf(kind processors.AlertKind) string {
	if kind == processors.NegativeBalance {
		return "critical"
	}
	return "warning"
}
