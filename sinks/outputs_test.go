package sinks

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"purser/processors/core"
	"purser/processors/money"
	"purser/topics"
)

func TestAlertNamesTheCrossing(t *testing.T) {
	e := NewEncoder(topics.Names{Prefix: "eu."})
	ev, d := example()
	alert := &core.Alert{
		Kind: core.NegativeBalance, Account: d.Lines[0].Account, Currency: usd,
		Balance: -12_345678, ToCollect: 12_350000, Contacts: []string{"ops@example.com"},
	}
	rec := e.Alert(alert, ev, inputRecord(), d)
	require.Equal(t, "eu.alert", rec.Topic)
	require.EqualValues(t, 3, rec.Partition)
	require.Equal(t, "acme", string(rec.Key))
	var body topics.AlertBody
	require.NoError(t, json.Unmarshal(rec.Value, &body))
	key := "negative_balance/89959d3ab6e933d74e10a82fbbb3d5df/w1"
	require.Equal(t, topics.AlertBody{
		Kind: "negative_balance", Severity: "critical", Key: key, Org: "acme", Account: "w1", Currency: "USD",
		Balance: "-12.345678", ToCollect: "12.350000", Contacts: []string{"ops@example.com"}, Source: "billing", ID: "evt-1",
	}, body)
	headers := headersOf(rec)
	require.Equal(t, key, headers["ce_id"])
	require.Equal(t, "alert", headers["ce_type"])
	require.Equal(t, "eu.usage/3/4711", headers[topics.HeaderCause])

	alert.Kind, alert.Threshold = core.LowBalance, 20*money.Unit
	body = topics.AlertBody{}
	require.NoError(t, json.Unmarshal(e.Alert(alert, ev, inputRecord(), d).Value, &body))
	require.Equal(t, "warning", body.Severity)
	require.Equal(t, "20.000000", body.Threshold)
	require.Empty(t, body.ToCollect)
	require.NotEqual(t, key, body.Key)
}

// R9.2: the key tells a repeat, so what is told again has it again, and the next crossing has another.
func TestAlertKeysAreStable(t *testing.T) {
	ev, d := example()
	alert := &core.Alert{Kind: core.LowBalance, Account: d.Lines[0].Account, Currency: usd}
	id := func(e *Encoder, cause *kgo.Record) string {
		return headersOf(e.Alert(alert, ev, cause, d))["ce_id"]
	}
	first := id(NewEncoder(topics.Names{}), inputRecord())
	redelivered := inputRecord()
	redelivered.Offset += 100
	require.Equal(t, first, id(NewEncoder(topics.Names{Prefix: "x."}), redelivered))
	ev.ID = "evt-2"
	require.NotEqual(t, first, id(NewEncoder(topics.Names{}), inputRecord()))
}

func TestAlertOfAConflictHasNoAccount(t *testing.T) {
	ev, d := example()
	rec := NewEncoder(topics.Names{}).Alert(&core.Alert{Kind: core.ConflictAlert}, ev, inputRecord(), d)
	var body topics.AlertBody
	require.NoError(t, json.Unmarshal(rec.Value, &body))
	require.Equal(t, topics.AlertBody{
		Kind: "identity_conflict", Severity: "warning", Key: "identity_conflict/89959d3ab6e933d74e10a82fbbb3d5df",
		Org: "acme", Source: "billing", ID: "evt-1",
	}, body)
}

// chargeOf is the second attempt of the wallet's first recharge.
func chargeOf(d *core.Decision) core.AttemptRequest {
	r := &core.Recharge{Org: "acme", Account: "w1", Number: 1, Purpose: core.Automatic, Attempts: make([]core.Attempt, 2)}
	return core.AttemptRequest{Account: d.Lines[0].Account, Recharge: r, Number: 2, Amount: 50 * money.Unit, Method: "tok-1"}
}

