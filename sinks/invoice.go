package sinks

import (
	"encoding/hex"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/topics"
)

// appendInvoices names the invoice that an entry settles, and those that it sends out.
func appendInvoices(b []byte, ev *core.Event, d *core.Decision) []byte {
	if ev != nil && ev.Bill != nil && d.Result == core.Applied {
		b = strconv.AppendUint(append(b, `,"invoice":`...), ev.Bill.Invoice, 10)
	}
	all := d.Invoices
	if len(all) == 0 {
		return b
	}
	b = append(b, `,"invoices":`...)
	for n := range all {
		i := all[n].Invoice
		b = append(b, listMark(n))
		b = strconv.AppendUint(append(b, `{"invoice":`...), i.Number, 10)
		b = i.Amount.AppendTo(append(b, `,"amount":"`...))
		b = append(append(b, `","currency":"`...), i.Currency[:]...)
		b = append(append(b, `","kind":"`...), i.Kind.String()...)
		b = topics.AppendJSONString(append(b, `","account":`...), i.Account)
		b = topics.AppendDay(append(b, `,"issued":"`...), all[n].Issued)
		b = topics.AppendDay(append(b, `","due":"`...), i.Due)
		b = append(b, `"}`...)
	}
	return append(b, ']')
}

// Invoice makes the record of an invoice (R9.3); the other arguments are those of Ledger.
func (e *Encoder) Invoice(q *core.InvoiceRequest, ev *core.Event, cause *kgo.Record, d *core.Decision) *kgo.Record {
	from, i := originOf(ev, cause, d), q.Invoice
	body := topics.InvoiceBody{
		Invoice: i.Number, Kind: i.Kind.String(), Org: from.org, Account: i.Account, Currency: i.Currency.String(), Amount: i.Amount.String(),
		Issued: string(topics.AppendDay(nil, q.Issued)), Due: string(topics.AppendDay(nil, i.Due)),
		PONumber: q.PO, Contacts: q.Contacts, For: q.For, Source: from.source, ID: from.id,
	}
	for _, l := range q.Lines {
		body.Lines = append(body.Lines, topics.InvoiceLineBody{Text: l.Text, Amount: l.Amount.String()})
	}
	id := topics.IdentityOf(from.org, topics.SourcePurser, "invoice/"+strconv.FormatUint(i.Number, 10))
	return e.marshalled(e.invoice, topics.TypeInvoice, hex.EncodeToString(id[:]), &from, cause, body)
}
