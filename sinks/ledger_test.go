package sinks

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"purser/processors"
	"purser/processors/money"
	"purser/topics"
)

var (
	usd = money.Currency{'U', 'S', 'D'}
	now = time.Date(2026, 3, 2, 10, 0, 0, 123_000_000, time.UTC)
)

func inputRecord() *kgo.Record {
	rec := topics.NewEvent("eu.usage", "acme", "billing", "evt-1", topics.TypeUsageRecorded, 0, topics.UsageRecordedBody{
		Account: "w1", Channel: "message", UnitCost: "0.01", Currency: "USD",
	})
	rec.Partition, rec.Offset, rec.Timestamp = 3, 4711, now
	return rec
}

// example is R3.5 and R3.6: 50.00 charged at multiplier 5, of which 20.00 are paid from complimentary credits.
func example() (*processors.Event, *processors.Decision) {
	ev := &processors.Event{
		Type: processors.UsageRecorded, Org: "acme", Source: "billing", ID: "evt-1",
		OccurredAt: topics.TimeOf(now.Add(-time.Hour)), RecordedAt: topics.TimeOf(now),
	}
	wallet := &processors.Account{Org: "acme", ID: "w1", Kind: processors.KindWallet, Currency: usd}
	agency := &processors.Account{Org: "acme", ID: "agency", Kind: processors.KindAgencyWallet, Currency: usd}
	system := func(name string) *processors.Account {
		return &processors.Account{Org: "acme", ID: name, Kind: processors.KindSystem, Currency: usd}
	}
	complimentary, revenue, provider := system(processors.WorldComplimentary), system(processors.RevenueRebilling), system(processors.WorldProvider)
	five, _ := money.ParseFactor("5")
	d := &processors.Decision{
		Result: processors.Applied, Org: "acme", At: ev.OccurredAt,
		Postings: []processors.Posting{
			{From: wallet, To: complimentary, Amount: 20 * money.Unit, Currency: usd, Bucket: processors.Complimentary, Grant: "evt-0"},
			{From: wallet, To: revenue, Amount: 30 * money.Unit, Currency: usd, Bucket: processors.Purchased},
			{From: agency, To: provider, Amount: 10 * money.Unit, Currency: usd},
		},
		Lines: []processors.Line{
			{Account: wallet, Seq: 8, Previous: 70, Balance: 70 * money.Unit, Purchased: 70 * money.Unit},
			{Account: complimentary, Seq: 4, Previous: 69, Balance: -1 * money.Unit},
			{Account: revenue, Seq: 1, Balance: 30 * money.Unit},
			{Account: agency, Seq: 9, Previous: 70, Balance: -10 * money.Unit},
			{Account: provider, Seq: 9, Previous: 70, Balance: 10 * money.Unit},
		},
		Price: processors.Price{
			Set: true, Cost: 10 * money.Unit, CostIn: usd, Charge: 50 * money.Unit, ChargeIn: usd,
			Basis: processors.ByLocation, Multiplier: five, Channel: "message",
		},
	}
	return ev, d
}

func entryOf(t require.TestingT, rec *kgo.Record) topics.LedgerEntryBody {
	dec := json.NewDecoder(bytes.NewReader(rec.Value))
	dec.DisallowUnknownFields()
	var body topics.LedgerEntryBody
	require.NoError(t, dec.Decode(&body), "%s", rec.Value)
	require.False(t, dec.More())
	return body
}

func headersOf(rec *kgo.Record) map[string]string {
	headers := map[string]string{}
	for _, h := range rec.Headers {
		headers[h.Key] = string(h.Value)
	}
	return headers
}

