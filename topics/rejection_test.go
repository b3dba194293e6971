package topics

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"purser/processors/core"
)

// with replaces the value of one field of a usage body.
func with(field, value string) string {
	fields := map[string]string{"account": `"w"`, "channel": `"message"`, "quantity": `"3"`, "unit_cost": `"0.01"`, "currency": `"USD"`}
	fields[field] = value
	var b strings.Builder
	b.WriteByte('{')
	for _, name := range []string{"account", "channel", "quantity", "unit_cost", "cost", "currency", "x"} {
		if fields[name] == "" {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + name + `":` + fields[name])
	}
	return b.String() + "}"
}

func list(n int, element string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
}

// recharged is an account with a recharge policy.
func recharged(policy string) string {
	return `{"account":"w","kind":"wallet","recharge":` + policy + `}`
}

// asked is a send with a cost.
func asked(fields string) string { return "{" + fields + `,"estimated_cost":"1","currency":"USD"}` }

func nested(n int) string { return strings.Repeat(`[`, n) + strings.Repeat(`]`, n) }

// Each body that is refused, with the reason and the field that it is about.
func TestBodiesThatAreRefused(t *testing.T) {
	for _, c := range []struct{ kind, body, reason, field string }{
		{TypeUsageRecorded, `{`, ReasonMalformedJSON, "data"},
		{TypeUsageRecorded, `nonsense`, ReasonMalformedJSON, "data"},
		{TypeUsageRecorded, usageBody + `{}`, ReasonMalformedJSON, "data"},
		{TypeUsageRecorded, usageBody + ` x`, ReasonMalformedJSON, "data"},
		{TypeUsageRecorded, `{"account":"w",}`, ReasonMalformedJSON, "data"},
		{TypeUsageRecorded, `{'account':'w'}`, ReasonMalformedJSON, "data"},
		{TypeUsageRecorded, "\ufeff" + usageBody, ReasonMalformedJSON, "data"},
		{TypeUsageRecorded, with("account", "\"w\x00\""), ReasonMalformedJSON, "data"},
		{TypeUsageRecorded, with("account", `"\ud800"`), ReasonMalformedJSON, "data"},
		{TypeUsageRecorded, `[]`, ReasonWrongType, "data"},
		{TypeUsageRecorded, `"usage"`, ReasonWrongType, "data"},
		{TypeUsageRecorded, `null`, ReasonMissingField, "data"},
		{TypeOrgDefined, `null`, ReasonMissingField, "data"},
		{TypeContinue, ` null `, ReasonMissingField, "data"},
		{TypeUsageRecorded, `{}`, ReasonMissingField, "data.account"},
		{TypeUsageRecorded, with("account", ""), ReasonMissingField, "data.account"},
		{TypeUsageRecorded, with("account", `""`), ReasonMissingField, "data.account"},
		{TypeUsageRecorded, with("account", `null`), ReasonMissingField, "data.account"},
		{TypeUsageRecorded, with("channel", ""), ReasonMissingField, "data.channel"},
		{TypeUsageRecorded, with("currency", ""), ReasonMissingField, "data.currency"},
		{TypeUsageRecorded, with("unit_cost", ""), ReasonMissingField, "data.unit_cost"},
		{TypeUsageRecorded, with("unit_cost", "null"), ReasonMissingField, "data.unit_cost"},
		{TypeUsageRecorded, with("cost", `"1"`), ReasonConflict, "data.cost"},
		{TypeUsageRecorded, with("account", `7`), ReasonWrongType, "data.account"},
		{TypeUsageRecorded, with("account", `{"a":1}`), ReasonWrongType, "data.account"},
		{TypeUsageRecorded, with("quantity", `true`), ReasonWrongType, "data.quantity"},
		{TypeUsageRecorded, with("quantity", `[1]`), ReasonWrongType, "data.quantity"},
		{TypeUsageRecorded, with("currency", `840`), ReasonWrongType, "data.currency"},
		{TypeUsageRecorded, `{"account":"w","account":"w"}`, ReasonDuplicateField, "data.account"},
		{TypeUsageRecorded, `{"account":"w","\u0061ccount":"w"}`, ReasonDuplicateField, "data.account"},
		{TypeUsageRecorded, with("x", `{"y":1,"y":2}`), ReasonDuplicateField, "data.x.y"},
		{TypeUsageRecorded, with("x", `[{},{"y":1,"y":2}]`), ReasonDuplicateField, "data.x.1.y"},
		{TypeUsageRecorded, with("quantity", `1e3`), ReasonBadNumber, "data.quantity"},
		{TypeUsageRecorded, with("quantity", `"1e3"`), ReasonBadNumber, "data.quantity"},
		{TypeUsageRecorded, with("quantity", `"NaN"`), ReasonBadNumber, "data.quantity"},
		{TypeUsageRecorded, with("quantity", `NaN`), ReasonMalformedJSON, "data"},
		{TypeUsageRecorded, with("quantity", `""`), ReasonBadNumber, "data.quantity"},
		{TypeUsageRecorded, with("quantity", `" 1"`), ReasonBadNumber, "data.quantity"},
		{TypeUsageRecorded, with("quantity", `"+1"`), ReasonBadNumber, "data.quantity"},
		{TypeUsageRecorded, with("quantity", `-1`), ReasonBadNumber, "data.quantity"},
		{TypeUsageRecorded, with("quantity", `-0`), ReasonBadNumber, "data.quantity"},
		{TypeUsageRecorded, with("quantity", `"1."`), ReasonBadNumber, "data.quantity"},
		{TypeUsageRecorded, with("quantity", `1000000000000`), ReasonBadNumber, "data.quantity"},
		{TypeUsageRecorded, with("unit_cost", `0.0000000001`), ReasonBadNumber, "data.unit_cost"},
		{TypeUsageRecorded, with("unit_cost", `0.`+strings.Repeat("1", 900_000)), ReasonBadNumber, "data.unit_cost"},
		{TypeUsageRecorded, with("currency", `"usd"`), ReasonBadCurrency, "data.currency"},
		{TypeUsageRecorded, with("currency", `"DOLLAR"`), ReasonBadCurrency, "data.currency"},
		{TypeUsageRecorded, with("account", `"a\u001fb"`), ReasonBadString, "data.account"},
		{TypeUsageRecorded, with("account", "\"a\u007fb\""), ReasonBadString, "data.account"},
		{TypeUsageRecorded, with("account", `"a\u0085b"`), ReasonBadString, "data.account"},
		{TypeUsageRecorded, with("channel", `"a\nb"`), ReasonBadString, "data.channel"},
		{TypeUsageRecorded, with("account", "\"a\xffb\""), ReasonBadString, "data"},
		{TypeUsageRecorded, with("x", "\"\xc3\""), ReasonBadString, "data"},
		{TypeUsageRecorded, with("account", `"`+strings.Repeat("w", MaxStringBytes+1)+`"`), ReasonTooLarge, "data.account"},
		{TypeUsageRecorded, with("account", `"`+strings.Repeat(`\u00e9`, MaxStringBytes/2+1)+`"`), ReasonTooLarge, "data.account"},
		{TypeUsageRecorded, with("x", `"`+strings.Repeat("w", MaxStringBytes+1)+`"`), ReasonTooLarge, "data.x"},
		{TypeUsageRecorded, with("x", strings.Repeat("1", MaxStringBytes+1)), ReasonTooLarge, "data.x"},
		{TypeUsageRecorded, with("x", list(MaxLines+1, "1")), ReasonTooLarge, "data.x"},
		{TypeUsageRecorded, with("x", `[0,`+list(MaxLines+1, "1")+`]`), ReasonTooLarge, "data.x.1"},
		{TypeUsageRecorded, with("x", nested(maxDepth)), ReasonTooLarge, "data.x"},
		{TypeUsageRecorded, with("x", nested(400_000)), ReasonTooLarge, "data.x"},
		{TypeUsageRecorded, with("account", nested(400_000)), ReasonMalformedJSON, "data"},
		{TypePaymentReceived, `{"payment":"p","amount":"1","currency":"USD"}`, ReasonMissingField, "data.account"},
		{TypePaymentReceived, `{"account":"w","amount":"1","currency":"USD"}`, ReasonMissingField, "data.payment"},
		{TypePaymentReceived, `{"account":"w","payment":"p","amount":"1"}`, ReasonMissingField, "data.currency"},
		{TypePaymentReceived, `{"account":"w","payment":"p","currency":"USD"}`, ReasonMissingField, "data.amount"},
		{TypePaymentReceived, `{"account":"w","payment":"p","amount":null,"currency":"USD"}`, ReasonMissingField, "data.amount"},
		{TypePaymentReceived, `{"account":"w","payment":"p","amount":"0.00","currency":"USD"}`, ReasonBadNumber, "data.amount"},
		{TypePaymentReceived, `{"account":"w","payment":"p","amount":"-1","currency":"USD"}`, ReasonBadNumber, "data.amount"},
		{TypePaymentReceived, `{"account":"w","payment":"p","amount":"1.0000001","currency":"USD"}`, ReasonBadNumber, "data.amount"},
		{TypeAccountDefined, recharged(`{}`), ReasonMissingField, "data.recharge.when_balance_lower_than"},
		{TypeAccountDefined, recharged(`{"when_balance_lower_than":"1","payment_method":"t"}`), ReasonMissingField, "data.recharge.amount"},
		{TypeAccountDefined, recharged(`{"when_balance_lower_than":"1","amount":"1"}`), ReasonMissingField, "data.recharge.payment_method"},
		{TypeAccountDefined, recharged(`{"when_balance_lower_than":"-1","amount":"1","payment_method":"t"}`), ReasonBadNumber, "data.recharge.when_balance_lower_than"},
		{TypeAccountDefined, recharged(`{"when_balance_lower_than":"1","amount":"0","payment_method":"t"}`), ReasonBadNumber, "data.recharge.amount"},
		{TypeAccountDefined, recharged(`{"when_balance_lower_than":"1","amount":"1","payment_method":"t","attempts":0}`), ReasonBadNumber, "data.recharge.attempts"},
		{TypeAccountDefined, recharged(`{"when_balance_lower_than":"1","amount":"1","payment_method":"t","attempts":101}`), ReasonBadNumber, "data.recharge.attempts"},
		{TypeAccountDefined, recharged(`{"when_balance_lower_than":"1","amount":"1","payment_method":"t","attempts":1.5}`), ReasonBadNumber, "data.recharge.attempts"},
		{TypeAccountDefined, recharged(`{"when_balance_lower_than":"1","amount":"1","payment_method":"t","retry_seconds":"2678401"}`), ReasonBadNumber, "data.recharge.retry_seconds"},
		{TypeAccountDefined, recharged(`{"when_balance_lower_than":"1","amount":"1","payment_method":"4111 1111 1111 1111"}`), ReasonBadValue, "data.recharge.payment_method"},
		{TypeAccountDefined, `{"account":"w","kind":"wallet","monthly_credits":{}}`, ReasonMissingField, "data.monthly_credits.amount"},
		{TypeAccountDefined, `{"account":"w","kind":"wallet","monthly_credits":{"amount":"1","expire_after_months":0}}`, ReasonBadNumber, "data.monthly_credits.expire_after_months"},
		{TypeAccountDefined, `{"account":"w","kind":"agency_wallet","monthly_credits":{"amount":"1"}}`, ReasonConflict, "data.monthly_credits"},
		{TypePlanDefined, `{"plan":"p","monthly_credits":{"amount":"-1"}}`, ReasonBadNumber, "data.monthly_credits.amount"},
		{TypePlanDefined, `{"plan":"p","monthly_credits":{"amount":"1","expire_after_months":121}}`, ReasonBadNumber, "data.monthly_credits.expire_after_months"},
		{TypeAccountDefined, recharged(`[]`), ReasonWrongType, "data.recharge"},
		{TypeAccountDefined, `{"account":"` + strings.Repeat("w", maxRechargedID+1) + `","kind":"wallet","recharge":{"when_balance_lower_than":"1","amount":"1","payment_method":"t"}}`, ReasonTooLarge, "data.account"},
		{TypeRechargeRequested, `{"amount":"1","currency":"USD"}`, ReasonMissingField, "data.account"},
		{TypeRechargeRequested, `{"account":"w","amount":"1"}`, ReasonMissingField, "data.currency"},
		{TypeRechargeRequested, `{"account":"w","currency":"USD"}`, ReasonBadNumber, "data.amount"},
		{TypeRechargeRequested, `{"account":"w","amount":"1","currency":"USD","payment_method":"4111111111111111"}`, ReasonBadValue, "data.payment_method"},
		{TypeRechargeRequested, `{"account":"` + strings.Repeat("w", maxRechargedID+1) + `","amount":"1","currency":"USD"}`, ReasonTooLarge, "data.account"},
		{TypeAttemptResolved, `{"result":"failed"}`, ReasonMissingField, "data.attempt"},
		{TypeAttemptResolved, `{"attempt":"w/1/1"}`, ReasonMissingField, "data.result"},
		{TypeAttemptResolved, `{"attempt":"w/1/1","result":"maybe"}`, ReasonBadValue, "data.result"},
		{TypeAttemptResolved, `{"attempt":"w/1/1","result":"succeeded","payment":"a\u0000"}`, ReasonBadString, "data.payment"},
		{TypeUsageVoided, `{}`, ReasonMissingField, "data.usage"},
		{TypeUsageCorrected, `{"usage":"u"}`, ReasonMissingField, "data.quantity"},
		{TypeUsageCorrected, `{"quantity":"1"}`, ReasonMissingField, "data.usage"},
		{TypeUsageCorrected, `{"usage":"u","cost":"1","unit_cost":"1"}`, ReasonConflict, "data.cost"},
		{TypeUsageCorrected, `{"usage":"u","quantity":"-1"}`, ReasonBadNumber, "data.quantity"},
		{TypeOrgDefined, `{"usage_reversible_hours":169}`, ReasonBadNumber, "data.usage_reversible_hours"},
		{TypeCreditsRemoved, `{"amount":"1","currency":"USD","bucket":"purchased"}`, ReasonMissingField, "data.account"},
		{TypeSpendingDefined, `{"type":"shared","start":"2026-03-01"}`, ReasonMissingField, "data.spending_account"},
		{TypeSpendingDefined, `{"spending_account":"s","start":"2026-03-01"}`, ReasonMissingField, "data.type"},
		{TypeSpendingDefined, `{"spending_account":"s","type":"shared"}`, ReasonMissingField, "data.start"},
		{TypeSpendingDefined, `{"spending_account":"s/t","type":"shared","start":"2026-03-01"}`, ReasonBadString, "data.spending_account"},
		{TypeSpendingDefined, `{"spending_account":"s","type":"both","start":"2026-03-01"}`, ReasonBadValue, "data.type"},
		{TypeSpendingDefined, `{"spending_account":"s","type":"shared","start":"2026-02-30"}`, ReasonBadTime, "data.start"},
		{TypeSpendingDefined, `{"spending_account":"s","type":"shared","start":"2026-03-02","end":"2026-03-01"}`, ReasonConflict, "data.end"},
		{TypeSpendingDefined, `{"spending_account":"s","type":"shared","start":"2026-03-02","items":{"names":["a"]}}`, ReasonMissingField, "data.items.mode"},
		{TypeSpendingDefined, `{"spending_account":"s","type":"shared","start":"2026-03-02","items":{"mode":"some"}}`, ReasonBadValue, "data.items.mode"},
		{TypeSpendingDefined, `{"spending_account":"s","type":"shared","start":"2026-03-02","eligible_for":{"users":[""]}}`, ReasonBadString, "data.eligible_for.users"},
		{TypeSpendingDefined, bounded(`"amount":1`), ReasonMissingField, "data.limits.0.per"},
		{TypeSpendingDefined, bounded(`"per":"hour","amount":1`), ReasonBadValue, "data.limits.0.per"},
		{TypeSpendingDefined, bounded(`"per":"week","percent":1`), ReasonConflict, "data.limits.0.percent"},
		{TypeSpendingDefined, bounded(`"per":"item","percent":1,"amount":1`), ReasonConflict, "data.limits.0.percent"},
		{TypeSpendingDefined, bounded(`"per":"item","percent":0`), ReasonBadNumber, "data.limits.0.percent"},
		{TypeSpendingDefined, bounded(`"per":"item"`), ReasonMissingField, "data.limits.0.amount"},
		{TypeSpendingDefined, bounded(`"per":"days","amount":1`), ReasonMissingField, "data.limits.0.days"},
		{TypeSpendingDefined, bounded(`"per":"days","amount":1,"days":366`), ReasonBadNumber, "data.limits.0.days"},
		{TypeSpendingDefined, bounded(`"per":"week","amount":1,"days":7`), ReasonConflict, "data.limits.0.days"},
		{TypeSpendingSwitched, `{"on":true}`, ReasonMissingField, "data.spending_account"},
		{TypeSpendingSwitched, `{"spending_account":"s","on":null}`, ReasonMissingField, "data.on"},
		{TypeSpendingCopied, `{"as":"t"}`, ReasonMissingField, "data.spending_account"},
		{TypeSpendingCopied, `{"spending_account":"s"}`, ReasonMissingField, "data.as"},
		{TypeSpendingCopied, `{"spending_account":"s","as":"t/u"}`, ReasonBadString, "data.as"},
		{TypeSpendingDefined, reloaded(`"type":"add"`), ReasonMissingField, "data.reloads.0.every"},
		{TypeSpendingDefined, reloaded(`"every":"hour"`), ReasonBadValue, "data.reloads.0.every"},
		{TypeSpendingDefined, reloaded(`"every":"days"`), ReasonMissingField, "data.reloads.0.days"},
		{TypeSpendingDefined, reloaded(`"every":"days","days":366`), ReasonBadNumber, "data.reloads.0.days"},
		{TypeSpendingDefined, reloaded(`"every":"week","days":7`), ReasonConflict, "data.reloads.0.days"},
		{TypeSpendingDefined, reloaded(`"every":"week"`), ReasonMissingField, "data.reloads.0.type"},
		{TypeSpendingDefined, reloaded(`"every":"week","type":"top"`), ReasonBadValue, "data.reloads.0.type"},
		{TypeSpendingDefined, reloaded(`"every":"week","type":"set"`), ReasonMissingField, "data.reloads.0.amount"},
		{TypeSpendingDefined, reloaded(`"every":"week","type":"set","amount":1`), ReasonMissingField, "data.reloads.0.effective"},
		{TypeSpendingDefined, reloaded(`"every":"week","type":"set","amount":1,"effective":"2026-02-30"`), ReasonBadTime, "data.reloads.0.effective"},
		{TypeSpendingDefined, reloaded(strings.Repeat(`"every":"week","type":"set","amount":1,"effective":"2026-02-03"},{`, 16) + `"every":"week"`), ReasonTooLarge, "data.reloads"},
		{TypeBudgetsSet, `{"amount":1}`, ReasonMissingField, "data.spending_account"},
		{TypeBudgetsSet, `{"spending_account":"s"}`, ReasonMissingField, "data.amount"},
		{TypeBudgetsImported, `{"budgets":[{"user":"u","amount":1}]}`, ReasonMissingField, "data.spending_account"},
		{TypeBudgetsImported, `{"spending_account":"s","budgets":[]}`, ReasonMissingField, "data.budgets"},
		{TypeBudgetsImported, `{"spending_account":"s","budgets":[{"amount":1}]}`, ReasonMissingField, "data.budgets.0.user"},
		{TypeBudgetsImported, `{"spending_account":"s","budgets":[{"user":"u"}]}`, ReasonMissingField, "data.budgets.0.amount"},
		{TypeSpendingRemoved, `{}`, ReasonMissingField, "data.spending_account"},
		{TypeUserDefined, `{}`, ReasonMissingField, "data.user"},
		{TypeUserRemoved, `{}`, ReasonMissingField, "data.user"},
		{TypeOrderPlaced, bought(``, `{"item":"a","unit_price":1}`), ReasonMissingField, "data.order"},
		{TypeOrderPlaced, bought(`"order":"o",`, ``), ReasonMissingField, "data.lines"},
		{TypeOrderPlaced, bought(`"order":"o",`, `{"unit_price":1}`), ReasonMissingField, "data.lines.0.item"},
		{TypeOrderPlaced, bought(`"order":"o",`, `{"item":"a"}`), ReasonMissingField, "data.lines.0.unit_price"},
		{TypeOrderPlaced, bought(`"order":"o",`, `{"item":"a","quantity":"999999999999","unit_price":"999999999999"}`), ReasonBadNumber, "data.lines"},
		{TypeOrderPlaced, `{"order":"o","spending_account":"s","lines":[{"item":"a","unit_price":1}],"currency":"USD"}`, ReasonMissingField, "data.user"},
		{TypeOrderPlaced, `{"order":"o","user":"u","lines":[{"item":"a","unit_price":1}],"currency":"USD"}`, ReasonMissingField, "data.spending_account"},
		{TypeOrderPlaced, `{"order":"o","user":"u","spending_account":"s","lines":[{"item":"a","unit_price":1}]}`, ReasonMissingField, "data.currency"},
		{TypeOrderCancelled, `{}`, ReasonMissingField, "data.order"},
		{TypeSpendQuoted, priced(``, ``), ReasonMissingField, "data.lines"},
		{TypeSpendQuoted, priced(``, `{"item":"a"}`), ReasonMissingField, "data.lines.0.unit_price"},
		{TypeSpendQuoted, priced(``, `{"item":"a","quantity":"999999999999","unit_price":"999999999999"}`), ReasonBadNumber, "data.lines"},
		{TypeSpendQuoted, `{"lines":[{"item":"a","unit_price":1}],"currency":"USD"}`, ReasonMissingField, "data.user"},
		{TypeSpendQuoted, `{"user":"u","lines":[{"item":"a","unit_price":1}]}`, ReasonMissingField, "data.currency"},
		{TypeCampaignDefined, `{"payer":"sender"}`, ReasonMissingField, "data.campaign"},
		{TypeCampaignDefined, `{"campaign":"c"}`, ReasonMissingField, "data.payer"},
		{TypeCampaignDefined, `{"campaign":"c","payer":"nobody"}`, ReasonBadValue, "data.payer"},
		{TypeCampaignDefined, `{"campaign":"c","payer":"sender","funding_source":"f"}`, ReasonConflict, "data.funding_source"},
		{TypeCampaignDefined, `{"campaign":"c","payer":"funding_source","approval":"yes"}`, ReasonWrongType, "data.approval"},
		{TypeCampaignRemoved, `{}`, ReasonMissingField, "data.campaign"},
		{TypeSendRequested, asked(`"campaign":"c","sender":"w","origin":"manual"`), ReasonMissingField, "data.send"},
		{TypeSendRequested, asked(`"send":"s","sender":"w","origin":"manual"`), ReasonMissingField, "data.campaign"},
		{TypeSendRequested, asked(`"send":"s","campaign":"c","origin":"manual"`), ReasonMissingField, "data.sender"},
		{TypeSendRequested, asked(`"send":"s","campaign":"c","sender":"w"`), ReasonMissingField, "data.origin"},
		{TypeSendRequested, asked(`"send":"s","campaign":"c","sender":"w","origin":"magic"`), ReasonBadValue, "data.origin"},
		{TypeSendRequested, `{"send":"s","campaign":"c","sender":"w","origin":"manual","currency":"USD"}`, ReasonMissingField, "data.estimated_cost"},
		{TypeSendRequested, `{"send":"s","campaign":"c","sender":"w","origin":"manual","estimated_cost":"1"}`, ReasonMissingField, "data.currency"},
		{TypeSendRequested, asked(`"send":"s","campaign":"c","sender":"w","origin":"manual","lines":[{"unit_price":"1"}]`), ReasonMissingField, "data.lines.0.item"},
		{TypeSendRequested, asked(`"send":"s","campaign":"c","sender":"w","origin":"manual","lines":[{"item":"a","unit_price":"1"},{"item":"b"}]`), ReasonMissingField, "data.lines.1.unit_price"},
		{TypeSendRequested, asked(`"send":"s","campaign":"c","sender":"w","origin":"manual","lines":` + list(1001, `{"item":"a","unit_price":"1"}`)), ReasonTooLarge, "data.lines"},
		{TypeSendRequested, `{"send":"s","campaign":"c","sender":"w","origin":"manual","currency":"USD","estimated_cost":"-1"}`, ReasonBadNumber, "data.estimated_cost"},
		{TypeSendRequested, `{"send":"s","campaign":"c","sender":"w","origin":"manual","currency":"USD","lines":[{"item":"a","quantity":"999999999999","unit_price":"999999999999"}]}`, ReasonBadNumber, "data.lines"},
		{TypeSendApproved, `{}`, ReasonMissingField, "data.send"},
		{TypeSendDeclined, `{"send":""}`, ReasonMissingField, "data.send"},
		{TypeSendCancelled, `{"send":1}`, ReasonWrongType, "data.send"},
		{TypeSendAdjusted, `{"send":"s","currency":"USD"}`, ReasonMissingField, "data.final_cost"},
		{TypeSendAdjusted, `{"send":"s","final_cost":"1"}`, ReasonMissingField, "data.currency"},
		{TypeCreditsRemoved, `{"account":"w","amount":"1","bucket":"purchased"}`, ReasonMissingField, "data.currency"},
		{TypeCreditsRemoved, `{"account":"w","amount":"1","currency":"USD"}`, ReasonMissingField, "data.bucket"},
		{TypeCreditsRemoved, `{"account":"w","amount":"1","currency":"USD","bucket":"all"}`, ReasonBadValue, "data.bucket"},
		{TypeCreditsRemoved, `{"account":"w","amount":"0","currency":"USD","bucket":"purchased"}`, ReasonBadNumber, "data.amount"},
		{TypePaymentRefunded, `{"payment":"p","amount":"1","currency":"USD"}`, ReasonMissingField, "data.account"},
		{TypePaymentRefunded, `{"account":"w","amount":"1","currency":"USD"}`, ReasonMissingField, "data.payment"},
		{TypePaymentRefunded, `{"account":"w","payment":"p","amount":"1"}`, ReasonMissingField, "data.currency"},
		{TypePaymentRefunded, `{"account":"w","payment":"p","amount":"-1","currency":"USD"}`, ReasonBadNumber, "data.amount"},
		{TypeCreditsGranted, `{"amount":"1","currency":"USD"}`, ReasonMissingField, "data.account"},
		{TypeCreditsGranted, `{"account":"w","amount":"1"}`, ReasonMissingField, "data.currency"},
		{TypeCreditsGranted, `{"account":"w","currency":"USD"}`, ReasonMissingField, "data.amount"},
		{TypeCreditsGranted, `{"account":"w","amount":0,"currency":"USD"}`, ReasonBadNumber, "data.amount"},
		{TypeCreditsGranted, `{"account":"w","amount":1,"currency":"USD","expires_at":"tomorrow"}`, ReasonBadTime, "data.expires_at"},
		{TypeTick, `{}`, ReasonMissingField, "data.time"},
		{TypeTick, `{"time":"2026-03-01"}`, ReasonBadTime, "data.time"},
		{TypeTick, `{"time":1772000000}`, ReasonWrongType, "data.time"},
		{TypeContinue, `x`, ReasonMalformedJSON, "data"},
		{TypeOrgDefined, `{"time_zone":"Mars/Olympus"}`, ReasonBadTimeZone, "data.time_zone"},
		{TypeOrgDefined, `{"time_zone":"Local"}`, ReasonBadTimeZone, "data.time_zone"},
		{TypeOrgDefined, `{"country":"us"}`, ReasonBadCountry, "data.country"},
		{TypeOrgDefined, `{"country":"XX"}`, ReasonBadCountry, "data.country"},
		{TypeOrgDefined, `{"currency":"Usd"}`, ReasonBadCurrency, "data.currency"},
		{TypeOrgDefined, `{"multipliers":["5"]}`, ReasonWrongType, "data.multipliers"},
		{TypeOrgDefined, `{"multipliers":{"message":null}}`, ReasonMissingField, "data.multipliers.message"},
		{TypeOrgDefined, `{"multipliers":{"message":"x"}}`, ReasonBadNumber, "data.multipliers.message"},
		{TypeOrgDefined, `{"multipliers":{"":"1"}}`, ReasonBadString, "data.multipliers"},
		{TypeOrgDefined, `{"multipliers":{"a\u0000":"1"}}`, ReasonBadString, "data.multipliers"},
		{TypeOrgDefined, `{"multipliers":{"a":"1","a":"1"}}`, ReasonDuplicateField, "data.multipliers.a"},
		{TypeOrgDefined, `{"effective_from":"2026-13-01T00:00:00Z"}`, ReasonBadTime, "data.effective_from"},
		{TypePlanDefined, `{}`, ReasonMissingField, "data.plan"},
		{TypePlanDefined, `{"plan":"g","rate_cards":{"m":{"unit_price":"1"}}}`, ReasonMissingField, "data.rate_cards.m.currency"},
		{TypePlanDefined, `{"plan":"g","rate_cards":{"m":{"currency":"USD"}}}`, ReasonMissingField, "data.rate_cards.m.unit_price"},
		{TypePlanDefined, `{"plan":"g","rate_cards":{"m":null}}`, ReasonMissingField, "data.rate_cards.m.currency"},
		{TypePlanDefined, `{"plan":"g","rate_cards":{"m":{"currency":"USD","unit_price":"1","tiers":[{"unit_price":"1"}]}}}`, ReasonConflict, "data.rate_cards.m.tiers"},
		{TypePlanDefined, `{"plan":"g","rate_cards":{"m":{"currency":"USD","unit_price":"1","mode":"volume"}}}`, ReasonBadValue, "data.rate_cards.m.mode"},
		{TypePlanDefined, `{"plan":"g","rate_cards":{"m":{"currency":"USD","unit_price":"1","minimum":"-1"}}}`, ReasonBadNumber, "data.rate_cards.m.minimum"},
		{TypePlanDefined, `{"plan":"g","rate_cards":{"m":{"currency":"USD","tiers":[{"up_to":"5"}]}}}`, ReasonMissingField, "data.rate_cards.m.tiers.0.unit_price"},
		{TypePlanDefined, `{"plan":"g","rate_cards":{"m":{"currency":"USD","tiers":[{"up_to":"5","unit_price":"1"}]}}}`, ReasonBadTiers, "data.rate_cards.m.tiers.0.up_to"},
		{TypePlanDefined, `{"plan":"g","rate_cards":{"m":{"currency":"USD","tiers":[{"unit_price":"1"},{"unit_price":"1"}]}}}`, ReasonBadTiers, "data.rate_cards.m.tiers.0.up_to"},
		{TypePlanDefined, `{"plan":"g","rate_cards":{"m":{"currency":"USD","tiers":[{"up_to":0,"unit_price":"1"},{"unit_price":"1"}]}}}`, ReasonBadTiers, "data.rate_cards.m.tiers.0.up_to"},
		{TypePlanDefined, `{"plan":"g","rate_cards":{"m":{"currency":"USD","tiers":[{"up_to":5,"unit_price":"1"},{"up_to":5.0,"unit_price":"1"},{"unit_price":"1"}]}}}`, ReasonBadTiers, "data.rate_cards.m.tiers.1.up_to"},
		{TypePlanDefined, `{"plan":"g","rate_cards":{"m":{"currency":"USD","tiers":` + list(MaxLines+1, `{"unit_price":1}`) + `}}}`, ReasonTooLarge, "data.rate_cards.m.tiers"},
		{TypePlanRemoved, `{}`, ReasonMissingField, "data.plan"},
		{TypeAccountRemoved, `{"account":null}`, ReasonMissingField, "data.account"},
		{TypeAccountDefined, `{"kind":"wallet"}`, ReasonMissingField, "data.account"},
		{TypeAccountDefined, `{"account":"w"}`, ReasonMissingField, "data.kind"},
		{TypeAccountDefined, `{"account":"w","kind":"purse"}`, ReasonBadValue, "data.kind"},
		{TypeAccountDefined, `{"account":"world:provider","kind":"wallet"}`, ReasonReservedName, "data.account"},
		{TypeAccountDefined, `{"account":"revenue:x","kind":"wallet"}`, ReasonReservedName, "data.account"},
		{TypeAccountDefined, `{"account":"expense:provider","kind":"wallet"}`, ReasonReservedName, "data.account"},
		{TypeAccountDefined, `{"account":"suspense","kind":"wallet"}`, ReasonReservedName, "data.account"},
		{TypeAccountDefined, `{"account":"w","kind":"wallet","low_balance":"-5"}`, ReasonBadNumber, "data.low_balance"},
		{TypeAccountDefined, `{"account":"w","kind":"wallet","contacts":[""]}`, ReasonBadString, "data.contacts"},
		{TypeAccountDefined, `{"account":"w","kind":"wallet","contacts":[null]}`, ReasonBadString, "data.contacts"},
		{TypeAccountDefined, `{"account":"w","kind":"wallet","contacts":` + list(MaxLines+1, `"a"`) + `}`, ReasonTooLarge, "data.contacts"},
		{TypeAccountDefined, `{"account":"s","kind":"funding_source"}`, ReasonMissingField, "data.funding"},
		{TypeAccountDefined, `{"account":"w","kind":"wallet","funding":{"name":"m","payment_type":"invoice"}}`, ReasonConflict, "data.funding"},
		{TypeAccountDefined, `{"account":"none","kind":"funding_source","funding":{"name":"m","payment_type":"invoice"}}`, ReasonReservedName, "data.account"},
		{TypeAccountDefined, funded(`{"payment_type":"invoice"}`), ReasonMissingField, "data.funding.name"},
		{TypeAccountDefined, funded(`{"name":"m"}`), ReasonMissingField, "data.funding.payment_type"},
		{TypeAccountDefined, funded(`{"name":"m","payment_type":"cash"}`), ReasonBadValue, "data.funding.payment_type"},
		{TypeAccountDefined, funded(`{"name":"m","payment_type":"credit_card"}`), ReasonMissingField, "data.funding.payment_method"},
		{TypeAccountDefined, funded(`{"name":"m","payment_type":"credit_card","payment_method":"4111 1111 1111 1111"}`), ReasonBadValue, "data.funding.payment_method"},
		{TypeAccountDefined, funded(`{"name":"m","payment_type":"credit_card","payment_method":"t","po_number":"7"}`), ReasonConflict, "data.funding.payment_type"},
		{TypeAccountDefined, funded(`{"name":"m","payment_type":"invoice","payment_method":"t"}`), ReasonConflict, "data.funding.payment_type"},
		{TypeAccountDefined, funded(`{"name":"m","payment_type":"invoice","card_charges":"each"}`), ReasonConflict, "data.funding.payment_type"},
		{TypeAccountDefined, funded(`{"name":"m","payment_type":"invoice","card_charges":"all"}`), ReasonBadValue, "data.funding.card_charges"},
		{TypeAccountDefined, funded(`{"name":"m","payment_type":"invoice","payment_days":366}`), ReasonBadNumber, "data.funding.payment_days"},
		{TypeAccountDefined, funded(`{"name":"m","payment_type":"invoice","default":"yes"}`), ReasonWrongType, "data.funding.default"},
		{TypeAccountDefined, funded(`{"name":"m","payment_type":"invoice","accounts_payable":[""]}`), ReasonBadString, "data.funding.accounts_payable"},
		{TypeAccountDefined, `{"account":"s","kind":"funding_source","funding":{"name":"m","payment_type":"invoice"},"recharge":{"when_balance_lower_than":"1","amount":"1","payment_method":"t"}}`, ReasonConflict, "data.recharge.payment_method"},
		{TypeAccountDefined, funded(`{"name":"m","payment_type":"invoice","schedule":{"every":"week","amount":1}}`), ReasonBadValue, "data.funding.schedule.every"},
		{TypeAccountDefined, funded(`{"name":"m","payment_type":"invoice","schedule":{"every":"month","amount":0}}`), ReasonBadNumber, "data.funding.schedule.amount"},
		{TypeFundingRequested, `{"amount":"1","currency":"USD"}`, ReasonMissingField, "data.account"},
		{TypeTransactionRecorded, `{"transaction":"t","kind":"invoice","amount":"1","currency":"USD"}`, ReasonMissingField, "data.account"},
		{TypeTransactionRecorded, `{"account":"a","transaction":"t","kind":"invoice","currency":"USD","lines":[{"quantity":"1"}]}`, ReasonMissingField, "data.lines.0.product"},
		{TypeTransactionRecorded, `{"account":"a","transaction":"t","kind":"invoice","currency":"USD","lines":[{"product":"p"},{"product":"p","quantity":"-1"}]}`, ReasonBadNumber, "data.lines.1.quantity"},
		{TypeAccountDefined, `{"account":"a","kind":"customer_account","customer":{"prices":[{"unit_price":"1"}]}}`, ReasonMissingField, "data.customer.prices.0.product"},
		{TypeAccountDefined, `{"account":"a","kind":"customer_account","customer":{"prices":[{"product":"p"}]}}`, ReasonMissingField, "data.customer.prices.0.unit_price"},
		{TypeAccountDefined, `{"account":"a","kind":"customer_account","customer":{"prices":[{"product":"p","unit_price":1},{"product":"p","unit_price":2}]}}`, ReasonDuplicateField, "data.customer.prices"},
		{TypeTransactionRecorded, `{"account":"a","kind":"invoice","amount":"1","currency":"USD"}`, ReasonMissingField, "data.transaction"},
		{TypeTransactionRecorded, `{"account":"a","transaction":"t","amount":"1","currency":"USD"}`, ReasonMissingField, "data.kind"},
		{TypeTransactionRecorded, `{"account":"a","transaction":"t","kind":"gift","amount":"1","currency":"USD"}`, ReasonBadValue, "data.kind"},
		{TypeTransactionRecorded, `{"account":"a","transaction":"t","kind":"invoice","side":"left","amount":"1","currency":"USD"}`, ReasonBadValue, "data.side"},
		{TypeTransactionRecorded, `{"account":"a","transaction":"t","kind":"invoice","amount":"1"}`, ReasonMissingField, "data.currency"},
		{TypeTransactionRecorded, `{"account":"a","transaction":"t","kind":"invoice","amount":"0","currency":"USD"}`, ReasonBadNumber, "data.amount"},
		{TypeTransactionRecorded, `{"account":"a","transaction":"t","kind":"invoice","amount":"1","currency":"USD","date":"2026-02-30"}`, ReasonBadTime, "data.date"},
		{TypeTransactionRecorded, `{"account":"a","transaction":"t","kind":"invoice","amount":"1","currency":"USD","date":"1969-12-31"}`, ReasonBadTime, "data.date"},
		{TypeCustomerSettings, `{"credit_ratings":[{}]}`, ReasonMissingField, "data.credit_ratings.0.credit_rating"},
		{TypeCustomerSettings, `{"credit_ratings":[null]}`, ReasonMissingField, "data.credit_ratings.0"},
		{TypeCustomerSettings, `{"credit_ratings":[{"credit_rating":"a"},{"credit_rating":"a"}]}`, ReasonDuplicateField, "data.credit_ratings"},
		{TypeCustomerSettings, `{"kyc_profiles":[{"kyc_profile":"a","maximum_limit":1},{"kyc_profile":"a","maximum_limit":2}]}`, ReasonDuplicateField, "data.kyc_profiles"},
		{TypeCustomerSettings, `{"kyc_profiles":[{"kyc_profile":"k"}]}`, ReasonMissingField, "data.kyc_profiles.0.maximum_limit"},
		{TypeCustomerSettings, `{"kyc_profiles":[{"maximum_limit":"1"}]}`, ReasonMissingField, "data.kyc_profiles.0.kyc_profile"},
		{TypeCustomerSettings, `{"credit_limit_overrides":[{"events":[""]}]}`, ReasonBadString, "data.credit_limit_overrides.0.events"},
		{TypeCustomerSettings, `{"payments":{"opt_in":"often"}}`, ReasonBadValue, "data.payments.opt_in"},
		{TypeAccountDefined, `{"account":"a","kind":"customer_account","customer":{"payment_preferences":[{"kind":"card"}]}}`, ReasonMissingField, "data.customer.payment_preferences.0.preference"},
		{TypeAccountDefined, `{"account":"a","kind":"customer_account","customer":{"payment_preferences":[{"preference":"p"}]}}`, ReasonMissingField, "data.customer.payment_preferences.0.kind"},
		{TypeAccountDefined, `{"account":"a","kind":"customer_account","customer":{"payment_preferences":[{"preference":"p","kind":"cash"}]}}`, ReasonBadValue, "data.customer.payment_preferences.0.kind"},
		{TypeAccountDefined, `{"account":"a","kind":"customer_account","customer":{"payment_preferences":[{"preference":"p","kind":"card","payment_method":"4111 1111 1111 1111"}]}}`, ReasonBadValue, "data.customer.payment_preferences.0.payment_method"},
		{TypeCustomerSettings, `{"accounts":{"names":"nick"}}`, ReasonBadValue, "data.accounts.names"},
		{TypeCustomerSettings, `{"accounts":{"billing_address":"often"}}`, ReasonBadValue, "data.accounts.billing_address"},
		{TypeCustomerSettings, `{"accounts":{"optional_for":["friends"]}}`, ReasonBadValue, "data.accounts.optional_for"},
		{TypeAccountDefined, `{"account":"a","kind":"customer_account","customer":{"presentment_preferences":[{"recipient":"ada"}]}}`, ReasonMissingField, "data.customer.presentment_preferences.0.medium"},
		{TypeAccountDefined, `{"account":"a","kind":"customer_account","customer":{"presentment_preferences":[{"medium":"fax"}]}}`, ReasonBadValue, "data.customer.presentment_preferences.0.medium"},
		{TypeCustomerStatus, `{"status":"active"}`, ReasonMissingField, "data.account"},
		{TypeCustomerStatus, `{"account":"a"}`, ReasonMissingField, "data.status"},
		{TypeCustomerStatus, `{"account":"a","status":"gone"}`, ReasonBadValue, "data.status"},
		{TypeCreditRequested, `{"for":"x","amount":"1","currency":"USD"}`, ReasonMissingField, "data.account"},
		{TypeCreditRequested, `{"account":"a","amount":"1","currency":"USD"}`, ReasonMissingField, "data.for"},
		{TypeCreditRequested, `{"account":"a","for":"x","currency":"USD"}`, ReasonMissingField, "data.amount"},
		{TypeCreditRequested, `{"account":"a","for":"x","amount":"1"}`, ReasonMissingField, "data.currency"},
		{TypeCreditRequested, `{"account":"a","for":"x","amount":"0","currency":"USD"}`, ReasonBadNumber, "data.amount"},
		{TypePeriodsDefined, `{}`, ReasonMissingField, "data.length"},
		{TypePeriodsDefined, `{"length":"weekly"}`, ReasonBadValue, "data.length"},
		{TypePeriodsDefined, `{"length":"yearly","year_begins":"02-29"}`, ReasonBadTime, "data.year_begins"},
		{TypePeriodsDefined, `{"length":"yearly","year_begins":"4-1"}`, ReasonBadTime, "data.year_begins"},
		{TypePeriodsDefined, `{"length":"yearly","from":"2026-13-01"}`, ReasonBadTime, "data.from"},
		{TypePeriodCloseRequested, `{"period":"2026-02-30"}`, ReasonBadTime, "data.period"},
		{TypePeriodCloseRequested, `{"at":"tomorrow"}`, ReasonBadTime, "data.at"},
		{TypePeriodDraftsPosted, `{"period":3}`, ReasonWrongType, "data.period"},
		{TypePeriodCorrected, `[]`, ReasonWrongType, "data"},
		{TypeTransactionPosted, `{"account":"a"}`, ReasonMissingField, "data.transaction"},
		{TypeTransactionDiscarded, `{"transaction":"t"}`, ReasonMissingField, "data.account"},
		{TypeAccountDefined, `{"account":"a","kind":"customer_account","customer":{"credit_days":366}}`, ReasonBadNumber, "data.customer.credit_days"},
		{TypeTransferRequested, `{"to":"w","amount":"1","currency":"USD"}`, ReasonMissingField, "data.from"},
		{TypeTransferRequested, `{"from":"s","amount":"1","currency":"USD"}`, ReasonMissingField, "data.to"},
		{TypeTransferRequested, `{"from":"s","to":"w","amount":"1"}`, ReasonMissingField, "data.currency"},
		{TypeTransferRequested, `{"from":"s","to":"w","amount":"0","currency":"USD"}`, ReasonBadNumber, "data.amount"},
		{TypeLicencePurchased, `{"amount":"1","currency":"USD"}`, ReasonMissingField, "data.team"},
		{TypeLicencePurchased, `{"team":"g","amount":"1"}`, ReasonMissingField, "data.currency"},
		{TypeLicencePurchased, `{"team":"g","currency":"USD"}`, ReasonBadNumber, "data.amount"},
		{TypeLicencePurchased, `{"team":"g","amount":"-1","currency":"USD"}`, ReasonBadNumber, "data.amount"},
		{TypeTeamDefined, `{"funding_source":"s"}`, ReasonMissingField, "data.team"},
		{TypeTeamDefined, `{"team":"t","budget":{"every":"month"}}`, ReasonBadNumber, "data.budget.amount"},
		{TypeTeamDefined, `{"team":"t","budget":{"amount":0,"every":"month"}}`, ReasonBadNumber, "data.budget.amount"},
		{TypeTeamDefined, `{"team":"t","budget":{"amount":1}}`, ReasonBadValue, "data.budget.every"},
		{TypeTeamDefined, `{"team":"t","budget":{"amount":1,"every":"day"}}`, ReasonBadValue, "data.budget.every"},
		{TypeTeamDefined, `{"team":"t","budget":{"amount":1,"every":"year","mode":"reset"}}`, ReasonBadValue, "data.budget.mode"},
		{TypeTeamDefined, `{"team":"t","budget":[]}`, ReasonWrongType, "data.budget"},
		{TypeTeamRemoved, `{}`, ReasonMissingField, "data.team"},
		{TypeMemberJoined, `{"account":"w"}`, ReasonMissingField, "data.team"},
		{TypeMemberLeft, `{"team":"t"}`, ReasonMissingField, "data.account"},
		{TypeInvoicePaid, `{"payment":"p","amount":"1","currency":"USD"}`, ReasonMissingField, "data.invoice"},
		{TypeInvoicePaid, `{"invoice":"1.5","payment":"p","amount":"1","currency":"USD"}`, ReasonBadNumber, "data.invoice"},
		{TypeInvoicePaid, `{"invoice":0,"payment":"p","amount":"1","currency":"USD"}`, ReasonBadNumber, "data.invoice"},
		{TypeInvoicePaid, `{"invoice":1,"amount":"1","currency":"USD"}`, ReasonMissingField, "data.payment"},
		{TypeInvoicePaid, `{"invoice":1,"payment":"p","amount":"1"}`, ReasonMissingField, "data.currency"},
		{TypeInvoicePaid, `{"invoice":1,"payment":"p","amount":"0","currency":"USD"}`, ReasonBadNumber, "data.amount"},
		{TypeInvoiceVoided, `{}`, ReasonMissingField, "data.invoice"},
		{TypeFXRateDefined, `{"to":"USD","rate":1}`, ReasonMissingField, "data.from"},
		{TypeFXRateDefined, `{"from":"EUR","rate":1}`, ReasonMissingField, "data.to"},
		{TypeFXRateDefined, `{"from":"EUR","to":"USD"}`, ReasonMissingField, "data.rate"},
		{TypeFXRateDefined, `{"from":"EUR","to":"USD","rate":0}`, ReasonBadNumber, "data.rate"},
		{TypeFXRateDefined, `{"from":"EUR","to":"EUR","rate":1}`, ReasonConflict, "data.to"},
	} {
		rec := eventRecord(topicOf(c.kind), c.kind, c.body)
		shown := c.body[:min(len(c.body), 120)]
		ev, bad := decode(t, rec)
		require.NotNil(t, bad, "%s %s was decoded", c.kind, shown)
		require.Equal(t, [2]string{c.reason, c.field}, [2]string{bad.Reason, bad.Field}, "%s %s: %s", c.kind, shown, bad.Detail)
		requireTold(t, bad)
		require.Equal(t, "evt-1", ev.ID, "what the envelope says is known")
		require.Zero(t, ev.Usage)
		require.Zero(t, ev.Payload)
	}
}

