package topics

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/processors/money"
)

// told is what every rejection says beside the field.
var told = regexp.MustCompile(`^expected .+, came .+`)

// One decoder sees everything that the fuzzer makes up, as in a task: what one record did to it must not show in the next.
var reused = NewDecoder()

func decodeTwice(t *testing.T, rec *kgo.Record) (core.Event, *Rejection) {
	input := InputIndex(rec.Topic)
	var ev, fresh core.Event
	bad := reused.Decode(input, rec, &ev)
	badFresh := NewDecoder().Decode(input, rec, &fresh)
	if !reflect.DeepEqual(bad, badFresh) || !reflect.DeepEqual(ev, fresh) {
		t.Fatalf("a used decoder says %+v %+v, a new one %+v %+v", bad, ev, badFresh, fresh)
	}
	if bad != nil && (bad.Reason == "" || !told.MatchString(bad.Detail) || len(bad.Text()) > MaxStringBytes || !utf8.ValidString(bad.Text())) {
		t.Fatalf("not a rejection that can be told: %+v", bad)
	}
	return ev, bad
}

// FuzzDecodeUsage holds the decoder against encoding/json: what it takes is JSON, and means the same there.
func FuzzDecodeUsage(f *testing.F) {
	for _, body := range []string{
		usageBody, `{}`, `null`, `[]`, `{"account":"w","channel":"c","cost":1.5,"currency":"USD"}`,
		`{"\u0061ccount":"w\u00e9\"1","channel":"message","cost":"\u0031","currency":"US\u0044"}`,
		`{"account":"w","channel":"c","cost":1,"currency":"USD","x":{"y":[1,{"z":null}],"w":"\ud83d\ude00"}}`,
		`{"account":"w","account":"w"}`, `{"quantity":1e3}`, `{"quantity":-0}`, "{\"account\":\"\xff\"}", usageBody + "{}",
		`{"account":"a\u001fb"}`, strings.Repeat(`{"x":`, 20), `{"quantity":"00000000000000000000000000000000000000000000001"}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		rec := eventRecord(Usage, TypeUsageRecorded, "")
		rec.Value = body
		ev, bad := decodeTwice(t, rec)
		if bad != nil {
			return
		}
		fields := map[string]any{}
		dec := json.NewDecoder(strings.NewReader(string(body)))
		dec.UseNumber()
		if err := dec.Decode(&fields); err != nil {
			t.Fatalf("%q is no JSON for encoding/json: %v", body, err)
		}
		text := func(name string) string {
			switch v := fields[name].(type) {
			case string:
				return v
			case json.Number:
				return v.String()
			}
			return ""
		}
		want := UsageRecordedBody{Account: text("account"), Channel: text("channel"), Currency: text("currency"),
			Quantity: Number(text("quantity")), UnitCost: Number(text("unit_cost")), Cost: Number(text("cost"))}
		u := ev.Usage
		if u.Account != want.Account || u.Channel != want.Channel || u.Currency.String() != want.Currency {
			t.Fatalf("%q was decoded as %+v", body, u)
		}
		if want.Quantity == "" {
			want.Quantity = "1"
		}
		cost, got := want.UnitCost, u.UnitCost
		if u.HasCost {
			cost, got = want.Cost, u.Cost
		}
		if !sameFactor(string(want.Quantity), u.Quantity) || !sameFactor(string(cost), got) {
			t.Fatalf("%q was decoded as %+v", body, u)
		}
	})
}

func sameFactor(s string, f money.Factor) bool {
	want, err := money.ParseFactor(s)
	return err == nil && want == f
}

// FuzzDecodeBody throws any body at any type. What is taken must be taken again with the same hash after encoding/json has
// rewritten it with other white space and escapes.
func FuzzDecodeBody(f *testing.F) {
	kinds := []string{
		TypeUsageRecorded, TypeOrgDefined, TypePlanDefined, TypePlanRemoved, TypeAccountDefined, TypeAccountRemoved,
		TypeCreditsGranted, TypeFXRateDefined, TypePaymentReceived, TypeTick, TypeContinue, TypeRechargeRequested, TypeAttemptResolved, TypeCreditsRemoved, TypePaymentRefunded,
		TypeUsageVoided, TypeUsageCorrected,
		TypeTeamDefined, TypeTeamRemoved, TypeMemberJoined, TypeMemberLeft, TypeInvoicePaid, TypeInvoiceVoided, TypeFundingRequested, TypeTransferRequested, TypeLicencePurchased,
		TypeCampaignDefined, TypeSendRequested, TypeSendAdjusted, TypeSendCancelled,
		TypeSpendingDefined, TypeSpendingSwitched, TypeSpendingCopied, TypeBudgetsSet, TypeBudgetsImported, TypeUserDefined, TypeOrderPlaced, TypeOrderCancelled, TypeSpendQuoted,
		TypeTransactionRecorded, TypeTransactionPosted, TypeCustomerSettings, TypeCustomerStatus, TypeCreditRequested,
		TypePeriodsDefined, TypePeriodCloseRequested, TypePeriodDraftsPosted, TypePeriodCorrected,
	}
	for i, body := range []string{
		usageBody, `{"time_zone":"Europe/Paris","country":"FR","multipliers":{"message":"5","email":1.25},"effective_from":"2026-04-01T00:00:00Z"}`,
		`{"plan":"gold","multipliers":{"call":"2"},"rate_cards":{"message":{"currency":"USD","mode":"whole_volume","minimum":"0.01","tiers":[{"up_to":"1000","unit_price":"0.02"},{"unit_price":"0.01"}]},"email":{"currency":"USD","unit_price":"0.001"}}}`,
		`{"plan":"g"}`, `{"account":"w1","kind":"wallet","country":"JP","plan":"gold","multipliers":{"message":"3"},"low_balance":"20","contacts":["ops@example.com"]}`,
		`{"account":"w"}`, `{"account":"w1","amount":"20.00","currency":"USD","expires_at":"2026-12-31T00:00:00Z"}`,
		`{"from":"EUR","to":"USD","rate":1.0825}`, `{"account":"w1","payment":"pay-9","amount":100,"currency":"USD"}`,
		`{"time":"2026-03-01T00:00:00Z"}`, `{}`, `{"account":"w1","amount":"25.00","currency":"USD","payment_method":"tok-1"}`,
		`{"attempt":"w1/1/1","result":"failed","reason":"card_declined"}`,
		`{"account":"w1","amount":"25.00","currency":"USD","bucket":"purchased","removal":"r-1"}`,
		`{"account":"w1","payment":"p-1","amount":"25.00","currency":"USD","removal":"r-1"}`,
		`{"usage":"evt-1","source":"billing"}`, `{"usage":"evt-1","quantity":"3","unit_cost":0.01,"currency":"USD"}`,
		`{"team":"sales","funding_source":"s","licence_source":"none","budget":{"amount":"50","every":"week","mode":"rollover"}}`, `{"team":"sales"}`, `{"team":"sales","account":"w"}`, `{"account":"w","team":"sales"}`,
		`{"invoice":12,"payment":"p-1","amount":"25.00","currency":"USD"}`, `{"invoice":"12"}`,
		`{"account":"s","amount":"25.00","currency":"USD"}`, `{"from":"s","to":"w","amount":"25.00","currency":"USD"}`,
		`{"team":"sales","amount":"49.00","currency":"USD"}`,
		`{"campaign":"mugs","payer":"funding_source","funding_source":"card","approval":true,"add_funds":false,"effective_from":"2026-04-01T00:00:00Z"}`,
		`{"send":"s-1","campaign":"mugs","sender":"w1","origin":"triggered","lines":[{"item":"mug","quantity":2,"unit_price":"9.99"},{"item":"card","unit_price":0.5}],"currency":"USD","add_funds":true}`,
		`{"send":"s-1","final_cost":"25.00","currency":"USD"}`, `{"send":"s-1"}`,
		`{"spending_account":"s","type":"standard","start":"2026-03-01","end":"2026-12-31","budget":"50","eligible_for":{"users":["a"]},"items":{"mode":"include","names":["mug"]},"limits":[{"per":"days","amount":1,"days":7},{"per":"order","percent":"50"}]}`,
		`{"spending_account":"s","on":true}`, `{"spending_account":"s","as":"t"}`, `{"user":"a","groups":["g"],"catalogs":["c"]}`,
		`{"order":"o","user":"a","spending_account":"s","other_payer":"w","lines":[{"item":"mug","catalogs":["c"],"quantity":2,"unit_price":"9.99"}],"currency":"USD"}`, `{"order":"o"}`,
		`{"user":"a","other_payer":"w","lines":[{"item":"mug","catalogs":["c"],"quantity":2,"unit_price":"9.99"}],"currency":"USD","after":"s"}`,
		`{"account":"a","transaction":"t","kind":"opening_balance","side":"debit","amount":"12.50","currency":"USD","date":"2026-03-31","against":null,"draft":true}`, `{"account":"a","transaction":"t"}`,
		`{"credit_ratings":[{"credit_rating":"good","credit_limit":"100","credit_days":30,"shortest_days":"14","longest_days":60}],"kyc_profiles":[{"kyc_profile":"k","maximum_limit":5}],"credit_limit_overrides":[{"events":["subscription"],"classifications":[],"credit_ratings":["good"],"kyc_profiles":null}]}`,
		`{"account":"a","status":"written_off","transaction":"w"}`, `{"account":"a","for":"subscription","amount":"1.5","currency":"USD"}`,
		`{"length":"yearly","year_begins":"04-01","from":"2026-04-01"}`, `{"period":"2026-03-01","at":"2026-04-03T06:00:00Z"}`, `{"period":"2026-03-01"}`,
	} {
		f.Add(uint8(i), []byte(body))
	}
	f.Add(uint8(4), []byte(`{"account":"w1","kind":"wallet","recharge":{"when_balance_lower_than":"20","amount":50,"payment_method":"tok-1","attempts":3,"retry_seconds":"3600"}}`))
	f.Add(uint8(4), []byte(`{"account":"s","kind":"funding_source","funding":{"name":"events","payment_type":"invoice","po_number":"PO","accounts_payable":["ap"],"payment_days":14,"default":true}}`))
	f.Add(uint8(4), []byte(`{"account":"s","kind":"funding_source","funding":{"name":"m","payment_type":"credit_card","payment_method":"t","card_charges":"each","default":false}}`))
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		kind := kinds[int(which)%len(kinds)]
		rec := eventRecord(topicOf(kind), kind, "")
		rec.Value = body
		ev, bad := decodeTwice(t, rec)
		if bad != nil {
			return
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(body, &object); err != nil {
			t.Fatalf("%q is no object for encoding/json: %v", body, err)
		}
		rewritten, err := json.MarshalIndent(object, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if len(rewritten) > MaxRecordBytes/2 {
			return // the white space may have made it too large
		}
		rec.Value = rewritten
		again, bad := decodeTwice(t, rec)
		if bad != nil || again.Payload != ev.Payload {
			t.Fatalf("%q was taken with hash %x; rewritten as %q it is %x, %+v", body, ev.Payload, rewritten, again.Payload, bad)
		}
	})
}

// FuzzDecodeEnvelope throws any key, headers and value at every input.
func FuzzDecodeEnvelope(f *testing.F) {
	f.Add(uint8(1), "acme", "1.0", "id", "src", TypeUsageRecorded, "2026-03-01T00:00:00Z", contentJSON, []byte(usageBody))
	f.Add(uint8(1), "acme", "", "", "", "", "", contentStructured,
		[]byte(`{"specversion":"1.0","id":"1","source":"s","type":"usage.recorded","time":"2026-03-01T10:00:00Z","data":`+usageBody+`}`))
	f.Add(uint8(2), "", "1.0", "id", "src", TypeTick, "", "", []byte(`{"time":"2026-03-01T00:00:00Z"}`))
	f.Add(uint8(3), "\xff", "1.0", "a\x00", "src", TypeOrgDefined, "x", "text/plain", []byte(`{}`))
	f.Fuzz(func(t *testing.T, input uint8, key, version, id, source, kind, at, content string, value []byte) {
		rec := &kgo.Record{Topic: Inputs[int(input)%len(Inputs)], Key: []byte(key), Value: value, Timestamp: recorded}
		for _, h := range [][2]string{{headerSpecVersion, version}, {headerID, id}, {headerSource, source}, {headerType, kind}, {headerTime, at}, {headerContentType, content}} {
			if h[1] != "" {
				rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: h[0], Value: []byte(h[1])})
			}
		}
		ev, bad := decodeTwice(t, rec)
		if bad != nil {
			return
		}
		if ev.Type == core.TypeNone || ev.Source == "" || ev.ID == "" || !printable(ev.Org+ev.Source+ev.ID) {
			t.Fatalf("taken without an identity: %+v", ev)
		}
		if rec.Topic != RefillTick && ev.Org != key {
			t.Fatalf("the org is %q, the key %q", ev.Org, key)
		}
		if ev.Identity != IdentityOf(ev.Org, ev.Source, ev.ID) {
			t.Fatalf("the identity is not that of %+v", ev)
		}
	})
}

func FuzzParseTime(f *testing.F) {
	f.Add([]byte("2026-03-01T00:00:00.123456+02:00"))
	f.Add([]byte("9999-12-31T23:59:59Z"))
	f.Fuzz(func(t *testing.T, b []byte) {
		at, ok := ParseTime(b)
		if !ok {
			return
		}
		if back, ok := ParseTime(AppendTime(nil, at)); !ok || back != at {
			t.Fatalf("%q is %d, which is written as %q and read as %d", b, at, AppendTime(nil, at), back)
		}
	})
}

func FuzzReadMark(f *testing.F) {
	f.Add(AppendLinkedMark(nil, Mark{Entry: 7, Result: core.Applied, Indexed: true, Identity: IdentityOf("a", "b", "c"), Payload: 9, At: 11}, core.Link{1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ReadMark(b)
		if err != nil {
			return
		}
		link, err := ReadLink(b)
		if back := AppendLinkedMark(nil, m, link); err != nil || string(back) != string(b) {
			t.Fatalf("%x was read as %+v and %x (%v), which is written as %x", b, m, link, err, back)
		}
	})
}
