package sinks

import (
	"purser/processors/core"
	"purser/topics"
)

// spentBody says which spending account pays an order (R7.10).
func spentBody(s *core.Spent) *topics.SpentBody {
	t := s.Terms
	b := &topics.SpentBody{
		SpendingAccount: s.Spending.ID, User: s.User, Name: t.Labels.Name, Description: t.Labels.Description, Tooltip: t.Labels.Tooltip,
		CostCentre: t.Labels.CostCentre, Type: topics.SpendingType(t), Start: string(topics.AppendDay(nil, t.Start)), Cost: s.Cost.String(),
	}
	if t.End != 0 {
		b.End = string(topics.AppendDay(nil, t.End))
	}
	return b
}

// appendOrdered writes topics.OrderedBody.
func appendOrdered(b []byte, o *core.Order) []byte {
	b = topics.AppendJSONString(append(b, `,"order":{"order":`...), o.ID)
	b = topics.AppendJSONString(append(b, `,"user":`...), o.User)
	b = topics.AppendJSONString(append(b, `,"spending_account":`...), o.Spending)
	if o.CostCentre != "" {
		b = topics.AppendJSONString(append(b, `,"cost_centre":`...), o.CostCentre)
	}
	b = append(append(b, `,"status":"`...), o.State.String()...)
	b = o.Cost.AppendTo(append(b, `","cost":"`...))
	b = o.Applied.AppendTo(append(b, `","paid":"`...))
	return append(b, `"}`...)
}
