package sinks

import (
	"encoding/binary"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/processors/core"
	"purser/processors/money"
	"purser/topics"
)

// ledgerRoom is more than nearly every ledger record takes with all its headers.
const ledgerRoom = 4 << 10

// Ledger makes the ledger record of one decision (R9.5): a topics.LedgerEntryBody with the mark in a header. Previous is the link of
// the partition's record before it; the record's own comes back.
//
// For an event, cause is the record that it came in. An event that waited ends under its own identity: ev is that event and
// cause its original record, whether it was applied, refused or given up. For other due work, ev is nil, and cause is the
// record that was being worked on.
func (e *Encoder) Ledger(ev *core.Event, cause *kgo.Record, d *core.Decision, m topics.Mark, previous core.Link) (*kgo.Record, core.Link) {
	from := originOf(ev, cause, d)
	b := append(e.slabs.bytes.room(ledgerRoom), previous[:]...) // the order is that in which the link is hashed
	start := len(b)
	b = appendEntry(b, ev, &from, d, m.Entry)
	value := len(b)
	b = append(b, from.org...)
	key := len(b)
	b = binary.BigEndian.AppendUint16(b, uint16(key-value))
	head := len(b)
	b = topics.AppendMark(b, m)
	link := topics.LinkOf(b)
	b = append(b, link[:]...) // behind the mark, as AppendLinkedMark has it
	mark := len(b)
	b = strconv.AppendInt(b, int64(cause.Partition), 10)
	b = strconv.AppendUint(append(b, '-'), m.Entry, 10)
	id := len(b)
	b = topics.AppendPosition(b, cause)
	b = e.slabs.bytes.keep(b)

	rec := e.slabs.record()
	rec.Topic, rec.Partition = e.ledger, cause.Partition
	rec.Value = b[start:value:value]
	if key > value {
		rec.Key = b[value:key:key]
	}
	rec.Headers = e.slabs.headers.keep(append(e.slabs.headers.room(7),
		kgo.RecordHeader{Key: topics.HeaderMark, Value: b[head:mark:mark]},
		kgo.RecordHeader{Key: "ce_specversion", Value: valueSpecVersion},
		kgo.RecordHeader{Key: "ce_id", Value: b[mark:id:id]},
		kgo.RecordHeader{Key: "ce_source", Value: valuePurser},
		kgo.RecordHeader{Key: "ce_type", Value: valueLedgerEntry},
		kgo.RecordHeader{Key: "content-type", Value: valueJSON},
		kgo.RecordHeader{Key: topics.HeaderCause, Value: b[id:]},
	))
	return rec, link
}

// appendEntry writes topics.LedgerEntryBody by hand: reflection would cost more than the whole decision. A test holds it
// against encoding/json. The names of the system's accounts, currencies and numbers need no escaping.
func appendEntry(b []byte, ev *core.Event, from *origin, d *core.Decision, entry uint64) []byte {
	b = strconv.AppendUint(append(b, `{"entry":`...), entry, 10)
	b = topics.AppendJSONString(append(b, `,"org":`...), from.org)
	b = append(append(b, `,"type":"`...), from.kind...)
	b = topics.AppendJSONString(append(b, `","source":`...), from.source)
	b = topics.AppendJSONString(append(b, `,"id":`...), from.id)
	b = append(append(b, `,"result":"`...), d.Result.String()...)
	if d.Reason != core.ReasonNone {
		b = append(append(b, `","reason":"`...), d.Reason...)
	}
	b = topics.AppendTime(append(b, `","occurred_at":"`...), from.occurredAt)
	b = topics.AppendTime(append(b, `","recorded_at":"`...), from.recordedAt)
	currency := entryCurrency(d)
	if currency != (money.Currency{}) {
		b = append(append(b, `","currency":"`...), currency[:]...)
	}
	b = append(b, '"')
	b = appendPostings(b, d.Postings, currency)
	b = appendBalances(b, d.Lines, currency)
	if d.Price.Set {
		b = appendPrice(b, &d.Price)
	}
	if !d.Rate.IsZero() {
		b = append(d.Rate.AppendTo(append(b, `,"rate":"`...)), '"')
	}
	b = appendAttempts(b, d)
	b = appendInvoices(b, ev, d)
	if s := d.Sent; s != nil {
		b = topics.AppendJSONString(append(b, `,"send":`...), s.ID)
		b = topics.AppendJSONString(append(b, `,"campaign":`...), s.Campaign)
		b = appendPart(b, s)
	}
	if d.Ordered != nil {
		b = appendOrdered(b, d.Ordered)
	}
	b = appendTransaction(b, d)
	b = appendPeriod(b, d.Period)
	return append(b, '}')
}

