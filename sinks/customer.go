package sinks

import (
	"strconv"

	"purser/processors/core"
	"purser/topics"
)

// appendTransaction names the transaction of a customer account that an entry is about, and what it has allocated (R8.1, R8.2).
func appendTransaction(b []byte, d *core.Decision) []byte {
	if t := d.Told.Transaction; t != nil {
		b = topics.AppendJSONString(append(b, `,"transaction":{"transaction":`...), t.Reference)
		b = topics.AppendJSONString(append(b, `,"account":`...), t.Account)
		b = append(append(b, `,"kind":"`...), t.Kind.String()...)
		b = append(append(b, `","side":"`...), sideOf(t)...)
		b = append(append(b, `","state":"`...), d.Told.State.String()...)
		b = t.Amount.AppendTo(append(b, `","amount":"`...))
		b = append(append(b, `","currency":"`...), d.Told.Currency[:]...)
		b = append(topics.AppendDay(append(b, `","date":"`...), t.Date), '"')
		if t.Debit && t.Number != 0 {
			b = append(topics.AppendDay(append(b, `,"due":"`...), t.Due), '"')
		}
		if t.Number != 0 {
			b = strconv.AppendUint(append(b, `,"number":`...), t.Number, 10)
		}
		if t.Against != "" {
			b = topics.AppendJSONString(append(b, `,"against":`...), t.Against)
		}
		if t.For != "" {
			b = topics.AppendJSONString(append(b, `,"for":`...), t.For)
		}
		b = append(appendBilled(appendAddressee(b, d.Told.Customer), d.Told.Lines), '}')
	}
	if c := d.Customer; c != nil {
		b = topics.AppendJSONString(append(b, `,"customer":{"account":`...), c.Account)
		b = append(append(append(b, `,"status":"`...), c.Status.String()...), `"}`...)
	}
	if len(d.Allocations) == 0 {
		return b
	}
	b = append(b, `,"allocations":`...)
	for i := range d.Allocations {
		a := &d.Allocations[i]
		b = append(b, listMark(i))
		b = topics.AppendJSONString(append(b, `{"credit":`...), a.Credit)
		b = topics.AppendJSONString(append(b, `,"debit":`...), a.Debit)
		b = append(a.Amount.AppendTo(append(b, `,"amount":"`...)), `"}`...)
	}
	return append(b, ']')
}

func appendBilled(b []byte, lines []core.BilledLine) []byte {
	if len(lines) == 0 {
		return b
	}
	b = append(b, `,"lines":`...)
	for i := range lines {
		l := &lines[i]
		b = topics.AppendJSONString(append(append(b, listMark(i)), `{"product":`...), l.Product)
		if l.Type != "" {
			b = topics.AppendJSONString(append(b, `,"product_type":`...), l.Type)
		}
		if l.Family != "" {
			b = topics.AppendJSONString(append(b, `,"product_family":`...), l.Family)
		}
		b = l.Quantity.AppendTo(append(b, `,"quantity":"`...))
		b = append(l.Price.AppendTo(append(b, `","unit_price":"`...)), '"')
		if l.Agreed {
			b = append(b, `,"agreed":true`...)
		}
		b = append(l.Amount.AppendTo(append(b, `,"amount":"`...)), `"}`...)
	}
	return append(b, ']')
}

func sideOf(t *core.Transaction) string {
	if t.Debit {
		return "debit"
	}
	return "credit"
}
