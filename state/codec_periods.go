package state

import (
	"encoding/binary"

	"purser/processors/core"
)

// Kinds of cells of accounting periods. They never change their number.
const (
	kindPeriods byte = 56 + iota
	kindDraftDay
)

func appendPeriods(dst []byte, x *core.Periods) []byte {
	dst = appendBool(appendBool(appendString(dst, x.Newest), x.Defined), x.Yearly)
	for _, day := range [...]int32{x.Begins, x.First, x.Start, x.End} {
		dst = binary.AppendVarint(dst, int64(day))
	}
	dst = appendString(binary.AppendUvarint(dst, x.Closed), x.Looking)
	dst = appendFindings(appendFindings(dst, &x.Early), &x.Unknown)
	if dst = appendBool(dst, x.Plan != nil); x.Plan != nil {
		dst = binary.AppendVarint(binary.AppendVarint(dst, int64(x.Plan.Period)), int64(x.Plan.At))
		dst = appendString(appendString(dst, x.Plan.Source), x.Plan.Event)
	}
	if dst = appendBool(dst, x.Bulk != nil); x.Bulk != nil {
		dst = appendString(appendString(dst, x.Bulk.Source), x.Bulk.Event)
		dst = appendNamed(binary.AppendVarint(binary.AppendVarint(dst, int64(x.Bulk.At)), int64(x.Bulk.Day)), x.Bulk.Next)
		dst = appendFindings(binary.AppendUvarint(dst, x.Bulk.Posted), &x.Bulk.Left)
	}
	return dst
}

func (r *reader) periods(meta core.Meta, key keyParts) *core.Periods {
	x := &core.Periods{
		Meta: meta, Org: key.first, Newest: r.string(), Defined: r.bool(), Yearly: r.bool(),
		Begins: int32(r.varint()), First: int32(r.varint()), Start: int32(r.varint()), End: int32(r.varint()),
		Closed: r.uvarint(), Looking: r.string(), Early: r.findings(), Unknown: r.findings(),
	}
	if r.bool() {
		x.Plan = &core.ClosePlan{Period: int32(r.varint()), At: r.time(), Source: r.string(), Event: r.string()}
	}
	if r.bool() {
		x.Bulk = &core.BulkPosting{Source: r.string(), Event: r.string(), At: r.time(), Day: int32(r.varint()), Next: r.named(), Posted: r.uvarint(), Left: r.findings()}
	}
	return x
}

func appendDraftDay(dst []byte, d *core.DraftDay) []byte {
	return appendNamed(appendNamed(binary.AppendUvarint(dst, d.Count), d.First), d.Last)
}

func (r *reader) draftDay(meta core.Meta, key keyParts) *core.DraftDay {
	return &core.DraftDay{Meta: meta, Org: key.first, Day: int32(key.number()), Count: r.uvarint(), First: r.named(), Last: r.named()}
}

func appendFindings(dst []byte, f *core.Findings) []byte {
	dst = appendCount(binary.AppendUvarint(dst, f.Count), len(f.Named))
	for _, n := range f.Named {
		dst = appendNamed(dst, n)
	}
	return dst
}

func (r *reader) findings() core.Findings {
	f := core.Findings{Count: r.uvarint(), Named: list[core.Named](r.count(2))}
	for i := range f.Named {
		f.Named[i] = r.named()
	}
	return f
}

func appendNamed(dst []byte, n core.Named) []byte {
	return appendString(appendString(dst, n.Account), n.Transaction)
}

func (r *reader) named() core.Named { return core.Named{Account: r.string(), Transaction: r.string()} }