func TestLedgerRecordOfAnEvent(t *testing.T) {
	e := NewEncoder(topics.Names{Prefix: "eu."})
	ev, d := example()
	m := topics.Mark{Entry: 71, Result: processors.Applied, Indexed: true, Identity: ev.Identity, Payload: 5, At: ev.RecordedAt}
	previous := processors.Link{1, 2, 3}
	rec, link := e.Ledger(ev, inputRecord(), d, m, previous)

	require.Equal(t, "eu.ledger", rec.Topic)
	require.EqualValues(t, 3, rec.Partition, "the task's own partition")
	require.Equal(t, "acme", string(rec.Key))
	mark, err := topics.ReadMark(topics.Header(rec, topics.HeaderMark))
	require.NoError(t, err)
	require.Equal(t, m, mark)
	stands, err := topics.ReadLink(topics.Header(rec, topics.HeaderMark))
	require.NoError(t, err)
	require.Equal(t, link, stands)
	linked := slices.Concat(previous[:], rec.Value, []byte("acme"), []byte{0, 4}, topics.AppendMark(nil, m))
	require.EqualValues(t, sha256.Sum256(linked), link)
	headers := headersOf(rec)
	delete(headers, topics.HeaderMark)
	require.Equal(t, map[string]string{
		"ce_specversion": "1.0", "ce_id": "3-71", "ce_source": "purser", "ce_type": "ledger.entry",
		"content-type": "application/json", "purser_cause": "eu.usage/3/4711",
	}, headers)
	require.Equal(t, topics.LedgerEntryBody{
		Entry: 71, Org: "acme", Type: "usage.recorded", Source: "billing", ID: "evt-1",
		Result: "applied", OccurredAt: "2026-03-02T09:00:00.123Z", RecordedAt: "2026-03-02T10:00:00.123Z", Currency: "USD",
		Postings: []topics.PostingBody{
			{From: "w1", To: "world:complimentary", Amount: "20.000000", Bucket: "complimentary", Grant: "evt-0"},
			{From: "w1", To: "revenue:rebilling", Amount: "30.000000"},
			{From: "agency", To: "world:provider", Amount: "10.000000"},
		},
		Balances: []topics.BalanceBody{
			{Account: "w1", Seq: 8, Previous: 70, Balance: "70.000000"},
			{Account: "world:complimentary", Seq: 4, Previous: 69, Balance: "-1.000000"},
			{Account: "revenue:rebilling", Seq: 1, Balance: "30.000000"},
			{Account: "agency", Seq: 9, Previous: 70, Balance: "-10.000000"},
			{Account: "world:provider", Seq: 9, Previous: 70, Balance: "10.000000"},
		},
		Price: &topics.PriceBody{Basis: "location", Multiplier: "5", Channel: "message"},
	}, entryOf(t, rec))
}

func TestLedgerRecordOfARefusal(t *testing.T) {
	ev, _ := example()
	d := &processors.Decision{Result: processors.Refused, Reason: processors.UnknownPlan, At: ev.OccurredAt}
	rec, _ := NewEncoder(topics.Names{}).Ledger(ev, inputRecord(), d, topics.Mark{Entry: 1, Result: processors.Refused}, processors.Link{})
	body := entryOf(t, rec)
	require.Equal(t, "refused", body.Result)
	require.Equal(t, "unknown_plan", body.Reason)
	require.Nil(t, body.Postings)
	require.Nil(t, body.Balances)
	require.Nil(t, body.Price)
}

func TestLedgerRecordOfDueWork(t *testing.T) {
	_, d := example()
	cause := topics.NewTick(topics.Names{}, 3, topics.TimeOf(now))
	cause.Offset, cause.Timestamp = 9, now
	d.Postings = d.Postings[:1]
	d.Work, d.Worker, d.Worked = processors.GrantExpired, d.Postings[0].From, d.Postings[0].Grant
	d.At = topics.TimeOf(now.Add(-time.Minute))
	rec, _ := NewEncoder(topics.Names{}).Ledger(nil, cause, d, topics.Mark{Entry: 2}, processors.Link{})
	body := entryOf(t, rec)
	require.Equal(t, "acme", body.Org)
	require.Equal(t, "due.grant_expired", body.Type)
	require.Equal(t, "purser", body.Source)
	require.Equal(t, "due/w1/grant_expired/2026-03-02T09:59:00.123Z/evt-0", body.ID)
	require.Equal(t, "refill-tick/3/9", headersOf(rec)[topics.HeaderCause])
	require.Equal(t, "2026-03-02T09:59:00.123Z", body.OccurredAt)
}

