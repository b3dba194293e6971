package sinks

import (
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/topics"
)

// appendAttempts names the attempt that an entry is about, with what has become of its recharge, and those that it emits.
func appendAttempts(b []byte, d *core.Decision) []byte {
	if r := d.About.Recharge; r != nil && (d.Result == core.Applied || d.Work.OnAttempt()) {
		b = topics.AppendJSONString(append(b, `,"attempt":`...), r.AttemptID(d.About.Number))
		if d.About.Told != core.Unresolved {
			b = append(append(append(b, `,"told":"`...), d.About.Told.String()...), '"')
		}
		if d.About.Told == core.Failed && d.About.Why != "" {
			b = topics.AppendJSONString(append(b, `,"why":`...), d.About.Why)
		}
		b = append(append(append(b, `,"recharge":"`...), r.Standing()...), '"')
	}
	if len(d.Attempts) == 0 {
		return b
	}
	b = append(b, `,"attempts":`...)
	for i := range d.Attempts {
		a := &d.Attempts[i]
		b = append(b, listMark(i))
		b = topics.AppendJSONString(append(b, `{"attempt":`...), a.Recharge.AttemptID(a.Number))
		b = a.Amount.AppendTo(append(b, `,"amount":"`...))
		b = append(append(b, `","currency":"`...), a.Account.Currency[:]...)
		b = append(append(b, `","purpose":"`...), a.Recharge.Purpose.String()...)
		b = append(b, `"}`...)
	}
	return append(b, ']')
}

// Attempt makes the record of a recharge attempt (R9.4); the other arguments are those of Ledger.
func (e *Encoder) Attempt(a *core.AttemptRequest, ev *core.Event, cause *kgo.Record, d *core.Decision) *kgo.Record {
	from := originOf(ev, cause, d)
	id := a.Recharge.AttemptID(a.Number)
	key := topics.IdentityOf(from.org, topics.SourcePurser, id)
	body := topics.RechargeAttemptBody{
		Attempt: id, RechargeID: a.Recharge.RechargeID(), Number: a.Number, Purpose: a.Recharge.Purpose.String(),
		IdempotencyKey: hex.EncodeToString(key[:]), Org: from.org, Account: a.Account.ID,
		Amount: a.Amount.String(), Currency: a.Account.Currency.String(), PaymentMethod: a.Method, Source: from.source, ID: from.id,
	}
	return e.output(e.attempt, topics.TypeRechargeAttempt, body.IdempotencyKey, &from, cause, body)
}

// Outcome makes the record of a decision's outcome (R9.1); the arguments are those of Ledger.
func (e *Encoder) Outcome(ev *core.Event, cause *kgo.Record, d *core.Decision) *kgo.Record {
	from, o := originOf(ev, cause, d), &d.Outcome
	body := topics.OutcomeBody{
		Status: o.Status.String(), Reason: string(o.Reason), Org: from.org, Source: o.Source, ID: o.ID, Attempt: o.Attempt, Invoice: o.Invoice, Send: o.Send, Order: o.Order,
		Transaction: o.Transaction,
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
		if o.Order == "" {
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
	if !d.Rate.IsZero() {
		body.Rate = d.Rate.String()
	}
	identity := topics.IdentityOf(from.org, body.Source, body.ID)
	id := "final/" + hex.EncodeToString(identity[:])
	switch {
	case o.Reason == core.FundsPending: // it may have been pending before
		id = "pending_funds/" + hex.EncodeToString(identity[:])
	case o.Status == core.Pending:
		id = "pending/" + hex.EncodeToString(identity[:])
	}
	return e.output(e.outcome, topics.TypeOutcome, id, &from, cause, body)
}

// output makes a record that is rare enough not to be in the slabs.
func (e *Encoder) output(topic, kind, id string, from *origin, cause *kgo.Record, body any) *kgo.Record {
	value, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("sinks: an output of type %s cannot be written: %v", kind, err))
	}
	return &kgo.Record{
		Topic: topic, Partition: cause.Partition, Key: []byte(from.org), Value: value,
		Headers: []kgo.RecordHeader{
			{Key: "ce_specversion", Value: valueSpecVersion},
			{Key: "ce_id", Value: []byte(id)},
			{Key: "ce_source", Value: valuePurser},
			{Key: "ce_type", Value: []byte(kind)},
			{Key: "ce_time", Value: topics.AppendTime(nil, from.occurredAt)},
			{Key: "content-type", Value: valueJSON},
			{Key: topics.HeaderCause, Value: topics.AppendPosition(nil, cause)},
		},
	}
}
