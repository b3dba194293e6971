package topics

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
)

// R2.2: the payload is compared as decoded. Each list is one payload written in several ways.
func TestPayloadIsComparedAsDecoded(t *testing.T) {
	seen := map[uint64]string{}
	for _, c := range []struct {
		kind   string
		bodies []string
	}{
		{TypeUsageRecorded, []string{
			`{"account":"w","channel":"call","quantity":"1","cost":"1.00","currency":"USD"}`,
			` { "currency" : "USD", "cost":1, "channel":"c\u0061ll" ,"account":"w" } `,
			`{"account":"w","channel":"call","quantity":1.0,"cost":"01.000000000","currency":"USD","note":"new","unit_cost":null}`,
		}},
		{TypeUsageRecorded, []string{`{"account":"w","channel":"call","unit_cost":"1.00","currency":"USD"}`}},
		{TypeUsageRecorded, []string{`{"account":"w","channel":"call","quantity":2,"cost":"1","currency":"USD"}`}},
		{TypeUsageRecorded, []string{`{"account":"w","channel":"call","cost":"1","currency":"EUR"}`}},
		{TypeUsageRecorded, []string{`{"account":"wc","channel":"all","cost":"1","currency":"USD"}`}},
		{TypeOrgDefined, []string{
			`{"currency":"USD","multipliers":{"a":"1","b":"2"}}`,
			`{"multipliers":{"b":2.0,"a":1},"country":"US","time_zone":"UTC"}`,
		}},
		{TypeOrgDefined, []string{`{"currency":"USD","multipliers":{"a":"2","b":"1"}}`}},
		{TypeOrgDefined, []string{
			`{"currency":"USD","multipliers":{"a":"1","b":"2"},"effective_from":"2026-03-01T00:00:00Z"}`,
			`{"currency":"USD","multipliers":{"a":"1","b":"2"},"effective_from":"2026-03-01T01:00:00.0+01:00"}`,
		}},
		{TypePlanDefined, []string{
			`{"plan":"g","rate_cards":{"m":{"currency":"USD","unit_price":"1"}}}`,
			`{"plan":"g","multipliers":{},"rate_cards":{"m":{"currency":"USD","tiers":[{"unit_price":1}],"mode":"graduated","minimum":0}}}`,
		}},
		{TypePlanDefined, []string{`{"plan":"g","rate_cards":{"m":{"currency":"USD","unit_price":"1","mode":"whole_volume"}}}`}},
		{TypePlanRemoved, []string{`{"plan":"g"}`}},
		{TypeAccountDefined, []string{
			`{"account":"g","kind":"wallet","contacts":["a","b"]}`,
			`{"kind":"wallet","account":"g","contacts":["a","b"],"low_balance":null}`,
		}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"wallet","contacts":["b","a"]}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"wallet","contacts":["a","b"],"low_balance":0}`}},
		{TypeAccountRemoved, []string{`{"account":"g"}`}},
		{TypeCreditsGranted, []string{`{"account":"g","amount":"1","currency":"USD"}`, `{"account":"g","amount":1.000000,"currency":"USD"}`}},
		{TypeFXRateDefined, []string{`{"from":"EUR","to":"USD","rate":"1.08"}`, `{"from":"EUR","to":"USD","rate":1.080}`}},
		{TypeFXRateDefined, []string{`{"from":"USD","to":"EUR","rate":"1.08"}`}},
		{TypeAccountDefined, []string{
			`{"account":"g","kind":"wallet","recharge":{"when_balance_lower_than":"5","amount":"1","payment_method":"t"}}`,
			`{"recharge":{"payment_method":"t","amount":1.00,"when_balance_lower_than":5.0,"attempts":null},"account":"g","kind":"wallet"}`,
		}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"wallet","recharge":{"when_balance_lower_than":"5","amount":"1","payment_method":"t","attempts":7}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"wallet","monthly_credits":{"amount":"1"}}`, `{"account":"g","kind":"wallet","monthly_credits":{"amount":1.0,"expire_after_months":null}}`}},
		{TypePlanDefined, []string{`{"plan":"g","monthly_credits":{"amount":"1","expire_after_months":"1"}}`, `{"plan":"g","monthly_credits":{"expire_after_months":1,"amount":1}}`}},
		{TypeRechargeRequested, []string{`{"account":"g","amount":"1","currency":"USD"}`, `{"account":"g","amount":1.0,"currency":"USD","payment_method":""}`}},
		{TypeAttemptResolved, []string{`{"attempt":"g/1/1","result":"failed"}`, `{"result":"failed","attempt":"g/1/1"}`}},
		{TypeAttemptResolved, []string{`{"attempt":"g/1/1","result":"succeeded"}`}},
		{TypeUsageVoided, []string{`{"usage":"u"}`, `{"usage":"u","source":"billing"}`}},
		{TypeUsageVoided, []string{`{"usage":"u","source":"other"}`}},
		{TypeUsageCorrected, []string{`{"usage":"u","quantity":"1"}`, `{"quantity":1.0,"usage":"u"}`}},
		{TypeUsageCorrected, []string{`{"usage":"u","cost":"1"}`}},
		{TypeOrgDefined, []string{`{"currency":"USD","usage_reversible_hours":72}`, `{"usage_reversible_hours":"72","currency":"USD"}`}},
		{TypeCreditsRemoved, []string{`{"account":"g","amount":"1","currency":"USD","bucket":"purchased"}`, `{"bucket":"purchased","account":"g","amount":1.0,"currency":"USD"}`}},
		{TypeCreditsRemoved, []string{`{"account":"g","amount":"1","currency":"USD","bucket":"complimentary"}`}},
		{TypePaymentRefunded, []string{`{"account":"g","payment":"p","amount":"1","currency":"USD"}`, `{"payment":"p","account":"g","amount":1.00,"currency":"USD"}`}},
		{TypePaymentRefunded, []string{`{"account":"g","payment":"p","amount":"1","currency":"USD","removal":"r"}`}},
		{TypeAccountDefined, []string{
			`{"account":"g","kind":"funding_source","funding":{"name":"m","payment_type":"invoice"}}`,
			`{"funding":{"payment_type":"invoice","name":"m","default":false,"card_charges":"shortfall","po_number":null},"account":"g","kind":"funding_source"}`,
		}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"funding_source","funding":{"name":"m","payment_type":"invoice","default":true}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"funding_source","funding":{"name":"m","payment_type":"invoice","payment_days":30}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"funding_source","funding":{"name":"m","payment_type":"credit_card","payment_method":"t"}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"funding_source","funding":{"name":"m","payment_type":"credit_card","payment_method":"t","card_charges":"each"}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"funding_source","funding":{"name":"m","payment_type":"invoice","schedule":{"every":"month","amount":"1"}}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"funding_source","funding":{"name":"m","payment_type":"invoice","schedule":{"every":"quarter","amount":"1"}}}`}},
		{TypeFundingRequested, []string{`{"account":"g","amount":"1","currency":"USD"}`, `{"currency":"USD","account":"g","amount":1.0}`}},
		{TypeTransferRequested, []string{`{"from":"g","to":"w","amount":"1","currency":"USD"}`, `{"to":"w","from":"g","amount":1.0,"currency":"USD"}`}},
		{TypeTransactionRecorded, []string{
			`{"account":"a","transaction":"t","kind":"invoice","amount":"1","currency":"USD","date":"2026-03-01"}`,
			`{"date":"2026-03-01","draft":false,"side":null,"against":"","account":"a","transaction":"t","kind":"invoice","amount":1.0,"currency":"USD"}`,
		}},
		{TypeTransactionRecorded, []string{`{"account":"a","transaction":"t","kind":"invoice","amount":"1","currency":"USD"}`}},
		{TypeTransactionRecorded, []string{`{"account":"a","transaction":"t","kind":"invoice","amount":"1","currency":"USD","draft":true}`}},
		{TypeTransactionRecorded, []string{`{"account":"a","transaction":"t","kind":"payment","amount":"1","currency":"USD"}`}},
		{TypeTransactionRecorded, []string{`{"account":"a","transaction":"t","kind":"payment","amount":"1","currency":"USD","against":"i"}`}},
		{TypeTransactionRecorded, []string{`{"account":"a","transaction":"t","kind":"opening_balance","side":"debit","amount":"1","currency":"USD"}`}},
		{TypeTransactionRecorded, []string{`{"account":"a","transaction":"t","kind":"opening_balance","side":"credit","amount":"1","currency":"USD"}`}},
		{TypeTransactionRecorded, []string{`{"account":"a","transaction":"t","kind":"invoice","amount":"1","currency":"USD","for":"x"}`}},
		{TypeTransactionRecorded, []string{
			`{"account":"a","transaction":"t","kind":"invoice","currency":"USD","lines":[{"product":"p"}]}`,
			`{"account":"a","transaction":"t","kind":"invoice","currency":"USD","lines":[{"quantity":1.0,"product":"p","product_type":"","unit_price":null}],"amount":null}`,
		}},
		{TypeTransactionRecorded, []string{`{"account":"a","transaction":"t","kind":"invoice","currency":"USD","lines":[{"product":"p","unit_price":"0"}]}`}},
		{TypeTransactionRecorded, []string{`{"account":"a","transaction":"t","kind":"invoice","currency":"USD","lines":[{"product":"p","quantity":"2"}]}`}},
		{TypeTransactionRecorded, []string{`{"account":"a","transaction":"t","kind":"invoice","currency":"USD","lines":[{"product":"p","product_type":"t"}]}`}},
		{TypeTransactionRecorded, []string{`{"account":"a","transaction":"t","kind":"invoice","currency":"USD","lines":[{"product":"p","product_family":"t"}]}`}},
		{TypeTransactionRecorded, []string{`{"account":"a","transaction":"t","kind":"invoice","currency":"USD","lines":[{"product":"p"},{"product":"p"}]}`}},
		{TypeAccountDefined, []string{
			`{"account":"g","kind":"customer_account","customer":{"prices":[{"product":"b","unit_price":"1"},{"product":"a","unit_price":"2"}]}}`,
			`{"account":"g","kind":"customer_account","customer":{"prices":[{"product":"a","unit_price":2.0},{"unit_price":1,"product":"b"}]}}`,
		}},
		{TypeCustomerSettings, []string{
			`{"credit_ratings":[{"credit_rating":"b"},{"credit_rating":"a","credit_limit":"1"}],"kyc_profiles":[{"kyc_profile":"k","maximum_limit":"1"}]}`,
			`{"kyc_profiles":[{"maximum_limit":1.0,"kyc_profile":"k"}],"credit_ratings":[{"credit_limit":1,"credit_rating":"a"},{"credit_rating":"b","credit_days":null}],"credit_limit_overrides":[]}`,
		}},
		{TypeCustomerSettings, []string{`{"credit_ratings":[{"credit_rating":"a"}]}`}},
		{TypeCustomerSettings, []string{`{"credit_ratings":[{"credit_rating":"a","credit_limit":"0"}]}`}},
		{TypeCustomerSettings, []string{`{"credit_ratings":[{"credit_rating":"a","credit_days":3}]}`}},
		{TypeCustomerSettings, []string{`{"credit_ratings":[{"credit_rating":"a","shortest_days":3}]}`}},
		{TypeCustomerSettings, []string{`{"credit_limit_overrides":[{"events":["a"]}]}`}},
		{TypeCustomerSettings, []string{`{"credit_limit_overrides":[{"classifications":["a"]}]}`}},
		{TypeCustomerSettings, []string{`{"credit_limit_overrides":[{}]}`}},
		{TypeCustomerSettings, []string{`{"payments":{}}`, `{"payments":{"opt_in":"always","gateways":[]}}`}},
		{TypeCustomerSettings, []string{`{"payments":{"opt_in":"never"}}`}},
		{TypeCustomerSettings, []string{`{"payments":{"opt_in":"conditional"}}`}},
		{TypeCustomerSettings, []string{`{"payments":{"gateways":["a"]}}`}},
		{TypeCustomerSettings, []string{`{"payments":{"card_brands":["a"]}}`}},
		{TypeCustomerSettings, []string{`{"payments":{"optional_for_plans":["a"]}}`}},
		{TypeCustomerSettings, []string{`{"payments":{"optional_for_classifications":["a"]}}`}},
		{TypeCustomerSettings, []string{`{"accounts":{}}`, `{"accounts":{"names":"given","billing_address":"never","classifications":[],"optional_for":null}}`}},
		{TypeCustomerSettings, []string{`{"accounts":{"names":"number"}}`}},
		{TypeCustomerSettings, []string{`{"accounts":{"names":"number_and_contact"}}`}},
		{TypeCustomerSettings, []string{`{"accounts":{"billing_address":"always"}}`}},
		{TypeCustomerSettings, []string{`{"accounts":{"optional_for":["parent","member"]}}`, `{"accounts":{"optional_for":["member","parent","member"]}}`}},
		{TypeCustomerSettings, []string{`{"accounts":{"optional_for":["standalone"]}}`}},
		{TypeCustomerSettings, []string{`{"accounts":{"optional_for":["reward_participant"]}}`}},
		{TypeCustomerSettings, []string{`{"accounts":{"classifications":["a"]}}`}},
		{TypeCustomerSettings, []string{`{"accounts":{"optional_for_plans":["a"]}}`}},
		{TypeCustomerSettings, []string{`{"accounts":{"optional_for_billing_terms":["a"]}}`}},
		{TypeCustomerStatus, []string{`{"account":"a","status":"active"}`, `{"status":"active","account":"a","transaction":""}`}},
		{TypeCustomerStatus, []string{`{"account":"a","status":"written_off","transaction":"t"}`}},
		{TypeCustomerStatus, []string{`{"account":"a","status":"written_off"}`}},
		{TypeCreditRequested, []string{`{"account":"a","for":"x","amount":"1","currency":"USD"}`, `{"for":"x","account":"a","amount":1.0,"currency":"USD"}`}},
		{TypePeriodsDefined, []string{`{"length":"monthly"}`, `{"year_begins":"01-01","length":"monthly"}`}},
		{TypePeriodsDefined, []string{`{"length":"yearly"}`}},
		{TypePeriodsDefined, []string{`{"length":"monthly","year_begins":"01-02"}`}},
		{TypePeriodsDefined, []string{`{"length":"monthly","from":"2026-01-01"}`}},
		{TypePeriodCloseRequested, []string{`{}`, `{"period":null}`}},
		{TypePeriodCloseRequested, []string{`{"period":"2026-01-01"}`}},
		{TypePeriodCloseRequested, []string{`{"at":"2026-01-01T00:00:00Z"}`}},
		{TypePeriodDraftsPosted, []string{`{}`, `{"at":"2026-01-01T00:00:00Z"}`}},
		{TypePeriodCorrected, []string{`{"period":"2026-01-01"}`}},
		{TypeCreditRequested, []string{`{"account":"a","for":"y","amount":"1","currency":"USD"}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account","customer":{"credit_limit":"0"}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account","customer":{"credit_rating":"a"}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account","customer":{"kyc_profile":"a"}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account","customer":{"classifications":["a"]}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account","customer":{"subscription_plan":"a"}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account","customer":{"billing_term":"a"}}`}},
		{TypeAccountDefined, []string{
			`{"account":"g","kind":"customer_account","customer":{"payment_preferences":[{"preference":"p","kind":"other"}]}}`,
			`{"account":"g","kind":"customer_account","customer":{"payment_preferences":[{"kind":"other","preference":"p","default":false,"subscriptions":null}]}}`,
		}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account","customer":{"payment_preferences":[{"preference":"p","kind":"card","gateway":"x","payment_method":"t"}]}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account","customer":{"payment_preferences":[{"preference":"p","kind":"card","gateway":"x","payment_method":"t","purchases":true}]}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account","customer":{"payment_preferences":[{"preference":"p","kind":"card","gateway":"x","payment_method":"t","subscriptions":true}]}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account","customer":{"name":"a"}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account","customer":{"contact_name":"a"}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account","customer":{"billing_address":"a"}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account","customer":{"reward_participant":true}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account","customer":{"presentment_preferences":[{"medium":"sms","recipient":"a"}]}}`, `{"account":"g","kind":"customer_account","customer":{"presentment_preferences":[{"recipient":"a","medium":"sms"}],"name":"","reward_participant":false}}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account","customer":{"presentment_preferences":[{"medium":"email","recipient":"a"}]}}`}},
		{TypeTransactionPosted, []string{`{"account":"a","transaction":"t"}`, `{"transaction":"t","account":"a"}`}},
		{TypeTransactionDiscarded, []string{`{"account":"a","transaction":"t"}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account"}`}},
		{TypeAccountDefined, []string{`{"account":"g","kind":"customer_account","customer":{"credit_days":"30"}}`, `{"customer":{"credit_days":30},"account":"g","kind":"customer_account"}`}},
		{TypeTransferRequested, []string{`{"from":"w","to":"g","amount":"1","currency":"USD"}`}},
		{TypeLicencePurchased, []string{`{"team":"g","amount":"1","currency":"USD"}`, `{"currency":"USD","team":"g","amount":1.0}`}},
		{TypeLicencePurchased, []string{`{"team":"g","amount":"1","currency":"EUR"}`}},
		{TypeLicencePurchased, []string{`{"team":"g","amount":"1.01","currency":"USD"}`}},
		{TypeTeamDefined, []string{`{"team":"g","funding_source":"s"}`, `{"funding_source":"s","licence_source":null,"team":"g"}`}},
		{TypeTeamDefined, []string{`{"team":"g","licence_source":"s"}`}},
		{TypeTeamRemoved, []string{`{"team":"g"}`}},
		{TypeMemberJoined, []string{`{"team":"g","account":"w"}`, `{"account":"w","team":"g"}`}},
		{TypeMemberLeft, []string{`{"team":"g","account":"w"}`}},
		{TypeInvoicePaid, []string{`{"invoice":1,"payment":"p","amount":"1","currency":"USD"}`, `{"invoice":"1","payment":"p","amount":1.00,"currency":"USD"}`}},
		{TypeInvoiceVoided, []string{`{"invoice":1}`}},
		{TypePaymentReceived, []string{`{"account":"g","payment":"p","amount":"1","currency":"USD"}`}},
		{TypeCampaignDefined, []string{`{"campaign":"g","payer":"sender"}`, `{"payer":"sender","campaign":"g","approval":false,"add_funds":null}`}},
		{TypeCampaignDefined, []string{`{"campaign":"g","payer":"funding_source"}`}},
		{TypeCampaignDefined, []string{`{"campaign":"g","payer":"sender","approval":true}`}},
		{TypeCampaignDefined, []string{`{"campaign":"g","payer":"sender","add_funds":true}`}},
		{TypeCampaignRemoved, []string{`{"campaign":"g"}`}},
		{TypeOrgDefined, []string{`{"currency":"USD","split_billing":true}`}},
		{TypeOrgDefined, []string{`{"currency":"USD","split_billing":false}`, `{"currency":"USD"}`}},
		{TypeSpendingDefined, []string{
			`{"spending_account":"g","type":"shared","start":"2026-03-01","eligible_for":{"users":["a","b"]},"limits":[{"per":"item","amount":1}]}`,
			`{"spending_account":"g","type":"shared","start":"2026-03-01","budget":0,"eligible_for":{"users":["b","a","b"],"groups":[]},"items":{"mode":"exclude"},"limits":[{"amount":"1.00","per":"item","percent":null}]}`,
		}},
		{TypeSpendingDefined, []string{`{"spending_account":"g","type":"shared","start":"2026-03-01","eligible_for":{"users":["a","b"]},"limits":[{"per":"item","percent":1}]}`}},
		{TypeSpendingDefined, []string{`{"spending_account":"g","type":"shared","start":"2026-03-01","eligible_for":{"groups":["a","b"]},"limits":[{"per":"item","amount":1}]}`}},
		{TypeSpendingDefined, []string{`{"spending_account":"g","type":"shared","start":"2026-03-01","name":"x"}`}},
		{TypeSpendingDefined, []string{`{"spending_account":"g","type":"shared","start":"2026-03-01","tooltip":"x"}`}},
		{TypeSpendingDefined, []string{`{"spending_account":"g","type":"shared","start":"2026-03-01","items":{"mode":"include"}}`}},
		{TypeSpendingDefined, []string{`{"spending_account":"g","type":"shared","start":"2026-03-01","catalogs":{"mode":"include"}}`}},
		{TypeSpendingSwitched, []string{`{"spending_account":"g","on":true}`}},
		{TypeSpendingSwitched, []string{`{"spending_account":"g","on":false}`}},
		{TypeSpendingCopied, []string{`{"spending_account":"g","as":"h"}`, `{"spending_account":"g","as":"h","name":""}`}},
		{TypeSpendingDefined, []string{`{"spending_account":"g","type":"shared","start":"2026-03-01","reloads":[{"every":"week","type":"add","amount":1,"effective":"2026-03-01"}]}`,
			`{"spending_account":"g","type":"shared","start":"2026-03-01","reloads":[{"every":"days","days":7,"type":"add","amount":"1.00","effective":"2026-03-01"}]}`}},
		{TypeSpendingDefined, []string{`{"spending_account":"g","type":"shared","start":"2026-03-01","reloads":[{"every":"month","type":"add","amount":1,"effective":"2026-03-01"}]}`}},
		{TypeSpendingDefined, []string{`{"spending_account":"g","type":"shared","start":"2026-03-01","reloads":[{"every":"month","type":"set","amount":1,"effective":"2026-03-01"}]}`}},
		{TypeSpendingDefined, []string{`{"spending_account":"g","type":"shared","start":"2026-03-01","reloads":[{"every":"month","type":"set","amount":1,"effective":"2026-03-02"}]}`}},
		{TypeBudgetsSet, []string{`{"spending_account":"g","amount":1}`, `{"amount":"1.0","spending_account":"g"}`}},
		{TypeBudgetsSet, []string{`{"spending_account":"g","amount":2}`}},
		{TypeBudgetsImported, []string{`{"spending_account":"g","budgets":[{"user":"a","amount":1},{"user":"b","amount":2}]}`,
			`{"spending_account":"g","budgets":[{"user":"b","amount":3},{"user":"b","amount":2.0},{"amount":"1","user":"a"}]}`}},
		{TypeBudgetsImported, []string{`{"spending_account":"g","budgets":[{"user":"a","amount":2},{"user":"b","amount":2}]}`}},
		{TypeSpendingRemoved, []string{`{"spending_account":"g"}`}},
		{TypeUserDefined, []string{`{"user":"g","groups":["a","b"]}`, `{"user":"g","groups":["b","a"],"catalogs":[]}`}},
		{TypeUserDefined, []string{`{"user":"g","catalogs":["a","b"]}`}},
		{TypeUserRemoved, []string{`{"user":"g"}`}},
		{TypeOrderPlaced, []string{bought(`"order":"g",`, `{"item":"a","unit_price":1}`), bought(`"order":"g",`, `{"item":"a","unit_price":"1.0","quantity":1,"catalogs":[]}`)}},
		{TypeOrderPlaced, []string{bought(`"order":"g",`, `{"item":"a","unit_price":1,"catalogs":["x"]}`)}},
		{TypeOrderPlaced, []string{bought(`"order":"g","other_payer":"w",`, `{"item":"a","unit_price":1}`)}},
		{TypeOrderCancelled, []string{`{"order":"g"}`}},
		{TypeSpendQuoted, []string{priced(``, `{"item":"a","unit_price":1}`), priced(`"after":"",`, `{"item":"a","unit_price":"1.0","quantity":1,"catalogs":[]}`)}},
		{TypeSpendQuoted, []string{priced(`"after":"a",`, `{"item":"a","unit_price":1}`)}},
		{TypeSpendQuoted, []string{priced(`"other_payer":"w",`, `{"item":"a","unit_price":1}`)}},
		{TypeSendRequested, []string{asked(`"send":"g","campaign":"c","sender":"w","origin":"manual"`), `{"estimated_cost":1.0,"currency":"USD","send":"g","campaign":"c","sender":"w","origin":"manual","lines":[]}`}},
		{TypeSendRequested, []string{asked(`"send":"g","campaign":"c","sender":"w","origin":"triggered"`)}},
		{TypeSendRequested, []string{asked(`"send":"g","campaign":"c","sender":"w","origin":"manual","add_funds":true`)}},
		{TypeSendRequested, []string{
			`{"send":"g","campaign":"c","sender":"w","origin":"manual","lines":[{"item":"a","unit_price":"1"}],"currency":"USD"}`,
			`{"send":"g","campaign":"c","sender":"w","origin":"manual","lines":[{"unit_price":1.00,"quantity":1,"item":"a"}],"currency":"USD"}`,
		}},
		{TypeSendRequested, []string{asked(`"send":"g","campaign":"c","sender":"w","origin":"manual","lines":[{"item":"a","unit_price":"1"}]`)}},
		{TypeSendRequested, []string{asked(`"send":"g","campaign":"c","sender":"w","origin":"manual","lines":[{"item":"a","unit_price":"1"}],"spending_account":"g"`)}},
		{TypeSendRequested, []string{
			asked(`"send":"g","campaign":"c","sender":"w","origin":"manual","lines":[{"item":"a","unit_price":"1","catalogs":["y","x","x"]}],"spending_account":"g"`),
			asked(`"spending_account":"g","send":"g","campaign":"c","sender":"w","origin":"manual","lines":[{"item":"a","catalogs":["x","y"],"unit_price":"1"}]`),
		}},
		{TypeSendApproved, []string{`{"send":"g"}`}},
		{TypeSendDeclined, []string{`{"send":"g"}`}},
		{TypeSendCancelled, []string{`{"send":"g"}`}},
		{TypeSendAdjusted, []string{`{"send":"g","final_cost":"1","currency":"USD"}`, `{"final_cost":1.0,"currency":"USD","send":"g"}`}},
		{TypeSendAdjusted, []string{`{"send":"g","final_cost":"2","currency":"USD"}`}},
	} {
		first := mustDecode(t, eventRecord(topicOf(c.kind), c.kind, c.bodies[0])).Payload
		for _, body := range c.bodies[1:] {
			require.Equal(t, first, mustDecode(t, eventRecord(topicOf(c.kind), c.kind, body)).Payload, "%s\n%s", c.bodies[0], body)
		}
		require.NotContains(t, seen, first, "%s and %s are not the same", seen[first], c.bodies[0])
		seen[first] = c.bodies[0]
	}
}

