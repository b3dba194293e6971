package sinks

import (
	"encoding/hex"
	"strconv"

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
	b := appendAttempt(e.slabs.bytes.room(outputRoom), &body)
	value := len(b)
	return e.output(e.attempt, topics.TypeRechargeAttempt, append(b, body.IdempotencyKey...), value, &from, cause)
}

// appendAttempt writes a topics.RechargeAttemptBody by hand, because a burst of sends has many. A test holds it against encoding/json.
func appendAttempt(b []byte, a *topics.RechargeAttemptBody) []byte {
	b = topics.AppendJSONString(append(b, `{"attempt":`...), a.Attempt)
	b = topics.AppendJSONString(append(b, `,"recharge_id":`...), a.RechargeID)
	b = strconv.AppendInt(append(b, `,"number":`...), int64(a.Number), 10)
	b = topics.AppendJSONString(append(b, `,"purpose":`...), a.Purpose)
	b = topics.AppendJSONString(append(b, `,"idempotency_key":`...), a.IdempotencyKey)
	b = topics.AppendJSONString(append(b, `,"org":`...), a.Org)
	b = topics.AppendJSONString(append(b, `,"account":`...), a.Account)
	b = topics.AppendJSONString(append(b, `,"amount":`...), a.Amount)
	b = topics.AppendJSONString(append(b, `,"currency":`...), a.Currency)
	b = topics.AppendJSONString(append(b, `,"payment_method":`...), a.PaymentMethod)
	b = topics.AppendJSONString(append(b, `,"source":`...), a.Source)
	b = topics.AppendJSONString(append(b, `,"id":`...), a.ID)
	return append(b, '}')
}