func TestAttemptHasAllThatAGatewayNeeds(t *testing.T) {
	ev, d := example()
	charge := chargeOf(d)
	rec := NewEncoder(topics.Names{Prefix: "eu."}).Attempt(&charge, ev, inputRecord(), d)
	require.Equal(t, "eu.recharge-attempt", rec.Topic)
	require.EqualValues(t, 3, rec.Partition)
	require.Equal(t, "acme", string(rec.Key))
	var body topics.RechargeAttemptBody
	require.NoError(t, json.Unmarshal(rec.Value, &body))
	require.Len(t, body.IdempotencyKey, 32)
	require.Equal(t, topics.RechargeAttemptBody{
		Attempt: "w1/1/2", RechargeID: "w1/1", Number: 2, Purpose: "automatic", IdempotencyKey: body.IdempotencyKey, Org: "acme", Account: "w1",
		Amount: "50.000000", Currency: "USD", PaymentMethod: "tok-1", Source: "billing", ID: "evt-1",
	}, body)
	headers := headersOf(rec)
	require.Equal(t, body.IdempotencyKey, headers["ce_id"])
	require.Equal(t, "recharge-attempt", headers["ce_type"])
	require.Equal(t, "eu.usage/3/4711", headers[topics.HeaderCause])
}

// R4.8: the key is that of the attempt, whatever brought it about and however often; and that of no other.
func TestIdempotencyKeysAreThoseOfAttempts(t *testing.T) {
	ev, d := example()
	charge := chargeOf(d)
	key := func(cause *kgo.Record) string {
		return headersOf(NewEncoder(topics.Names{}).Attempt(&charge, ev, cause, d))["ce_id"]
	}
	first := key(inputRecord())
	again := inputRecord()
	again.Offset += 100
	require.Equal(t, first, key(again))
	charge.Number = 1
	require.NotEqual(t, first, key(inputRecord()))
	charge = chargeOf(d)
	ev.Org = "other"
	require.NotEqual(t, first, key(inputRecord()))
}

// R9.3: an invoice says all that an accounts-payable department asks, and has one id however often it is delivered.
func TestInvoiceHasAllThatItsReaderNeeds(t *testing.T) {
	ev, d := example()
	i := &core.Invoice{Org: "acme", Number: 12, Kind: core.RechargeInvoice, Account: "fs-1", Currency: usd, Amount: 50 * money.Unit, Due: 31}
	q := core.InvoiceRequest{
		Invoice: i, Issued: 1, PO: "PO-7", Contacts: []string{"ap@acme"}, Lines: []core.InvoiceLine{{Text: "Recharge of events", Amount: 50 * money.Unit}}, For: "fs-1",
	}
	rec := NewEncoder(topics.Names{Prefix: "eu."}).Invoice(&q, ev, inputRecord(), d)
	require.Equal(t, "eu.invoice", rec.Topic)
	require.Equal(t, "acme", string(rec.Key))
	var body topics.InvoiceBody
	require.NoError(t, json.Unmarshal(rec.Value, &body))
	require.Equal(t, topics.InvoiceBody{
		Invoice: 12, Kind: "recharge", Org: "acme", Account: "fs-1", Currency: "USD", Amount: "50.000000", Issued: "1970-01-02", Due: "1970-02-01",
		PONumber: "PO-7", Contacts: []string{"ap@acme"}, Lines: []topics.InvoiceLineBody{{Text: "Recharge of events", Amount: "50.000000"}}, For: "fs-1",
		Source: "billing", ID: "evt-1",
	}, body)
	id := headersOf(rec)["ce_id"]
	later := inputRecord()
	later.Offset += 100
	require.Equal(t, id, headersOf(NewEncoder(topics.Names{}).Invoice(&q, ev, later, d))["ce_id"])
	i.Number++
	require.NotEqual(t, id, headersOf(NewEncoder(topics.Names{}).Invoice(&q, ev, inputRecord(), d))["ce_id"])
}

