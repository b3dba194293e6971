package sinks

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/topics"
)

// outputRoom is more than nearly every outcome, alert, invoice or attempt takes with all its headers.
const outputRoom = 2 << 10

// Outcome makes the record of a decision's outcome (R9.1); the arguments are those of Ledger.
func (e *Encoder) Outcome(ev *core.Event, cause *kgo.Record, d *core.Decision) *kgo.Record {
	from, o := originOf(ev, cause, d), &d.Outcome
	body := topics.OutcomeBody{
		Status: o.Status.String(), Reason: string(o.Reason), Org: from.org, Source: o.Source, ID: o.ID, Attempt: o.Attempt, Invoice: o.Invoice, Send: o.Send,
		Order: o.Order, Transaction: o.Transaction,
	}
	if o.Status == core.Rejected && o.Needed != 0 {
		body.Needed, body.Had = o.Needed.String(), o.Had.String()
	}
	if body.ID == "" {
		body.Source, body.ID = from.source, from.id
	}
	if a := o.Account; a != nil {
		body.Account, body.Currency, body.Amount, body.Balance = a.ID, a.Currency.String(), o.Amount.String(), a.Balance.String()
	}
	if to := o.To; to != nil {
		side := &topics.OutcomeTo{Account: to.ID, Currency: to.Currency.String(), Amount: o.Gets.String(), Balance: to.Balance.String()}
		if o.Spent == nil {
			body.To = side
		} else {
			body.Rest = side
		}
	}
	if o.Spent != nil {
		body.Spending = spentBody(o.Spent)
		if o.Account == nil { // a balance of nothing was opened, and nothing spent of it
			body.Currency, body.Amount = o.Spent.Spending.Currency.String(), o.Amount.String()
		}
	}
	if o.Quote != nil {
		body.Quote = quoteBody(o.Quote)
	}
	if p := d.Period; p != nil {
		body.Period = periodBody(p)
	}
	if !d.Rate.IsZero() {
		body.Rate = d.Rate.String()
	}
	identity := identityOf(&from, ev, body.Source, body.ID)
	b := appendOutcome(e.slabs.bytes.room(outputRoom), &body)
	value := len(b)
	switch {
	case o.Reason == core.FundsPending: // it may have been pending before
		b = append(b, "pending_funds/"...)
	case o.Status == core.Pending:
		b = append(b, "pending/"...)
	default:
		b = append(b, "final/"...)
	}
	return e.output(e.outcome, topics.TypeOutcome, hex.AppendEncode(b, identity[:]), value, &from, cause)
}

// identityOf is the identity of an event of the org: of the one that is decided it is known.
func identityOf(from *origin, ev *core.Event, source, id string) core.Identity {
	if ev != nil && id == ev.ID && source == ev.Source {
		return ev.Identity
	}
	return topics.IdentityOf(from.org, source, id)
}

// appendOutcome writes a topics.OutcomeBody by hand, because every send has one. A test holds it against encoding/json.
func appendOutcome(b []byte, o *topics.OutcomeBody) []byte {
	b = topics.AppendJSONString(append(b, `{"status":`...), o.Status)
	b = appendGiven(b, `,"reason":`, o.Reason)
	b = topics.AppendJSONString(append(b, `,"org":`...), o.Org)
	b = topics.AppendJSONString(append(b, `,"source":`...), o.Source)
	b = topics.AppendJSONString(append(b, `,"id":`...), o.ID)
	b = appendGiven(b, `,"account":`, o.Account)
	b = appendGiven(b, `,"currency":`, o.Currency)
	b = appendGiven(b, `,"amount":`, o.Amount)
	b = appendGiven(b, `,"balance":`, o.Balance)
	b = appendGiven(b, `,"attempt":`, o.Attempt)
	if o.Invoice != 0 {
		b = strconv.AppendUint(append(b, `,"invoice":`...), o.Invoice, 10)
	}
	b = appendGiven(b, `,"rate":`, o.Rate)
	b = appendSide(b, `,"to":`, o.To)
	b = appendGiven(b, `,"send":`, o.Send)
	b = appendGiven(b, `,"order":`, o.Order)
	b = appendSpent(b, o.Spending)
	b = appendSide(b, `,"rest":`, o.Rest)
	b = appendQuote(b, o.Quote)
	b = appendGiven(b, `,"transaction":`, o.Transaction)
	if o.Period != nil {
		b = append(append(b, `,"period":`...), marshal(o.Period)...)
	}
	b = appendGiven(b, `,"needed":`, o.Needed)
	b = appendGiven(b, `,"had":`, o.Had)
	return append(b, '}')
}

// appendSide writes a topics.OutcomeTo, where there is one.
func appendSide(b []byte, name string, to *topics.OutcomeTo) []byte {
	if to == nil {
		return b
	}
	b = topics.AppendJSONString(append(append(b, name...), `{"account":`...), to.Account)
	b = topics.AppendJSONString(append(b, `,"currency":`...), to.Currency)
	b = topics.AppendJSONString(append(b, `,"amount":`...), to.Amount)
	b = topics.AppendJSONString(append(b, `,"balance":`...), to.Balance)
	return append(b, '}')
}

// appendGiven writes a field that is left out where there is nothing to say.
func appendGiven(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return topics.AppendJSONString(append(b, name...), value)
}

// marshalled makes the record of an output that is rare enough for reflection.
func (e *Encoder) marshalled(topic, kind, id string, from *origin, cause *kgo.Record, body any) *kgo.Record {
	value := marshal(body)
	b := append(e.slabs.bytes.room(outputRoom), value...)
	return e.output(topic, kind, append(b, id...), len(value), from, cause)
}

// marshal writes what is rare enough for reflection.
func marshal(body any) []byte {
	value, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("sinks: an output cannot be written: %v", err))
	}
	return value
}

// output makes a record of what stands at the end of the slab: the value, and behind it the record's id.
func (e *Encoder) output(topic, kind string, b []byte, value int, from *origin, cause *kgo.Record) *kgo.Record {
	id := len(b)
	b = append(b, from.org...)
	key := len(b)
	b = append(b, kind...)
	named := len(b)
	b = topics.AppendTime(b, from.occurredAt)
	at := len(b)
	b = topics.AppendPosition(b, cause)
	b = e.slabs.bytes.keep(b)

	rec := e.slabs.record()
	rec.Topic, rec.Partition = topic, cause.Partition
	rec.Value, rec.Key = b[:value:value], b[id:key:key]
	rec.Headers = e.slabs.headers.keep(append(e.slabs.headers.room(7),
		kgo.RecordHeader{Key: "ce_specversion", Value: valueSpecVersion},
		kgo.RecordHeader{Key: "ce_id", Value: b[value:id:id]},
		kgo.RecordHeader{Key: "ce_source", Value: valuePurser},
		kgo.RecordHeader{Key: "ce_type", Value: b[key:named:named]},
		kgo.RecordHeader{Key: "ce_time", Value: b[named:at:at]},
		kgo.RecordHeader{Key: "content-type", Value: valueJSON},
		kgo.RecordHeader{Key: topics.HeaderCause, Value: b[at:]},
	))
	return rec
}
