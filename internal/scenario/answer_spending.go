package scenario

import (
	"strconv"

	"purser/processors/core"
	"purser/topics"
)

// spending shows a spending account: whether it is switched on now, and what its users are told of it.
func (w *world) spending(q question) Outcome {
	cell, _ := w.cells.Cell(string(core.AppendSpendingKey(nil, q.org, q.account)))
	s, ok := cell.(*core.Spending)
	if !ok {
		return Outcome{Head: "none"}
	}
	v := core.InForce(s.Versions, topics.TimeOf(w.clock))
	state := "off"
	if v.On {
		state = "on"
	}
	o := Outcome{Head: "spending-account " + s.ID + " " + state}
	l := &v.Terms.Labels
	rows := [][]string{{topics.SpendingType(v.Terms), "budget " + amount(v.Terms.Budget), s.Currency.String(), "balances " + strconv.FormatInt(s.Opened, 10)}}
	for _, row := range [][]string{{"name", l.Name}, {"about", l.Description}, {"tooltip", l.Tooltip}, {"cost-centre", l.CostCentre}} {
		if row[1] != "" {
			rows = append(rows, row)
		}
	}
	for _, line := range table(rows) {
		o.Details = append(o.Details, Detail{Text: line})
	}
	return o
}

// order shows where an order stands.
func (w *world) order(q question) Outcome {
	cell, _ := w.cells.Cell(string(core.AppendOrderKey(nil, q.org, q.send)))
	s, ok := cell.(*core.Order)
	if !ok {
		return Outcome{Head: "none"}
	}
	o := Outcome{Head: "order " + s.ID + " " + s.State.String()}
	rows := [][]string{{"payer", s.Account, amount(s.Applied), s.Currency.String(), "of " + amount(s.Cost)}}
	for i := range s.Other {
		rows = append(rows, []string{"payer", s.Other[i].Account, amount(s.Other[i].Price), s.Currency.String()})
	}
	if s.CostCentre != "" {
		rows = append(rows, []string{"cost-centre", s.CostCentre})
	}
	for _, line := range table(rows) {
		o.Details = append(o.Details, Detail{Text: line})
	}
	return o
}
