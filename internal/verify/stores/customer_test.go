package stores_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/topics"
)

// The auditor keeps every customer's debits and credits by itself; here it judges what the engine made of some months of them, with a payment
// that settles more debits than one entry allocates to.
func TestTheEngineAndTheAuditorAgreeOnCustomers(t *testing.T) {
	w := newTown(t, "shop.", 8, smallSlices)
	for o := range townOrgs {
		org := fmt.Sprint("org-", o)
		w.produce(w.event(topics.Account, org, topics.TypeOrgDefined, topics.OrgDefinedBody{Currency: "USD", TimeZone: "Asia/Kathmandu"}))
		w.produce(w.event(topics.Account, org, topics.TypeCustomerSettings, topics.CustomerSettingsBody{
			CreditRatings: []topics.CreditRating{{Rating: "good", CreditLimit: "300", CreditDays: "14"}},
			KYCProfiles:   []topics.KYCProfile{{Profile: "known", MaximumLimit: "200"}},
			Overrides:     []topics.CreditOverride{{Events: []string{"subscription"}, CreditRatings: []string{"good"}}},
		}))
		if o > 0 {
			w.produce(w.event(topics.Account, org, topics.TypePeriodsDefined, topics.PeriodsDefinedBody{Length: "monthly", YearBegins: time.Now().AddDate(0, 0, 3).Format("01-02")}))
		}
		for n := range 3 {
			w.produce(w.event(topics.Account, org, topics.TypeAccountDefined, topics.AccountDefinedBody{
				Account: fmt.Sprint("c-", n), Kind: "customer_account", Customer: []*topics.CustomerTerms{{CreditDays: "14", Prices: []topics.AgreedPrice{{Product: "room", UnitPrice: "7.5"}}}, {CreditRating: "good"}, {CreditRating: "good", KYCProfile: "known"}}[n],
			}))
		}
	}
	now := time.Now()
	for day := range 40 {
		for o := range townOrgs {
			for n := range 3 {
				w.produce(w.transactions(fmt.Sprint("org-", o), fmt.Sprint("c-", n))...)
			}
		}
		if day%7 == 6 {
			org := fmt.Sprint("org-", w.random.IntN(townOrgs))
			for _, account := range []string{"c-1", "c-2"} {
				w.produce(w.event(topics.Account, org, topics.TypeCreditRequested, topics.CreditRequestedBody{Account: account, For: []string{"subscription", "usage"}[w.random.IntN(2)], Amount: "120", Currency: "USD"}))
				b := topics.CustomerStatusBody{Account: account, Status: []string{"suspended", "active", "active", "written_off", "terminated"}[w.random.IntN(5)]}
				if b.Status == "written_off" {
					b.Transaction = fmt.Sprint("off", w.ids)
				}
				w.produce(w.event(topics.Account, org, topics.TypeCustomerStatus, b))
			}
		}
		if day == 30 {
			for range 45 {
				w.produce(w.event(topics.Account, "org-1", topics.TypeTransactionRecorded, w.transaction("c-0", "invoice", "1.5")))
			}
			w.produce(w.event(topics.PaymentResult, "org-1", topics.TypePaymentReceived, topics.PaymentReceivedBody{Account: "c-0", Payment: "all", Amount: "100000", Currency: "USD"}))
		}
		now = now.AddDate(0, 0, 1)
		w.askOfPeriods(now)
		w.tick(now)
	}
	report := w.audit()
	for _, kind := range []core.AlertKind{core.OverCreditLimit, core.WithinCreditLimit} {
		if report.Alerts[string(kind)] == 0 {
			t.Errorf("no %s was seen", kind)
		}
	}
	if report.Differences > 0 || report.Rejected < 20 {
		t.Fatalf("%d rejections: %s", report.Rejected, report.LastLine())
	}
}

// askOfPeriods has drafts posted, corrects what is early, and closes what is over, now or a day later.
func (w *town) askOfPeriods(now time.Time) {
	for o := range townOrgs {
		org := fmt.Sprint("org-", o)
		w.produce(w.event(topics.Account, org, []string{topics.TypePeriodDraftsPosted, topics.TypePeriodCorrected}[w.random.IntN(2)], topics.PeriodNamedBody{}))
		b := topics.PeriodCloseRequestedBody{}
		if w.random.IntN(4) == 0 {
			b.At = now.AddDate(0, 0, w.random.IntN(3)).UTC().Format(time.RFC3339)
		}
		w.produce(w.event(topics.Account, org, topics.TypePeriodCloseRequested, b))
	}
}

func (w *town) transaction(account, kind, amount string) topics.TransactionRecordedBody {
	return topics.TransactionRecordedBody{
		Account: account, Transaction: fmt.Sprint("t", w.ids), Kind: kind, Amount: topics.Number(amount), Currency: "USD",
	}
}

// transactions are what happens to a customer on a day.
func (w *town) transactions(org, account string) (all []*kgo.Record) {
	for range 1 + w.random.IntN(4) {
		kind := []string{"invoice", "invoice", "debit_note", "payment", "payment", "credit_note", "write_off", "opening_balance"}[w.random.IntN(8)]
		b := w.transaction(account, kind, fmt.Sprintf("%d.%02d", 1+w.random.IntN(90), w.random.IntN(100)))
		if w.random.IntN(3) == 0 {
			b.Date = time.Now().AddDate(0, 0, w.random.IntN(50)-6).Format(time.DateOnly)
		}
		b.Draft, b.For = w.random.IntN(5) == 0, []string{"", "subscription"}[w.random.IntN(2)]
		if kind == "invoice" && w.random.IntN(3) == 0 {
			b.Amount, b.Lines = "", []topics.SaleLine{{Product: "tea", Quantity: "15", UnitPrice: "3.333333333"}, {Product: "room", ProductType: "stay", Quantity: "2"}}
			if account != "c-0" || w.random.IntN(2) == 0 {
				b.Lines[1].UnitPrice = "19"
			}
		}
		if kind == "opening_balance" {
			b.Side = "debit"
		}
		if kind == "payment" && w.random.IntN(2) == 0 {
			b.Against = fmt.Sprint("t", w.random.IntN(w.ids))
		}
		all = append(all, w.event(topics.Account, org, topics.TypeTransactionRecorded, b))
		if b.Draft {
			named := topics.TransactionNamedBody{Account: account, Transaction: b.Transaction}
			all = append(all, w.event(topics.Account, org, []string{topics.TypeTransactionPosted, topics.TypeTransactionDiscarded}[w.random.IntN(2)], named))
		}
	}
	return append(all, w.event(topics.PaymentResult, org, topics.TypePaymentReceived, topics.PaymentReceivedBody{
		Account: account, Payment: fmt.Sprint("p", w.random.IntN(40)), Amount: topics.Number(fmt.Sprint(1 + w.random.IntN(50))), Currency: "USD",
	}))
}
