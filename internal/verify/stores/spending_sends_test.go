package stores_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/topics"
)

// The auditor works out by itself what a spending account pays of a send, and what its payer does (R6.10), and reads quotes; here it judges what the
// engine made of them: by senders and funding sources, with approvals and cards, adjusted and cancelled, beside orders.
func TestTheEngineAndTheAuditorAgreeOnSendsOfSpendingAccounts(t *testing.T) {
	w := newTown(t, "store.", 6)
	for o := range townOrgs {
		w.openStore(fmt.Sprint("org-", o), o%2 == 0)
	}
	w.drained()
	for o := range townOrgs {
		for account, currency := range map[string]string{"ann": "USD", "bob": "EUR", "bill": "USD", "card": "USD"} {
			paid := topics.PaymentReceivedBody{Account: account, Payment: "start", Amount: "150", Currency: currency}
			if account == "card" {
				paid.Amount = "10"
			}
			w.produce(w.event(topics.PaymentResult, fmt.Sprint("org-", o), topics.TypePaymentReceived, paid))
		}
	}
	now := time.Now()
	for range 12 {
		for o := range townOrgs {
			for range 12 {
				w.produce(w.storeEvent(fmt.Sprint("org-", o)))
			}
		}
		w.drained()
		now = now.Add(9 * time.Hour)
		w.tick(now)
	}
	report := w.audit()
	if report.Differences > 0 || report.Rejected < 20 {
		t.Fatalf("%d rejections: %s", report.Rejected, report.LastLine())
	}
}

// openStore defines an org with what is needed to send and to order.
func (w *town) openStore(org string, split bool) {
	define := func(topic, kind string, body any) { w.produce(w.event(topic, org, kind, body)) }
	define(topics.Account, topics.TypeOrgDefined, topics.OrgDefinedBody{Currency: "USD", TimeZone: "Asia/Kathmandu", SplitBilling: split})
	define(topics.Account, topics.TypeFXRateDefined, topics.FXRateDefinedBody{From: "USD", To: "EUR", Rate: "0.9"})
	for _, wallet := range []string{"ann", "bob"} {
		define(topics.Account, topics.TypeAccountDefined, topics.AccountDefinedBody{Account: wallet, Kind: "wallet", Currency: map[string]string{"ann": "USD", "bob": "EUR"}[wallet]})
		define(topics.Account, topics.TypeUserDefined, topics.UserDefinedBody{User: wallet, Groups: []string{"sales"}, EffectiveFrom: "2025-01-01T00:00:00Z"})
	}
	define(topics.Account, topics.TypeAccountDefined, topics.AccountDefinedBody{
		Account: "card", Kind: "funding_source", Funding: &topics.FundingTerms{Name: "card", PaymentType: "credit_card", PaymentMethod: "tok"},
	})
	define(topics.Account, topics.TypeAccountDefined, topics.AccountDefinedBody{
		Account: "bill", Kind: "funding_source", Funding: &topics.FundingTerms{Name: "bill", PaymentType: "invoice"},
	})
	for _, c := range []topics.CampaignDefinedBody{
		{Campaign: "own", Payer: "sender"},
		{Campaign: "card", Payer: "funding_source", FundingSource: "card", AddFunds: true},
		{Campaign: "bill", Payer: "funding_source", FundingSource: "bill", Approval: true},
	} {
		c.EffectiveFrom = "2025-01-01T00:00:00Z"
		define(topics.Account, topics.TypeCampaignDefined, c)
	}
	for _, s := range []topics.SpendingDefinedBody{
		{SpendingAccount: "each", Type: "standard", Budget: "180", CostCentre: "CC-1", EligibleFor: &topics.SpendingFor{Groups: []string{"sales"}}},
		{SpendingAccount: "all", Type: "shared", Budget: "400", EligibleFor: &topics.SpendingFor{Users: []string{"ann", "bob"}}, Items: &topics.SpendingList{Mode: "exclude", Names: []string{"pen"}}},
		{SpendingAccount: "tight", Type: "shared", Budget: "300", EligibleFor: &topics.SpendingFor{Users: []string{"ann"}}, Catalogs: &topics.SpendingList{Mode: "include", Names: []string{"cups"}},
			Items: &topics.SpendingList{Mode: "include"}, Limits: []topics.SpendingLimit{{Per: "item", Amount: "8"}, {Per: "days", Days: "2", Amount: "60"}, {Per: "order", Percent: "10"}}},
	} {
		s.Start, s.EffectiveFrom = "2025-01-01", "2025-01-01T00:00:00Z"
		define(topics.Account, topics.TypeSpendingDefined, s)
		define(topics.Account, topics.TypeSpendingSwitched, topics.SpendingSwitchedBody{SpendingAccount: s.SpendingAccount, On: true, EffectiveFrom: "2025-01-02T00:00:00Z"})
	}
}

