package topics

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/timezone"
	"purser/processors/core"
	"purser/processors/money"
)

var recorded = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

const usageBody = `{"account":"wallet-004711","channel":"message","quantity":"3","unit_cost":"0.0079","currency":"USD"}`

func eventRecord(topic, kind, body string) *kgo.Record {
	rec := NewEvent(topic, "acme", "billing", "evt-1", kind, 0, json.RawMessage(`{}`))
	rec.Value = []byte(body)
	rec.Timestamp = recorded
	return rec
}

func decode(t testing.TB, rec *kgo.Record) (ev core.Event, bad *Rejection) {
	t.Helper()
	input := InputIndex(rec.Topic)
	require.GreaterOrEqual(t, input, 0, "topic %q", rec.Topic)
	bad = NewDecoder().Decode(input, rec, &ev)
	return ev, bad
}

func mustDecode(t testing.TB, rec *kgo.Record) core.Event {
	t.Helper()
	ev, bad := decode(t, rec)
	require.Nil(t, bad, "%+v", bad)
	return ev
}

func factor(t testing.TB, s string) money.Factor {
	f, err := money.ParseFactor(s)
	require.NoError(t, err)
	return f
}

var usd, eur, jpy = money.Currency{'U', 'S', 'D'}, money.Currency{'E', 'U', 'R'}, money.Currency{'J', 'P', 'Y'}

func TestUsageIsDecoded(t *testing.T) {
	rec := NewEvent(Usage, "acme", "billing", "evt-1", TypeUsageRecorded, TimeOf(recorded.Add(-time.Hour)), UsageRecordedBody{
		Account: "wallet-004711", Channel: "message", Quantity: "3", UnitCost: "0.0079", Currency: "USD",
	})
	rec.Timestamp = recorded
	ev := mustDecode(t, rec)
	require.Equal(t, core.UsageRecorded, ev.Type)
	require.Equal(t, "acme", ev.Org)
	require.Equal(t, "billing", ev.Source)
	require.Equal(t, "evt-1", ev.ID)
	require.Equal(t, TimeOf(recorded.Add(-time.Hour)), ev.OccurredAt)
	require.Equal(t, TimeOf(recorded), ev.RecordedAt)
	require.Equal(t, IdentityOf("acme", "billing", "evt-1"), ev.Identity)
	require.Equal(t, core.Usage{
		Account: "wallet-004711", Channel: "message", Quantity: factor(t, "3"), UnitCost: factor(t, "0.0079"), Currency: usd,
	}, ev.Usage)
}

func TestUsageDefaults(t *testing.T) {
	ev := mustDecode(t, eventRecord(Usage, TypeUsageRecorded, `{"account":"w","channel":"call","cost":12.5,"currency":"USD","quantity":null}`))
	require.Equal(t, money.One, ev.Usage.Quantity, "R3.1: one unit where no quantity is given")
	require.True(t, ev.Usage.HasCost)
	require.Equal(t, factor(t, "12.5"), ev.Usage.Cost, "a JSON number is read by its literal digits (R1.1)")
	require.Equal(t, ev.RecordedAt, ev.OccurredAt, "R1.5: the broker's time where the producer gives none")
}

func TestUsageStringsMayHaveEscapes(t *testing.T) {
	ev := mustDecode(t, eventRecord(Usage, TypeUsageRecorded, `{"\u0061ccount":"w\u00e9\"1","channel":"message","cost":"\u0031","currency":"US\u0044"}`))
	require.Equal(t, `wé"1`, ev.Usage.Account)
	require.Equal(t, money.One, ev.Usage.Cost)
	require.Equal(t, usd, ev.Usage.Currency)
}

