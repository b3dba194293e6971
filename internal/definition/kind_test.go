package definition_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"purser/internal/definition"
	"purser/processors/core"
	"purser/processors/money"
	"purser/topics"
)

// everything gives every field of every kind: TestEveryFieldIsCovered holds it against the bodies. A country is not among them,
// which is read as its currency, and comes back as one.
const everything = `---
define: org
org: "acme"
time_zone: "Europe/Paris"
currency: "EUR"
multipliers:
  fax: "2"
  message: "5.5"
usage_reversible_hours: "72"
split_billing: true
effective_from: "2026-01-01T00:00:00Z"
---
define: fx-rate
org: "acme"
from: "USD"
to: "EUR"
rate: "0.917531"
effective_from: "2026-01-01T00:00:00Z"
---
define: plan
org: "acme"
plan: "gold"
multipliers:
  message: "1.25"
rate_cards:
  email:
    currency: "USD"
    unit_price: "0.001"
    minimum: "0.010000"
  "on: call":
    currency: "EUR"
    tiers:
      - up_to: "100"
        unit_price: "0.02"
      - unit_price: "0.015"
    mode: "whole_volume"
monthly_credits:
  amount: "25.000000"
  expire_after_months: "2"
effective_from: "2026-01-01T00:00:00Z"
---
define: customer-settings
org: "acme"
credit_ratings:
  - credit_rating: "good"
    credit_limit: "1000.000000"
    credit_days: "30"
    shortest_days: "14"
    longest_days: "60"
kyc_profiles:
  - kyc_profile: "verified"
    maximum_limit: "5000.000000"
credit_limit_overrides:
  - events:
      - "subscription"
    classifications:
      - "retail"
    credit_ratings:
      - "good"
    kyc_profiles:
      - "verified"
payments:
  gateways:
    - "stripe"
  card_brands:
    - "visa"
  card_types:
    - "credit"
  banks:
    - "first"
  bank_account_types:
    - "savings"
  opt_in: "conditional"
  optional_for_plans:
    - "free"
  optional_for_billing_terms:
    - "prepaid"
  optional_for_classifications:
    - "staff"
accounts:
  classifications:
    - "retail"
  names: "number"
  billing_address: "conditional"
  optional_for:
    - "standalone"
    - "reward_participant"
  optional_for_plans:
    - "free"
  optional_for_billing_terms:
    - "prepaid"
effective_from: "2026-01-01T00:00:00Z"
---
define: account
org: "acme"
account: "alice \"A\" — # 1"
kind: "wallet"
currency: "USD"
plan: "gold"
multipliers:
  message: "3"
low_balance: "60.000000"
contacts:
  - "alice@example.com"
  - "null"
recharge:
  when_balance_lower_than: "10.000000"
  amount: "50.000000"
  payment_method: "pm_8f3a"
  attempts: "5"
  retry_seconds: "43200"
monthly_credits:
  amount: "20.000000"
  expire_after_months: "1"
effective_from: "2026-01-01T00:00:00Z"
---
define: account
org: "acme"
account: "events"
kind: "funding_source"
currency: "USD"
recharge:
  when_balance_lower_than: "100.000000"
  amount: "250.000000"
  attempts: "7"
  retry_seconds: "86400"
funding:
  name: "Events"
  payment_type: "invoice"
  po_number: "PO-4711"
  accounts_payable:
    - "ap@example.com"
  payment_days: "14"
  default: true
  schedule:
    every: "quarter"
    amount: "1000.000000"
effective_from: "2026-01-01T00:00:00Z"
---
define: account
org: "acme"
account: "card"
kind: "funding_source"
currency: "USD"
funding:
  name: "Company card"
  payment_type: "credit_card"
  payment_method: "pm_77aa"
  card_charges: "each"
effective_from: "2026-01-01T00:00:00Z"
---
define: account
org: "acme"
account: "blue-ltd"
kind: "customer_account"
currency: "USD"
customer:
  credit_rating: "good"
  kyc_profile: "verified"
  credit_days: "45"
  credit_limit: "2000.000000"
  classifications:
    - "retail"
  prices:
    - product: "room"
      unit_price: "60"
  subscription_plan: "gold"
  billing_term: "monthly"
  payment_preferences:
    - preference: "card"
      kind: "card"
      default: true
      gateway: "stripe"
      payment_method: "pm_31aa"
      brand: "visa"
      card_type: "credit"
      subscriptions: true
      purchases: true
    - preference: "bank"
      kind: "direct_debit"
      bank: "first"
      bank_account_type: "savings"
    - preference: "purse"
      kind: "wallet"
      wallet: "alice"
  name: "Blue Ltd"
  contact_name: "Ada"
  billing_address: "1 Harbour Street, Cork"
  reward_participant: true
  presentment_preferences:
    - medium: "email"
      recipient: "ada"
    - medium: "post"
effective_from: "2026-01-01T00:00:00Z"
---
define: team
org: "acme"
team: "sales"
funding_source: "events"
licence_source: "none"
budget:
  amount: "50.000000"
  every: "month"
  mode: "rollover"
effective_from: "2026-01-01T00:00:00Z"
---
define: campaign
org: "acme"
campaign: "gifts"
payer: "funding_source"
funding_source: "events"
approval: true
add_funds: true
effective_from: "2026-01-01T00:00:00Z"
---
define: user
org: "acme"
user: "ann"
groups:
  - "sales"
catalogs:
  - "cups"
  - "mugs"
effective_from: "2026-01-01T00:00:00Z"
---
define: spending-account
org: "acme"
spending_account: "store"
currency: "USD"
name: "The store"
description: "For clients"
tooltip: "Ask the office for more"
cost_centre: "CC-7"
type: "shared"
start: "2026-01-01"
end: "2026-12-31"
budget: "500.000000"
eligible_for:
  catalogs:
    - "mugs"
  groups:
    - "sales"
  users:
    - "ann"
items:
  mode: "exclude"
  names:
    - "voucher"
catalogs:
  mode: "include"
  names:
    - "mugs"
limits:
  - per: "order"
    percent: "50"
  - per: "days"
    amount: "150.000000"
    days: "30"
reloads:
  - every: "month"
    type: "set"
    amount: "200.000000"
    effective: "2026-01-31"
  - every: "days"
    days: "10"
    type: "add"
    amount: "5.000000"
    effective: "2026-01-10"
effective_from: "2026-01-01T00:00:00Z"
`