// An event that waited in vain is found by its own identity, under the record that it came in.
func TestLedgerRecordOfAnEventThatWaited(t *testing.T) {
	ev, _ := example()
	expired := &processors.Decision{
		Result: processors.Expired, Reason: processors.UnknownAccount, Org: "acme", At: topics.TimeOf(now.AddDate(0, 0, 1)),
		Subject: &processors.Parked{Event: *ev},
	}
	rec, _ := NewEncoder(topics.Names{}).Ledger(ev, inputRecord(), expired, topics.Mark{Entry: 3}, processors.Link{})
	body := entryOf(t, rec)
	require.Equal(t, "evt-1", body.ID)
	require.Equal(t, "expired", body.Result)
	require.Equal(t, "unknown_account", body.Reason)
	require.Equal(t, "eu.usage/3/4711", headersOf(rec)[topics.HeaderCause])
	require.Equal(t, "2026-03-03T10:00:00.123Z", body.OccurredAt, "when its patience ended")
}

func TestLedgerRecordOfATickHasNoKey(t *testing.T) {
	ev := &processors.Event{Type: processors.Tick, Source: "purser/tick", ID: "3/x"}
	d := &processors.Decision{Result: processors.Refused, Reason: processors.ClockAhead}
	rec, _ := NewEncoder(topics.Names{}).Ledger(ev, inputRecord(), d, topics.Mark{Entry: 1}, processors.Link{})
	require.Nil(t, rec.Key)
	require.Equal(t, "tick", entryOf(t, rec).Type)
}