// What is JSON in binary mode, and what extension attributes are called, changes nothing.
func TestBinaryModeIsTheSameEvent(t *testing.T) {
	plain := mustDecode(t, eventRecord(Usage, TypeUsageRecorded, usageBody))
	for _, content := range []string{"", "application/json", "Application/JSON; charset=UTF-8", "text/json", "application/vnd.acme.usage+json"} {
		rec := eventRecord(Usage, TypeUsageRecorded, usageBody)
		rec.Headers[4].Value = []byte(content)
		rec.Headers = append(rec.Headers,
			kgo.RecordHeader{Key: "ce_partitionkey", Value: []byte("other")}, kgo.RecordHeader{Key: "ce_traceparent", Value: []byte{0xff}},
			kgo.RecordHeader{Key: "CE_ID", Value: []byte("no attribute: names are lower case")}, kgo.RecordHeader{Key: "ce_traceparent"})
		require.Equal(t, plain, mustDecode(t, rec), content)
	}
	bare := eventRecord(Usage, TypeUsageRecorded, usageBody)
	bare.Headers = bare.Headers[:4]
	require.Equal(t, plain, mustDecode(t, bare), "no content type")
}

func TestStructuredModeIsTheSameEvent(t *testing.T) {
	binary := eventRecord(Usage, TypeUsageRecorded, usageBody)
	binary.Headers = append(binary.Headers, kgo.RecordHeader{Key: "ce_time", Value: []byte("2026-03-01T12:00:00+02:00")})
	for _, value := range []string{
		`{"specversion":"1.0","id":"evt-1","source":"billing","type":"usage.recorded","time":"2026-03-01T10:00:00Z","data":` + usageBody + `}`,
		`{"data":` + usageBody + `,"datacontenttype":"application/json","traceparent":{"a":[1,null,{}]},"time":"2026-03-01T10:00:00Z","type":"usage.recorded","source":"billing","id":"evt-1","specversion":"1.0"}`,
		`{"specversion":"1.0","id":"evt-1","source":"billing","type":"usage.recorded","time":"2026-03-01T10:00:00Z","data":null,"data_base64":"` +
			base64.StdEncoding.EncodeToString([]byte(usageBody)) + `"}`,
		`{"specversion":"1.0","id":"evt-1","source":"billing","type":"usage.recorded","time":"2026-03-01T10:00:00Z","subject":null,"dataschema":null,
			"datacontenttype":null,"data_base64":null,"partitionkey":"other","sequence":7,"data":` + usageBody + `}`,
	} {
		for _, content := range []string{"application/cloudevents+json", "Application/CloudEvents+JSON; charset=UTF-8"} {
			structured := &kgo.Record{
				Topic: Usage, Key: []byte("acme"), Value: []byte(value), Timestamp: recorded,
				Headers: []kgo.RecordHeader{{Key: "content-type", Value: []byte(content)}},
			}
			require.Equal(t, mustDecode(t, binary), mustDecode(t, structured))
			// The binding lets a producer write the headers of binary mode as well: the value counts.
			structured.Headers = append(structured.Headers, kgo.RecordHeader{Key: "ce_id", Value: []byte("another")}, kgo.RecordHeader{Key: "ce_time", Value: nil})
			require.Equal(t, mustDecode(t, binary), mustDecode(t, structured))
		}
	}
}

func TestBinaryModeTakesAnyJSONContentType(t *testing.T) {
	want := mustDecode(t, eventRecord(Usage, TypeUsageRecorded, usageBody))
	for _, content := range []string{"", "application/json; charset=utf-8", "Application/JSON", "application/vnd.acme+json", "text/json"} {
		rec := eventRecord(Usage, TypeUsageRecorded, usageBody)
		rec.Headers[4].Value = []byte(content)
		require.Equal(t, want, mustDecode(t, rec), content)
	}
	without := eventRecord(Usage, TypeUsageRecorded, usageBody)
	without.Headers = without.Headers[:4]
	require.Equal(t, want, mustDecode(t, without))
}