// The time that the producer gives belongs to the payload, by its instant; the broker's does not.
func TestPayloadHoldsTheProducersTime(t *testing.T) {
	at := func(times ...string) uint64 {
		rec := eventRecord(Account, TypePlanRemoved, `{"plan":"g"}`)
		for _, s := range times {
			rec.Headers = append(rec.Headers, kgo.RecordHeader{Key: "ce_time", Value: []byte(s)})
		}
		return mustDecode(t, rec).Payload
	}
	require.Equal(t, at("2026-03-01T00:00:00Z"), at("2026-03-01T02:00:00.000+02:00"))
	require.NotEqual(t, at("2026-03-01T00:00:00Z"), at("2026-03-01T00:00:01Z"))
	require.NotEqual(t, at("2026-03-01T00:00:00Z"), at())

	again := eventRecord(Account, TypeOrgDefined, `{"currency":"USD"}`)
	first := mustDecode(t, again)
	again.Timestamp = again.Timestamp.AddDate(0, 0, 1)
	second := mustDecode(t, again)
	require.Equal(t, first.Payload, second.Payload, "a repetition comes later, and is the same")
	require.NotEqual(t, first.OrgDef.EffectiveFrom, second.OrgDef.EffectiveFrom)
}

func TestIdentityKeepsItsPartsApart(t *testing.T) {
	require.Equal(t, IdentityOf("a", "b", "c"), IdentityOf("a", "b", "c"))
	seen := map[core.Identity]bool{}
	for _, parts := range [][3]string{{"a", "b", "c"}, {"ab", "", "c"}, {"a", "bc", ""}, {"", "ab", "c"}, {"a", "", "bc"}, {"b", "a", "c"}} {
		identity := IdentityOf(parts[0], parts[1], parts[2])
		require.False(t, seen[identity], "%q", parts)
		seen[identity] = true
	}
}