func TestOutcomeNamesTheQuestion(t *testing.T) {
	ev, d := example()
	ev.Identity = topics.IdentityOf(ev.Org, ev.Source, ev.ID)
	d.Outcome = core.Outcome{Status: core.Pending, Account: d.Lines[0].Account, Attempt: "w1/1/1", Amount: 50 * money.Unit}
	outcome := func() (map[string]string, topics.OutcomeBody) {
		rec := NewEncoder(topics.Names{}).Outcome(ev, inputRecord(), d)
		require.Equal(t, "outcome", rec.Topic)
		var body topics.OutcomeBody
		require.NoError(t, json.Unmarshal(rec.Value, &body))
		return headersOf(rec), body
	}
	pending, body := outcome()
	require.Equal(t, topics.OutcomeBody{
		Status: "pending", Org: "acme", Source: "billing", ID: "evt-1", Account: "w1", Currency: "USD", Amount: "50.000000", Balance: "0.000000", Attempt: "w1/1/1",
	}, body)
	require.Equal(t, "pending/89959d3ab6e933d74e10a82fbbb3d5df", pending["ce_id"])

	// The final one comes from another event, and has the same name whatever it says.
	ev.ID = "evt-9"
	d.Outcome = core.Outcome{Status: core.Rejected, Reason: core.PaymentFailed, Source: "billing", ID: "evt-1"}
	final, body := outcome()
	require.Equal(t, topics.OutcomeBody{Status: "rejected", Reason: "payment_failed", Org: "acme", Source: "billing", ID: "evt-1"}, body)
	require.Equal(t, "final/89959d3ab6e933d74e10a82fbbb3d5df", final["ce_id"])
}

func TestDeadLetterIsTheWholeRecord(t *testing.T) {
	e := NewEncoder(topics.Names{Prefix: "eu."})
	in := inputRecord()
	rec := e.DeadLetter(in, topics.ReasonBadNumber, "data.cost: too many fraction digits", 0, false)
	require.Equal(t, "eu.dead-letter", rec.Topic)
	require.Equal(t, in.Partition, rec.Partition)
	require.Equal(t, in.Key, rec.Key)
	require.Equal(t, in.Value, rec.Value)
	require.Equal(t, in.Headers, rec.Headers[:len(in.Headers)], "as they came, in their order")
	require.Equal(t, map[string]string{
		"purser_reason": "bad_number", "purser_cause": "eu.usage/3/4711", "purser_detail": "data.cost: too many fraction digits",
	}, headersOf(&kgo.Record{Headers: rec.Headers[len(in.Headers):]}))

	require.Equal(t, "71", headersOf(e.DeadLetter(in, "unknown_plan", "", 71, true))[topics.HeaderEntry])
}

// A replayed record may die again: it must say why this time, once, and keep what it replays.
func TestDeadLetterForgetsAnEarlierDeath(t *testing.T) {
	e := NewEncoder(topics.Names{})
	in := inputRecord()
	in.Headers = append(e.DeadLetter(in, "unknown_plan", "first", 71, true).Headers,
		kgo.RecordHeader{Key: topics.HeaderReplay, Value: []byte("71")})
	in.Offset = 9000
	rec := e.DeadLetter(in, "unknown_org", "", 0, false)
	count := map[string]int{}
	for _, h := range rec.Headers {
		count[h.Key]++
	}
	headers := headersOf(rec)
	require.Equal(t, 1, count[topics.HeaderReason])
	require.Equal(t, "unknown_org", headers[topics.HeaderReason])
	require.Equal(t, "eu.usage/3/9000", headers[topics.HeaderCause])
	require.Equal(t, "71", headers[topics.HeaderReplay])
	require.Zero(t, count[topics.HeaderDetail])
	require.Zero(t, count[topics.HeaderEntry])
}

func TestDeadLetterKeepsNoneAndEmptyApart(t *testing.T) {
	rec := NewEncoder(topics.Names{}).DeadLetter(&kgo.Record{Topic: "usage", Value: []byte{}}, "missing_key", "", 0, false)
	require.Nil(t, rec.Key)
	require.NotNil(t, rec.Value)
}