func TestDefinitionsAreDecoded(t *testing.T) {
	now := TimeOf(recorded)
	from, ok := ParseTime([]byte("2026-04-01T00:00:00Z"))
	require.True(t, ok)
	paris, err := timezone.Load("Europe/Paris")
	require.NoError(t, err)

	ev := mustDecode(t, eventRecord(Account, TypeOrgDefined,
		`{"time_zone":"Europe/Paris","country":"FR","multipliers":{"message":"5","email":1.25},"effective_from":"2026-04-01T00:00:00Z"}`))
	require.Equal(t, &core.OrgVersion{
		EffectiveFrom: from, Zone: paris, Currency: eur,
		Multipliers: []core.Multiplier{{Channel: "email", Factor: factor(t, "1.25")}, {Channel: "message", Factor: factor(t, "5")}},
	}, ev.OrgDef)

	ev = mustDecode(t, eventRecord(Account, TypeOrgDefined, `{}`))
	require.Equal(t, &core.OrgVersion{EffectiveFrom: now, Zone: time.UTC}, ev.OrgDef, "R2.3: from when it was recorded")

	ev = mustDecode(t, eventRecord(Account, TypePlanDefined, `{"plan":"gold","multipliers":{"call":"2"},"rate_cards":{
		"message":{"currency":"USD","mode":"whole_volume","minimum":"0.01","tiers":[
			{"up_to":"1000","unit_price":"0.02"},{"up_to":5000,"unit_price":0.015},{"unit_price":"0.01"}]},
		"email":{"currency":"USD","unit_price":"0.001"}}}`))
	require.Equal(t, &core.PlanVersion{
		ID: "gold", EffectiveFrom: now,
		Multipliers: []core.Multiplier{{Channel: "call", Factor: factor(t, "2")}},
		RateCards: []core.RateCard{
			{Channel: "email", Currency: usd, Tiers: []core.Tier{{UnitPrice: factor(t, "0.001")}}},
			{Channel: "message", Currency: usd, WholeVolume: true, Minimum: 10_000, Tiers: []core.Tier{
				{UpTo: factor(t, "1000"), UnitPrice: factor(t, "0.02")},
				{UpTo: factor(t, "5000"), UnitPrice: factor(t, "0.015")},
				{UnitPrice: factor(t, "0.01")},
			}},
		},
	}, ev.Plan)

	ev = mustDecode(t, eventRecord(Account, TypePlanRemoved, `{"plan":"gold"}`))
	require.Equal(t, "gold", ev.Plan.ID)

	ev = mustDecode(t, eventRecord(Account, TypeAccountDefined, `{"account":"w1","kind":"wallet","country":"JP","plan":"gold",
		"multipliers":{"message":"3"},"low_balance":"20","contacts":["ops@example.com","cfo@example.com"]}`))
	require.Equal(t, &core.AccountVersion{
		ID: "w1", Kind: core.KindWallet, EffectiveFrom: now, Currency: jpy, Plan: "gold",
		Multipliers: []core.Multiplier{{Channel: "message", Factor: factor(t, "3")}},
		LowBalance:  20 * money.Unit, HasLowBalance: true, Contacts: []string{"ops@example.com", "cfo@example.com"},
	}, ev.Account)

	ev = mustDecode(t, eventRecord(Account, TypeAccountDefined, `{"account":"a","kind":"agency_wallet","currency":"USD","country":"FR"}`))
	require.Equal(t, core.KindAgencyWallet, ev.Account.Kind)
	require.Equal(t, usd, ev.Account.Currency, "R2.4: a currency that is given beats the country's")
	require.False(t, ev.Account.HasLowBalance)

	ev = mustDecode(t, eventRecord(Account, TypeAccountRemoved, `{"account":"w1"}`))
	require.Equal(t, "w1", ev.Account.ID)

	ev = mustDecode(t, eventRecord(Account, TypeFXRateDefined, `{"from":"EUR","to":"USD","rate":1.0825}`))
	require.Equal(t, &core.FXRate{EffectiveFrom: now, From: eur, To: usd, Rate: factor(t, "1.0825")}, ev.FX)
}

