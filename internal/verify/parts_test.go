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

// store is a toy of its own: a send that a spending account pays a part of (R6.10), and a quote (R7.8).
type store struct {
	*scene
	part, back, quote *kgo.Record // ledger records
}

func newStore(prefix string) *store {
	s := &store{scene: &scene{toy: newToy(prefix)}}
	const since = `"effective_from":"2025-01-01T00:00:00Z"`
	s.definitionOf(topics.TypeOrgDefined, "d1", `{"currency":"USD","split_billing":true,`+since+`}`)
	s.definitionOf(topics.TypeAccountDefined, "d2", `{"account":"w-1","kind":"wallet","currency":"USD"}`)
	s.definitionOf(topics.TypeCampaignDefined, "d3", `{"campaign":"mugs","payer":"sender",`+since+`}`)
	s.definitionOf(topics.TypeSpendingDefined, "d4", `{"spending_account":"gifts","type":"standard","start":"2025-01-01","budget":"60","eligible_for":{"users":["bob","w-1"]},"items":{"mode":"exclude","names":["pen"]},`+since+`}`)
	s.definitionOf(topics.TypeSpendingSwitched, "d5", `{"spending_account":"gifts","on":true,`+since+`}`)
	s.pay("y1", "w-1", "20")
	ask := s.in(record.Good, topics.Send, topics.TypeSendRequested, "n1",
		`{"send":"n-1","campaign":"mugs","sender":"w-1","origin":"manual","lines":[{"item":"mug","quantity":2,"unit_price":"4.50"},{"item":"pen","unit_price":"3"}],"currency":"USD","spending_account":"gifts"}`)
	s.part = s.out(ask, ask, topics.TypeSendRequested, resultApplied, "", nil,
		"world:budget>spending:gifts/w-1 60 USD", "spending:gifts/w-1>revenue:sales 9 USD", "w-1>revenue:sales 3 USD")
	s.pays("12", "9")
	s.answer(ask, "n1", "accepted", "")
	price := s.in(record.Good, topics.Send, topics.TypeSpendQuoted, "q1", `{"user":"w-1","lines":[{"item":"mug","unit_price":"7"},{"item":"pen","unit_price":"3"}],"currency":"USD"}`)
	s.quote = s.out(price, price, topics.TypeSpendQuoted, resultApplied, "", nil)
	s.says(price, "q1")
	less := s.in(record.Good, topics.Send, topics.TypeSendAdjusted, "n2", `{"send":"n-1","final_cost":"8","currency":"USD"}`)
	s.back = s.out(less, less, topics.TypeSendAdjusted, resultApplied, "", nil, "revenue:sales>w-1 3 USD", "revenue:sales>spending:gifts/w-1 1 USD")
	return s
}

// pays adds to the last ledger record what the spending account has paid.
func (s *store) pays(cost, paid string) {
	var b topics.LedgerEntryBody
	entry := s.last(topics.Ledger)
	if err := json.Unmarshal(entry.Value, &b); err != nil {
		panic(err)
	}
	b.Spending = &topics.PartBody{SpendingAccount: "gifts", Account: "spending:gifts/w-1", User: "w-1", Status: sendAccepted, Cost: cost, Paid: paid}
	s.rewrite(entry, &b)
}

// says sends the answer to a quote.
func (s *store) says(cause *kgo.Record, id string) {
	value, _ := json.Marshal(topics.OutcomeBody{
		Status: sendAccepted, Org: toyOrg, Source: "/test", ID: id, Quote: &topics.QuoteBody{User: "w-1", Cost: "10", Currency: "USD", Accounts: []topics.QuotedBody{
			{SpendingAccount: "gifts", Type: "standard", Start: "2025-01-01", Currency: "USD", Available: "51", Reason: "no_other_payer", Amount: "7"},
		}},
	})
	s.send(cause, topics.Outcome, value)
}

// answered changes the answer to the quote.
func (s *store) answered(old, by string) {
	r := s.find(topics.Outcome, `"quote"`)
	if !strings.Contains(string(r.Value), old) {
		panic(old)
	}
	r.Value = []byte(strings.Replace(string(r.Value), old, by, 1))
}

