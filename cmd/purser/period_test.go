package main

import (
	"path/filepath"
	"strings"
	"testing"

	"purser/topics"
)

// TestPeriodsFromTheOutside: what keeps a period open, what becomes of it, and its end (R8.7).
func TestPeriodsFromTheOutside(t *testing.T) {
	stop := startDev(t, filepath.Join(t.TempDir(), "data"))
	defer stop()
	produce(t, topics.Account, "1", topics.TypeOrgDefined, topics.OrgDefinedBody{Currency: "USD"})
	produce(t, topics.Account, "2", topics.TypeAccountDefined, topics.AccountDefinedBody{Account: "blue", Kind: "customer_account"})
	produce(t, topics.Account, "3", topics.TypePeriodsDefined, topics.PeriodsDefinedBody{Length: "monthly", From: "2026-01-10"})
	produce(t, topics.Account, "4", topics.TypeTransactionRecorded, topics.TransactionRecordedBody{
		Account: "blue", Transaction: "i-1", Kind: "invoice", Amount: "10", Currency: "USD", Date: "2026-01-20", Draft: true,
	})
	produce(t, topics.Account, "5", topics.TypeTransactionRecorded, topics.TransactionRecordedBody{
		Account: "blue", Transaction: "i-2", Kind: "invoice", Amount: "10", Currency: "USD", Date: "2025-12-31",
	})
	eventually(t, "open    2026-01-01 to 2026-01-31 (monthly, 0 closed before it, the first from 2026-01-01)", "period", "status", "acme")
	fails := func(want []string, args ...string) {
		t.Helper()
		out, _, err := purser(t, append([]string{"period"}, args...)...)
		for _, part := range want {
			if err == nil || !strings.Contains(out+err.Error(), part) {
				t.Errorf("period %s ends with %v, and lacks %q:\n%s", strings.Join(args, " "), err, part, out)
			}
		}
	}
	wrong := []string{"1 drafts dated in it", "blue i-1", "1 transactions dated before the first period", "blue i-2"}
	fails(wrong, "close", "acme")
	fails(append(wrong, "as of offset"), "check", "acme")
	produce(t, topics.Account, "6", topics.TypePeriodDraftsPosted, topics.PeriodNamedBody{})
	produce(t, topics.Account, "7", topics.TypePeriodCorrected, topics.PeriodNamedBody{Period: "2026-01-01"})
	eventually(t, "open    2026-01-01", "period", "check", "acme")
	if out := must(t, "period", "close", "acme", "--period", "2026-01-01"); out != "closed 2026-01-01 to 2026-01-31; open from 2026-02-01\n" {
		t.Errorf("the close says %q", out)
	}
	fails([]string{"refused: period_closed"}, "close", "acme", "--period", "2026-01-01")
	if out := must(t, "period", "close", "acme", "--at", "2999-01-01T00:00:00Z"); out != "scheduled: 2026-02-01 to 2026-02-28 is closed at 2999-01-01T00:00:00Z\n" {
		t.Errorf("the plan says %q", out)
	}
	eventually(t, "planned the close of 2026-02-01 at 2999-01-01T00:00:00Z", "period", "check", "acme")
	fails([]string{"there is no such org"}, "status", "nowhere")
	fails([]string{"must be a day"}, "close", "acme", "--period", "January")
	fails([]string{"must be a time"}, "close", "acme", "--at", "soon")
}
