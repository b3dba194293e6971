package inquiry

import (
	"testing"

	"purser/processors/money"
	"purser/topics"
)

// TestWhatWasDone: what each kind of entry was, and that what opened a balance is told apart from the order or send that did it.
func TestWhatWasDone(t *testing.T) {
	order := &topics.OrderedBody{Order: "o-1", User: "ann", Status: "accepted", Cost: "60", CostCentre: "CC-7"}
	opens := []Move{{Amount: 200 * money.Unit, With: "world:budget"}, {Amount: -50 * money.Unit, With: "revenue:sales"}}
	for _, c := range []struct {
		name string
		row  Row
		want []string // kind, reference, total, balance of each
	}{
		{"an order that opens it", Row{Order: order, Moves: opens, Total: 150 * money.Unit, Balance: "150.000000"},
			[]string{"order", "o-1", "-50.000000", "150.000000", "opening", "", "200.000000", "200.000000"}},
		{"a send", Row{Send: "s-1", Spending: &topics.PartBody{User: "ann", Status: "accepted", Cost: "9"}, Moves: opens[1:], Total: -50 * money.Unit, Balance: "100.000000"},
			[]string{"send", "s-1", "-50.000000", "100.000000"}},
		{"a budget that is set", Row{Type: "due.budget_set", Moves: opens[:1], Total: 200 * money.Unit, Balance: "300.000000"}, []string{"budget", "", "200.000000", "300.000000"}},
		{"a reload", Row{Type: "due.budget_reloaded", Moves: opens[:1], Total: 200 * money.Unit, Balance: "300.000000"}, []string{"reload", "", "200.000000", "300.000000"}},
	} {
		var got []string
		for _, d := range doneIn(&c.row) {
			got = append(got, d.Kind, d.Reference, d.Total.String(), d.Balance)
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
				break
			}
		}
	}
}
