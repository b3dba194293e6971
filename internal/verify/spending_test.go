package verify

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/record"
	"purser/topics"
)

// shop is a toy of its own: orders that a spending account pays, in part, and one that it does not (R7).
type shop struct{ *store }

const (
	shopSince = `"effective_from":"2025-01-01T00:00:00Z"`
	gifts     = `{"spending_account":"gifts","type":"standard","start":"2025-01-01","end":"2026-12-31","budget":"60","eligible_for":{"groups":["sales"]},` +
		`"items":{"mode":"exclude","names":["pen"]},"catalogs":{"mode":"exclude","names":["old"]},` +
		`"limits":[{"per":"item","percent":"25"},{"per":"order","amount":"28"},{"per":"week","amount":"30"},{"per":"days","days":7,"amount":"35"}],` + shopSince + `}`
)

func newShop(prefix string) *shop {
	s := &shop{&store{scene: &scene{toy: newToy(prefix)}}}
	s.definitionOf(topics.TypeOrgDefined, "d1", `{"currency":"USD","split_billing":true,`+shopSince+`}`)
	s.definitionOf(topics.TypeAccountDefined, "d2", `{"account":"w-1","kind":"wallet","currency":"USD"}`)
	s.definitionOf(topics.TypeSpendingDefined, "d3", gifts)
	s.definitionOf(topics.TypeSpendingSwitched, "d4", `{"spending_account":"gifts","on":true,`+shopSince+`}`)
	s.definitionOf(topics.TypeUserDefined, "d5", `{"user":"ann","groups":["sales"],`+shopSince+`}`)
	s.definitionOf(topics.TypeSpendingCopied, "d6", `{"spending_account":"gifts","as":"swag"}`)
	again := s.in(record.Refused, topics.Account, topics.TypeSpendingDefined, "d7", strings.Replace(gifts, `"60"`, `"70"`, 1))
	s.out(again, again, topics.TypeSpendingDefined, resultRefused, reasonActive, nil)
	s.pay("y1", "w-1", "40")
	s.accepted("g-1", "12", "9", `{"item":"mug","quantity":2,"unit_price":"4.50"},{"item":"pen","unit_price":"3"}`,
		"world:budget>spending:gifts/ann 60 USD", "spending:gifts/ann>revenue:sales 9 USD", "w-1>revenue:sales 3 USD")
	s.rejected("g-2", "bob", "gifts", reasonNotEligible, `{"item":"mug","unit_price":"4.50"}`)
	// 18 of which it may pay 15 an item; 30 a week, of which 9 are used.
	s.accepted("g-3", "36", "21", `{"item":"cap","quantity":2,"unit_price":"18"}`, "spending:gifts/ann>revenue:sales 21 USD", "w-1>revenue:sales 15 USD")
	s.rejected("g-4", "ann", "gifts", reasonLimit, `{"item":"mug","unit_price":"1"}`)
	back := s.in(record.Good, topics.Send, topics.TypeOrderCancelled, "back", `{"order":"g-1"}`)
	s.out(back, back, topics.TypeOrderCancelled, resultApplied, "", nil, "revenue:sales>spending:gifts/ann 9 USD", "revenue:sales>w-1 3 USD")
	s.accepted("g-5", "10", "9", `{"item":"mug","unit_price":"10"}`, "spending:gifts/ann>revenue:sales 9 USD", "w-1>revenue:sales 1 USD")
	s.rejected("g-6", "ann", "swag", reasonInactive, `{"item":"mug","unit_price":"10"}`)
	return s
}

func (s *shop) asks(name, user, on, lines string) *kgo.Record {
	return s.in(record.Good, topics.Send, topics.TypeOrderPlaced, name,
		`{"order":"`+name+`","user":"`+user+`","spending_account":"`+on+`","other_payer":"w-1","lines":[`+lines+`],"currency":"USD"}`)
}

// accepted is an order of ann's, with what it costs and what of that the spending account pays.
func (s *shop) accepted(name, cost, paid, lines string, postings ...string) {
	ask := s.asks(name, "ann", "gifts", lines)
	s.out(ask, ask, topics.TypeOrderPlaced, resultApplied, "", nil, postings...)
	var b topics.LedgerEntryBody
	entry := s.last(topics.Ledger)
	if err := json.Unmarshal(entry.Value, &b); err != nil {
		panic(err)
	}
	b.Order = &topics.OrderedBody{Order: name, User: "ann", SpendingAccount: "gifts", Status: "accepted", Cost: cost, Paid: paid}
	s.rewrite(entry, &b)
	s.answer(ask, name, "accepted", "")
}

func (s *shop) rejected(name, user, on, reason, lines string) {
	ask := s.asks(name, user, on, lines)
	s.out(ask, ask, topics.TypeOrderPlaced, resultRefused, reason, nil)
	s.answer(ask, name, "rejected", reason)
}

// defined changes what a definition said.
func (s *shop) defined(text, old, by string) {
	r := s.find(topics.Account, text)
	if !strings.Contains(string(r.Value), old) {
		panic(old)
	}
	r.Value = []byte(strings.Replace(string(r.Value), old, by, 1))
}

