package processors_test

import (
	"testing"

	. "purser/processors/core"
)

// TestASendIsGivenUpBeforeALateResult: a tick that was read and is not worked off yet has made the send due, so a result that comes then
// is later than its end, and just credits (R1.7, R6.3).
func TestASendIsGivenUpBeforeALateResult(t *testing.T) {
	w := newWorld(t)
	w.send(org(""))
	w.send(wallet("w", "", ""))
	w.send(&Event{Type: AccountDefined, Account: &AccountVersion{ID: "card", Kind: KindFundingSource, Terms: &FundingTerms{Method: "tok"}}})
	w.send(&Event{Type: CampaignDefined, Campaign: &CampaignVersion{ID: "c", FundingPays: true, FundingSource: "card", AddFunds: true}})
	w.tick(start)
	asked := w.send(&Event{Type: SendRequested, Send: &SendRequest{Send: "s", Campaign: "c", Sender: "w", Cost: m("5"), Currency: usd, AddFunds: true}})
	if asked.Outcome.Reason != FundsPending {
		t.Fatalf("%+v", asked.Outcome)
	}
	w.send(&Event{Type: Tick, TickAt: start + day})
	e := w.send(result("card/1/1", true))
	expect(t, "postings", postings(e), []string{"world:payments → card 5.000000 USD purchased"})
	if e.Outcome.Status != NoOutcome {
		t.Errorf("the late result answers %+v", e.Outcome)
	}
	given := &w.log[len(w.log)-2]
	if given.Work != FundsOverdue || given.Outcome.Status != Rejected || given.Outcome.Reason != FundsTooLate || given.At != start+day {
		t.Errorf("before it: %+v", given)
	}
	w.allIsHeldForSomething()
}