// TestEveryFieldComesBack: what is read and written again is the same text, so no field is lost between the wire, the core and
// back.
func TestEveryFieldComesBack(t *testing.T) {
	var b strings.Builder
	for _, d := range read(t, everything) {
		b.WriteString(written(d))
	}
	if b.String() != everything {
		t.Errorf("it comes back as\n%s", b.String())
	}
}

// TestEveryFieldIsCovered fails when a kind, or a field of one, is added that the text above does not have.
func TestEveryFieldIsCovered(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range read(t, everything) {
		gather(reflect.ValueOf(d.Body), d.Kind.Name, seen)
	}
	for _, k := range definition.Kinds {
		for _, field := range names(k.BodyType(), k.Name) {
			if !seen[field] && !strings.HasSuffix(field, ".country") {
				t.Errorf("the text has no %s", field)
			}
		}
	}
}

// gather notes which fields a value gives.
func gather(v reflect.Value, path string, into map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		gather(v.Elem(), path, into)
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Field(i).IsZero() {
				tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
				into[path+"."+tag] = true
				gather(v.Field(i), path+"."+tag, into)
			}
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			gather(v.MapIndex(k), path, into)
		}
	case reflect.Slice:
		for i := range v.Len() {
			gather(v.Index(i), path, into)
		}
	}
}

// names lists the fields of a body, those within maps and lists too.
func names(t reflect.Type, path string) (all []string) {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			all = append(append(all, path+"."+tag), names(t.Field(i).Type, path+"."+tag)...)
		}
	case reflect.Map, reflect.Slice, reflect.Pointer:
		return names(t.Elem(), path)
	}
	return all
}

// TestKindsAreInTheOrderInWhichTheyReferToEachOther: an org comes first, a plan before the accounts on it, and they before
// the teams that they pay for.
func TestKindsAreInTheOrderInWhichTheyReferToEachOther(t *testing.T) {
	order := definition.Names()
	if slices.Index(order, "org") != 0 || slices.Index(order, "plan") > slices.Index(order, "account") || slices.Index(order, "account") > slices.Index(order, "team") {
		t.Errorf("the order is %v", order)
	}
	for _, name := range order {
		if k := definition.Named(name); k == nil || k.Name != name {
			t.Errorf("%s is found as %v", name, k)
		}
	}
}

func TestInForce(t *testing.T) {
	var h *definition.Held
	if h.InForce(5) != nil || (&definition.Held{}).InForce(5) != nil {
		t.Error("something is in force of nothing")
	}
	h = &definition.Held{Versions: []definition.Version{{From: 10}, {From: 20}, {From: 30}}}
	for at, want := range map[core.Time]core.Time{1: 10, 10: 10, 19: 10, 20: 20, 29: 20, 30: 30, 99: 30} {
		if got := h.InForce(at).From; got != want {
			t.Errorf("at %d that of %d is in force, want %d", at, got, want)
		}
	}
}

// TestYAMLQuotesWhatCouldBeMistaken: names and values that YAML would take for something else.
func TestYAMLQuotesWhatCouldBeMistaken(t *testing.T) {
	for _, word := range []string{"null", "~", "true", "No", "007", "1e3", "a: b", "- a", "#", "'", `"`, `\`, "é", "\u2028", " ", "{", "*a", "&a", "!a", "|", "%", "2026-01-01"} {
		usd := money.Currency{'U', 'S', 'D'}
		v := &definition.Version{From: 1, Body: topics.PlanBody(&core.PlanVersion{
			ID: word, EffectiveFrom: 1, Multipliers: []core.Multiplier{{Channel: word, Factor: money.One}},
			RateCards: []core.RateCard{{Channel: word, Currency: usd, Tiers: []core.Tier{{UnitPrice: money.One}}}},
		})}
		text := definition.AppendYAML(nil, definition.Named("plan"), word, v, true)
		all, err := definition.Read("f.yaml", text)
		if err != nil || len(all) != 1 {
			t.Errorf("%q: %v\n%s", word, err, text)
			continue
		}
		if d := all[0]; d.ID != word || d.Org != word || fmt.Sprint(d.Body) != fmt.Sprint(v.Body) {
			t.Errorf("%q comes back as %+v", word, d)
		}
	}
}