// drawDecision draws any decision, with any text, together with the body that must come out of it.
func drawDecision(t *rapid.T) (*processors.Event, *processors.Decision, topics.LedgerEntryBody) {
	text := rapid.String()
	instant := rapid.Custom(func(t *rapid.T) processors.Time {
		return processors.Time(rapid.Int64Range(1, 253402300799_999999).Draw(t, "instant"))
	})
	amount := rapid.Custom(func(t *rapid.T) money.Amount {
		return money.Amount(rapid.Int64Range(int64(-money.Limit), int64(money.Limit)).Draw(t, "amount"))
	})
	factor := rapid.Custom(func(t *rapid.T) money.Factor {
		f, err := money.ParseFactor(fmt.Sprintf("%d.%09d", rapid.Uint64Range(0, 1e12-1).Draw(t, "whole"), rapid.Uint64Range(0, 1e9-1).Draw(t, "fraction")))
		require.NoError(t, err)
		return f
	})
	currency := rapid.SampledFrom([]money.Currency{usd, {'E', 'U', 'R'}})
	account := rapid.Custom(func(t *rapid.T) *processors.Account {
		return &processors.Account{
			ID: text.Draw(t, "account"), Kind: processors.AccountKind(rapid.Uint8Range(1, 3).Draw(t, "kind")), Currency: currency.Draw(t, "its currency"),
		}
	})
	ev := &processors.Event{
		Type: processors.Type(rapid.Uint8Range(1, 9).Draw(t, "type")), Org: text.Draw(t, "org"), Source: text.Draw(t, "source"),
		ID: text.Draw(t, "id"), OccurredAt: instant.Draw(t, "occurred"), RecordedAt: instant.Draw(t, "recorded"),
	}
	d := &processors.Decision{Result: processors.Result(rapid.Uint8Range(1, 4).Draw(t, "result")), At: ev.OccurredAt}
	body := topics.LedgerEntryBody{
		Entry: rapid.Uint64().Draw(t, "entry"), Org: ev.Org, Type: topics.TypeName(ev.Type), Source: ev.Source, ID: ev.ID,
		Result:     d.Result.String(),
		OccurredAt: topics.FormatTime(ev.OccurredAt), RecordedAt: topics.FormatTime(ev.RecordedAt),
	}
	for range rapid.IntRange(0, 12).Draw(t, "postings") {
		p := processors.Posting{
			From: account.Draw(t, "from"), To: account.Draw(t, "to"), Amount: amount.Draw(t, "posted"), Currency: currency.Draw(t, "currency"),
			Bucket: processors.Bucket(rapid.Uint8Range(0, 2).Draw(t, "bucket")), Grant: text.Draw(t, "grant"),
		}
		d.Postings = append(d.Postings, p)
		body.Postings = append(body.Postings, topics.PostingBody{
			From: p.From.ID, To: p.To.ID, Amount: p.Amount.String(), Currency: p.Currency.String(),
			Bucket: []string{"", "", "complimentary"}[p.Bucket], Grant: p.Grant,
		})
	}
	for range rapid.IntRange(0, 4).Draw(t, "lines") {
		l := processors.Line{
			Account: account.Draw(t, "line"), Seq: rapid.Uint64().Draw(t, "seq"), Previous: rapid.Uint64().Draw(t, "previous"),
			Balance: amount.Draw(t, "balance"), Purchased: amount.Draw(t, "purchased"),
		}
		d.Lines = append(d.Lines, l)
		b := topics.BalanceBody{Account: l.Account.ID, Currency: l.Account.Currency.String(), Seq: l.Seq, Previous: l.Previous, Balance: l.Balance.String()}
		if l.Account.Kind == processors.KindWallet && l.Purchased != l.Balance {
			b.Purchased = l.Purchased.String()
		}
		body.Balances = append(body.Balances, b)
	}
	if rapid.Bool().Draw(t, "priced") {
		d.Price = processors.Price{
			Set: true, Cost: amount.Draw(t, "cost"), CostIn: usd, Charge: amount.Draw(t, "charge"), ChargeIn: currency.Draw(t, "charged in"),
			Basis: processors.Basis(rapid.Uint8Range(1, 5).Draw(t, "basis")), Multiplier: factor.Draw(t, "multiplier"),
			Plan: text.Draw(t, "plan"), Rate: factor.Draw(t, "rate"), AgencyRate: factor.Draw(t, "agency rate"), Volume: factor.Draw(t, "volume"),
			Channel: text.Draw(t, "channel"), Quantity: factor.Draw(t, "quantity"),
		}
		body.Price, body.Currency = priceBody(&d.Price), d.Price.ChargeIn.String()
	} else if len(body.Postings) > 0 {
		body.Currency = body.Postings[0].Currency
	}
	for n := range rapid.IntRange(0, 2).Draw(t, "attempts") {
		a := account.Draw(t, "charged")
		r := &processors.Recharge{Account: a.ID, Number: rapid.Uint64().Draw(t, "recharge"), Purpose: processors.Purpose(rapid.Uint8Range(1, 7).Draw(t, "purpose"))}
		charge := processors.AttemptRequest{Account: a, Recharge: r, Number: n + 1, Amount: amount.Draw(t, "asked for")}
		d.Attempts = append(d.Attempts, charge)
		body.Attempts = append(body.Attempts, topics.AttemptedBody{Attempt: r.AttemptID(n + 1), Amount: charge.Amount.String(), Currency: a.Currency.String(), Purpose: r.Purpose.String()})
	}
	if rapid.Bool().Draw(t, "converted") {
		d.Rate = money.FactorFromBits(0, rapid.Uint64Min(1).Draw(t, "rate"))
		body.Rate = d.Rate.String()
	}
	for range rapid.IntRange(0, 2).Draw(t, "invoices") {
		i := &processors.Invoice{Number: rapid.Uint64().Draw(t, "invoice"), Currency: usd, Amount: amount.Draw(t, "billed"), Due: 20515,
			Kind: processors.InvoiceKind(rapid.Uint8Range(1, 4).Draw(t, "kind of invoice")), Account: text.Draw(t, "billed account")}
		d.Invoices = append(d.Invoices, processors.InvoiceRequest{Invoice: i, Issued: 20514})
		body.Invoices = append(body.Invoices, topics.InvoicedBody{Invoice: i.Number, Amount: i.Amount.String(), Currency: "USD",
			Kind: i.Kind.String(), Account: i.Account, Issued: "2026-03-02", Due: "2026-03-03"})
	}
	drawAbout(t, ev, d, &body)
	return ev, d, body
}

