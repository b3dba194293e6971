package stores_test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/committed"
	"purser/processors/core"
	"purser/topics"
)

func (w *town) event(topic, org, kind string, body any) *kgo.Record {
	w.sent.Lock()
	defer w.sent.Unlock()
	w.ids++
	return topics.NewEvent(w.names.Of(topic), org, "town", fmt.Sprint("e", w.ids), kind, 0, body)
}

func (w *town) produce(records ...*kgo.Record) {
	w.t.Helper()
	if err := w.producer.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
		w.t.Error(err)
	}
}

func (w *town) define() {
	for o := range townOrgs {
		org := fmt.Sprint("org-", o)
		w.produce(w.event(topics.Account, org, topics.TypeOrgDefined, topics.OrgDefinedBody{Currency: "USD", Multipliers: map[string]topics.Number{"message": "1.5"}, UsageReversibleHours: "168"}))
		w.produce(w.event(topics.Account, org, topics.TypeAccountDefined, topics.AccountDefinedBody{Account: "agency", Kind: "agency_wallet", Contacts: []string{"boss"}}))
		w.produce(w.event(topics.Account, org, topics.TypeCampaignDefined, topics.CampaignDefinedBody{Campaign: "mugs", Payer: "sender"}))
		w.produce(w.event(topics.Account, org, topics.TypeAccountDefined, topics.AccountDefinedBody{
			Account: "source", Kind: "funding_source", Contacts: []string{"cfo"}, Funding: &topics.FundingTerms{Name: "events", PaymentType: "invoice", Default: o%2 == 0},
		}))
		w.produce(w.event(topics.PaymentResult, org, topics.TypePaymentReceived, topics.PaymentReceivedBody{Account: "source", Payment: "p", Amount: "150", Currency: "USD"}))
		w.produce(w.event(topics.Account, org, topics.TypeCampaignDefined, topics.CampaignDefinedBody{Campaign: "gifts", Payer: "funding_source", Approval: true}))
		w.produce(w.event(topics.Account, org, topics.TypeTeamDefined, topics.TeamDefinedBody{Team: "sales", FundingSource: []string{"source", "none"}[o/2], Budget: &topics.TeamBudget{Amount: "3", Every: "month", Mode: "rollover"}}))
		w.produce(w.event(topics.Account, org, topics.TypePlanDefined, topics.PlanDefinedBody{
			Plan: "free", MonthlyCredits: &topics.MonthlyCredits{Amount: "9.5", ExpireAfterMonths: "1"},
		}))
		w.fund(org, o%2 == 0)
		for n := range townWallets {
			w.produce(w.event(topics.Account, org, topics.TypeAccountDefined, topics.AccountDefinedBody{
				Account: fmt.Sprint("w-", n), Kind: "wallet", Plan: "free", Recharge: &topics.RechargePolicy{
					WhenBalanceLowerThan: "50", Amount: "20.001", PaymentMethod: fmt.Sprint("tok-", n), Attempts: "3", RetrySeconds: "3600",
				},
			}))
		}
	}
}

// fund defines what is funded by card and by invoice, on a schedule and when low.
func (w *town) fund(org string, isDefault bool) {
	low := &topics.RechargePolicy{WhenBalanceLowerThan: "50", Amount: "20.001"}
	w.produce(
		w.event(topics.Account, org, topics.TypeAccountDefined, topics.AccountDefinedBody{Account: "fs-card", Kind: "funding_source", Recharge: low, Funding: &topics.FundingTerms{
			Name: "card", PaymentType: "credit_card", PaymentMethod: "tok-fs", Default: isDefault, Schedule: &topics.FundingSchedule{Every: "month", Amount: "31.5"},
		}}),
		w.event(topics.Account, org, topics.TypeAccountDefined, topics.AccountDefinedBody{Account: "fs-bill", Kind: "funding_source", Recharge: low, Funding: &topics.FundingTerms{
			Name: "bill", PaymentType: "invoice", PONumber: "PO", Schedule: &topics.FundingSchedule{Every: "quarter", Amount: "90"},
		}}),
		w.event(topics.Account, org, topics.TypeFXRateDefined, topics.FXRateDefinedBody{From: "USD", To: "EUR", Rate: "0.91"}),
		w.event(topics.Account, org, topics.TypeFXRateDefined, topics.FXRateDefinedBody{From: "EUR", To: "USD", Rate: "1.0899"}),
		w.event(topics.Account, org, topics.TypeAccountDefined, topics.AccountDefinedBody{Account: "abroad", Kind: "wallet", Currency: "EUR"}),
		w.event(topics.Account, org, topics.TypeTeamDefined, topics.TeamDefinedBody{Team: "team", FundingSource: "fs-card", LicenceSource: "fs-card", Budget: &topics.TeamBudget{Amount: "12.5", Every: "week"}}),
	)
}