// entryCurrency is what needs no mention on postings and balances: the wallet's that is charged, or the first posting's.
func entryCurrency(d *core.Decision) money.Currency {
	switch {
	case d.Price.Set:
		return d.Price.ChargeIn
	case len(d.Postings) > 0:
		return d.Postings[0].Currency
	}
	return money.Currency{}
}

func appendPostings(b []byte, postings []core.Posting, currency money.Currency) []byte {
	if len(postings) == 0 {
		return b
	}
	b = append(b, `,"postings":`...)
	for i := range postings {
		p := &postings[i]
		b = append(b, listMark(i))
		b = topics.AppendJSONString(append(b, `{"from":`...), p.From.ID)
		b = topics.AppendJSONString(append(b, `,"to":`...), p.To.ID)
		b = append(p.Amount.AppendTo(append(b, `,"amount":"`...)), '"')
		b = appendOther(b, p.Currency, currency)
		if p.Bucket == core.Complimentary {
			b = append(b, `,"bucket":"complimentary"`...)
		}
		if p.Grant != "" {
			b = topics.AppendJSONString(append(b, `,"grant":`...), p.Grant)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendBalances(b []byte, lines []core.Line, currency money.Currency) []byte {
	if len(lines) == 0 {
		return b
	}
	b = append(b, `,"balances":`...)
	for i := range lines {
		l := &lines[i]
		b = append(b, listMark(i))
		b = topics.AppendJSONString(append(b, `{"account":`...), l.Account.ID)
		b = appendOther(b, l.Account.Currency, currency)
		b = strconv.AppendUint(append(b, `,"seq":`...), l.Seq, 10)
		if l.Previous != 0 {
			b = strconv.AppendUint(append(b, `,"previous":`...), l.Previous, 10)
		}
		b = l.Balance.AppendTo(append(b, `,"balance":"`...))
		if l.Account.Kind == core.KindWallet && l.Purchased != l.Balance {
			b = l.Purchased.AppendTo(append(b, `","purchased":"`...))
		}
		b = append(b, '"', '}')
	}
	return append(b, ']')
}

func appendPrice(b []byte, p *core.Price) []byte {
	b = append(append(b, `,"price":{"basis":"`...), p.Basis.String()...)
	if p.Basis != core.NoBasis && p.Basis != core.ByRateCard {
		b = p.Multiplier.AppendTo(append(b, `","multiplier":"`...))
	}
	b = append(b, '"')
	if p.Plan != "" {
		b = topics.AppendJSONString(append(b, `,"plan":`...), p.Plan)
	}
	if !p.Rate.IsZero() {
		b = append(p.Rate.AppendTo(append(b, `,"rate":"`...)), '"')
	}
	if !p.AgencyRate.IsZero() {
		b = append(p.AgencyRate.AppendTo(append(b, `,"agency_rate":"`...)), '"')
	}
	if !p.Volume.IsZero() {
		b = append(p.Volume.AppendTo(append(b, `,"volume":"`...)), '"')
	}
	if p.Channel != "" {
		b = topics.AppendJSONString(append(b, `,"channel":`...), p.Channel)
	}
	if !p.Quantity.IsZero() {
		b = append(p.Quantity.AppendTo(append(b, `,"quantity":"`...)), '"')
	}
	return append(b, '}')
}

// appendOther names a currency that is not the entry's.
func appendOther(b []byte, c, entry money.Currency) []byte {
	if c == entry {
		return b
	}
	return append(append(append(b, `,"currency":"`...), c[:]...), '"')
}

// listMark is what stands before the i-th element of a list.
func listMark(i int) byte {
	if i == 0 {
		return '['
	}
	return ','
}