// requireTold: a rejection says what was expected and what came, and fits in a header.
func requireTold(t testing.TB, bad *Rejection) {
	t.Helper()
	require.Regexp(t, `^expected .+, came .+`, bad.Detail)
	require.LessOrEqual(t, len(bad.Text()), MaxStringBytes)
}

func funded(terms string) string {
	return `{"account":"s","kind":"funding_source","funding":` + terms + `}`
}

func topicOf(kind string) string {
	switch kind {
	case TypeUsageRecorded, TypeUsageVoided, TypeUsageCorrected:
		return Usage
	case TypePaymentReceived, TypeAttemptResolved, TypePaymentRefunded, TypeInvoicePaid:
		return PaymentResult
	case TypeTick, TypeContinue:
		return RefillTick
	case TypeSendRequested, TypeSendApproved, TypeSendDeclined, TypeSendAdjusted, TypeSendCancelled, TypeOrderPlaced, TypeOrderCancelled, TypeSpendQuoted:
		return Send
	}
	return Account
}

func TestEnvelopesThatAreRefused(t *testing.T) {
	header := func(name, value string) func(*kgo.Record) {
		return func(rec *kgo.Record) {
			for i := range rec.Headers {
				if rec.Headers[i].Key == name {
					rec.Headers[i].Value = []byte(value)
					return
				}
			}
			rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: name, Value: []byte(value)})
		}
	}
	structured := func(value string) func(*kgo.Record) {
		return func(rec *kgo.Record) {
			rec.Value = []byte(value)
			rec.Headers = []kgo.RecordHeader{{Key: "content-type", Value: []byte("application/cloudevents+json")}}
		}
	}
	for name, c := range map[string]struct {
		spoil         func(*kgo.Record)
		reason, field string
	}{
		"no key":                 {func(r *kgo.Record) { r.Key = nil }, ReasonMissingKey, "key"},
		"empty key":              {func(r *kgo.Record) { r.Key = []byte{} }, ReasonMissingKey, "key"},
		"key not UTF-8":          {func(r *kgo.Record) { r.Key = []byte{0xff} }, ReasonBadString, "key"},
		"key with our separator": {func(r *kgo.Record) { r.Key = []byte("a\x1fb") }, ReasonBadString, "key"},
		"long key":               {func(r *kgo.Record) { r.Key = []byte(strings.Repeat("k", 1025)) }, ReasonTooLarge, "key"},
		"no headers":             {func(r *kgo.Record) { r.Headers = nil }, ReasonBadEnvelope, ""},
		"only a content type":    {func(r *kgo.Record) { r.Headers = r.Headers[4:] }, ReasonMissingField, "ce_specversion"},
		"no version":             {header("ce_specversion", ""), ReasonMissingField, "ce_specversion"},
		"old version":            {header("ce_specversion", "0.3"), ReasonBadEnvelope, "ce_specversion"},
		"no id":                  {header("ce_id", ""), ReasonMissingField, "ce_id"},
		"no source":              {header("ce_source", ""), ReasonMissingField, "ce_source"},
		"no type":                {header("ce_type", ""), ReasonMissingField, "ce_type"},
		"id not UTF-8":           {header("ce_id", "\xc3"), ReasonBadString, "ce_id"},
		"source with a newline":  {header("ce_source", "a\nb"), ReasonBadString, "ce_source"},
		"long id":                {header("ce_id", strings.Repeat("i", 1025)), ReasonTooLarge, "ce_id"},
		"unknown type":           {header("ce_type", "usage.guessed"), ReasonUnknownType, "ce_type"},
		"type of another topic":  {header("ce_type", TypeOrgDefined), ReasonUnknownType, "ce_type"},
		"bad time":               {header("ce_time", "yesterday"), ReasonBadTime, "ce_time"},
		"empty time":             {header("ce_time", ""), ReasonBadTime, "ce_time"},
		"header twice": {func(r *kgo.Record) { r.Headers = append(r.Headers, r.Headers[1]) },
			ReasonDuplicateField, "ce_id"},
		"no body":          {func(r *kgo.Record) { r.Value = nil }, ReasonMissingField, "data"},
		"not JSON content": {header("content-type", "text/plain"), ReasonBadEnvelope, "content-type"},
		"batch":            {header("content-type", "application/cloudevents-batch+json"), ReasonBadEnvelope, "content-type"},
		"batch, no attribute": {func(r *kgo.Record) {
			r.Headers = []kgo.RecordHeader{{Key: "content-type", Value: []byte("application/cloudevents-batch+json; charset=UTF-8")}}
		}, ReasonBadEnvelope, "content-type"},
		"avro":      {header("content-type", "application/cloudevents+avro"), ReasonBadEnvelope, "content-type"},
		"no format": {header("content-type", "Application/CloudEvents"), ReasonBadEnvelope, "content-type"},
		"attributes in capitals": {func(r *kgo.Record) {
			for i := range r.Headers[:4] {
				r.Headers[i].Key = strings.ToUpper(r.Headers[i].Key)
			}
		}, ReasonMissingField, "ce_specversion"},
		"large record": {func(r *kgo.Record) { r.Value = []byte(strings.Repeat(" ", MaxRecordBytes+1)) }, ReasonTooLarge, ""},
		"large headers": {func(r *kgo.Record) {
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: "x", Value: make([]byte, MaxRecordBytes)})
		}, ReasonTooLarge, ""},
		"structured, not JSON":      {structured(`<event/>`), ReasonMalformedJSON, ""},
		"structured, empty":         {structured(``), ReasonMalformedJSON, ""},
		"structured, field twice":   {structured(`{"id":"1","id":"1"}`), ReasonDuplicateField, "id"},
		"structured, no version":    {structured(`{"id":"1","source":"s","type":"usage.recorded","data":{}}`), ReasonMissingField, "specversion"},
		"structured, no data":       {structured(`{"specversion":"1.0","id":"1","source":"s","type":"usage.recorded"}`), ReasonMissingField, "data"},
		"structured, data null":     {structured(`{"specversion":"1.0","id":"1","source":"s","type":"usage.recorded","data":null}`), ReasonMissingField, "data"},
		"structured, id null":       {structured(`{"specversion":"1.0","id":null,"source":"s","type":"usage.recorded","data":{}}`), ReasonMissingField, "id"},
		"structured, both bodies":   {structured(`{"specversion":"1.0","id":"1","source":"s","type":"usage.recorded","data":{},"data_base64":"e30="}`), ReasonConflict, "data_base64"},
		"structured, not base64":    {structured(`{"specversion":"1.0","id":"1","source":"s","type":"usage.recorded","data_base64":"e30"}`), ReasonBadString, "data_base64"},
		"structured, bytes as list": {structured(`{"specversion":"1.0","id":"1","source":"s","type":"usage.recorded","data_base64":[123,125]}`), ReasonWrongType, "data_base64"},
		"structured, body in bytes": {structured(`{"specversion":"1.0","id":"1","source":"s","type":"usage.recorded","data_base64":"e30="}`), ReasonMissingField, "data.account"},
		"structured, text":          {structured(`{"specversion":"1.0","id":"1","source":"s","type":"usage.recorded","data":"{}"}`), ReasonWrongType, "data"},
		"structured, batch":         {structured(`[{"specversion":"1.0","id":"1","source":"s","type":"usage.recorded","data":{}}]`), ReasonWrongType, ""},
		"structured, xml":           {structured(`{"specversion":"1.0","datacontenttype":"text/xml"}`), ReasonBadEnvelope, "datacontenttype"},
		"structured, id not text":   {structured(`{"specversion":"1.0","id":7}`), ReasonWrongType, "id"},
		"structured, number as 1.0": {structured(`{"specversion":1.0}`), ReasonWrongType, "specversion"},
		"structured, bad time":      {structured(`{"specversion":"1.0","id":"1","source":"s","type":"usage.recorded","time":"","data":{}}`), ReasonBadTime, "time"},
		"structured, bad body":      {structured(`{"specversion":"1.0","id":"1","source":"s","type":"usage.recorded","data":{"account":1}}`), ReasonWrongType, "data.account"},
	} {
		rec := eventRecord(Usage, TypeUsageRecorded, usageBody)
		c.spoil(rec)
		_, bad := decode(t, rec)
		require.NotNil(t, bad, name)
		require.Equal(t, [2]string{c.reason, c.field}, [2]string{bad.Reason, bad.Field}, "%s: %s", name, bad.Detail)
		requireTold(t, bad)
	}
}