// drawAbout draws what a decision is about: a recharge, an invoice, a send.
func drawAbout(t *rapid.T, ev *processors.Event, d *processors.Decision, body *topics.LedgerEntryBody) {
	applied := d.Result == processors.Applied
	if rapid.Bool().Draw(t, "about an attempt") {
		r := &processors.Recharge{Account: rapid.String().Draw(t, "recharged"), Number: 3, State: processors.RetryWaiting}
		d.About = processors.About{Recharge: r, Number: 2, Told: processors.AttemptState(rapid.Uint8Range(0, 2).Draw(t, "told")), Why: rapid.String().Draw(t, "why")}
		if rapid.Bool().Draw(t, "due") {
			d.Work, applied = processors.RechargeDropped, true
		}
		if applied {
			body.Attempt, body.Told, body.Recharge = r.Account+"/3/2", d.About.Told.String(), "retrying"
			if body.Told == "failed" {
				body.Why = d.About.Why
			}
		}
	}
	if rapid.Bool().Draw(t, "a bill") {
		ev.Bill = &processors.InvoicePayment{Invoice: rapid.Uint64Min(1).Draw(t, "its number")}
		if d.Result == processors.Applied {
			body.Invoice = ev.Bill.Invoice
		}
	}
	if rapid.Bool().Draw(t, "a send") {
		d.Sent = &processors.Send{ID: rapid.String().Draw(t, "send"), Campaign: rapid.String().Draw(t, "campaign")}
		body.Send, body.Campaign = d.Sent.ID, d.Sent.Campaign
	}
}

func priceBody(p *processors.Price) *topics.PriceBody {
	body := &topics.PriceBody{Basis: p.Basis.String(), Plan: p.Plan, Channel: p.Channel}
	if p.Basis != processors.ByRateCard {
		body.Multiplier = p.Multiplier.String()
	}
	for to, f := range map[*string]money.Factor{&body.Rate: p.Rate, &body.AgencyRate: p.AgencyRate, &body.Volume: p.Volume, &body.Quantity: p.Quantity} {
		if !f.IsZero() {
			*to = f.String()
		}
	}
	return body
}

// What is appended by hand must be what encoding/json reads back, whatever the texts hold, and records of one batch must
// not disturb one another.
func TestLedgerRecordsAreWhatEncodingJSONReads(t *testing.T) {
	e := NewEncoder(topics.Names{Prefix: "eu."})
	rapid.Check(t, func(t *rapid.T) {
		var records []*kgo.Record
		var link processors.Link
		var bodies []topics.LedgerEntryBody
		for range rapid.IntRange(1, 4).Draw(t, "batch") {
			ev, d, body := drawDecision(t)
			var rec *kgo.Record
			rec, link = e.Ledger(ev, inputRecord(), d, topics.Mark{Entry: body.Entry, Result: d.Result}, link)
			records = append(records, rec)
			bodies = append(bodies, body)
		}
		for i, rec := range records {
			read := entryOf(t, rec)
			read.Complete()
			require.Equal(t, bodies[i], read)
			require.Equal(t, bodies[i].Org, string(rec.Key))
			require.Equal(t, fmt.Sprintf("3-%d", bodies[i].Entry), headersOf(rec)["ce_id"])
		}
		e.Reset()
	})
}

func BenchmarkLedgerEncode(b *testing.B) {
	e := NewEncoder(topics.Names{})
	ev, d := example()
	d.Postings, d.Lines = d.Postings[1:], []processors.Line{d.Lines[0], d.Lines[2], d.Lines[3], d.Lines[4]}
	cause := inputRecord()
	n, link := uint64(0), processors.Link{}
	b.ReportAllocs()
	for b.Loop() {
		n++
		_, link = e.Ledger(ev, cause, d, topics.Mark{Entry: n, Result: processors.Applied, Indexed: true, Identity: ev.Identity}, link)
		if n%5000 == 0 {
			e.Reset()
		}
	}
}