func TestWhatSpendingAccountsPayOfSendsIsJudged(t *testing.T) {
	opts := brokers(t)
	for i, p := range []struct {
		name  string
		check Check
		do    func(*store)
	}{
		{"nothing", "", func(*store) {}},
		{"a line that it may not pay", CheckPosting, func(s *store) {
			r := s.find(topics.Send, `"n-1"`)
			r.Value = []byte(strings.Replace(string(r.Value), `"mug"`, `"pen"`, 1))
		}},
		{"more than it had", CheckPosting, func(s *store) {
			r := s.find(topics.Account, `"budget":"60"`)
			r.Value = []byte(strings.Replace(string(r.Value), `"60"`, `"8"`, 1))
		}},
		{"another share than the entry says", CheckPosting, func(s *store) {
			body(s.part, func(b *topics.LedgerEntryBody) { b.Spending.Paid = "8" })
		}},
		{"another balance than the sender's", CheckPosting, func(s *store) {
			body(s.part, func(b *topics.LedgerEntryBody) { b.Spending.Account = "spending:gifts" })
		}},
		{"a share of which the entry says nothing", CheckPosting, func(s *store) {
			body(s.part, func(b *topics.LedgerEntryBody) { b.Spending = nil })
		}},
		{"the first payer gets it back first", CheckPosting, func(s *store) {
			body(s.back, func(b *topics.LedgerEntryBody) { b.Postings[0].Amount, b.Postings[1].Amount = "1", "3" })
		}},
		{"a quote that moves money", CheckPosting, func(s *store) {
			body(s.quote, func(b *topics.LedgerEntryBody) { b.Postings = []topics.PostingBody{posting("w-1>revenue:sales 1 USD")} })
		}},
		{"a quote without an answer", CheckOutcome, func(s *store) { s.drop(topics.Outcome, `"quote"`) }},
		{"an answer that says nothing", CheckOutcome, func(s *store) { s.answered(`"quote"`, `"price"`) }},
		{"another cost", CheckOutcome, func(s *store) { s.answered(`"cost":"10"`, `"cost":"9"`) }},
		{"another balance", CheckOutcome, func(s *store) { s.answered(`"available":"51"`, `"available":"52"`) }},
		{"more than it may pay", CheckOutcome, func(s *store) { s.answered(`"amount":"7"`, `"amount":"8"`) }},
		{"less than it would pay", CheckOutcome, func(s *store) { s.answered(`"amount":"7"`, `"amount":"6"`) }},
		{"another reason why it does not apply", CheckOutcome, func(s *store) { s.answered(`"no_other_payer"`, `"limit_reached"`) }},
		{"one that he may not use", CheckOutcome, func(s *store) {
			r := s.find(topics.Account, `"budget":"60"`)
			r.Value = []byte(strings.Replace(string(r.Value), `["bob","w-1"]`, `["bob"]`, 1))
		}},
		{"nothing of one that he may use", CheckOutcome, func(s *store) {
			r := s.find(topics.Outcome, `"quote"`)
			at := strings.Index(string(r.Value), `"accounts":[`)
			end := strings.Index(string(r.Value)[at:], `]`)
			r.Value = []byte(string(r.Value)[:at] + `"accounts":[` + string(r.Value)[at+end:])
		}},
		{"a limit that it does not keep", CheckSpending, func(s *store) {
			r := s.find(topics.Account, `"budget":"60"`)
			r.Value = []byte(strings.Replace(string(r.Value), `"items"`, `"limits":[{"per":"order","amount":"5"}],"items"`, 1))
		}},
		{"an account that there is not", CheckOutcome, func(s *store) { s.answered(`"spending_account":"gifts"`, `"spending_account":"mugs"`) }},
		{"one that applies, and why not", CheckOutcome, func(s *store) { s.answered(`"applies":false`, `"applies":true`) }},
	} {
		t.Run(p.name, func(t *testing.T) {
			s := newStore(fmt.Sprintf("store-%d.", i))
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
