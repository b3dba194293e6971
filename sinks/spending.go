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

// appendSpent writes a topics.SpentBody, where there is one.
func appendSpent(b []byte, s *topics.SpentBody) []byte {
	if s == nil {
		return b
	}
	b = topics.AppendJSONString(append(b, `,"spending":{"spending_account":`...), s.SpendingAccount)
	b = topics.AppendJSONString(append(b, `,"user":`...), s.User)
	b = appendGiven(b, `,"name":`, s.Name)
	b = appendGiven(b, `,"description":`, s.Description)
	b = appendGiven(b, `,"tooltip":`, s.Tooltip)
	b = appendGiven(b, `,"cost_centre":`, s.CostCentre)
	b = topics.AppendJSONString(append(b, `,"type":`...), s.Type)
	b = topics.AppendJSONString(append(b, `,"start":`...), s.Start)
	b = appendGiven(b, `,"end":`, s.End)
	b = topics.AppendJSONString(append(b, `,"cost":`...), s.Cost)
	return append(b, '}')
}

// appendPart writes topics.PartBody, where a spending account pays for the send.
func appendPart(b []byte, s *core.Send) []byte {
	p := &s.Part
	if p.Account == "" {
		return b
	}
	b = topics.AppendJSONString(append(b, `,"spending":{"spending_account":`...), p.Spending)
	b = topics.AppendJSONString(append(b, `,"account":`...), p.Account)
	b = topics.AppendJSONString(append(b, `,"user":`...), s.Sender)
	if p.CostCentre != "" {
		b = topics.AppendJSONString(append(b, `,"cost_centre":`...), p.CostCentre)
	}
	b = append(append(b, `,"status":"`...), s.State.String()...)
	b = s.Cost.AppendTo(append(b, `","cost":"`...))
	b = p.Amount.AppendTo(append(b, `","paid":"`...))
	return append(b, `"}`...)
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