// source is an hour of a funding source.
func (w *town) source(org, wallet string) *kgo.Record {
	source := []string{"fs-card", "fs-bill", wallet}[w.random.IntN(3)]
	switch w.random.IntN(5) {
	case 0:
		return w.event(topics.Account, org, topics.TypeFundingRequested, topics.FundingRequestedBody{Account: source, Amount: "12.5", Currency: "USD"})
	case 1:
		kind := []string{topics.TypeMemberJoined, topics.TypeMemberLeft}[w.random.IntN(2)]
		return w.event(topics.Account, org, kind, topics.MemberBody{Team: "team", Account: wallet})
	case 2:
		return w.event(topics.Account, org, topics.TypeInvoiceVoided, topics.InvoiceVoidedBody{Invoice: w.number()})
	}
	return w.event(topics.PaymentResult, org, topics.TypeInvoicePaid, topics.InvoicePaidBody{Invoice: w.number(), Payment: "i", Amount: "15", Currency: "USD"})
}

// licence is one that was bought for a team that pays by card, or by invoice, or not at all.
func (w *town) licence(org string) *kgo.Record {
	return w.event(topics.Account, org, topics.TypeLicencePurchased, topics.LicencePurchasedBody{
		Team: []string{"team", "team", "sales", "nobody"}[w.random.IntN(4)], Amount: topics.Number(fmt.Sprint(1+w.random.IntN(90), ".005")), Currency: []string{"USD", "EUR"}[w.random.IntN(2)],
	})
}

func (w *town) number() topics.Number { return topics.Number(fmt.Sprint(1 + w.random.IntN(30))) }

// sending asks for a send, or for what follows one, whichever comes first.
func (w *town) sending(org, wallet string) *kgo.Record {
	send, cost := fmt.Sprint("s-", w.random.IntN(40)), topics.Number(fmt.Sprint(w.random.IntN(30)))
	switch w.random.IntN(8) {
	case 6:
		return w.event(topics.Account, org, topics.TypeMemberJoined, topics.MemberBody{Team: "sales", Account: wallet})
	case 7:
		return w.event(topics.Send, org, topics.TypeSendDeclined, topics.SendDeclinedBody{Send: send})
	case 0, 1:
		return w.event(topics.Send, org, topics.TypeSendRequested, topics.SendRequestedBody{
			Send: send, Campaign: []string{"mugs", "gifts"}[w.random.IntN(2)], Sender: wallet, Origin: []string{"manual", "triggered"}[w.random.IntN(2)], EstimatedCost: cost, Currency: "USD",
		})
	case 2:
		return w.event(topics.Send, org, topics.TypeSendCancelled, topics.SendCancelledBody{Send: send})
	case 3:
		return w.event(topics.Send, org, topics.TypeSendApproved, topics.SendApprovedBody{Send: send})
	default:
		return w.event(topics.Send, org, topics.TypeSendAdjusted, topics.SendAdjustedBody{Send: send, FinalCost: cost, Currency: "USD"})
	}
}

// live is an hour in town.
func (w *town) live() {
	var records []*kgo.Record
	for range 30 {
		org, wallet := fmt.Sprint("org-", w.random.IntN(townOrgs)), fmt.Sprint("w-", w.random.IntN(townWallets+1)) // one is nobody's
		switch w.random.IntN(26) {
		case 12, 13, 14, 15, 16, 17:
			records = append(records, w.sending(org, wallet))
		case 0:
			records = append(records, w.event(topics.Account, org, topics.TypeRechargeRequested, topics.RechargeRequestedBody{Account: wallet, Amount: "7.5", Currency: "USD"}))
		case 1:
			records = append(records, w.event(topics.PaymentResult, org, topics.TypePaymentReceived, topics.PaymentReceivedBody{Account: wallet, Payment: "p", Amount: "30", Currency: "USD"}))
		case 2:
			bucket, reference := []string{"purchased", "complimentary"}[w.random.IntN(2)], fmt.Sprint("r-", w.random.IntN(9))
			records = append(records, w.event(topics.Account, org, topics.TypeCreditsRemoved, topics.CreditsRemovedBody{Account: wallet, Amount: "3.5", Currency: "USD", Bucket: bucket, Removal: reference}))
		case 3:
			reference := []string{"", fmt.Sprint("r-", w.random.IntN(9))}[w.random.IntN(2)]
			records = append(records, w.event(topics.PaymentResult, org, topics.TypePaymentRefunded, topics.PaymentRefundedBody{Account: wallet, Payment: "p", Amount: "4", Currency: "USD", Removal: reference}))
		case 4, 5: // of something that was or is still to come, often of no usage
			of := fmt.Sprint("e", max(1, w.ids+3-w.random.IntN(40)))
			records = append(records, w.event(topics.Usage, org, topics.TypeUsageVoided, topics.UsageVoidedBody{Usage: of}))
		case 6, 7:
			of := fmt.Sprint("e", max(1, w.ids+3-w.random.IntN(40)))
			records = append(records, w.event(topics.Usage, org, topics.TypeUsageCorrected, topics.UsageCorrectedBody{Usage: of, Cost: topics.Number(fmt.Sprint(w.random.IntN(30), ".005"))}))
		case 8, 9, 10:
			records = append(records, w.source(org, wallet))
		case 18:
			records = append(records, w.licence(org))
		case 11:
			from, to := []string{"fs-card", "fs-bill", wallet}[w.random.IntN(3)], []string{wallet, "fs-card", "abroad"}[w.random.IntN(3)]
			records = append(records, w.event(topics.Account, org, topics.TypeTransferRequested, topics.TransferRequestedBody{From: from, To: to, Amount: "6.125", Currency: "USD"}))
		default:
			records = append(records, w.event(topics.Usage, org, topics.TypeUsageRecorded, topics.UsageRecordedBody{Account: wallet, Channel: "message", Cost: topics.Number(fmt.Sprint(w.random.IntN(25))), Currency: "USD"}))
		}
	}
	w.produce(records...)
}