func TestMoneyEventsAreDecoded(t *testing.T) {
	expires, _ := ParseTime([]byte("2026-12-31T00:00:00Z"))
	ev := mustDecode(t, eventRecord(Account, TypeCreditsGranted, `{"account":"w1","amount":"20.00","currency":"USD","expires_at":"2026-12-31T00:00:00Z"}`))
	require.Equal(t, &core.GrantRequest{Account: "w1", Amount: 20 * money.Unit, Currency: usd, ExpiresAt: expires}, ev.Grant)

	ev = mustDecode(t, eventRecord(PaymentResult, TypePaymentReceived, `{"account":"w1","payment":"pay-9","amount":100,"currency":"USD"}`))
	require.Equal(t, &core.Payment{Account: "w1", Payment: "pay-9", Amount: 100 * money.Unit, Currency: usd}, ev.Payment)
}

func TestRechargesAreDecoded(t *testing.T) {
	policy := func(kind, extra string) *core.RechargePolicy {
		ev := mustDecode(t, eventRecord(Account, TypeAccountDefined, `{"account":"w1","kind":"`+kind+
			`","recharge":{"when_balance_lower_than":"20","amount":50.5,"payment_method":"tok-1"`+extra+`}}`))
		return ev.Account.Recharge
	}
	const day = core.Time(24 * 60 * 60 * 1_000_000)
	want := core.RechargePolicy{Below: 20 * money.Unit, Amount: 50_500_000, Method: "tok-1", Attempts: 7, Every: day}
	require.Equal(t, &want, policy("wallet", ""), "R4.3: the defaults of a wallet")
	want.Attempts, want.Every = 12, day/4
	require.Equal(t, &want, policy("agency_wallet", ""), "R4.3: the defaults of an agency wallet")
	want.Attempts, want.Every = 3, day/24
	require.Equal(t, &want, policy("wallet", `,"attempts":"3","retry_seconds":3600`))

	ev := mustDecode(t, eventRecord(Account, TypeRechargeRequested, `{"account":"w1","amount":"25.00","currency":"USD","payment_method":"tok-2"}`))
	require.Equal(t, &core.RechargeRequest{Account: "w1", Amount: 25 * money.Unit, Currency: usd, Method: "tok-2"}, ev.Request)

	ev = mustDecode(t, eventRecord(PaymentResult, TypeAttemptResolved, `{"attempt":"w1/1/2","result":"succeeded","payment":"ch-9"}`))
	require.Equal(t, &core.AttemptResult{Attempt: "w1/1/2", Succeeded: true, Payment: "ch-9"}, ev.Resolved)
	ev = mustDecode(t, eventRecord(PaymentResult, TypeAttemptResolved, `{"attempt":"w1/1/2","result":"failed","reason":"4111-1111-1111-1111 was\ndeclined"}`))
	require.Equal(t, "[number]was?declined", strings.ReplaceAll(ev.Resolved.Why, " ", ""), "R4.8: no card's number goes on from here")
}

func TestReversalsAreDecoded(t *testing.T) {
	ev := mustDecode(t, eventRecord(Usage, TypeUsageVoided, `{"usage":"evt-7"}`))
	require.Equal(t, &core.Reversal{Usage: IdentityOf("acme", "billing", "evt-7"), Void: true}, ev.Reversal, "of the same source")
	ev = mustDecode(t, eventRecord(Usage, TypeUsageCorrected, `{"usage":"evt-7","source":"sms","quantity":3,"unit_cost":"0.01","currency":"USD"}`))
	require.Equal(t, &core.Reversal{
		Usage: IdentityOf("acme", "sms", "evt-7"), Quantity: factor(t, "3"), HasQuantity: true, UnitCost: factor(t, "0.01"), HasUnitCost: true, Currency: usd,
	}, ev.Reversal)
	ev = mustDecode(t, eventRecord(Account, TypeOrgDefined, `{"usage_reversible_hours":"72"}`))
	require.EqualValues(t, 72*time.Hour/time.Microsecond, ev.OrgDef.Reversible)
}

func TestWhatTakesMoneyBackIsDecoded(t *testing.T) {
	ev := mustDecode(t, eventRecord(Account, TypeCreditsRemoved, `{"account":"w1","amount":"20.00","currency":"USD","bucket":"complimentary","removal":"r-1"}`))
	require.Equal(t, &core.RemovalRequest{Account: "w1", Amount: 20 * money.Unit, Currency: usd, Bucket: core.Complimentary, Reference: "r-1"}, ev.Removal)
	ev = mustDecode(t, eventRecord(PaymentResult, TypePaymentRefunded, `{"account":"w1","payment":"p-1","amount":20,"currency":"USD","removal":"r-1"}`))
	require.Equal(t, &core.Refund{Account: "w1", Payment: "p-1", Amount: 20 * money.Unit, Currency: usd, Removal: "r-1"}, ev.Refund)
}

