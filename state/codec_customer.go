package state

import (
	"encoding/binary"

	"purser/processors/core"
)

// Kinds of cells of customer accounts. They never change their number.
const (
	kindCustomer byte = 32 + iota
	kindTransaction
)

func appendCustomerTerms(dst []byte, t *core.CustomerTerms) []byte {
	if t == nil {
		return appendBool(dst, false)
	}
	return binary.AppendVarint(appendBool(dst, true), int64(t.CreditDays))
}

func (r *reader) customerTerms() *core.CustomerTerms {
	if !r.bool() {
		return nil
	}
	return &core.CustomerTerms{CreditDays: int32(r.varint())}
}

func appendCustomer(dst []byte, c *core.Customer) []byte {
	dst = binary.AppendVarint(binary.AppendUvarint(dst, c.Posted), c.Drafts)
	dst = appendChain(appendChain(dst, c.Debits), c.Credits)
	return binary.AppendVarint(binary.AppendVarint(binary.AppendVarint(dst, int64(c.Open)), int64(c.Unallocated)), int64(c.Outstanding))
}

func (r *reader) customer(meta core.Meta, key keyParts) *core.Customer {
	return &core.Customer{
		Meta: meta, Org: key.first, Account: key.second, Posted: r.uvarint(), Drafts: r.varint(), Debits: r.chain(), Credits: r.chain(),
		Open: r.amount(), Unallocated: r.amount(), Outstanding: r.amount(),
	}
}

func appendChain(dst []byte, c core.Chain) []byte {
	return appendString(appendString(dst, c.First), c.Last)
}

func (r *reader) chain() core.Chain { return core.Chain{First: r.string(), Last: r.string()} }

func appendTransaction(dst []byte, t *core.Transaction) []byte {
	dst = binary.AppendUvarint(append(dst, byte(t.Kind)), t.Number)
	dst = appendBool(appendBool(dst, t.Debit), t.Overdue)
	dst = binary.AppendVarint(binary.AppendVarint(dst, int64(t.Amount)), int64(t.Open))
	dst = binary.AppendVarint(binary.AppendVarint(dst, int64(t.Date)), int64(t.Due))
	return appendString(appendString(appendString(dst, t.Against), t.Previous), t.Next)
}

func (r *reader) transaction(meta core.Meta, key keyParts) *core.Transaction {
	return &core.Transaction{
		Meta: meta, Org: key.first, Account: key.second, Reference: key.third, Kind: core.TransactionKind(r.byte()), Number: r.uvarint(),
		Debit: r.bool(), Overdue: r.bool(), Amount: r.amount(), Open: r.amount(), Date: int32(r.varint()), Due: int32(r.varint()),
		Against: r.string(), Previous: r.string(), Next: r.string(),
	}
}