// ordered changes what an order said.
func (s *shop) ordered(name, old, by string) {
	r := s.find(topics.Send, `"`+name+`"`)
	if !strings.Contains(string(r.Value), old) {
		panic(old)
	}
	r.Value = []byte(strings.Replace(string(r.Value), old, by, 1))
}

// TestWhatSpendingAccountsPayOfOrdersIsJudged: each thing that decides what is paid is told otherwise, and found.
func TestWhatSpendingAccountsPayOfOrdersIsJudged(t *testing.T) {
	opts := brokers(t)
	const def = `"budget":"60"`
	for i, p := range []struct {
		name  string
		check Check
		do    func(*shop)
	}{
		{"nothing", "", func(*shop) {}},
		{"it was off", CheckSpending, func(s *shop) { s.defined(`"on":true`, `true`, `false`) }},
		{"before its first day", CheckSpending, func(s *shop) { s.defined(def, `"start":"2025-01-01"`, `"start":"2026-01-11"`) }},
		{"after its last day", CheckSpending, func(s *shop) { s.defined(def, `2026-12-31`, `2026-01-09`) }},
		{"for others", CheckSpending, func(s *shop) { s.defined(def, `"groups":["sales"]`, `"groups":["guests"]`) }},
		{"a user of another group", CheckSpending, func(s *shop) { s.defined(`"ann"`, `"sales"`, `"guests"`) }},
		{"one who might have", CheckSpending, func(s *shop) { s.ordered("g-2", `"bob"`, `"ann"`) }},
		{"an item that is excluded", CheckSpending, func(s *shop) { s.defined(def, `["pen"]`, `["mug","pen"]`) }},
		{"an item that is not included", CheckSpending, func(s *shop) {
			s.defined(def, `"items":{"mode":"exclude"`, `"items":{"mode":"include"`)
		}},
		{"a catalog that is excluded", CheckSpending, func(s *shop) { s.ordered("g-3", `"cap"`, `"cap","catalogs":["old"]`) }},
		{"an item limit", CheckSpending, func(s *shop) { s.defined(def, `"25"`, `"5"`) }},
		{"an order limit", CheckSpending, func(s *shop) { s.defined(def, `"28"`, `"20"`) }},
		{"a smaller limit of a week", CheckSpending, func(s *shop) { s.defined(def, `"amount":"30"`, `"amount":"29"`) }},
		{"a greater limit of a week", CheckSpending, func(s *shop) { s.defined(def, `"amount":"30"`, `"amount":"31"`) }},
		{"a limit of seven days", CheckSpending, func(s *shop) { s.defined(def, `"35"`, `"29"`) }},
		{"bills that are not split", CheckSpending, func(s *shop) { s.defined(`"split_billing"`, `true`, `false`) }},
		{"less than it may", CheckSpending, func(s *shop) {
			body(s.find(topics.Ledger, `"g-5"`), func(b *topics.LedgerEntryBody) {
				b.Order.Paid, b.Postings[0].Amount, b.Postings[1].Amount = "8", "8", "2"
			})
		}},
		{"rejected for another reason", CheckSpending, func(s *shop) {
			body(s.find(topics.Ledger, `"`+reasonLimit+`"`), func(b *topics.LedgerEntryBody) { b.Reason = reasonInsufficient })
		}},
		{"rejected, and might have been accepted", CheckSpending, func(s *shop) { s.ordered("g-4", `"g-4"`, `"g-4","more":1`); s.ordered("g-1", `"4.50"`, `"4.00"`) }},
		{"a name that is taken", CheckSpending, func(s *shop) { s.ordered("g-5", `"g-5"`, `"g-3"`) }},
		{"a cancellation of another one", CheckPosting, func(s *shop) {
			r := s.topics[topics.Send][s.at(topics.Send, `{"order":"g-1"}`)]
			r.Value = []byte(`{"order":"g-3"}`)
		}},
		{"changed while it was on", CheckSpending, func(s *shop) {
			s.definitionOf(topics.TypeSpendingDefined, "d8", strings.Replace(gifts, `"60"`, `"70"`, 1))
		}},
		{"removed while it was on", CheckSpending, func(s *shop) {
			s.definitionOf(topics.TypeSpendingRemoved, "d8", `{"spending_account":"gifts"}`)
		}},
		{"not changed, and it was off", CheckSpending, func(s *shop) { s.defined(`"budget":"70"`, `"gifts"`, `"swag"`) }},
	} {
		t.Run(p.name, func(t *testing.T) {
			s := newShop(fmt.Sprintf("shop-%d.", i))
			p.do(s)
			r := s.verify(t, opts, true)
			if p.check == "" {
				for _, f := range r.Findings {
					t.Error(f)
				}
				return
			}
			if r.Found[p.check] == 0 {
				t.Errorf("not found as %s; found %v", p.check, r.Findings)
			}
		})
	}
}