func TestSendsAreDecoded(t *testing.T) {
	ev := mustDecode(t, eventRecord(Account, TypeCampaignDefined, `{"campaign":"mugs","payer":"funding_source","funding_source":"card","approval":true,"add_funds":true}`))
	require.Equal(t, &core.CampaignVersion{ID: "mugs", FundingPays: true, FundingSource: "card", Approval: true, AddFunds: true}, ev.Campaign)
	ev = mustDecode(t, eventRecord(Send, TypeSendRequested, `{"send":"s","campaign":"mugs","sender":"w","origin":"triggered","currency":"USD","add_funds":true,
		"lines":[{"item":"mug","quantity":"3","unit_price":"9.99"},{"item":"card","unit_price":"0.0000005"},{"item":"card","unit_price":"0.0000015"}]}`))
	require.Equal(t, &core.SendRequest{Send: "s", Campaign: "mugs", Sender: "w", Cost: 29_970002, Currency: usd, Trigger: true, AddFunds: true}, ev.Send, "each line is rounded once")
	ev = mustDecode(t, eventRecord(Send, TypeSendRequested, `{"send":"s","campaign":"mugs","sender":"w","origin":"manual","currency":"USD","estimated_cost":0,"lines":[{"item":"mug","unit_price":"1"}]}`))
	require.Equal(t, &core.SendRequest{Send: "s", Campaign: "mugs", Sender: "w", Currency: usd}, ev.Send, "an estimate counts where there is one")
	ev = mustDecode(t, eventRecord(Send, TypeSendAdjusted, `{"send":"s","final_cost":"12.5","currency":"USD"}`))
	require.Equal(t, &core.SendStep{Send: "s", Cost: 12_500000, Currency: usd}, ev.Step)
	for _, kind := range []string{TypeSendApproved, TypeSendDeclined, TypeSendCancelled} {
		ev = mustDecode(t, eventRecord(Send, kind, `{"send":"s","final_cost":"no concern of it"}`))
		require.Equal(t, &core.SendStep{Send: "s"}, ev.Step)
	}
}

func TestTicksAreForAPartitionAndHaveNoOrg(t *testing.T) {
	names := Names{Prefix: "eu."}
	tick := NewTick(names, 7, TimeOf(recorded))
	require.Equal(t, "eu.refill-tick", tick.Topic)
	require.EqualValues(t, 7, tick.Partition)
	input, ok := names.Input(tick.Topic)
	require.True(t, ok)
	var ev core.Event
	require.Nil(t, NewDecoder().Decode(input, tick, &ev))
	require.Equal(t, core.Tick, ev.Type)
	require.Equal(t, TimeOf(recorded), ev.TickAt)
	require.Empty(t, ev.Org)

	require.Nil(t, NewDecoder().Decode(input, NewContinue(names, 7, 42), &ev))
	require.Equal(t, core.Continue, ev.Type)
	require.Equal(t, "7/42", ev.ID)

	resume := NewResume(names, 7, TimeOf(recorded))
	require.Equal(t, "eu.refill-tick", resume.Topic)
	require.EqualValues(t, 7, resume.Partition)
	require.True(t, IsResume(resume))
	require.False(t, IsResume(tick))
	require.Nil(t, NewDecoder().Decode(input, resume, &ev))
	require.Equal(t, core.Resume, ev.Type)
}