// storeEvent is something that happens in it.
func (w *town) storeEvent(org string) *kgo.Record {
	pick := func(words ...string) string { return words[w.random.IntN(len(words))] }
	send := func() string { return fmt.Sprint("s", w.random.IntN(1+w.ids/20)) } // some come before it, some are not new
	lines := make([]topics.OrderLine, 1+w.random.IntN(3))
	for i := range lines {
		lines[i] = topics.OrderLine{Item: pick("mug", "pen", "card"), Quantity: topics.Number(pick("1", "2", "0.5")), UnitPrice: topics.Number(pick("7.333333", "12", "3.5", "20"))}
		if w.random.IntN(2) == 0 {
			lines[i].Catalogs = []string{"cups"}
		}
	}
	account := pick("each", "all", "tight")
	switch n := w.random.IntN(20); {
	case n < 9:
		b := topics.SendRequestedBody{
			Send: fmt.Sprint("s", w.ids/20), Campaign: pick("own", "card", "bill"), Sender: pick("ann", "bob"), Origin: pick("manual", "triggered"), AddFunds: true, Currency: "USD",
			SpendingAccount: account,
		}
		for _, l := range lines {
			b.Lines = append(b.Lines, topics.SendLine{Item: l.Item, Quantity: l.Quantity, UnitPrice: l.UnitPrice, Catalogs: l.Catalogs})
		}
		if w.random.IntN(5) == 0 {
			b.EstimatedCost = topics.Number(pick("5", "60"))
		}
		return w.event(topics.Send, org, topics.TypeSendRequested, b)
	case n < 11:
		return w.event(topics.Send, org, topics.TypeSendAdjusted, topics.SendAdjustedBody{Send: send(), FinalCost: topics.Number(pick("4", "19", "45")), Currency: "USD"})
	case n < 13:
		return w.event(topics.Send, org, topics.TypeSendCancelled, topics.SendCancelledBody{Send: send()})
	case n < 15:
		return w.event(topics.Send, org, topics.TypeSendApproved, topics.SendApprovedBody{Send: send()})
	case n < 17:
		result := topics.AttemptResolvedBody{Attempt: fmt.Sprintf("card/%d/1", 1+w.random.IntN(9)), Result: pick("succeeded", "failed")}
		return w.event(topics.PaymentResult, org, topics.TypeAttemptResolved, result)
	case n < 18:
		return w.event(topics.Send, org, topics.TypeSpendQuoted, topics.SpendQuotedBody{User: pick("ann", "bob"), OtherPayer: pick("", "ann"), Lines: lines, Currency: "USD"})
	default:
		return w.event(topics.Send, org, topics.TypeOrderPlaced, topics.OrderPlacedBody{
			Order: fmt.Sprint("o", w.ids), User: pick("ann", "bob"), SpendingAccount: account, OtherPayer: strings.TrimSpace(pick("ann", " ")), Lines: lines, Currency: "USD",
		})
	}
}
