package stores_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"purser/processors/core"
	"purser/topics"
)

// The auditor follows automatic and recurring payments by a model of its own (R8.5, R8.10); here it judges what the engine made of some months of
// customers who pay by card and from wallets, with a gateway that does all that gateways do.
func TestTheEngineAndTheAuditorAgreeOnCustomersWhoPay(t *testing.T) {
	w := newTown(t, "pays.", 10, smallSlices)
	for o := range townOrgs {
		w.definePayers(fmt.Sprint("org-", o))
	}
	ctx, stop := context.WithCancel(t.Context())
	var going sync.WaitGroup
	going.Go(func() { w.gateway(ctx, w.client) })
	now := time.Now()
	for day := range 40 {
		for o := range townOrgs {
			org := fmt.Sprint("org-", o)
			w.produce(w.event(topics.PaymentResult, org, topics.TypePaymentReceived, topics.PaymentReceivedBody{
				Account: "purse", Payment: fmt.Sprint("w", day), Amount: topics.Number(fmt.Sprint(1 + day%60)), Currency: "USD",
			}))
			for n := range payers {
				w.produce(w.transactions(org, fmt.Sprint("c-", n))...)
				for range 2 {
					w.produce(w.event(topics.Account, org, topics.TypeTransactionRecorded, w.transaction(fmt.Sprint("c-", n), "invoice", "40.123456")))
				}
			}
			if day == 35 {
				w.produce(w.event(topics.Account, org, topics.TypeCustomerStatus, topics.CustomerStatusBody{Account: "c-0", Status: "terminated"}))
			}
		}
		now = now.AddDate(0, 0, 1)
		w.tick(now)
	}
	stop()
	going.Wait()
	report := w.audit()
	if report.Alerts[string(core.RecurringFailed)] == 0 || report.Attempts < 50 {
		t.Errorf("%d attempts, and no wallet that had too little", report.Attempts)
	}
	if report.Differences > 0 {
		t.Fatal(report.LastLine())
	}
}

// payers is how many customers of an org pay by themselves.
const payers = 4

// definePayers defines an org with customers who pay by card or from a wallet.
func (w *town) definePayers(org string) {
	w.produce(w.event(topics.Account, org, topics.TypeOrgDefined, topics.OrgDefinedBody{Currency: "USD", TimeZone: "Asia/Kathmandu"}),
		w.event(topics.Account, org, topics.TypeAccountDefined, topics.AccountDefinedBody{Account: "purse", Kind: "wallet"}),
		w.event(topics.Account, org, topics.TypeCustomerSettings, topics.CustomerSettingsBody{Payments: &topics.PaymentSettings{Gateways: []string{"stripe"}}}))
	card := topics.PaymentPreference{Preference: "card", Kind: "card", Gateway: "stripe", PaymentMethod: "tok", Subscriptions: true, Purchases: true}
	purse := topics.PaymentPreference{Preference: "purse", Kind: "wallet", Wallet: "purse", Purchases: true}
	for n, terms := range []topics.CustomerTerms{
		{CreditLimit: "20", CreditDays: "5", Preferences: []topics.PaymentPreference{card}},
		{CreditLimit: "30", CreditDays: "3", Preferences: []topics.PaymentPreference{purse}},
		{CreditLimit: "10", Preferences: []topics.PaymentPreference{purse, card}},
		{CreditDays: "2", Preferences: []topics.PaymentPreference{{Preference: "other", Kind: "other", Default: true}, card}},
	} {
		w.produce(w.event(topics.Account, org, topics.TypeAccountDefined, topics.AccountDefinedBody{Account: fmt.Sprint("c-", n), Kind: "customer_account", Customer: &terms}))
	}
}