// What a producer's engineer is told about the mistakes that are made most.
func TestRejectionsInWords(t *testing.T) {
	account := func(body string) *kgo.Record { return eventRecord(Account, TypeAccountDefined, body) }
	capitals := eventRecord(Usage, TypeUsageRecorded, usageBody)
	capitals.Headers[1].Key = "CE_ID"
	dashes := eventRecord(Usage, TypeUsageRecorded, usageBody)
	for i := range dashes.Headers[:4] {
		dashes.Headers[i].Key = strings.Replace(dashes.Headers[i].Key, "_", "-", 1)
	}
	dashes.Headers = dashes.Headers[:4]
	for want, rec := range map[string]*kgo.Record{
		`data.kind: expected one of wallet, agency_wallet, funding_source, customer_account, came "purse"`:                                                                                 account(`{"account":"w","kind":"purse"}`),
		`data.kind: expected one of wallet, agency_wallet, funding_source, customer_account, came nothing`:                                                                                 account(`{"account":"w"}`),
		`data.contacts: expected a list, came a string`:                                                                                                                                    account(`{"account":"w","kind":"wallet","contacts":"ops@example.com"}`),
		`data.account: expected a name unlike those of the system's accounts, came "world:fx"`:                                                                                             account(`{"account":"world:fx","kind":"wallet"}`),
		`data.low_balance: expected a decimal number below 10^12 with at most 6 fraction digits, came "1e3": not a decimal number`:                                                         account(`{"account":"w","kind":"wallet","low_balance":1e3}`),
		`data.quantity: expected a decimal number below 10^12 with at most 9 fraction digits, came "[number]": 10^12 or more`:                                                              eventRecord(Usage, TypeUsageRecorded, with("quantity", "4111111111111111")),
		`data.unit_cost: expected either unit_cost or cost, came nothing`:                                                                                                                  eventRecord(Usage, TypeUsageRecorded, with("unit_cost", "")),
		`data.x.1: expected at most 1000 entries, came more`:                                                                                                                               eventRecord(Usage, TypeUsageRecorded, with("x", `[0,`+list(MaxLines+1, "1")+`]`)),
		`ce_type: expected one of usage.recorded, usage.voided, usage.corrected on the topic usage, came "tick"`:                                                                           eventRecord(Usage, TypeTick, usageBody),
		`ce_type: expected one of send.requested, send.approved, send.declined, send.adjusted, send.cancelled, order.placed, order.cancelled, spend.quoted on the topic send, came "tick"`: eventRecord(Send, TypeTick, usageBody),
		`ce_id: expected a string, came nothing but a header "CE_ID" that should be "ce_id"`:                                                                                               capitals,
		expectedCloudEvents + `, came a header "ce-specversion" that should be "ce_specversion"`:                                                                                           dashes,
	} {
		_, bad := decode(t, rec)
		require.NotNil(t, bad, want)
		require.Equal(t, want, bad.Text())
	}
}

