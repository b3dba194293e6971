package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"purser/topics"
)

// R7.3: a bad line is told by its number, and nothing of the file counts.
func TestBudgetsAreReadWholeOrNotAtAll(t *testing.T) {
	many := "user,amount\n"
	for i := range topics.MaxLines + 1 {
		many += strconv.Itoa(i) + ",1\n"
	}
	for _, c := range []struct{ text, told string }{
		{"user,amount\nann,25\nbob,x\n", "line 3: expected an amount such as 25.00, came \"x\""},
		{"ann,25\n\nbob\n", "line 3: expected user,amount, came 1 fields"},
		{"ann,25\n ,1\n", "line 2: expected a user, came nothing"},
		{"ann,25\nann,26\n", "line 2: ann is on line 1 already"},
		{"ann,-1\nbob,1e3\n", "line 2: expected an amount"},
		{"ann,-1\nbob,1e3\n", "line 1: expected an amount"},
		{"ann,1\n\"bob,1\n", "line 2: "},
		{"user,amount\n", "there is no budget in the file"},
		{many, "1001 budgets, and one import sets at most 1000"},
	} {
		if all, err := readBudgets([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.told) || all != nil {
			t.Errorf("%.40q: %v, %v; want %s", c.text, all, err, c.told)
		}
	}
	all, err := readBudgets([]byte("\ufeffuser,amount\r\n\"ann, of sales\", 25.50\r\nuser,3\r\n"))
	if err != nil || len(all) != 2 || all[0].User != "ann, of sales" || all[0].Amount.String() != "25.500000" || all[1].User != "user" {
		t.Errorf("%v, %v", all, err)
	}
	text, err := writeBudgets(all)
	if again, err2 := readBudgets(text); err != nil || err2 != nil || len(again) != 2 || again[0] != all[0] || again[1] != all[1] {
		t.Errorf("it comes back as %v, %v, %v", again, err, err2)
	}
}

// TestBudgetsFromTheOutside: what is exported, changed and imported again is what users have (R7.3).
func TestBudgetsFromTheOutside(t *testing.T) {
	stop := startDev(t, filepath.Join(t.TempDir(), "data"))
	defer stop()
	const since = "2026-01-01T00:00:00Z"
	produce(t, topics.Account, "1", topics.TypeOrgDefined, topics.OrgDefinedBody{Currency: "USD"})
	produce(t, topics.Account, "2", topics.TypeSpendingDefined, topics.SpendingDefinedBody{
		SpendingAccount: "gifts", Type: "standard", Start: "2026-01-01", Budget: "200", EligibleFor: &topics.SpendingFor{Groups: []string{"sales"}}, EffectiveFrom: since,
	})
	produce(t, topics.Account, "3", topics.TypeSpendingSwitched, topics.SpendingSwitchedBody{SpendingAccount: "gifts", On: true, EffectiveFrom: since})
	produce(t, topics.Account, "4", topics.TypeUserDefined, topics.UserDefinedBody{User: "ann", Groups: []string{"sales"}, EffectiveFrom: since})
	produce(t, topics.Account, "5", topics.TypeUserDefined, topics.UserDefinedBody{User: "bob", EffectiveFrom: since})
	line := []topics.OrderLine{{Item: "mug", UnitPrice: "20"}}
	produce(t, topics.Send, "6", topics.TypeOrderPlaced, topics.OrderPlacedBody{Order: "o-1", User: "ann", SpendingAccount: "gifts", Lines: line, Currency: "USD"})
	eventually(t, "180.000000", "spending", "list", "acme", "ann")
	file := filepath.Join(t.TempDir(), "budgets.csv")
	must(t, "spending", "export", "acme", "gifts", file)
	if text, err := os.ReadFile(file); err != nil || string(text) != "user,amount\nann,200.000000\n" {
		t.Fatalf("%q, %v", text, err)
	}
	if err := os.WriteFile(file, []byte("user,amount\nann,50\nbob,70\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _, err := purser(t, "spending", "import", "acme", "gifts", file, "--dry-run"); !errors.Is(err, codeDiffers) || !strings.Contains(out, "~ ann: 200.000000 → 50.000000") {
		t.Errorf("%v\n%s", err, out)
	}
	if out := must(t, "spending", "import", "acme", "gifts", file); !strings.Contains(out, "2 budgets are set") {
		t.Error(out)
	}
	eventually(t, "50.000000", "spending", "list", "acme", "ann")
	if out := must(t, "spending", "export", "acme", "gifts"); out != "user,amount\nann,50.000000\nbob,70.000000\n" {
		t.Error(out)
	}
	out := must(t, "spending", "activity", "acme", "gifts", "ann", "--from", "kafka")
	if !strings.Contains(out, "budget") || !strings.Contains(out, "-130.000000") {
		t.Errorf("the activity does not tell of the budget:\n%s", out)
	}
}