// gateway answers attempts until ctx ends: mostly with a success or a failure, and now and then twice, against itself, about
// something that never was, or never.
func (w *town) gateway(ctx context.Context, client []kgo.Opt) {
	reader, err := kgo.NewClient(append(client, kgo.ConsumeTopics(w.names.Of(topics.RechargeAttempt)), kgo.FetchIsolationLevel(kgo.ReadCommitted()))...)
	if err != nil {
		w.t.Error(err)
		return
	}
	defer reader.Close()
	for {
		fetches := reader.PollFetches(ctx)
		if ctx.Err() != nil {
			return
		}
		fetches.EachRecord(func(r *kgo.Record) {
			var attempt topics.RechargeAttemptBody
			if err := json.Unmarshal(r.Value, &attempt); err != nil {
				w.t.Error(err)
			}
			w.answer(&attempt)
		})
	}
}

func (w *town) answer(a *topics.RechargeAttemptBody) {
	result := func(attempt, result string) *kgo.Record {
		return w.event(topics.PaymentResult, a.Org, topics.TypeAttemptResolved, topics.AttemptResolvedBody{Attempt: attempt, Result: result})
	}
	h := fnv.New32()
	_, _ = h.Write([]byte(a.IdempotencyKey)) // never fails
	switch h.Sum32() % 12 {
	case 0: // never
	case 1:
		w.produce(result(a.Attempt, "failed"), result(a.Attempt, "succeeded"), result(a.Attempt, "failed"))
	case 2:
		again := result(a.Attempt, "succeeded")
		copied := *again
		w.produce(again, &copied, result(a.Attempt, "succeeded"))
	case 3:
		w.produce(result(a.Attempt+"/1", "succeeded"), result(a.Attempt, "failed"))
	case 4, 5, 6, 7:
		w.produce(result(a.Attempt, "succeeded"))
	default:
		w.produce(result(a.Attempt, "failed"))
	}
}

// The auditor follows every recharge by a model of its own; here it judges what the engine made of some months in which a gateway did
// all that gateways do.
func TestTheEngineAndTheAuditorAgreeOnRecharges(t *testing.T) {
	w := newTown(t, "town.", 7, smallSlices)
	ctx, stop := context.WithCancel(t.Context())
	var gateway sync.WaitGroup
	gateway.Go(func() { w.gateway(ctx, w.client) })
	w.define()
	now := time.Now()
	for hour := range 60 {
		w.live()
		now = now.Add(time.Hour)
		if hour%20 == 19 {
			now = now.AddDate(0, 0, 45) // the processor slept
		}
		w.tick(now)
	}
	stop()
	gateway.Wait()
	report := w.audit()
	if report.Differences > 0 || report.Attempts < 200 || report.Rejected == 0 || report.Invoices < 20 {
		t.Fatalf("%d attempts, %d rejections: %s", report.Attempts, report.Rejected, report.LastLine())
	}
	for _, kind := range []core.AlertKind{
		core.RechargeFailed, core.RechargeExhausted, core.RechargeUnresolved, core.RechargeDisputed, core.UnknownResult,
		core.InvoiceOverpaid,
		core.AdjustmentInSuspense,
	} {
		if report.Alerts[string(kind)] == 0 {
			t.Errorf("no %s was seen: the town is too quiet", kind)
		}
	}
	compareBills(t, w.producer, w.names)
}

// drained waits until the engine has decided all that is there.
func drained(t *testing.T, reader *committed.Reader, names topics.Names) {
	t.Helper()
	spans, err := reader.Spans(t.Context(), names.Inputs()...)
	if err != nil {
		t.Fatal(err)
	}
	ends := map[string][]int64{}
	for topic, partitions := range spans {
		for _, span := range partitions {
			ends[topic] = append(ends[topic], span.End)
		}
	}
	if err := reader.Wait(t.Context(), committed.Quiet{Group: "engine", Ends: ends, Timeout: time.Minute}); err != nil {
		t.Fatal(err)
	}
}