// Each topic takes its own events and no others.
func TestSendTakesOnlySends(t *testing.T) {
	for _, kind := range []string{"send.forgotten", TypeCampaignDefined, TypeUsageRecorded, TypeTick} {
		_, bad := decode(t, eventRecord(Send, kind, `{}`))
		require.NotNil(t, bad)
		require.Equal(t, ReasonUnknownType, bad.Reason)
	}
}

// R10.1, R4.8: a rejection must not carry a card number into logs and headers, whatever field it came in.
func TestRejectionsRepeatNoCardNumber(t *testing.T) {
	for _, number := range []string{"4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "378282246310005"} {
		for _, body := range []string{
			with("currency", `"`+number+`"`), with("quantity", `"`+number+`"`), with("currency", `"pan `+number+`"`), with("account", `{"`+number+`":1}`),
			`{"` + number + `":1,"` + number + `":1}`, with("x", `{"`+number+`":1,"`+number+`":1}`),
		} {
			_, bad := decode(t, eventRecord(Usage, TypeUsageRecorded, body))
			require.NotNil(t, bad)
			require.NotContains(t, bad.Text(), number, body)
		}
		rec := eventRecord(Usage, number, usageBody)
		_, bad := decode(t, rec)
		require.NotNil(t, bad)
		require.NotContains(t, bad.Text(), number)
	}
}

