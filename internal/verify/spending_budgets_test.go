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

// purse is a toy of its own: balances of a spending account that are set, imported and reloaded (R7.3, R7.4), and an order that is cancelled
// after it (R7.9).
type purse struct {
	*store
	set, custom, reload, opened, gone *kgo.Record // ledger records
}

func newPurse(prefix string) *purse {
	s := &purse{store: newStore(prefix)} // spending:gifts/w-1 has 52
	all := s.in(record.Good, topics.Account, topics.TypeBudgetsSet, "b1", `{"spending_account":"gifts","amount":"40"}`)
	s.out(all, all, topics.TypeBudgetsSet, resultApplied, "", nil)
	s.set = s.out(all, nil, dueBudgetSet, resultApplied, "", nil, "spending:gifts/w-1>world:budget 12 USD")
	some := s.in(record.Good, topics.Account, topics.TypeBudgetsImported, "b2", `{"spending_account":"gifts","budgets":[{"user":"w-1","amount":"45"},{"user":"bob","amount":30}]}`)
	s.out(some, some, topics.TypeBudgetsImported, resultApplied, "", nil)
	s.custom = s.out(some, nil, dueBudgetSet, resultApplied, "", nil, "world:budget>spending:gifts/w-1 5 USD")
	ask := s.in(record.Good, topics.Send, topics.TypeOrderPlaced, "o1", `{"order":"o-1","user":"bob","spending_account":"gifts","lines":[{"item":"mug","unit_price":"4"}],"currency":"USD"}`)
	s.opened = s.out(ask, ask, topics.TypeOrderPlaced, resultApplied, "", nil, "world:budget>spending:gifts/bob 30 USD", "spending:gifts/bob>revenue:sales 4 USD")
	s.ordered("o-1", "bob", "4")
	s.answer(ask, "o1", "accepted", "")
	mine := s.in(record.Good, topics.Send, topics.TypeOrderPlaced, "o2", `{"order":"o-2","user":"w-1","spending_account":"gifts","lines":[{"item":"mug","unit_price":"6"}],"currency":"USD"}`)
	s.out(mine, mine, topics.TypeOrderPlaced, resultApplied, "", nil, "spending:gifts/w-1>revenue:sales 6 USD")
	s.ordered("o-2", "w-1", "6")
	s.answer(mine, "o2", "accepted", "")
	s.definitionOf(topics.TypeSpendingSwitched, "d8", `{"spending_account":"gifts","on":false,"effective_from":"2025-06-01T00:00:00Z"}`)
	s.definitionOf(topics.TypeSpendingDefined, "d9", `{"spending_account":"gifts","type":"standard","start":"2025-01-01","eligible_for":{"users":["w-1"]},`+
		`"reloads":[{"every":"month","type":"set","amount":"50","effective":"2025-01-01"}],"effective_from":"2025-06-01T00:00:00Z"}`)
	s.reload = s.out(mine, nil, dueBudgetReload, resultApplied, "", nil, "world:budget>spending:gifts/w-1 11 USD")
	back := s.in(record.Good, topics.Send, topics.TypeOrderCancelled, "o3", `{"order":"o-2"}`)
	s.gone = s.out(back, back, topics.TypeOrderCancelled, resultApplied, "", nil, "revenue:sales>world:budget 6 USD")
	return s
}

// ordered adds to the last ledger record the order that it is about.
func (s *purse) ordered(order, user, paid string) {
	entry := s.last(topics.Ledger)
	var b topics.LedgerEntryBody
	if err := json.Unmarshal(entry.Value, &b); err != nil {
		panic(err)
	}
	b.Order = &topics.OrderedBody{Order: order, User: user, SpendingAccount: "gifts", Status: sendAccepted, Cost: paid, Paid: paid}
	s.rewrite(entry, &b)
}

// sent changes an input.
func (s *purse) sent(topic, old, by string) {
	r := s.find(topic, old)
	r.Value = []byte(strings.Replace(string(r.Value), old, by, 1))
}

func TestWhatBudgetsAreSetToIsJudged(t *testing.T) {
	opts := brokers(t)
	amount := func(to string) func(*topics.LedgerEntryBody) {
		return func(b *topics.LedgerEntryBody) { b.Postings[0].Amount = to }
	}
	for i, p := range []struct {
		name  string
		check Check
		do    func(*purse)
	}{
		{"nothing", "", func(*purse) {}},
		{"set to something else", CheckPosting, func(s *purse) { body(s.set, amount("11")) }},
		{"set, and nothing moves", CheckPosting, func(s *purse) { body(s.set, func(b *topics.LedgerEntryBody) { b.Postings = nil }) }},
		{"an import that says something else", CheckPosting, func(s *purse) { s.sent(topics.Account, `"amount":"45"`, `"amount":"46"`) }},
		{"a balance of his own that starts as all do", CheckPosting, func(s *purse) { body(s.opened, amount("40")) }},
		{"a balance that nobody has set", CheckPosting, func(s *purse) {
			body(s.set, func(b *topics.LedgerEntryBody) { b.ID = strings.Replace(b.ID, "gifts", "other", 1) })
		}},
		{"a reload of another amount", CheckPosting, func(s *purse) { body(s.reload, amount("50")) }},
		{"a reload by a rule that there is not", CheckPosting, func(s *purse) {
			body(s.reload, func(b *topics.LedgerEntryBody) { b.ID = strings.TrimSuffix(b.ID, "1") + "2" })
		}},
		{"an order from before the reload that goes back to the balance", CheckPosting, func(s *purse) {
			body(s.gone, func(b *topics.LedgerEntryBody) { b.Postings[0].To = "spending:gifts/w-1" })
		}},
	} {
		t.Run(p.name, func(t *testing.T) {
			s := newPurse(fmt.Sprintf("purse-%d.", i))
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