// Definitions outlive their record by far, so they must not hold on to it.
func TestDefinitionsKeepNothingOfTheRecord(t *testing.T) {
	for _, c := range []struct{ kind, body string }{
		{TypeAccountDefined, `{"account":"w1","kind":"wallet","plan":"gold","multipliers":{"message":"3"},"contacts":["ops"]}`},
		{TypePlanDefined, `{"plan":"gold","multipliers":{"call":"2"},"rate_cards":{"email":{"currency":"USD","unit_price":"1"}}}`},
		{TypeOrgDefined, `{"time_zone":"America/New_York","multipliers":{"message":"3"}}`},
		{TypeCreditsGranted, `{"account":"w1","amount":"1","currency":"USD"}`},
	} {
		rec := eventRecord(Account, c.kind, c.body)
		ev, again := mustDecode(t, rec), mustDecode(t, eventRecord(Account, c.kind, c.body))
		for i := range rec.Value {
			rec.Value[i] = 'X'
		}
		require.Equal(t, again.Account, ev.Account)
		require.Equal(t, again.Plan, ev.Plan)
		require.Equal(t, again.OrgDef, ev.OrgDef)
		require.Equal(t, again.Grant, ev.Grant)
	}
}

func BenchmarkDecodeUsage(b *testing.B) {
	rec := NewEvent(Usage, "org-0042", "billing", "usage-0000123456", TypeUsageRecorded, TimeOf(recorded), json.RawMessage(usageBody))
	rec.Timestamp = recorded
	d := NewDecoder()
	var ev core.Event
	b.ReportAllocs()
	for b.Loop() {
		if bad := d.Decode(1, rec, &ev); bad != nil {
			b.Fatal(bad)
		}
	}
}

// R5.1: what is not given has its default; a funding source is recharged by its own payment method.
func TestDecodeFundingSource(t *testing.T) {
	by := func(terms string) *core.AccountVersion {
		return mustDecode(t, eventRecord(Account, TypeAccountDefined,
			`{"account":"s","kind":"funding_source","recharge":{"when_balance_lower_than":"20","amount":50},"funding":`+terms+`}`)).Account
	}
	card := by(`{"name":"marketing","payment_type":"credit_card","payment_method":"tok-1","default":true,"card_charges":"each"}`)
	require.Equal(t, core.KindFundingSource, card.Kind)
	require.Equal(t, &core.FundingTerms{Name: "marketing", Method: "tok-1", Default: true, Each: true}, card.Terms)
	require.Equal(t, "tok-1", card.Recharge.Method)
	require.Equal(t, 7, card.Recharge.Attempts)

	bill := by(`{"name":"events","payment_type":"invoice","po_number":"PO-7","accounts_payable":["ap"]}`)
	require.Equal(t, &core.FundingTerms{Name: "events", PO: "PO-7", Payables: []string{"ap"}, Days: 30}, bill.Terms)
	require.Empty(t, bill.Recharge.Method)
	require.EqualValues(t, 14, by(`{"name":"events","payment_type":"invoice","payment_days":"14"}`).Terms.Days)
}

func TestDecodeTeamsAndInvoices(t *testing.T) {
	team := mustDecode(t, eventRecord(Account, TypeTeamDefined, `{"team":"sales","funding_source":"s","licence_source":"none","effective_from":"2026-01-01T00:00:00Z"}`)).Team
	require.Equal(t, core.TeamVersion{ID: "sales", Balances: "s", Licences: "none", EffectiveFrom: team.EffectiveFrom}, *team)
	require.Equal(t, "2026-01-01T00:00:00Z", FormatTime(team.EffectiveFrom))
	require.Equal(t, core.Member{Team: "sales", Account: "w"}, *mustDecode(t, eventRecord(Account, TypeMemberJoined, `{"team":"sales","account":"w"}`)).Member)
	paid := mustDecode(t, eventRecord(PaymentResult, TypeInvoicePaid, `{"invoice":"12","payment":"p","amount":"1.5","currency":"USD"}`)).Bill
	require.Equal(t, core.InvoicePayment{Invoice: 12, Payment: "p", Amount: 1_500_000, Currency: money.Currency{'U', 'S', 'D'}}, *paid)
	require.EqualValues(t, 12, mustDecode(t, eventRecord(Account, TypeInvoiceVoided, `{"invoice":12}`)).Bill.Invoice)
}
