package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"purser/topics"
)

// TestSpendingFromTheOutside: what a user has, before and after an order, a send and a cancellation, and what was done (R7.9, R7.11).
func TestSpendingFromTheOutside(t *testing.T) {
	stop := startDev(t, filepath.Join(t.TempDir(), "data"))
	defer stop()
	const since = "2026-01-01T00:00:00Z"
	produce(t, topics.Account, "1", topics.TypeOrgDefined, topics.OrgDefinedBody{Currency: "USD", SplitBilling: true})
	produce(t, topics.Account, "2", topics.TypeAccountDefined, topics.AccountDefinedBody{Account: "ann", Kind: "wallet"})
	produce(t, topics.Account, "3", topics.TypeCampaignDefined, topics.CampaignDefinedBody{Campaign: "mugs", Payer: "sender", EffectiveFrom: since})
	produce(t, topics.Account, "4", topics.TypeSpendingDefined, topics.SpendingDefinedBody{
		SpendingAccount: "gifts", Name: "Gifts", CostCentre: "CC-7", Type: "standard", Start: "2026-01-01", Budget: "200", EligibleFor: &topics.SpendingFor{Groups: []string{"sales"}}, EffectiveFrom: since,
	})
	produce(t, topics.Account, "5", topics.TypeSpendingDefined, topics.SpendingDefinedBody{
		SpendingAccount: "store", Type: "shared", Start: "2026-01-01", End: "2026-01-31", Budget: "70", EligibleFor: &topics.SpendingFor{Users: []string{"ann", "bob"}}, EffectiveFrom: since,
	})
	produce(t, topics.Account, "6", topics.TypeSpendingDefined, topics.SpendingDefinedBody{SpendingAccount: "board", Type: "shared", Start: "2026-01-01", EligibleFor: &topics.SpendingFor{Groups: []string{"board"}}})
	produce(t, topics.Account, "7", topics.TypeSpendingSwitched, topics.SpendingSwitchedBody{SpendingAccount: "gifts", On: true, EffectiveFrom: since})
	produce(t, topics.Account, "8", topics.TypeUserDefined, topics.UserDefinedBody{User: "ann", Groups: []string{"sales"}, EffectiveFrom: since})
	eventually(t, "gifts", "spending", "list", "acme", "ann")
	out := must(t, "spending", "list", "acme", "ann")
	for _, line := range []string{"gifts", "200.000000  USD  active", "standard  2026-01-01", "CC-7", "Gifts", "store", "70.000000   USD  inactive  shared    2026-01-01  2026-01-31", "as of offset"} {
		if !strings.Contains(out, line) {
			t.Errorf("the list lacks %q:\n%s", line, out)
		}
	}
	if strings.Contains(out, "board") {
		t.Errorf("she may not use board:\n%s", out)
	}
	line := []topics.OrderLine{{Item: "mug", Quantity: "2", UnitPrice: "20"}}
	produce(t, topics.Send, "9", topics.TypeOrderPlaced, topics.OrderPlacedBody{Order: "o-1", User: "ann", SpendingAccount: "gifts", Lines: line, Currency: "USD"})
	produce(t, topics.Send, "10", topics.TypeSendRequested, topics.SendRequestedBody{
		Send: "s-1", Campaign: "mugs", Sender: "ann", Origin: "manual", Lines: []topics.SendLine{{Item: "mug", UnitPrice: "30"}}, Currency: "USD", SpendingAccount: "gifts",
	})
	eventually(t, "130.000000", "spending", "list", "acme", "ann")
	produce(t, topics.Send, "11", topics.TypeOrderCancelled, topics.OrderCancelledBody{Order: "o-1"})
	eventually(t, "170.000000", "spending", "list", "acme", "ann")
	out = must(t, "spending", "activity", "acme", "gifts", "ann", "--from", "kafka")
	for _, part := range []string{"gifts Gifts, standard, from 2026-01-01 to -", "o-1  ann  cancelled  -40.000000  160.000000", "opening", "200.000000  200.000000", "s-1  ann   accepted  -30.000000", "CC-7", "4 entries"} {
		if !strings.Contains(out, part) {
			t.Errorf("the activity lacks %q:\n%s", part, out)
		}
	}
	var a activityLine
	if err := json.Unmarshal([]byte(must(t, "spending", "activity", "acme", "gifts", "ann", "--from", "kafka", "--json")), &a); err != nil {
		t.Fatal(err)
	}
	if len(a.Entries) != 4 || a.Name != "Gifts" || a.Currency != "USD" || a.Entries[0].Kind != "order" || a.Entries[0].Status != "cancelled" || a.Entries[0].Amount != "40.000000" ||
		a.Entries[1].Kind != "send" || a.Entries[1].Cost != "30.000000" || a.Entries[2].Status != "cancelled" || a.Entries[2].Balance != "160.000000" || a.Entries[3].Kind != "opening" || a.Entries[3].Amount != "200.000000" {
		t.Errorf("as JSON: %+v", a)
	}
	var l usableList
	if err := json.Unmarshal([]byte(must(t, "spending", "list", "acme", "ann", "--json")), &l); err != nil || len(l.Accounts) != 2 ||
		l.Accounts[0].Available != "170.000000" || !l.Accounts[0].Active || l.Accounts[1].SpendingAccount != "store" || l.Accounts[1].Active || len(l.AsOf) == 0 {
		t.Errorf("as JSON: %+v, %v", l, err)
	}
	if out := must(t, "spending", "activity", "acme", "store", "--from", "kafka"); !strings.Contains(out, "0 entries") {
		t.Errorf("nothing was done with store:\n%s", out)
	}
	if out := must(t, "balance", "acme", "spending:gifts/ann"); !strings.HasPrefix(out, "170.000000 USD") {
		t.Errorf("the balance: %s", out)
	}
	for args, want := range map[string]string{
		"list nowhere ann": "there is no such org", "activity acme gifts": "say whose", "activity acme nothing": "no such spending account",
		"activity acme gifts ann": "--from kafka", "activity acme gifts ann --from redis": "must be postgres or kafka", "activity acme gifts ann --limit 0": "at least 1",
	} {
		if out, _, err := purser(t, append([]string{"spending"}, strings.Fields(args)...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("spending %s says %v, and prints %q", args, err, out)
		}
	}
}