func TestDetailIsBounded(t *testing.T) {
	long := strings.Repeat("é", topics.MaxStringBytes)
	detail := headersOf(NewEncoder(topics.Names{}).DeadLetter(inputRecord(), "x", "a"+long, 0, false))[topics.HeaderDetail]
	require.LessOrEqual(t, len(detail), topics.MaxStringBytes)
	require.True(t, utf8.ValidString(detail))
}

func TestChangelogAndOwnership(t *testing.T) {
	e := NewEncoder(topics.Names{Prefix: "eu."})
	image := e.Changelog(3, "a\x1facme\x1fw1", []byte{1, 2})
	require.Equal(t, &kgo.Record{Topic: "eu.changelog", Partition: 3, Key: []byte("a\x1facme\x1fw1"), Value: []byte{1, 2}}, image)
	require.Nil(t, e.Changelog(3, "k", nil).Value, "a tombstone")
	require.False(t, topics.IsOwnership(image))

	ledger, changelog := e.Ownership(3, "purser-7-0")
	require.Equal(t, "eu.ledger", ledger.Topic)
	require.Equal(t, "eu.changelog", changelog.Topic)
	for _, rec := range []*kgo.Record{ledger, changelog} {
		require.EqualValues(t, 3, rec.Partition)
		require.True(t, topics.IsOwnership(rec))
		_, err := topics.ReadMark(topics.Header(rec, topics.HeaderMark))
		require.Error(t, err)
		var body topics.OwnershipBody
		require.NoError(t, json.Unmarshal(rec.Value, &body))
		require.Equal(t, topics.OwnershipBody{Partition: 3, Member: "purser-7-0"}, body)
	}
	require.Equal(t, topics.OwnershipKey, string(changelog.Key), "a compacted topic takes no record without a key")
}

func TestContinuationIsReadBack(t *testing.T) {
	names := topics.Names{Prefix: "eu."}
	rec := NewEncoder(names).Continue(3, 42)
	require.EqualValues(t, 3, rec.Partition)
	input, ok := names.Input(rec.Topic)
	require.True(t, ok)
	var ev core.Event
	require.Nil(t, topics.NewDecoder().Decode(input, rec, &ev))
	require.Equal(t, core.Continue, ev.Type)
}

// What is written by hand says what encoding/json would, whichever fields are there and whatever is in them.
func TestOutcomesAreWrittenAsJSON(t *testing.T) { writesJSON(t, appendOutcome) }
func TestAttemptsAreWrittenAsJSON(t *testing.T) { writesJSON(t, appendAttempt) }

func writesJSON[B any](t *testing.T, write func([]byte, *B) []byte) {
	rapid.Check(t, func(t *rapid.T) {
		var body, read B
		fill(t, reflect.ValueOf(&body).Elem())
		dec := json.NewDecoder(bytes.NewReader(write(nil, &body)))
		dec.DisallowUnknownFields()
		require.NoError(t, dec.Decode(&read))
		require.Equal(t, body, read)
	})
}

// fill draws what is in each field of a body.
func fill(t *rapid.T, v reflect.Value) {
	for i := range v.NumField() {
		switch f, name := v.Field(i), v.Type().Field(i).Name; f.Kind() {
		case reflect.String:
			f.SetString(rapid.OneOf(rapid.Just(""), rapid.String()).Draw(t, name))
		case reflect.Int:
			f.SetInt(rapid.Int64().Draw(t, name))
		case reflect.Uint64:
			f.SetUint(rapid.Uint64().Draw(t, name))
		case reflect.Pointer:
			if rapid.Bool().Draw(t, name) {
				f.Set(reflect.New(f.Type().Elem()))
				fill(t, f.Elem())
			}
		case reflect.Bool:
			f.SetBool(rapid.Bool().Draw(t, name))
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), rapid.IntRange(0, 2).Draw(t, name), 2))
			for i := range f.Len() {
				if item := f.Index(i); item.Kind() == reflect.String {
					item.SetString(rapid.String().Draw(t, name))
				} else {
					fill(t, item)
				}
			}
		default:
			t.Fatalf("a field of another kind: %s", name)
		}
	}
}