func TestEchoIsShortAndClean(t *testing.T) {
	require.Equal(t, "USDX", echo("USDX"))
	require.Equal(t, "a?b?c", echo("a\x00b\xffc"))
	require.Equal(t, "card [number]!", echo("card 4111-1111.1111 1111!"))
	require.Equal(t, "2026-03-01T00:00:00Z", echo("2026-03-01T00:00:00Z"))
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "s")) + rapid.String().Draw(t, "text")
		out := echo(s)
		if len(out) > maxEcho || !utf8.ValidString(out) || !printable(out) {
			t.Fatalf("echo(%q) = %q", s, out)
		}
	})
}

// The bounds are inclusive: what is exactly as large as allowed is read.
func TestBoundsAreInclusive(t *testing.T) {
	for _, body := range []string{
		with("account", `"`+strings.Repeat("w", MaxStringBytes)+`"`),
		with("x", list(MaxLines, "1")),
		with("x", nested(maxDepth-1)),
		with("unit_cost", `"999999999999.999999999"`),
		usageBody + strings.Repeat(" ", MaxRecordBytes-len(usageBody)-100),
	} {
		_, bad := decode(t, eventRecord(Usage, TypeUsageRecorded, body))
		require.Nil(t, bad, "%+v", bad)
	}
}

func TestDecodingUsageAllocatesNothing(t *testing.T) {
	d, rec := NewDecoder(), eventRecord(Usage, TypeUsageRecorded, usageBody)
	rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: "ce_time", Value: []byte("2026-03-01T10:00:00Z")})
	var ev core.Event
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if bad := d.Decode(InputIndex(Usage), rec, &ev); bad != nil {
			t.Fatal(bad)
		}
	}))
}

// bounded is a spending account with a limit.
func bounded(limit string) string {
	return `{"spending_account":"s","type":"shared","start":"2026-03-02","limits":[{` + limit + `}]}`
}

// priced is a quote for lines.
func priced(first, lines string) string {
	return `{` + first + `"user":"u","lines":[` + lines + `],"currency":"USD"}`
}

// bought is an order with lines.
func bought(first, lines string) string {
	return `{` + first + `"user":"u","spending_account":"s","lines":[` + lines + `],"currency":"USD"}`
}

// reloaded is a spending account with a reload rule.
func reloaded(rule string) string {
	return `{"spending_account":"s","type":"shared","start":"2026-03-02","reloads":[{` + rule + `}]}`
}