// Hashes are stored in ledgers. A change of one of these figures would make every repetition of an event that an older
// version has seen an identity conflict.
func TestHashesNeverChange(t *testing.T) {
	require.Equal(t, "89959d3ab6e933d74e10a82fbbb3d5df", hexOf(IdentityOf("acme", "billing", "evt-1")))
	for kind, want := range map[string]struct {
		body    string
		payload uint64
	}{
		TypeUsageRecorded:     {usageBody, 0x6806bc89b7c17242},
		TypeOrgDefined:        {`{"time_zone":"Europe/Paris","currency":"EUR","multipliers":{"message":"5"}}`, 0xabf07397b7d2f34d},
		TypePlanDefined:       {`{"plan":"g","rate_cards":{"m":{"currency":"USD","tiers":[{"up_to":5,"unit_price":"1"},{"unit_price":"0.5"}]}}}`, 0xb424e33f689a77b8},
		TypePlanRemoved:       {`{"plan":"g"}`, 0x99527349e5000dc0},
		TypeAccountDefined:    {`{"account":"w","kind":"wallet","plan":"g","low_balance":"20","contacts":["a"]}`, 0x24e530252c97dbfd},
		TypeAccountRemoved:    {`{"account":"w"}`, 0x5671f4decf229882},
		TypeCreditsGranted:    {`{"account":"w","amount":"20","currency":"USD","expires_at":"2026-12-31T00:00:00Z"}`, 0x4edd2142d7abd413},
		TypeFXRateDefined:     {`{"from":"EUR","to":"USD","rate":"1.08"}`, 0x8ba5b1593b0f82c4},
		TypePaymentReceived:   {`{"account":"w","payment":"p","amount":"20","currency":"USD"}`, 0x9edf410384ecda3b},
		TypeRechargeRequested: {`{"account":"w","amount":"20","currency":"USD","payment_method":"t"}`, 0xd1e49e52bbad5a55},
		TypeUsageVoided:       {`{"usage":"u"}`, 0x6ee62243d6ccb028},
		TypeUsageCorrected:    {`{"usage":"u","quantity":"3","cost":"1.5","currency":"USD"}`, 0x2fdf26073debb2bd},
		TypeCreditsRemoved:    {`{"account":"w","amount":"20","currency":"USD","bucket":"purchased","removal":"r"}`, 0xdf1968ccc5176a22},
		TypePaymentRefunded:   {`{"account":"w","payment":"p","amount":"20","currency":"USD","removal":"r"}`, 0x99a93c547f4c7525},
		TypeCampaignDefined:   {`{"campaign":"c","payer":"funding_source","funding_source":"f","approval":true,"add_funds":true}`, 0xf539e5fe538b0e9d},
		TypeCampaignRemoved:   {`{"campaign":"c"}`, 0xe81080be8a265165},
		TypeSendRequested:     {`{"send":"s","campaign":"c","sender":"w","origin":"triggered","lines":[{"item":"a","unit_price":"2"}],"currency":"USD"}`, 0xce9e24abd89af209},
		TypeSendApproved:      {`{"send":"s"}`, 0xef6d9ac9a9a11883},
		TypeSendDeclined:      {`{"send":"s"}`, 0xabbe0d9db9fa7cbe},
		TypeSendCancelled:     {`{"send":"s"}`, 0xb130e2cd7eae2750},
		TypeSendAdjusted:      {`{"send":"s","final_cost":"2","currency":"USD"}`, 0xe87d9afc1fc899c6},
		TypeAttemptResolved:   {`{"attempt":"w/1/1","result":"failed","reason":"declined","payment":"p"}`, 0xd741ab1dcbd4ef4a},
	} {
		ev := mustDecode(t, eventRecord(topicOf(kind), kind, want.body))
		require.Equal(t, want.payload, ev.Payload, kind)
	}
}

func hexOf(identity core.Identity) string { return hex.EncodeToString(identity[:]) }
